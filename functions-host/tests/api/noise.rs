//! What a host says in its log.

use crate::server::Server;
use crate::wasm::environment;

#[test]
fn a_guest_has_no_say_in_the_log_of_its_host() {
    let server = Server::with(&["--log-level", "DEBUG"]);
    assert_eq!(server.upload("env", &environment()).status, 201);
    assert_eq!(server.invoke("env", b"").status, 200);
    let log = server.end();
    assert!(log.contains("A module was added"), "{log}");
    assert!(
        !log.contains("sock_accept") && !log.contains("wasmtime_wasi"),
        "{log}"
    );
}

#[test]
fn a_variable_that_is_no_setting_is_told_of_with_the_one_that_was_meant() {
    let variables = [
        ("FUNCTIONS_HOST_LIMIT_MEMROY_BYTES", "hush"),
        ("FUNCTIONS_HOST_MAX_WAIT", "5"),
        ("OTHER_VARIABLE", "hush"),
    ];
    let log = Server::told(&[], &variables).end();
    assert_eq!(log.matches("is no setting").count(), 1, "{log}");
    let told = "FUNCTIONS_HOST_LIMIT_MEMROY_BYTES is no setting; \
                did you mean FUNCTIONS_HOST_LIMIT_MEMORY_BYTES?";
    assert!(log.contains(told) && log.contains("WARN"), "{log}");
    assert!(!log.contains("hush"), "{log}");
}

#[test]
fn the_first_line_has_a_url_that_can_be_opened() {
    let server = Server::with(&["--bind", "0.0.0.0"]);
    let port = server.address.port();
    assert!(server.address.ip().is_unspecified());
    let log = server.end();
    assert!(
        log.contains(&format!("\"url\":\"http://127.0.0.1:{port}\"")),
        "{log}"
    );
}
