//! A node of the RabbitMQ that is installed on this machine, beside all others there.
//!
//! Whatever two nodes could share it has for itself: name, ports, folder, cookie, the
//! settings, and epmd, the small server that Erlang's nodes find each other by. RabbitMQ
//! would start an epmd that nobody stops, so one runs here before it looks.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tokio::net::TcpStream;

use super::keeper::{Group, Keeper};
use super::{PATIENCE, ports, settings};

const LOG: &str = "node.log";

#[derive(Debug)]
pub(super) struct Native {
    server: PathBuf,
    name: String,
    epmd_port: u16,
    distribution_port: u16,
    epmd: Group,
    node: Option<Group>,
    keeper: Keeper,
}

impl Native {
    /// What it needs to start, but not started yet.
    ///
    /// # Errors
    /// Somebody else listens on a port that was free.
    pub(super) async fn new(
        server: &Path,
        name: &str,
        keeper: Keeper,
        ports: (u16, u16),
    ) -> Result<Self, String> {
        let files = settings::files(&keeper);
        let write = |file: &str, text: &str| {
            std::fs::write(files.join(file), text).expect("the folder is ours");
        };
        let local = |port: u16| format!("127.0.0.1:{port}");
        let (plain, tls) = (local(ports.0), local(ports.1));
        write("rabbitmq.conf", &settings::text(name, &files, &plain, &tls));
        write("advanced.config", "[].\n");
        write("enabled_plugins", "[].\n");
        write("environment.conf", "");
        let epmd_port = ports::free();
        let mut command = Command::new(epmd(server));
        command.args(["-address", "127.0.0.1", "-port", &epmd_port.to_string()]);
        let mut epmd = keeper.start(&command, &keeper.folder().join("epmd.log"));
        let listening = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, epmd_port))
                .await
                .is_err()
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let listening = tokio::time::timeout(PATIENCE, listening).await;
        if listening.is_err() || epmd.has_ended() {
            return Err(format!("epmd does not listen on port {epmd_port}"));
        }
        Ok(Self {
            server: server.to_owned(),
            name: name.to_owned(),
            epmd_port,
            distribution_port: ports::free(),
            epmd,
            node: None,
            keeper,
        })
    }

    pub(super) fn start(&mut self) {
        assert!(self.has_ended(), "the node runs already");
        let command = self.command(&self.server);
        let log = self.keeper.folder().join(LOG);
        self.node = Some(self.keeper.start(&command, &log));
    }

    pub(super) fn has_ended(&mut self) -> bool {
        self.node.as_mut().is_none_or(Group::has_ended)
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut node) = self.node.take() {
            node.kill();
        }
    }

    pub(super) async fn stop(&mut self) {
        if let Some(mut node) = self.node.take() {
            node.terminate(PATIENCE).await;
        }
    }

    pub(super) async fn ctl(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = self.command(&self.server.with_file_name("rabbitmqctl"));
        command.arg("--quiet").args(arguments);
        self.keeper.run(&command, PATIENCE).await
    }

    pub(super) fn log(&self) -> String {
        let log = std::fs::read(self.keeper.folder().join(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn command(&self, program: &Path) -> Command {
        let (folder, files) = (self.keeper.folder(), settings::files(&self.keeper));
        let loopback = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}";
        let mut command = Command::new(program);
        command
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("ERL_EPMD_PORT", self.epmd_port.to_string())
            .env("RABBITMQ_NODENAME", format!("{}@localhost", self.name))
            .env("RABBITMQ_DIST_PORT", self.distribution_port.to_string())
            // Any port that is free: the range that is the default is everybody's.
            .env("RABBITMQ_CTL_DIST_PORT_MIN", "0")
            .env("RABBITMQ_CTL_DIST_PORT_MAX", "0")
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", loopback)
            .env("RABBITMQ_CTL_ERL_ARGS", loopback)
            .env("RABBITMQ_CONF_ENV_FILE", files.join("environment.conf"))
            .env("RABBITMQ_CONFIG_FILE", files.join("rabbitmq.conf"))
            .env("RABBITMQ_CONFIG_FILES", files.join("conf.d"))
            .env(
                "RABBITMQ_ADVANCED_CONFIG_FILE",
                files.join("advanced.config"),
            )
            .env(
                "RABBITMQ_ENABLED_PLUGINS_FILE",
                files.join("enabled_plugins"),
            )
            .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_LOGS", "-");
        command
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        self.kill();
        self.epmd.kill();
    }
}

/// Erlang puts it beside `erl`, of which the path may hold no more than a link.
fn epmd(server: &Path) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = server.parent().map(Path::to_owned).into_iter();
    let mut folders = folders.chain(std::env::split_paths(&path));
    let beside = |program: PathBuf| {
        let epmd = program.with_file_name("epmd");
        epmd.is_file().then_some(epmd)
    };
    folders
        .find_map(|folder| {
            let erl = folder.join("erl");
            beside(erl.clone()).or_else(|| beside(erl.canonicalize().ok()?))
        })
        .expect("epmd is installed where erl is")
}
