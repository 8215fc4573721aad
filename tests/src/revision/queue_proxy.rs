//! What stands before each process of a revision.
//!
//! From the first moment on it asks every 50 ms whether the process is ready, each time on
//! a connection of its own, and gives up on an answer after 100 ms. Nothing is let through
//! before it was ready once.

use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::private::ports;
use crate::{Answer, Client, Server};

const EVERY: Duration = Duration::from_millis(50);
const LIMIT: Duration = Duration::from_millis(100);
/// How often it is looked whether something has happened.
const LOOK: Duration = Duration::from_millis(5);
/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of asking whether a process is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Nobody listens.
    Refused,
    /// No answer came in time.
    Late,
    /// It is ready.
    Ready,
    /// It says that it is not.
    NotReady(StatusCode),
}

/// A process, and who stands before it. Clones share both.
#[derive(Clone, Debug)]
pub struct QueueProxy(Arc<Pod>);

#[derive(Debug)]
struct Pod {
    server: Mutex<Server>,
    url: String,
    /// Connections that are kept from call to call, as those of a proxy are.
    kept: Client,
    places: Semaphore,
    probes: watch::Receiver<Vec<Probe>>,
    probing: JoinHandle<()>,
}

impl QueueProxy {
    /// Starts a process, and asks it from its first moment on.
    pub fn start(command: &mut Command, concurrency: usize) -> Self {
        let port = ports::free();
        command
            .env("CRBR_FUNCTIONS_HOST", "127.0.0.1")
            .env("PORT", port.to_string())
            .env("K_SERVICE", "my-functions")
            .env("K_REVISION", "my-functions-00001")
            .env("K_CONFIGURATION", "my-functions");
        let server = Mutex::new(Server::spawn(command));
        let url = format!("http://127.0.0.1:{port}");
        let (told, probes) = watch::channel(Vec::new());
        let probing = tokio::spawn(ask(format!("{url}/ready"), told));
        Self(Arc::new(Pod {
            server,
            url,
            kept: Client::http1(),
            places: Semaphore::new(concurrency),
            probes,
            probing,
        }))
    }

    /// Lets a call through when its turn has come, on a connection that others have used.
    ///
    /// # Errors
    /// It broke.
    ///
    /// # Panics
    /// The process is not ready in time.
    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> anyhow::Result<Answer> {
        self.through(&self.0.kept, path, body).await
    }

    /// The same, on a connection of its own.
    ///
    /// # Errors
    /// It broke, or there is none to be had.
    pub async fn post_anew(&self, path: &str, body: impl Into<Bytes>) -> anyhow::Result<Answer> {
        self.through(&Client::http1(), path, body).await
    }

    async fn through(
        &self,
        client: &Client,
        path: &str,
        body: impl Into<Bytes>,
    ) -> anyhow::Result<Answer> {
        self.heard("that it is ready", Probe::Ready).await;
        let _place = self.0.places.acquire().await?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{path}", self.0.url))
            .header("content-type", "application/json")
            .body(body.into().into())?;
        client.send(request).await
    }

    /// Waits until it was told this once.
    ///
    /// # Panics
    /// It is not told in time.
    pub async fn heard(&self, what: &str, probe: Probe) {
        let mut probes = self.0.probes.clone();
        let heard = probes.wait_for(|probes| probes.contains(&probe));
        let heard = timeout(PATIENCE, heard)
            .await
            .is_ok_and(|heard| heard.is_ok());
        assert!(heard, "it was not told {what}: {:?}", self.probes());
    }

    /// What came of asking so far.
    #[must_use]
    pub fn probes(&self) -> Vec<Probe> {
        self.0.probes.borrow().clone()
    }

    /// Asks the process to end. What comes in is let through as before.
    pub fn terminate(&self) {
        self.server().terminate();
    }

    /// Waits until a line of the log of the process has this in it.
    ///
    /// # Panics
    /// It says no such thing in time.
    pub async fn said(&self, what: &str) {
        let said = || self.lines().iter().any(|line| line.contains(what));
        let heard = timeout(PATIENCE, happened(|| said().then_some(()))).await;
        assert!(heard.is_ok(), "it did not say {what}: {:#?}", self.lines());
    }

    /// All lines of the log of the process so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.server().lines()
    }

    /// How the process has ended, once it has.
    ///
    /// # Panics
    /// It does not end.
    pub async fn ended(&self) -> ExitStatus {
        let ended = timeout(PATIENCE, happened(|| self.server().ended())).await;
        ended.expect("the server ends")
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        let server = self.0.server.lock();
        server.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        self.probing.abort();
    }
}

async fn happened<T>(mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        match look() {
            Some(found) => return found,
            None => sleep(LOOK).await,
        }
    }
}

async fn ask(url: String, told: watch::Sender<Vec<Probe>>) {
    let mut moments = interval(EVERY);
    moments.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        moments.tick().await;
        let request = Request::get(&url).body(Bytes::new().into());
        let request = request.expect("it is a URL");
        let probe = match timeout(LIMIT, Client::http1().send(request)).await {
            Err(_) => Probe::Late,
            Ok(Err(_)) => Probe::Refused,
            Ok(Ok(answer)) if answer.status == StatusCode::OK => Probe::Ready,
            Ok(Ok(answer)) => Probe::NotReady(answer.status),
        };
        told.send_modify(|probes| probes.push(probe));
    }
}
