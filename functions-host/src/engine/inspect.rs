//! A look at a module before anything of it is compiled or run.
//!
//! It is cheap next to a compilation, it needs no process of its own, and it is where
//! the author of a module hears what is wrong with it. Four questions in this order: is
//! it WASM at all; is it valid and within [`Bounds`]; which ABI does it speak; and does
//! this host have what it imports.

mod component;
mod core;
mod counting;
mod screen;
mod segments;

use wasmparser::Parser;
use wasmtime::Engine;

use super::abi::Abi;
use super::bounds::Bounds;
use super::refusal::Refusal;
use crate::egress::HostPattern;

/// What a look at a module found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspected {
    /// How to talk to it.
    pub abi: Abi,
    /// The functions that can be called with the pointer ABI, sorted; empty for others.
    pub handlers: Vec<String>,
    /// Whether it has a start function, which runs before everything else.
    pub starts: bool,
    /// Functions with a body, over all modules in the file.
    pub functions: u64,
    /// What its memories have in the beginning, together, in bytes.
    pub memory: u64,
    /// What it imports to reach others by HTTP, which takes a grant.
    pub http: Option<String>,
}

impl Inspected {
    /// Whether the module was granted what it needs: the hosts that it may reach.
    ///
    /// # Errors
    ///
    /// It needs a grant that it has not.
    pub fn granted(&self, http: &[HostPattern]) -> Result<(), Refusal> {
        match &self.http {
            Some(import) if http.is_empty() => Err(Refusal::NotGranted {
                import: import.clone(),
                grant: "http",
            }),
            _ => Ok(()),
        }
    }
}

/// What a module is measured by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure<'a> {
    pub(super) bounds: &'a Bounds,
    /// The largest memory, in bytes.
    pub(super) max_memory: u64,
    /// The largest table, in elements.
    pub(super) max_table: u64,
}

/// Looks at the bytes of a module whose function `handler` will be called.
///
/// Takes a time that grows with the bytes.
pub(super) fn inspect(bytes: &[u8], handler: &str, by: Measure<'_>) -> Result<Inspected, Refusal> {
    kind(bytes)?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    counting::within("the size of the file in bytes", size, by.bounds.bytes)?;
    let found = screen::screen(bytes, by)?;
    let (abi, handlers, http) = if Parser::is_component(bytes) {
        component::recognise(&found)?;
        (Abi::Component, Vec::new(), component::http(&found))
    } else {
        let (abi, handlers) = core::recognise(&found, handler)?;
        (abi, handlers, None)
    };
    Ok(Inspected {
        abi,
        handlers,
        starts: found.starts,
        functions: found.functions,
        memory: found.memory,
        http,
    })
}

/// Whether these are the bytes of a module or component.
fn kind(bytes: &[u8]) -> Result<(), Refusal> {
    if Parser::is_core_wasm(bytes) || Parser::is_component(bytes) {
        return Ok(());
    }
    if Engine::detect_precompiled(bytes).is_some() || bytes.starts_with(b"\x7fELF") {
        return Err(Refusal::Precompiled);
    }
    if is_text(bytes) {
        return Err(Refusal::Text);
    }
    let first: Vec<_> = bytes
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Err(Refusal::NotWasm {
        found: match first.as_slice() {
            [] => "nothing".to_owned(),
            first => format!("`{}`", first.join(" ")),
        },
    })
}

/// Whether the first word in parentheses is that of a module or component, behind any
/// comments.
fn is_text(bytes: &[u8]) -> bool {
    let mut rest = bytes.trim_ascii_start();
    while let Some(comment) = rest.strip_prefix(b";;") {
        let line = comment.iter().position(|byte| *byte == b'\n');
        rest = comment
            .get(line.unwrap_or(comment.len())..)
            .unwrap_or_default()
            .trim_ascii_start();
    }
    rest.strip_prefix(b"(").is_some_and(|inner| {
        let inner = inner.trim_ascii_start();
        inner.starts_with(b"module") || inner.starts_with(b"component") || inner.starts_with(b";")
    }) || rest.starts_with(b"(;")
}
