//! One test's turn on the broker that all share.

use std::hash::{BuildHasher, RandomState};
use std::ops::{Deref, DerefMut};

use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use tokio::sync::{Mutex, MutexGuard};

use super::{Access, Broker, Node};

static SHARED: Mutex<Shared> = Mutex::const_new(Shared {
    broker: None,
    is_suspect: false,
});

#[derive(Debug)]
struct Shared {
    broker: Option<Broker>,
    /// Whether a test has failed that had it.
    is_suspect: bool,
}

/// The broker, for as long as this lives.
#[derive(Debug)]
pub struct Turn {
    shared: MutexGuard<'static, Shared>,
    /// What was named for this test.
    names: Vec<String>,
}

impl Turn {
    pub(super) async fn take() -> Self {
        let mut shared = SHARED.lock().await;
        let is_suspect = std::mem::take(&mut shared.is_suspect);
        match &mut shared.broker {
            None => shared.broker = Some(Broker::new().await),
            Some(Broker {
                node: Some(node), ..
            }) => recover(node, is_suspect).await,
            Some(_) => {}
        }
        let names = Vec::new();
        Self { shared, names }
    }

    /// A name for an exchange or a queue of this test alone. What is declared by it is
    /// deleted at the end of the turn, where the broker lives on.
    pub fn name(&mut self, what: &str) -> String {
        let random = RandomState::new().hash_one(what);
        let name = format!("functions-test.{what}.{random:016x}");
        self.names.push(name.clone());
        name
    }
}

async fn recover(node: &mut Node, is_suspect: bool) {
    if is_suspect || !node.is_ready().await {
        node.kill().await;
        node.start().await;
    }
}

impl Deref for Turn {
    type Target = Broker;

    fn deref(&self) -> &Broker {
        self.shared.broker.as_ref().expect("it was started")
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut Broker {
        self.shared.broker.as_mut().expect("it was started")
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.shared.is_suspect |= std::thread::panicking();
        let names = std::mem::take(&mut self.names);
        if self.node.is_none() && !names.is_empty() {
            let access = self.access().clone();
            // A destructor cannot wait in the runtime that it runs in.
            let cleaner = std::thread::spawn(move || clean(&access, names));
            let _ = cleaner.join();
        }
    }
}

/// What cannot be deleted has not been declared, or is out of reach.
fn clean(access: &Access, names: Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime can be made").block_on(async {
        let Ok(connection) = access.connect().await else {
            return;
        };
        for name in names {
            let Ok(channel) = connection.create_channel().await else {
                return;
            };
            let _ = channel
                .queue_delete(name.as_str().into(), QueueDeleteOptions::default())
                .await;
            let _ = channel
                .exchange_delete(name.as_str().into(), ExchangeDeleteOptions::default())
                .await;
        }
    });
}
