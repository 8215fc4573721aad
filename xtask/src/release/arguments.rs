//! What a release is asked for with.

use std::ffi::OsString;

use semver::Version;

use crate::Result;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Arguments {
    /// None, where any will do.
    pub(super) version: Option<Version>,
    pub(super) dry_run: bool,
    pub(super) registry: Option<String>,
    pub(super) images: Option<String>,
}

impl Arguments {
    pub(super) fn read(arguments: Vec<OsString>) -> Result<Self> {
        use lexopt::Arg::{Long, Value};
        use lexopt::ValueExt as _;

        let (mut version, mut registry, mut images) = (None, None, None);
        let mut dry_run = false;
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("dry-run") => dry_run = true,
                Long("registry") => registry = Some(parser.value()?.string()?),
                Long("images") => images = Some(parser.value()?.string()?),
                Value(value) if version.is_none() => version = Some(value.string()?),
                argument => return Err(argument.unexpected().into()),
            }
        }
        let version = version.map(|version: String| {
            Version::parse(version.strip_prefix('v').unwrap_or(&version))
                .map_err(|error| format!("{version:?} is no version, such as 0.2.0: {error}"))
        });
        let version = version.transpose()?;
        if version.is_none() && !dry_run {
            return Err("which version is missing, such as 0.2.0, see --help".into());
        }
        Ok(Self {
            version,
            dry_run,
            registry,
            images,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use std::ffi::OsString;

    fn read(words: &str) -> crate::Result<Arguments> {
        Arguments::read(words.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn a_release_is_of_one_version() {
        let read_all = read("v1.2.3 --registry nexus --images host/team --dry-run").unwrap();
        assert_eq!(read_all.version, Some(semver::Version::new(1, 2, 3)));
        assert_eq!(read_all.registry.as_deref(), Some("nexus"));
        assert_eq!(read_all.images.as_deref(), Some("host/team"));
        assert!(read_all.dry_run);
        assert_eq!(read("--dry-run").unwrap().version, None);
        for wrong in ["", "1.2", "1.2.3 1.2.4", "1.2.3 --fast", "1.2.3 --images"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
