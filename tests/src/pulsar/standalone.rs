//! A Pulsar of one test's own: one that can be stopped, killed and started again.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::command::{self, Java};
use super::settings::{self, Detour, Ports};
use super::{Admin, HOME, Security, TENANT};
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
    security: Option<Security>,
}

/// What is special about one.
#[derive(Debug, Default)]
struct Setup {
    good_at: Java,
    detour: Option<Detour>,
    security: Option<Security>,
}

impl Standalone {
    /// Makes one and starts it. Then it has the tenant [`TENANT`], without a namespace.
    ///
    /// # Panics
    /// There is nothing to make it of: these tests run by `cargo xtask test`.
    pub async fn launch() -> Self {
        private::launch("Pulsar", || Self::attempt(Setup::default())).await
    }

    /// The same, of a broker that is to be measured: it takes longer to start, and is fast
    /// once it has worked for a while.
    ///
    /// # Panics
    /// As [`launch`](Self::launch).
    pub async fn launch_to_measure() -> Self {
        let attempt = || {
            Self::attempt(Setup {
                good_at: Java::Running,
                ..Setup::default()
            })
        };
        private::launch("Pulsar", attempt).await
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
            let setup = Setup {
                detour: Some(detour),
                ..Setup::default()
            };
            Ok((Self::attempt(setup).await?, proxy))
        };
        private::launch("Pulsar", attempt).await
    }

    /// One that wants to know who comes, and can be reached by TLS as well: see
    /// [`security`](Self::security).
    pub async fn launch_secured() -> Self {
        let attempt = || {
            Self::attempt(Setup {
                security: Some(Security::new()),
                ..Setup::default()
            })
        };
        private::launch("Pulsar", attempt).await
    }

    async fn attempt(mut setup: Setup) -> Result<Self, String> {
        let name = private::name();
        let ports = Ports {
            broker: ports::free(),
            web: ports::free(),
            bookie: ports::free(),
        };
        let runs = match variable(HOME) {
            Some(home) => Runs::from(process(Path::new(&home), &name, ports, &mut setup)),
            None if in_docker() => Runs::from(container(&name, ports, &mut setup).await?),
            None => panic!("no Pulsar ({HOME} is not set): `cargo xtask test` finds one"),
        };
        let server = Private::new(&name, runs);
        let mut standalone = Self {
            ports,
            server,
            security: setup.security,
        };
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
        let admin = Admin::new(&self.admin_url());
        match &self.security {
            Some(security) => admin.with_token(security.administrator()),
            None => admin,
        }
    }

    /// What it wants to see of those who come.
    ///
    /// # Panics
    /// It does not: it was not [launched](Self::launch_secured) so.
    #[must_use]
    pub fn security(&self) -> &Security {
        self.security.as_ref().expect("it is secured")
    }

    /// Where its clients connect to by TLS.
    #[must_use]
    pub fn secure_url(&self) -> String {
        format!("pulsar+ssl://127.0.0.1:{}", self.security().broker)
    }

    /// Where it is administrated by TLS.
    #[must_use]
    pub fn secure_admin_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.security().web)
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

fn process(home: &Path, name: &str, ports: Ports, setup: &mut Setup) -> Process {
    let keeper = Keeper::new(name, None);
    let folder = keeper.folder().to_owned();
    let path = folder.join(SETTINGS);
    setup.write(&path, "127.0.0.1", ports, &folder.display().to_string());
    // Its data lies in the folder that it runs in.
    let command = command::standalone(home, &path, ports, setup.good_at);
    Process::new(command, keeper)
}

/// What it says of itself to its clients it says from inside, so that each port is the
/// same outside.
async fn container(name: &str, ports: Ports, setup: &mut Setup) -> Result<Container, String> {
    const INSIDE: &str = "/pulsar/conf";
    let keeper = Keeper::new(name, Some(name));
    let files = keeper.folder().join("files");
    std::fs::create_dir(&files).expect("the folder is ours");
    setup.write(&files.join(SETTINGS), "0.0.0.0", ports, INSIDE);
    let published = [ports.broker, ports.web]
        .into_iter()
        .chain(setup.detour.map(|detour| detour.port))
        .chain(setup.security.iter().flat_map(|it| [it.broker, it.web]));
    let published: Vec<_> = published.map(|port| (port, port)).collect();
    let memory = format!("PULSAR_MEM={}", command::MEMORY.join(" "));
    let image = image("pulsar-docker", "pulsar");
    let arguments = command::arguments(ports);
    let mut run = vec![image.as_str(), "bin/pulsar", "standalone"];
    run.extend(arguments.iter().map(String::as_str));
    let options = ["--env", memory.as_str()];
    let container = Container::new(name, keeper, &published, &options, &run).await?;
    container.copy(&files, INSIDE).await?;
    Ok(container)
}

impl Setup {
    /// Writes the settings of a broker that listens on `address` and finds in the folder
    /// `inside` what lies beside them.
    fn write(&mut self, path: &Path, address: &str, ports: Ports, inside: &str) {
        let mut text = settings::text(address, ports, self.detour);
        if let Some(security) = &mut self.security {
            security.write(path.parent().expect("it is in a folder"));
            text.push_str(&security.text(inside));
        }
        std::fs::write(path, text).expect("the folder is ours");
    }
}
