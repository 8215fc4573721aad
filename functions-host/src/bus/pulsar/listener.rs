//! Hears what becomes of requests that were submitted here, whichever host carries them out.
//!
//! Whoever submits a request here may wait for its end here. So for each tenant of whom a
//! request was submitted the topic of completions is followed, by a cursor of this host
//! alone that leaves no trace at the broker. Where it is lost it begins anew a little before
//! it ended: a completion may be heard twice, and is not missed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant as StdInstant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::chunks::Chunks;
use super::entry::{self, Opened};
use super::names;
use super::record::{self, Told};
use super::shared::{EXECUTION, FAULT, Shared};
use super::wire::{Inbox, WireError};
use crate::bus::{BusError, Completion};
use crate::cut::cut;
use crate::tenant::TenantId;

/// How many completions are asked for in advance.
const AHEAD: u32 = 200;

/// How many completions were heard and not taken.
const HEARD: usize = 1024;

/// How much is heard once more after a break.
const OVERLAP: Duration = Duration::from_secs(30);

/// How many topics are subscribed to at once.
const AT_ONCE: usize = 16;

/// The longest word for a fault, in characters.
const WORD: usize = 32;

/// Whether one hears.
#[derive(Clone, Debug)]
enum Hears {
    NotYet,
    Yes,
    /// It does not, and tries again.
    No(WireError),
}

/// Those who hear, one for each tenant.
#[derive(Debug)]
pub(super) struct Listeners {
    all: Mutex<HashMap<TenantId, watch::Receiver<Hears>>>,
    heard: mpsc::Sender<Completion>,
    taken: tokio::sync::Mutex<mpsc::Receiver<Completion>>,
    turns: Arc<Semaphore>,
}

impl Default for Listeners {
    fn default() -> Self {
        let (heard, taken) = mpsc::channel(HEARD);
        Self {
            all: Mutex::default(),
            heard,
            taken: tokio::sync::Mutex::new(taken),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Listeners {
    /// Whether some hear, or none is to: where none of those who are to do, nobody is told
    /// of an end.
    pub(super) fn are_well(&self) -> bool {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.is_empty()
            || all
                .values()
                .any(|hears| !matches!(&*hears.borrow(), Hears::No(_)))
    }

    /// The next completion that is heard.
    pub(super) async fn hear(&self) -> Option<Completion> {
        self.taken.lock().await.recv().await
    }

    /// Hears what becomes of requests of a tenant, from so long ago on, and returns once it
    /// does.
    pub(super) async fn listen(
        &self,
        shared: &Arc<Shared>,
        tenant: &TenantId,
        since: Duration,
    ) -> Result<(), BusError> {
        let mut hears = self.of(shared, tenant, since);
        let deadline = shared.config.request_deadline;
        let known = hears.wait_for(|hears| !matches!(hears, Hears::NotYet));
        match timeout(deadline, known).await {
            Ok(Ok(hears)) => match &*hears {
                Hears::No(error) => Err(error.clone().into()),
                Hears::Yes | Hears::NotYet => Ok(()),
            },
            Ok(Err(_)) => Err(BusError::Closed),
            Err(_) => Err(WireError::late("a subscription to completions", deadline).into()),
        }
    }

    fn of(
        &self,
        shared: &Arc<Shared>,
        tenant: &TenantId,
        since: Duration,
    ) -> watch::Receiver<Hears> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hears) = all.get(tenant) {
            return hears.clone();
        }
        let (says, hears) = watch::channel(Hears::NotYet);
        all.insert(tenant.clone(), hears.clone());
        let listener = Listener {
            shared: Arc::clone(shared),
            tenant: tenant.clone(),
            heard: self.heard.clone(),
            turns: Arc::clone(&self.turns),
            says,
        };
        let closed = shared.closed.clone();
        shared
            .tasks
            .spawn(async move { closed.run_until_cancelled(listener.run(since)).await });
        hears
    }
}

struct Listener {
    shared: Arc<Shared>,
    tenant: TenantId,
    heard: mpsc::Sender<Completion>,
    turns: Arc<Semaphore>,
    says: watch::Sender<Hears>,
}

impl Listener {
    async fn run(self, mut since: Duration) {
        let what = format!("completions of {}", self.tenant);
        let mut delay = self.shared.config.first_delay;
        loop {
            let begun = Instant::now();
            let error = match self.begin(since).await {
                Ok(inboxes) => {
                    self.shared.outage.over(&what);
                    delay = self.shared.config.first_delay;
                    self.says.send_replace(Hears::Yes);
                    self.hear(inboxes).await;
                    // From when it was heard for certain.
                    since = OVERLAP;
                    WireError::connection("the broker has closed a consumer")
                }
                Err(error) => error,
            };
            self.shared.outage.begins(&what, &error.to_string());
            self.says.send_replace(Hears::No(error));
            let first = self.shared.config.first_delay;
            self.shared.brokers.wait(delay, first).await;
            delay = delay
                .saturating_mul(2)
                .min(self.shared.config.longest_delay);
            since = since.saturating_add(begun.elapsed());
        }
    }

    async fn begin(&self, since: Duration) -> Result<Vec<Inbox>, WireError> {
        // Fails only once closed, which nobody does.
        let _turn = self.turns.acquire().await.ok();
        let brokers = &self.shared.brokers;
        let topic = self.shared.names.completions(&self.tenant);
        let many = brokers.any().await?.partitions(&topic).await?;
        let name = format!("functions-host-{}", Uuid::now_v7());
        let mut inboxes = Vec::new();
        for topic in names::parts(&topic, many) {
            let connection = brokers.of(&topic).await?;
            let inbox = connection.follow(&topic, &name, since).await?;
            inbox.consumer().permit(AHEAD).await?;
            inboxes.push(inbox);
        }
        Ok(inboxes)
    }

    /// Hears until one of the topics says nothing more.
    async fn hear(&self, inboxes: Vec<Inbox>) {
        let hearing = inboxes.into_iter().map(|inbox| self.hear_one(inbox));
        let mut hearing: FuturesUnordered<_> = hearing.collect();
        hearing.next().await;
    }

    async fn hear_one(&self, mut inbox: Inbox) {
        let mut taken = Vec::new();
        // A broker counts messages, of which an entry may hold many.
        let mut used = 0_usize;
        let most = self.shared.config.max_message_bytes;
        // Large results come in pieces.
        let woken = Arc::new(Notify::new());
        let wake = Arc::clone(&woken);
        let wake = move || wake.notify_one();
        let mut chunks = Chunks::of(&self.shared.pieces, &self.tenant, most, wake);
        loop {
            let delivered = tokio::select! {
                delivered = inbox.next() => delivered,
                // What had to go for others is heard when all is heard once more.
                () = woken.notified() => return,
            };
            let Some(delivered) = delivered else { return };
            taken.push(delivered.id.clone());
            let opened = entry::open(delivered.rest, most);
            used = used.saturating_add(entry::count(&opened));
            let entry = match opened {
                Ok(Opened::Whole(entry)) => Some(entry),
                Ok(Opened::Piece(piece)) => {
                    let whole = chunks.add(piece, delivered.id, StdInstant::now()).whole;
                    whole.and_then(|whole| entry::unpack(whole.metadata, whole.payload, most).ok())
                }
                Err(_) => None,
            };
            if let Some(entry) = entry {
                for single in entry.messages {
                    let property = |name| {
                        let found = single.properties.iter().find(|(key, _)| key == name);
                        found.map(|(_, value)| value.as_str())
                    };
                    let id = property(EXECUTION).and_then(|id| id.parse().ok());
                    let fault = property(FAULT).map(|fault| cut(fault, WORD).into_owned());
                    if let (Some(id), Ok(told)) = (id, record::told(&single.payload)) {
                        self.tell(id, fault, told).await;
                    }
                }
            }
            if used >= usize::try_from(AHEAD / 2).unwrap_or(1) {
                let permits = u32::try_from(std::mem::take(&mut used)).unwrap_or(AHEAD);
                let consumer = inbox.consumer();
                let acked = consumer.ack(std::mem::take(&mut taken)).await;
                if acked.is_err() || consumer.permit(permits).await.is_err() {
                    return;
                }
            }
        }
    }

    async fn tell(&self, execution_id: Uuid, fault: Option<String>, told: Told) {
        let completion = Completion {
            execution_id,
            tenant_id: self.tenant.clone(),
            asset_id: told.asset_id,
            wasm_module_id: told.wasm_module_id,
            outcome: told.outcome,
            fault: fault.map(Into::into),
            event_timestamp: told.event_timestamp,
        };
        // Nobody takes it where the bus ends.
        let _ = self.heard.send(completion).await;
    }
}
