//! A PostgreSQL of one test's own: one that can be stopped, killed and started again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{PROGRAMS, native};
use crate::private::keeper::Keeper;
use crate::private::{
    self, Container, PATIENCE, Private, Runs, image, in_docker, ports, random, variable,
};

/// It takes less than a second, and as long as it has to read what was not yet in its
/// place when it was killed.
const START: Duration = Duration::from_secs(120);
/// What one says that finds others at work in its store.
const IN_USE: &str = "is still in use";
/// Where it listens in a container.
const INSIDE: u16 = 5432;
/// Its superuser.
pub(super) const USER: &str = "functions";

/// A server that was started for tests and ends with them.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    password: String,
    psql: PathBuf,
    server: Private,
}

impl Postgres {
    /// Makes one and starts it. It has a superuser and the database `postgres`.
    ///
    /// # Panics
    /// There is nothing to make it of: these tests run by `cargo xtask test`.
    pub async fn launch() -> Self {
        private::launch("PostgreSQL", Self::attempt).await
    }

    async fn attempt() -> Result<Self, String> {
        let name = private::name();
        let port = ports::free();
        let password = format!("{:016x}{:016x}", random(), random());
        let programs = variable(PROGRAMS).map(PathBuf::from);
        let runs = match &programs {
            Some(programs) => {
                let keeper = Keeper::new(&name, None);
                let made = native::make(programs, keeper, port, &password);
                Runs::from(made.await?)
            }
            None if in_docker() => Runs::from(container(&name, port, &password).await?),
            None => panic!("no PostgreSQL ({PROGRAMS} is not set): `cargo xtask test` finds one"),
        };
        let server = Private::new(&name, runs);
        let mut postgres = Self {
            port,
            password,
            psql: psql(programs.as_deref()),
            server,
        };
        postgres.begin().await?;
        Ok(postgres)
    }

    /// How its superuser reaches its database `postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        let Self { port, password, .. } = self;
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/postgres")
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `psql` as a client of its superuser, who is asked for nothing more. It ends with
    /// whoever waits for it.
    #[must_use]
    pub fn psql(&self) -> tokio::process::Command {
        let mut psql = match self.server.process() {
            Some(_) => tokio::process::Command::new(&self.psql),
            None => tokio::process::Command::new("docker"),
        };
        let mut port = self.port;
        if self.server.process().is_none() {
            psql.args(["exec", self.server.name(), "psql"]);
            port = INSIDE;
        }
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
            .args(["--no-password", "--set=ON_ERROR_STOP=1"])
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .args(["--username", USER, "--dbname=postgres"])
            .env("PGPASSWORD", &self.password)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        psql
    }

    /// Runs statements by [`psql`](Self::psql), and gives back the rows, a line each with
    /// `|` between the columns.
    ///
    /// # Errors
    /// What `psql` says: it finds no server, or one that refuses.
    pub async fn sql(&self, statements: &str) -> Result<String, String> {
        let mut psql = self.psql();
        psql.args(["--command", statements]);
        let output = timeout(PATIENCE, psql.output()).await;
        let output = output.map_err(|_| format!("no answer to {statements}"))?;
        let output = output.map_err(|error| format!("psql cannot be started: {error}"))?;
        let text = |said: Vec<u8>| String::from_utf8_lossy(&said).into_owned();
        match output.status.success() {
            true => Ok(text(output.stdout)),
            false => Err(text(output.stderr)),
        }
    }

    /// Starts it again after [`kill`](Self::kill) or [`stop`](Self::stop), on the port that
    /// it had, with what it had stored, and waits until it takes connections.
    ///
    /// # Panics
    /// It runs, or does not start within two minutes.
    pub async fn start(&mut self) {
        self.begin().await.expect("it has started before");
    }

    async fn begin(&mut self) -> Result<(), String> {
        let end = Instant::now() + START;
        self.server.begin().await?;
        while !self.is_ready().await {
            match self.server.wait(end).await {
                // A process of the one that was killed has still to end.
                Err(error) if error.contains(IN_USE) && Instant::now() < end => {
                    self.server.begin().await?;
                }
                waited => waited?,
            }
        }
        Ok(())
    }

    async fn is_ready(&self) -> bool {
        if let Some(process) = self.server.process() {
            return native::is_ready(process, self.port);
        }
        // While it is made, it listens on no address but a file.
        let asked = ["-h", "127.0.0.1", "-U", USER];
        let answer = self.server.run(&Command::new("pg_isready"), &asked).await;
        answer.is_ok()
    }

    /// Has it end at once, as it would with its machine.
    pub async fn kill(&mut self) {
        let served = match self.server.process() {
            Some(process) => native::serving(process),
            None => Vec::new(),
        };
        self.server.kill().await;
        native::end(&served);
    }

    /// Has it end as its administrator would: it hangs up on its clients.
    pub async fn stop(&mut self) {
        self.server.stop().await;
    }

    /// What it has said so far.
    pub async fn log(&self) -> String {
        self.server.log().await
    }
}

/// The one of the same version, where it is installed, else whichever there is.
fn psql(programs: Option<&Path>) -> PathBuf {
    let beside = programs.map(|programs| programs.join("psql"));
    let beside = beside.filter(|psql| psql.is_file());
    beside.unwrap_or_else(|| "psql".into())
}

async fn container(name: &str, port: u16, password: &str) -> Result<Container, String> {
    let keeper = Keeper::new(name, Some(name));
    let image = image("pulsar-docker", "postgres");
    let user = format!("--env=POSTGRES_USER={USER}");
    let password = format!("--env=POSTGRES_PASSWORD={password}");
    let options = [&user, &password, "--env=POSTGRES_DB=postgres"];
    Container::new(name, keeper, &[(port, INSIDE)], &options, &[&image]).await
}
