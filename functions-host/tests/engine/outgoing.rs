//! Components that reach others by HTTP, where they were granted that.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use functions_host::egress::{Client, ClientConfig, Policy, Reach};
use functions_host::engine::{Fault, HttpConfig, Limit, Outcome, Refusal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::bench::{Bench, binary, call, echo, fault, output};

const GET: &str = include_str!("outgoing/get.wat");

const DENIED: &str = "error 15";
const PROHIBITED: &str = "error 04";
const LIMITED: &str = "error 11";

/// A server that answers each request with these bytes, and counts them.
struct Server {
    authority: String,
    asked: Arc<AtomicUsize>,
    head: Arc<Mutex<String>>,
}

impl Server {
    async fn start(answer: &'static [u8], hangs_up: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let (asked, head) = (Arc::default(), Arc::default());
        let (count, seen) = (Arc::clone(&asked), Arc::clone(&head));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let count: Arc<AtomicUsize> = Arc::clone(&count);
                let seen: Arc<Mutex<String>> = Arc::clone(&seen);
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(stream.read_u8().await?);
                    }
                    *seen.lock().unwrap() = String::from_utf8_lossy(&head).to_ascii_lowercase();
                    count.fetch_add(1, Ordering::Relaxed);
                    stream.write_all(answer).await?;
                    if !hangs_up {
                        std::future::pending::<()>().await;
                    }
                    Ok::<_, std::io::Error>(())
                });
            }
        });
        Self {
            authority,
            asked,
            head,
        }
    }

    async fn saying_hello() -> Self {
        Self::start(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", true).await
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// An engine whose guests reach this machine, and nothing else that is not public.
fn bench(change: impl FnOnce(&mut HttpConfig)) -> Bench {
    let policy = Policy::new(
        Reach::Public,
        vec!["127.0.0.1".parse().unwrap()],
        Vec::new(),
    );
    let mut http = HttpConfig::new(Client::new(ClientConfig::new(policy)));
    change(&mut http);
    Bench::with(|config| config.http = Some(http))
}

/// Asks `authority` so many times, having been granted these hosts.
async fn ask(bench: &Bench, granted: &[&str], times: usize, authority: &str) -> Outcome {
    let module = bench.prepare(&binary(GET)).await.unwrap();
    let mut call = call("tenant", &format!("{times}{authority}"));
    call.http = granted.iter().map(|host| host.parse().unwrap()).collect();
    bench.engine.execute(&module, call).await.unwrap()
}

#[tokio::test]
async fn a_component_reaches_what_it_was_granted() {
    let (bench, server) = (bench(|_| {}), Server::saying_hello().await);
    for granted in [&["127.0.0.1"] as &[_], &["a.test", &server.authority]] {
        let outcome = ask(&bench, granted, 2, &server.authority).await;
        assert_eq!(output(&outcome), "hellohello");
    }
    assert_eq!(server.asked(), 4);
    let head = server.head.lock().unwrap().clone();
    assert!(head.starts_with("get / http/1.1\r\n"), "{head}");
    assert_eq!(
        head.matches(&format!("\r\nhost: {}\r\n", server.authority))
            .count(),
        1,
        "{head}"
    );
}

#[tokio::test]
async fn nothing_is_reached_without_a_grant() {
    let (bench, server) = (bench(|_| {}), Server::saying_hello().await);
    let other_port = server.authority.replace("127.0.0.1", "127.0.0.2");
    for granted in [
        &[] as &[_],
        &["a.test"],
        &["*.0.0.test"],
        &[&other_port],
        &["127.0.0.1:1"],
    ] {
        let outcome = ask(&bench, granted, 1, &server.authority).await;
        assert_eq!(output(&outcome), DENIED, "{granted:?}");
    }
    let closed = Bench::new();
    let outcome = ask(&closed, &["127.0.0.1"], 1, &server.authority).await;
    assert_eq!(output(&outcome), DENIED);
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn no_grant_leads_past_the_policy() {
    let bench = bench(|_| {});
    for host in [
        "169.254.169.254",
        "10.0.0.1",
        "127.0.0.2",
        "[::1]",
        "[fd00:ec2::254]",
    ] {
        let outcome = ask(&bench, &[host], 1, host).await;
        assert_eq!(output(&outcome), PROHIBITED, "{host}");
    }
    for (host, spelling) in [("127.0.0.2", "127.2"), ("169.254.169.254", "2852039166")] {
        let outcome = ask(&bench, &[host], 1, spelling).await;
        assert_eq!(output(&outcome), PROHIBITED, "{spelling}");
    }
}

#[tokio::test]
async fn a_name_in_front_of_the_host_is_no_way_round_a_grant() {
    let (bench, server) = (bench(|_| {}), Server::saying_hello().await);
    let authority = format!("127.0.0.1@{}", server.authority);
    let outcome = ask(&bench, &["127.0.0.1"], 1, &authority).await;
    assert!(output(&outcome).starts_with("error "), "{outcome:?}");
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn an_execution_makes_so_many_requests_and_no_more() {
    let bench = bench(|http| http.requests = 2);
    let server = Server::saying_hello().await;
    let outcome = ask(&bench, &["127.0.0.1"], 3, &server.authority).await;
    assert_eq!(output(&outcome), format!("hellohello{LIMITED}"));
    // The next one has as many again.
    let outcome = ask(&bench, &["127.0.0.1"], 1, &server.authority).await;
    assert_eq!(output(&outcome), "hello");
    assert_eq!(server.asked(), 3);
}

#[tokio::test]
async fn an_execution_receives_so_many_bytes_and_no_more() {
    let bench = bench(|http| http.bytes = 12);
    let server = Server::saying_hello().await;
    let outcome = ask(&bench, &["127.0.0.1"], 3, &server.authority).await;
    assert_eq!(output(&outcome), "hellohellobroken");
}

#[tokio::test]
async fn a_turn_comes_back_with_each_answer() {
    let bench = bench(|http| http.at_once = 1);
    let server = Server::saying_hello().await;
    let outcome = ask(&bench, &["127.0.0.1"], 3, &server.authority).await;
    assert_eq!(output(&outcome), "hellohellohello");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_told_from_a_whole_one() {
    let bench = bench(|_| {});
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello";
    let server = Server::start(short, true).await;
    let outcome = ask(&bench, &["127.0.0.1"], 1, &server.authority).await;
    assert_eq!(output(&outcome), "hellobroken");
    let server = Server::start(b"no HTTP\r\n\r\n", true).await;
    let outcome = ask(&bench, &["127.0.0.1"], 1, &server.authority).await;
    assert_eq!(output(&outcome), "error 35");
}

#[tokio::test]
async fn whoever_waits_for_an_answer_has_the_time_of_its_execution() {
    let bench = bench(|_| {});
    let server = Server::start(b"", false).await;
    let module = bench.prepare(&binary(GET)).await.unwrap();
    let mut call = call("tenant", &format!("1{}", server.authority));
    call.http = Arc::new(["127.0.0.1".parse().unwrap()]);
    call.limits.wall_clock = std::time::Duration::from_millis(100);
    let outcome = bench.engine.execute(&module, call).await.unwrap();
    assert_eq!(fault(&outcome), &Fault::Limit(Limit::WallClock));
    assert_eq!(output(&bench.run(&echo(), "well").await), "well");
}

#[tokio::test]
async fn a_module_that_wants_http_is_taken_only_with_a_grant() {
    let bench = bench(|_| {});
    let found = bench.engine.inspect(&binary(GET), "run").unwrap();
    let refusal = found.granted(&[]).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "imports `wasi:http/types@0.2.0`, which takes a grant: name the hosts that it may reach \
         in the grant `http` of the module"
    );
    assert!(matches!(refusal, Refusal::NotGranted { grant: "http", .. }));
    assert!(found.granted(&["a.test".parse().unwrap()]).is_ok());
    let echo = bench.engine.inspect(&binary(&echo()), "run").unwrap();
    assert!(echo.granted(&[]).is_ok());
}
