//! Reading the body of a request within bounds: its size, its time, and how many
//! large ones are held at once.
//!
//! A bound on one body is no bound on all of them: ten thousand connections that
//! each send ten megabytes hold a hundred gigabytes. So a body that outgrows a
//! small one needs a place, and there are only so many places.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use axum::BoxError;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::detail::Detail;

/// Up to here a body is read without a place, in bytes.
const SMALL: usize = 64 * 1024;

/// How many larger bodies are held at once.
const LARGE_BODIES: usize = 64;

/// What bounds the bodies of a service.
#[derive(Debug)]
pub struct BodyLimits {
    max_bytes: usize,
    timeout: Duration,
    large: Semaphore,
}

/// A body that was read, with its place if it needed one.
#[derive(Debug)]
pub struct Body<'a> {
    bytes: Bytes,
    _place: Option<SemaphorePermit<'a>>,
}

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// It is larger than allowed.
    #[error("The body is larger than the {max_bytes} bytes that are allowed")]
    TooLarge {
        /// How many bytes a body may have.
        max_bytes: usize,
    },
    /// It was not all there in time.
    #[error("The body was not all there within {} seconds", timeout.as_secs_f64())]
    TimedOut {
        /// How long a body may take.
        timeout: Duration,
    },
    /// The connection broke, or the caller did not keep to HTTP.
    #[error("The body could not be read: {0}")]
    Broken(#[source] BoxError),
}

impl BodyLimits {
    /// Bodies of `max_bytes` at most, all there within `timeout`.
    #[must_use]
    pub fn new(max_bytes: usize, timeout: Duration) -> Self {
        Self {
            max_bytes,
            timeout,
            large: Semaphore::new(LARGE_BODIES),
        }
    }

    /// Reads all of `body`.
    ///
    /// # Errors
    /// It is too large, too slow or breaks off.
    pub async fn read<B>(&self, body: B) -> Result<Body<'_>, BodyError>
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
    {
        let declared = body.size_hint().lower();
        if usize::try_from(declared).map_or(true, |declared| declared > self.max_bytes) {
            return Err(self.too_large());
        }
        let mut body = body;
        // Most come whole with their head, and are taken as they lie, with no timer.
        let first = poll_fn(|cx| Poll::Ready(Pin::new(&mut body).poll_frame(cx))).await;
        let first = match first {
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(bytes) if bytes.len() <= SMALL.min(self.max_bytes) && body.is_end_stream() => {
                    return Ok(Body {
                        bytes,
                        _place: None,
                    });
                }
                Ok(bytes) => bytes,
                Err(_) => Bytes::new(),
            },
            Poll::Ready(Some(Err(error))) => return Err(BodyError::Broken(error.into())),
            Poll::Ready(None) | Poll::Pending => Bytes::new(),
        };
        let rest = tokio::time::timeout(self.timeout, self.collect(first, body));
        // Boxed, so that those that come whole carry no room for it.
        match Box::pin(rest).await {
            Ok(read) => read,
            Err(_) => Err(BodyError::TimedOut {
                timeout: self.timeout,
            }),
        }
    }

    /// What comes after `first`, and all of it together.
    async fn collect<B>(&self, mut first: Bytes, mut body: B) -> Result<Body<'_>, BodyError>
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
    {
        let mut all = BytesMut::new();
        let mut place = None;
        if first.len() > self.max_bytes {
            return Err(self.too_large());
        }
        if first.len() > SMALL {
            // Fails only once closed, which nobody does.
            place = self.large.acquire().await.ok();
        }
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| BodyError::Broken(error.into()))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let length = first.len() + all.len() + data.len();
            if length > self.max_bytes {
                return Err(self.too_large());
            }
            if length > SMALL && place.is_none() {
                place = self.large.acquire().await.ok();
            }
            if first.is_empty() && all.is_empty() {
                first = data;
                continue;
            }
            if !first.is_empty() {
                all.reserve(length);
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
        let bytes = if all.is_empty() { first } else { all.freeze() };
        Ok(Body {
            bytes,
            _place: place,
        })
    }

    fn too_large(&self) -> BodyError {
        BodyError::TooLarge {
            max_bytes: self.max_bytes,
        }
    }
}

impl Body<'_> {
    /// The bytes themselves, for whoever has to own them. That copies nothing, and what
    /// bounds them is this body's place: keep it for as long as they are in use.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}

impl std::ops::Deref for Body<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TimedOut { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Broken(_) => StatusCode::BAD_REQUEST,
        };
        Detail::new(status, self.to_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use bytes::Bytes;
    use http_body_util::channel::Channel;

    use super::{BodyError, BodyLimits, LARGE_BODIES, SMALL};

    const TIMEOUT: Duration = Duration::from_secs(10);

    async fn body_of(pieces: &[&'static [u8]]) -> axum::body::Body {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(pieces.len());
        for piece in pieces {
            sender.send_data(Bytes::from_static(piece)).await.unwrap();
        }
        axum::body::Body::new(body)
    }

    #[tokio::test]
    async fn a_body_in_pieces_is_put_together() {
        let limits = BodyLimits::new(6, TIMEOUT);
        let body = limits
            .read(body_of(&[b"ab", b"", b"cd", b"ef"]).await)
            .await;
        assert_eq!(&*body.unwrap(), b"abcdef");
    }

    #[tokio::test]
    async fn a_byte_too_many_is_refused_whether_declared_or_not() {
        let limits = BodyLimits::new(5, TIMEOUT);
        let undeclared = limits.read(body_of(&[b"abc", b"def"]).await).await;
        let declared = limits.read(axum::body::Body::from("abcdef")).await;
        assert!(matches!(
            undeclared,
            Err(BodyError::TooLarge { max_bytes: 5 })
        ));
        assert!(matches!(
            declared,
            Err(BodyError::TooLarge { max_bytes: 5 })
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up_at_its_time() {
        let limits = BodyLimits::new(5, TIMEOUT);
        let (_sender, body) = Channel::<Bytes, Infallible>::new(1);
        let read = limits.read(axum::body::Body::new(body)).await;
        assert!(matches!(read, Err(BodyError::TimedOut { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_large_bodies_are_held_at_once() {
        let limits = BodyLimits::new(2 * SMALL, TIMEOUT);
        let large = || axum::body::Body::from(vec![b' '; SMALL + 1]);
        let mut held = Vec::new();
        for _ in 0..LARGE_BODIES {
            held.push(limits.read(large()).await.unwrap());
        }
        assert!(matches!(
            limits.read(large()).await,
            Err(BodyError::TimedOut { .. })
        ));
        assert!(limits.read(axum::body::Body::from("{}")).await.is_ok());
        held.pop();
        assert!(limits.read(large()).await.is_ok());
    }
}
