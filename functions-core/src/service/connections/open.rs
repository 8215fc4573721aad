//! The connections that are open: told to end, looked at, ended.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use slab::Slab;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::watch::{LOOKS, Watch};

#[derive(Debug, Default)]
pub(super) struct Open(Mutex<Slab<Connection>>);

#[derive(Debug)]
struct Connection {
    watch: Arc<Watch>,
    /// The steps at the last look.
    seen: usize,
    /// How many looks have found nothing new.
    still: u32,
    drain: Option<oneshot::Sender<()>>,
    /// `None` while it is being started.
    task: Option<AbortHandle>,
}

/// Takes a connection off the list when it is dropped.
pub(super) struct Closing {
    open: Arc<Open>,
    key: usize,
}

impl Open {
    /// Puts a connection on the list. `start` starts it, and keeps what it is given
    /// until it ends.
    pub(super) fn add(
        self: &Arc<Self>,
        watch: Arc<Watch>,
        drain: oneshot::Sender<()>,
        start: impl FnOnce(Closing) -> AbortHandle,
    ) {
        let key = self.lock().insert(Connection {
            watch,
            seen: 0,
            still: 0,
            drain: Some(drain),
            task: None,
        });
        // Without the lock: on a runtime that has ended, what is started is dropped at
        // once, and takes itself off the list.
        let task = start(Closing {
            open: Arc::clone(self),
            key,
        });
        if let Some(connection) = self.lock().get_mut(key) {
            connection.task = Some(task);
        }
    }

    /// Ends the connections on which nothing has happened for `timeout`, now and then.
    pub(super) async fn close_stalled(&self, timeout: Duration) -> Infallible {
        loop {
            tokio::time::sleep(timeout / LOOKS).await;
            for (_, connection) in self.lock().iter_mut() {
                connection.look();
            }
        }
    }

    /// From now on every answer is the last one of its connection.
    pub(super) fn begin_drain(&self) {
        for (_, connection) in self.lock().iter() {
            connection.watch.end_with_next();
        }
    }

    /// Tells every connection to end with the answer that it is at.
    pub(super) fn tell_all(&self) {
        for (_, connection) in self.lock().iter_mut() {
            if let Some(drain) = connection.drain.take() {
                // Nobody hears it where it has just ended.
                let _ = drain.send(());
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Whether an answer is being made on any connection.
    pub(super) fn is_answering(&self) -> bool {
        let connections = self.lock();
        connections
            .iter()
            .any(|(_, connection)| connection.watch.is_answering())
    }

    /// Whether an answer is on its way on any connection.
    pub(super) fn is_sending(&self) -> bool {
        let connections = self.lock();
        connections
            .iter()
            .any(|(_, connection)| connection.watch.is_sending())
    }

    /// Ends all of them at once.
    pub(super) fn abort(&self) {
        for (_, connection) in self.lock().iter() {
            connection.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slab<Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    fn look(&mut self) {
        let steps = self.watch.steps();
        if steps == self.seen && !self.watch.is_answering() {
            self.still += 1;
        } else {
            self.still = 0;
        }
        self.seen = steps;
        if self.still >= LOOKS {
            self.abort();
        }
    }

    fn abort(&self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.open.lock().try_remove(self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::{Instant, sleep, timeout};

    use super::super::watch::{Answering, Watch};
    use super::Open;

    const TIMEOUT: Duration = Duration::from_secs(10);

    /// A connection that does nothing, and what ends it.
    fn connection() -> (Arc<Watch>, JoinHandle<()>) {
        let open = Arc::new(Open::default());
        let watch = Arc::new(Watch::default());
        let mut task = None;
        open.add(Arc::clone(&watch), oneshot::channel().0, |closing| {
            let spawned = tokio::spawn(async {
                let _closing = closing;
                std::future::pending::<()>().await;
            });
            let handle = spawned.abort_handle();
            task = Some(spawned);
            handle
        });
        tokio::spawn(async move { open.close_stalled(TIMEOUT).await });
        (watch, task.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_nothing_happens_is_closed_after_its_time() {
        let (_watch, task) = connection();
        let start = Instant::now();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(start.elapsed().as_secs(), TIMEOUT.as_secs());
    }

    #[tokio::test]
    async fn a_connection_that_ends_before_it_has_begun_is_off_the_list() {
        let open = Arc::new(Open::default());
        open.add(Arc::default(), oneshot::channel().0, |closing| {
            drop(closing);
            tokio::spawn(async {}).abort_handle()
        });
        assert!(open.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_not_closed_while_a_request_is_answered() {
        let (watch, mut task) = connection();
        let answering = Answering::begin(&watch);
        assert!(timeout(TIMEOUT * 100, &mut task).await.is_err());
        drop(answering);
        assert!(task.await.unwrap_err().is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_now_and_then_keeps_a_connection() {
        let (watch, mut task) = connection();
        let steps = async {
            loop {
                sleep(TIMEOUT * 4 / 10).await;
                watch.step();
            }
        };
        tokio::select! {
            () = steps => {}
            _ = &mut task => panic!("the connection was closed"),
            () = sleep(TIMEOUT * 20) => {}
        }
    }
}
