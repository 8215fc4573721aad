//! Requests that go on being sent until enough has happened, and what is to become of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    senders: Vec<(String, JoinHandle<usize>)>,
}

impl Load {
    pub(crate) fn on(ground: &Arc<Ground>, namespaces: &[&str]) -> Self {
        let stops = Arc::new(AtomicBool::new(false));
        let senders = namespaces.iter().map(|namespace| {
            let send = send(
                Arc::clone(ground),
                (*namespace).to_owned(),
                Arc::clone(&stops),
            );
            ((*namespace).to_owned(), tokio::spawn(send))
        });
        Self {
            senders: senders.collect(),
            stops,
        }
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

/// Sends until it is stopped. A request of which nobody knows whether it was stored is sent
/// again, under the same id.
async fn send(ground: Arc<Ground>, namespace: String, stops: Arc<AtomicBool>) -> usize {
    let mut sender = None;
    let mut n = 0;
    while n < LEAST || !stops.load(Ordering::SeqCst) {
        let request = request(&namespace, n);
        let sent = async {
            if sender.is_none() {
                sender = Some(Sender::try_to(&ground, &namespace).await.ok()?);
            }
            sender.as_mut()?.try_send(request).await.ok()
        };
        match timeout(RECEIPT, sent).await {
            Ok(Some(_)) => {
                n += 1;
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
        let mut ended: Vec<usize> = by_execution
            .values()
            .map(|completion| completion.asset_id.parse().unwrap())
            .collect();
        ended.sort_unstable();
        let all: Vec<usize> = (0..*sent).collect();
        assert_eq!(ended, all, "each request of {namespace} has one end");
    }
    let all: usize = sent.values().sum();
    println!("{all} requests, of which {repeats} completions were told again");
    repeats
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
