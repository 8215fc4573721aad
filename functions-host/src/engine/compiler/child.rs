//! The side of the child: limits first, then the module, then the compiler.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, nice, setrlimit};
use wasmparser::Parser;
use wasmtime::Engine;

use crate::engine::limits::Metering;
use crate::engine::settings;

/// The status of a compiler that has read the module and does not take it.
pub(super) const REFUSED: i32 = 3;

/// The status of a compiler that could not get to work.
const UNABLE: u8 = 4;

/// How far behind the work of the host a compiler stands.
const NICE: i32 = 10;

/// What a program does that was started to compile; see
/// [`CompilerConfig`](crate::engine::CompilerConfig).
///
/// The arguments are `time` or `fuel`, the stack of a guest in bytes, the address space in
/// bytes that the process may take besides what it has when it begins, the CPU time in
/// seconds that it may take, and the file for the machine code. The module is read from the standard input.
///
/// The status is 0 when the machine code is in the file, 3 when the compiler refuses the
/// module, which it explains on the standard error stream, and any other when there is
/// something wrong with the process.
pub fn compiler_process(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let job = match Job::read(arguments) {
        Ok(job) => job,
        Err(error) => return unable(error),
    };
    if let Err(error) = job.limit() {
        return unable(format_args!(
            "the limits of the process cannot be set: {error}"
        ));
    }
    let mut module = Vec::new();
    if let Err(error) = io::stdin().lock().read_to_end(&mut module) {
        return unable(format_args!("the module cannot be read: {error}"));
    }
    match job.compile(&module) {
        Ok(code) => match std::fs::write(&job.artifact, code) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => unable(format_args!("the machine code cannot be written: {error}")),
        },
        Err(error) => {
            say(format_args!("{error:#}"));
            ExitCode::from(u8::try_from(REFUSED).unwrap_or(UNABLE))
        }
    }
}

struct Job {
    metering: Metering,
    stack: usize,
    memory: u64,
    cpu_seconds: u64,
    artifact: PathBuf,
}

impl Job {
    fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let given: Vec<OsString> = arguments.into_iter().collect();
        let [metering, stack, memory, cpu_seconds, artifact] = given.as_slice() else {
            return Err(format!(
                "five arguments are needed, {} are given",
                given.len()
            ));
        };
        Ok(Self {
            metering: match metering.to_str() {
                Some("time") => Metering::Time,
                Some("fuel") => Metering::Fuel,
                _ => return Err(format!("{metering:?} is neither `time` nor `fuel`")),
            },
            stack: number(stack)?,
            memory: number(memory)?,
            cpu_seconds: number(cpu_seconds)?,
            artifact: artifact.into(),
        })
    }

    fn limit(&self) -> io::Result<()> {
        let most = |resource, most| {
            setrlimit(
                resource,
                Rlimit {
                    current: Some(most),
                    maximum: Some(most),
                },
            )
        };
        most(Resource::Core, 0)?;
        most(Resource::As, self.memory.saturating_add(mapped()))?;
        most(Resource::Cpu, self.cpu_seconds)?;
        nice(NICE)?;
        Ok(())
    }

    fn compile(&self, module: &[u8]) -> wasmtime::Result<Vec<u8>> {
        let engine = Engine::new(&settings::compiler(self.metering, self.stack))?;
        if Parser::is_component(module) {
            engine.precompile_component(module)
        } else {
            engine.precompile_module(module)
        }
    }
}

/// How many bytes of address space the process has, which are those of its program: how
/// large that is is nothing to a module. Only Linux says it.
fn mapped() -> u64 {
    let statistics = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statistics.split_whitespace().next();
    let pages: u64 = pages.and_then(|pages| pages.parse().ok()).unwrap_or(0);
    let size = u64::try_from(rustix::param::page_size()).unwrap_or(0);
    pages.saturating_mul(size)
}

fn number<N: std::str::FromStr>(argument: &OsString) -> Result<N, String> {
    argument
        .to_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("{argument:?} is no number that fits here"))
}

fn unable(why: impl Display) -> ExitCode {
    say(format_args!("{why}"));
    ExitCode::from(UNABLE)
}

/// Nobody may be there to hear it, which changes nothing.
fn say(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{what}");
}
