//! A server under test, as a process of its own.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;

use crate::call::Call;

const PATIENCE: Duration = Duration::from_secs(10);
/// Below the ports that systems give to outgoing connections: with one of those, a
/// try to connect before the server listens may reach nobody but itself.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 10_000;

/// A program that serves on the address that it is told.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name in tables.
    pub name: String,
    /// The executable.
    pub path: PathBuf,
    /// What it is called with.
    pub arguments: Vec<OsString>,
    /// All of its environment, except for the address.
    pub environment: Vec<(OsString, OsString)>,
    /// How it is told the address.
    pub told: Told,
    /// What it is asked.
    pub call: Call,
}

/// How a program is told the address to serve on.
#[derive(Clone, Copy, Debug)]
pub enum Told {
    /// By two variables, of the host and of the port.
    Variables(&'static str, &'static str),
    /// By an argument that follows this one.
    Argument(&'static str),
}

impl Told {
    /// As a server of functions-core is.
    pub const FUNCTIONS: Self = Self::Variables("CRBR_FUNCTIONS_HOST", "CRBR_FUNCTIONS_PORT");

    fn tell(self, command: &mut Command, address: SocketAddr) {
        let (ip, port) = (address.ip().to_string(), address.port().to_string());
        match self {
            Self::Variables(host_name, port_name) => {
                command.env(host_name, ip).env(port_name, port)
            }
            Self::Argument(name) => command.arg(name).arg(address.to_string()),
        };
    }
}

/// Where the standard output of a server goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// Into a file, which is removed in the end.
    File,
    /// Into a pipe whose other end reads as fast as it can.
    Pipe,
}

impl Output {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Pipe => "pipe",
        }
    }
}

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: SocketAddr,
    spawned_at: Instant,
    folder: PathBuf,
}

impl Server {
    /// Starts a server on a free port. It need not listen yet.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn spawn(program: &Program, output: Output) -> Result<Self> {
        let address = free_address()?;
        // A folder of its own: no `.env` of somebody else's is in it.
        let folder = scratch()?.join(format!("server-{}", address.port()));
        fs::create_dir_all(&folder)?;
        let stdout = match output {
            Output::File => Stdio::from(File::create(folder.join("stdout"))?),
            Output::Pipe => Stdio::piped(),
        };
        let mut command = Command::new(&program.path);
        command
            .env_clear()
            .args(&program.arguments)
            .envs(program.environment.iter().map(|(k, v)| (k, v)))
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(stdout);
        program.told.tell(&mut command, address);
        let spawned_at = Instant::now();
        let mut process = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.path.display()))?;
        if let Some(pipe) = process.stdout.take() {
            std::thread::spawn(move || drain(pipe));
        }
        Ok(Self {
            process,
            address,
            spawned_at,
            folder,
        })
    }

    /// Where it listens, or will.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The id of its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Tries to connect, over and over without a pause, until the server accepts.
    ///
    /// # Errors
    /// The process ends, or does not listen within ten seconds.
    pub fn connect(&mut self) -> Result<TcpStream> {
        loop {
            for _ in 0..100 {
                match TcpStream::connect(self.address) {
                    Ok(stream) => return Ok(stream),
                    Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("The server ended before it served: {status}");
            }
            ensure!(
                self.spawned_at.elapsed() < PATIENCE,
                "The server does not listen on {} within {PATIENCE:?}",
                self.address
            );
        }
    }

    /// Makes one call as soon as that is possible, and tells how long after the
    /// spawn it was answered.
    ///
    /// # Errors
    /// As [`connect`](Self::connect), or the answer is wrong or late.
    pub fn first_answer(&mut self, call: &Call) -> Result<Duration> {
        let mut stream = self.connect()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&call.request)?;
        let mut received = Vec::new();
        let mut buffer = [0; 4096];
        while !call.is_answered(&received)? {
            let read = stream.read(&mut buffer).context("No answer came")?;
            ensure!(read > 0, "The server closed a connection");
            received.extend_from_slice(buffer.get(..read).unwrap_or_default());
        }
        Ok(self.spawned_at.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A folder beside the build's own results, for what a benchmark leaves.
///
/// # Errors
/// This program cannot tell where it is.
pub fn scratch() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let folder = here.parent().context("This program is in no folder")?;
    Ok(folder.join("bench-scratch"))
}

fn drain(mut pipe: impl std::io::Read) {
    let mut buffer = vec![0; 64 * 1024];
    while pipe.read(&mut buffer).is_ok_and(|read| read > 0) {}
}

/// Each time another one, so that a server never meets what is left of the last.
fn free_address() -> Result<SocketAddr> {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(std::process::id() * 64 % 10_000).unwrap_or(0);
    for _ in 0..PORTS {
        let next = TAKEN.fetch_add(1, Ordering::Relaxed).wrapping_add(offset);
        let port = FIRST_PORT + next % PORTS;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!(
        "No port from {FIRST_PORT} to {} is free",
        FIRST_PORT + PORTS - 1
    );
}

#[cfg(all(test, unix))]
mod tests {
    use crate::call::Call;

    use super::{Output, Program, Server, Told};

    #[test]
    fn a_server_that_ends_by_itself_is_not_waited_for() {
        // Without input a shell has nothing to do.
        let program = Program {
            name: "shell".to_owned(),
            path: "/bin/sh".into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            told: Told::FUNCTIONS,
            call: Call::add_numbers(),
        };
        let mut server = Server::spawn(&program, Output::File).unwrap();
        let folder = server.folder.clone();
        assert!(folder.join("stdout").exists());
        let error = server.connect().unwrap_err().to_string();
        assert!(error.starts_with("The server ended before it served"));
        drop(server);
        assert!(!folder.exists());
    }
}
