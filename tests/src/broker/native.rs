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

use super::settings;
use crate::private::keeper::{Group, Keeper};
use crate::private::{PATIENCE, Process, ports};

/// What it needs to start, but not started yet, and its `rabbitmqctl`.
///
/// # Errors
/// Somebody else listens on a port that was free.
pub(super) async fn prepare(
    server: &Path,
    name: &str,
    keeper: Keeper,
    ports: (u16, u16),
) -> Result<(Process, Command), String> {
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
    let ports = (ports::free(), ports::free());
    let epmd = begin_epmd(server, &keeper, ports.0).await?;
    let command = command(server, name, &keeper, ports);
    let mut ctl = self::command(&server.with_file_name("rabbitmqctl"), name, &keeper, ports);
    ctl.arg("--quiet");
    Ok((Process::new(command, keeper).beside(epmd), ctl))
}

async fn begin_epmd(server: &Path, keeper: &Keeper, port: u16) -> Result<Group, String> {
    let mut command = Command::new(epmd(server));
    command.args(["-address", "127.0.0.1", "-port", &port.to_string()]);
    let mut epmd = keeper.start(&command, &keeper.folder().join("epmd.log"));
    let listening = async {
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_err()
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let listening = tokio::time::timeout(PATIENCE, listening).await;
    match listening.is_err() || epmd.has_ended() {
        true => Err(format!("epmd does not listen on port {port}")),
        false => Ok(epmd),
    }
}

/// A program of RabbitMQ; the ports are epmd's and the one for other nodes.
fn command(program: &Path, name: &str, keeper: &Keeper, ports: (u16, u16)) -> Command {
    let (folder, files) = (keeper.folder(), settings::files(keeper));
    let loopback = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}";
    let mut command = Command::new(program);
    command
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("ERL_EPMD_PORT", ports.0.to_string())
        .env("RABBITMQ_NODENAME", format!("{name}@localhost"))
        .env("RABBITMQ_DIST_PORT", ports.1.to_string())
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
