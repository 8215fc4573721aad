//! Requests per second.

use serde_json::{Value, json};

use crate::broker::Broker;
use crate::contender::{Contender, MANY, Round};
use crate::settings::Settings;

/// How many tenants there are where there is more than one.
pub(crate) const TENANTS: usize = 5;

/// What was measured in all rounds, at the same place what was measured in the same one.
#[derive(Default)]
struct Rounds {
    per_second: Vec<f64>,
    cpu_us: Vec<Option<f64>>,
}

impl Rounds {
    fn push(&mut self, name: &str, round: &Round) {
        eprintln!(
            "{name}: {:.0} per second, {:?} µs of CPU",
            round.per_second, round.cpu_us
        );
        self.per_second.push(round.per_second);
        self.cpu_us.push(round.cpu_us);
    }
}

pub(crate) async fn measure(broker: &Broker, settings: &Settings) -> Value {
    let requests = settings.requests;
    let mut host = Contender::host(broker, &MANY).await;
    let mut bare = Contender::bare(broker).await;
    let mut java = Contender::java(broker).await;
    // The broker compiles its code while it works.
    bare.round(1, requests).await;
    host.round(1, requests).await;
    let mut all: [Rounds; 5] = Default::default();
    for _ in 0..settings.rounds {
        let [one_host, one_bare, one_java, five_host, five_bare] = &mut all;
        one_bare.push("bare", &bare.round(1, requests).await);
        one_host.push("host", &host.round(1, requests).await);
        if let Some(java) = &mut java {
            one_java.push("java", &java.round(1, requests).await);
        }
        five_bare.push("bare, five", &bare.round(TENANTS, requests).await);
        five_host.push("host, five", &host.round(TENANTS, requests).await);
    }
    let [one_host, one_bare, one_java, five_host, five_bare] = all;
    json!({
        "one": {
            "host": one_host.per_second,
            "bare": one_bare.per_second,
            "java": one_java.per_second,
        },
        "five": {"host": five_host.per_second, "bare": five_bare.per_second},
        "cpu_us": {
            "one": {"host": one_host.cpu_us, "bare": one_bare.cpu_us, "java": one_java.cpu_us},
            "five": {"host": five_host.cpu_us, "bare": five_bare.cpu_us},
        },
    })
}
