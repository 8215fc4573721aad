//! A history that hosts share, and that is away for a while.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::ground::Ground;
use super::hosts::all;
use super::{Executions, ExecutionsConfig, Status, new, run, success};
use crate::executions::Scope;

/// Until it is known at this host whether the history is away.
async fn until_away(host: &Executions, is_away: bool) {
    while host.standing().unwrap().is_away != is_away {
        host.find(new("a", "nothing").id()).await.unwrap();
        tokio::task::yield_now().await;
    }
}

async fn until_copied(host: &Executions) {
    while host.standing().unwrap().uncopied > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn while_it_is_away_a_host_goes_on_and_tells_what_it_knows_itself() {
    let ground = Ground::twin();
    let other = ground.another();
    let (here, there) = (ground.host().await, other.host().await);
    run(&here, new("a", "before")).await;
    until_copied(&here).await;
    ground.memory().is_away(true);
    until_away(&here, true).await;
    until_away(&there, true).await;

    let ended = ground.memory().ends();
    for n in 0..600 {
        run(&here, new("a", &n.to_string())).await;
    }
    let (_, is_new) = here.accept(new("a", "waiting")).await.unwrap();
    assert!(is_new);
    assert_eq!(here.standing().unwrap().uncopied, 600);
    let found = here.find(new("a", "7").id()).await.unwrap();
    assert_eq!(found.scope, Scope::Host);
    assert_eq!(found.execution.unwrap().summary.status, Status::Succeeded);
    let listed = here.list(all()).await.unwrap();
    assert_eq!((listed.scope, listed.total), (Scope::Host, 602));
    assert_eq!(listed.executions[0].seq, None);
    let found = there.find(new("a", "7").id()).await.unwrap();
    assert!(found.scope == Scope::Host && found.execution.is_none());
    assert!(there.elsewhere(&new("a", "7")).await.unwrap().is_none());
    let nothing = there
        .ended(new("a", "7").id(), Instant::now())
        .await
        .unwrap();
    assert!(nothing.is_none());

    // Each is copied once, and those that wait are told as well.
    ground.memory().is_away(false);
    until_copied(&here).await;
    until_away(&here, false).await;
    until_away(&there, false).await;
    let far = Instant::now() + Duration::from_secs(3600);
    let waited = there.ended(new("a", "599").id(), far).await.unwrap();
    assert_eq!(waited.unwrap().summary.status, Status::Succeeded);
    assert_eq!(ground.memory().ends(), ended + 600);
    let listed = here.list(all()).await.unwrap();
    assert_eq!((listed.scope, listed.total), (Scope::All, 602));
    let waiting = there.get(new("a", "waiting").id()).await.unwrap().unwrap();
    assert_eq!(waiting.summary.status, Status::Queued);
}

#[tokio::test]
async fn what_a_host_had_not_copied_when_it_was_killed_is_copied_once_it_starts_again() {
    let ground = Ground::twin();
    let here = ground.host().await;
    run(&here, new("a", "before")).await;
    until_copied(&here).await;
    ground.memory().is_away(true);
    until_away(&here, true).await;
    run(&here, new("a", "1")).await;
    here.accept(new("a", "2")).await.unwrap();
    // Nothing is told to end, as where a process is killed.
    drop(here);
    let ended = ground.memory().ends();
    ground.memory().is_away(false);
    let other = ground.another();
    let there = other.host().await;
    assert!(there.get(new("a", "1").id()).await.unwrap().is_none());
    let here = ground.host().await;
    let listed = here.list(all()).await.unwrap();
    assert_eq!((listed.scope, listed.total), (Scope::All, 3));
    assert_eq!(ground.memory().ends(), ended + 1);
    let one = there.get(new("a", "1").id()).await.unwrap().unwrap();
    assert_eq!(one.summary.status, Status::Succeeded);
    let two = there.get(new("a", "2").id()).await.unwrap().unwrap();
    assert_eq!(two.summary.status, Status::Queued);
}

#[tokio::test]
async fn one_that_is_never_taken_holds_up_no_other() {
    let ground = Ground::twin();
    let here = ground.host().await;
    ground.memory().refuse(new("a", "3").id());
    for n in 0..6 {
        run(&here, new("a", &n.to_string())).await;
    }
    let listed = here.list(all()).await.unwrap();
    assert_eq!((listed.scope, listed.total), (Scope::All, 5));
    // Its own host knows it.
    let three = here.get(new("a", "3").id()).await.unwrap().unwrap();
    assert_eq!(three.summary.status, Status::Succeeded);
}

#[tokio::test]
async fn another_history_gets_all_that_stands_here_and_the_first_no_more_than_it_lacks() {
    let ground = Ground::twin();
    let here = ground.host().await;
    for n in 0..3 {
        run(&here, new("a", &n.to_string())).await;
    }
    until_copied(&here).await;
    drop(here);
    ground.memory().becomes("another");
    let here = ground.host().await;
    run(&here, new("a", "3")).await;
    assert_eq!(here.list(all()).await.unwrap().total, 4);
    drop(here);
    ground.memory().becomes("");
    let here = ground.host().await;
    let listed = here.list(all()).await.unwrap();
    let ids: Vec<_> = listed
        .executions
        .iter()
        .map(|one| &*one.request_id)
        .collect();
    assert_eq!(ids, ["3"]);
}

#[tokio::test]
async fn what_others_have_not_been_told_of_is_kept_beyond_the_bounds_and_not_without_end() {
    let ground = Ground::twin();
    let config = ExecutionsConfig {
        most: 2,
        ..ExecutionsConfig::default()
    };
    let here = ground.open(config).await;
    here._sweeper.abort();
    ground.memory().is_away(true);
    until_away(&here, true).await;
    let kept = async || here.list(all()).await.unwrap().total;
    let swept = async || while super::super::sweeper::sweep(&here.shared).await {};
    for n in 0..8 {
        run(&here, new("a", &n.to_string())).await;
    }
    swept().await;
    assert_eq!(kept().await, 8);
    run(&here, new("a", "8")).await;
    swept().await;
    assert_eq!(kept().await, 2);

    for n in 9..12 {
        here.accept(new("a", &n.to_string())).await.unwrap();
        let ending = success("value");
        here.finish(new("a", &n.to_string()).id(), ending)
            .await
            .unwrap();
    }
    ground.memory().is_away(false);
    until_copied(&here).await;
    swept().await;
    assert_eq!(here.shared.kept.load(Ordering::Relaxed), 2);
}
