//! Frames: a command, and what goes along with it.
//!
//! ```text
//! size of all that follows │ size of the command │ command │ rest
//! ```
//!
//! The rest of a message is left as it is: it was written by a stranger.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use prost::Message as _;
use tokio_util::codec::Decoder;

use super::WireError;
use crate::bus::pulsar::words::{Command, MessageMetadata, Said};

/// The largest frame that is read, in bytes. Brokers take 5 MiB unless they are told
/// otherwise.
const LARGEST: usize = 128 << 20;

/// What begins the rest of a message that has a checksum.
const CHECKSUM: u16 = 0x0e01;

/// A frame that came.
#[derive(Debug)]
pub(super) struct Frame {
    /// Nothing, where it is one that is not known.
    pub(super) command: Option<Command>,
    /// What goes along with the command.
    pub(super) rest: Bytes,
}

/// A frame that is to go.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) said: Said,
    pub(super) message: Option<(Box<MessageMetadata>, Bytes)>,
}

/// Finds frames in what comes.
#[derive(Debug, Default)]
pub(super) struct Frames;

impl Decoder for Frames {
    type Item = Frame;
    type Error = WireError;

    fn decode(&mut self, bytes: &mut BytesMut) -> Result<Option<Frame>, WireError> {
        let Some(size) = bytes.get(..4).map(|mut size| size.get_u32()) else {
            return Ok(None);
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > LARGEST {
            return Err(WireError::connection(format!(
                "a frame of {size} bytes came; {LARGEST} are read"
            )));
        }
        let whole = size.saturating_add(4);
        if bytes.len() < whole {
            bytes.reserve(whole.saturating_sub(bytes.len()));
            return Ok(None);
        }
        let mut frame = bytes.split_to(whole).freeze();
        frame.advance(4);
        let short = || WireError::connection("a frame came that ends early");
        if frame.len() < 4 {
            return Err(short());
        }
        let command = usize::try_from(frame.get_u32()).unwrap_or(usize::MAX);
        if command > frame.len() {
            return Err(short());
        }
        let command = frame.split_to(command);
        let said = Said::decode(command).map_err(|error| {
            WireError::connection(format!("a frame came whose command is none: {error}"))
        })?;
        Ok(Some(Frame {
            command: said.command,
            rest: frame,
        }))
    }
}

impl Outgoing {
    pub(super) fn write(&self, to: &mut BytesMut) {
        let command = self.said.encoded_len();
        let message = self.message.as_ref().map(|(metadata, payload)| {
            let metadata_size = metadata.encoded_len();
            (metadata, metadata_size, payload)
        });
        let rest = message.as_ref().map_or(0, |(_, metadata, payload)| {
            10_usize
                .saturating_add(*metadata)
                .saturating_add(payload.len())
        });
        to.reserve(8 + command + rest);
        to.put_u32(small(4 + command + rest));
        to.put_u32(small(command));
        self.said.encode_raw(to);
        if let Some((metadata, metadata_size, payload)) = message {
            to.put_u16(CHECKSUM);
            let mut head = BytesMut::with_capacity(4 + metadata_size);
            head.put_u32(small(metadata_size));
            metadata.encode_raw(&mut head);
            to.put_u32(crc32c::crc32c_append(crc32c::crc32c(&head), payload));
            to.put_slice(&head);
            to.put_slice(payload);
        }
    }
}

/// Sizes are far below what four bytes hold: see the bound on messages.
fn small(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Frame, Frames, Outgoing};
    use bytes::{Bytes, BytesMut};
    use tokio_util::codec::Decoder as _;

    use crate::bus::pulsar::words::{Command, CommandPing, MessageMetadata};

    fn ping(payload: Option<&'static [u8]>) -> Outgoing {
        let metadata = Box::new(MessageMetadata {
            producer_name: "p".into(),
            ..MessageMetadata::default()
        });
        Outgoing {
            said: Command::Ping(CommandPing {}).into(),
            message: payload.map(|payload| (metadata, Bytes::from_static(payload))),
        }
    }

    #[test]
    fn a_frame_that_was_written_is_read_whole_however_it_comes() {
        let mut written = BytesMut::new();
        ping(None).write(&mut written);
        ping(Some(b"payload")).write(&mut written);
        let mut came = BytesMut::new();
        let mut frames = Vec::new();
        for byte in written {
            came.extend_from_slice(&[byte]);
            frames.extend(Frames.decode(&mut came).unwrap());
        }
        assert_eq!(frames.len(), 2);
        let is_ping = |frame: &Frame| matches!(frame.command, Some(Command::Ping(_)));
        assert!(frames.iter().all(is_ping));
        assert!(frames[0].rest.is_empty());
        assert_eq!(frames[1].rest[..2], [0x0e, 0x01]);
        assert!(frames[1].rest.ends_with(b"payload"));
    }

    #[test]
    fn a_frame_that_is_none_is_an_error() {
        let cases: [&[u8]; 4] = [
            // Larger than any.
            &[0xff, 0xff, 0xff, 0xff],
            // Too small to hold the size of its command.
            &[0, 0, 0, 3, 1, 2, 3],
            // A command that goes on after the frame's end.
            &[0, 0, 0, 5, 0, 0, 0, 2, 8],
            // A command that is none.
            &[0, 0, 0, 6, 0, 0, 0, 2, 0xff, 0xff],
        ];
        for case in cases {
            assert!(
                Frames.decode(&mut BytesMut::from(case)).is_err(),
                "{case:?}"
            );
        }
    }
}
