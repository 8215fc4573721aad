//! The work, and two of its shapes: a module of the pointer ABI, and a component that
//! answers HTTP by itself. `bin/command.rs` is the third, a component that is a command.

#[cfg(feature = "http")]
mod http;
#[cfg(target_os = "unknown")]
mod pointer;

/// Letters in the place of letters.
pub fn work(bytes: &mut [u8]) {
    bytes.make_ascii_uppercase();
}
