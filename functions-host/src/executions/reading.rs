//! What is told of executions: of this host's own, and of all where hosts share a history.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::united::united;
use super::{
    Execution, ExecutionId, Executions, ExecutionsError, Listed, Listing, NewExecution, Scope,
    Standing, listing, table,
};

/// How long the history of all is asked for one execution, and for many.
const ONE: Duration = Duration::from_secs(1);
const MANY: Duration = Duration::from_secs(5);

/// How often somebody looks who waits for the end of what another host carries out: at first,
/// and in the end.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// An execution that was looked for.
#[derive(Clone, Debug)]
pub struct Found {
    /// It, if it is there.
    pub execution: Option<Execution>,
    /// Who was asked.
    pub scope: Scope,
}

impl Executions {
    /// Writes down that this is to be executed, unless that stands there; the execution,
    /// and whether it is new. Where hosts share a history all of them know of it then, unless
    /// the history is away.
    ///
    /// # Errors
    /// [`ExecutionsError::Differs`] where a request of the same id asked for something
    /// else.
    pub async fn accept(&self, new: NewExecution) -> Result<(Execution, bool), ExecutionsError> {
        let (execution, is_new) = self.accept_here(new).await?;
        let Some(sharing) = &self.shared.sharing else {
            return Ok((execution, is_new));
        };
        let (id, ended) = (execution.summary.id, execution.summary.seq);
        if is_new {
            sharing.known(0).await;
            return Ok((execution, true));
        }
        let there = match ended {
            Some(ended) => {
                if ended > sharing.copied() {
                    sharing.known(ended).await;
                }
                None
            }
            None => sharing.read(ONE, sharing.history.get(id)).await.flatten(),
        };
        if ended.is_none() && there.is_none() {
            // The bus was quicker, and an attempt has begun.
            sharing.changes.add(id);
            sharing.known(0).await;
        }
        let known = united(Some(execution.clone()), there);
        Ok((known.unwrap_or(execution), false))
    }

    /// The execution of such a request, if another host knows of one: whoever asks for it
    /// again needs not have it carried out again. Nothing where hosts share no history, or it
    /// is away.
    ///
    /// # Errors
    /// [`ExecutionsError::Differs`] where it asked for something else.
    pub async fn elsewhere(
        &self,
        new: &NewExecution,
    ) -> Result<Option<Execution>, ExecutionsError> {
        let Some(sharing) = &self.shared.sharing else {
            return Ok(None);
        };
        let there = sharing.read(ONE, sharing.history.get(new.id())).await;
        match there.flatten() {
            Some(execution) if execution.content != new.content() => {
                Err(ExecutionsError::Differs(execution.summary.request_id))
            }
            there => Ok(there),
        }
    }

    /// The execution of this id, if this host knows of one.
    ///
    /// # Errors
    /// The database fails.
    pub async fn here(&self, id: ExecutionId) -> Result<Option<Execution>, ExecutionsError> {
        let shared = &self.shared;
        shared.settle_for(id).await?;
        Ok(shared.database.read(move |db| table::one(db, id)).await?)
    }

    /// The execution of this id, if there is one, and who was asked for it.
    ///
    /// # Errors
    /// The database of this host fails.
    pub async fn find(&self, id: ExecutionId) -> Result<Found, ExecutionsError> {
        let here = self.here(id).await?;
        let Some(sharing) = &self.shared.sharing else {
            return Ok(Found {
                execution: here,
                scope: Scope::All,
            });
        };
        let there = sharing.read(ONE, sharing.history.get(id)).await;
        let scope = match there {
            Some(_) => Scope::All,
            None => Scope::Host,
        };
        Ok(Found {
            execution: united(here, there.flatten()),
            scope,
        })
    }

    /// The execution of this id, if there is one.
    ///
    /// # Errors
    /// The database of this host fails.
    pub async fn get(&self, id: ExecutionId) -> Result<Option<Execution>, ExecutionsError> {
        Ok(self.find(id).await?.execution)
    }

    /// Some of the executions, the newest first, and how many there are.
    ///
    /// # Errors
    /// The database of this host fails.
    pub async fn list(&self, wanted: Listing) -> Result<Listed, ExecutionsError> {
        // Whoever has seen an end here finds it in the list.
        let newest = *self.shared.newest.borrow();
        self.settle().await?;
        let database = &self.shared.database;
        let Some(sharing) = &self.shared.sharing else {
            return Ok(database.read(move |db| listing::list(db, &wanted)).await?);
        };
        let is_known = sharing.known(newest).await;
        if let Some(mut listed) = sharing.read(MANY, sharing.history.list(&wanted)).await {
            if !is_known {
                listed.scope = Scope::Behind;
            }
            return Ok(listed);
        }
        let mut listed = database.read(move |db| listing::list(db, &wanted)).await?;
        listed.scope = Scope::Host;
        for summary in &mut listed.executions {
            summary.seq = None;
        }
        Ok(listed)
    }

    /// The execution of this id once it has ended, or as it is at the `end` of waiting.
    ///
    /// # Errors
    /// The database of this host fails.
    pub async fn ended(
        &self,
        id: ExecutionId,
        end: Instant,
    ) -> Result<Option<Execution>, ExecutionsError> {
        let mut waiter = self.shared.waiting.wait_for(id);
        // It may have ended before anybody waited.
        let now = self.here(id).await?;
        match now {
            Some(execution) if !execution.summary.status.is_end() => {
                let ended = tokio::select! {
                    () = waiter.ended() => self.here(id).await?,
                    ended = self.ended_unheard(id, end) => ended?,
                };
                Ok(self.as_told(ended.or(Some(execution))))
            }
            None if self.shared.sharing.is_some() => {
                self.ended_elsewhere(id, end, FIRST_PAUSE).await
            }
            now => Ok(self.as_told(now)),
        }
    }

    /// Another host may carry out what this one knows of, and its end be heard late or never.
    /// Nothing at the `end` of waiting where no history is shared.
    async fn ended_unheard(
        &self,
        id: ExecutionId,
        end: Instant,
    ) -> Result<Option<Execution>, ExecutionsError> {
        if self.shared.sharing.is_none() {
            sleep_until(end).await;
            return Ok(None);
        }
        sleep_until(end.min(Instant::now() + LONGEST_PAUSE)).await;
        self.ended_elsewhere(id, end, LONGEST_PAUSE).await
    }

    /// Others are asked again and again.
    async fn ended_elsewhere(
        &self,
        id: ExecutionId,
        end: Instant,
        mut pause: Duration,
    ) -> Result<Option<Execution>, ExecutionsError> {
        loop {
            let found = self.find(id).await?;
            let is_there = match &found.execution {
                Some(execution) => !execution.summary.status.is_end(),
                // It may be there, and nobody can be asked.
                None => found.scope == Scope::Host,
            };
            if !is_there || Instant::now() >= end {
                return Ok(found.execution);
            }
            sleep_until(end.min(Instant::now() + pause)).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    fn as_told(&self, execution: Option<Execution>) -> Option<Execution> {
        match self.shared.sharing {
            Some(_) => united(execution, None),
            None => execution,
        }
    }

    /// How the history that hosts share stands to this host; nothing where none is shared.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        let sharing = self.shared.sharing.as_ref()?;
        let newest = *self.shared.newest.borrow();
        Some(Standing {
            uncopied: sharing.lag(newest),
            is_away: sharing.is_away(),
        })
    }

    /// Waits a moment for what this host did to be known to all, before it ends.
    pub async fn close(&self) {
        if let Some(sharing) = &self.shared.sharing {
            let newest = *self.shared.newest.borrow();
            if !sharing.known_in_the_end(newest).await {
                let left = sharing.lag(newest);
                tracing::info!(
                    left,
                    "What is not copied to the history that hosts share is with the next start"
                );
            }
        }
    }
}
