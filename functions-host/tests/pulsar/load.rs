//! Requests that go on being sent until enough has happened, and what is to become of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::ground::Ground;
use crate::listener::{Completion, Listener};
use crate::request::Request;
use crate::sender::Sender;
use crate::soon::PATIENCE;

/// What is asked for in turn.
const MODULES: [&str; 3] = ["echo", "slow", "trap"];

/// How many are sent at least.
const LEAST: usize = 150;

/// How long a sender waits after each request, so that it does not run away from the hosts,
/// and before it connects again.
const PAUSE: Duration = Duration::from_millis(5);
const AWAY: Duration = Duration::from_millis(200);

/// How long a broker may take to take a request: one that is killed never does.
const RECEIPT: Duration = Duration::from_secs(5);

/// Somebody who sends to each of these namespaces.
pub(crate) struct Load {
    stops: Arc<AtomicBool>,
    stored: Arc<AtomicUsize>,
    senders: Vec<(String, JoinHandle<usize>)>,
}

impl Load {
    /// Goes on until it is stopped.
    pub(crate) fn on(ground: &Arc<Ground>, namespaces: &[&str]) -> Self {
        Self::of(LEAST, ground, namespaces)
    }

    /// The same, with so many requests of each namespace at least.
    pub(crate) fn of(least: usize, ground: &Arc<Ground>, namespaces: &[&str]) -> Self {
        let stops = Arc::new(AtomicBool::new(false));
        let stored = Arc::new(AtomicUsize::new(0));
        let senders = namespaces.iter().map(|namespace| {
            let sending = Sending {
                ground: Arc::clone(ground),
                namespace: (*namespace).to_owned(),
                least,
                stops: Arc::clone(&stops),
                stored: Arc::clone(&stored),
            };
            ((*namespace).to_owned(), tokio::spawn(sending.run()))
        });
        Self {
            senders: senders.collect(),
            stored,
            stops,
        }
    }

    /// How many were stored by now, of all namespaces.
    pub(crate) fn stored(&self) -> usize {
        self.stored.load(Ordering::SeqCst)
    }

    /// Ends it, and returns how many requests of each namespace were stored.
    pub(crate) async fn stop(self) -> BTreeMap<String, usize> {
        self.stops.store(true, Ordering::SeqCst);
        let mut sent = BTreeMap::new();
        for (namespace, sender) in self.senders {
            let stored = timeout(PATIENCE, sender).await;
            sent.insert(namespace, stored.expect("it stops in time").unwrap());
        }
        sent
    }
}

struct Sending {
    ground: Arc<Ground>,
    namespace: String,
    least: usize,
    stops: Arc<AtomicBool>,
    stored: Arc<AtomicUsize>,
}

impl Sending {
    /// Sends until it is stopped. A request of which nobody knows whether it was stored is
    /// sent again, under the same id.
    async fn run(self) -> usize {
        let mut sender = None;
        let mut n = 0;
        while n < self.least || !self.stops.load(Ordering::SeqCst) {
            let request = request(&self.namespace, n);
            let sent = async {
                if sender.is_none() {
                    let connected = Sender::try_to(&self.ground, &self.namespace).await;
                    sender = Some(connected.ok()?);
                }
                sender.as_mut()?.try_send(request).await.ok()
            };
            match timeout(RECEIPT, sent).await {
                Ok(Some(_)) => {
                    n += 1;
                    self.stored.fetch_add(1, Ordering::SeqCst);
                    sleep(PAUSE).await;
                }
                _ => {
                    sender = None;
                    sleep(AWAY).await;
                }
            }
        }
        n
    }
}

/// Sends so many to each of these namespaces at once.
pub(crate) async fn at_once(
    ground: &Ground,
    namespaces: &[&str],
    many: usize,
) -> BTreeMap<String, usize> {
    for namespace in namespaces {
        let requests = (0..many).map(|n| request(namespace, n));
        Sender::to(ground, namespace).await.send_all(requests).await;
    }
    let sent = namespaces
        .iter()
        .map(|namespace| ((*namespace).to_owned(), many));
    sent.collect()
}

fn request(namespace: &str, n: usize) -> Request {
    Request::new(namespace, MODULES[n % MODULES.len()], n).known_as(&n.to_string())
}

/// Waits until all is done, and looks at everything that was told: each request has its one
/// end, as often as that may have been told. Returns how often it was told again.
pub(crate) async fn ended(ground: &Ground, sent: &BTreeMap<String, usize>) -> usize {
    let namespaces: Vec<&str> = sent.keys().map(String::as_str).collect();
    ground.done(&namespaces).await;
    let mut repeats = 0;
    for (namespace, sent) in sent {
        let mut listener = Listener::to(ground, namespace).await;
        let told = listener.rest().await;
        let mut by_execution: BTreeMap<&str, &Completion> = BTreeMap::new();
        for completion in &told {
            let n: usize = completion.asset_id.parse().unwrap();
            assert!(
                completion.is_of(MODULES[n % MODULES.len()], n),
                "{completion:?}"
            );
            assert_eq!(completion.request_id(), n.to_string());
            let before = by_execution.insert(completion.execution_id(), completion);
            if let Some(before) = before {
                repeats += 1;
                assert_eq!(
                    (&before.asset_id, &before.status, &before.results),
                    (
                        &completion.asset_id,
                        &completion.status,
                        &completion.results
                    )
                );
            }
        }
        let mut ends = vec![0; *sent];
        for completion in by_execution.values() {
            ends[completion.asset_id.parse::<usize>().unwrap()] += 1;
        }
        let of = |fits: fn(i32) -> bool| -> Vec<usize> {
            let ends = ends.iter().enumerate();
            ends.filter(|(_, ends)| fits(**ends))
                .map(|(n, _)| n)
                .collect()
        };
        let (none, more) = (of(|ends| ends == 0), of(|ends| ends > 1));
        assert!(
            none.is_empty() && more.is_empty(),
            "each request of {namespace} has one end, but {} have none: {}, and {} have more: {}",
            none.len(),
            spans(&none),
            more.len(),
            spans(&more)
        );
    }
    let all: usize = sent.values().sum();
    println!("{all} requests, of which {repeats} completions were told again");
    repeats
}

/// Numbers in their order, those that follow each other as one.
fn spans(numbers: &[usize]) -> String {
    let spans = numbers.chunk_by(|before, after| before + 1 == *after);
    let spans = spans.map(|span| match span {
        [one] => one.to_string(),
        span => format!("{} to {}", span[0], span[span.len() - 1]),
    });
    spans.collect::<Vec<_>>().join(", ")
}

/// Waits until so many more were told in each of these namespaces.
pub(crate) async fn go_on(followers: &mut [Listener], many: usize) {
    for follower in followers {
        follower.take(many).await;
    }
}

/// Those who see how it goes on, beside the listeners.
pub(crate) async fn followers(ground: &Ground, namespaces: &[&str]) -> Vec<Listener> {
    let mut followers = Vec::new();
    for namespace in namespaces {
        // The listener's place is kept from the first completion on.
        Listener::to(ground, namespace).await.close().await;
        let topic = crate::contract::COMPLETIONS;
        followers.push(Listener::named("follower", ground, namespace, topic).await);
    }
    followers
}
