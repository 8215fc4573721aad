//! How much of a history is kept that hosts share.

use std::time::Duration;

use super::ground::Ground;
use super::hosts::all;
use super::{ExecutionsConfig, new, run};

super::on_shared! {
    the_bounds_are_those_of_all_hosts_together_and_the_oldest_go_first
    what_never_ends_is_forgotten_with_its_age
}

/// The ids that are left with these bounds, the newest first.
async fn left(ground: &Ground, config: ExecutionsConfig) -> Vec<String> {
    ground.is_time_to_sweep().await;
    let history = ground.history();
    while history.sweep(&config).await.unwrap() {}
    let listed = history.list(&all()).await.unwrap();
    let ids = listed.executions.into_iter().map(|one| one.request_id);
    ids.collect()
}

async fn the_bounds_are_those_of_all_hosts_together_and_the_oldest_go_first(ground: &Ground) {
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    here.accept(new("a", "waiting")).await.unwrap();
    for n in 0..3 {
        run(&here, new("a", &format!("{n}h"))).await;
        run(&there, new("a", &format!("{n}t"))).await;
    }
    for host in [&here, &there] {
        host.list(all()).await.unwrap();
    }
    let none = ExecutionsConfig::default();
    let ids = left(ground, none).await;
    assert_eq!(ids, ["2t", "2h", "1t", "1h", "0t", "0h", "waiting"]);
    let by_number = ExecutionsConfig { most: 5, ..none };
    let ids = left(ground, by_number).await;
    assert_eq!(ids, ["2t", "2h", "1t", "1h", "0t", "waiting"]);
    // Each has 33: its URI, its results and what it wrote.
    let by_bytes = ExecutionsConfig {
        bytes: 3 * 33,
        ..none
    };
    assert_eq!(left(ground, by_bytes).await, ["2t", "2h", "1t", "waiting"]);
}

async fn what_never_ends_is_forgotten_with_its_age(ground: &Ground) {
    let here = ground.host().await;
    here.accept(new("a", "waiting")).await.unwrap();
    run(&here, new("a", "1")).await;
    here.list(all()).await.unwrap();
    let by_age = ExecutionsConfig {
        age: Duration::ZERO,
        ..ExecutionsConfig::default()
    };
    assert!(left(ground, by_age).await.is_empty());
    // Its own host knows what waits with it.
    let waiting = here.get(new("a", "waiting").id()).await.unwrap();
    assert!(waiting.is_some());
}
