//! A function from bytes to bytes, as a module of each form that functions-host runs.
//!
//! The function is a [`Handler`], and there are two shells for it. [`export!`] in the
//! `lib.rs` of a crate makes it a module of the pointer ABI; [`command`] in its `main.rs`
//! makes it a WASI command, of preview 1 or as a component of 0.2: that is for the target
//! to say.
//!
//! ```
//! fn shout(input: &[u8]) -> Result<Vec<u8>, String> {
//!     let text = std::str::from_utf8(input).map_err(|_| "The input is not UTF-8")?;
//!     Ok(text.to_uppercase().into_bytes())
//! }
//!
//! guest::export!(shout);
//!
//! # fn main() {
//! assert_eq!(shout(b"hello").unwrap(), b"HELLO");
//! # }
//! ```

mod command;
mod pointer;

pub use command::command;
#[doc(hidden)]
pub use pointer::{allocate, run};

/// What a module does: bytes in, bytes out, or why not.
///
/// The output of one that is driven by events is a JSON object.
pub type Handler = fn(&[u8]) -> Result<Vec<u8>, String>;

/// Exports a [`Handler`] by the pointer ABI: as `run`, with `allocate` beside it.
///
/// That ABI has no words for a failure: where the handler returns an error, the module
/// traps, and the text of the error is lost. An output with a NUL byte, which would end
/// there, is a failure too.
///
/// It exports nothing but from a module without WASI: a command has its `main`.
#[macro_export]
macro_rules! export {
    ($handler:ident) => {
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        mod exports {
            #[unsafe(no_mangle)]
            extern "C" fn allocate(size: usize) -> *mut u8 {
                $crate::allocate(size)
            }

            #[unsafe(no_mangle)]
            extern "C" fn run(input: *const u8, length: usize) -> *const u8 {
                $crate::run(super::$handler, input, length)
            }
        }
    };
}
