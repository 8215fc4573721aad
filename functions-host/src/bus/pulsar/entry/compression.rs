//! What producers do to make entries small, undone.
//!
//! The size that a producer tells is the size of the buffer that its bytes are put into, so
//! nothing that is in them makes it larger, and a size above the bound is not even tried.
//! Every codec here is one that writes into a buffer of a given size and stops at its end.
//! (Zstandard is the C library for that reason: a decoder that has a window of its own is
//! made to fill it by one block of a few thousand bytes.)

use std::io::Read as _;

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};

use crate::bus::pulsar::words::{CompressionType, MessageMetadata};

/// What LZ4 is read of: its decoder adds up lengths in 32 bits, 255 for each byte.
const MOST_LZ4: usize = 16 << 20;

/// How a stream of Snappy begins.
const SNAPPY_STREAM: &[u8] = b"\xff\x06\x00\x00sNaPpY";

/// The bytes that were compressed, which are no more than `most`.
pub(super) fn undo(
    metadata: &MessageMetadata,
    payload: Bytes,
    most: usize,
) -> Result<Bytes, String> {
    let kind = metadata.compression.unwrap_or_default();
    let Ok(kind) = CompressionType::try_from(kind) else {
        return Err(format!(
            "it is compressed in a way that is not known: {kind}"
        ));
    };
    let size = match kind {
        CompressionType::None => payload.len(),
        _ => usize::try_from(metadata.uncompressed_size.unwrap_or_default()).unwrap_or(usize::MAX),
    };
    if size > most {
        return Err(format!("it has {size} bytes, and at most {most} are read"));
    }
    if kind == CompressionType::None || (size == 0 && payload.is_empty()) {
        return Ok(payload);
    }
    let content = match kind {
        CompressionType::None => return Ok(payload),
        CompressionType::Lz4 => lz4(&payload, size),
        CompressionType::Zlib => zlib(&payload, size),
        CompressionType::Zstd => zstd(&payload, size),
        CompressionType::Snappy => snappy(&payload, size),
    };

    match content {
        Ok(content) if content.len() == size => Ok(content.into()),
        Ok(content) => Err(format!(
            "it says that it has {size} bytes before {kind} made it small, and it has {}",
            match content.len() {
                more if more > size => "more".to_owned(),
                less => less.to_string(),
            }
        )),
        Err(why) => Err(format!("it is no {kind} of {size} bytes as it says: {why}")),
    }
}

fn lz4(payload: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let length = payload.len();
    if length > MOST_LZ4 {
        return Err(format!(
            "of {length} bytes, and at most {MOST_LZ4} are read"
        ));
    }
    let mut content = vec![0; size];
    let end = lz4_flex::block::decompress_into(payload, &mut content)
        .map_err(|error| error.to_string())?;
    content.truncate(end);
    Ok(content)
}

/// The clients of Java flush a stream and do not end it, and the others do.
fn zlib(payload: &[u8], size: usize) -> Result<Vec<u8>, String> {
    // A byte more, so that one that is longer than it says is told from one that is not.
    let mut content = vec![0; size.saturating_add(1)];
    let mut zlib = Decompress::new(true);
    let place = |of: u64| usize::try_from(of).unwrap_or(usize::MAX);
    loop {
        let (begin, end) = (place(zlib.total_in()), place(zlib.total_out()));
        let rest = payload.get(begin..).unwrap_or_default();
        let room = content.get_mut(end..).unwrap_or_default();
        let status = zlib
            .decompress(rest, room, FlushDecompress::None)
            .map_err(|error| error.to_string())?;
        let now = (place(zlib.total_in()), place(zlib.total_out()));
        if status == Status::StreamEnd || now == (begin, end) {
            content.truncate(now.1);
            return match now.0 < payload.len() && now.1 <= size {
                true => Err("more bytes follow its end".to_owned()),
                false => Ok(content),
            };
        }
    }
}

fn zstd(payload: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let mut content = vec![0; size];
    let end = zstd_safe::decompress(content.as_mut_slice(), payload)
        .map_err(|code| zstd_safe::get_error_name(code).to_owned())?;
    content.truncate(end);
    Ok(content)
}

/// One block, as the clients of Java and C++ write it, or a stream of blocks, which is what
/// the one of Rust writes. What begins as a block of the right size is one.
fn snappy(payload: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let block = snap::raw::decompress_len(payload);
    if payload.starts_with(SNAPPY_STREAM) && block != Ok(size) {
        let mut content = Vec::new();
        let stream = snap::read::FrameDecoder::new(payload);
        let most = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
        stream
            .take(most)
            .read_to_end(&mut content)
            .map_err(|error| error.to_string())?;
        return Ok(content);
    }
    let mut content = vec![0; size];
    let end = snap::raw::Decoder::new()
        .decompress(payload, &mut content)
        .map_err(|error| error.to_string())?;
    content.truncate(end);
    Ok(content)
}
