//! What the command line says.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use lexopt::{Arg, Parser, ValueExt as _};

use crate::benchmarks::{BENCHMARKS, Benchmark};
use crate::call::Call;
use crate::server::{Output, Program, Told};

/// How to run the benchmarks.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which ones, in their own order.
    pub benchmarks: Vec<&'static Benchmark>,
    /// Connections that call at the same time.
    pub connections: usize,
    /// How long a run is measured.
    pub duration: Duration,
    /// Runs of each server.
    pub pairs: usize,
    /// Where logs go, each in its turn.
    pub outputs: Vec<Output>,
    /// Starts of each server.
    pub runs: usize,
    /// Calls while memory is watched.
    pub calls: u64,
    /// The server to compare with.
    pub baseline: Program,
    /// The server to measure.
    pub subject: Program,
    /// The host of modules to measure, where it is not to be built from here.
    pub host: Option<PathBuf>,
    /// Whether to print JSON.
    pub json: bool,
}

impl Settings {
    /// Reads the command line; `None` where it asks for help.
    ///
    /// # Errors
    /// It holds what is not in the help.
    pub fn read(mut parser: Parser) -> Result<Option<Self>> {
        let mut settings = Self::standard()?;
        let mut environment = Vec::new();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("connections") => settings.connections = positive(&mut parser)?,
                Arg::Long("seconds") => {
                    settings.duration = Duration::from_secs(positive(&mut parser)? as u64);
                }
                Arg::Long("pairs") => settings.pairs = positive(&mut parser)?,
                Arg::Long("output") => settings.outputs = outputs(&parser.value()?)?,
                Arg::Long("runs") => settings.runs = positive(&mut parser)?,
                Arg::Long("calls") => settings.calls = positive(&mut parser)? as u64,
                Arg::Long("env") => environment.push(variable(&parser.value()?)?),
                Arg::Long("baseline") => settings.baseline = program(parser.value()?)?,
                Arg::Long("subject") => settings.subject = program(parser.value()?)?,
                Arg::Long("host") => settings.host = Some(program(parser.value()?)?.path),
                Arg::Long("json") => settings.json = true,
                Arg::Value(name) => settings.benchmarks.push(benchmark(&name)?),
                unknown => return Err(unknown.unexpected().into()),
            }
        }
        if settings.benchmarks.is_empty() {
            settings.benchmarks = BENCHMARKS.iter().collect();
        }
        settings.baseline.environment.clone_from(&environment);
        settings.subject.environment = environment;
        Ok(Some(settings))
    }

    fn standard() -> Result<Self> {
        Ok(Self {
            benchmarks: Vec::new(),
            connections: 32,
            duration: Duration::from_secs(5),
            pairs: 5,
            outputs: vec![Output::File, Output::Pipe],
            runs: 50,
            calls: 1_000_000,
            baseline: sibling("bare_axum")?,
            subject: sibling("functions")?,
            host: None,
            json: false,
        })
    }
}

/// A server that is built together with this program.
fn sibling(name: &str) -> Result<Program> {
    let path = std::env::current_exe()?
        .with_file_name(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    Ok(Program {
        name: name.to_owned(),
        path,
        arguments: Vec::new(),
        environment: Vec::new(),
        told: Told::FUNCTIONS,
        call: Call::add_numbers(),
    })
}

fn program(path: OsString) -> Result<Program> {
    let path = PathBuf::from(path);
    let path = path
        .canonicalize()
        .with_context(|| format!("There is no program {}", path.display()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Program {
        name: name.into_owned(),
        path,
        arguments: Vec::new(),
        environment: Vec::new(),
        told: Told::FUNCTIONS,
        call: Call::add_numbers(),
    })
}

fn positive(parser: &mut Parser) -> Result<usize> {
    let value: usize = parser.value()?.parse()?;
    ensure!(value > 0, "0 is too few, see --help");
    Ok(value)
}

fn benchmark(name: &OsStr) -> Result<&'static Benchmark> {
    BENCHMARKS
        .iter()
        .find(|benchmark| name == benchmark.name)
        .with_context(|| {
            let names: Vec<_> = BENCHMARKS.iter().map(|benchmark| benchmark.name).collect();
            format!("There is no benchmark {name:?}, but {}", names.join(", "))
        })
}

fn outputs(kind: &OsStr) -> Result<Vec<Output>> {
    match kind.to_str() {
        Some("file") => Ok(vec![Output::File]),
        Some("pipe") => Ok(vec![Output::Pipe]),
        Some("both") => Ok(vec![Output::File, Output::Pipe]),
        _ => bail!("The output {kind:?} is none of file, pipe, both"),
    }
}

fn variable(text: &OsStr) -> Result<(OsString, OsString)> {
    text.to_str()
        .and_then(|text| text.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .with_context(|| format!("{text:?} is not of the form NAME=VALUE"))
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::benchmarks::BENCHMARKS;
    use lexopt::Parser;

    fn read(line: &str) -> anyhow::Result<Option<Settings>> {
        Settings::read(Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn without_a_name_all_benchmarks_run() {
        assert_eq!(
            read("").unwrap().unwrap().benchmarks.len(),
            BENCHMARKS.len()
        );
        assert_eq!(read("startup").unwrap().unwrap().benchmarks.len(), 1);
    }

    #[test]
    fn what_is_unknown_is_an_error_that_says_what_is_not() {
        let error = read("start").unwrap_err().to_string();
        assert!(
            error.contains("exec, events, startup, memory, compile, engine, invoke, modules"),
            "{error}"
        );
        assert!(read("--pairs 0").is_err());
        assert!(read("--output socket").is_err());
        assert!(read("--env NAME").is_err());
        assert!(read("--fast").is_err());
    }

    #[test]
    fn the_help_names_every_benchmark_and_states_the_defaults() {
        let help = include_str!("../help.txt");
        for benchmark in BENCHMARKS {
            assert!(help.contains(&format!("\n  {} ", benchmark.name)));
        }
        let settings = read("").unwrap().unwrap();
        for default in [
            settings.connections as u64,
            settings.duration.as_secs(),
            settings.pairs as u64,
            settings.runs as u64,
            settings.calls,
        ] {
            assert!(help.contains(&format!("[{default}]")), "{default}");
        }
    }

    #[test]
    fn variables_are_for_both_servers() {
        let settings = read("--env A=b=c").unwrap().unwrap();
        let expected = [("A".into(), "b=c".into())];
        assert_eq!(settings.baseline.environment, expected);
        assert_eq!(settings.subject.environment, expected);
    }
}
