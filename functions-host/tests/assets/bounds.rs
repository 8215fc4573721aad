//! What all assets hold together.

use futures_util::FutureExt as _;

use crate::bench::{MOST, assets};
use crate::server::{Server, ok};

#[tokio::test]
async fn one_asset_waits_until_there_is_room_for_it() {
    let half = format!("data:,{}", "x".repeat(MOST / 2));
    let assets = assets(|_| {});
    let first = assets.fetch(&half).await.unwrap();
    let second = assets.fetch(&half).await.unwrap();
    let mut third = Box::pin(assets.fetch(&half));
    assert!((&mut third).now_or_never().is_none());
    drop(second);
    assert_eq!(third.await.unwrap(), first);
}

#[tokio::test]
async fn what_a_server_does_not_need_of_its_room_is_free_again() {
    let server = Server::saying("HTTP/1.1 200 OK\r\n\r\nhello").await;
    let assets = assets(|config| config.max_held_bytes = MOST + 5 * 1024);
    let mut all = Vec::new();
    // Each takes the room of the largest before it is known how large it is.
    for _ in 0..5 {
        all.push(assets.fetch(&server.url("/")).await.unwrap());
    }
    assert_eq!(all, ["hello"; 5]);
}

#[tokio::test]
async fn an_attempt_that_fails_gives_its_room_back() {
    let broken = "HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\nhello";
    let server = Server::saying_in_turn(&[broken, broken, &ok("hello")]).await;
    let assets = assets(|_| {});
    assert_eq!(assets.fetch(&server.url("/")).await.unwrap(), "hello");
    let most = format!("data:,{}", "x".repeat(MOST - 1024));
    assert_eq!(assets.fetch(&most).await.unwrap().len(), MOST - 1024);
}

#[tokio::test]
async fn whoever_waits_for_room_does_not_wait_for_ever() {
    let all = format!("data:,{}", "x".repeat(MOST));
    let assets = assets(|config| config.timeout = std::time::Duration::from_millis(100));
    let held = assets.fetch(&all).await.unwrap();
    let error = assets.fetch(&all).await.unwrap_err();
    assert_eq!(error.to_string(), "the asset was not there within 100ms");
    assert!(error.is_transient());
    drop(held);
    assert!(assets.fetch(&all).await.is_ok());
}
