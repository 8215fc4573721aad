//! The image of functions-host.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use functions_tests::{Client, Image, Stage};
use http::Request;

use crate::{NOBODY, assert_harmless, end, ready, run};

const RECIPE: &str = "deploy/host/Dockerfile";
const TRUSTED: &str = "etc/ssl/certs/ca-certificates.crt";
/// The module of the first example in the README of the host: it answers with its input.
const ECHO: &str = "AGFzbQEAAAABDAJgAX8Bf2ACf38BfwMDAgABBQMBABEHGwMGbWVtb3J5AgAIYWxsb2NhdGUAAANydW4AAQoWAgUAQYAICw4AIAAgAWpBADoAACAACw==";

async fn image() -> Image {
    let stage = [
        ("functions-host", Stage::Program("functions-host")),
        (TRUSTED, Stage::Trusted),
        ("data", Stage::Folder),
    ];
    Image::build(RECIPE, &stage).await
}

fn upload(url: &str, module: &[u8]) -> Request<http_body_util::Full<Bytes>> {
    let part = |name: &str| format!("--part\r\ncontent-disposition: form-data; name={name}");
    let mut form = format!("{}\r\n\r\necho\r\n", part("module_id")).into_bytes();
    form.extend(format!("{}; filename=echo.wasm\r\n\r\n", part("file")).into_bytes());
    form.extend([module, b"\r\n--part--\r\n"].concat());
    Request::post(format!("{url}/api/v1/wasm-modules"))
        .header("content-type", "multipart/form-data; boundary=part")
        .body(Bytes::from(form).into())
        .unwrap()
}

#[tokio::test]
#[ignore = "needs buildah and root; run by cargo xtask test"]
async fn it_holds_one_program_and_a_folder_for_what_is_kept() {
    let image = image().await;
    assert_eq!(image.files().0, ["data", TRUSTED, "functions-host"]);
    let config = image.config();
    assert_eq!(config.user, NOBODY);
    assert_eq!(config.entrypoint, ["/functions-host"]);
    assert!(config.exposed_ports.contains_key("8000/tcp"));
    assert!(config.volumes.contains_key("/data"));
}

/// Its compiler is a process of its own, of the same program.
#[tokio::test]
#[ignore = "needs buildah and root; run by cargo xtask test"]
async fn it_compiles_and_runs_a_module_where_there_is_nothing_but_itself() {
    let image = image().await;
    let variables = [("PORT", "0"), ("FUNCTIONS_HOST_DISK_RESERVE_BYTES", "0")];
    let (contained, url) = run(&image, &variables).await;
    assert_harmless(&contained);
    ready(&url).await;
    let client = Client::http1();
    let module = STANDARD.decode(ECHO).unwrap();
    let uploaded = client.send(upload(&url, &module)).await.unwrap();
    assert_eq!(uploaded.status, 201, "{uploaded:?}\n{}", contained.log());
    let invoke = format!("{url}/api/v1/wasm-modules/echo/invoke");
    let answer = client.post(&invoke, "hello").await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.body),
        (200, &b"hello"[..])
    );
    end(contained).await;
}
