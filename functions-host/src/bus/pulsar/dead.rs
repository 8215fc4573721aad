//! Dead letters: each tenant has a topic of them, where a subscription keeps them until
//! they are replayed or discarded.
//!
//! To see them they are received and given back, by one who has the subscription to itself
//! for that moment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::{Instant, sleep, timeout_at};

use super::chunks::{Chunks, Whole};
use super::entry::{self, Entry, Opened};
use super::letter::Letter;
use super::names;
use super::producers::Content;
use super::shared::{KEEPER, Shared};
use super::wire::{Inbox, WireError};
use crate::bus::pulsar::words::{MessageIdData, ServerError, SubType};
use crate::bus::{
    BusError, DeadLetter, DeadLetterId, DeadLetters, DeadListing, Request, RequestId, SubmitError,
};
use crate::cut::cut;
use crate::tenant::TenantId;

/// How long somebody else may have the subscription.
const BUSY: Duration = Duration::from_millis(100);

/// How many letters are asked for at once.
const AT_ONCE: u32 = 100;

/// How many topics are looked into at once.
const TOPICS: usize = 8;

/// A letter as it lies in its topic.
struct Found {
    ids: Vec<MessageIdData>,
    letter: Letter,
    dead: DeadLetter,
}

/// Dead letters of all topics, the newest first. Each topic is read to its end, and no more
/// of it is kept than a page can hold.
pub(super) async fn list(
    shared: &Arc<Shared>,
    wanted: &DeadListing,
) -> Result<DeadLetters, BusError> {
    let topics = shared.dead().await?.into_iter().filter(|(_, owner)| {
        let tenant = wanted.tenant.as_ref();
        tenant.is_none_or(|tenant| tenant == owner)
    });
    let skip = usize::try_from(wanted.skip).unwrap_or(usize::MAX);
    let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let most = skip.saturating_add(limit);
    let looked = stream::iter(topics).map(|(topic, owner)| async move {
        let mut newest = Newest::new(most);
        look(shared, &topic, &owner, |mut found| {
            found.dead.request.asset_uri =
                cut(&found.dead.request.asset_uri, DeadLetters::URI).into_owned();
            newest.add(found.dead);
            None::<()>
        })
        .await?;
        Ok::<_, WireError>(newest)
    });
    let mut looked = Box::pin(looked.buffer_unordered(TOPICS));
    let mut newest = Newest::new(most);
    let mut total = 0_u64;
    while let Some(of_one) = looked.next().await {
        let of_one = of_one?;
        total = total.saturating_add(of_one.seen);
        for letter in of_one.letters.into_values() {
            newest.add(letter);
        }
    }
    let letters = newest.letters.into_values().rev();
    Ok(DeadLetters {
        letters: letters.skip(skip).take(limit).collect(),
        total,
    })
}

/// The newest of all letters that were seen, as many as are wanted.
struct Newest {
    letters: BTreeMap<(i64, DeadLetterId), DeadLetter>,
    most: usize,
    seen: u64,
}

impl Newest {
    fn new(most: usize) -> Self {
        Self {
            letters: BTreeMap::new(),
            most,
            seen: 0,
        }
    }

    fn add(&mut self, letter: DeadLetter) {
        self.seen = self.seen.saturating_add(1);
        let age = (letter.died_at, letter.id.clone());
        self.letters.insert(age, letter);
        if self.letters.len() > self.most {
            self.letters.pop_first();
        }
    }
}

/// Asks how many dead letters there are in each topic. Where that cannot be asked, what was
/// said last stays.
pub(super) async fn count(shared: &Arc<Shared>) {
    let topics = stream::iter(shared.graves());
    let counted = topics.for_each_concurrent(TOPICS, |topic| async move {
        let many = match subscribe(shared, &topic).await {
            Ok(Some(inbox)) => inbox.consumer().stats().await.map(|stats| stats.backlog),
            Ok(None) => Ok(0),
            Err(error) => Err(error),
        };
        match many {
            Ok(many) => shared.counted_dead(&topic, many),
            Err(error) => tracing::debug!(%error, topic, "Dead letters were not counted"),
        }
    });
    counted.await;
}

/// One dead letter.
pub(super) async fn one(
    shared: &Arc<Shared>,
    id: &DeadLetterId,
) -> Result<Option<DeadLetter>, BusError> {
    let found = find(shared, id).await?;
    Ok(found.map(|(found, _)| found.dead))
}

/// Takes a dead letter away.
pub(super) async fn discard(
    shared: &Arc<Shared>,
    id: &DeadLetterId,
) -> Result<Option<DeadLetter>, BusError> {
    let Some((found, inbox)) = find(shared, id).await? else {
        return Ok(None);
    };
    inbox.consumer().ack(found.ids).await?;
    inbox.close().await?;
    Ok(Some(found.dead))
}

/// Sends a dead letter again, as a new request.
pub(super) async fn replay(
    shared: &Arc<Shared>,
    id: &DeadLetterId,
) -> Result<Option<Request>, SubmitError> {
    let Some((found, inbox)) = find(shared, id).await? else {
        return Ok(None);
    };
    let Found { ids, letter, dead } = found;
    if let Some(flaw) = dead.request.flaw {
        return Err(SubmitError::Unreadable(flaw));
    }
    let again = Request {
        repeats: Some(dead.request.id),
        id: RequestId::unique(),
        ..dead.request
    };
    let Some(owner) = owner_of(id) else {
        return Ok(None);
    };
    let mut sent = letter;
    sent.identify(&again);
    let topic = shared.names.requests(&owner);
    let mut metadata = sent.metadata();
    metadata.schema_version = sent.schema_version.clone();
    let put = shared
        .producers
        .put(&topic, Content::Letters, metadata, sent.payload);
    put.await.map_err(BusError::from)?;
    // From here on it is there once more, whatever becomes of the letter.
    let taken_out = async {
        inbox.consumer().ack(ids).await?;
        inbox.close().await
    };
    if let Err(error) = taken_out.await {
        tracing::warn!(%error, %id, "A dead letter was replayed, and is still there");
    }
    Ok(Some(again))
}

/// Finds a letter. As long as its inbox is there, nobody else has it.
async fn find(shared: &Arc<Shared>, id: &DeadLetterId) -> Result<Option<(Found, Inbox)>, BusError> {
    let Some(owner) = owner_of(id) else {
        return Ok(None);
    };
    let topics = shared
        .dead()
        .await?
        .into_iter()
        .filter(|(_, of)| *of == owner);
    for (topic, owner) in topics {
        let found = look(shared, &topic, &owner, |found| {
            (found.dead.id == *id).then_some(found)
        })
        .await?;
        if let Some(found) = found {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Looks at the letters of a topic, the oldest first, until one is wanted.
async fn look<T>(
    shared: &Arc<Shared>,
    topic: &str,
    owner: &TenantId,
    mut wants: impl FnMut(Found) -> Option<T>,
) -> Result<Option<(T, Inbox)>, WireError> {
    let Some(mut inbox) = subscribe(shared, topic).await? else {
        return Ok(None);
    };
    let most = shared.config.max_message_bytes;
    let mut left = inbox.consumer().stats().await?.backlog;
    let mut chunks = Chunks::alone(owner, most);
    let mut permits = 0;
    while left > 0 {
        if permits == 0 {
            inbox.consumer().permit(AT_ONCE).await?;
            permits = AT_ONCE;
        }
        let deadline = Instant::now() + shared.config.request_deadline;
        let Ok(Some(delivered)) = timeout_at(deadline, inbox.next()).await else {
            return Err(WireError::late(
                "a question for dead letters",
                shared.config.request_deadline,
            ));
        };
        permits -= 1;
        left -= 1;
        let (entry, ids) = match entry::open(delivered.rest, most) {
            Ok(Opened::Whole(entry)) => (entry, vec![delivered.id]),
            Ok(Opened::Piece(piece)) => {
                let added = chunks.add(piece, delivered.id, std::time::Instant::now());
                let Some(Whole {
                    metadata,
                    payload,
                    tokens,
                }) = added.whole
                else {
                    continue;
                };
                match entry::unpack(metadata, payload, most) {
                    Ok(entry) => (entry, tokens),
                    Err(_) => continue,
                }
            }
            // Somebody else has put it there.
            Err(_) => continue,
        };
        for found in found(shared, &inbox, owner, entry, &ids).await? {
            if let Some(wanted) = wants(found) {
                return Ok(Some((wanted, inbox)));
            }
        }
    }
    inbox.close().await?;
    Ok(None)
}

async fn found(
    shared: &Arc<Shared>,
    inbox: &Inbox,
    owner: &TenantId,
    entry: Entry,
    ids: &[MessageIdData],
) -> Result<Vec<Found>, WireError> {
    let Some(last) = ids.last() else {
        return Ok(Vec::new());
    };
    let requests = shared.names.requests(owner);
    let published = i64::try_from(entry.metadata.publish_time).unwrap_or(i64::MAX);
    let version = entry
        .metadata
        .schema_version
        .filter(|version| !version.is_empty());
    let mut all = Vec::new();
    for single in entry.messages {
        let id = names::text(last, single.index);
        let (letter, note) = Letter::kept(single, version.clone(), &requests, id.clone());
        let connection = inbox.consumer().connection();
        let request = match shared.read(connection, owner, &letter).await? {
            Ok(request) => request,
            Err(_) => Request {
                id: letter
                    .origin
                    .parse()
                    .unwrap_or_else(|_| RequestId::unique()),
                tenant: owner.clone(),
                asset_id: String::new(),
                asset_uri: String::new(),
                wasm_module_id: String::new(),
                event_timestamp: published,
                repeats: None,
                flaw: Some(note.reason.clone()),
            },
        };
        all.push(Found {
            ids: ids.to_vec(),
            letter,
            dead: DeadLetter {
                id: DeadLetterId::from(format!("{owner}:{id}").as_str()),
                request,
                reason: note.reason,
                attempts: note.attempts,
                died_at: note.died_at.unwrap_or(published),
            },
        });
    }
    Ok(all)
}

/// Whose letter it is, by its id.
fn owner_of(id: &DeadLetterId) -> Option<TenantId> {
    let (owner, _) = id.as_str().split_once(':')?;
    owner.parse().ok()
}

/// Has the subscription of a topic for itself; `None` where there is no such topic.
async fn subscribe(shared: &Arc<Shared>, topic: &str) -> Result<Option<Inbox>, WireError> {
    let end = Instant::now() + shared.config.request_deadline;
    loop {
        let connection = shared.brokers.of(topic).await?;
        let subscribed = connection
            .subscribe(topic, KEEPER, SubType::Exclusive, false)
            .await;
        match subscribed {
            Ok(inbox) => return Ok(Some(inbox)),
            Err(error) => match error.refusal() {
                Some(ServerError::TopicNotFound) => return Ok(None),
                Some(ServerError::ConsumerBusy) if Instant::now() < end => sleep(BUSY).await,
                _ => return Err(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Newest;
    use crate::bus::{DeadLetter, DeadLetterId, Request};

    fn letter(id: &str, died_at: i64) -> DeadLetter {
        DeadLetter {
            id: DeadLetterId::from(id),
            request: Request {
                id: id.parse().unwrap(),
                tenant: "a".parse().unwrap(),
                asset_id: String::new(),
                asset_uri: String::new(),
                wasm_module_id: String::new(),
                event_timestamp: 0,
                repeats: None,
                flaw: None,
            },
            reason: String::new(),
            attempts: 1,
            died_at,
        }
    }

    #[test]
    fn no_more_is_kept_than_is_wanted_and_those_are_the_newest() {
        let mut newest = Newest::new(3);
        for (id, died_at) in [("a", 5), ("b", 1), ("c", 5), ("d", 9), ("e", 2), ("f", 7)] {
            newest.add(letter(id, died_at));
            assert!(newest.letters.len() <= 3);
        }
        let kept = newest.letters.values().rev();
        let kept: Vec<_> = kept.map(|letter| letter.id.as_str()).collect();
        assert_eq!(kept, ["d", "f", "c"]);
        assert_eq!(newest.seen, 6);
    }
}
