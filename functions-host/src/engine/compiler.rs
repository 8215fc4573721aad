//! Machine code out of a module, in a process of its own.
//!
//! A compiler that is given a hostile module may take minutes and gigabytes, and there
//! is no way to stop it within the process. So a child compiles, which the system holds
//! to its limits: address space, CPU time, and a clock on the wall. Whatever happens to
//! it, here it becomes one [`Refusal`] that says why.

mod child;
mod ending;

use std::path::Path;
use std::process::Stdio;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::config::CompilerConfig;
use super::limits::Metering;
use super::refusal::Refusal;

pub use child::compiler_process;

/// How much of what a compiler says is read.
const SAID: u64 = 16 << 10;

/// Compiles modules, a bounded number at once.
#[derive(Debug)]
pub(super) struct Compiler {
    config: CompilerConfig,
    stack: usize,
    at_once: Semaphore,
    /// Those who compile and those who wait.
    all: Semaphore,
}

/// Why there is no machine code.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompileError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("too many modules are being compiled")]
    Busy,
    #[error("the compiler `{program}` does not work: {what}")]
    Broken { program: String, what: String },
}

impl Compiler {
    pub(super) fn new(config: CompilerConfig, stack: usize) -> Self {
        let at_once = config.at_once.max(1);
        Self {
            at_once: Semaphore::new(at_once),
            all: Semaphore::new(at_once.saturating_add(config.waiting)),
            config,
            stack,
        }
    }

    /// Compiles `module` into the file `artifact`, which may be left behind half-written
    /// where that fails.
    pub(super) async fn compile(
        &self,
        module: Bytes,
        metering: Metering,
        artifact: &Path,
    ) -> Result<(), CompileError> {
        let _room = self.all.try_acquire().map_err(|_| CompileError::Busy)?;
        let _turn = timeout(self.config.max_wait, self.at_once.acquire())
            .await
            .map_err(|_| CompileError::Busy)?;
        let broken = |what: String| CompileError::Broken {
            program: self.config.program.display().to_string(),
            what,
        };
        let mut child = self
            .command(metering, artifact)
            .spawn()
            .map_err(|error| broken(format!("it cannot be started: {error}")))?;
        let (Some(mut stdin), Some(stderr)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(broken("it has no standard streams".to_owned()));
        };
        let feed = async move {
            // A child that goes before it has read everything says why in other ways.
            let _ = stdin.write_all(&module).await;
        };
        let mut said = Vec::new();
        let hear = async { stderr.take(SAID).read_to_end(&mut said).await };
        let work = async {
            let ((), _) = tokio::join!(feed, hear);
            child.wait().await
        };
        let ended = timeout(self.config.wall_clock, work).await;
        match ended {
            Err(_) => {
                // Killed by the drop of `child`, and reaped by the runtime.
                Err(Refusal::CompileTime(self.config.wall_clock).into())
            }
            Ok(Err(error)) => Err(broken(format!("its end cannot be awaited: {error}"))),
            Ok(Ok(status)) => ending::read(
                status,
                &String::from_utf8_lossy(&said),
                &self.config,
                broken,
            ),
        }
    }

    fn command(&self, metering: Metering, artifact: &Path) -> Command {
        let mut command = Command::new(&self.config.program);
        command
            .args(&self.config.arguments)
            .arg(match metering {
                Metering::Time => "time",
                Metering::Fuel => "fuel",
            })
            .arg(self.stack.to_string())
            .arg(self.config.memory.to_string())
            .arg(self.config.cpu_time.as_secs().max(1).to_string())
            .arg(artifact)
            .env_clear()
            // Each thread and each arena of the allocator takes address space.
            .env("RAYON_NUM_THREADS", self.config.threads.max(1).to_string())
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}
