//! From a program's `main` to a server, and back.

use tokio::runtime::{Builder, Handle, Runtime};

use super::own_log::OwnLog;
use super::{BoundServer, Error, FunctionServer, Result};
use crate::config::{self, Config};
use crate::registry::Registry;

impl FunctionServer {
    /// Serves until the process is asked to end (SIGTERM or Ctrl-C), on a runtime of
    /// its own. This is all that a `main` needs.
    ///
    /// With `CRBR_FUNCTIONS_DESCRIBE=1` it prints all functions with their schemas as
    /// JSON instead and returns, with `CRBR_FUNCTIONS_HELP=1` a list of all settings.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn start(self) -> Result<()> {
        if Handle::try_current().is_ok() {
            return Err(Error::InsideRuntime);
        }
        let config = Config::load(self.settings.clone())?;
        if answer_instead(&config)? {
            return Ok(());
        }
        let door = build(&mut Builder::new_current_thread())?;
        let workers = workers(&config)?;
        let handle = workers.handle().clone();
        let ended = door.block_on(async { self.bind_with(config).await?.serve_on(handle).await });
        // Functions that block their threads have had their time, and so has the
        // lookup of a host name.
        workers.shutdown_background();
        door.shutdown_background();
        ended
    }

    /// Serves until the process is asked to end (SIGTERM or Ctrl-C), on the runtime
    /// that this is awaited on.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn serve(self) -> Result<()> {
        let config = Config::load(self.settings.clone())?;
        if answer_instead(&config)? {
            return Ok(());
        }
        self.bind_with(config).await?.serve().await
    }

    /// Listens, and leaves it to [`BoundServer::serve`] to answer. In between,
    /// [`BoundServer::local_addr`] tells where: with port 0 nobody knows before.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn bind(self) -> Result<BoundServer> {
        let config = Config::load(self.settings.clone())?;
        self.bind_with(config).await
    }

    async fn bind_with(self, config: Config) -> Result<BoundServer> {
        let log = OwnLog::begin(&config)?;
        BoundServer::new(self.prepare(config)?, log).await
    }
}

/// Whether there was something to print and nothing to serve.
fn answer_instead(config: &Config) -> Result<bool> {
    if config.help {
        print(&config::help())?;
    } else if config.describe {
        let functions = Registry::collect()?.describe();
        // Schemas are JSON already, and so is everything beside them.
        print(&serde_json::to_string_pretty(&functions).unwrap_or_default())?;
    }
    Ok(config.help || config.describe)
}

fn print(text: &str) -> Result<()> {
    use std::io::Write as _;

    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(|source| Error::System {
            what: "print",
            source,
        })
}

fn workers(config: &Config) -> Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if let Some(workers) = config.workers {
        builder.worker_threads(workers);
    }
    build(builder.thread_name("functions"))
}

fn build(builder: &mut Builder) -> Result<Runtime> {
    builder
        .enable_all()
        .build()
        .map_err(|source| Error::System {
            what: "start the threads of the server",
            source,
        })
}
