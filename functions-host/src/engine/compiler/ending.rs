//! What it means how a compiler ended.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::CompileError;
use super::child::REFUSED;
use crate::engine::config::CompilerConfig;
use crate::engine::refusal::Refusal;

/// SIGABRT, SIGKILL, SIGSEGV and SIGXCPU of Linux.
const ABORTED: i32 = 6;
const KILLED: i32 = 9;
const SEGMENT: i32 = 11;
const CPU_TIME: i32 = 24;

/// Reads the end of a compiler that said `said` on its way out.
pub(super) fn read(
    status: ExitStatus,
    said: &str,
    config: &CompilerConfig,
    broken: impl Fn(String) -> CompileError,
) -> Result<(), CompileError> {
    let last = || {
        said.lines()
            // What a panic says behind its message is for somebody else.
            .rfind(|line| !line.trim().is_empty() && !line.starts_with("note: "))
            .unwrap_or("")
    };
    let memory = said.contains("memory allocation")
        || said.contains("Cannot allocate memory")
        || said.contains("Resource temporarily unavailable");
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(()),
        (Some(code), _) if code == REFUSED => Err(Refusal::Compile(said.trim().to_owned()).into()),
        (_, Some(CPU_TIME | KILLED)) => Err(Refusal::CompileTime(config.cpu_time).into()),
        _ if memory => Err(Refusal::CompileMemory(config.memory).into()),
        (_, Some(ABORTED | SEGMENT)) | (Some(101), _) => {
            Err(Refusal::Compile(format!("the compiler broke off: {}", last())).into())
        }
        _ => Err(broken(format!("it ended with {status}: {}", last()))),
    }
}
