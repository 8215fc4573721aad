//! A server in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::timeout;

/// Long enough for a busy machine, short enough for a person who waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that was started for a test, and ends with it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    log: watch::Receiver<Vec<String>>,
}

impl Server {
    /// Starts `command` on a free port of the loopback address, and waits until it
    /// says that it serves.
    pub async fn start(command: &mut Command) -> Self {
        let loopback = command.env("CRBR_FUNCTIONS_HOST", "127.0.0.1");
        let mut server = Self::spawn(loopback.env("CRBR_FUNCTIONS_PORT", "0"));
        let serving = server
            .line("that it serves", |line| {
                line.get("message").and_then(Value::as_str) == Some("Serving functions")
            })
            .await;
        let address = serving.get("address").and_then(Value::as_str);
        server.address = address
            .and_then(|address| address.parse().ok())
            .expect("it tells its address");
        server
    }

    /// Starts `command`, and waits for nothing: it may listen later, where it is told to.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server is built beside its tests");
        let (lines, log) = watch::channel(Vec::new());
        let stdout = child.stdout.take().expect("it is piped");
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                lines.send_modify(|lines| lines.push(line));
            }
        });
        Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            log,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How much memory it holds, in bytes.
    #[must_use]
    pub fn resident_bytes(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()));
        let status = status.expect("the process runs on Linux");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = resident.and_then(|text| text.trim().strip_suffix(" kB"));
        kilobytes
            .and_then(|text| text.parse::<usize>().ok())
            .expect("it has memory")
            * 1024
    }

    /// Waits for the first line of its log that is wanted.
    pub async fn line(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut log = self.log.clone();
        let mut seen = 0;
        let mut found = None;
        let search = log.wait_for(|lines| {
            let new = lines.iter().skip(seen);
            found = new
                .filter_map(|line| serde_json::from_str(line).ok())
                .find(|line| wanted(line));
            seen = lines.len();
            found.is_some()
        });
        let ended = timeout(PATIENCE, search).await.is_err();
        found.unwrap_or_else(|| {
            let why = if ended { "in time" } else { "before it ended" };
            panic!("the server did not say {what} {why}: {:#?}", self.lines())
        })
    }

    /// All lines of its log so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    /// Sends it SIGTERM.
    pub fn terminate(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process has an id"), Signal::TERM).expect("it runs");
    }

    /// How it has ended, where it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it can be waited for")
    }

    /// Waits for its end.
    pub async fn wait(&mut self) -> ExitStatus {
        let ended = async {
            loop {
                if let Some(status) = self.ended() {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, ended).await.expect("the server ends")
    }
}

/// Has this process open as many files as it may, and tells how many that are.
#[must_use]
pub fn raise_file_limit() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that is refused, the limit stays as it is.
    let _ = setrlimit(Resource::Nofile, limit);
    let limit = getrlimit(Resource::Nofile).current;
    limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX)
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
