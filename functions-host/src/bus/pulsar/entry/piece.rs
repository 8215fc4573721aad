//! Pieces of a message that is larger than an entry may be.

use bytes::Bytes;

use super::Unreadable;
use crate::bus::pulsar::words::MessageMetadata;

/// The longest id of a message in pieces: that is the name of a producer and a number.
const MOST_ID: usize = 1024;

/// How many pieces a message may have. One of 100 MB has twenty, as brokers come.
const MOST_PIECES: u32 = 4096;

/// One of the pieces. Batches are not cut, and a message is compressed before it is.
#[derive(Debug)]
pub(in super::super) struct Piece {
    /// What is said of the message, and of the piece.
    pub(in super::super) metadata: Box<MessageMetadata>,
    /// What is in the piece.
    pub(in super::super) payload: Bytes,
    /// Its place, from 0, which is less than `of`.
    pub(in super::super) number: u32,
    /// How many there are, at least two.
    pub(in super::super) of: u32,
    /// How many bytes all of them have together.
    pub(in super::super) total: usize,
}

impl Piece {
    pub(super) fn new(
        metadata: Box<MessageMetadata>,
        payload: Bytes,
        most: usize,
    ) -> Result<Self, Unreadable> {
        match place(&metadata, most) {
            Ok((number, of, total)) => Ok(Self {
                metadata,
                payload,
                number,
                of,
                total,
            }),
            Err(reason) => Err(Unreadable {
                reason,
                metadata: Some(metadata),
                payload,
            }),
        }
    }

    /// What all pieces of a message are known by.
    pub(in super::super) fn id(&self) -> &str {
        self.metadata.uuid.as_deref().unwrap_or_default()
    }
}

fn place(metadata: &MessageMetadata, most: usize) -> Result<(u32, u32, usize), String> {
    let id = metadata.uuid.as_ref().map_or(0, String::len);
    if id == 0 || id > MOST_ID {
        return Err(format!(
            "it is a piece of a message whose id has {id} bytes, and an id has 1 to {MOST_ID}"
        ));
    }
    let (number, of) = (metadata.chunk_id, metadata.num_chunks_from_msg.unwrap_or(0));
    let known = (number.map(u32::try_from), u32::try_from(of));
    let (Some(Ok(place)), Ok(count @ 2..=MOST_PIECES)) = known else {
        let number = number.map_or("none".to_owned(), |number| number.to_string());
        return Err(format!(
            "it is piece {number} of {of}, and pieces are counted from 0, up to {MOST_PIECES} of them"
        ));
    };
    if place >= count {
        return Err(format!(
            "it is piece {place} of {of}, and pieces are counted from 0"
        ));
    }
    let total = metadata.total_chunk_msg_size.unwrap_or(0);
    match usize::try_from(total) {
        Ok(total) if total <= most => Ok((place, count, total)),
        _ => Err(format!(
            "it is a piece of a message of {total} bytes, and at most {most} are read"
        )),
    }
}
