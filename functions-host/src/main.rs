//! The host's command line.

use std::io::{self, Write as _};
use std::process::ExitCode;

use functions_core::service::logs::{self, Format, Options};
use functions_host::config::{CommandLine, Config, Stop, Verb};
use functions_host::engine::compiler_process;
use functions_host::host::{Host, HostError, dead_letters, deploy, migrate};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    if arguments.nth(1).is_some_and(|verb| verb == "compile") {
        return compiler_process(arguments);
    }
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        // Its text stays out of the message: it may hold a secret.
        return failed(".env cannot be read; allowed: NAME=value lines in UTF-8");
    }
    let line = match CommandLine::read(std::env::args_os()) {
        Ok(line) => line,
        Err(Stop::Said(text)) => {
            let said = write!(io::stdout(), "{text}");
            return said.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
        }
        Err(Stop::Wrong(line)) => return failed(&line),
    };
    match run(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error.to_string()),
    }
}

fn run(line: CommandLine) -> Result<(), Box<dyn std::error::Error>> {
    // What is deployed is told on standard output, where a program may read it.
    let is_deployment = matches!(line.verb, Verb::Deploy(_));
    let _log = match is_deployment {
        true => None,
        false => Some(logs::init(&log_options(&line.config))?),
    };
    for warning in &line.warnings {
        match is_deployment {
            true => told(warning),
            false => tracing::warn!("{warning}"),
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("host")
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async {
        match line.verb {
            Verb::Migrate => {
                migrate(&line.config).await?;
                tracing::info!("The databases are up to date");
                Ok::<_, HostError>(())
            }
            Verb::DeadLetters(verb) => {
                let said = dead_letters(&line.config, verb).await?;
                // Where nobody reads it there is nobody to tell.
                let _ = write!(io::stdout(), "{said}");
                Ok(())
            }
            Verb::Deploy(asked) => {
                let said = deploy(&line.config, &asked).await?;
                let _ = write!(io::stdout(), "{said}");
                Ok(())
            }
            _ => Host::bind(line.config).await?.serve().await,
        }
    });
    // What blocks its thread has had its time.
    runtime.shutdown_background();
    Ok(ended?)
}

fn log_options(config: &Config) -> Options {
    Options {
        level: config.log_level.into(),
        http_level: config.http_log_level.into(),
        format: config.log_format.map(Format::from),
        name: "functions-host".to_owned(),
        // They tell what guests do, and a guest may do anything, again and again; or the
        // whole of what a cluster answers, where it cannot be read.
        silent: &["kube_client", "wasmtime_wasi", "wiggle"],
        ..Options::default()
    }
}

fn failed(line: &str) -> ExitCode {
    told(line);
    ExitCode::FAILURE
}

fn told(line: &str) {
    // Where nobody reads it there is nobody to tell.
    let _ = writeln!(io::stderr(), "functions-host: {line}");
}
