//! A RabbitMQ node of the tests' own: one that can be stopped, killed and started again.

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::access::{Access, Tls};
use super::docker::Docker;
use super::keeper::Keeper;
use super::native::Native;
use super::{greeting, ports, settings};

/// A node takes 5 s to start on a machine that has nothing else to do.
const START: Duration = Duration::from_secs(120);
/// How often others may take the ports that were free.
const ATTEMPTS: usize = 3;

/// How a node comes to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Make {
    /// As a process, of the installed RabbitMQ whose script `rabbitmq-server` is there.
    Native(PathBuf),
    /// In a container.
    Docker,
}

/// A node that was started for tests, with what `rabbitmq-docker/definitions.json`
/// defines, and ends with them.
#[derive(Debug)]
pub struct Node {
    name: String,
    access: Access,
    runs: Runs,
}

#[derive(Debug)]
enum Runs {
    Native(Native),
    Docker(Docker),
}

impl Node {
    /// Makes a node and starts it.
    pub async fn launch(make: &Make) -> Self {
        let mut attempt = 1;
        loop {
            match Self::attempt(make).await {
                Ok(node) => return node,
                Err(_) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => panic!("no node starts: {error}"),
            }
        }
    }

    async fn attempt(make: &Make) -> Result<Self, String> {
        let random = RandomState::new().hash_one(());
        let name = format!("functions-test-{random:016x}");
        let container = (*make == Make::Docker).then_some(name.as_str());
        let keeper = Keeper::new(&name, container);
        let ca_file = settings::prepare(&keeper);
        let ports = (ports::free(), ports::free());
        let runs = match make {
            Make::Native(server) => Runs::Native(Native::new(server, &name, keeper, ports).await?),
            Make::Docker => Runs::Docker(Docker::new(&name, keeper, ports).await?),
        };
        let access = Access {
            hostname: "127.0.0.1".to_owned(),
            port: ports.0,
            tls: Some(Tls {
                port: ports.1,
                ca_file,
            }),
            username: "cerebro".to_owned(),
            password: "cerebro123".to_owned(),
            vhost: "/".to_owned(),
        };
        let mut node = Self { name, access, runs };
        node.begin().await?;
        Ok(node)
    }

    /// The way to it.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Starts it again after [`kill`](Self::kill) or [`stop`](Self::stop), on the ports
    /// that it had, with what it had stored, and waits until it takes connections.
    ///
    /// # Panics
    /// It runs, or does not start within two minutes.
    pub async fn start(&mut self) {
        self.begin().await.expect("it has started before");
    }

    async fn begin(&mut self) -> Result<(), String> {
        match &mut self.runs {
            Runs::Native(native) => native.start(),
            Runs::Docker(docker) => drop(docker.start().await?),
        }
        match timeout(START, self.ready()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("{} has ended:\n{}", self.name, self.log().await)),
            Err(_) => {
                let log = self.log().await;
                panic!("{} is not ready after {START:?}:\n{log}", self.name)
            }
        }
    }

    /// Waits until it takes connections, or has ended.
    async fn ready(&mut self) -> bool {
        while !self.is_ready().await {
            if self.has_ended().await {
                return false;
            }
            sleep(Duration::from_millis(20)).await;
        }
        true
    }

    /// Whether it takes connections.
    pub async fn is_ready(&self) -> bool {
        let Access {
            hostname,
            port,
            tls,
            ..
        } = &self.access;
        let Some(tls) = tls else { return false };
        greeting::is_from(*port, &self.name).await
            && TcpStream::connect((hostname.as_str(), tls.port))
                .await
                .is_ok()
    }

    async fn has_ended(&mut self) -> bool {
        match &mut self.runs {
            Runs::Native(native) => native.has_ended(),
            Runs::Docker(docker) => docker.has_ended().await,
        }
    }

    /// Has it end at once, without a word to anybody.
    pub async fn kill(&mut self) {
        match &mut self.runs {
            Runs::Native(native) => native.kill(),
            Runs::Docker(docker) => docker.kill().await.expect("it can be killed"),
        }
    }

    /// Has it end as its administrator would: it says farewell to its clients.
    pub async fn stop(&mut self) {
        match &mut self.runs {
            Runs::Native(native) => native.stop().await,
            Runs::Docker(docker) => drop(docker.stop().await.expect("it can be stopped")),
        }
    }

    /// Runs `rabbitmqctl` with arguments and gives back what it printed. It takes about
    /// a second.
    ///
    /// # Panics
    /// It fails, or does not end.
    pub async fn ctl(&self, arguments: &[&str]) -> String {
        let said = match &self.runs {
            Runs::Native(native) => native.ctl(arguments).await,
            Runs::Docker(docker) => docker.ctl(arguments).await,
        };
        said.unwrap_or_else(|error| panic!("{error}"))
    }

    /// What it has said so far.
    pub async fn log(&self) -> String {
        match &self.runs {
            Runs::Native(native) => native.log(),
            Runs::Docker(docker) => docker.log().await,
        }
    }
}
