use super::script::{Answer, Deed, POLICY};
use super::{Connection, Duration, Stage};
use crate::events::Event;
use crate::events::announcer::Policy;

fn seconds(of: Duration) -> u64 {
    of.as_secs()
}

#[tokio::test(start_paused = true)]
async fn started_is_published_at_once_and_healthy_at_every_interval() {
    let stage = Stage::play([]);
    let deeds = stage.deeds(5).await;
    let deeds: Vec<_> = deeds
        .iter()
        .map(|(at, deed)| (seconds(*at), *deed))
        .collect();
    assert_eq!(
        deeds,
        [
            (0, Deed::Connected),
            (0, Deed::Published(Event::Started)),
            (60, Deed::Published(Event::Healthy)),
            (120, Deed::Published(Event::Healthy)),
            (180, Deed::Published(Event::Healthy)),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_session_is_told_of_the_start_again_and_of_nothing_that_was_missed() {
    let lost = Connection::Holds(vec![Answer::Delivered, Answer::Refused("gone")]);
    let down = || Connection::Unavailable("down");
    let stage = Stage::play([lost, down(), down(), down(), down(), down()]);
    let deeds = stage.deeds(7).await;
    let what: Vec<_> = deeds.iter().map(|(_, deed)| *deed).collect();
    assert_eq!(
        what,
        [
            Deed::Connected,
            Deed::Published(Event::Started),
            Deed::Published(Event::Healthy),
            Deed::Dropped,
            Deed::Connected,
            Deed::Published(Event::Started),
            Deed::Published(Event::Healthy),
        ]
    );
    let [.., (again, _), (healthy, _)] = deeds[..] else {
        unreachable!()
    };
    assert_eq!(healthy - again, POLICY.health_check_interval);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_nobody_takes_is_tried_again_after_the_retry_delay() {
    let stage = Stage::play([Connection::Holds(vec![Answer::Unroutable; 3])]);
    let deeds = stage.deeds(6).await;
    let times: Vec<_> = deeds.iter().skip(1).map(|(at, _)| *at).collect();
    let [first, second, third, fourth, healthy] = times[..] else {
        unreachable!()
    };
    for (delay, most) in [
        (second - first, 5),
        (third - second, 10),
        (fourth - third, 20),
    ] {
        assert!(delay <= Duration::from_secs(most), "{delay:?} > {most} s");
        assert!(
            delay >= Duration::from_secs(most) / 2,
            "{delay:?} < {most} s / 2"
        );
    }
    assert_eq!(deeds[4].1, Deed::Published(Event::Started));
    assert_eq!(
        (seconds(healthy), deeds[5].1),
        (60, Deed::Published(Event::Healthy))
    );
}

#[tokio::test(start_paused = true)]
async fn a_healthy_event_that_nobody_takes_comes_no_later_than_the_next_one() {
    let answers = vec![Answer::Delivered, Answer::Unroutable, Answer::Unroutable];
    let policy = Policy {
        health_check_interval: Duration::from_secs(2),
        ..POLICY
    };
    let stage = Stage::with(policy, [Connection::Holds(answers)]);
    let deeds = stage.deeds(6).await;
    let healthy: Vec<_> = deeds.iter().skip(2).map(|(at, _)| seconds(*at)).collect();
    assert_eq!(healthy, [2, 4, 6, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_healthy_event_goes_out_while_nobody_takes_the_start() {
    let stage = Stage::play([Connection::Holds(vec![Answer::Unroutable; 100])]);
    let deeds = stage.deeds(30).await;
    let healthy = |(_, deed): &&(_, Deed)| *deed == Deed::Published(Event::Healthy);
    assert!(deeds.iter().filter(healthy).count() > 5, "{deeds:?}");
}
