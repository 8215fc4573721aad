//! Bodies that are not what they should be.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::bench::{MOST, assets, trouble};
use crate::server::{Server, ok};

const TOO_BIG: &str = "the asset is larger than 100000 bytes, which is the most";

#[tokio::test]
async fn the_largest_asset_is_taken_and_one_byte_more_is_not() {
    let whole = "x".repeat(MOST);
    let server = Server::saying(ok(&whole)).await;
    assert_eq!(
        assets(|_| {}).fetch(&server.url("/")).await.unwrap().len(),
        MOST
    );
    let server = Server::saying(ok(&format!("{whole}x"))).await;
    assert_eq!(
        trouble(&assets(|_| {}), &server.url("/")).await,
        (TOO_BIG.to_owned(), false)
    );
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let server = Server::start(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        loop {
            stream.write_all(&[7; 1000]).await?;
        }
    })
    .await;
    assert_eq!(
        trouble(&assets(|_| {}), &server.url("/")).await,
        (TOO_BIG.to_owned(), false)
    );
    assert_eq!(server.heads().len(), 1);
}

#[tokio::test]
async fn a_length_that_is_too_large_is_refused_before_anything_comes() {
    for length in ["100001", "18446744073709551615"] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
        let server = Server::start(move |_, mut stream| {
            let head = head.clone();
            async move {
                stream.write_all(head.as_bytes()).await?;
                std::future::pending().await
            }
        })
        .await;
        let (said, _) = trouble(&assets(|_| {}), &server.url("/")).await;
        assert!(
            said == TOO_BIG || said.contains("is no HTTP"),
            "{length}: {said}"
        );
    }
}

#[tokio::test]
async fn a_server_that_sends_less_than_it_said_is_not_believed() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 50000\r\n\r\nhello").await;
    let (said, is_transient) = trouble(&assets(|_| {}), &server.url("/")).await;
    assert!(said.ends_with("broke off in the middle of it"), "{said}");
    assert!(is_transient);
    assert_eq!(server.heads().len(), 3);
    let server =
        Server::saying("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n").await;
    let (said, is_transient) = trouble(&assets(|_| {}), &server.url("/")).await;
    assert!(is_transient, "{said}");
}

#[tokio::test]
async fn what_a_server_sends_behind_the_length_that_it_said_is_not_of_the_asset() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello and more").await;
    assert_eq!(
        assets(|_| {}).fetch(&server.url("/")).await.unwrap(),
        "hello"
    );
}

#[tokio::test]
async fn two_lengths_are_no_answer() {
    let twice = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello";
    let server = Server::saying(twice).await;
    let (said, _) = trouble(&assets(|_| {}), &server.url("/")).await;
    assert!(said.contains("is no HTTP"), "{said}");
}

/// A file of zeros, a thousand times as large as what it is packed into.
#[tokio::test]
async fn what_is_packed_stays_packed() {
    let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03not unpacked";
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    )
    .into_bytes();
    answer.extend_from_slice(packed);
    let server = Server::saying(answer).await;
    assert_eq!(
        assets(|_| {}).fetch(&server.url("/")).await.unwrap(),
        packed.as_slice()
    );
}

#[tokio::test]
async fn a_drip_is_not_waited_for() {
    let server = Server::start(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        loop {
            stream.write_all(b"x").await?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let assets = assets(|config| config.timeout = Duration::from_millis(200));
    let (said, is_transient) = trouble(&assets, &server.url("/")).await;
    assert_eq!(said, "the asset was not there within 200ms");
    assert!(is_transient);
}

#[tokio::test]
async fn a_head_that_drips_is_not_waited_for_either() {
    let server = Server::start(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
        loop {
            stream.write_all(b"a: b\r\n").await?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let assets = assets(|config| config.timeout = Duration::from_millis(200));
    let (said, _) = trouble(&assets, &server.url("/")).await;
    assert_eq!(said, "the asset was not there within 200ms");
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let server = Server::start(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
        loop {
            stream.write_all(&[b'a'; 1000]).await?;
        }
    })
    .await;
    let (said, _) = trouble(&assets(|_| {}), &server.url("/")).await;
    assert!(said.contains("is no HTTP"), "{said}");
}

#[tokio::test]
async fn silence_is_given_up() {
    for head in ["", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel"] {
        let server = Server::start(move |_, mut stream| async move {
            stream.write_all(head.as_bytes()).await?;
            std::future::pending().await
        })
        .await;
        let assets = assets(|config| {
            config.idle_timeout = Duration::from_millis(50);
            config.attempts = 2;
        });
        let (said, is_transient) = trouble(&assets, &server.url("/")).await;
        assert_eq!(said, format!("{} was silent for 50ms", server.url("")));
        assert!(is_transient);
        assert_eq!(server.heads().len(), 2);
    }
}
