//! What an upload may not do.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::super::UploadError;
use super::{Ground, Modules, ModulesConfig, assert_consistent, stream_of};

super::on_all! {
    an_upload_of_a_byte_too_many_is_refused_and_leaves_nothing
    an_upload_that_breaks_off_leaves_nothing
    an_upload_that_never_ends_is_given_up_at_its_time
    an_upload_does_not_fill_the_disk
    an_upload_waits_for_its_turn
}

async fn an_upload_of_a_byte_too_many_is_refused_and_leaves_nothing(ground: &Ground) {
    let config = ModulesConfig {
        max_bytes: 4,
        ..ground.config()
    };
    let modules = Modules::open(config).await.unwrap();
    assert_eq!(modules.receive(stream_of(b"1234")).await.unwrap().size(), 4);
    let refused = modules.receive(stream_of(b"12345")).await;
    assert!(matches!(refused, Err(UploadError::TooLarge(4))));
    assert_consistent(ground, &modules).await;
}

async fn an_upload_that_breaks_off_leaves_nothing(ground: &Ground) {
    let modules = ground.open().await;
    let pieces = [
        Ok(Bytes::from_static(b"some")),
        Err(io::Error::other("gone")),
    ];
    let refused = modules.receive(stream::iter(pieces)).await;
    assert!(matches!(refused, Err(UploadError::Broken(_))));
    assert_consistent(ground, &modules).await;
}

async fn an_upload_that_never_ends_is_given_up_at_its_time(ground: &Ground) {
    let config = ModulesConfig {
        timeout: Duration::from_millis(50),
        ..ground.config()
    };
    let modules = Modules::open(config).await.unwrap();
    let endless = stream_of(b"some").chain(stream::pending::<Result<Bytes, Infallible>>());
    let refused = modules.receive(endless).await;
    assert!(matches!(refused, Err(UploadError::TimedOut(_))));
    assert_consistent(ground, &modules).await;
}

async fn an_upload_does_not_fill_the_disk(ground: &Ground) {
    let config = ModulesConfig {
        reserve: u64::MAX,
        ..ground.config()
    };
    let modules = Modules::open(config).await.unwrap();
    let refused = modules.receive(stream_of(b"some")).await;
    assert!(matches!(
        refused,
        Err(UploadError::DiskFull {
            reserve: u64::MAX,
            ..
        })
    ));
    assert_consistent(ground, &modules).await;
}

async fn an_upload_waits_for_its_turn(ground: &Ground) {
    let config = ModulesConfig {
        at_once: 1,
        ..ground.config()
    };
    let modules = Modules::open(config).await.unwrap();
    let first = modules.receive(stream_of(b"1")).await.unwrap();
    let second = modules.receive(stream_of(b"2"));
    tokio::pin!(second);
    assert!(futures_util::poll!(&mut second).is_pending());
    drop(first);
    assert_eq!(second.await.unwrap().size(), 1);
}
