//! Connections: accepted, bounded, watched and brought to an end.
//!
//! axum's own `serve` waits for ever: for a head that never comes whole, for a
//! reader that never reads, for a drain that one half-sent request holds up. Here
//! every connection has a [watch](watch) on it, there are only so many of them,
//! and a drain waits for answers, not for callers.

mod watch;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use watch::{Answering, Watch, Watched};

/// How many requests one HTTP/2 connection has open at once.
const MAX_STREAMS: u32 = 256;

/// How long to leave it at that where the process has no file handle left.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

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
    /// The connections' tasks.
    open: TaskTracker,
    /// Answers on their way.
    answers: TaskTracker,
    draining: CancellationToken,
    abort: CancellationToken,
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
            open: TaskTracker::new(),
            answers: TaskTracker::new(),
            draining: CancellationToken::new(),
            abort: CancellationToken::new(),
        }
    }

    /// Serves what comes in on `listener` on the runtime of `workers`, until this is
    /// dropped. What was accepted by then goes on.
    pub async fn accept(
        &self,
        listener: &TcpListener,
        router: &Router,
        workers: &Handle,
    ) -> Infallible {
        let mut exhausted = false;
        loop {
            // Fails only once closed, which nobody does.
            let place = Arc::clone(&self.places).acquire_owned().await.ok();
            match listener.accept().await {
                Ok((stream, _)) => {
                    exhausted = false;
                    // Taken off this runtime's sockets, for the workers' to take up.
                    if let Ok(stream) = stream.into_std() {
                        self.serve(stream, router.clone(), place, workers);
                    }
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

    fn serve(
        &self,
        stream: std::net::TcpStream,
        router: Router,
        place: Option<OwnedSemaphorePermit>,
        workers: &Handle,
    ) {
        // An answer is one write; waiting for more of it only delays it.
        let _ = stream.set_nodelay(true);
        let watch = Arc::new(Watch::default());
        let answers = self.answers.clone();
        let service = service_fn({
            let watch = Arc::clone(&watch);
            move |request: Request<Incoming>| {
                let answering = Answering::begin(&watch, &answers);
                // A router is always ready.
                let response = router.clone().call(request.map(Body::new));
                async move {
                    let response: Response<Body> = response.await?;
                    Ok::<_, Infallible>(response.map(|body| answering.with(body)))
                }
            }
        });
        let http = self.http.clone();
        let draining = self.draining.clone();
        let abort = self.abort.clone();
        let idle_timeout = self.idle_timeout;
        let connection = async move {
            let _place = place;
            // Fails where the system has no room for one more socket to wait for.
            let Ok(stream) = TcpStream::from_std(stream) else {
                return;
            };
            let io = TokioIo::new(Watched::new(stream, Arc::clone(&watch)));
            let connection = http.serve_connection(io, service);
            tokio::pin!(connection);
            let stalled = watch.stalled(idle_timeout);
            tokio::pin!(stalled);
            let mut drained = false;
            loop {
                tokio::select! {
                    biased;
                    // How it ended is the caller's affair: whatever was answered is logged.
                    _ = &mut connection => break,
                    () = &mut stalled => break,
                    () = abort.cancelled() => break,
                    () = draining.cancelled(), if !drained => {
                        drained = true;
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        };
        self.open.spawn_on(connection, workers);
    }

    /// Has every connection end with the answer that it is at, and waits for the
    /// answers. `finished` is what makes them: it is waited for first.
    ///
    /// Requests that are not all there yet are not waited for. Whoever drops this
    /// before it has ended calls [`abort`](Self::abort) for the rest.
    pub async fn drain(&self, finished: impl Future<Output = ()>) {
        self.draining.cancel();
        finished.await;
        self.answers.close();
        self.answers.wait().await;
        self.open.close();
        // Callers that read no more, and requests that are half sent: their time is over.
        let _ = tokio::time::timeout(FLUSH, self.open.wait()).await;
        self.abort();
    }

    /// Ends all connections at once.
    pub fn abort(&self) {
        self.abort.cancel();
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
