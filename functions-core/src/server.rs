//! The functions of a program, served over HTTP.
//!
//! A server is put together in one order: settings, functions, state, routes, and
//! the socket last, so that whoever can connect is answered. It is taken apart in
//! the other: not ready any more, no new connections, the running executions to
//! their end, then the rest.

mod announce;
mod bound;
mod error;
mod events;
mod openapi;
mod own_log;
mod pulse;
mod routes;
mod settings;
mod start;

use std::sync::Arc;

use crate::config::{self, Config};
use crate::events::{Announcer, AnyPublisher};
use crate::executor::{Executor, Limits};
use crate::registry::Registry;
use crate::state::States;

pub use bound::BoundServer;
pub use error::{Error, Result};
use events::Events;
use routes::{App, Front};

/// Serves every function of the program.
///
/// ```no_run
/// use functions_core::{FunctionServer, function};
///
/// /// Adds two numbers together.
/// #[function]
/// async fn add_numbers(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// fn main() -> functions_core::Result<()> {
///     FunctionServer::new().start()
/// }
/// ```
///
/// Three ways lead from here to an answered call: [`start`](Self::start) for a
/// program that does nothing else, [`serve`](Self::serve) (or
/// [`bind`](Self::bind), to know the address first) for one that has a Tokio
/// runtime, [`into_router`](Self::into_router) for one that has an axum app.
///
/// Everything about it can be set here, and all of it by environment variables,
/// which win: the one who runs a server has the last word.
/// [`config`](crate::config) lists them.
#[derive(Clone, Debug, Default)]
#[must_use = "a server does nothing until it is started"]
pub struct FunctionServer {
    settings: config::Layer,
    states: States,
    publisher: Option<Arc<dyn AnyPublisher>>,
}

impl FunctionServer {
    /// A server of all functions, with everything at its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the functions a value that they share, such as a connection pool. They
    /// take it as [`State<T>`](crate::State).
    ///
    /// There is one value of each type; the last one given counts.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.insert(value);
        self
    }

    /// The routes of the server, for an axum app to nest or merge.
    ///
    /// The app serves them, so what bounds connections, announces the server and
    /// ends a process is its own affair; what bounds executions and bodies still
    /// holds.
    ///
    /// ```standalone_crate
    /// use axum::Router;
    /// use functions_core::FunctionServer;
    ///
    /// # fn main() -> functions_core::Result<()> {
    /// let app: Router = Router::new().nest("/faas", FunctionServer::new().into_router()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`Error`]: all but those of the socket.
    pub fn into_router(self) -> Result<axum::Router> {
        let config = Config::load(self.settings)?;
        Ok(Prepared::new(config, self.states, None)?.router())
    }

    /// Everything but a socket, by the settings in code alone.
    pub(crate) fn prepare_without_environment(self) -> Result<Prepared> {
        let config = Config::from_sources(self.settings.clone(), [], None)?;
        self.prepare(config)
    }

    fn prepare(self, config: Config) -> Result<Prepared> {
        let events = Events::new(&config, self.publisher)?;
        Prepared::new(config, self.states, events)
    }
}

/// A server that lacks nothing but a socket.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) config: Config,
    app: Arc<App>,
    announcer: Option<Announcer>,
}

impl Prepared {
    fn new(config: Config, states: States, events: Option<Events>) -> Result<Self> {
        let registry = Registry::collect()?;
        registry.check_states(&states)?;
        let limits = Limits {
            timeout: config.timeout,
            max_timeout: config.max_timeout,
            max_concurrency: config.max_concurrency,
            max_queue: config.max_queue,
        };
        let rabbitmq = events.as_ref().and_then(Events::rabbitmq);
        let announcer = events
            .map(|events| events.announcer(&config, &registry))
            .transpose()?;
        let executor = Executor::new(registry, states, &*config.deployment_id, limits);
        let app = Arc::new(App::new(executor, &config, rabbitmq));
        Ok(Self {
            config,
            app,
            announcer,
        })
    }

    pub(crate) fn executor(&self) -> &Executor {
        self.app.executor()
    }

    fn router(&self) -> axum::Router {
        routes::router(Arc::clone(&self.app), &self.config)
    }

    fn front(&self) -> Front {
        Front::new(Arc::clone(&self.app), self.router(), &self.config)
    }
}
