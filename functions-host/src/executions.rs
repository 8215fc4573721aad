//! What became of every request: the history, and the ledger.
//!
//! An execution is known by an id that follows from its request, so a request that comes
//! twice finds the execution that it asked for before, with its outcome if it has one. The
//! first outcome that is written stays. That is what makes deliveries that may come twice
//! into executions that end once.
//!
//! Those that have ended are numbered in the order of their ends, without a gap: whoever
//! [follows](Executions::completions) them needs to remember one number.
//!
//! The history is bounded by number, age and bytes, and the oldest go first. With an
//! execution goes the memory of its request: one that comes again after that is new.
//!
//! Hosts may [share a history](SharedHistory). What is written here stays the ledger of one
//! host: it is written first, and waits for nobody else. It is copied from here, and all hosts
//! [read](Executions::find) the same.

mod changes;
mod copier;
mod ended;
mod ending;
mod error;
mod execution;
mod id;
mod known;
mod listing;
mod marks;
mod reading;
mod shared;
mod sharing;
mod staged;
mod sweeper;
mod table;
mod unclaimed;
mod uncopied;
mod underway;
mod united;
mod waiting;
mod writing;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use tokio::sync::{Notify, watch};
use tokio_util::task::AbortOnDropHandle;

pub use ending::{Completed, Ending, Failure, Took};
pub use error::ExecutionsError;
pub use execution::{Execution, NewExecution, Status, Summary};
pub use id::{ExecutionId, InvalidExecutionId};
pub use listing::{Listed, Listing};
pub use reading::Found;
pub use shared::{PostgresHistory, Scope, SharedError, SharedHistory};
pub use sharing::Standing;

use crate::database::{Database, DatabaseError};
use crate::tenant::TenantId;
use execution::Identified;
use marks::{Mark, Marks};
use sharing::Sharing;
use unclaimed::Unclaimed;
use underway::{Beginning, Underway};
use waiting::Waiting;

/// After how many ends the history is looked through.
const SWEEP_AFTER: i64 = 2_000;

/// How many that have ended come to their place at once, at most, and how many bytes of theirs:
/// whoever writes waits for that.
const STAGED: usize = 2048;
const STAGED_BYTES: i64 = 8 << 20;

/// How much of the history is kept.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ExecutionsConfig {
    /// How many executions that have ended.
    pub most: u64,
    /// How many bytes of theirs: input, results, logs.
    pub bytes: u64,
    /// For how long.
    pub age: Duration,
}

impl Default for ExecutionsConfig {
    fn default() -> Self {
        Self {
            most: 100_000,
            bytes: 2 << 30,
            age: Duration::from_secs(7 * 24 * 60 * 60),
        }
    }
}

/// The executions of a host. Clones are cheap and are the same executions.
#[derive(Clone, Debug)]
pub struct Executions {
    shared: Arc<Shared>,
    _sweeper: Arc<AbortOnDropHandle<()>>,
    _writing: Arc<AbortOnDropHandle<()>>,
    _sharing: Arc<[AbortOnDropHandle<()>]>,
}

#[derive(Debug)]
struct Shared {
    database: Database,
    config: ExecutionsConfig,
    /// The number of the newest that has ended.
    newest: watch::Sender<i64>,
    waiting: Waiting,
    underway: Underway,
    marks: Marks,
    due: Due,
    /// There is something that is not written down.
    unwritten: Notify,
    /// Ends that were heard of executions that nobody has accepted.
    unclaimed: Unclaimed,
    /// How many have ended and are kept, and how many bytes they have.
    kept: AtomicI64,
    kept_bytes: AtomicI64,
    unswept: AtomicI64,
    sweep: Notify,
    /// The history that hosts share, if they do.
    sharing: Option<Sharing>,
}

/// When those that have ended are to come to their place, as the thread that writes knows it.
#[derive(Debug, Default)]
struct Due {
    many: AtomicUsize,
    bytes: AtomicI64,
}

/// Whether an execution may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It may, as the attempt of this number: counted here as well, since a bus may not know
    /// of all that were begun.
    Runs(u32),
    /// It has ended before.
    Ended(Completed),
}

impl Executions {
    /// Opens the history in `database`.
    ///
    /// Runs on the current Tokio runtime.
    ///
    /// # Errors
    /// The database fails, or the file of marks beside it cannot be used.
    pub async fn open(
        database: Database,
        config: ExecutionsConfig,
    ) -> Result<Self, ExecutionsError> {
        Self::start(database, config, None).await
    }

    /// The same, of a host that shares its history with others. Its bounds are those of the
    /// history of all, and of what this host keeps of its own.
    ///
    /// # Errors
    /// As [`open`](Self::open). Whether the history is there is another thing.
    pub async fn open_shared(
        database: Database,
        config: ExecutionsConfig,
        history: Box<dyn SharedHistory>,
    ) -> Result<Self, ExecutionsError> {
        Self::start(database, config, Some(Sharing::new(history))).await
    }

    async fn start(
        database: Database,
        config: ExecutionsConfig,
        sharing: Option<Sharing>,
    ) -> Result<Self, ExecutionsError> {
        // Another host may have left them.
        let settle = |db: &Connection| staged::settle(db, Vec::new());
        database.write(settle).await?;
        let kept = database.read(table::kept).await?;
        let underway = Underway::new(config.most);
        let marks = marks_of(&database, &underway).await?;
        let shared = Arc::new(Shared {
            database,
            config,
            newest: watch::Sender::new(kept.newest),
            waiting: Waiting::default(),
            underway,
            marks,
            due: Due::default(),
            unwritten: Notify::new(),
            unclaimed: Unclaimed::default(),
            kept: kept.count.into(),
            kept_bytes: kept.bytes.into(),
            unswept: SWEEP_AFTER.into(),
            sweep: Notify::new(),
            sharing,
        });
        tokio::spawn(remember(Arc::clone(&shared)));
        let sweeper = tokio::spawn(sweeper::run(Arc::clone(&shared)));
        let writing = tokio::spawn(writing::run(Arc::clone(&shared)));
        let sharing = match shared.sharing {
            None => Vec::new(),
            Some(_) => vec![
                tokio::spawn(copier::run(Arc::clone(&shared))),
                tokio::spawn(sweeper::run_shared(Arc::clone(&shared))),
            ],
        };
        Ok(Self {
            shared,
            _sweeper: Arc::new(AbortOnDropHandle::new(sweeper)),
            _writing: Arc::new(AbortOnDropHandle::new(writing)),
            _sharing: sharing.into_iter().map(AbortOnDropHandle::new).collect(),
        })
    }

    /// Writes down all that is not written yet.
    ///
    /// # Errors
    /// The database fails.
    pub async fn settle(&self) -> Result<(), ExecutionsError> {
        self.shared.settle(|_| true).await
    }

    /// Writes down here that this is to be executed, unless that stands here; the execution,
    /// and whether it is new.
    async fn accept_here(&self, new: NewExecution) -> Result<(Execution, bool), ExecutionsError> {
        let tenant = new.tenant.clone();
        let (new, now) = (Identified::from(new), now());
        let (id, content) = (new.id, new.content);
        self.shared.underway.may_be_known(id);
        self.shared.settle_for(id).await?;
        let accepted = self
            .shared
            .database
            .write(move |db| table::accept(db, new, now));
        let (execution, is_new) = accepted.await?.ok_or(ExecutionsError::Missing(id))?;
        // Whoever is told that it was accepted comes back for it.
        self.shared.database.sync().await?;
        if let Some(ending) = self.shared.unclaimed.take(id, &tenant) {
            self.finish(id, ending).await?;
            let execution = self.here(id).await?.ok_or(ExecutionsError::Missing(id))?;
            return Ok((execution, is_new));
        }
        match execution.content == content {
            true => Ok((execution, is_new)),
            false => Err(ExecutionsError::Differs(execution.summary.request_id)),
        }
    }

    /// Notes that an attempt at it begins, unless it has ended: a host that ends during the
    /// attempt knows of it when it starts again.
    ///
    /// # Errors
    /// The database or the disk fails.
    pub async fn begin(&self, new: NewExecution, attempt: u32) -> Result<Begun, ExecutionsError> {
        let (new, at, shared) = (Identified::from(new), now(), &self.shared);
        let id = new.id;
        if !shared.underway.may_be_known(id) {
            let mark = shared.marks.mark(id, attempt)?;
            return Ok(self.begin_new(new, attempt, at, Some(mark)));
        }
        shared.settle_for(id).await?;
        let attempt = shared.attempt(id, attempt);
        let database = &shared.database;
        let begun = database.write(move |db| table::begin(db, &new, attempt, at));
        let begun = begun.await?;
        shared.underway.buried(id);
        match begun {
            Some(attempt) => {
                shared.changed(id);
                Ok(Begun::Runs(attempt))
            }
            None => {
                let ended = database.read(move |db| table::completed(db, id));
                let ended = ended.await?.ok_or(ExecutionsError::Missing(id))?;
                Ok(Begun::Ended(ended))
            }
        }
    }

    /// As [`begin`](Self::begin), of an attempt that was counted on a disk already.
    ///
    /// # Errors
    /// The database fails.
    pub async fn begin_counted(
        &self,
        new: NewExecution,
        attempt: u32,
    ) -> Result<Begun, ExecutionsError> {
        let (new, at, shared) = (Identified::from(new), now(), &self.shared);
        let id = new.id;
        if !shared.underway.may_be_known(id) {
            return Ok(self.begin_new(new, attempt, at, None));
        }
        shared.settle_for(id).await?;
        let database = &shared.database;
        let begun = database.read(move |db| table::begun(db, id, attempt));
        let begun = begun.await?;
        if let Begun::Runs(attempt) = begun {
            // Before whatever is written of it from here on.
            let begin = move |db: &Connection| table::begin(db, &new, attempt, at).map(drop);
            database.write_behind(begin).await?;
            shared.changed(id);
        }
        Ok(begun)
    }

    /// Nothing is known of it, so it runs.
    fn begin_new(&self, new: Identified, attempt: u32, at: i64, mark: Option<Mark>) -> Begun {
        self.shared.underway.begin(Beginning {
            new,
            attempt,
            at,
            mark,
        });
        self.shared.unwritten.notify_one();
        Begun::Runs(attempt)
    }

    /// Notes that all who want to know were told how it ended. That is written down within a
    /// moment: one that was told before a host was killed may be told once more.
    ///
    /// # Errors
    /// The database fails.
    pub async fn told(&self, id: ExecutionId) -> Result<(), ExecutionsError> {
        if self.shared.underway.tell(id) {
            return self.shared.settle_ends().await;
        }
        self.shared.unwritten.notify_one();
        Ok(())
    }

    /// Whether that was noted.
    ///
    /// # Errors
    /// The database fails.
    pub async fn is_told(&self, id: ExecutionId) -> Result<bool, ExecutionsError> {
        if self.shared.underway.is_told(id) {
            return Ok(true);
        }
        self.shared.settled().await?;
        let told = self.shared.database.read(move |db| table::is_told(db, id));
        Ok(told.await?)
    }

    /// Writes down that it waits for another attempt, and why.
    ///
    /// # Errors
    /// The database fails.
    pub async fn put_back(&self, id: ExecutionId, reason: String) -> Result<(), ExecutionsError> {
        self.shared.settled().await?;
        let begun = self.shared.underway.unwritten_one(id);
        let put_back = self.shared.database.write(move |db| {
            if let Some(begun) = &begun {
                table::has_begun(db, begun)?;
            }
            table::put_back(db, id, &reason)
        });
        put_back.await?;
        self.shared.underway.written(id);
        self.shared.changed(id);
        Ok(())
    }

    /// Writes down how it ended, and tells all who wait. The first end that was written
    /// stays, and is returned. Once begun it is finished, even if nobody waits for it any
    /// more.
    ///
    /// # Errors
    /// The database fails, or there is no such execution.
    pub async fn finish(
        &self,
        id: ExecutionId,
        ending: Ending,
    ) -> Result<Completed, ExecutionsError> {
        let (shared, now) = (Arc::clone(&self.shared), now());
        let mut beginning = shared.underway.take(id);
        // It stands until the end is written.
        let mark = beginning.as_mut().and_then(|begun| begun.mark.take());
        let Some(beginning) = beginning else {
            let settling = Arc::clone(&shared);
            let finish = move |db: &Connection| {
                // Ends are numbered by those that have come to their place.
                settling.settle_on(db)?;
                table::finish(db, id, ending, now)
            };
            let kept = move |finished: &Option<(Completed, Option<i64>)>| {
                shared.underway.settled();
                if let Some((completed, Some(bytes))) = finished {
                    shared.ended(completed.seq, *bytes);
                }
                if let Some(sharing) = &shared.sharing {
                    sharing.changes.remove(id);
                }
                shared.waiting.wake(id);
            };
            let finished = self.shared.database.write_one(finish, kept).await?;
            let (completed, _) = finished.ok_or(ExecutionsError::Missing(id))?;
            return Ok(completed);
        };
        let staging = Arc::clone(&shared);
        let put = move |db: &Connection| {
            let is_due = staging.due.is_now();
            if is_due {
                staging.settle_on(db)?;
            }
            let (completed, bytes) = staged::put(db, beginning, ending, now)?;
            staging.due.add(bytes);
            Ok((completed, bytes, is_due))
        };
        let kept = move |(completed, bytes, was_due): &(Completed, i64, bool)| {
            drop(mark);
            if *was_due {
                shared.underway.settled();
            }
            shared.underway.stage(id);
            shared.ended(completed.seq, *bytes);
            shared.waiting.wake(id);
            shared.unwritten.notify_one();
        };
        let (completed, _, _) = self.shared.database.write_one(put, kept).await?;
        Ok(completed)
    }

    /// Writes down how an execution of a tenant ended that was carried out elsewhere. Where
    /// there is none of this id, the end is kept for a while for one that is accepted a moment later.
    ///
    /// # Errors
    /// The database fails.
    pub async fn hear(
        &self,
        id: ExecutionId,
        tenant: &TenantId,
        ending: Ending,
    ) -> Result<(), ExecutionsError> {
        if self.shared.underway.is_staged(id) {
            return Ok(());
        }
        let mut has_ended = self.has_ended(id, tenant).await?;
        if has_ended.is_none() {
            self.shared.unclaimed.keep(id, tenant, ending.clone());
            // It may have been accepted in between.
            has_ended = self.has_ended(id, tenant).await?;
        }
        match has_ended {
            Some(false) => self.finish(id, ending).await.map(drop),
            _ => Ok(()),
        }
    }

    async fn has_ended(
        &self,
        id: ExecutionId,
        tenant: &TenantId,
    ) -> Result<Option<bool>, ExecutionsError> {
        let tenant = tenant.clone();
        let ended = self
            .shared
            .database
            .read(move |db| table::has_ended(db, id, &tenant));
        Ok(ended.await?)
    }

    /// The tenants who have executions that have not ended, and how long ago the oldest of
    /// these was accepted.
    ///
    /// # Errors
    /// The database fails.
    pub async fn unfinished(&self) -> Result<Vec<(TenantId, Duration)>, ExecutionsError> {
        let now = now();
        self.settle().await?;
        let oldest = self.shared.database.read(table::oldest).await?;
        let ages = oldest.into_iter().map(|(tenant, created)| {
            let age = u64::try_from(now.saturating_sub(created)).unwrap_or_default();
            (tenant, Duration::from_micros(age))
        });
        Ok(ages.collect())
    }

    /// Tells the number of the newest that has ended, and each time that there is a newer.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<i64> {
        self.shared.newest.subscribe()
    }

    /// Some of those that ended after the one of number `after` and up to that of number
    /// `until`, of one tenant or of all, in the order of their ends. Where there are none,
    /// there are no more.
    ///
    /// # Errors
    /// The database fails.
    pub async fn completions(
        &self,
        after: i64,
        until: i64,
        tenant: Option<TenantId>,
    ) -> Result<Vec<Completed>, ExecutionsError> {
        self.shared.settled().await?;
        let read = self
            .shared
            .database
            .read(move |db| table::completions(db, after, until, tenant.as_ref()));
        Ok(read.await?)
    }
}

impl Shared {
    /// One has ended, and the history has so many bytes more.
    fn ended(&self, seq: i64, bytes: i64) {
        self.kept.fetch_add(1, Ordering::Relaxed);
        self.kept_bytes.fetch_add(bytes, Ordering::Relaxed);
        if self.unswept.fetch_sub(1, Ordering::Relaxed) <= 1 {
            self.unswept.store(SWEEP_AFTER, Ordering::Relaxed);
            self.sweep.notify_one();
        }
        self.newest.send_if_modified(|newest| {
            let is_newer = seq > *newest;
            *newest = seq.max(*newest);
            is_newer
        });
    }

    /// It stands elsewhere than it did, short of an end.
    fn changed(&self, id: ExecutionId) {
        if let Some(sharing) = &self.sharing {
            sharing.changes.add(id);
        }
    }

    /// The number of an attempt, where this may be the number.
    fn attempt(&self, id: ExecutionId, attempt: u32) -> u32 {
        let died = self.underway.died_during(id).unwrap_or_default();
        attempt.max(died.saturating_add(1))
    }
}

impl Due {
    fn add(&self, bytes: i64) {
        self.many.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn is_now(&self) -> bool {
        self.many.load(Ordering::Relaxed) >= STAGED
            || self.bytes.load(Ordering::Relaxed) >= STAGED_BYTES
    }

    fn reset(&self) {
        self.many.store(0, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }
}

/// Opens the marks, and finds those during which a host ended.
async fn marks_of(database: &Database, underway: &Underway) -> Result<Marks, ExecutionsError> {
    let path = database.beside("-marks");
    let opened = tokio::task::spawn_blocking(move || Marks::open(&path));
    let (marks, found) = opened.await.map_err(|_| DatabaseError::Broken)??;
    for (id, (attempt, mark)) in found {
        let ended = database.read(move |db| table::completed(db, id));
        match ended.await? {
            Some(_) => marks.erase(mark)?,
            None => underway.died(id, attempt, mark),
        }
    }
    Ok(marks)
}

/// Remembers which executions the history has.
async fn remember(shared: Arc<Shared>) {
    let known = Arc::clone(&shared);
    let read = move |db: &Connection| {
        table::ids(db, |id| {
            known.underway.may_be_known(id);
        })
    };
    match shared.database.read(read).await {
        Ok(()) => shared.underway.knows_all(),
        // Then each is looked up.
        Err(error) => tracing::warn!(%error, "The history could not be read"),
    }
}

/// Microseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.map_or(0, |since| since.as_micros());
    i64::try_from(since).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
