//! Readers of another make: Python's pika, in an environment that is thrown away.

use std::path::{Path, PathBuf};
use std::process::Command;

use functions_tests::Broker;
use functions_tests::broker::Consumer;
use serde_json::Value;

use crate::server;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/broker/reader.py");
const STARTED: &str = "routing.event.metatwin-functions.function.deployment.started";
const HEALTHY: &str = "routing.event.metatwin-functions.function.deployment.healthy";

/// A folder with a Python that has pika. It is removed in the end.
struct Environment(PathBuf);

impl Environment {
    fn make() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pika");
        let _ = std::fs::remove_dir_all(&folder);
        let environment = Self(folder);
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment.0));
        run(environment
            .python()
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .arg("pika==1.3.2"));
        environment
    }

    fn python(&self) -> Command {
        Command::new(self.0.join("bin/python"))
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("it can be started");
    let (printed, complained) = (output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {complained}");
    String::from_utf8(printed).expect("it prints text")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs RabbitMQ: cargo xtask test"]
async fn a_reader_with_pika_gets_every_event_with_all_its_properties() {
    let environment = Environment::make();
    let mut broker = Broker::shared().await;
    let (access, exchange) = (broker.access().clone(), broker.name("pika"));
    let queue = broker.name("pika.queue");
    let declared = Consumer::durable(&access, &queue, &exchange, "#").await;
    declared.close().await;
    let _server = server::start(&access, &exchange, &[]).await;
    let mut python = environment.python();
    python.args([
        SCRIPT,
        &access.hostname,
        &access.port.to_string(),
        &access.username,
        &access.password,
        &queue,
        &[STARTED, HEALTHY].join(","),
    ]);
    let printed = tokio::task::spawn_blocking(move || run(&mut python)).await;
    let printed = printed.unwrap();
    let messages: Vec<Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [started, healthy] = &messages[..] else {
        panic!("{messages:?}");
    };
    for (message, key, event) in [
        (started, STARTED, "FunctionsDeploymentStartedEvent"),
        (healthy, HEALTHY, "FunctionsDeploymentHealthyEvent"),
    ] {
        assert_eq!(message["routing_key"], key);
        assert_eq!(message["content_type"], "application/json");
        assert_eq!(message["delivery_mode"], 2);
        assert_eq!(message["app_id"], "functions-core");
        assert_eq!(message["type"], event);
        assert!(message["message_id"].is_string() && message["timestamp"].is_u64());
        assert_eq!(message["body"]["deploymentId"], "local-dev");
    }
    assert!(started["body"]["functions"].is_array());
    assert!(healthy["body"]["functionNames"].is_array());
}
