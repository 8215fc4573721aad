//! Why a module is not taken.
//!
//! Who reads a refusal is the author of the module, so each says what was found,
//! and what would be right.

use std::time::Duration;

/// Why the engine refuses a module.
///
/// Its text is meant for the author of the module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The bytes are WAT, the text form of WASM.
    #[error("this is WebAssembly text; the binary form is needed (`wat2wasm module.wat`)")]
    Text,
    /// The bytes were compiled for some machine already.
    #[error(
        "this module is compiled to machine code already, which is never run here; \
         the `.wasm` file it was made from is needed"
    )]
    Precompiled,
    /// The bytes are no WASM at all.
    #[error(
        "this is no WebAssembly: it begins with {found}; a module begins with `00 61 73 6d` \
         (\"\\0asm\")"
    )]
    NotWasm {
        /// The first bytes in hexadecimal, or "nothing" where there are none.
        found: String,
    },
    /// The module breaks the rules of WASM, or needs a proposal that is turned off.
    #[error("not a valid module: {what} (at byte {offset})")]
    Invalid {
        /// What is wrong.
        what: String,
        /// Where, in bytes from the beginning of the file.
        offset: usize,
    },
    /// The module has more of something than is allowed.
    #[error("{what}: {found} found, at most {limit} allowed")]
    Beyond {
        /// What is counted, with its unit.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many there may be.
        limit: u64,
    },
    /// The module wants something of the host that the host does not have.
    #[error("imports `{module}` `{name}`, which this host does not offer{help}")]
    UnknownImport {
        /// The module of the import, or the interface where a component imports it.
        module: String,
        /// The name of the import in it.
        name: String,
        /// What its author can do; empty, or begins with punctuation.
        help: String,
    },
    /// The module wants something of the host that it was not granted.
    #[error(
        "imports `{import}`, which takes a grant: name the hosts that it may reach in the \
         grant `{grant}` of the module"
    )]
    NotGranted {
        /// What it imports.
        import: String,
        /// The grant that it needs.
        grant: &'static str,
    },
    /// An export has not the type that the ABI asks for.
    #[error("exports `{found}`; `{needed}` is needed")]
    Signature {
        /// What the module exports.
        found: String,
        /// What it should export.
        needed: String,
    },
    /// The module has the beginnings of an ABI, and something lacks.
    #[error("exports no `{missing}`; {needed}")]
    Incomplete {
        /// The export that lacks.
        missing: String,
        /// What the ABI asks for.
        needed: &'static str,
    },
    /// A data or element segment lies outside of what it is written into.
    #[error("{what} segment {index} ends at {end}, which lies outside of the {size} of its {into}")]
    Segment {
        /// "data" or "element".
        what: &'static str,
        /// The segment's place in its section, from 0.
        index: u32,
        /// Where the segment ends: bytes or elements from the beginning.
        end: u64,
        /// How large that is in the beginning: bytes or elements.
        size: u64,
        /// "memory" or "table".
        into: &'static str,
    },
    /// The compiler does not take it.
    #[error("the module cannot be compiled: {0}")]
    Compile(String),
    /// Compiling it takes too long.
    #[error(
        "the module takes more than {0:?} to compile; fewer or smaller functions compile faster"
    )]
    CompileTime(Duration),
    /// Compiling it takes too much memory.
    #[error(
        "the module takes more than {0} bytes of memory to compile; \
         smaller functions need less"
    )]
    CompileMemory(u64),
    /// What the module imports and exports does not fit together with this host.
    #[error("the module cannot be linked: {0}")]
    Link(String),
}
