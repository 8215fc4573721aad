//! Topics that their broker closes for a moment, as it does to move them.

use std::sync::Arc;

use crate::contract::{COMPLETIONS, REQUESTS};
use crate::ground::{Ground, consumes};
use crate::load::{Load, ended, followers, go_on};

const TIMES: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn every_request_ends_once_though_its_topics_are_moved_meanwhile() {
    let ground = Arc::new(Ground::lent(&["a"]).await);
    let mut before = followers(&ground, &["a"]).await;
    let host = ground.host(&["--pulsar-rescan-seconds", "1"]);
    let load = Load::on(&ground, &["a"]);
    go_on(&mut before, 20).await;
    for follower in before {
        follower.close().await;
    }
    for time in 0..TIMES {
        for topic in [REQUESTS, COMPLETIONS] {
            let topic = ground.topic("a", topic);
            ground.admin.unload_topic(&topic).await.unwrap();
        }
        // Another one each time: it begins with what was told first.
        let name = format!("follower-{time}");
        let mut follower = crate::listener::Listener::named(&name, &ground, "a", COMPLETIONS).await;
        follower.take(20 * (time + 2)).await;
        follower.close().await;
    }
    consumes(&host, 1).await;
    let sent = load.stop().await;
    ended(&ground, &sent).await;
}
