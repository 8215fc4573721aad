//! Connections: accepted, bounded, watched and brought to an end.
//!
//! axum's own `serve` waits for ever: for a head that never comes whole, for a
//! reader that never reads, for a drain that one half-sent request holds up. Here
//! every connection is watched, there are only so many of them,
//! and a drain waits for answers, not for callers.

mod answers;
mod open;
mod payload;
mod watch;

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::task::TaskTracker;

pub use answers::Answers;
use open::Open;
pub use payload::Payload;
use watch::{Answering, Watch, Watched};

/// How many requests one HTTP/2 connection has open at once.
const MAX_STREAMS: u32 = 256;

/// How long to leave it at that where the process has no file handle left.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// How often a drain looks whether all is answered.
const DRAIN_LOOK: Duration = Duration::from_millis(5);

/// How long the last bytes of an answer may take once everything is answered.
const FLUSH: Duration = Duration::from_secs(1);

/// What bounds the connections of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// How many there are at once. More wait in the kernel's queue.
    pub max_connections: usize,
    /// How many bytes the head of a request may have; 8,192 at least.
    pub max_header_bytes: usize,
    /// How long one may go without an answer in the making and without a byte of
    /// one being read. Noticed within one and a half times this.
    pub idle_timeout: Duration,
}

/// The connections of one listener.
#[derive(Debug)]
pub struct Connections {
    places: Arc<Semaphore>,
    idle_timeout: Duration,
    http: auto::Builder<TokioExecutor>,
    open: Arc<Open>,
    tasks: TaskTracker,
}

impl Connections {
    /// Connections within these limits.
    #[must_use]
    pub fn new(limits: ConnectionLimits) -> Self {
        let mut http = auto::Builder::new(TokioExecutor::new());
        // No timer: the watch does in one what the protocols' timers do for each request.
        http.http1().max_buf_size(limits.max_header_bytes.max(8192));
        http.http2()
            .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(MAX_STREAMS);
        let places = limits.max_connections.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(places)),
            idle_timeout: limits.idle_timeout,
            http,
            open: Arc::new(Open::default()),
            tasks: TaskTracker::new(),
        }
    }

    /// Serves what comes in on `listener` on the runtime of `workers`, until this is
    /// dropped. What was accepted by then goes on.
    pub async fn serve(
        &self,
        listener: &TcpListener,
        answers: &impl Answers,
        workers: &Handle,
    ) -> Infallible {
        tokio::select! {
            never = self.accept(listener, answers, workers) => never,
            never = self.open.close_stalled(self.idle_timeout) => never,
        }
    }

    async fn accept(
        &self,
        listener: &TcpListener,
        answers: &impl Answers,
        workers: &Handle,
    ) -> Infallible {
        let mut exhausted = false;
        loop {
            // Fails only once closed, which nobody does.
            let place = Arc::clone(&self.places).acquire_owned().await.ok();
            // Taken off this runtime's sockets, for the workers' to take up.
            let accepted = listener.accept().await;
            match accepted.and_then(|(stream, _)| stream.into_std()) {
                Ok(stream) => {
                    exhausted = false;
                    self.open(stream, answers.clone(), place, workers);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if !exhausted {
                        tracing::error!(
                            target: "functions_core::server",
                            error = %error,
                            "Cannot accept connections; trying again. \
                             Where files are what is short, raise `ulimit -n`"
                        );
                    }
                    exhausted = true;
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }

    fn open(
        &self,
        stream: std::net::TcpStream,
        answers: impl Answers,
        place: Option<OwnedSemaphorePermit>,
        workers: &Handle,
    ) {
        let watch = Arc::new(Watch::default());
        let (drain, mut draining) = oneshot::channel();
        let answers = Arc::new(answers);
        let http = self.http.clone();
        self.open.add(Arc::clone(&watch), drain, |closing| {
            let connection = async move {
                let _until_closed = (place, closing);
                // Fails where the system has no room for one more socket to wait for.
                let Ok(stream) = TcpStream::from_std(stream) else {
                    return;
                };
                // An answer is one write; waiting for more of it only delays it.
                let _ = stream.set_nodelay(true);
                let io = TokioIo::new(Watched::new(stream, Arc::clone(&watch)));
                let service = service_fn(|request: Request<Incoming>| {
                    let answering = Answering::begin(&watch);
                    let response = Arc::clone(&answers).answer(request);
                    async move {
                        let response = response.await;
                        Ok::<_, Infallible>(response.map(|body| answering.with(body)))
                    }
                });
                let mut connection = pin!(http.serve_connection(io, service));
                let mut is_told = false;
                poll_fn(|cx| {
                    // How it ended is the caller's affair: whatever was answered is logged.
                    if connection.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(());
                    }
                    if !is_told && pin!(&mut draining).poll(cx).is_ready() {
                        is_told = true;
                        connection.as_mut().graceful_shutdown();
                        return connection.as_mut().poll(cx).map(drop);
                    }
                    Poll::Pending
                })
                .await;
            };
            self.tasks.spawn_on(connection, workers).abort_handle()
        });
    }

    /// Has every connection end with the answer that it is at, and waits for the
    /// answers. `finished` is what makes them: it is waited for first.
    ///
    /// Requests that are not all there yet are not waited for. Whoever drops this
    /// before it has ended calls [`abort`](Self::abort) for the rest.
    pub async fn drain(&self, finished: impl Future<Output = ()>) {
        self.open.drain();
        finished.await;
        while self.open.is_sending() {
            tokio::time::sleep(DRAIN_LOOK).await;
        }
        self.tasks.close();
        // Callers that read no more, and requests that are half sent: their time is over.
        let _ = tokio::time::timeout(FLUSH, self.tasks.wait()).await;
        self.abort();
    }

    /// Ends all connections at once.
    pub fn abort(&self) {
        self.open.abort();
    }
}

/// Errors of `accept` that say something of the connection only.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}
