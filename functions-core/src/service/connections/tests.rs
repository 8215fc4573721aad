use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::{ConnectionLimits, Connections};

const PATIENCE: Duration = Duration::from_secs(30);

const LARGE: usize = 32 * 1024 * 1024;

/// Callers who have connected, in this order, and what serves them.
struct Setup {
    connections: Connections,
    listener: TcpListener,
    answers: Router,
    callers: Vec<TcpStream>,
}

impl Setup {
    async fn of(callers: usize) -> Self {
        let connections = Connections::new(ConnectionLimits {
            max_connections: 2,
            max_header_bytes: 8192,
            idle_timeout: Duration::from_secs(2),
        });
        let answers = Router::new()
            .route("/", get(async || "here"))
            .route("/large", get(async || vec![b'x'; LARGE]));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut setup = Self {
            connections,
            listener,
            answers,
            callers: Vec::new(),
        };
        for _ in 0..callers {
            setup
                .callers
                .push(TcpStream::connect(address).await.unwrap());
        }
        setup
    }

    /// Lets them in and takes the first one.
    fn let_in(mut self) -> (Connections, TcpStream) {
        let workers = Handle::current();
        let closed = self
            .connections
            .close(self.listener, &self.answers, &workers);
        closed.unwrap();
        (self.connections, self.callers.remove(0))
    }
}

async fn ask(caller: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    caller.write_all(request.as_bytes()).await.unwrap();
}

async fn read_all(caller: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    caller.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn who_has_connected_before_the_listener_closes_is_answered() {
    let mut setup = Setup::of(1).await;
    ask(&mut setup.callers[0], "/").await;
    let (connections, mut caller) = setup.let_in();
    connections.drain(async {}).await;
    let answer = read_all(&mut caller).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert!(answer.ends_with("here"), "{answer}");
}

#[tokio::test]
async fn a_request_that_is_sent_on_a_kept_connection_as_the_drain_begins_is_answered() {
    let (connections, mut caller) = Setup::of(1).await.let_in();
    ask(&mut caller, "/").await;
    caller.read_exact(&mut [0; 15]).await.unwrap();
    let _ = caller.read(&mut [0; 1024]).await.unwrap();
    ask(&mut caller, "/").await;
    connections.drain(async {}).await;
    let answer = read_all(&mut caller).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn there_is_no_room_for_more_than_the_places_when_the_listener_closes() {
    let mut setup = Setup::of(3).await;
    let mut last = setup.callers.pop().unwrap();
    let (_connections, _others) = setup.let_in();
    assert!(matches!(last.read(&mut [0]).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn an_answer_that_is_read_slowly_is_sent_to_its_end() {
    let (connections, mut caller) = Setup::of(1).await.let_in();
    ask(&mut caller, "/large").await;
    caller.read_exact(&mut [0; 15]).await.unwrap();
    let drained = tokio::spawn(async move { connections.drain(async {}).await });
    // Longer than a drain waits for one that is not sending.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(!drained.is_finished());
    assert_eq!(read_all(&mut caller).await.matches('x').count(), LARGE);
    drained.await.unwrap();
}

#[tokio::test]
async fn a_caller_who_stops_reading_does_not_hold_up_a_drain() {
    let (connections, mut caller) = Setup::of(1).await.let_in();
    ask(&mut caller, "/large").await;
    caller.read_exact(&mut [0; 15]).await.unwrap();
    let drained = timeout(PATIENCE, connections.drain(async {})).await;
    assert!(drained.is_ok());
}

#[tokio::test]
async fn connections_end_with_the_one_who_holds_them() {
    let (connections, mut caller) = Setup::of(1).await.let_in();
    ask(&mut caller, "/").await;
    caller.read_exact(&mut [0; 15]).await.unwrap();
    drop(connections);
    // It is broken off rather than ended, which is an error to some systems.
    let mut rest = Vec::new();
    let closed = timeout(PATIENCE, caller.read_to_end(&mut rest)).await;
    assert!(closed.is_ok());
}
