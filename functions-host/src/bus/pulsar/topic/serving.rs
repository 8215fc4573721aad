//! Keeps the consumer of a topic, and brings what it is sent to those who wait for it.
//!
//! There is one task for a topic, which begins anew whenever the consumer is lost, for
//! whatever reason: the broker has ended, or does not answer; the topic was moved, or a
//! namespace with it. Every so often the broker is asked how many more messages it may
//! send: a consumer that it no longer knows is found out by that, and so is a mistake in
//! our own counting.

use std::sync::Arc;
use std::time::{Duration, Instant as StdInstant};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, timeout};

use super::Topic;
use crate::bus::pulsar::chunks::Chunks;
use crate::bus::pulsar::shared::Shared;
use crate::bus::pulsar::wire::{Consumer, Delivered, Inbox, WireError};
use crate::bus::pulsar::words::{MessageIdData, ServerError, SubType};

/// How often the broker is asked how the consumer fares.
const CHECK: Duration = Duration::from_secs(30);

/// How many entries are acknowledged at once.
const ACKS: usize = 1000;

/// How many messages are taken in a row.
const IN_A_ROW: usize = 64;

/// How long the last acknowledgements may take.
const LAST: Duration = Duration::from_secs(5);

/// How long pieces wait until they go back: what is sent again at once would be so without
/// end, as fast as the network is.
const RETURN: Duration = Duration::from_secs(1);

/// How long the first piece of a message waits for the last.
const PIECES: Duration = Duration::from_secs(300);

type Acked = (Vec<MessageIdData>, Result<(), WireError>);

/// Why the consumer of a topic is no more.
enum Lost {
    /// The bus ends.
    Closed,
    /// There is no such topic any more.
    Gone,
    /// Something went wrong, which may go right again.
    Failed(String),
}

/// Serves a topic until the bus ends, or there is no such topic any more.
pub(in crate::bus::pulsar) async fn serve(topic: Arc<Topic>, shared: Arc<Shared>) {
    let mut delay = shared.config.first_delay;
    loop {
        let begun = Instant::now();
        let mut serving = Serving {
            topic: &topic,
            shared: &shared,
            chunks: chunks(&topic, &shared),
            returns: Vec::new(),
        };
        let lost = match serving.begin().await {
            Ok(inbox) => serving.go_on(inbox).await,
            Err(lost) => lost,
        };
        drop(serving);
        let out = shared
            .turns()
            .take_out(topic.owner(), |item| Arc::ptr_eq(&item.place.topic, &topic));
        topic.lost(out.iter().map(|item| (item.place.entry, item.place.index)));
        match lost {
            Lost::Closed => return,
            Lost::Gone => {
                shared.outage.over(topic.name());
                return tracing::info!(topic = topic.name(), "A topic is no more");
            }
            Lost::Failed(why) => {
                shared.outage.begins(topic.name(), &why);
                topic.held().health.error = Some(why);
            }
        }
        if begun.elapsed() > CHECK {
            delay = shared.config.first_delay;
        }
        let pause = delay.mul_f64(0.75 + fastrand::f64() / 2.0);
        tokio::select! {
            () = shared.brokers.wait(pause, shared.config.first_delay) => {}
            () = shared.closed.cancelled() => return,
        }
        delay = delay.saturating_mul(2).min(shared.config.longest_delay);
    }
}

/// A topic that is served.
pub(super) struct Serving<'a> {
    pub(super) topic: &'a Arc<Topic>,
    pub(super) shared: &'a Arc<Shared>,
    pub(super) chunks: Chunks<MessageIdData>,
    /// Pieces that go back in a moment.
    pub(super) returns: Vec<MessageIdData>,
}

fn chunks(topic: &Arc<Topic>, shared: &Shared) -> Chunks<MessageIdData> {
    let woken = Arc::clone(topic);
    let most = shared.config.max_message_bytes;
    Chunks::of(&shared.pieces, topic.owner(), most, move || woken.wake())
}

impl Serving<'_> {
    async fn begin(&self) -> Result<Inbox, Lost> {
        let subscribed = async {
            let connection = self.shared.brokers.of(self.topic.name()).await?;
            let subscription = self.shared.names.subscription();
            connection
                .subscribe(self.topic.name(), subscription, SubType::Shared, false)
                .await
        };
        let subscribed = tokio::select! {
            subscribed = subscribed => subscribed,
            () = self.shared.closed.cancelled() => return Err(Lost::Closed),
        };
        subscribed.map_err(|error| match error.refusal() {
            Some(ServerError::TopicNotFound) => Lost::Gone,
            _ => Lost::Failed(error.to_string()),
        })
    }

    async fn go_on(&mut self, mut inbox: Inbox) -> Lost {
        self.connected(Some(inbox.consumer().clone()));
        let lost = self.receive(&mut inbox).await;
        self.connected(None);
        if let Lost::Closed = lost {
            // What is done by now is not to come again.
            let consumer = inbox.consumer().clone();
            let last = async {
                let acks = self.topic.held().take_acks();
                if !acks.is_empty() {
                    let (acks, _) = ack(consumer, acks).await;
                    self.topic.held().acked(&acks);
                }
                inbox.close().await
            };
            if timeout(LAST, last).await.is_err() {
                tracing::warn!(
                    topic = self.topic.name(),
                    "The consumer of a topic was not closed in time"
                );
            }
        }
        lost
    }

    fn connected(&self, consumer: Option<Consumer>) {
        let mut held = self.topic.held();
        let connected = consumer.is_some();
        held.consumer = consumer;
        held.health.connected = connected;
        if connected {
            held.health.error = None;
            drop(held);
            self.shared.outage.over(self.topic.name());
        }
    }

    async fn receive(&mut self, inbox: &mut Inbox) -> Lost {
        let mut acking: FuturesUnordered<BoxFuture<'static, Acked>> = FuturesUnordered::new();
        // Not all at the same time.
        let first = Instant::now() + CHECK.mul_f64(fastrand::f64());
        let mut checks = interval_at(first, CHECK);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut returns = interval(RETURN);
        returns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let made_way = self.chunks.made_way();
            self.returns.extend(made_way);
            if let Err(error) = self.tell(inbox.consumer(), &mut acking).await {
                return Lost::Failed(error.to_string());
            }
            let went = tokio::select! {
                biased;
                () = self.shared.closed.cancelled(), if acking.is_empty() && !self.topic.held().has_to_ack() => {
                    return Lost::Closed;
                }
                Some((acks, acked)) = acking.next() => acked.map(|()| self.topic.held().acked(&acks)),
                () = self.topic.wake.notified() => Ok(()),
                delivered = inbox.next() => match delivered {
                    Some(delivered) => self.take(inbox, delivered).await,
                    None => return Lost::Failed(self.why(inbox.consumer())),
                },
                _ = checks.tick() => self.check(inbox).await,
                _ = returns.tick(), if !self.returns.is_empty() => {
                    let back = std::mem::take(&mut self.returns);
                    inbox.consumer().give_back(back);
                    Ok(())
                }
            };
            if let Err(error) = went {
                return Lost::Failed(error.to_string());
            }
        }
    }

    /// Tells the broker what it is to hear by now.
    async fn tell(
        &self,
        consumer: &Consumer,
        acking: &mut FuturesUnordered<BoxFuture<'static, Acked>>,
    ) -> Result<(), WireError> {
        let stops = self.shared.stopping();
        let (acks, back, permits) = {
            let mut held = self.topic.held();
            // What is done while the broker is told goes together with the next.
            let acks = match acking.is_empty() {
                true => held.take_acks(),
                false => Vec::new(),
            };
            let permits = if stops { None } else { held.permit() };
            (acks, held.take_returns(), permits)
        };
        if !acks.is_empty() {
            acking.push(Box::pin(ack(consumer.clone(), acks)));
        }
        if !back.is_empty() {
            consumer.give_back(back);
        }
        match permits {
            Some(permits) => consumer.permit(permits).await,
            None => Ok(()),
        }
    }

    fn why(&self, consumer: &Consumer) -> String {
        match consumer.connection().ended() {
            Some(why) => why,
            None => "the broker has closed the consumer".to_owned(),
        }
    }

    async fn check(&mut self, inbox: &mut Inbox) -> Result<(), WireError> {
        let overdue = self.chunks.overdue(StdInstant::now(), PIECES);
        self.dropped(overdue);
        let stats = inbox.consumer().stats().await?;
        let mut held = self.topic.held();
        held.health.backlog = stats.backlog;
        // What is on its way is counted when it is taken.
        if inbox.is_empty() {
            held.permits(stats.permits);
        }
        Ok(())
    }

    async fn take(&mut self, inbox: &mut Inbox, first: Delivered) -> Result<(), WireError> {
        let mut next = Some(first);
        for _ in 0..IN_A_ROW {
            let Some(delivered) = next else { break };
            self.arrived(inbox.consumer(), delivered).await?;
            next = inbox.next_now();
        }
        match next {
            Some(delivered) => self.arrived(inbox.consumer(), delivered).await,
            None => Ok(()),
        }
    }
}

async fn ack(consumer: Consumer, ids: Vec<MessageIdData>) -> Acked {
    for some in ids.chunks(ACKS) {
        if let Err(error) = consumer.ack(some.to_vec()).await {
            return (ids, Err(error));
        }
    }
    (ids, Ok(()))
}
