//! A bus over Apache Pulsar, for as many hosts as there are.
//!
//! Every namespace of the tenant `platformq` is a tenant of ours. In each there is a topic
//! of requests, which all hosts consume by one subscription that they share, and a topic of
//! completions. Two more are made where they are needed, under the names that the clients
//! of other languages use: one of requests that wait for another attempt, and one of dead
//! letters.
//!
//! A request is acknowledged after its completion is stored, and not before. A host that
//! dies in between has its requests sent to another one, which carries them out again and
//! tells their end again, under the same id of the execution: each request has at least one
//! completion, and those of one request are known by having the same id.
//!
//! What a broker has sent and nobody has asked for yet waits here, bounded in
//! number by topic and in bytes altogether, so that a request need not be fetched first
//! when somebody asks for one. It is given back where the host stops.

mod admin;
mod authentication;
mod chunks;
mod config;
mod dead;
mod dial;
mod discovery;
mod ends;
mod entry;
mod item;
mod letter;
mod listener;
mod names;
mod outage;
mod producers;
mod receipt;
mod record;
mod schema;
mod schemas;
mod shared;
#[cfg(test)]
mod testing;
mod tls;
mod topic;
mod turns;
mod unbroken;
mod url;
mod web;
mod wire;
mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, future, stream};

use tokio::sync::oneshot;
use tokio::time::timeout;

pub use admin::{AdminError, AdminUrl};
pub use authentication::{
    Authentication, AuthenticationError, InvalidToken, OAuth2, OAuth2Config, TokenSource,
};
pub use config::{Namespaces, PulsarConfig};
pub use dial::DialError;
pub use tls::{Identity, TlsConfig, TlsError};
pub use url::{BrokerUrl, InvalidUrl, ServiceUrl};
pub use web::WebError;

use super::{
    Backlog, Bus, BusError, BusStatus, Completion, DeadLetter, DeadLetterId, DeadLetters,
    DeadListing, Delivery, Request, Source, SubmitError,
};
use crate::tenant::TenantId;
use admin::Admin;
use dial::Dialer;
use discovery::Discovery;
use item::Item;
use names::Kind;
use producers::Content;
use receipt::InHand;
use shared::Shared;
use topic::Topic;
use wire::{Brokers, BrokersConfig, WireError};
use words::ServerError;

/// How many topics are asked about at once.
const AT_ONCE: usize = 64;

/// How long brokers are asked how much there is.
const COUNT: Duration = Duration::from_secs(5);

/// How often it is looked whether a broker is there that was not.
const LOOK: Duration = Duration::from_secs(2);

/// How long it may take until all is given back and closed.
const LAST: Duration = Duration::from_secs(15);

/// The bus.
#[derive(Debug)]
pub struct Pulsar {
    shared: Arc<Shared>,
    /// How the last look for topics went, if there was one.
    found: Arc<Mutex<Option<Result<(), String>>>>,
}

impl Pulsar {
    /// Begins to look for topics, and to serve them. It does not wait for a broker.
    ///
    /// Runs on the current Tokio runtime.
    #[must_use = "a bus that is dropped takes nothing more"]
    pub fn open(config: PulsarConfig) -> Self {
        let dialer = Dialer::new(config.tls.clone());
        let authentication = Arc::new(config.authentication.clone());
        let brokers = Arc::new(Brokers::new(BrokersConfig {
            service: config.service.clone(),
            dialer: dialer.clone(),
            authentication,
            deadline: config.request_deadline,
            keep_alive: config.keep_alive,
        }));
        let admin = match &config.namespaces {
            Namespaces::Listed(url) => Some(Admin::new(
                url.clone(),
                dialer,
                config.authentication.clone(),
            )),
            Namespaces::Fixed(_) => None,
        };
        let shared = Arc::new(Shared::new(config, brokers));
        let found = Arc::new(Mutex::default());
        let discovery = Discovery {
            shared: Arc::clone(&shared),
            admin,
        };
        let last = Arc::clone(&found);
        let (brokers, closed) = (Arc::clone(&shared.brokers), shared.closed.clone());
        shared.tasks.spawn(async move {
            let looking = brokers.look_out(LOOK);
            closed.run_until_cancelled(looking).await;
        });
        shared.tasks.spawn(discovery.run(move |looked| {
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(looked);
        }));
        Self { shared, found }
    }

    /// Serves the topic of requests of a tenant from now on, if it is not served yet.
    async fn serve(&self, tenant: &TenantId) -> Result<(), WireError> {
        let topic = self.shared.names.requests(tenant);
        self.shared.serve_all(tenant, &topic, Kind::Requests).await
    }
}

impl Bus for Pulsar {
    fn submit(&self, request: Request) -> BoxFuture<'_, Result<(), SubmitError>> {
        async move {
            // Nobody is to wait for what is known to be away.
            if let Some(error) = self.shared.brokers.away() {
                return Err(BusError::from(error).into());
            }
            // Whoever submits it may wait for its end, and another host may be quick.
            self.listen(&request.tenant, Duration::ZERO).await?;
            let topic = self.shared.names.requests(&request.tenant);
            let metadata = letter::metadata_of(&request);
            let payload = Bytes::from(record::request(&request));
            let put = self
                .shared
                .producers
                .put(&topic, Content::Requests, metadata, payload);
            put.await
                .map_err(|error| submit_error(&request.tenant, error))?;
            // It is stored: that it cannot be served in this moment is no failure.
            if let Err(error) = self.serve(&request.tenant).await {
                tracing::debug!(%error, topic, "A topic is served when topics are looked for next");
            }
            Ok(())
        }
        .boxed()
    }

    fn receive(&self) -> BoxFuture<'_, Result<Delivery, BusError>> {
        async {
            let waits = self.shared.turns().wait().ok_or(BusError::Closed)?;
            let mut waits = Waits {
                shared: Arc::clone(&self.shared),
                item: waits,
            };
            let item = (&mut waits.item).await.map_err(|_| BusError::Closed)?;
            let request = Arc::clone(&item.request);
            let attempt = item.attempts.saturating_add(1);
            let receipt = InHand::new(Arc::clone(&self.shared), item);
            Ok(Delivery::new(request, attempt, Box::new(receipt)))
        }
        .boxed()
    }

    fn dead_letters<'a>(
        &'a self,
        wanted: &'a DeadListing,
    ) -> BoxFuture<'a, Result<DeadLetters, BusError>> {
        dead::list(&self.shared, wanted).boxed()
    }

    fn dead_letter<'a>(
        &'a self,
        id: &'a DeadLetterId,
    ) -> BoxFuture<'a, Result<Option<DeadLetter>, BusError>> {
        dead::one(&self.shared, id).boxed()
    }

    fn replay<'a>(
        &'a self,
        id: &'a DeadLetterId,
    ) -> BoxFuture<'a, Result<Option<Request>, SubmitError>> {
        dead::replay(&self.shared, id).boxed()
    }

    fn discard<'a>(
        &'a self,
        id: &'a DeadLetterId,
    ) -> BoxFuture<'a, Result<Option<DeadLetter>, BusError>> {
        dead::discard(&self.shared, id).boxed()
    }

    fn backlog(&self) -> BoxFuture<'_, Result<BTreeMap<TenantId, Backlog>, BusError>> {
        async {
            let topics = self.shared.topics();
            let count = |topic: Arc<Topic>| async move { topic.count().await };
            let counted = stream::iter(topics.clone()).for_each_concurrent(AT_ONCE, count);
            let counted = future::join(counted, dead::count(&self.shared));
            // Of a broker that does not answer, what it said last has to do: how it fares
            // is asked for most of all while it does not.
            let _ = timeout(COUNT, counted).await;
            let mut all: BTreeMap<TenantId, Backlog> = BTreeMap::new();
            for topic in topics {
                let health = topic.health();
                let in_hand = topic.in_hand();
                if health.backlog > 0 || in_hand > 0 {
                    let backlog = all.entry(topic.owner().clone()).or_default();
                    backlog.in_flight = backlog.in_flight.saturating_add(in_hand);
                    let waiting = health.backlog.saturating_sub(in_hand);
                    backlog.waiting = backlog.waiting.saturating_add(waiting);
                }
            }
            for (tenant, dead) in self.shared.buried() {
                if dead > 0 {
                    all.entry(tenant).or_default().dead = dead;
                }
            }
            Ok(all)
        }
        .boxed()
    }

    fn listen<'a>(
        &'a self,
        tenant: &'a TenantId,
        since: Duration,
    ) -> BoxFuture<'a, Result<(), BusError>> {
        self.shared
            .listeners
            .listen(&self.shared, tenant, since)
            .boxed()
    }

    fn hear(&self) -> BoxFuture<'_, Result<Completion, BusError>> {
        async {
            let hear = self.shared.listeners.hear();
            let heard = self.shared.closed.run_until_cancelled(hear).await;
            heard.flatten().ok_or(BusError::Closed)
        }
        .boxed()
    }

    fn sends_again(&self) -> bool {
        true
    }

    fn status(&self) -> BusStatus {
        let found = self
            .found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let sources: Vec<_> = self
            .shared
            .topics()
            .into_iter()
            .map(|topic| {
                let health = topic.health();
                Source {
                    name: topic.name().to_owned(),
                    tenant: topic.owner().clone(),
                    connected: health.connected,
                    backlog: health.backlog,
                    in_flight: topic.in_hand(),
                    error: health.error,
                }
            })
            .collect();
        let some_serve = sources.is_empty() || sources.iter().any(|source| source.connected);
        let error = match found {
            None => Some("the topics were not found yet".to_owned()),
            Some(Err(why)) => Some(why),
            Some(Ok(())) => match self.shared.brokers.away() {
                Some(error) => Some(error.to_string()),
                None if self.shared.listeners.are_well() => None,
                None => Some("no completions are heard".to_owned()),
            },
        };
        BusStatus {
            ready: error.is_none() && some_serve,
            error,
            sources,
        }
    }

    fn rescan(&self) {
        self.shared.rescan.notify_one();
    }

    fn stop(&self) {
        self.shared.stops.cancel();
        let waits = self.shared.turns().close();
        for item in waits {
            item.place.topic.no_room(&item.place);
        }
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async {
            self.stop();
            self.shared.ends.close();
            let told = timeout(LAST, self.shared.ends.wait()).await;
            self.shared.closed.cancel();
            self.shared.tasks.close();
            let ended = timeout(LAST, self.shared.tasks.wait()).await;
            if told.is_err() || ended.is_err() {
                tracing::warn!("Pulsar was not told in time that this host goes; it finds out");
            }
            self.shared.producers.close();
            self.shared.brokers.close();
        }
        .boxed()
    }
}

impl Drop for Pulsar {
    fn drop(&mut self) {
        self.stop();
        self.shared.closed.cancel();
        self.shared.tasks.close();
    }
}

/// Somebody who waits for a request. One that comes when nobody waits any more is put back.
struct Waits {
    shared: Arc<Shared>,
    item: oneshot::Receiver<Item>,
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.item.close();
        if let Ok(item) = self.item.try_recv() {
            self.shared.put_back(item);
        }
    }
}

fn submit_error(tenant: &TenantId, error: WireError) -> SubmitError {
    match error.refusal() {
        Some(
            ServerError::ProducerBlockedQuotaExceededError
            | ServerError::ProducerBlockedQuotaExceededException,
        ) => SubmitError::Quota(tenant.clone()),
        _ => BusError::from(error).into(),
    }
}
