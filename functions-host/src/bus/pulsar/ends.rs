//! What becomes of requests, put into the topics where it belongs.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use super::item::Place;
use super::letter::{self, Letter, Note};
use super::names::{self, Kind};
use super::producers::Content;
use super::record;
use super::shared::{EXECUTION, FAULT, KEEPER, Shared, locked, now};
use super::wire::WireError;
use crate::bus::pulsar::words::{KeyValue, MessageMetadata, ServerError, SubType};
use crate::bus::{Completion, Request};
use crate::tenant::TenantId;

/// How long it is tried to put a message where it belongs, before the request is let go.
const PATIENCE: Duration = Duration::from_secs(20);

impl Shared {
    /// Tells what became of a request, where those listen whom it concerns.
    pub(super) async fn tell(
        &self,
        request: &Request,
        completion: &Completion,
    ) -> Result<(), WireError> {
        let topic = self.names.completions(&completion.tenant_id);
        let written = || {
            let metadata = metadata_of(request, completion);
            (metadata, Bytes::from(record::completion(completion)))
        };
        let put = self
            .producers
            .put_within(PATIENCE, &topic, Content::Completions, written);
        put.await.map(drop)
    }

    /// Puts a request where it waits for its next attempt.
    pub(super) async fn postpone(
        self: &Arc<Self>,
        owner: &TenantId,
        letter: &Letter,
        note: &Note,
    ) -> Result<(), WireError> {
        let topic = self.names.retries(owner);
        self.keep(&topic, self.names.subscription(), SubType::Shared)
            .await?;
        self.serve_all(owner, &topic, Kind::Retries).await?;
        let delay = i64::try_from(note.delay.unwrap_or_default()).unwrap_or(i64::MAX);
        let due = now().saturating_add(delay);
        let written = || {
            let metadata = MessageMetadata {
                deliver_at_time: Some(due),
                ..letter.keeping(note)
            };
            (metadata, letter.payload.clone())
        };
        let put = self
            .producers
            .put_within(PATIENCE, &topic, Content::Letters, written);
        put.await.map(drop)
    }

    /// Puts a request among the dead letters.
    pub(super) async fn bury(
        &self,
        owner: &TenantId,
        letter: &Letter,
        note: &Note,
    ) -> Result<(), WireError> {
        let topic = self.names.dead(owner);
        self.keep(&topic, KEEPER, SubType::Exclusive).await?;
        self.knows_dead(&topic, owner);
        let written = || (letter.keeping(note), letter.payload.clone());
        let put = self
            .producers
            .put_within(PATIENCE, &topic, Content::Letters, written);
        put.await.map(drop)
    }

    /// Puts what cannot be read among the dead letters, however long that takes. Then it is
    /// done.
    pub(super) fn bury_unread(self: &Arc<Self>, letter: Letter, reason: String, place: Place) {
        place.topic.taken();
        tracing::warn!(
            topic = place.topic.name(),
            message = letter.origin,
            reason,
            "A message that cannot be read becomes a dead letter"
        );
        let note = Note {
            attempts: 1,
            reason,
            died_at: Some(now()),
            delay: None,
        };
        let shared = Arc::clone(self);
        let buried = async move {
            let what = format!("dead letters of {}", place.topic.owner());
            let mut delay = shared.config.first_delay;
            while let Err(error) = shared.bury(place.topic.owner(), &letter, &note).await {
                shared.outage.begins(&what, &error.to_string());
                sleep(delay).await;
                delay = delay.saturating_mul(2).min(shared.config.longest_delay);
            }
            shared.outage.over(&what);
            place.topic.done(&place);
        };
        let closed = self.closed.clone();
        self.tasks
            .spawn(async move { closed.run_until_cancelled(buried).await });
    }

    /// Makes a topic keep what is put into it, by a subscription.
    async fn keep(&self, topic: &str, subscription: &str, kind: SubType) -> Result<(), WireError> {
        if locked(&self.kept).contains(topic) {
            return Ok(());
        }
        let many = self.brokers.any().await?.partitions(topic).await?;
        for topic in names::parts(topic, many) {
            let connection = self.brokers.of(&topic).await?;
            match connection.subscribe(&topic, subscription, kind, true).await {
                Ok(inbox) => inbox.close().await?,
                // It is there, and somebody reads what it keeps.
                Err(error) if error.refusal() == Some(ServerError::ConsumerBusy) => {}
                Err(error) => return Err(error),
            }
        }
        locked(&self.kept).insert(topic.to_owned());
        Ok(())
    }
}

/// What goes along with a completion.
fn metadata_of(request: &Request, completion: &Completion) -> MessageMetadata {
    let id = completion.execution_id.to_string();
    let repeats = request.repeats.as_ref();
    let properties = [
        (EXECUTION, Some(id.as_str())),
        (FAULT, completion.fault.as_deref()),
        (letter::REQUEST, Some(request.id.as_str())),
        (letter::REPEATS, repeats.map(|id| id.as_str())),
    ];
    let properties = properties.into_iter().filter_map(|(key, value)| {
        Some(KeyValue {
            key: key.to_owned(),
            value: value?.to_owned(),
        })
    });
    let properties = properties.collect();
    MessageMetadata {
        properties,
        event_time: u64::try_from(completion.event_timestamp).ok(),
        partition_key: Some(id),
        ..MessageMetadata::default()
    }
}
