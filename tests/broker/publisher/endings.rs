//! What stays of a session: nothing.

use std::time::Duration;

use functions_core::events::{Receipt, Session};
use functions_tests::Broker;
use functions_tests::broker::Consumer;

use super::{PATIENCE, connect, of, publish, publisher, refusal};

#[tokio::test]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_session_that_is_closed_or_dropped_can_be_had_again() {
    let mut broker = Broker::shared().await;
    let exchange = broker.name("exchange");
    let _consumer = Consumer::bound(broker.access(), &exchange, "#").await;
    let publisher = publisher(broker.access(), &exchange);
    for round in 0..4 {
        let session = connect(&publisher).await;
        assert_eq!(publish(&session, "key").await.unwrap(), Receipt::Delivered);
        if round % 2 == 0 {
            session.close().await;
        }
    }
}

#[cfg(target_os = "linux")]
mod leftovers {
    use std::fs;
    use std::time::Instant;

    use super::*;

    /// Threads of the library, and sockets of this process that lead to a port.
    fn there(port: u16) -> (usize, usize) {
        let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
        let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
        let threads = names.filter(|name| name.trim() == "lapin-io-loop").count();
        let table = fs::read_to_string("/proc/self/net/tcp").unwrap();
        let to_port = format!("0100007F:{port:04X}");
        let rows = table
            .lines()
            .map(|row| row.split_whitespace().collect::<Vec<_>>());
        // One that nobody holds any more has no inode.
        let sockets = rows.filter(|row| row.get(2) == Some(&&*to_port) && row[9] != "0");
        (threads, sockets.count())
    }

    async fn nothing_is_there(port: u16) {
        let begun = Instant::now();
        while there(port) != (0, 0) {
            let (threads, sockets) = there(port);
            assert!(
                begun.elapsed() < PATIENCE,
                "{threads} threads and {sockets} sockets stay"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    #[ignore = "needs RabbitMQ: cargo xtask test"]
    async fn neither_a_thread_nor_a_socket_stays_of_a_session_that_has_ended_either_way() {
        let mut broker = Broker::shared().await;
        let exchange = broker.name("exchange");
        let port = broker.node().access().port;
        let publisher = publisher(broker.access(), &exchange);
        // The test before this one may still be at its goodbyes.
        nothing_is_there(port).await;
        for is_closed in [true, false] {
            let mut sessions = Vec::new();
            for _ in 0..5 {
                let session = connect(&publisher).await;
                publish(&session, "key").await.unwrap();
                sessions.push(session);
            }
            assert_eq!(there(port), (5, 5));
            for session in sessions {
                if is_closed {
                    session.close().await;
                }
            }
            nothing_is_there(port).await;
        }
    }

    #[tokio::test]
    #[ignore = "needs RabbitMQ: cargo xtask test"]
    async fn neither_stays_of_attempts_that_were_refused() {
        let mut broker = Broker::shared().await;
        let exchange = broker.name("exchange");
        let access = broker.node().access().clone();
        nothing_is_there(access.port).await;
        for _ in 0..5 {
            let stranger = of(&access, "nobody", "nothing");
            refusal(&stranger).await;
            let vhost = publisher(&access, &exchange).vhost("nowhere");
            refusal(&vhost).await;
            let exchange = publisher(&access, "amq.fanout");
            refusal(&exchange).await;
        }
        nothing_is_there(access.port).await;
    }
}
