use super::script::{Answer, Deed, POLICY};
use super::{Connection, Duration, Stage};
use crate::events::announcer::{PATIENCE, Policy};
use crate::events::{Event, Notice, PublishError};

#[tokio::test(start_paused = true)]
async fn whatever_fails_a_connection_another_one_is_tried_within_the_retry_delay() {
    let stage = Stage::play([
        Connection::Unavailable("refused"),
        Connection::Hangs,
        Connection::Panics,
    ]);
    assert!(!stage.status.is_connected());
    let deeds = stage.deeds(2).await;
    assert_eq!(deeds[1].1, Deed::Published(Event::Started));
    // The deadline of the one that hung, and delays of at most 5, 10 and 20 seconds.
    let hung = POLICY.timeout + PATIENCE;
    let delays = Duration::from_secs(5 + 10 + 20);
    let after = deeds[0].0;
    assert!(
        hung + delays / 2 <= after && after <= hung + delays,
        "{after:?}"
    );
    assert!(stage.status.is_connected());
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_lost_between_two_messages_is_replaced() {
    let stage = Stage::play([]);
    stage.deeds(2).await;
    stage.notice(Notice::Lost(PublishError::unavailable("closed by force")));
    let deeds = stage.deeds(3).await;
    assert_eq!(deeds[2].1, Deed::Dropped);
    let deeds = stage.deeds(5).await;
    assert!(deeds[3].0 - deeds[2].0 <= POLICY.retry_delay);
    assert_eq!(deeds[4].1, Deed::Published(Event::Started));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_does_not_answer_is_given_up_at_the_deadline() {
    let stage = Stage::play([Connection::Holds(vec![Answer::Hangs])]);
    let deeds = stage.deeds(5).await;
    assert_eq!(deeds[2], (POLICY.timeout, Deed::Dropped));
    assert_eq!(deeds[4].1, Deed::Published(Event::Started));
}

#[tokio::test(start_paused = true)]
async fn a_blocked_session_is_kept_and_not_written_to() {
    let answers = vec![Answer::Delivered, Answer::Hangs];
    let stage = Stage::play([Connection::Holds(answers)]);
    stage.deeds(3).await;
    // The second message is on its way, and there it stays.
    stage.notice(Notice::Blocked("low on memory".to_owned()));
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(stage.so_far().len(), 3);
    assert!(stage.status.is_connected());
    stage.notice(Notice::Unblocked);
    // Now it is late.
    let deeds = stage.deeds(6).await;
    assert_eq!(deeds[3].1, Deed::Dropped);
    assert_eq!(deeds[5].1, Deed::Published(Event::Started));
}

#[tokio::test(start_paused = true)]
async fn what_is_due_on_a_blocked_session_goes_out_once_when_it_is_over() {
    let stage = Stage::play([]);
    stage.deeds(2).await;
    stage.notice(Notice::Blocked("low on disk".to_owned()));
    tokio::time::sleep(Duration::from_secs(1000)).await;
    assert_eq!(stage.so_far().len(), 2);
    stage.notice(Notice::Unblocked);
    let deeds = stage.deeds(4).await;
    let seconds: Vec<_> = deeds[2..].iter().map(|(at, _)| at.as_secs()).collect();
    assert_eq!(seconds, [1000, 1060]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_closes_the_session_in_order() {
    let stage = Stage::play([]);
    stage.deeds(2).await;
    let (deeds, log) = stage.stop().await;
    assert_eq!(deeds[2..], [(Duration::ZERO, Deed::Closed)]);
    assert_eq!(log.len(), 1);
}

const WITH_STOPPED: Policy = Policy {
    stopped_event: true,
    ..POLICY
};

#[tokio::test(start_paused = true)]
async fn a_stop_is_announced_where_that_is_asked_for() {
    let stage = Stage::with(WITH_STOPPED, []);
    stage.deeds(2).await;
    let (deeds, _) = stage.stop().await;
    let what: Vec<_> = deeds[2..].iter().map(|(_, deed)| *deed).collect();
    assert_eq!(what, [Deed::Published(Event::Stopped), Deed::Closed]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_a_second_for_a_dead_session_and_not_at_all_for_a_missing_one() {
    let answers = vec![Answer::Delivered, Answer::Hangs];
    let stage = Stage::with(WITH_STOPPED, [Connection::Holds(answers)]);
    stage.deeds(2).await;
    let begun = tokio::time::Instant::now();
    stage.stop().await;
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
    let stage = Stage::with(WITH_STOPPED, [Connection::Hangs]);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let begun = tokio::time::Instant::now();
    let (deeds, log) = stage.stop().await;
    assert_eq!((deeds.len(), begun.elapsed()), (0, Duration::ZERO));
    assert!(log[0].contains("could not be announced"), "{log:?}");
}
