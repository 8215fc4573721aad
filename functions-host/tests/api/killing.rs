//! A host that is killed at random under load, again and again.
//!
//! Callers of several tenants ask for executions as fast as they can, and repeat a request
//! whose answer was lost, as callers do. After all kills every request that was accepted
//! has ended, and each has ended once.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use crate::http::{Event, Events, try_send};
use crate::server::{EXECUTIONS, Server};
use crate::wasm::{echo, pointer, slow};

const KILLS: usize = 20;

/// One caller each.
const TENANTS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

const MODULES: [&str; 3] = ["echo", "slow", "trap"];

/// Somebody who asks for one execution after the other.
struct Caller {
    tenant: &'static str,
    /// Which is the next one, for the first time or again.
    next: usize,
    /// The ids of the executions that were accepted, and what is to become of each.
    accepted: HashMap<String, usize>,
}

impl Caller {
    fn new(tenant: &'static str) -> Self {
        Self {
            tenant,
            next: 0,
            accepted: HashMap::new(),
        }
    }

    /// Asks until the host is gone.
    fn ask(&mut self, address: SocketAddr, accepted: &AtomicUsize) {
        loop {
            let n = self.next;
            let body = json!({
                "wasm_module_id": MODULES[n % MODULES.len()],
                "input": {"n": n.to_string()},
                "request_id": n.to_string(),
            });
            let headers = [("x-tid", self.tenant)];
            let Some(answer) = try_send(address, EXECUTIONS, &headers, body.to_string().as_bytes())
            else {
                return;
            };
            // 200 where the answer before it was lost on its way.
            assert!(matches!(answer.status, 200 | 202), "{answer:?}");
            let id = answer.json()["id"].as_str().unwrap().to_owned();
            let before = self.accepted.insert(id, n);
            assert_eq!(before, None, "two requests are one execution");
            self.next += 1;
            accepted.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[test]
fn every_execution_that_was_accepted_ends_exactly_once() {
    let flags = ["--trust-gateway", "--max-attempts", "1000"];
    let mut server = Server::with(&flags);
    for (id, module) in MODULES
        .iter()
        .zip([echo(), slow(3_000_000), pointer("unreachable")])
    {
        assert_eq!(server.upload(id, &module).status, 201);
    }
    let mut callers = TENANTS.map(Caller::new);
    for _ in 0..KILLS {
        let accepted = AtomicUsize::new(0);
        let enough = fastrand::usize(1..100);
        let address = server.address;
        thread::scope(|scope| {
            let asking: Vec<_> = callers
                .iter_mut()
                .map(|caller| {
                    let accepted = &accepted;
                    scope.spawn(move || caller.ask(address, accepted))
                })
                .collect();
            while accepted.load(Ordering::SeqCst) < enough {
                assert!(
                    !asking.iter().all(|caller| caller.is_finished()),
                    "the host is gone"
                );
                thread::yield_now();
            }
            server.kill();
        });
        server = server.restarted_with(&flags);
    }
    let total: usize = callers.iter().map(|caller| caller.accepted.len()).sum();
    assert!(total >= KILLS);
    let (mut again, mut numbers) = (0, Vec::new());

    for caller in callers {
        let status = || server.get_as(caller.tenant, "/api/v1/status").json();
        loop {
            let backlog = &status()["backlog"];
            assert_eq!(backlog["dead"], 0);
            if backlog["waiting"] == 0 && backlog["in_flight"] == 0 {
                break;
            }
            thread::yield_now();
        }
        // One that nobody knows of may be there: its answer was lost, and nobody asked again.
        let listed = server.get_as(caller.tenant, &format!("{EXECUTIONS}?limit=1"));
        let all: usize = listed.header("x-total-count").unwrap().parse().unwrap();
        assert!((caller.accepted.len()..=caller.accepted.len() + 1).contains(&all));

        let headers = [("x-tid", caller.tenant), ("last-event-id", "0")];
        let stream = format!("{EXECUTIONS}/stream");
        let mut events = Events::follow(server.address, &stream, &headers);
        let mut ended = HashMap::new();
        for _ in 0..all {
            let Event { id, data: event } = events.next().unwrap();
            numbers.push(id);
            let id = event["execution_id"].as_str().unwrap().to_owned();
            let before = ended.insert(id, event);
            assert!(before.is_none(), "it ended twice: {before:?}");
        }
        let newest = server.get_as(caller.tenant, &format!("{EXECUTIONS}?limit=1000"));
        for execution in newest.json().as_array().unwrap() {
            assert!(
                matches!(execution["status"].as_str(), Some("succeeded" | "failed")),
                "{execution}"
            );
            again += usize::from(execution["attempts"] != 1);
        }
        for (id, n) in &caller.accepted {
            let event = &ended[id];
            match MODULES[n % MODULES.len()] {
                "trap" => assert_eq!(event["status"], "FAILURE"),
                _ => assert_eq!(event["results"], json!({"n": n.to_string()}), "{event}"),
            }
        }
    }
    // An end that is written over takes another number, and leaves a gap.
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as i64));
    assert!(again > 0, "no kill has hit anything");
}
