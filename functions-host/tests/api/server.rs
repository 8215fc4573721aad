//! A host in a process of its own, with a folder of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::http::{Answer, form, form_type, send};

pub(crate) const MODULES: &str = "/api/v1/wasm-modules";
pub(crate) const EXECUTIONS: &str = "/api/v1/executions";

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Child,
    folder: Option<TempDir>,
    log: Option<JoinHandle<String>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(flags: &[&str]) -> Self {
        Self::told(flags, &[])
    }

    /// With variables too.
    pub(crate) fn told(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::over(tempfile::tempdir().unwrap(), flags, variables)
    }

    /// With a file of tenants.
    pub(crate) fn with_tenants(tenants: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tenants.toml");
        std::fs::write(&file, tenants).unwrap();
        let file = ("FUNCTIONS_HOST_TENANTS", "tenants.toml");
        Self::over(folder, flags, &[file])
    }

    fn over(folder: TempDir, flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut process = command(folder.path())
            .envs(variables.iter().copied())
            .args(["--bind", "127.0.0.1", "--port", "0", "--log-format", "json"])
            .args(["--disk-reserve-bytes", "0"])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = String::new();
        let address = log.by_ref().map(Result::unwrap).find_map(|line| {
            said.push_str(&format!("{line}\n"));
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            line["address"].as_str()?.parse().ok()
        });
        // A log that nobody reads would fill up.
        let log = std::thread::spawn(move || {
            for line in log {
                said.push_str(&format!("{}\n", line.unwrap()));
            }
            said
        });
        Self {
            address: address.expect("the host says where it listens"),
            process,
            folder: Some(folder),
            log: Some(log),
        }
    }

    /// Kills it, and starts it again over what it left.
    pub(crate) fn killed_and_restarted(self) -> Self {
        self.killed_and_restarted_with(&[], |_| {})
    }

    /// The same, with something done to its folder in between.
    pub(crate) fn killed_and_restarted_with(
        mut self,
        flags: &[&str],
        meanwhile: impl FnOnce(&Path),
    ) -> Self {
        self.kill();
        let folder = self.folder.take().unwrap();
        meanwhile(folder.path());
        Self::over(folder, flags, &[])
    }

    /// Starts it again, once it has ended.
    pub(crate) fn restarted_with(mut self, flags: &[&str]) -> Self {
        Self::over(self.folder.take().unwrap(), flags, &[])
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Ends it, and returns all that it said in its log.
    pub(crate) fn end(mut self) -> String {
        self.terminate();
        assert!(self.wait().success());
        self.log.take().unwrap().join().unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// The id of its process.
    #[allow(dead_code, reason = "those who measure need it")]
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// How much of it is in RAM, in bytes; nothing where the system does not tell.
    #[allow(dead_code, reason = "likewise")]
    pub(crate) fn resident(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes * 1024)
    }

    /// Asks it to end, as an operator would.
    pub(crate) fn terminate(&self) {
        let id = Pid::from_child(&self.process);
        kill_process(id, Signal::TERM).unwrap();
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        send(self.address, "GET", path, &[], b"")
    }

    pub(crate) fn delete(&self, id: &str) -> Answer {
        send(self.address, "DELETE", &format!("{MODULES}/{id}"), &[], b"")
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Answer {
        send(self.address, "POST", path, &[], body)
    }

    pub(crate) fn patch(&self, id: &str, body: &str) -> Answer {
        let path = format!("{MODULES}/{id}");
        send(self.address, "PATCH", &path, &[], body.as_bytes())
    }

    /// Invokes it for a tenant, where the gateway is trusted.
    pub(crate) fn invoke_as(&self, tenant: &str, id: &str, input: &[u8]) -> Answer {
        self.post_as(tenant, &format!("{MODULES}/{id}/invoke"), input)
    }

    pub(crate) fn post_as(&self, tenant: &str, path: &str, body: &[u8]) -> Answer {
        send(self.address, "POST", path, &[("x-tid", tenant)], body)
    }

    pub(crate) fn get_as(&self, tenant: &str, path: &str) -> Answer {
        send(self.address, "GET", path, &[("x-tid", tenant)], b"")
    }

    pub(crate) fn post_form(&self, fields: &[(&str, &[u8])]) -> Answer {
        let headers = [("content-type", &*form_type())];
        send(self.address, "POST", MODULES, &headers, &form(fields))
    }

    pub(crate) fn upload(&self, id: &str, module: &[u8]) -> Answer {
        self.post_form(&[("module_id", id.as_bytes()), ("file", module)])
    }

    pub(crate) fn invoke(&self, id: &str, input: &[u8]) -> Answer {
        self.post(&format!("{MODULES}/{id}/invoke"), input)
    }

    /// How many files of modules there are, and how many are on their way.
    pub(crate) fn files(&self) -> (usize, usize) {
        let count = |folder: &Path| {
            let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
            entries
                .filter(|entry| entry.file_type().unwrap().is_file())
                .count()
        };
        let modules = self.folder().join("modules");
        (count(&modules), count(&modules.join("incoming")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The host's program, in `folder` and with nothing of this environment. It is the one that
/// was built with the tests, unless whoever measures names another.
pub(crate) fn command(folder: &Path) -> Command {
    let named = std::env::var_os("FUNCTIONS_BENCH_HOST");
    let built = env!("CARGO_BIN_EXE_functions-host");
    let mut command = Command::new(named.unwrap_or_else(|| built.into()));
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    command
}
