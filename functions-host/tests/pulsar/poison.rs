//! What nobody can read, among what everybody can.

use std::collections::BTreeSet;

use crate::contract::DEAD;
use crate::ground::Ground;
use crate::listener::Listener;
use crate::request::Request;
use crate::sender::Sender;
use crate::soon::soon;

/// A text that ends after its length.
const POISON: &[u8] = b"\x7f\xff\x00poison";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn what_nobody_can_read_is_kept_as_it_was_sent_and_holds_nothing_up() {
    let ground = Ground::lent(&["a"]).await;
    let mut listener = Listener::to(&ground, "a").await;
    let mut sender = Sender::to(&ground, "a").await;
    sender
        .send_all((0..10).map(|n| Request::new("a", "echo", n)))
        .await;
    sender.send_bytes(POISON, ("trace", "t-1"), "k-1").await;
    sender
        .send_all((10..20).map(|n| Request::new("a", "echo", n)))
        .await;
    let host = ground.host(&[]);
    let told = listener.take(20).await;
    ground.done(&["a"]).await;
    assert!(listener.rest().await.is_empty());
    let done: BTreeSet<usize> = told.iter().map(|it| it.asset_id.parse().unwrap()).collect();
    assert!(done.into_iter().eq(0..20));

    let letter = soon("the dead letter is listed", async || {
        let letters = host.get("/api/v1/dead-letters");
        (letters.header("x-total-count") == Some("1")).then(|| letters.json()[0].clone())
    })
    .await;
    let reason = letter["reason"].as_str().unwrap();
    assert!(
        reason.contains("the field `tenant_id` of the request"),
        "{letter}"
    );
    assert_eq!(letter["tenant_id"], "a");
    // By somebody who comes later as well, since it is kept for the hosts.
    let kept = Listener::named("somebody", &ground, "a", DEAD)
        .await
        .next_raw()
        .await;
    assert_eq!(kept.payload, POISON);
    assert_eq!(
        (kept.properties["trace"].as_str(), kept.key.as_deref()),
        ("t-1", Some("k-1"))
    );
    assert!(
        kept.properties.values().any(|value| value == reason),
        "{kept:?}"
    );

    let path = format!("/api/v1/dead-letters/{}", letter["id"].as_str().unwrap());
    let replayed = host.post(&format!("{path}/replay"), b"");
    assert!(replayed.status >= 400, "{replayed:?}");
    assert_eq!(host.get(&path).json(), letter);
}
