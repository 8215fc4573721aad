//! What all parts of a bus on Pulsar share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::chunks::Store;
use super::config::PulsarConfig;
use super::item::Item;
use super::letter::{self, Letter};
use super::listener::Listeners;
use super::names::{Kind, Names};
use super::outage::Outage;
use super::producers::Producers;
use super::record::{self, Record};
use super::schemas::Schemas;
use super::topic::{self, Topic};
use super::turns::Turns;
use super::wire::{Brokers, Connection, WireError};
use crate::bus::Request;
use crate::bus::pulsar::words::MessageIdData;
use crate::tenant::TenantId;

/// The subscription that keeps dead letters.
pub(super) const KEEPER: &str = "functions-host-dead-letters";

/// The properties of a completion: the execution, and in a word what went wrong.
pub(super) const EXECUTION: &str = "execution_id";
pub(super) const FAULT: &str = "fault";

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: PulsarConfig,
    pub(super) names: Names,
    pub(super) brokers: Arc<Brokers>,
    pub(super) producers: Producers,
    schemas: Schemas,
    turns: Mutex<Turns>,
    /// Messages of which not all pieces have come.
    pub(super) pieces: Arc<Store<MessageIdData>>,
    topics: Mutex<BTreeMap<String, Arc<Topic>>>,
    /// The topics of dead letters, whose they are, and how many letters were in them when
    /// that was asked last.
    dead: Mutex<BTreeMap<String, (TenantId, u64)>>,
    /// The topics that have a subscription which keeps what is put into them.
    pub(super) kept: Mutex<BTreeSet<String>>,
    pub(super) outage: Outage,
    pub(super) listeners: Listeners,
    /// Nothing more is taken from the brokers.
    pub(super) stops: CancellationToken,
    /// Everything ends.
    pub(super) closed: CancellationToken,
    pub(super) tasks: TaskTracker,
    /// Those that tell what became of requests: they come to their end before the others do.
    pub(super) ends: TaskTracker,
    /// The namespaces are to be listed now.
    pub(super) rescan: Notify,
    /// The topics were found, once at least.
    pub(super) found: CancellationToken,
}

impl Shared {
    pub(super) fn new(config: PulsarConfig, brokers: Arc<Brokers>) -> Self {
        Self {
            names: Names::new(&config.tenant, &config.subscription),
            producers: Producers::new(Arc::clone(&brokers)),
            brokers,
            schemas: Schemas::default(),
            turns: Mutex::new(Turns::new(config.in_flight_per_tenant, config.buffer_bytes)),
            pieces: Arc::new(Store::new(config.pieces_bytes)),
            topics: Mutex::default(),
            dead: Mutex::default(),
            kept: Mutex::default(),
            outage: Outage::default(),
            listeners: Listeners::default(),
            stops: CancellationToken::new(),
            closed: CancellationToken::new(),
            tasks: TaskTracker::new(),
            ends: TaskTracker::new(),
            rescan: Notify::new(),
            found: CancellationToken::new(),
            config,
        }
    }

    pub(super) fn turns(&self) -> MutexGuard<'_, Turns> {
        locked(&self.turns)
    }

    pub(super) fn stopping(&self) -> bool {
        self.stops.is_cancelled()
    }

    /// The topics that are served.
    pub(super) fn topics(&self) -> Vec<Arc<Topic>> {
        locked(&self.topics).values().cloned().collect()
    }

    pub(super) fn serves(&self, topic: &str) -> bool {
        locked(&self.topics).contains_key(topic)
    }

    /// Serves a topic from now on, unless it is served already.
    pub(super) fn serve(self: &Arc<Self>, owner: &TenantId, name: &str, kind: Kind) {
        if self.stopping() {
            return;
        }
        let topic = {
            let mut topics = locked(&self.topics);
            if topics.contains_key(name) {
                return;
            }
            let prefetch = self.config.prefetch;
            let topic = Arc::new(Topic::new(name.to_owned(), owner.clone(), kind, prefetch));
            topics.insert(name.to_owned(), Arc::clone(&topic));
            topic
        };
        let shared = Arc::clone(self);
        self.tasks.spawn(async move {
            topic::serve(Arc::clone(&topic), Arc::clone(&shared)).await;
            locked(&shared.topics).remove(topic.name());
        });
    }

    /// The topics of dead letters, and whose they are.
    ///
    /// # Errors
    /// The topics were never found.
    pub(super) async fn dead(&self) -> Result<Vec<(String, TenantId)>, WireError> {
        let deadline = self.config.request_deadline;
        if timeout(deadline, self.found.cancelled()).await.is_err() {
            return Err(WireError::late("a question for topics", deadline));
        }
        let dead = locked(&self.dead);
        let dead = dead
            .iter()
            .map(|(topic, (owner, _))| (topic.clone(), owner.clone()));
        Ok(dead.collect())
    }

    /// The topics of dead letters that are known by now.
    pub(super) fn graves(&self) -> Vec<String> {
        locked(&self.dead).keys().cloned().collect()
    }

    /// How many dead letters each tenant had, when that was asked last.
    pub(super) fn buried(&self) -> Vec<(TenantId, u64)> {
        locked(&self.dead).values().cloned().collect()
    }

    pub(super) fn counted_dead(&self, topic: &str, many: u64) {
        if let Some((_, known)) = locked(&self.dead).get_mut(topic) {
            *known = many;
        }
    }

    pub(super) fn knows_dead(&self, topic: &str, owner: &TenantId) {
        locked(&self.dead)
            .entry(topic.to_owned())
            .or_insert_with(|| (owner.clone(), 0));
    }

    /// The request in a letter, or why it is none.
    ///
    /// # Errors
    /// The broker cannot be asked for its schema.
    pub(super) async fn read(
        &self,
        connection: &Connection,
        owner: &TenantId,
        letter: &Letter,
    ) -> Result<Result<Request, String>, WireError> {
        if !letter.is_open() {
            return Ok(Err("it could not be decompressed".to_owned()));
        }
        let version = letter.schema_version.as_deref();
        let schema = match self.schemas.get(connection, &letter.topic, version).await? {
            Ok(schema) => schema,
            Err(reason) => return Ok(Err(reason.to_string())),
        };
        let record = record::read(&schema, &letter.payload, self.config.max_message_bytes);
        Ok(record
            .map(|record| self.request(owner, letter, record))
            .map_err(|error| error.to_string()))
    }

    fn request(&self, owner: &TenantId, letter: &Letter, record: Record) -> Request {
        let (tenant, flaw) = match record.tenant_id.parse::<TenantId>() {
            Ok(tenant) if tenant == *owner || self.config.trust_tenant_id => (tenant, None),
            _ => {
                let flaw = format!(
                    "it names the tenant {:?}, and lies in the namespace of {owner}",
                    crate::cut::cut(&record.tenant_id, 128)
                );
                (owner.clone(), Some(flaw))
            }
        };
        let property = |name| letter.property(name).and_then(|id| id.parse().ok());
        let origin = || letter.origin.parse().ok();
        Request {
            id: property(letter::REQUEST)
                .or_else(origin)
                .unwrap_or_else(crate::bus::RequestId::unique),
            tenant,
            asset_id: record.asset_id,
            asset_uri: record.asset_uri,
            wasm_module_id: record.wasm_module_id,
            event_timestamp: record.event_timestamp,
            repeats: property(letter::REPEATS),
            flaw,
        }
    }

    /// A request that was in hand waits here again, or at the broker.
    pub(super) fn put_back(&self, item: Item) {
        item.returned();
        for item in self.turns().put_back(item) {
            item.place.topic.no_room(&item.place);
        }
    }

    /// Serves a topic, with all its partitions.
    pub(super) async fn serve_all(
        self: &Arc<Self>,
        owner: &TenantId,
        topic: &str,
        kind: Kind,
    ) -> Result<(), WireError> {
        if self.serves(topic) || self.serves(&super::names::partition(topic, 0)) {
            return Ok(());
        }
        let many = self.brokers.any().await?.partitions(topic).await?;
        for topic in super::names::parts(topic, many) {
            self.serve(owner, &topic, kind);
        }
        Ok(())
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
