//! A RabbitMQ node of the tests' own: one that can be stopped, killed and started again.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::access::{Access, Tls};
use super::{docker, greeting, native, settings};
use crate::private::keeper::Keeper;
use crate::private::{self, Private, Runs, ports};

/// A node takes 5 s to start on a machine that has nothing else to do.
const START: Duration = Duration::from_secs(120);

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
    access: Access,
    server: Private,
    ctl: Command,
}

impl Node {
    /// Makes a node and starts it.
    pub async fn launch(make: &Make) -> Self {
        private::launch("node", || Self::attempt(make)).await
    }

    async fn attempt(make: &Make) -> Result<Self, String> {
        let name = private::name();
        let container = (*make == Make::Docker).then_some(name.as_str());
        let keeper = Keeper::new(&name, container);
        let ca_file = settings::prepare(&keeper);
        let ports = (ports::free(), ports::free());
        let (runs, ctl) = match make {
            Make::Native(server) => {
                let (process, ctl) = native::prepare(server, &name, keeper, ports).await?;
                (Runs::from(process), ctl)
            }
            Make::Docker => {
                let container = docker::prepare(&name, keeper, ports).await?;
                let mut ctl = Command::new("rabbitmqctl");
                ctl.arg("--quiet");
                (Runs::from(container), ctl)
            }
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
        let server = Private::new(&name, runs);
        let mut node = Self {
            access,
            server,
            ctl,
        };
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
        self.server.begin().await?;
        let end = Instant::now() + START;
        while !self.is_ready().await {
            self.server.wait(end).await?;
        }
        Ok(())
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
        greeting::is_from(*port, self.server.name()).await
            && TcpStream::connect((hostname.as_str(), tls.port))
                .await
                .is_ok()
    }

    /// Has it end at once, without a word to anybody.
    pub async fn kill(&mut self) {
        self.server.kill().await;
    }

    /// Has it end as its administrator would: it says farewell to its clients.
    pub async fn stop(&mut self) {
        self.server.stop().await;
    }

    /// Runs `rabbitmqctl` with arguments and gives back what it printed. It takes about
    /// a second.
    ///
    /// # Panics
    /// It fails, or does not end.
    pub async fn ctl(&self, arguments: &[&str]) -> String {
        let said = self.server.run(&self.ctl, arguments).await;
        said.unwrap_or_else(|error| panic!("{error}"))
    }

    /// What it has said so far.
    pub async fn log(&self) -> String {
        self.server.log().await
    }
}
