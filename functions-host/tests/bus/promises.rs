//! What a bus promises.

use std::time::Duration;

use functions_host::bus::{Bus, DeadListing, SubmitError};
use futures_util::future::join_all;

use crate::ground::{
    BACKLOG, Ground, IN_FLIGHT, OF_ONE, completion, finish, name, nothing_else_is_due,
    nothing_is_left, receive, request, submit, submit_many,
};

pub(crate) async fn what_was_submitted_is_delivered_as_it_was(ground: &dyn Ground) {
    let bus = ground.open().await;
    let mut sent = request("a", "first");
    sent.asset_uri = format!("data:,{}", "x".repeat(100_000));
    sent.repeats = Some("another".parse().unwrap());
    bus.submit(sent.clone()).await.unwrap();
    let delivery = bus.receive().await.unwrap();
    assert_eq!(*delivery.request, sent);
    assert_eq!(delivery.attempt, 1);
}

pub(crate) async fn the_oldest_of_a_tenant_comes_first(ground: &dyn Ground) {
    let bus = ground.open().await;
    for n in 0..50 {
        submit(&*bus, "a", &n.to_string()).await;
    }
    for n in 0..50 {
        let (delivery, of) = receive(&*bus).await;
        assert_eq!(of, format!("a/{n}"));
        finish(delivery).await;
    }
}

pub(crate) async fn what_is_finished_never_comes_again(ground: &dyn Ground) {
    let bus = ground.open().await;
    submit(&*bus, "a", "1").await;
    finish(bus.receive().await.unwrap()).await;
    nothing_is_left(&*bus).await;
    nothing_else_is_due(&*bus).await;
    drop(bus);
    let bus = ground.open().await;
    nothing_else_is_due(&*bus).await;
}

pub(crate) async fn what_is_dropped_without_a_word_comes_again(ground: &dyn Ground) {
    let bus = ground.open().await;
    submit(&*bus, "a", "1").await;
    for attempt in 1..5 {
        let (delivery, of) = receive(&*bus).await;
        assert_eq!((of.as_str(), delivery.attempt), ("a/1", attempt));
        drop(delivery);
    }
}

pub(crate) async fn what_a_host_held_when_it_was_killed_comes_again_and_is_counted(
    ground: &dyn Ground,
) {
    for attempt in 1..5 {
        let bus = ground.open().await;
        if attempt == 1 {
            submit(&*bus, "a", "1").await;
        }
        let (delivery, of) = receive(&*bus).await;
        assert_eq!((of.as_str(), delivery.attempt), ("a/1", attempt));
        // A process that is killed drops nothing.
        std::mem::forget(delivery);
    }
}

pub(crate) async fn an_id_that_waits_already_is_not_taken_twice(ground: &dyn Ground) {
    let bus = ground.open().await;
    let twice = join_all((0..10).map(|_| bus.submit(request("a", "1")))).await;
    assert!(twice.iter().all(Result::is_ok));
    let mut other = request("a", "1");
    other.asset_uri.push('x');
    let other = bus.submit(other).await;
    assert!(matches!(other, Err(SubmitError::Differs(id)) if id.as_str() == "1"));
    submit(&*bus, "b", "1").await;
    let (first, second) = (receive(&*bus).await, receive(&*bus).await);
    assert_ne!(first.1, second.1);
    // Nor while it is in somebody's hands.
    submit(&*bus, "a", "1").await;
    nothing_else_is_due(&*bus).await;
    let backlog = bus.backlog().await.unwrap();
    assert!(
        backlog
            .values()
            .all(|of| (of.waiting, of.in_flight) == (0, 1))
    );
}

pub(crate) async fn a_retried_request_comes_after_a_delay_that_grows_and_outlives_the_host(
    ground: &dyn Ground,
) {
    let mut bus = ground.open().await;
    submit(&*bus, "a", "1").await;
    for attempt in 1..7 {
        let (delivery, of) = receive(&*bus).await;
        assert_eq!((of.as_str(), delivery.attempt), ("a/1", attempt));
        delivery.retry("not now".to_owned()).await.unwrap();
        drop(bus);
        bus = ground.open().await;
        let seconds = 2_u64.pow(attempt - 1);
        ground.advance(Duration::from_millis(seconds * 1000 - 1));
        nothing_else_is_due(&*bus).await;
        // The delay is up to a quarter longer.
        ground.advance(Duration::from_millis(seconds * 250 + 1));
    }
}

pub(crate) async fn what_is_given_up_is_listed_and_can_be_replayed_or_discarded(
    ground: &dyn Ground,
) {
    let bus = ground.open().await;
    for (tenant, id) in [("a", "1"), ("b", "1"), ("a", "2")] {
        submit(&*bus, tenant, id).await;
        let delivery = bus.receive().await.unwrap();
        let told = completion(&delivery.request);
        delivery
            .dead_letter("worn out".to_owned(), told)
            .await
            .unwrap();
    }
    drop(bus);
    let bus = ground.open().await;
    nothing_else_is_due(&*bus).await;
    let list = |tenant: Option<&str>, skip, limit| {
        let tenant = tenant.map(|tenant| tenant.parse().unwrap());
        DeadListing {
            tenant,
            skip,
            limit,
        }
    };
    let all = bus.dead_letters(&list(None, 0, 2)).await.unwrap();
    assert_eq!((all.letters.len(), all.total), (2, 3));
    let of_a = bus.dead_letters(&list(Some("a"), 0, 9)).await.unwrap();
    let ids: Vec<_> = of_a
        .letters
        .iter()
        .map(|letter| letter.request.id.as_str())
        .collect();
    assert_eq!((ids, of_a.total), (vec!["2", "1"], 2));
    let newest = &of_a.letters[0];
    assert_eq!((newest.reason.as_str(), newest.attempts), ("worn out", 1));
    assert_eq!(
        bus.dead_letter(&newest.id).await.unwrap().as_ref(),
        Some(newest)
    );
    assert_eq!(bus.backlog().await.unwrap()[&newest.request.tenant].dead, 2);

    let again = bus.replay(&newest.id).await.unwrap().unwrap();
    assert_eq!(again.repeats.as_ref(), Some(&newest.request.id));
    assert_ne!(again.id, newest.request.id);
    let delivery = bus.receive().await.unwrap();
    assert_eq!((&*delivery.request, delivery.attempt), (&again, 1));
    finish(delivery).await;
    assert!(bus.replay(&newest.id).await.unwrap().is_none());

    let oldest = &of_a.letters[1];
    assert_eq!(
        bus.discard(&oldest.id).await.unwrap().as_ref(),
        Some(oldest)
    );
    assert!(bus.discard(&oldest.id).await.unwrap().is_none());
    assert!(bus.dead_letter(&oldest.id).await.unwrap().is_none());
    assert!(bus.dead_letter(&"no such".into()).await.unwrap().is_none());
    assert_eq!(bus.dead_letters(&list(None, 0, 9)).await.unwrap().total, 1);
}

pub(crate) async fn a_full_backlog_takes_no_more_until_there_is_room(ground: &dyn Ground) {
    let bus = ground.open().await;
    let many = usize::try_from(OF_ONE).unwrap();
    submit_many(&*bus, "a", many).await;
    let full = bus.submit(request("a", "one-more")).await;
    assert!(
        matches!(
            full,
            Err(SubmitError::Full {
                waiting: OF_ONE,
                ..
            })
        ),
        "{full:?}"
    );
    let rest = usize::try_from(BACKLOG - OF_ONE).unwrap();
    submit_many(&*bus, "b", rest).await;
    let full = bus.submit(request("c", "one-more")).await;
    assert!(
        matches!(
            full,
            Err(SubmitError::Full {
                waiting: BACKLOG,
                ..
            })
        ),
        "{full:?}"
    );
    // After a restart as well.
    drop(bus);
    let bus = ground.open().await;
    assert!(bus.submit(request("c", "one-more")).await.is_err());
    finish(bus.receive().await.unwrap()).await;
    submit(&*bus, "c", "one-more").await;
    assert!(bus.submit(request("c", "two-more")).await.is_err());
}

pub(crate) async fn ten_thousand_of_one_tenant_do_not_delay_ten_of_another(ground: &dyn Ground) {
    let bus = ground.open().await;
    submit_many(&*bus, "flood", 10_000).await;
    submit_many(&*bus, "few", 10).await;
    let mut of_few = 0;
    let mut received = 0;
    while of_few < 10 {
        let (delivery, of) = receive(&*bus).await;
        of_few += usize::from(of.starts_with("few"));
        received += 1;
        finish(delivery).await;
    }
    // They take turns: one of each.
    assert!(received <= 21, "{received}");
}

pub(crate) async fn a_tenant_who_has_its_share_in_hand_waits_and_others_do_not(
    ground: &dyn Ground,
) {
    let bus = ground.open().await;
    submit_many(&*bus, "flood", 100).await;
    let (mut held, mut names) = (Vec::new(), Vec::new());
    for _ in 0..IN_FLIGHT {
        let (delivery, of) = receive(&*bus).await;
        held.push(delivery);
        names.push(of);
    }
    nothing_else_is_due(&*bus).await;
    finish(held.pop().unwrap()).await;
    let (next, of) = receive(&*bus).await;
    assert!(of.starts_with("flood/") && !names.contains(&of), "{of}");
    drop((held, next));
}

pub(crate) async fn no_more_leaves_the_queue_than_is_asked_for(ground: &dyn Ground) {
    let bus = ground.open().await;
    submit_many(&*bus, "a", 5_000).await;
    let held = join_all((0..3).map(|_| bus.receive())).await;
    let backlog = bus.backlog().await.unwrap();
    let of_a = backlog.values().next().unwrap();
    assert_eq!((of_a.waiting, of_a.in_flight), (4_997, 3));
    drop(held);
}

pub(crate) async fn who_no_longer_waits_for_a_request_takes_none(ground: &dyn Ground) {
    let bus = ground.open().await;
    for _ in 0..3 {
        let mut gone = bus.receive();
        assert!(futures_util::poll!(&mut gone).is_pending());
        drop(gone);
    }
    submit(&*bus, "a", "1").await;
    let delivery = bus.receive().await.unwrap();
    assert_eq!((name(&delivery).as_str(), delivery.attempt), ("a/1", 1));
}

pub(crate) async fn many_who_receive_at_once_each_get_another_request(ground: &dyn Ground) {
    let bus = ground.open().await;
    for tenant in ["a", "b", "c", "d"] {
        submit_many(&*bus, tenant, 500).await;
    }
    let bus: &dyn Bus = &*bus;
    let work = (0..40).map(|_| async move {
        let mut seen = Vec::new();
        for _ in 0..50 {
            let (delivery, of) = receive(bus).await;
            assert_eq!(delivery.attempt, 1);
            seen.push(of);
            finish(delivery).await;
        }
        seen
    });
    let mut seen: Vec<_> = join_all(work).await.concat();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 2_000);
    nothing_is_left(bus).await;
}
