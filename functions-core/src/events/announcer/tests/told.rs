//! What the log says: each trouble once as it begins, and once as it ends.

use super::script::{Answer, POLICY};
use super::{Connection, Duration, Stage};
use crate::events::announcer::Policy;
use crate::events::{Notice, PublishError};

/// The level of each line and the beginning of its message.
fn told(log: &[String]) -> Vec<String> {
    let line = |line: &String| {
        let end = line.find(['.', ':']).or(line.find(" broker="));
        line[..end.unwrap_or(line.len())]
            .split(" broker=")
            .next()
            .unwrap()
            .to_owned()
    };
    log.iter().map(line).collect()
}

const BEGINS: &str = "WARN Events cannot be published";
const LONG: &str = "ERROR Events cannot be published for some time now";
const ENDS: &str = "INFO Events are published again";

fn down(times: usize) -> impl Iterator<Item = Connection> {
    (0..times).map(|_| Connection::Unavailable("connection refused"))
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_as_it_begins_and_as_it_ends() {
    let stage = Stage::play([]);
    stage.deeds(2).await;
    stage.connects_next(down(4));
    stage.notice(Notice::Lost(PublishError::unavailable("closed by force")));
    stage.deeds(5).await;
    tokio::task::yield_now().await;
    let log = stage.log();
    assert_eq!(told(&log), ["INFO Events are published", BEGINS, ENDS]);
    assert!(log[1].contains("error=closed by force"), "{log:?}");
    assert!(log[2].contains("attempts=4"), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_that_lasts_for_too_many_attempts_is_an_error_once() {
    let stage = Stage::play(down(40));
    stage.deeds(2).await;
    tokio::task::yield_now().await;
    let log = stage.log();
    assert_eq!(told(&log), [BEGINS, LONG, ENDS]);
    assert!(log[1].contains("attempts=5"), "{log:?}");
    assert!(log[2].contains("attempts=40"), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn with_no_retries_allowed_every_outage_is_an_error_at_once() {
    let policy = Policy {
        max_retries: 0,
        ..POLICY
    };
    let stage = Stage::with(policy, down(3));
    stage.deeds(2).await;
    tokio::task::yield_now().await;
    assert_eq!(told(&stage.log()), [LONG, ENDS]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_begins_during_an_outage_is_told_once() {
    let refused = |times| (0..times).map(|_| Connection::Refused("wrong password"));
    let stage = Stage::play(down(1).chain(refused(2)).chain(down(1)).chain(refused(1)));
    stage.deeds(2).await;
    tokio::task::yield_now().await;
    let log = stage.log();
    assert_eq!(told(&log), [BEGINS, BEGINS, LONG, ENDS]);
    assert!(log[1].contains("error=wrong password"), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_on_which_nothing_can_be_published_ends_no_outage() {
    let refusing = || Connection::Holds(vec![Answer::Refused("no permission to write")]);
    let stage = Stage::play([refusing(), refusing(), refusing()]);
    stage.deeds(11).await;
    tokio::task::yield_now().await;
    let log = stage.log();
    assert_eq!(told(&log), [BEGINS, ENDS]);
    assert!(log[1].contains("attempts=3"), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_takes_is_told_as_that_begins_and_as_it_ends() {
    let stage = Stage::play([Connection::Holds(vec![Answer::Unroutable; 4])]);
    stage.deeds(7).await;
    tokio::task::yield_now().await;
    let log = stage.log();
    assert_eq!(
        told(&log),
        [
            "INFO Events are published",
            "WARN Nobody takes an event",
            "INFO The event is taken again",
        ]
    );
    assert!(
        log[1].contains("routing_key=\"deployment.started\""),
        "{log:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_block_is_told_as_it_begins_and_as_it_ends() {
    let stage = Stage::play([]);
    stage.deeds(2).await;
    stage.notice(Notice::Blocked("low on memory".to_owned()));
    stage.notice(Notice::Blocked("low on memory".to_owned()));
    tokio::time::sleep(Duration::from_secs(3600)).await;
    stage.notice(Notice::Unblocked);
    stage.deeds(3).await;
    let log = stage.log();
    assert_eq!(
        told(&log)[1..],
        [
            "WARN The broker takes no messages for the time being",
            "INFO The broker takes messages again",
        ]
    );
    assert!(log[1].contains("reason=\"low on memory\""), "{log:?}");
}
