//! Assets by `file`: only within the folders that are open.
//!
//! A path is told from its spelling first, so that nobody learns what lies elsewhere. Then
//! links are followed, and where they lead has to be within the folder. It is opened from
//! there step by step without following any link, so that one that is put in its place
//! meanwhile leads nowhere.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, open, openat, statat};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::body::Bounds;
use super::error::{AssetError, AssetsError};

/// How many files are read at once. Each holds a thread, on a slow disk for longer than
/// anybody waits for it.
const AT_ONCE: usize = 16;

#[derive(Debug)]
pub(super) struct Folders {
    open: Arc<[Folder]>,
    at_once: Arc<Semaphore>,
}

#[derive(Debug)]
struct Folder {
    /// As it was named.
    named: PathBuf,
    /// Where it is.
    real: PathBuf,
}

impl Folders {
    pub(super) fn open(folders: &[PathBuf]) -> Result<Self, AssetsError> {
        let open = folders.iter().map(|path| {
            let broken = |source| AssetsError::Folder {
                path: path.clone(),
                source,
            };
            let named = std::path::absolute(path).map_err(broken)?;
            let real = named.canonicalize().map_err(broken)?;
            if !real.is_dir() {
                return Err(broken(io::ErrorKind::NotADirectory.into()));
            }
            Ok(Folder { named, real })
        });
        Ok(Self {
            open: open.collect::<Result<_, _>>()?,
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    pub(super) async fn fetch(&self, path: &Path, bounds: &Bounds) -> Result<Bytes, AssetError> {
        if self.open.is_empty() {
            return Err(AssetError::Closed {
                scheme: "file",
                opened_by: "FUNCTIONS_HOST_ASSET_FOLDERS",
            });
        }
        let turn = self.turn().await?;
        let (folders, wanted) = (Arc::clone(&self.open), path.to_owned());
        let opened = move || {
            let opened = find(&folders, &wanted);
            (opened, turn)
        };
        let (opened, turn) = spawn_blocking(opened).await.map_err(broken)?;
        let (file, length) = opened?;
        let length = bounds.length(length)?;
        let place = bounds.budget.take(length).await;
        let bytes = spawn_blocking(move || {
            let bytes = read(file, length);
            drop(turn);
            bytes
        });
        Ok(place.hold(bytes.await.map_err(broken)??))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, AssetError> {
        let at_once = Arc::clone(&self.at_once);
        at_once.acquire_owned().await.map_err(broken)
    }
}

/// Opens a file in one of the folders, and says how long it is.
fn find(folders: &[Folder], path: &Path) -> Result<(File, u64), AssetError> {
    let is_plain = |part| matches!(part, Component::RootDir | Component::Normal(_));
    if !path.is_absolute() || !path.components().all(is_plain) {
        return Err(refused("its path has `..` in it"));
    }
    let folder = folders
        .iter()
        .find(|folder| path.starts_with(&folder.named) || path.starts_with(&folder.real))
        .ok_or_else(|| refused("it is in none of the folders that are open"))?;
    let real = path.canonicalize().map_err(|error| trouble(path, &error))?;
    let inner = real
        .strip_prefix(&folder.real)
        .map_err(|_| refused("a link leads out of the folder that is open"))?;
    let file = walk(&folder.real, inner).map_err(|error| trouble(path, &error))?;
    let file = file.ok_or_else(|| refused("it is no ordinary file"))?;
    let stat = fstat(&file).map_err(|error| trouble(path, &error.into()))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(refused("it is no ordinary file"));
    }
    Ok((file, u64::try_from(stat.st_size).unwrap_or(0)))
}

/// Opens what is at `inner` in a folder, following no link. Nothing, if it is no ordinary
/// file: to open one of the others may wait, or do something.
fn walk(folder: &Path, inner: &Path) -> io::Result<Option<File>> {
    let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let last = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let (Some(above), Some(name)) = (inner.parent(), inner.file_name()) else {
        return Ok(None);
    };
    let mut at = open(folder, step, Mode::empty())?;
    for part in above {
        at = openat(&at, part, step, Mode::empty())?;
    }
    let stat = statat(&at, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(None);
    }
    let file = openat(&at, name, last, Mode::empty())?;
    Ok(Some(File::from(file)))
}

/// Reads a file that should be this long.
fn read(mut file: File, length: usize) -> Result<Vec<u8>, AssetError> {
    let mut bytes = Vec::with_capacity(length);
    let most = u64::try_from(length).unwrap_or(u64::MAX);
    let told = (&mut file).take(most).read_to_end(&mut bytes);
    let more = told.and_then(|_| file.read(&mut [0]));
    match more {
        Ok(0) if bytes.len() == length => Ok(bytes),
        Ok(_) => Err(AssetError::Unreachable(
            "the file changes while it is read".to_owned(),
        )),
        Err(error) => Err(AssetError::Unreachable(error.to_string())),
    }
}

fn trouble(path: &Path, error: &io::Error) -> AssetError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            AssetError::NotFound(path.display().to_string())
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput => {
            refused("the system does not let it be opened")
        }
        _ => AssetError::Unreachable(error.to_string()),
    }
}

fn refused(what: &str) -> AssetError {
    AssetError::Refused(what.to_owned())
}

fn broken(error: impl std::fmt::Display) -> AssetError {
    AssetError::Unreachable(error.to_string())
}
