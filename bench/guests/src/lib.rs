//! The work, and three of its shapes: a module of the pointer ABI with and without an
//! allocator, and a component that answers HTTP by itself. `bin/command.rs` is the fourth, a
//! component that is a command.

#[cfg(all(target_os = "unknown", feature = "allocates"))]
mod allocating;
#[cfg(feature = "http")]
mod http;
#[cfg(all(target_os = "unknown", not(feature = "allocates")))]
mod pointer;

/// Letters in the place of letters.
pub fn work(bytes: &mut [u8]) {
    bytes.make_ascii_uppercase();
}
