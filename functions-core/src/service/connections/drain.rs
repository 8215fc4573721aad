//! The end of all connections, in order.
//!
//! A connection cannot be closed at any moment: a request may be on its way on it
//! already, and its caller would see nothing but a connection that broke. So for a
//! short time requests are still taken, and each answer says that its connection
//! ends with it. Only then are connections closed that are used by nobody.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::Connections;

/// How often a drain looks whether all is answered.
const LOOK: Duration = Duration::from_millis(5);

/// How long requests are taken that are on their way when the drain begins.
const GRACE: Duration = Duration::from_millis(100);

/// How long the last bytes of an answer may take once everything is answered.
const FLUSH: Duration = Duration::from_secs(1);

impl Connections {
    /// Has every connection end with the answer that it is at, and waits for the
    /// answers. `finished` is what makes them: it is waited for first.
    ///
    /// Requests that are not all there yet are not waited for, nor are callers that
    /// have stopped reading. Whoever drops this before it has ended calls
    /// [`abort`](Self::abort) for the rest.
    pub async fn drain(&self, finished: impl Future<Output = ()>) {
        tokio::select! {
            () = self.finish(finished) => {}
            never = self.open.close_stalled(self.idle_timeout) => match never {},
        }
        self.abort();
    }

    async fn finish(&self, finished: impl Future<Output = ()>) {
        self.open.begin_drain();
        within_grace(|| !self.open.is_empty()).await;
        self.open.tell_all();
        // What HTTP/2 callers send before they hear of it.
        within_grace(|| self.open.is_answering()).await;
        finished.await;
        self.tasks.close();
        loop {
            while self.open.is_sending() {
                sleep(LOOK).await;
            }
            // Requests that are half sent: their time is over.
            let all_ended = timeout(FLUSH, self.tasks.wait()).await.is_ok();
            if all_ended || !self.open.is_sending() {
                return;
            }
        }
    }
}

async fn within_grace(goes_on: impl Fn() -> bool) {
    let end = Instant::now() + GRACE;
    while goes_on() && Instant::now() < end {
        sleep(LOOK).await;
    }
}
