//! The shell of the pointer ABI: the host asks for room, writes the input there, calls,
//! and reads the output up to the first NUL byte.
//!
//! Other guests make a slice out of the address and the length that they are given, which
//! takes `unsafe` and the trust that they are right. Here the room that was given out is
//! kept, so that the input is at hand when the call comes, and what the call says is only
//! compared with it.

use std::sync::{Mutex, PoisonError};

use crate::Handler;

/// The room that was given out last.
static ROOM: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Gives out room for an input.
#[must_use]
pub fn allocate(size: usize) -> *mut u8 {
    let mut room = ROOM.lock().unwrap_or_else(PoisonError::into_inner);
    *room = vec![0; size];
    room.as_mut_ptr()
}

/// Handles the input that lies in the room, and returns where its output begins.
///
/// # Panics
/// There is no output, or none that can be told in this way.
#[must_use]
pub fn run(handler: Handler, input: *const u8, length: usize) -> *const u8 {
    let room = std::mem::take(&mut *ROOM.lock().unwrap_or_else(PoisonError::into_inner));
    match answer(handler, &room, input, length) {
        // An instance serves one call: the host reads this, and everything goes.
        Ok(output) => output.leak().as_ptr(),
        #[expect(clippy::panic, reason = "the one way to fail that this ABI has")]
        Err(error) => panic!("{error}"),
    }
}

fn answer(
    handler: Handler,
    room: &[u8],
    input: *const u8,
    length: usize,
) -> Result<Vec<u8>, String> {
    let input = room
        .get(..length)
        .filter(|room| room.as_ptr() == input)
        .ok_or("The input lies where no room was given out")?;
    let mut output = handler(input)?;
    if output.contains(&0) {
        return Err("The output has a NUL byte, where it would end".to_owned());
    }
    output.push(0);
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn the_output_ends_with_a_nul_byte() {
        let room = b"hello, and more";
        let output = answer(|input| Ok(input.to_vec()), room, room.as_ptr(), 5);
        assert_eq!(output.unwrap(), b"hello\0");
    }

    #[test]
    fn an_input_that_lies_elsewhere_or_is_longer_than_the_room_is_an_error() {
        let room = b"hello";
        let handler = |input: &[u8]| Ok(input.to_vec());
        let elsewhere = room.as_ptr().wrapping_add(1);
        assert!(answer(handler, room, elsewhere, 4).is_err());
        assert!(answer(handler, room, room.as_ptr(), 6).is_err());
    }

    #[test]
    fn an_output_that_would_end_early_is_an_error() {
        let room = b"a\0b";
        let error = answer(|input| Ok(input.to_vec()), room, room.as_ptr(), 3);
        assert!(error.unwrap_err().contains("NUL"));
    }
}
