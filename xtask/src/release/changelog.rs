//! The changelog of a version that is about to be.

use semver::Version;

use crate::Result;

const UNRELEASED: &str = "## [Unreleased]";

/// Makes a version of what is not released.
pub(super) fn released(text: &str, version: &Version, today: &str) -> Result<String> {
    let mut lines = text.lines();
    let mut written = Vec::new();
    for line in lines.by_ref() {
        if line.starts_with(UNRELEASED) {
            written.extend([UNRELEASED, ""]);
            break;
        }
        written.push(line);
    }
    let rest: Vec<_> = lines.collect();
    let news = rest.iter().take_while(|line| !line.starts_with("## "));
    if !news.into_iter().any(|line| line.starts_with("- ")) {
        return Err(format!(
            "CHANGELOG.md says nothing below `{UNRELEASED}`: what is new in {version}?"
        )
        .into());
    }
    let heading = format!("## [{version}] - {today}");
    written.push(&heading);
    written.extend(rest);
    Ok(written.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::released;
    use semver::Version;

    const VERSION: Version = Version::new(0, 2, 0);

    #[test]
    fn what_is_not_released_becomes_a_version() {
        let before = "# Changelog\n\n## [Unreleased]: soon\n\n- New.\n\n## [0.1.0] - 2020-02-02\n";
        assert_eq!(
            released(before, &VERSION, "2021-01-31").unwrap(),
            "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2021-01-31\n\n- New.\n\n\
             ## [0.1.0] - 2020-02-02\n"
        );
    }

    #[test]
    fn a_version_of_which_nothing_is_said_is_refused() {
        for silent in ["", "## [Unreleased]\n\n## [0.1.0]\n\n- Old.\n"] {
            assert!(
                released(silent, &VERSION, "2021-01-31").is_err(),
                "{silent}"
            );
        }
    }
}
