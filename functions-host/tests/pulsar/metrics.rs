//! What Prometheus is told of requests on a broker.

use crate::contract::COMPLETIONS;
use crate::ground::Ground;
use crate::listener::Listener;
use crate::request::Request;
use crate::sender::Sender;
use crate::server::Server;
use crate::soon::soon;

const MANY: usize = 5;

/// Waits until all of these lines are told at once.
async fn tells(host: &Server, lines: &[&str]) {
    soon(&lines.join(", "), async || {
        let answer = host.get("/metrics");
        assert_eq!(answer.status, 200, "{answer:?}");
        let text = answer.text();
        let told = |line: &&str| text.lines().any(|told| told == *line);
        lines.iter().all(told).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a Pulsar; run by cargo xtask test"]
async fn the_backlog_is_told_as_the_broker_counts_it_whichever_host_is_asked() {
    let ground = Ground::lent(&["a"]).await;
    let topic = ground.topic("a", COMPLETIONS);
    ground.admin.create_topic(&topic).await.unwrap();
    ground.admin.terminate_topic(&topic).await.unwrap();
    let rescan = ["--pulsar-rescan-seconds", "1"];
    let mut sender = Sender::to(&ground, "a").await;
    let (one, other) = (ground.host(&rescan), ground.host(&rescan));
    let requests = (0..MANY).map(|n| Request::new("a", "echo", n));
    sender.send_all(requests).await;
    sender.send_bytes(b"poison", ("trace", "1"), "1").await;
    // Nothing can be told there: all of them stay in somebody's hands.
    for host in [&one, &other] {
        let lines = [
            "functions_host_ready 1",
            "functions_host_topics{state=\"connected\"} 1",
            "functions_host_backlog_requests{tenant_id=\"a\"} 5",
            "functions_host_dead_letters{tenant_id=\"a\"} 1",
        ];
        tells(host, &lines).await;
    }
    ground.admin.delete_topic(&topic).await.unwrap();
    let mut listener = Listener::to(&ground, "a").await;
    listener.take(MANY).await;
    ground.done(&["a"]).await;
    for host in [&one, &other] {
        let lines = [
            "functions_host_backlog_requests{tenant_id=\"a\"} 0",
            "functions_host_dead_letters{tenant_id=\"a\"} 1",
        ];
        tells(host, &lines).await;
    }
    let succeeded = |host: &Server| {
        let answer = host.get("/metrics");
        let line = "functions_host_executions_total{trigger=\"event\",outcome=\"succeeded\"} ";
        let mut lines = answer.text().lines();
        let told = lines.find_map(|told| told.strip_prefix(line));
        told.map_or(0, |many| many.parse::<usize>().unwrap())
    };
    assert_eq!(succeeded(&one) + succeeded(&other), MANY);
}
