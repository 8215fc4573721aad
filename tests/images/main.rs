//! The images of this repository, built by their recipes and run as a cluster runs them:
//! `cargo xtask test -p functions-tests --test images -- --ignored` finds what that takes.

mod host;
mod names;
mod python;
mod server;

use functions_tests::{Client, Contained, Image};
use serde_json::Value;

/// Whom the recipes have their programs run by.
const NOBODY: &str = "65532:65532";

/// Runs an image on a free port of the loopback address, and waits until it says where it
/// listens: the URL of that.
async fn run(image: &Image, variables: &[(&str, &str)]) -> (Contained, String) {
    let mut contained = image.run(variables);
    let serving = |line: &Value| line["address"].is_string();
    let line = contained.line("where it listens", serving).await;
    let address: std::net::SocketAddr = line["address"].as_str().unwrap().parse().unwrap();
    let url = format!("http://127.0.0.1:{}", address.port());
    (contained, url)
}

/// That it runs as one would wish: as the first process, as nobody, with no privilege.
fn assert_harmless(contained: &Contained) {
    let status = |name: &str| contained.status(name).unwrap();
    assert!(status("NSpid").ends_with("\t1"), "{}", status("NSpid"));
    let nobody = ["65532"; 4].join("\t");
    assert_eq!([status("Uid"), status("Gid")], [&*nobody, &*nobody]);
    assert_eq!(status("Groups"), "");
    for capabilities in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(status(capabilities), "0000000000000000", "{capabilities}");
    }
    assert_eq!(status("NoNewPrivs"), "1");
}

/// Asks it to end, and waits until it has ended well.
async fn end(mut contained: Contained) {
    contained.terminate();
    let status = contained.wait().await;
    assert!(status.success(), "{status}:\n{}", contained.log());
}

async fn ready(url: &str) -> Value {
    let answer = Client::http1().get(&format!("{url}/ready")).await;
    assert_eq!(answer.status, 200);
    answer.json()
}
