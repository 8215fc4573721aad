//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_util::FutureExt as _;
use http::{HeaderValue, Request, Version, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::watch::{Answering, Watch, Watched};
use super::{Answers, Connections};

impl Connections {
    /// Starts the task of a connection.
    pub(super) fn open(
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
                    let is_kept = request.version() < Version::HTTP_2;
                    let response = Arc::clone(&answers).answer(request);
                    response.map(move |mut response| {
                        if is_kept && answering.is_last() {
                            let close = HeaderValue::from_static("close");
                            response.headers_mut().insert(header::CONNECTION, close);
                        }
                        Ok::<_, Infallible>(response.map(|body| answering.with(body)))
                    })
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
}
