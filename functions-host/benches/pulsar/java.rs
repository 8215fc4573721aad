//! The same work as a function of Pulsar Functions, in its LocalRunner.
//!
//! The function reads the request by its schema, takes the bytes out of the `data:` URI,
//! reads them as JSON, and writes a completion by its schema. What it publishes goes out in
//! batches, which is what Pulsar Functions does by itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::contract::{self, COMPLETIONS, REQUESTS};
use crate::ground::Ground;
use crate::process::Process;

/// A folder with the jars of the LocalRunner in `lib`: `cargo xtask bench pulsar` finds one.
const HOME: &str = "FUNCTIONS_BENCH_LOCAL_RUNNER";

const SOURCE: &str = include_str!("java/Runner.java");

pub(crate) struct Java {
    program: PathBuf,
    classpath: String,
    /// The classes.
    _folder: TempDir,
}

impl Java {
    pub(crate) fn find() -> Option<Self> {
        let home = std::env::var_os(HOME).filter(|home| !home.is_empty());
        let Some(home) = home.map(PathBuf::from) else {
            eprintln!("Pulsar Functions are left out: {HOME} names no folder with their jars.");
            return None;
        };
        let found = Self::compile(&home);
        if let Err(lacking) = &found {
            eprintln!("Pulsar Functions are left out: {lacking}.");
        }
        found.ok()
    }

    fn compile(home: &Path) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("Runner.java");
        std::fs::write(&source, SOURCE).unwrap();
        let jars = format!("{}/lib/*", home.display());
        let compiled = Command::new(program("javac"))
            .args(["-cp", &jars, "-d"])
            .args([folder.path(), &source])
            .output()
            .map_err(|error| format!("javac cannot be started ({error}): it comes with a JDK"))?;
        let said = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "{said}");
        Ok(Self {
            program: program("java"),
            classpath: format!("{}:{jars}", folder.path().display()),
            _folder: folder,
        })
    }

    /// Runs the function on the topic of a namespace, as many instances as there are CPUs.
    pub(crate) fn start(&self, ground: &Ground, namespaces: &[String]) -> Process {
        let [namespace] = namespaces else {
            panic!("a function has one topic here, not those of {namespaces:?}")
        };
        let cpus = std::thread::available_parallelism().unwrap();
        let mut command = Command::new(&self.program);
        command
            .args(["-Xmx1g", "-cp", &self.classpath, "Runner", ground.url()])
            .arg(ground.persistent(namespace, REQUESTS))
            .arg(ground.persistent(namespace, COMPLETIONS))
            .arg(cpus.to_string())
            .args([contract::REQUEST, contract::COMPLETION])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Process::start(&mut command)
    }
}

fn program(name: &str) -> PathBuf {
    let home = std::env::var_os("JAVA_HOME").filter(|home| !home.is_empty());
    home.map_or_else(
        || name.into(),
        |home| Path::new(&home).join("bin").join(name),
    )
}
