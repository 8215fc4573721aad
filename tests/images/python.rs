//! The image of python-runtime, as far as it is of this repository: the Python that it is
//! built on is that of this machine, and so are the packages that it installs.

use std::path::{Path, PathBuf};
use std::process::Command;

use functions_tests::{Client, Image, Stage, call};
use serde_json::{Value, json};

use crate::{NOBODY, assert_harmless, end, ready, run};

const RECIPE: &str = "python-runtime/Dockerfile";
const BASE: &str = "docker.io/library/python:3.13-slim-bookworm";
const START: &str = "venv/bin/functions-runtime";

const CODE: &str = r#"
import asyncio


def add(a: int, b: int) -> int:
    return a + b


async def sleeps(seconds: float) -> float:
    print("Sleeping")
    await asyncio.sleep(seconds)
    return seconds
"#;

/// The environment that the tests of python-runtime run in, and what it is of.
struct Python {
    environment: PathBuf,
    program: PathBuf,
    version: String,
    /// What it was installed as.
    home: PathBuf,
}

impl Python {
    fn find() -> Self {
        let environment = std::env::var_os("FUNCTIONS_TEST_PYTHON");
        let environment: PathBuf = environment.expect("`cargo xtask test` makes it").into();
        let asked = "import os, sys; print(os.path.realpath(sys.executable), sys.base_prefix, \
                     '%d.%d' % sys.version_info[:2], sep='\\n')";
        let mut python = Command::new(environment.join("bin/python"));
        let said = python.args(["-c", asked]).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let said: Vec<_> = said.lines().collect();
        Self {
            program: said[0].into(),
            home: said[1].into(),
            version: said[2].to_owned(),
            environment,
        }
    }

    async fn image(&self) -> Image {
        let packages = format!("lib/python{}/site-packages", self.version);
        let script = self.environment.join("bin/functions-runtime");
        let script = std::fs::read_to_string(script).unwrap();
        let (_, rest) = script.split_once('\n').unwrap();
        let script = format!("#!/venv/bin/python\n{rest}");
        let home = self.program.parent().unwrap().display();
        let settings = format!("home = {home}\nversion = {}\n", self.version);
        let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python-runtime/src");
        let within = format!("venv/{packages}");
        let stage = [
            (START, Stage::Script(&script)),
            ("venv/pyvenv.cfg", Stage::Text(&settings)),
            ("venv/bin/python", Stage::Link(&self.program)),
            (&*within, Stage::All(&self.environment.join(&packages))),
            (&*within, Stage::All(&runtime)),
        ];
        let mut image = Image::build_on(Some(BASE), RECIPE, &stage).await;
        for folder in [Path::new("/usr"), Path::new("/lib"), Path::new("/lib64")] {
            if folder.exists() {
                image.lend(folder);
            }
        }
        if !self.home.starts_with("/usr") {
            image.lend(&self.home);
        }
        image.put("app/src/user_function.py", CODE);
        image
    }
}

#[tokio::test]
#[ignore = "needs buildah, root and Python; run by cargo xtask test"]
async fn it_serves_a_file_as_nobody_and_finishes_what_runs_when_it_is_asked_to_end() {
    let image = Python::find().image().await;
    let config = image.config();
    assert_eq!(config.user, NOBODY);
    assert_eq!(config.entrypoint, [format!("/{START}")]);
    assert!(config.exposed_ports.contains_key("8000/tcp"));

    let (mut contained, url) = run(&image, &[("PORT", "0")]).await;
    assert_harmless(&contained);
    assert_eq!(ready(&url).await["functions"], json!(["add", "sleeps"]));
    let exec = format!("{url}/exec");
    let sum = call("add", &json!({"a": 2, "b": 3}));
    let answer = Client::http1().post(&exec, sum).await.json();
    assert_eq!(answer["result"], 5, "{answer}");

    let slow = call("sleeps", &json!({"seconds": 1.5}));
    let running = tokio::spawn(async move { Client::http1().post(&exec, slow).await.json() });
    let runs = |line: &Value| line["message"] == "Sleeping";
    contained.line("that it runs", runs).await;
    end(contained).await;
    assert_eq!(running.await.unwrap()["result"], 1.5);
}
