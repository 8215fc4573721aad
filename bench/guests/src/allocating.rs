//! The pointer ABI, with room for the input from Rust's allocator, which lets the memory
//! grow. It goes with the instance, so nothing is given back.

use std::slice;

#[unsafe(no_mangle)]
extern "C" fn allocate(length: usize) -> *mut u8 {
    // One byte more, for the NUL that ends the output.
    Vec::leak(vec![0; length + 1]).as_mut_ptr()
}

/// # Safety
/// The place is one of [`allocate`], with this length.
#[unsafe(no_mangle)]
unsafe extern "C" fn run(place: *mut u8, length: usize) -> *const u8 {
    // SAFETY: the host has asked for this place, and nobody else has it.
    let bytes = unsafe { slice::from_raw_parts_mut(place, length + 1) };
    crate::work(bytes);
    bytes.as_ptr()
}
