//! The bytes of a module on their way out, looked at before they are handed on.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _, try_unfold};
use sha2::{Digest as _, Sha256};

use super::store::Pieces;
use super::{Digest, ModulesError};

/// What is being read.
struct Reading {
    pieces: Pieces,
    hash: Sha256,
    left: u64,
    digest: Digest,
    /// The piece that is handed on once there is another, or all have turned out well.
    held: Option<Bytes>,
}

/// Bytes that are `size` bytes with this digest, or else break off before their end.
pub(super) fn checked(
    pieces: Pieces,
    digest: Digest,
    size: u64,
) -> BoxStream<'static, io::Result<Bytes>> {
    let reading = Reading {
        pieces,
        hash: Sha256::new(),
        left: size,
        digest,
        held: None,
    };
    try_unfold(Some(reading), |reading| async {
        let Some(reading) = reading else {
            return Ok(None);
        };
        reading.next().await
    })
    .boxed()
}

/// All of them, in memory: at most `most`.
pub(super) async fn collected(
    pieces: BoxStream<'static, io::Result<Bytes>>,
    size: u64,
    most: u64,
) -> io::Result<Bytes> {
    let size = usize::try_from(size).ok().filter(|_| size <= most);
    let size = size.ok_or_else(|| damaged(format!("they are more than {most} bytes")))?;
    let all = BytesMut::with_capacity(size);
    let all = pieces.try_fold(all, |mut all, piece| async move {
        all.extend_from_slice(&piece);
        Ok(all)
    });
    Ok(all.await?.freeze())
}

impl Reading {
    async fn next(mut self) -> io::Result<Option<(Bytes, Option<Self>)>> {
        while let Some(piece) = self.pieces.next().await.transpose()? {
            if piece.is_empty() {
                continue;
            }
            let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let left = self.left.checked_sub(length);
            self.left = left.ok_or_else(|| damaged("they are more than there were".to_owned()))?;
            self.hash.update(&piece);
            if let Some(earlier) = self.held.replace(piece) {
                return Ok(Some((earlier, Some(self))));
            }
        }
        let found: [u8; 32] = self.hash.finalize().into();
        if self.left > 0 || self.digest != Digest::from(found) {
            return Err(damaged(format!(
                "their digest is no longer {}",
                self.digest
            )));
        }
        Ok(self.held.map(|last| (last, None)))
    }
}

fn damaged(what: String) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the bytes of the module are damaged: {what}"),
    )
}

/// Whether bytes that cannot be read now may be readable later: whoever has them is away,
/// or does not answer.
#[must_use]
pub fn may_pass(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    inner.is_some_and(ModulesError::is_transient)
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Digest, checked, collected, io};
    use futures_util::StreamExt as _;
    use futures_util::stream;

    async fn read(pieces: &'static [&'static str], digest: Digest, size: u64) -> (String, bool) {
        let pieces = pieces
            .iter()
            .map(|piece| Ok(Bytes::from_static(piece.as_bytes())));
        let mut content = checked(stream::iter(pieces).boxed(), digest, size);
        let mut read = String::new();
        while let Some(piece) = content.next().await {
            match piece {
                Ok(piece) => read.push_str(std::str::from_utf8(&piece).unwrap()),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
                    return (read, false);
                }
            }
        }
        (read, true)
    }

    #[tokio::test]
    async fn bytes_that_are_as_they_were_come_whole() {
        let digest = Digest::of(b"abcde");
        for pieces in [&["abcde"][..], &["", "ab", "", "cde", ""]] {
            assert_eq!(read(pieces, digest, 5).await, ("abcde".to_owned(), true));
        }
        assert_eq!(read(&[], Digest::of(b""), 0).await, (String::new(), true));
    }

    #[tokio::test]
    async fn bytes_that_are_not_never_come_whole() {
        let digest = Digest::of(b"abcde");
        let read = async |pieces| read(pieces, digest, 5).await;
        assert_eq!(read(&["ab", "cdX"]).await, ("ab".to_owned(), false));
        assert_eq!(read(&["ab", "cd"]).await, ("ab".to_owned(), false));
        assert_eq!(read(&["abcde", "f"]).await, (String::new(), false));
        assert_eq!(read(&["abcdX"]).await, (String::new(), false));
        assert_eq!(read(&[]).await, (String::new(), false));
    }

    #[tokio::test]
    async fn no_more_is_held_in_memory_than_is_allowed() {
        let content = || {
            let pieces = stream::iter([Ok(Bytes::from_static(b"abcde"))]).boxed();
            checked(pieces, Digest::of(b"abcde"), 5)
        };
        assert_eq!(collected(content(), 5, 5).await.unwrap(), "abcde");
        let refused = collected(content(), 5, 4).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }
}
