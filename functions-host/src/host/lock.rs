//! One host, one folder: what a host frees at its start was in nobody's hands then.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// A lock that is held by this process, and gone with it, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another process holds it.
    #[error(
        "another host works with the folder {}; stop it, or give this one a folder of its \
         own with FUNCTIONS_HOST_DATA_DIR", .0.display()
    )]
    Taken(PathBuf),
    /// Its file cannot be used.
    #[error("{} cannot be locked: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Lock {
    /// Takes the lock of a folder, which is made where it lacks.
    pub(super) fn of(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join("functions-host.lock");
        let open = || {
            std::fs::create_dir_all(folder)?;
            OpenOptions::new().create(true).append(true).open(&path)
        };
        let file = open().map_err(|source| LockError::File {
            path: path.clone(),
            source,
        })?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { _file: file }),
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => {
                Err(LockError::Taken(folder.to_owned()))
            }
            Err(error) => Err(LockError::File {
                path,
                source: error.into(),
            }),
        }
    }
}
