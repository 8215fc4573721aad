//! A Pulsar of one test's own: one that can be stopped, killed and started again.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::command::{self, Java};
use super::settings::{self, Detour, Ports};
use super::{Admin, HOME, TENANT};
use crate::Proxy;
use crate::private::keeper::Keeper;
use crate::private::{self, Container, Private, Process, Runs, image, in_docker, ports, variable};

/// It takes 10 s to start on a machine that has nothing else to do.
const START: Duration = Duration::from_secs(180);
/// A broker that is half started may keep one waiting.
const ANSWER: Duration = Duration::from_secs(20);
const SETTINGS: &str = "standalone.conf";

/// A broker with its store in one process, that was started for tests and ends with them.
#[derive(Debug)]
pub struct Standalone {
    ports: Ports,
    server: Private,
}

impl Standalone {
    /// Makes one and starts it. Then it has the tenant [`TENANT`], without a namespace.
    ///
    /// # Panics
    /// There is nothing to make it of: these tests run by `cargo xtask test`.
    pub async fn launch() -> Self {
        private::launch("Pulsar", || Self::attempt(None, Java::Starting)).await
    }

    /// The same, of a broker that is to be measured: it takes longer to start, and is fast
    /// once it has worked for a while.
    ///
    /// # Panics
    /// As [`launch`](Self::launch).
    pub async fn launch_to_measure() -> Self {
        private::launch("Pulsar", || Self::attempt(None, Java::Running)).await
    }

    /// The same, with a proxy before it. Whoever connects to [`url`](Self::url) goes by no
    /// proxy; whoever connects to the proxy is sent to the proxy by the broker as well.
    pub async fn launch_behind_proxy() -> (Self, Proxy) {
        let attempt = async || {
            let port = ports::free();
            let proxy = Proxy::to("127.0.0.1", port).await;
            let detour = Detour {
                port,
                proxy: proxy.address().port(),
            };
            let standalone = Self::attempt(Some(detour), Java::Starting).await?;
            Ok((standalone, proxy))
        };
        private::launch("Pulsar", attempt).await
    }

    async fn attempt(detour: Option<Detour>, good_at: Java) -> Result<Self, String> {
        let name = private::name();
        let ports = Ports {
            broker: ports::free(),
            web: ports::free(),
            bookie: ports::free(),
        };
        let runs = match variable(HOME) {
            Some(home) => Runs::from(process(Path::new(&home), &name, ports, detour, good_at)),
            None if in_docker() => Runs::from(container(&name, ports, detour).await?),
            None => panic!("no Pulsar ({HOME} is not set): `cargo xtask test` finds one"),
        };
        let server = Private::new(&name, runs);
        let mut standalone = Self { ports, server };
        standalone.begin().await?;
        Ok(standalone)
    }

    /// Where its clients connect to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("pulsar://127.0.0.1:{}", self.ports.broker)
    }

    /// Where it is administrated.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.web)
    }

    /// Its administrator.
    #[must_use]
    pub fn admin(&self) -> Admin {
        Admin::new(&self.admin_url())
    }

    /// Starts it again after [`kill`](Self::kill) or [`stop`](Self::stop), on the ports
    /// that it had, with what it had stored, and waits until it is well.
    ///
    /// # Panics
    /// It runs, or does not start within three minutes.
    pub async fn start(&mut self) {
        self.begin().await.expect("it has started before");
    }

    async fn begin(&mut self) -> Result<(), String> {
        self.server.begin().await?;
        let admin = self.admin();
        let end = Instant::now() + START;
        while !is_well(&admin, &self.server).await {
            self.server.wait(end).await?;
        }
        Ok(())
    }

    /// Has it end at once, without a word to anybody.
    pub async fn kill(&mut self) {
        self.server.kill().await;
    }

    /// Has it end as its administrator would: it says farewell to its clients. That takes
    /// some seconds.
    pub async fn stop(&mut self) {
        self.server.stop().await;
    }

    /// What it has said so far.
    pub async fn log(&self) -> String {
        self.server.log().await
    }
}

/// That it answers says little: it may be that of another test, or one that is half
/// started, to which the cluster that tenants live in is not known yet.
async fn is_well(admin: &Admin, server: &Private) -> bool {
    let well = async {
        admin.health().await?;
        if server.process().is_some() {
            let stored = admin.get("brokers/internal-configuration").await?;
            let ours = stored.to_string().contains(server.name());
            anyhow::ensure!(ours, "somebody else's broker answers");
        }
        admin.create_tenant(TENANT).await
    };
    let well = timeout(ANSWER, well).await;
    well.is_ok_and(|well| well.is_ok())
}

fn process(
    home: &Path,
    name: &str,
    ports: Ports,
    detour: Option<Detour>,
    good_at: Java,
) -> Process {
    let keeper = Keeper::new(name, None);
    let path = keeper.folder().join(SETTINGS);
    let text = settings::text("127.0.0.1", ports, detour);
    std::fs::write(&path, text).expect("the folder is ours");
    // Its data lies in the folder that it runs in.
    let command = command::standalone(home, &path, ports, good_at);
    Process::new(command, keeper)
}

/// What it says of itself to its clients it says from inside, so that each port is the
/// same outside.
async fn container(name: &str, ports: Ports, detour: Option<Detour>) -> Result<Container, String> {
    let keeper = Keeper::new(name, Some(name));
    let files = keeper.folder().join("files");
    std::fs::create_dir(&files).expect("the folder is ours");
    let text = settings::text("0.0.0.0", ports, detour);
    std::fs::write(files.join(SETTINGS), text).expect("the folder is ours");
    let published = [
        Some(ports.broker),
        Some(ports.web),
        detour.map(|detour| detour.port),
    ];
    let published = published.into_iter().flatten().map(|port| (port, port));
    let published: Vec<_> = published.collect();
    let memory = format!("PULSAR_MEM={}", command::MEMORY.join(" "));
    let image = image("pulsar-docker", "pulsar");
    let arguments = command::arguments(ports);
    let mut run = vec![image.as_str(), "bin/pulsar", "standalone"];
    run.extend(arguments.iter().map(String::as_str));
    let options = ["--env", memory.as_str()];
    let container = Container::new(name, keeper, &published, &options, &run).await?;
    container.copy(&files, "/pulsar/conf").await?;
    Ok(container)
}
