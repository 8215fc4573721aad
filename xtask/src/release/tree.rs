//! The repository, or a copy of what is committed in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use semver::Version;

use crate::Result;
use crate::cargo::{Cargo, root};

#[derive(Debug)]
pub(super) struct Tree(PathBuf);

impl Tree {
    pub(super) fn here() -> Self {
        Self(root().to_owned())
    }

    /// A copy of HEAD, which stays there to be looked at until the next one of this version.
    pub(super) fn copy(version: &Version) -> Result<Self> {
        let folder = root().join("target/release-of").join(version.to_string());
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let (here, there) = (path(root())?, path(&folder)?);
        git(root(), &["clone", "--quiet", "--no-hardlinks", here, there])?;
        Ok(Self(folder))
    }

    /// A run of cargo in it, which takes what is compiled already.
    pub(super) fn cargo(&self, subcommand: &str) -> Cargo {
        let cargo = Cargo::new(subcommand).within(&self.0);
        cargo.hidden_env("CARGO_TARGET_DIR", &root().join("target").to_string_lossy())
    }

    pub(super) fn change(&self, file: &str, change: impl FnOnce(&str) -> Result<String>) -> Result {
        let path = self.0.join(file);
        let changed = change(&fs::read_to_string(&path)?)?;
        Ok(fs::write(path, changed)?)
    }

    /// What has been changed in it.
    pub(super) fn changes(&self) -> Result<String> {
        git(&self.0, &["diff"])
    }

    pub(super) fn refuse_changes(&self) -> Result {
        let changes = git(&self.0, &["status", "--porcelain"])?;
        match changes.is_empty() {
            true => Ok(()),
            false => Err(format!("this is not committed:\n{changes}").into()),
        }
    }

    pub(super) fn commit(&self, version: &Version) -> Result {
        let (tag, message) = (format!("v{version}"), format!("Release {version}"));
        git(
            &self.0,
            &["commit", "--quiet", "--all", "--message", &message],
        )?;
        git(&self.0, &["tag", "--annotate", &tag, "--message", &message]).map(drop)
    }
}

/// The commit that is checked out.
pub(super) fn head() -> Result<String> {
    git(root(), &["rev-parse", "HEAD"])
}

/// The highest version that has a tag.
pub(super) fn last_release() -> Result<Option<Version>> {
    let tags = git(root(), &["tag", "--list", "v*"])?;
    let versions = tags.lines().filter_map(|tag| tag.strip_prefix('v'));
    Ok(versions.filter_map(|version| version.parse().ok()).max())
}

/// The day in UTC, as `2021-01-31`.
pub(super) fn today() -> String {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    now.chars().take_while(|letter| *letter != 'T').collect()
}

fn path(path: &Path) -> Result<&str> {
    let utf8 = path.to_str();
    utf8.ok_or_else(|| format!("{} is no UTF-8", path.display()).into())
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .output();
    let output = output.map_err(|error| format!("git cannot be started: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("`git {}` failed: {said}", arguments.join(" ")).into())
        }
    }
}
