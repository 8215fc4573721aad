//! What puts manifests together, as `kubectl apply -k` does.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cache::{Cache, Kept};
use crate::machine::{Programs, ends_well, variable};

/// Names the program.
pub(super) const NAME: &str = "FUNCTIONS_TEST_KUSTOMIZE";
const PROGRAM: &str = "kustomize";
const SOURCE: &str = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.0";
const KEPT: Kept = Kept {
    name: "kustomize-5.8.0",
    proof: PROGRAM,
};

/// It takes a minute on two processors.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Finds it, or has Go build it once.
///
/// # Errors
/// What is lacking, in words that follow a colon.
pub(super) fn find(go: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(named) = variable(NAME) {
        return Ok(named.into());
    }
    if let Some(folder) = Programs::of(&[PROGRAM]).find() {
        return Ok(folder.join(PROGRAM));
    }
    let cache = Cache::find().ok_or("nothing says where a cache may lie: FUNCTIONS_TEST_CACHE")?;
    let folder = match cache.kept(KEPT) {
        Some(folder) => folder,
        None => build(&cache, go.ok_or("they need kustomize, or Go to build it")?)?,
    };
    Ok(folder.join(PROGRAM))
}

fn build(cache: &Cache, go: &Path) -> Result<PathBuf, String> {
    cache.keep(KEPT, |folder| {
        eprintln!("Building kustomize with Go: a minute, once.");
        let mut command = Command::new(go);
        command.args(["install", SOURCE]).env("GOBIN", folder);
        match ends_well(&mut command, PATIENCE) {
            true => Ok(()),
            false => Err(format!("Go could not build {SOURCE}, see above")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{KEPT, SOURCE};

    #[test]
    fn what_is_kept_is_what_is_built() {
        let (_, version) = SOURCE.split_once("@v").unwrap();
        assert_eq!(KEPT.name, format!("kustomize-{version}"));
    }
}
