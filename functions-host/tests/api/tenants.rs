//! Tenants: what each may take, and that they leave it to each other.

use crate::server::{MODULES, Server, command};
use crate::spinner::Spinner;
use crate::wasm::{echo, spin};

const GATEWAY: &[&str] = &["--trust-gateway"];

#[test]
fn a_tenant_has_the_limits_of_the_file_and_others_have_those_of_all() {
    let tenants = "
        [default]
        memory_bytes = 65536
        cpu_time_seconds = 0.05

        [tenant.acme]
        memory_bytes = 2147483648
        fuel = 1000
    ";
    let server = Server::with_tenants(tenants, GATEWAY);
    // Two pages: a gibibyte is what an engine has room for where nobody says more.
    assert_eq!(server.upload("echo", &echo()).status, 201);
    assert_eq!(server.upload("spin", &spin()).status, 201);
    let other = server.invoke_as("other", "echo", b"hi");
    assert_eq!(
        (other.status, other.header("x-fault")),
        (502, Some("memory"))
    );
    assert_eq!(server.invoke_as("acme", "echo", b"hi").text(), "hi");
    let acme = server.invoke_as("acme", "spin", b"");
    assert_eq!((acme.status, acme.header("x-fault")), (504, Some("fuel")));
    assert_eq!(
        server
            .patch("spin", r#"{"limits": {"fuel": 1000000}}"#)
            .status,
        200
    );
    assert_eq!(
        server.invoke_as("acme", "spin", b"").header("x-fault"),
        Some("fuel")
    );
}

#[test]
fn a_key_that_is_unknown_stops_the_start_in_one_line_that_names_it_and_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.toml");
    std::fs::write(file, "[tenant.acme]\nmax_execution = 5\n").unwrap();
    let output = command(folder.path())
        .args(["--tenants", "t.toml"])
        .output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "functions-host: FUNCTIONS_HOST_TENANTS: the file of tenants, t.toml, cannot be used: \
         tenant.acme.max_execution: unknown key; did you mean `max_executions`?\n"
    );
}

#[test]
fn a_neighbour_s_executions_go_on_while_a_tenant_spins_on_all_its_places() {
    let tenants = "
        [tenant.spinner]
        max_executions = 3
        max_waiting = 0
    ";
    let an_hour = ["--limit-wall-clock", "3600", "--limit-cpu-time", "3600"];
    let server = Server::with_tenants(tenants, &[GATEWAY, &an_hour].concat());
    assert_eq!(server.upload("echo", &echo()).status, 201);
    assert_eq!(server.upload("spin", &spin()).status, 201);
    let spinner = Spinner::on_all_of(&server, "spin", 3);
    for number in 0..50 {
        let input = format!("neighbour {number}");
        let answer = server.invoke_as("neighbour", "echo", input.as_bytes());
        assert_eq!((answer.status, answer.text()), (200, &*input));
        assert_eq!(server.invoke_as("spinner", "echo", b"").status, 503);
    }
    // And nothing of the spinner's has ended for that.
    spinner.assert_at_work(&server);
    spinner.hang_up();
    // Whoever hangs up leaves the place to the next.
    while server.invoke_as("spinner", "echo", b"").status != 200 {
        std::thread::yield_now();
    }
}

#[test]
fn a_header_that_names_no_tenant_is_refused_where_it_is_believed() {
    let server = Server::with(GATEWAY);
    assert_eq!(server.upload("echo", &echo()).status, 201);
    let long = "x".repeat(129);
    for tenant in ["../acme", "a b", "a/b", "a%2fb", &long, ""] {
        let refused = server.invoke_as(tenant, "echo", b"");
        assert_eq!(refused.status, 400, "{tenant:?}");
        assert!(refused.detail().contains("X-Tid"), "{refused:?}");
    }
    assert_eq!(server.get(&format!("{MODULES}/echo")).status, 200);
}
