//! A publisher that follows a script, and notes what it is asked.

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};

use crate::events::announcer::{Announcer, Announcing, Policy, Status};
use crate::events::{
    Announcements, Deployment, Event, Format, Message, Notice, PublishError, Publisher, Receipt,
    RoutingKeys, Session,
};
use crate::registry::Registry;

/// What the next attempt to connect comes to. Where the script is at its end, a
/// session that delivers.
pub(super) enum Connection {
    Unavailable(&'static str),
    Refused(&'static str),
    Hangs,
    Panics,
    Holds(Vec<Answer>),
}

/// What the next publication on a session comes to. Where there are no more, it is
/// delivered.
#[derive(Clone)]
pub(super) enum Answer {
    Delivered,
    Unroutable,
    Refused(&'static str),
    Hangs,
}

/// Something that the announcer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Connected,
    Published(Event),
    Closed,
    /// Without being closed.
    Dropped,
}

pub(super) type Deeds = Vec<(Duration, Deed)>;

#[derive(Clone)]
pub(super) struct Script(Arc<Shared>);

struct Shared {
    begun: Instant,
    connections: Mutex<VecDeque<Connection>>,
    deeds: watch::Sender<Deeds>,
    /// Of the session there is.
    notices: Mutex<Option<mpsc::UnboundedSender<Notice>>>,
}

impl Script {
    fn note(&self, deed: Deed) {
        let at = self.0.begun.elapsed();
        self.0.deeds.send_modify(|deeds| deeds.push((at, deed)));
    }
}

impl Publisher for Script {
    type Session = Scene;

    fn target(&self) -> String {
        "the stage".to_owned()
    }

    async fn connect(&self) -> Result<Scene, PublishError> {
        let connection = self.0.connections.lock().unwrap().pop_front();
        let answers = match connection {
            None => Vec::new(),
            Some(Connection::Holds(answers)) => answers,
            Some(Connection::Unavailable(why)) => return Err(PublishError::unavailable(why)),
            Some(Connection::Refused(why)) => return Err(PublishError::refused(why)),
            Some(Connection::Hangs) => pending().await,
            Some(Connection::Panics) => panic!("a mistake of a publisher"),
        };
        let (sender, receiver) = mpsc::unbounded_channel();
        *self.0.notices.lock().unwrap() = Some(sender);
        self.note(Deed::Connected);
        Ok(Scene {
            script: self.clone(),
            answers: Mutex::new(answers.into()),
            notices: tokio::sync::Mutex::new(receiver),
            closed: false,
        })
    }
}

pub(super) struct Scene {
    script: Script,
    answers: Mutex<VecDeque<Answer>>,
    notices: tokio::sync::Mutex<mpsc::UnboundedReceiver<Notice>>,
    closed: bool,
}

impl Session for Scene {
    async fn publish(&self, message: &Message) -> Result<Receipt, PublishError> {
        self.script.note(Deed::Published(message.event()));
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.unwrap_or(Answer::Delivered) {
            Answer::Delivered => Ok(Receipt::Delivered),
            Answer::Unroutable => Ok(Receipt::Unroutable("nobody listens".to_owned())),
            Answer::Refused(why) => Err(PublishError::refused(why)),
            Answer::Hangs => pending().await,
        }
    }

    async fn notice(&self) -> Notice {
        match self.notices.lock().await.recv().await {
            Some(notice) => notice,
            None => pending().await,
        }
    }

    async fn close(mut self) {
        self.closed = true;
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.script.note(match self.closed {
            true => Deed::Closed,
            false => Deed::Dropped,
        });
    }
}

/// An announcer and its publisher.
pub(super) struct Stage {
    script: Script,
    pub(super) announcing: Announcing,
    pub(super) status: Status,
    _log: tracing::subscriber::DefaultGuard,
    lines: Lines,
}

pub(super) const POLICY: Policy = Policy {
    health_check_interval: Duration::from_secs(60),
    timeout: Duration::from_secs(10),
    max_retries: 5,
    retry_delay: Duration::from_secs(5),
    stopped_event: false,
};

impl Stage {
    pub(super) fn play(connections: impl IntoIterator<Item = Connection>) -> Self {
        Self::with(POLICY, connections)
    }

    pub(super) fn with(policy: Policy, connections: impl IntoIterator<Item = Connection>) -> Self {
        let script = Script(Arc::new(Shared {
            begun: Instant::now(),
            connections: Mutex::new(connections.into_iter().collect()),
            deeds: watch::Sender::default(),
            notices: Mutex::default(),
        }));
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::INFO)
            .without_time()
            .with_ansi(false)
            .with_target(false)
            .with_writer({
                let lines = lines.clone();
                move || lines.clone()
            })
            .finish();
        let _log = tracing::subscriber::set_default(subscriber);
        let keys = RoutingKeys {
            started: "deployment.started".into(),
            healthy: "deployment.healthy".into(),
            stopped: "deployment.stopped".into(),
        };
        let deployment = Deployment::new("staged", &Registry::default());
        let announcements = Announcements::new(deployment, Format::Plain, keys);
        let status = Status::default();
        let publisher = Arc::new(script.clone());
        let announcer = Announcer::new(publisher, announcements, policy, status.clone());
        Self {
            script,
            announcing: announcer.start(),
            status,
            _log,
            lines,
        }
    }

    /// Waits until so much was done, and tells it.
    pub(super) async fn deeds(&self, count: usize) -> Deeds {
        let mut deeds = self.script.0.deeds.subscribe();
        let enough = deeds.wait_for(|deeds| deeds.len() >= count);
        let enough = timeout(Duration::from_secs(86_400), enough).await;
        enough.expect("it is done within a day").unwrap().clone()
    }

    /// What was done so far.
    pub(super) fn so_far(&self) -> Deeds {
        self.script.0.deeds.borrow().clone()
    }

    /// Has the session that there is say something by itself.
    pub(super) fn notice(&self, notice: Notice) {
        let notices = self.script.0.notices.lock().unwrap();
        notices.as_ref().unwrap().send(notice).unwrap();
    }

    pub(super) fn connects_next(&self, connections: impl IntoIterator<Item = Connection>) {
        self.script
            .0
            .connections
            .lock()
            .unwrap()
            .extend(connections);
    }

    /// The log so far: the level and the message of each line, and of its fields the
    /// error or reason.
    pub(super) fn log(&self) -> Vec<String> {
        let lines = self.lines.0.lock().unwrap().clone();
        let lines = String::from_utf8(lines).unwrap();
        lines.lines().map(|line| line.trim().to_owned()).collect()
    }

    /// Tells it to stop, and waits for the end.
    pub(super) async fn stop(self) -> (Deeds, Vec<String>) {
        let Self {
            script,
            announcing,
            lines,
            _log,
            ..
        } = self;
        announcing.stop().await;
        let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines = lines.lines().map(|line| line.trim().to_owned()).collect();
        (script.0.deeds.borrow().clone(), lines)
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
