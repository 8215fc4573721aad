//! The end of a host.

use std::thread;
use std::time::Duration;

use crate::server::Server;
use crate::wasm::pointer;

#[test]
fn what_runs_is_finished_before_the_host_ends() {
    let mut server = Server::with(&["--limit-wall-clock", "1"]);
    assert_eq!(
        server
            .upload("spin", &pointer("(loop (br 0)) unreachable"))
            .status,
        201
    );
    let status = thread::scope(|scope| {
        let running = scope.spawn(|| server.invoke("spin", b"").status);
        while server.get("/ready").json()["requests"] != 2 {
            thread::sleep(Duration::from_millis(5));
        }
        server.terminate();
        running.join().unwrap()
    });
    assert_eq!(status, 504);
    assert!(server.wait().success());
}

#[test]
fn a_host_that_has_nothing_to_do_ends_at_once() {
    let mut server = Server::start();
    server.terminate();
    assert!(server.wait().success());
}
