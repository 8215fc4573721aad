//! The folder for what is on its way in, on a disk of this host.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::ModulesError;
use super::files::{self, blocking, entries};
use super::steps::{Step, done};

/// The folder. Clones are cheap.
#[derive(Clone, Debug)]
pub(super) struct Spool(Arc<Path>);

/// A file on its way; away when it is dropped.
#[derive(Debug)]
pub(super) struct Incoming {
    path: PathBuf,
    /// Locked as long as it is open, so that another process knows that it is in use.
    pub(super) file: File,
}

impl Incoming {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Spool {
    pub(super) async fn open(folder: PathBuf) -> Result<Self, ModulesError> {
        blocking(move || {
            fs::create_dir_all(&folder)
                .map_err(|error| ModulesError::file("made", &folder, error))?;
            Ok(Self(folder.into()))
        })
        .await
    }

    /// A new file for what comes. Blocks.
    pub(super) fn begin(&self) -> Result<Incoming, ModulesError> {
        // Other hosts may have the folder, too.
        let path = self.0.join(Uuid::now_v7().to_string());
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path);
        let file = file.map_err(|error| ModulesError::file("made", &path, error))?;
        let incoming = Incoming { path, file };
        let locked = incoming.file.try_lock().map_err(io::Error::from);
        locked.map_err(|error| ModulesError::file("locked", &incoming.path, error))?;
        done(Step::Begun);
        Ok(incoming)
    }

    /// How many bytes are free on the disk. Blocks.
    pub(super) fn left(&self) -> Result<u64, ModulesError> {
        let stat = rustix::fs::statvfs(&*self.0)
            .map_err(|error| ModulesError::file("looked at", &self.0, error.into()))?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Takes away what nobody is writing any more. Blocks.
    pub(super) fn recover(&self) -> Result<(), ModulesError> {
        for entry in entries(&self.0)? {
            let abandoned = File::open(&entry).is_ok_and(|file| file.try_lock().is_ok());
            if abandoned {
                files::remove(&entry)?;
            }
        }
        Ok(())
    }
}
