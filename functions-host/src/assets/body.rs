//! Bytes as they come in, up to the bounds.

use std::fmt::Display;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::time::timeout;

use super::budget::Budget;
use super::config::AssetsConfig;
use super::error::AssetError;

/// What bounds each asset, and all of them.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) max_bytes: usize,
    pub(super) idle: Duration,
    pub(super) budget: Budget,
}

impl Bounds {
    pub(super) fn new(config: &AssetsConfig) -> Self {
        Self {
            max_bytes: config.max_bytes,
            idle: config.idle_timeout,
            budget: Budget::new(config.max_held_bytes.max(config.max_bytes)),
        }
    }

    /// Whether an asset of this length may be fetched, and the length as memory has it.
    pub(super) fn length(&self, length: u64) -> Result<usize, AssetError> {
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.max_bytes)
            .ok_or(AssetError::TooBig(self.max_bytes))
    }

    /// Reads all that comes of `from`, which said how long it is, or did not.
    pub(super) async fn collect<E: Display>(
        &self,
        from: &str,
        length: Option<u64>,
        body: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Bytes, AssetError> {
        let length = length.map(|length| self.length(length)).transpose()?;
        let place = self.budget.take(length.unwrap_or(self.max_bytes)).await;
        // What was promised is not resident before it comes.
        let mut bytes = Vec::with_capacity(length.unwrap_or_default());
        let most = length.unwrap_or(self.max_bytes);
        let mut body = pin!(body);
        loop {
            let next = timeout(self.idle, body.next()).await;
            let next = next.map_err(|_| AssetError::Stalled {
                from: from.to_owned(),
                silent: self.idle,
            })?;
            match next {
                None => break,
                Some(Ok(part)) if part.len() <= most.saturating_sub(bytes.len()) => {
                    bytes.extend_from_slice(&part);
                }
                Some(Ok(_)) => return Err(AssetError::TooBig(self.max_bytes)),
                Some(Err(error)) => {
                    tracing::debug!(%error, from, "An asset broke off");
                    let what = format!("{from} broke off in the middle of it");
                    return Err(AssetError::Unreachable(what));
                }
            }
        }
        if length.is_some_and(|length| length != bytes.len()) {
            let what = format!("{from} sent less than it said");
            return Err(AssetError::Unreachable(what));
        }
        Ok(place.hold(bytes))
    }
}
