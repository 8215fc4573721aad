//! Compiled modules on disk, so that a module is compiled once and not once a start.
//!
//! Each is two files: the machine code, named after the digest of the module, and the
//! digest of that machine code. Neither is synced to the disk, since none is precious:
//! where the two do not fit together, be it for a lost page or a process that died
//! between them, the module is compiled again. They lie in a folder of their own for
//! each setup of the compiler, so that a new version of the host finds none of the old.

mod loading;
mod sum;

use std::fs::{self, DirBuilder, File, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::prepared::Code;
use sum::Sum;

/// For this user alone.
const PRIVATE: u32 = 0o700;

/// No compilation takes that long.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// The compiled modules of one setup of the compiler.
#[derive(Debug)]
pub(super) struct Artifacts {
    folder: PathBuf,
    most_bytes: u64,
    next: AtomicU64,
}

/// A digest: SHA-256 of a module, by which it is known everywhere, or BLAKE3 of its machine
/// code, which is for these files alone.
pub(super) type Digest = [u8; 32];

impl Artifacts {
    /// Opens the part of `root` that belongs to the setup of `engine`.
    pub(super) fn open(
        root: &Path,
        engine: &wasmtime::Engine,
        most_bytes: u64,
    ) -> io::Result<Self> {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let folder = root.join(format!("{:016x}", hasher.finish()));
        for folder in [root, &folder] {
            DirBuilder::new()
                .recursive(true)
                .mode(PRIVATE)
                .create(folder)?;
            fs::set_permissions(folder, Permissions::from_mode(PRIVATE))?;
        }
        let artifacts = Self {
            folder,
            most_bytes,
            next: AtomicU64::new(0),
        };
        artifacts.remove_unfinished()?;
        Ok(artifacts)
    }

    /// The machine code of a module, if it is here and whole. Blocks.
    pub(super) fn load(&self, engine: &wasmtime::Engine, module: &Digest) -> Option<Code> {
        let sum = Sum::read(&self.sum(module))?;
        let file = File::open(self.code(module)).ok()?;
        match loading::load(engine, file, &sum) {
            Ok(code) => Some(code),
            Err(error) => {
                tracing::warn!(
                    module = hex(module),
                    error = %format_args!("{error:#}"),
                    "A compiled module is damaged and is compiled again"
                );
                None
            }
        }
    }

    /// A file to compile into, which nobody else has.
    pub(super) fn unfinished(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.folder
            .join(format!("{}-{number}.unfinished", std::process::id()))
    }

    /// Takes what was compiled into `unfinished`. Blocks.
    pub(super) fn keep(&self, module: &Digest, unfinished: &Path) -> io::Result<()> {
        let sum = Sum::of(unfinished)?;
        fs::rename(unfinished, self.code(module))?;
        let unfinished = self.unfinished();
        sum.write(&unfinished)?;
        fs::rename(unfinished, self.sum(module))?;
        self.make_room()
    }

    /// Removes a module that is gone. Blocks.
    pub(super) fn remove(&self, module: &Digest) -> io::Result<()> {
        for file in [self.sum(module), self.code(module)] {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes the oldest until the rest is small enough.
    fn make_room(&self) -> io::Result<()> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "code")
            {
                let about = entry.metadata()?;
                let age = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                all.push((age, about.len(), entry.path()));
            }
        }
        let mut bytes: u64 = all.iter().map(|(_, bytes, _)| bytes).sum();
        all.sort();
        for (_, size, path) in all {
            if bytes <= self.most_bytes {
                break;
            }
            fs::remove_file(path.with_extension("sum")).or_else(gone)?;
            fs::remove_file(path).or_else(gone)?;
            bytes = bytes.saturating_sub(size);
        }
        Ok(())
    }

    /// What a process that died has left. Another one may be at work here.
    fn remove_unfinished(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let path = entry.path();
            let unfinished = path
                .extension()
                .is_some_and(|extension| extension == "unfinished");
            let age = entry.metadata().and_then(|about| about.modified());
            if unfinished && age.is_ok_and(|age| age.elapsed().is_ok_and(|age| age > ABANDONED)) {
                fs::remove_file(path).or_else(gone)?;
            }
        }
        Ok(())
    }

    fn code(&self, module: &Digest) -> PathBuf {
        self.folder.join(format!("{}.code", hex(module)))
    }

    fn sum(&self, module: &Digest) -> PathBuf {
        self.folder.join(format!("{}.sum", hex(module)))
    }
}

fn gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

pub(super) fn hex(digest: &Digest) -> String {
    use std::fmt::Write;
    digest
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
