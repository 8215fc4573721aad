//! What is known of a file of machine code: its digest, and what it is of.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use wasmtime::{Engine, Precompiled};

use super::Digest;

const MODULE: u8 = b'm';
const COMPONENT: u8 = b'c';

pub(super) struct Sum {
    pub(super) digest: Digest,
    pub(super) kind: Precompiled,
}

impl Sum {
    /// The sum of a file that was compiled just now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let kind = Engine::detect_precompiled_file(path)
            .map_err(io::Error::other)?
            .ok_or_else(|| io::Error::other("the compiler put out something else"))?;
        Ok(Self {
            digest: digest(&mut File::open(path)?)?,
            kind,
        })
    }

    pub(super) fn read(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let (kind, digest) = bytes.split_first()?;
        Some(Self {
            digest: digest.try_into().ok()?,
            kind: match *kind {
                MODULE => Precompiled::Module,
                COMPONENT => Precompiled::Component,
                _ => return None,
            },
        })
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let kind = match self.kind {
            Precompiled::Module => MODULE,
            Precompiled::Component => COMPONENT,
        };
        std::fs::write(path, [&[kind], self.digest.as_slice()].concat())
    }
}

/// BLAKE3 and not SHA-256, with which a module of a megabyte took two thirds longer to load.
pub(super) fn digest(file: &mut impl Read) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    Ok(hasher.finalize().into())
}
