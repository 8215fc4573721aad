//! A history that hosts share, as one of them sees it: whether it is there, and how far it has
//! what this host did.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::changes::Changes;
use super::shared::{SharedError, SharedHistory};

/// How long somebody waits until all hosts know what this one did, and how long its end does.
const PATIENCE: Duration = Duration::from_secs(1);
const AT_THE_END: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Sharing {
    pub(super) history: Box<dyn SharedHistory>,
    pub(super) changes: Changes,
    /// How far the copier is.
    progress: watch::Sender<Progress>,
    /// How often somebody has asked that it goes on at once.
    asked: AtomicU64,
    pub(super) ask: Notify,
    /// Until it has come here nobody waits for it: it was waited for in vain.
    overdue: AtomicU64,
    is_away: AtomicBool,
}

/// How far the copier is.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Up to this number of their ends all that ended are copied.
    ended: i64,
    /// All that were accepted before this was asked for are copied.
    answered: u64,
}

/// How a history that hosts share stands to what this host has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// How many executions that have ended here are not copied to it yet.
    pub uncopied: u64,
    /// Whether it is away.
    pub is_away: bool,
}

impl Sharing {
    pub(super) fn new(history: Box<dyn SharedHistory>) -> Self {
        Self {
            history,
            changes: Changes::default(),
            progress: watch::Sender::default(),
            asked: AtomicU64::new(0),
            ask: Notify::new(),
            overdue: AtomicU64::new(0),
            is_away: AtomicBool::new(false),
        }
    }

    /// What is read of the history, within a time; nothing where it is away, or was just
    /// before. Why is logged.
    pub(super) async fn read<T>(
        &self,
        time: Duration,
        read: impl Future<Output = Result<T, SharedError>>,
    ) -> Option<T> {
        if self.is_away() {
            return None;
        }
        let why = match timeout(time, read).await {
            Ok(Ok(read)) => return Some(read),
            Ok(Err(error @ SharedError::Away(_))) => error.to_string(),
            Ok(Err(error)) => {
                tracing::error!(%error, "What this host itself knows is told in the place of what all know");
                return None;
            }
            Err(_) => format!("it has not answered within {time:?}"),
        };
        self.is_away_since(&why);
        // The copier looks when it is there again.
        self.ask.notify_one();
        None
    }

    pub(super) fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Relaxed)
    }

    /// It is away; told once.
    pub(super) fn is_away_since(&self, why: &dyn std::fmt::Display) {
        if !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%why, "The history that hosts share is not told of what this host does for now");
        }
    }

    /// It is there; told once, where it was away.
    pub(super) fn is_there(&self) {
        if self.is_away.swap(false, Ordering::Relaxed) {
            tracing::info!("The history that hosts share is there again");
        }
    }

    /// What was asked for by now: the copier answers it by [`accepted`](Self::accepted).
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether that was answered.
    pub(super) fn is_answered(&self, asked: u64) -> bool {
        self.progress.borrow().answered >= asked
    }

    /// All is copied that was accepted before this was asked for.
    pub(super) fn accepted(&self, asked: u64) {
        self.progress
            .send_modify(|progress| progress.answered = asked.max(progress.answered));
    }

    /// All is copied that ended up to this number.
    pub(super) fn ended(&self, number: i64) {
        self.progress
            .send_if_modified(|progress| std::mem::replace(&mut progress.ended, number) != number);
    }

    /// Up to which number of their ends all are copied.
    pub(super) fn copied(&self) -> i64 {
        self.progress.borrow().ended
    }

    /// How many are not copied of those that ended up to this number.
    pub(super) fn lag(&self, newest: i64) -> u64 {
        let ended = self.progress.borrow().ended;
        u64::try_from(newest.saturating_sub(ended)).unwrap_or(0)
    }

    /// Waits until all hosts know what this one has accepted so far, and of what ended here
    /// all up to this number; whether they do. Not for long, and not at all where that is in
    /// vain.
    pub(super) async fn known(&self, ended: i64) -> bool {
        !self.is_overdue() && self.known_within(PATIENCE, ended).await
    }

    /// The same for the end of a host, whose disk may go with it.
    pub(super) async fn known_in_the_end(&self, ended: i64) -> bool {
        self.known_within(AT_THE_END, ended).await
    }

    async fn known_within(&self, time: Duration, ended: i64) -> bool {
        if self.is_away() {
            return false;
        }
        let asked = self.asked.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        let mut progress = self.progress.subscribe();
        self.ask.notify_one();
        let is_known =
            progress.wait_for(|progress| progress.answered >= asked && progress.ended >= ended);
        // Nobody takes the sender away meanwhile.
        let is_known = matches!(timeout(time, is_known).await, Ok(Ok(_)));
        if !is_known && progress.borrow().answered < asked {
            self.overdue.fetch_max(asked, Ordering::Relaxed);
        }
        is_known
    }

    fn is_overdue(&self) -> bool {
        self.progress.borrow().answered < self.overdue.load(Ordering::Relaxed)
    }
}
