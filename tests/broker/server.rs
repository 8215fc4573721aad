//! Servers that have a broker.

use std::process::Command;

use functions_tests::Server;
use functions_tests::broker::Access;
use serde_json::Value;

/// What the lines about events are logged as.
pub(crate) const EVENTS: &str = "functions_core::events";

/// So short that a test can wait for it. A real server is in no such hurry.
const HURRY: [(&str, &str); 5] = [
    ("CRBR_HEALTH_CHECK_INTERVAL", "1"),
    ("CRBR_CONNECTION_TIMEOUT", "5"),
    ("CRBR_RETRY_DELAY", "0.5"),
    ("CRBR_MAX_RETRIES", "1000"),
    ("CRBR_FUNCTIONS_RABBITMQ_HEARTBEAT", "1"),
];

pub(crate) fn fixture() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fixture"))
}

/// A server that publishes to an exchange of the broker.
pub(crate) async fn start(access: &Access, exchange: &str, settings: &[(&str, &str)]) -> Server {
    with(access.environment(), exchange, settings).await
}

/// The same with another way to the broker.
pub(crate) async fn with(
    broker: Vec<(&'static str, String)>,
    exchange: &str,
    settings: &[(&str, &str)],
) -> Server {
    let mut command = fixture();
    command
        .envs(HURRY)
        .envs(broker)
        .env("CRBR_RABBITMQ_EXCHANGE", exchange)
        .envs(settings.iter().copied());
    Server::start(&mut command).await
}

/// All that a server has said about events but for `DEBUG`, each line up to its first
/// full stop.
pub(crate) fn told(server: &Server) -> Vec<String> {
    let message = |line: &String| {
        let line: Value = serde_json::from_str(line).ok()?;
        let message = line["message"].as_str()?.split('.').next()?.to_owned();
        (line["target"] == EVENTS && line["level"] != "DEBUG").then_some(message)
    };
    server.lines().iter().filter_map(message).collect()
}
