//! Takes what stands here to the history that hosts share, behind whoever writes it.
//!
//! It reads what was written, a bounded piece at a time, and remembers how far it came once
//! the history has that. A host that is killed in between copies it once more, which changes
//! nothing. Nothing waits in memory: while the history is away, what is to be copied waits
//! where it was written.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::shared::SharedError;
use super::sharing::Sharing;
use super::uncopied::{self, Copied, MANY};
use super::{Execution, ExecutionsError, Shared};

/// How long ends are gathered, where nobody asks.
const PACE: Duration = Duration::from_millis(100);

/// How often it looks for attempts that last.
const LOOK: Duration = Duration::from_secs(1);

/// How long it waits where something fails: at first, and at most.
const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// Why something was not copied.
enum Trouble {
    /// The history is away.
    There(SharedError),
    /// Our own database fails.
    Here(ExecutionsError),
}

struct Copier<'a> {
    shared: &'a Shared,
    sharing: &'a Sharing,
    /// Which history it is, and how far that is.
    history: Option<(String, Copied)>,
    /// Whether it is still the same for certain.
    is_certain: bool,
    /// When it looked for attempts that last.
    looked: Instant,
}

pub(super) async fn run(shared: Arc<Shared>) {
    let Some(sharing) = &shared.sharing else {
        return;
    };
    let mut copier = Copier {
        shared: &shared,
        sharing,
        history: None,
        is_certain: false,
        looked: Instant::now(),
    };
    let mut newest = shared.newest.subscribe();
    let mut delay = FIRST_DELAY;
    loop {
        match copier.step().await {
            Ok(is_done) => {
                sharing.is_there();
                delay = FIRST_DELAY;
                if is_done {
                    copier.rest(&mut newest).await;
                }
                continue;
            }
            Err(Trouble::There(error)) => {
                sharing.is_away_since(&error);
                // Another may be there next time.
                copier.is_certain = false;
            }
            Err(Trouble::Here(error)) => {
                tracing::error!(%error, "What hosts are to know of this one could not be read");
            }
        }
        // Hosts that lost it together do not come back together.
        sleep(delay / 2 + (delay / 2).mul_f64(fastrand::f64())).await;
        delay = (delay * 2).min(LONGEST_DELAY);
    }
}

impl Copier<'_> {
    /// Until there is something to do.
    async fn rest(&self, newest: &mut watch::Receiver<i64>) {
        let gathered = async {
            // Fails only once nobody writes any more.
            let _ = newest.changed().await;
            sleep(PACE).await;
        };
        tokio::select! {
            () = self.sharing.ask.notified() => {}
            () = gathered => {}
            () = sleep(LOOK) => {}
        }
    }

    /// Copies some; whether that was all.
    async fn step(&mut self) -> Result<bool, Trouble> {
        if self.sharing.is_away() {
            // Somebody has found it so, and there may be nothing to copy that would tell.
            self.is_certain = false;
        }
        let (history, before) = self.known().await?;
        let mut copied = before;
        let done = self.copy_from(&mut copied).await;
        if copied != before {
            let (history, copied) = (history.clone(), copied);
            let note = self
                .shared
                .database
                .write_behind(move |db| uncopied::note(db, &history, copied));
            note.await.map_err(|error| Trouble::Here(error.into()))?;
        }
        self.sharing.ended(copied.ended);
        self.history = Some((history, copied));
        done
    }

    /// Which history it is, and how far that is.
    async fn known(&mut self) -> Result<(String, Copied), Trouble> {
        let known = match &self.history {
            Some(known) if self.is_certain => return Ok(known.clone()),
            known => known.clone(),
        };
        let history = self.sharing.history.identity();
        let history = history.await.map_err(Trouble::There)?;
        self.is_certain = true;
        match known {
            Some((same, copied)) if same == history => Ok((same, copied)),
            _ => {
                let name = history.clone();
                let copied = self.read(move |db| uncopied::copied(db, &name)).await?;
                Ok((history, copied))
            }
        }
    }

    async fn copy_from(&mut self, copied: &mut Copied) -> Result<bool, Trouble> {
        let asked = self.sharing.asked();
        loop {
            let after = copied.accepted;
            let batch = self.read(move |db| uncopied::accepted(db, after)).await?;
            self.copy(&batch.executions).await?;
            copied.accepted = batch.until;
            if !batch.is_full {
                break;
            }
        }
        // Most attempts are over before anybody has to know of them.
        if !self.sharing.is_answered(asked) || self.looked.elapsed() >= LOOK {
            self.copy_changes().await?;
            self.looked = Instant::now();
        }
        let after = copied.ended;
        let batch = self.read(move |db| uncopied::ended(db, after)).await?;
        if batch.is_full {
            // There may be many, and who has accepted something need not wait for all.
            self.sharing.accepted(asked);
        }
        self.copy(&batch.executions).await?;
        copied.ended = batch.until;
        self.sharing.accepted(asked);
        Ok(!batch.is_full)
    }

    /// Copies what stands elsewhere than it did.
    async fn copy_changes(&self) -> Result<(), Trouble> {
        let changes = &self.sharing.changes;
        loop {
            let ids = changes.take(MANY);
            let is_last = ids.len() < MANY;
            let again = ids.clone();
            let copied = async {
                let unended = self.read(move |db| uncopied::unended(db, &ids)).await?;
                self.copy(&unended).await
            };
            if let Err(trouble) = copied.await {
                again.into_iter().for_each(|id| changes.add(id));
                return Err(trouble);
            }
            if is_last {
                return Ok(());
            }
        }
    }

    async fn read<T, W>(&self, work: W) -> Result<T, Trouble>
    where
        W: FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let read = self.shared.database.read(work).await;
        read.map_err(|error| Trouble::Here(error.into()))
    }

    /// Copies these. One that the history never takes holds up no other.
    async fn copy(&self, executions: &[Execution]) -> Result<(), Trouble> {
        if executions.is_empty() {
            return Ok(());
        }
        match self.sharing.history.copy(executions).await {
            Err(SharedError::Refused(_)) if executions.len() > 1 => {}
            copied => return self.or_left(executions, copied),
        }
        for one in executions.chunks(1) {
            let copied = self.sharing.history.copy(one).await;
            self.or_left(one, copied)?;
        }
        Ok(())
    }

    fn or_left(
        &self,
        executions: &[Execution],
        copied: Result<(), SharedError>,
    ) -> Result<(), Trouble> {
        match copied {
            Err(error @ SharedError::Refused(_)) => {
                let id = executions.first().map(|one| one.summary.id.to_string());
                tracing::error!(%error, execution_id = id, "An execution is known to this host alone");
                Ok(())
            }
            copied => copied.map_err(Trouble::There),
        }
    }
}
