//! Work that is done even if nobody waits for it any more.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Work that is done by whoever waits for it: a task of its own would take as long as most of
/// such work. When this is dropped before its end, the rest becomes a task.
pub(super) struct Unbroken<F: Future + Send + 'static>
where
    F::Output: Send,
{
    work: Option<Pin<Box<F>>>,
    /// Waited for by the tracker all the same.
    token: TaskTrackerToken,
}

impl<F: Future + Send + 'static> Unbroken<F>
where
    F::Output: Send,
{
    pub(super) fn new(tracker: TaskTracker, work: F) -> Self {
        Self {
            work: Some(Box::pin(work)),
            token: tracker.token(),
        }
    }
}

impl<F: Future + Send + 'static> Future for Unbroken<F>
where
    F::Output: Send,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Some(work) = &mut self.work else {
            return Poll::Pending;
        };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            self.work = None;
        }
        polled
    }
}

impl<F: Future + Send + 'static> Drop for Unbroken<F>
where
    F::Output: Send,
{
    fn drop(&mut self) {
        // Without a runtime nothing goes on.
        if let Some(work) = self.work.take()
            && let Ok(runtime) = Handle::try_current()
        {
            self.token.task_tracker().spawn_on(work, &runtime);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Unbroken;
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;
    use tokio_util::task::TaskTracker;

    #[tokio::test]
    async fn what_is_waited_for_comes_to_its_end_and_what_is_not_does_so_too() {
        let tracker = TaskTracker::new();
        assert_eq!(Unbroken::new(tracker.clone(), async { 7 }).await, 7);
        let (go, gone) = oneshot::channel();
        let (tell, told) = oneshot::channel();
        let work = async move {
            gone.await.unwrap();
            tell.send(()).unwrap();
        };
        let mut broken = Unbroken::new(tracker.clone(), work);
        assert!((&mut broken).now_or_never().is_none());
        assert_eq!(tracker.len(), 1);
        drop(broken);
        tracker.close();
        assert!(tracker.wait().now_or_never().is_none());
        go.send(()).unwrap();
        tracker.wait().await;
        told.await.unwrap();
    }
}
