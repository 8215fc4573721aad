//! A bus for one machine, in the host's own database.
//!
//! All requests lie in a table. What is held in memory is a few numbers for each tenant
//! who has any ([`turns`]), so a long queue costs no memory. A request is claimed when
//! somebody asks for one and not before, and its attempt is counted in the same write:
//! one that takes the host down has been counted. Whatever is claimed when a bus begins
//! was in the hands of a host that is no more, and is free again.
//!
//! Nobody listens to an embedded bus but its own host, which keeps what became of every
//! request in its history. So a completion is not written a second time: a request that is
//! finished is gone.

mod clock;
mod dead;
mod dispatcher;
mod queue;
mod receipt;
mod turns;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{Notify, oneshot};
use tokio_util::task::AbortOnDropHandle;

pub use clock::Clock;
use queue::Added;
use receipt::Freed;
use turns::{Size, Turns};

use super::{
    Backlog, Bus, BusError, DeadLetter, DeadLetterId, DeadLetters, DeadListing, Delivery, Request,
    RequestId, SubmitError,
};
use crate::database::{Database, DatabaseError};
use crate::tenant::TenantId;

/// What bounds an embedded bus.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EmbeddedConfig {
    /// How many requests there are at most, waiting or delivered.
    pub max_backlog: u64,
    /// How many of them one tenant may have.
    pub max_backlog_per_tenant: u64,
    /// How many some tenants may have in its place.
    pub max_backlog_of: HashMap<TenantId, u64>,
    /// How many bytes all of them may have together.
    pub max_bytes: u64,
    /// How many bytes those of one tenant may have.
    pub max_bytes_per_tenant: u64,
    /// How many of one tenant are delivered at once.
    pub in_flight_per_tenant: usize,
    /// How many dead letters are kept; the oldest go first.
    pub max_dead_letters: u64,
    /// What time it is.
    pub clock: Clock,
}

impl Default for EmbeddedConfig {
    fn default() -> Self {
        Self {
            max_backlog: 100_000,
            max_backlog_per_tenant: 20_000,
            max_backlog_of: HashMap::new(),
            max_bytes: 4 << 30,
            max_bytes_per_tenant: 1 << 30,
            in_flight_per_tenant: 64,
            max_dead_letters: 10_000,
            clock: Clock::default(),
        }
    }
}

/// The bus. Only one may be open on a database.
#[derive(Debug)]
pub struct Embedded {
    shared: Arc<Shared>,
    _dispatcher: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Shared {
    database: Database,
    config: EmbeddedConfig,
    turns: Mutex<Turns>,
    /// Who waits for a delivery, in the order of their coming.
    waiting: Mutex<VecDeque<oneshot::Sender<Delivery>>>,
    /// Deliveries that were dropped.
    freed: Mutex<Vec<Freed>>,
    /// There is something to do for the dispatcher.
    wake: Notify,
}

impl Embedded {
    /// Opens the bus in `database`, and frees whatever was claimed.
    ///
    /// Runs on the current Tokio runtime.
    ///
    /// # Errors
    /// The database fails, or holds what it cannot hold.
    pub async fn open(database: Database, config: EmbeddedConfig) -> Result<Self, BusError> {
        let held = database.write(queue::recover).await?;
        let mut turns = Turns::new(&config);
        for (tenant, size, due) in held {
            turns.begin(tenant, size, due);
        }
        let shared = Arc::new(Shared {
            database,
            turns: Mutex::new(turns),
            waiting: Mutex::default(),
            freed: Mutex::default(),
            wake: Notify::new(),
            config,
        });
        let dispatcher = tokio::spawn(dispatcher::run(Arc::clone(&shared)));
        Ok(Self {
            shared,
            _dispatcher: AbortOnDropHandle::new(dispatcher),
        })
    }
}

impl Bus for Embedded {
    fn submit(&self, request: Request) -> BoxFuture<'_, Result<(), SubmitError>> {
        let shared = Arc::clone(&self.shared);
        to_its_end(async move {
            let (tenant, id) = (request.tenant.clone(), request.id.clone());
            let size = Size::of(&request);
            let put_in = shared.put_in(&tenant, size, move |db, now| queue::add(db, &request, now));
            match put_in.await? {
                Added::New | Added::Known => Ok(()),
                Added::Differs => Err(SubmitError::Differs(id)),
            }
        })
    }

    fn receive(&self) -> BoxFuture<'_, Result<Delivery, BusError>> {
        async {
            let (sender, delivery) = oneshot::channel();
            self.shared.waiting().push_back(sender);
            self.shared.wake.notify_one();
            delivery.await.map_err(|_| BusError::Closed)
        }
        .boxed()
    }

    fn dead_letters<'a>(
        &'a self,
        wanted: &'a DeadListing,
    ) -> BoxFuture<'a, Result<DeadLetters, BusError>> {
        let wanted = wanted.clone();
        async move {
            let listed = self.shared.database.read(move |db| dead::list(db, &wanted));
            Ok(listed.await?)
        }
        .boxed()
    }

    fn dead_letter<'a>(
        &'a self,
        id: &'a DeadLetterId,
    ) -> BoxFuture<'a, Result<Option<DeadLetter>, BusError>> {
        async move {
            let Ok(id) = id.as_str().parse::<i64>() else {
                return Ok(None);
            };
            Ok(self
                .shared
                .database
                .read(move |db| dead::one(db, id))
                .await?)
        }
        .boxed()
    }

    fn replay<'a>(
        &'a self,
        id: &'a DeadLetterId,
    ) -> BoxFuture<'a, Result<Option<Request>, SubmitError>> {
        let shared = Arc::clone(&self.shared);
        async move {
            let Some(letter) = self.dead_letter(id).await? else {
                return Ok(None);
            };
            let Ok(id) = id.as_str().parse::<i64>() else {
                return Ok(None);
            };
            to_its_end(async move { shared.replay(id, letter.request).await }).await
        }
        .boxed()
    }

    fn discard<'a>(
        &'a self,
        id: &'a DeadLetterId,
    ) -> BoxFuture<'a, Result<Option<DeadLetter>, BusError>> {
        async move {
            let Some(letter) = self.dead_letter(id).await? else {
                return Ok(None);
            };
            let Ok(id) = id.as_str().parse::<i64>() else {
                return Ok(None);
            };
            let gone = self.shared.database.write(move |db| dead::remove(db, id));
            Ok(gone.await?.then_some(letter))
        }
        .boxed()
    }

    fn counts_attempts(&self) -> bool {
        true
    }

    fn backlog(&self) -> BoxFuture<'_, Result<BTreeMap<TenantId, Backlog>, BusError>> {
        async {
            let dead = self.shared.database.read(dead::count).await?;
            let mut backlog = self.shared.turns().backlog();
            for (tenant, dead) in dead {
                backlog.entry(tenant).or_default().dead = dead;
            }
            Ok(backlog)
        }
        .boxed()
    }
}

impl Shared {
    async fn replay(&self, letter: i64, request: Request) -> Result<Option<Request>, SubmitError> {
        let again = Request {
            repeats: Some(request.id),
            id: RequestId::unique(),
            ..request
        };
        let (tenant, size) = (again.tenant.clone(), Size::of(&again));
        let queued = again.clone();
        // A letter that is gone meanwhile was replayed by somebody else.
        let moved = self.put_in(&tenant, size, move |db, now| {
            match dead::remove(db, letter)? {
                true => queue::add(db, &queued, now),
                false => Ok(Added::Known),
            }
        });
        Ok((moved.await? == Added::New).then_some(again))
    }

    /// Makes room, puts something in, and gives the room back where nothing is new.
    async fn put_in<W>(&self, tenant: &TenantId, size: Size, add: W) -> Result<Added, SubmitError>
    where
        W: FnOnce(&rusqlite::Connection, i64) -> rusqlite::Result<Added> + Send + 'static,
    {
        self.turns().reserve(tenant, size)?;
        let now = self.config.clock.now();
        let added = self.database.write(move |db| add(db, now)).await;
        match added {
            Ok(Added::New) => {
                self.turns().due(tenant, now);
                self.wake.notify_one();
            }
            _ => self.turns().leave(tenant, size),
        }
        added.map_err(|error| BusError::from(error).into())
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<oneshot::Sender<Delivery>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn freed(&self) -> MutexGuard<'_, Vec<Freed>> {
        self.freed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `work` on, even if nobody waits for it any more: what was written and what is
/// counted have to agree.
fn to_its_end<T, E, W>(work: W) -> BoxFuture<'static, Result<T, E>>
where
    W: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: From<BusError> + Send + 'static,
{
    async {
        let ended = tokio::spawn(work).await;
        ended.unwrap_or_else(|error| Err(BusError::Failed(error.to_string()).into()))
    }
    .boxed()
}

impl From<DatabaseError> for BusError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Closed => Self::Closed,
            error => Self::Failed(error.to_string()),
        }
    }
}
