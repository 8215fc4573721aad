//! Without a broker: what is wrong before one is asked, and what is there in its place.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::super::super::{PublishError, Publisher};
use super::super::RabbitMq;
use super::orders;

async fn failure(broker: RabbitMq) -> PublishError {
    let failure = broker.connect().await.unwrap_err();
    assert!(!failure.to_string().contains("correct horse"), "{failure}");
    failure
}

/// Somebody who hears the first bytes, says something and hangs up.
async fn somebody(says: &'static [u8]) -> RabbitMq {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut caller, _) = listener.accept().await.unwrap();
        caller.read_exact(&mut [0; 8]).await.unwrap();
        caller.write_all(says).await.unwrap();
        // What is unread when a socket is closed would cut off what was said.
        let _ = caller.shutdown().await;
        let _ = caller.read_to_end(&mut Vec::new()).await;
    });
    orders("127.0.0.1").port(port)
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_a_broker_that_is_away() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let failure = failure(orders("127.0.0.1").port(port)).await;
    assert!(!failure.is_refused());
    let text = failure.to_string();
    assert!(
        text.contains(&format!("127.0.0.1:{port} cannot be reached")),
        "{text}"
    );
    assert!(text.ends_with("; nothing listens there"), "{text}");
}

#[tokio::test]
async fn a_host_without_an_address_is_a_broker_that_is_away() {
    let failure = failure(orders("broker.invalid")).await;
    assert!(!failure.is_refused());
    assert!(failure.to_string().contains("broker.invalid"), "{failure}");
}

#[tokio::test]
async fn something_else_in_the_place_of_a_host_name_is_refused_at_once() {
    for (given, shown) in [
        ("", "\"\""),
        ("amqp://broker.example", "\"amqp://broker.example\""),
        (
            "orders:correct horse@broker.example",
            "\"…@broker.example\"",
        ),
        ("broker.example:5672", "\"broker.example:5672\""),
        ("broker.example/shop", "\"broker.example/shop\""),
        ("two words", "\"two words\""),
        ("line\nbreak", "\"line\\nbreak\""),
    ] {
        let failure = failure(orders(given)).await;
        assert!(failure.is_refused(), "{failure}");
        assert!(failure.to_string().starts_with(shown), "{failure}");
    }
}

#[tokio::test]
async fn a_name_that_amqp_has_no_room_for_is_refused_and_not_cut_short() {
    let long = "ü".repeat(128);
    for (broker, what) in [
        (orders("localhost").vhost(&long), "virtual host"),
        (orders("localhost").exchange(&long), "exchange"),
    ] {
        let failure = failure(broker).await;
        assert!(failure.is_refused());
        let text = failure.to_string();
        assert!(
            text.starts_with(&format!("the {what} has 256 bytes, and AMQP allows 255")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn whoever_does_not_speak_amqp_is_no_broker() {
    let failure = failure(somebody(b"HTTP/1.1 400 Bad Request\r\n\r\n").await).await;
    assert!(failure.is_refused(), "{failure}");
    assert!(
        failure.to_string().contains("does not speak AMQP 0-9-1"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_broker_of_another_version_is_no_broker() {
    let failure = failure(somebody(b"AMQP\x00\x01\x00\x00").await).await;
    assert!(failure.is_refused(), "{failure}");
    assert!(
        failure.to_string().contains("does not speak AMQP 0-9-1"),
        "{failure}"
    );
}

#[tokio::test]
async fn whoever_hangs_up_without_a_word_may_do_better_the_next_time() {
    let failure = failure(somebody(b"").await).await;
    assert!(!failure.is_refused(), "{failure}");
    assert!(failure.to_string().contains("turn TLS on"), "{failure}");
}

#[tokio::test]
async fn an_attempt_has_an_end_and_says_how_far_it_came() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let broker = orders("127.0.0.1")
        .port(port)
        .connection_timeout(Duration::from_millis(50));
    let failure = failure(broker).await;
    assert!(!failure.is_refused());
    assert_eq!(
        failure.to_string(),
        format!(
            "no connection to the broker at 127.0.0.1:{port} within 50ms: the login did not come \
             to an end"
        )
    );
}

#[cfg(not(feature = "rabbitmq-tls"))]
#[tokio::test]
async fn without_the_feature_for_it_tls_is_refused_and_not_left_out() {
    let failure = failure(orders("localhost").tls(true)).await;
    assert!(failure.is_refused());
    assert!(failure.to_string().contains("`rabbitmq-tls`"), "{failure}");
}

#[cfg(feature = "rabbitmq-tls")]
mod tls {
    use super::*;

    #[tokio::test]
    async fn a_ca_file_has_to_be_there_and_to_hold_a_certificate() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let missing = concat!(env!("CARGO_MANIFEST_DIR"), "/no such file");
        let broken = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/events/rabbitmq/tests/broken.pem"
        );
        for (path, why) in [
            (here, "there is no certificate in it"),
            (missing, "No such file"),
            (broken, "Could not load any valid certificates"),
        ] {
            let failure = failure(orders("localhost").tls(true).ca_file(path)).await;
            assert!(failure.is_refused());
            let text = failure.to_string();
            assert!(text.contains(path) && text.contains(why), "{text}");
        }
    }

    #[tokio::test]
    async fn a_port_without_tls_is_refused_where_tls_is_asked_for() {
        let failure = failure(somebody(b"AMQP\x00\x00\x09\x01").await.tls(true)).await;
        assert!(failure.is_refused(), "{failure}");
        assert!(failure.to_string().contains("there is no TLS"), "{failure}");
    }

    #[tokio::test]
    async fn whoever_hangs_up_in_the_handshake_may_do_better_the_next_time() {
        let failure = failure(somebody(b"").await.tls(true)).await;
        assert!(!failure.is_refused(), "{failure}");
        assert!(failure.to_string().contains("broke off"), "{failure}");
    }
}
