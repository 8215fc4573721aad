//! Attempts that are given up: whatever stage they have come to, nothing of them stays.

use std::fs;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::super::super::Publisher;
use super::super::RabbitMq;
use super::orders;

const ATTEMPTS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// The threads of the library.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.trim() == "lapin-io-loop").count()
}

/// The sockets of this process that lead to `port` and that somebody holds.
fn sockets(port: u16) -> usize {
    let table = fs::read_to_string("/proc/self/net/tcp").unwrap();
    let to_port = format!("0100007F:{port:04X}");
    let rows = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.get(2) == Some(&&*to_port) && row.get(9) != Some(&"0"))
        .count()
}

/// Accepts everybody and answers with `says`, and with nothing after it.
async fn black_hole(says: &'static [u8]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut callers = JoinSet::new();
        while let Ok((caller, _)) = listener.accept().await {
            callers.spawn(swallow(caller, says));
        }
    });
    port
}

async fn swallow(mut caller: TcpStream, says: &'static [u8]) {
    let mut heard = [0; 8];
    let _ = caller.read_exact(&mut heard).await;
    let _ = caller.write_all(says).await;
    while caller.read(&mut heard).await.is_ok_and(|bytes| bytes > 0) {}
}

/// Other tests have threads as well, and all of them end.
async fn nothing_stays(port: u16) {
    let begun = Instant::now();
    while threads() > 0 || sockets(port) > 0 {
        assert!(
            begun.elapsed() < PATIENCE,
            "{} threads and {} sockets stay",
            threads(),
            sockets(port)
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until there is something that could stay.
async fn something_is_there(port: u16, has_threads: bool) {
    let begun = Instant::now();
    while sockets(port) < ATTEMPTS || (has_threads && threads() < ATTEMPTS) {
        assert!(begun.elapsed() < PATIENCE, "{} sockets", sockets(port));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn gives_up(broker: RabbitMq, port: u16, has_threads: bool) {
    let patient = broker.clone().connection_timeout(Duration::from_secs(600));
    let mut attempts = JoinSet::new();
    for _ in 0..ATTEMPTS {
        let broker = patient.clone();
        attempts.spawn(async move { broker.connect().await.is_ok() });
    }
    something_is_there(port, has_threads).await;
    attempts.shutdown().await;
    nothing_stays(port).await;

    let hasty = broker.connection_timeout(Duration::from_millis(100));
    let mut attempts = JoinSet::new();
    for _ in 0..ATTEMPTS {
        let broker = hasty.clone();
        attempts.spawn(async move { broker.connect().await.is_ok() });
    }
    assert_eq!(attempts.join_all().await, [false; ATTEMPTS]);
    nothing_stays(port).await;
}

#[tokio::test]
async fn nothing_stays_of_attempts_that_were_never_answered() {
    let port = black_hole(b"").await;
    gives_up(orders("127.0.0.1").port(port), port, true).await;
}

#[tokio::test]
async fn nothing_stays_of_attempts_that_were_left_alone_in_the_middle_of_a_login() {
    let port = black_hole(CONNECTION_START).await;
    gives_up(orders("127.0.0.1").port(port), port, true).await;
}

#[cfg(feature = "rabbitmq-tls")]
#[tokio::test]
async fn nothing_stays_of_attempts_whose_handshake_was_never_answered() {
    let port = black_hole(b"").await;
    gives_up(
        orders("127.0.0.1").port(port).tls(true).ca_file(CA_FILE),
        port,
        false,
    )
    .await;
}

#[cfg(feature = "rabbitmq-tls")]
const CA_FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/events/rabbitmq/tests/ca.pem"
);

/// A frame with the method connection.start: version 0-9, no properties, the mechanism
/// PLAIN, the locale en_US.
const CONNECTION_START: &[u8] =
    b"\x01\x00\x00\x00\x00\x00\x1c\x00\x0a\x00\x0a\x00\x09\x00\x00\x00\x00\x00\x00\x00\x05PLAIN\x00\x00\x00\x05en_US\xce";
