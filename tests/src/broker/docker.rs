//! A node in a container, of the image that `rabbitmq-docker` names.
//!
//! The container keeps its name, its ports and its data from one start to the next, so
//! it is not one that Docker removes when it stops; the keeper removes it, with its
//! data. Files are copied into it rather than mounted: an engine need not see the files
//! of those who ask it for containers.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::keeper::Keeper;
use super::{PATIENCE, settings};

const COMPOSE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../rabbitmq-docker/docker-compose.yml"
);
/// Where the image has its settings.
const INSIDE: &str = "/etc/rabbitmq";
/// An image may have to be fetched.
const FETCH: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(super) struct Docker {
    container: String,
    keeper: Keeper,
}

impl Docker {
    /// A container that is made, but not started yet.
    ///
    /// # Errors
    /// What Docker says where it cannot be made.
    pub(super) async fn new(
        container: &str,
        keeper: Keeper,
        ports: (u16, u16),
    ) -> Result<Self, String> {
        let docker = Self {
            container: container.to_owned(),
            keeper,
        };
        let files = settings::files(&docker.keeper);
        let text = settings::text(container, Path::new(INSIDE), "0.0.0.0:5672", "0.0.0.0:5671");
        std::fs::write(files.join("rabbitmq.conf"), text).expect("the folder is ours");
        readable(&files);
        let publish = |port: u16, inside: u16| format!("127.0.0.1:{port}:{inside}");
        let (plain, tls) = (publish(ports.0, 5672), publish(ports.1, 5671));
        let arguments = ["create", "--name", container, "--hostname", container];
        let published = ["--publish", &plain, "--publish", &tls, &image()];
        docker
            .run(&[&arguments[..], &published[..]].concat(), FETCH)
            .await?;
        let source = format!("{}/.", files.display());
        let target = format!("{container}:{INSIDE}/");
        docker.run(&["cp", &source, &target], PATIENCE).await?;
        Ok(docker)
    }

    pub(super) async fn start(&self) -> Result<String, String> {
        self.run(&["start", &self.container], PATIENCE).await
    }

    pub(super) async fn has_ended(&self) -> bool {
        let format = ["inspect", "--format", "{{.State.Running}}", &self.container];
        let running = self.run(&format, PATIENCE).await;
        running.map_or(true, |running| running.trim() != "true")
    }

    /// # Errors
    /// What Docker says where the container goes on running.
    pub(super) async fn kill(&self) -> Result<(), String> {
        let killed = self.run(&["kill", &self.container], PATIENCE).await;
        match killed {
            Err(error) if !self.has_ended().await => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) async fn stop(&self) -> Result<String, String> {
        // Docker waits for less than a busy machine needs to write everything down.
        self.run(&["stop", "-t", "30", &self.container], 2 * PATIENCE)
            .await
    }

    pub(super) async fn ctl(&self, arguments: &[&str]) -> Result<String, String> {
        let exec = ["exec", &self.container, "rabbitmqctl", "--quiet"];
        self.run(&[&exec[..], arguments].concat(), PATIENCE).await
    }

    pub(super) async fn log(&self) -> String {
        let arguments = ["logs", "--tail", "100", &self.container];
        let log = self.run(&arguments, PATIENCE).await;
        log.unwrap_or_else(|error| error)
    }

    async fn run(&self, arguments: &[&str], patience: Duration) -> Result<String, String> {
        let mut command = Command::new("docker");
        // Docker looks into the environment and the home of its user for its engine.
        command.args(arguments).envs(std::env::vars_os());
        self.keeper.run(&command, patience).await
    }
}

/// The user in the container is not the one who wrote the files.
fn readable(folder: &Path) {
    let allow = |path: &Path, mode| {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("the folder is ours");
    };
    allow(folder, 0o755);
    for file in std::fs::read_dir(folder).expect("the folder is ours") {
        allow(&file.expect("the folder is ours").path(), 0o644);
    }
}

fn image() -> String {
    let compose = std::fs::read_to_string(COMPOSE).expect("the compose file is there");
    let image = compose
        .lines()
        .find_map(|line| line.trim().strip_prefix("image:"));
    image
        .expect("the compose file names an image")
        .trim()
        .to_owned()
}
