//! The folder of bytes: a file for each digest, and a folder for what is on its way.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::steps::{Step, done};
use super::{Digest, ModulesError};

/// The folder for what is on its way, within the other: to be moved, not copied.
const INCOMING: &str = "incoming";

const ENDING: &str = ".wasm";

/// The folder. Clones are cheap.
#[derive(Clone, Debug)]
pub(super) struct Store(Arc<Folders>);

#[derive(Debug)]
struct Folders {
    modules: PathBuf,
    incoming: PathBuf,
    next: AtomicU64,
}

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

impl Store {
    pub(super) async fn open(modules: PathBuf) -> Result<Self, ModulesError> {
        let incoming = modules.join(INCOMING);
        blocking(move || {
            fs::create_dir_all(&incoming)
                .and_then(|()| sync_folder(&modules))
                .map_err(|error| ModulesError::file("made", &incoming, error))?;
            Ok(Self(Arc::new(Folders {
                modules,
                incoming,
                next: AtomicU64::new(0),
            })))
        })
        .await
    }

    /// Where the bytes of this digest lie.
    pub(super) fn path(&self, digest: Digest) -> PathBuf {
        self.0.modules.join(format!("{digest}{ENDING}"))
    }

    /// A new file for what comes. Blocks.
    pub(super) fn begin(&self) -> Result<Incoming, ModulesError> {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        let path = self.0.incoming.join(name);
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

    /// How many bytes are free on the disk for us. Blocks.
    pub(super) fn left(&self) -> Result<u64, ModulesError> {
        let stat = rustix::fs::statvfs(&self.0.incoming)
            .map_err(|error| ModulesError::file("looked at", &self.0.incoming, error.into()))?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Gives the bytes, which lie on the disk already, their name. Blocks.
    pub(super) fn keep(&self, digest: Digest, incoming: &Incoming) -> Result<(), ModulesError> {
        let path = self.path(digest);
        // If there are such bytes already these are the same, or better where the others
        // were damaged.
        fs::rename(&incoming.path, &path)
            .map_err(|error| ModulesError::file("written", &path, error))?;
        done(Step::Named);
        sync_folder(&self.0.modules)
            .map_err(|error| ModulesError::file("written", &self.0.modules, error))?;
        done(Step::Kept);
        Ok(())
    }

    /// Takes the bytes away, if they are there. Blocks.
    pub(super) fn remove(&self, digest: Digest) -> Result<(), ModulesError> {
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed.map_err(|error| ModulesError::file("removed", &path, error))?,
        }
        done(Step::Unlinked);
        sync_folder(&self.0.modules)
            .map_err(|error| ModulesError::file("written", &self.0.modules, error))
    }

    /// Takes away what nobody is writing any more, and all bytes but those `named`.
    /// Returns what of the named is not there. Files that are no module's stay. Blocks.
    pub(super) fn recover(&self, named: HashSet<Digest>) -> Result<HashSet<Digest>, ModulesError> {
        for entry in entries(&self.0.incoming)? {
            let abandoned = File::open(&entry).is_ok_and(|file| file.try_lock().is_ok());
            if abandoned {
                let removed = fs::remove_file(&entry);
                removed.map_err(|error| ModulesError::file("removed", &entry, error))?;
            }
        }
        let mut missing = named.clone();
        for entry in entries(&self.0.modules)? {
            let name = entry.file_name().and_then(|name| name.to_str());
            let digest = name.and_then(|name| name.strip_suffix(ENDING)?.parse().ok());
            let Some(digest) = digest else { continue };
            if named.contains(&digest) {
                missing.remove(&digest);
            } else {
                self.remove(digest)?;
            }
        }
        Ok(missing)
    }
}

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

fn entries(folder: &Path) -> Result<Vec<PathBuf>, ModulesError> {
    fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(|error| ModulesError::file("read", folder, error))
}

/// Puts the names in a folder on the disk: those of its files are no part of the files.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
