//! What is done with files and folders, all of which blocks.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::ModulesError;

/// Runs what blocks on a thread that may.
pub(super) async fn blocking<T, W>(work: W) -> Result<T, ModulesError>
where
    W: FnOnce() -> Result<T, ModulesError> + Send + 'static,
    T: Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(ModulesError::Interrupted(error.to_string())),
    }
}

/// What lies in a folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, ModulesError> {
    fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(|error| ModulesError::file("read", folder, error))
}

/// Removes a file; `false` where it is gone already.
pub(super) fn remove(path: &Path) -> Result<bool, ModulesError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(ModulesError::file("removed", path, error)),
    }
}

/// Puts the names in a folder on the disk: those of its files are no part of the files.
pub(super) fn sync(folder: &Path) -> Result<(), ModulesError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| ModulesError::file("written", folder, error))
}
