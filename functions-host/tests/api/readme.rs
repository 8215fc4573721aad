//! The README, run as it stands.

use std::process::Command;

use crate::server::Server;

const README: &str = include_str!("../../README.md");

/// The blocks of commands that talk to a host.
fn commands(server: &Server) -> String {
    let blocks = README.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    let blocks = blocks.filter(|block| !block.contains("cargo run"));
    let address = server.address.to_string();
    blocks
        .collect::<String>()
        .replace("localhost:8000", &address)
}

#[test]
fn the_commands_of_the_readme_work() {
    let server = Server::start();
    // `-f` makes curl fail where the host refuses.
    let commands = commands(&server).replace("curl -sS", "curl -sSf");
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new("bash")
        .args(["-euc", &commands])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{complained}\n{said}");
    let total = said.to_ascii_lowercase().contains("x-total-count: 1");
    assert!(total && said.contains(r#"{"result":"hello"}"#), "{said}");
    let granted = said.contains(r#""environment":["API_KEY"]"#);
    assert!(granted && !said.contains("s3cr3t"), "{said}");
    let events = said.contains(r#""results":{"size":"7"}"#) && said.contains("event: completion");
    assert!(events, "{said}");
    let copy = std::fs::read(folder.path().join("copy.wasm")).unwrap();
    assert_eq!(
        copy,
        std::fs::read(folder.path().join("echo.wasm")).unwrap()
    );
    assert_eq!(server.files(), (0, 0));
}
