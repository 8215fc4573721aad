//! The image of a server of functions.

use functions_tests::{Client, Image, Stage, call};
use serde_json::{Value, json};

use crate::{NOBODY, assert_harmless, end, ready, run};

const RECIPE: &str = "examples/Dockerfile";
const TRUSTED: &str = "etc/ssl/certs/ca-certificates.crt";
/// What an image may have, in bytes.
const MOST: u64 = 30_000_000;

pub(crate) async fn image() -> Image {
    let stage = [
        ("server", Stage::Program("server")),
        (TRUSTED, Stage::Trusted),
    ];
    Image::build(RECIPE, &stage).await
}

#[tokio::test]
#[ignore = "needs buildah and root; run by cargo xtask test"]
async fn it_holds_one_program_and_nothing_that_could_run_another() {
    let image = image().await;
    let (files, bytes) = image.files();
    assert_eq!(files, [TRUSTED, "server"]);
    // The program is without optimisations, and so greater than one that is shipped.
    assert!(bytes < MOST, "{bytes} bytes");
    let config = image.config();
    assert_eq!(config.user, NOBODY);
    assert_eq!(config.entrypoint, ["/server"]);
    assert!(config.exposed_ports.contains_key("8000/tcp"));
    assert!(config.volumes.is_empty() && config.cmd.is_empty());
}

#[tokio::test]
#[ignore = "needs buildah and root; run by cargo xtask test"]
async fn it_serves_as_nobody_and_finishes_what_runs_when_it_is_asked_to_end() {
    let image = image().await;
    let level = ("CRBR_FUNCTIONS_LOG_LEVEL", "DEBUG");
    let (mut contained, url) = run(&image, &[("PORT", "0"), level]).await;
    assert_harmless(&contained);
    assert_eq!(ready(&url).await["status"], "ready");
    let exec = format!("{url}/exec");
    let sum = call("add_numbers", &json!({"a": 2, "b": 3}));
    let answer = Client::http1().post(&exec, sum).await.json();
    assert_eq!(answer["result"], 5, "{answer}");

    let slow = call("process_data", &json!({"items": 1, "delay_ms": 1500}));
    let running = tokio::spawn(async move { Client::http1().post(&exec, slow).await.json() });
    let runs = |line: &Value| line["message"] == "Processing";
    contained.line("that it runs", runs).await;
    end(contained).await;
    let answer = running.await.unwrap();
    assert_eq!(answer["result"]["status"], "completed", "{answer}");
}

#[tokio::test]
#[ignore = "needs buildah and root; run by cargo xtask test"]
async fn its_own_variable_for_the_port_wins_over_that_of_knative() {
    let image = image().await;
    // A port that nobody but root may have, and one that all may.
    let (contained, url) = run(&image, &[("PORT", "1"), ("CRBR_FUNCTIONS_PORT", "0")]).await;
    assert_ne!(url, "http://127.0.0.1:1");
    ready(&url).await;
    end(contained).await;
}
