//! Hosts that are killed while they work.

use std::sync::Arc;

use crate::ground::{Ground, consumes};
use crate::load::{Load, ended, followers, go_on};

const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn every_request_ends_once_whichever_host_is_killed_meanwhile() {
    let namespaces = ["a", "b"];
    let ground = Arc::new(Ground::lent(&namespaces).await);
    let mut followers = followers(&ground, &namespaces).await;
    // A host that is killed comes back, and what it had in hand is done by any of them.
    let arguments = ground.arguments(&["--max-attempts", "1000", "--pulsar-rescan-seconds", "1"]);
    let mut hosts = [ground.host(&arguments[6..]), ground.host(&arguments[6..])];
    let load = Load::on(&ground, &namespaces);
    for kill in 0..KILLS {
        go_on(&mut followers, 20).await;
        let [one, two] = hosts;
        hosts = match kill % 2 {
            0 => [one.killed_and_restarted_with(&arguments, |_| {}), two],
            _ => [one, two.killed_and_restarted_with(&arguments, |_| {})],
        };
    }
    for host in &hosts {
        consumes(host, namespaces.len()).await;
    }
    go_on(&mut followers, 20).await;
    let sent = load.stop().await;
    ended(&ground, &sent).await;
}
