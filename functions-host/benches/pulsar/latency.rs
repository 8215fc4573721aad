//! From when a request was to be sent until its completion is read.
//!
//! Requests are sent at a fixed rate, whatever becomes of those before. Each is measured
//! from the moment that it had its turn in that rate: one that is sent late, since
//! something else took its time, has waited meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use pulsar::{Consumer, TokioExecutor};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout};

use crate::broker::Broker;
use crate::contender::{Contender, MANY};
use crate::counting::reader;
use crate::sending::Sending;
use crate::soon::PATIENCE;

/// How long requests are sent, and how long of that is not counted.
const TIME: Duration = Duration::from_secs(20);
const WARM_UP: Duration = Duration::from_secs(5);

/// The shortest that somebody sleeps: those that have their turn meanwhile go together.
const TICK: Duration = Duration::from_millis(1);

pub(crate) async fn measure(broker: &Broker, rate: f64) -> Value {
    let mut host = Contender::host(broker, &MANY).await;
    let mut bare = Contender::bare(broker).await;
    let of_host = latencies(&mut host, rate).await;
    let of_bare = latencies(&mut bare, rate).await;
    json!({"per_second": rate, "seconds": (TIME - WARM_UP).as_secs(), "host": of_host, "bare": of_bare})
}

async fn latencies(contender: &mut Contender, rate: f64) -> Value {
    let namespaces = contender.namespaces(1).await;
    let namespace = &namespaces[0];
    let mut sending = Sending::to(contender.ground(), namespace).await;
    let reader = reader(contender.ground(), namespace).await;
    let _served = contender.serve(&namespaces).await;
    let many = (TIME.as_secs_f64() * rate) as usize;
    let begun = Instant::now() + TICK;
    let turn = move |n: usize| begun + Duration::from_secs_f64(n as f64 / rate);
    let read = tokio::spawn(read(reader, many));
    let failed = Arc::new(Mutex::new(None));
    for n in 0..many {
        let now = Instant::now();
        if turn(n) > now {
            sleep_until(turn(n).max(now + TICK)).await;
        }
        let (stored, failed) = (sending.send(n).await, Arc::clone(&failed));
        tokio::spawn(async move {
            if let Err(error) = stored.await {
                *failed.lock().unwrap() = Some(error);
            }
        });
    }
    let read = timeout(PATIENCE, read)
        .await
        .expect("all end in time")
        .unwrap();
    assert!(failed.lock().unwrap().is_none(), "{failed:?}");
    let mut took: Vec<f64> = read
        .into_iter()
        .filter(|(n, _)| turn(*n) > begun + WARM_UP)
        .map(|(n, read)| read.saturating_duration_since(turn(n)).as_secs_f64() * 1e3)
        .collect();
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    json!({"p50_ms": at(0.5), "p99_ms": at(0.99), "greatest_ms": at(1.0)})
}

/// Which completions were read when, up to so many. What the bare loop publishes says
/// nothing of the request, and comes in the order of requests.
async fn read(mut reader: Consumer<Vec<u8>, TokioExecutor>, many: usize) -> Vec<(usize, Instant)> {
    let mut read = Vec::with_capacity(many);
    while read.len() < many {
        let message = reader.next().await.unwrap().unwrap();
        let number = number(&message.payload.data).unwrap_or(read.len());
        read.push((number, Instant::now()));
    }
    read
}

/// The number of a request, which is the second text of its completion. Texts here are
/// shorter than 64 bytes, so each has its length in one byte.
fn number(completion: &[u8]) -> Option<usize> {
    let (tenant, rest) = completion.split_first()?;
    let rest = rest.get(usize::from(*tenant) / 2..)?;
    let (length, rest) = rest.split_first()?;
    let number = rest.get(..usize::from(*length) / 2)?;
    std::str::from_utf8(number).ok()?.parse().ok()
}
