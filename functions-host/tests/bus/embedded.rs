//! The bus in a database, put through what a bus promises.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use functions_host::bus::{Bus, Clock, Embedded, EmbeddedConfig};
use functions_host::database::Database;
use futures_util::future::{BoxFuture, FutureExt as _};
use tempfile::TempDir;

use crate::ground::{BACKLOG, Ground, IN_FLIGHT, OF_ONE, request};
use crate::promises;

struct Folder {
    folder: TempDir,
    time: Arc<AtomicI64>,
}

impl Folder {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            time: Arc::new(AtomicI64::new(1_000_000)),
        }
    }

    fn config(&self) -> EmbeddedConfig {
        let mut config = EmbeddedConfig::default();
        config.max_backlog = BACKLOG;
        config.max_backlog_per_tenant = OF_ONE;
        config.in_flight_per_tenant = IN_FLIGHT;
        config.clock = Clock::by_hand(Arc::clone(&self.time));
        config
    }

    async fn database(&self) -> Database {
        let file = self.folder.path().join("events.db");
        Database::open(&file).await.unwrap()
    }
}

impl Ground for Folder {
    fn open(&self) -> BoxFuture<'_, Box<dyn Bus>> {
        async {
            let bus = Embedded::open(self.database().await, self.config()).await;
            Box::new(bus.unwrap()) as Box<dyn Bus>
        }
        .boxed()
    }

    fn advance(&self, time: Duration) {
        let time = i64::try_from(time.as_millis()).unwrap();
        self.time.fetch_add(time, Ordering::SeqCst);
    }
}

macro_rules! keeps {
    ($($promise:ident)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                promises::$promise(&Folder::new()).await;
            }
        )*
    };
}

keeps! {
    what_was_submitted_is_delivered_as_it_was
    the_oldest_of_a_tenant_comes_first
    what_is_finished_never_comes_again
    what_is_dropped_without_a_word_comes_again
    what_a_host_held_when_it_was_killed_comes_again_and_is_counted
    an_id_that_waits_already_is_not_taken_twice
    a_retried_request_comes_after_a_delay_that_grows_and_outlives_the_host
    what_is_given_up_is_listed_and_can_be_replayed_or_discarded
    a_full_backlog_takes_no_more_until_there_is_room
    ten_thousand_of_one_tenant_do_not_delay_ten_of_another
    a_tenant_who_has_its_share_in_hand_waits_and_others_do_not
    no_more_leaves_the_queue_than_is_asked_for
    who_no_longer_waits_for_a_request_takes_none
    many_who_receive_at_once_each_get_another_request
}

#[tokio::test]
async fn requests_are_bounded_by_their_bytes_too() {
    let ground = Folder::new();
    let mut config = ground.config();
    config.max_bytes = 25_000;
    config.max_bytes_per_tenant = 15_000;
    let bus = Embedded::open(ground.database().await, config)
        .await
        .unwrap();
    let large = |tenant, id| {
        let mut large = request(tenant, id);
        large.asset_uri = "x".repeat(10_000);
        bus.submit(large)
    };
    large("a", "1").await.unwrap();
    assert!(
        large("a", "2")
            .await
            .unwrap_err()
            .to_string()
            .contains("of this tenant")
    );
    large("b", "1").await.unwrap();
    let full = large("c", "1").await.unwrap_err().to_string();
    assert!(full.starts_with("2 requests wait already"), "{full}");
}

#[tokio::test]
async fn of_too_many_dead_letters_the_newest_are_kept() {
    let ground = Folder::new();
    let mut config = ground.config();
    config.max_dead_letters = 2;
    let bus = Embedded::open(ground.database().await, config)
        .await
        .unwrap();
    for id in ["1", "2", "3"] {
        bus.submit(request("a", id)).await.unwrap();
        let delivery = bus.receive().await.unwrap();
        let completion = crate::ground::completion(&delivery.request);
        delivery
            .dead_letter("worn out".to_owned(), completion)
            .await
            .unwrap();
    }
    let wanted = functions_host::bus::DeadListing {
        limit: 9,
        ..Default::default()
    };
    let kept = bus.dead_letters(&wanted).await.unwrap();
    let kept: Vec<_> = kept
        .letters
        .iter()
        .map(|letter| letter.request.id.as_str())
        .collect();
    assert_eq!(kept, ["3", "2"]);
}
