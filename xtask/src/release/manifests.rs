//! Versions and registries in the manifest of the workspace, which all others inherit.

use semver::Version;
use toml_edit::{DocumentMut, Item, value};

use crate::Result;

/// The dependencies that are released along with it.
const OURS: &[&str] = &["functions-core", "functions-macros"];

pub(super) fn with_version(text: &str, version: &Version) -> Result<String> {
    changed(text, |manifest| {
        *at(manifest, &["workspace", "package", "version"])? = value(version.to_string());
        for name in OURS {
            let item = at(manifest, &["workspace", "dependencies", name, "version"])?;
            // One that takes this version only goes on doing so.
            let exactly = item.as_str().is_some_and(|old| old.starts_with('='));
            let sign = if exactly { "=" } else { "" };
            *item = value(format!("{sign}{version}"));
        }
        Ok(())
    })
}

pub(super) fn with_registry(text: &str, registry: &str) -> Result<String> {
    changed(text, |manifest| {
        for name in OURS {
            let dependency = at(manifest, &["workspace", "dependencies", name])?;
            dependency["registry"] = value(registry);
        }
        Ok(())
    })
}

fn changed(text: &str, change: impl FnOnce(&mut DocumentMut) -> Result) -> Result<String> {
    let mut manifest: DocumentMut = text.parse()?;
    change(&mut manifest)?;
    Ok(manifest.to_string())
}

fn at<'a>(manifest: &'a mut DocumentMut, path: &[&str]) -> Result<&'a mut Item> {
    let found = path
        .iter()
        .try_fold(manifest.as_item_mut(), |item, key| item.get_mut(key));
    // What is not there may stand in for itself.
    let found = found.filter(|item| !item.is_none());
    found.ok_or_else(|| format!("Cargo.toml has no {}", path.join(".")).into())
}

#[cfg(test)]
mod tests {
    use super::{with_registry, with_version};
    use semver::Version;

    const MANIFEST: &str = "\
[workspace.package]
version = \"0.1.0\" # of all

[workspace.dependencies]
functions-core = { path = \"functions-core\", version = \"0.1.0\" }
functions-macros = { path = \"functions-macros\", version = \"=0.1.0\" }
http = \"0.1.0\"
";

    #[test]
    fn the_version_is_set_where_it_is_ours() {
        let set = with_version(MANIFEST, &Version::new(1, 2, 3)).unwrap();
        assert!(set.contains("version = \"1.2.3\""), "{set}");
        assert!(
            set.contains("path = \"functions-core\", version = \"1.2.3\""),
            "{set}"
        );
        assert!(set.contains("version = \"=1.2.3\""), "{set}");
        assert!(set.contains("http = \"0.1.0\""), "{set}");
        assert!(with_version("[workspace]", &Version::new(1, 2, 3)).is_err());
    }

    #[test]
    fn a_registry_is_named_where_it_is_ours() {
        let set = with_registry(MANIFEST, "nexus").unwrap();
        assert_eq!(set.matches("registry = \"nexus\"").count(), 2, "{set}");
    }
}
