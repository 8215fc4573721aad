//! A server as Knative runs it: called before it is there, asked all the time whether it is
//! ready, called on while it ends.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use functions_tests::{Answer, Probe, Revision, call};
use http::StatusCode;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{fixture, start};

const STOPPING: Probe = Probe::NotReady(StatusCode::SERVICE_UNAVAILABLE);

fn assert_done(answer: anyhow::Result<Answer>) {
    let answer = answer.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["success"], true, "{answer:?}");
}

#[tokio::test]
async fn whoever_calls_before_there_is_a_server_is_answered_once_it_is_ready() {
    let revision = Arc::new(Revision::new(100, fixture));
    let mut calls = JoinSet::new();
    for number in 0..20 {
        let revision = Arc::clone(&revision);
        calls.spawn(async move { revision.exec("echo", &json!({"value": number})).await });
    }
    while let Some(answer) = calls.join_next().await {
        assert_done(answer.unwrap());
    }
    // It said nothing else before it was ready, such as that it is not.
    let probes = revision.scaled_up().await.probes();
    let mut before = probes.iter().take_while(|probe| **probe != Probe::Ready);
    let is_silent = |probe: &Probe| matches!(probe, Probe::Refused | Probe::Late);
    assert!(before.all(is_silent), "{probes:?}");
    assert!(revision.scale_to_zero().await.success());
}

#[tokio::test]
async fn a_server_that_was_scaled_to_zero_finishes_what_runs_and_comes_again() {
    let revision = Arc::new(Revision::new(100, fixture));
    let again = Arc::clone(&revision);
    let running = tokio::spawn(async move {
        let args = json!({"milliseconds": 500});
        again.exec("sleeps", &args).await
    });
    let first = revision.scaled_up().await;
    first.said("Sleeping").await;
    assert!(revision.scale_to_zero().await.success());
    assert_done(running.await.unwrap());
    assert_done(revision.exec("echo", &json!({"value": 1})).await);
    assert!(revision.scale_to_zero().await.success());
}

#[tokio::test]
async fn traffic_that_goes_on_after_sigterm_is_answered_all_of_it() {
    let revision = Revision::new(100, fixture);
    let proxy = revision.scaled_up().await;
    let over = Arc::new(AtomicBool::new(false));
    let (made, mut count) = watch::channel(0);
    let mut traffic = JoinSet::new();
    for _ in 0..4 {
        let (proxy, over, made) = (proxy.clone(), Arc::clone(&over), made.clone());
        traffic.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let body = call("sleeps", &json!({"milliseconds": 1}));
                assert_done(proxy.post("/exec", body.clone()).await);
                assert_done(proxy.post_anew("/exec", body).await);
                made.send_modify(|made| *made += 2);
            }
        });
    }
    // Where a caller has failed all others go on, and where all have nobody is waited for.
    drop(made);
    let mut more = async |number: usize| {
        let before = *count.borrow();
        let _ = count.wait_for(|made| *made >= before + number).await;
    };
    proxy.heard("that it is ready", Probe::Ready).await;
    more(8).await;
    proxy.terminate();
    proxy.heard("that it ends", STOPPING).await;
    // Who sends them has not heard of it yet.
    more(40).await;
    over.store(true, Ordering::Relaxed);
    while let Some(ended) = traffic.join_next().await {
        ended.unwrap();
    }
    assert!(proxy.ended().await.success());
}

#[tokio::test]
async fn no_more_run_at_once_than_are_let_through() {
    let revision = Arc::new(Revision::new(2, fixture));
    let mut calls = JoinSet::new();
    for _ in 0..6 {
        let revision = Arc::clone(&revision);
        calls.spawn(async move { revision.exec("sleeps", &json!({"milliseconds": 50})).await });
    }
    while let Some(answer) = calls.join_next().await {
        assert_done(answer.unwrap());
    }
    let proxy = revision.scaled_up().await;
    let (mut running, mut most) = (0_usize, 0);
    for line in proxy.lines() {
        running += usize::from(line.contains("Sleeping"));
        running -= usize::from(line.contains("Slept"));
        most = most.max(running);
    }
    assert_eq!(most, 2, "{:#?}", proxy.lines());
    assert!(revision.scale_to_zero().await.success());
}

#[tokio::test]
async fn its_own_variable_for_the_port_wins_over_that_of_knative() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().port();
    let server = start(&[("PORT", &taken.to_string())]).await;
    assert_ne!(server.address().port(), taken);
}
