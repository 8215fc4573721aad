//! The one place of this crate that the compiler of Rust does not check.
//!
//! Machine code is loaded from a file here and later run, so whoever could choose the
//! bytes of that file could do anything that this process can. wasmtime cannot tell good
//! machine code from bad: its loading functions are `unsafe`, and what they ask of their
//! caller is that the bytes came out of its own compiler and are unchanged since. That
//! holds, because:
//!
//! - The files are written by nobody but the compiler process that this host starts, in
//!   a folder that is opened for this user alone ([`Artifacts::open`](super::Artifacts::open)
//!   sets mode 0700 and fails where it cannot). Whoever can write there as this user or as
//!   root can change this program as well, and gains nothing.
//! - What users upload never gets there. It is an input of the compiler; and uploads
//!   that look like compiled modules are refused before
//!   ([`Refusal::Precompiled`](crate::engine::Refusal::Precompiled)).
//! - A file is complete: it gets its name by a rename after the compiler has ended well,
//!   and its digest is written after that. Here the digest is compared on the very file
//!   handle that is loaded, so that a file that takes the name in between changes nothing.
//!   A disk that lost or changed bytes is found out in the same way.
//! - A file is not changed while it is mapped: files are replaced by rename and removed by
//!   name, both of which leave a mapped file as it is.
//! - Code of another version or another setup is refused by wasmtime itself, which
//!   compares both when it loads.

use std::fs::File;
use std::io::{Read, Seek};

use wasmtime::component::Component;
use wasmtime::error::Context;
use wasmtime::{Engine, Module, Precompiled, Result, bail};

use super::sum::{Sum, digest};
use crate::engine::prepared::Code;

/// Loads machine code whose digest is `sum`.
pub(super) fn load(engine: &Engine, mut file: File, sum: &Sum) -> Result<Code> {
    if digest(&mut file)? != sum.digest {
        bail!("its digest is another one");
    }
    file.rewind()?;
    match sum.kind {
        Precompiled::Module => Ok(Code::Module(map_module(engine, file)?)),
        Precompiled::Component => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).context("reading it failed")?;
            Ok(Code::Component(read_component(engine, &bytes)?))
        }
    }
}

#[expect(unsafe_code, reason = "the essay above says why it is sound")]
fn map_module(engine: &Engine, file: File) -> Result<Module> {
    // SAFETY: the bytes are those of our own compiler, as the essay above shows.
    unsafe { Module::deserialize_open_file(engine, file) }
}

#[expect(unsafe_code, reason = "the essay above says why it is sound")]
fn read_component(engine: &Engine, bytes: &[u8]) -> Result<Component> {
    // SAFETY: the bytes are those of our own compiler, as the essay above shows.
    unsafe { Component::deserialize(engine, bytes) }
}
