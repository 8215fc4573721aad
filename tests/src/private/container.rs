//! A server in a container.
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

use yaml_rust2::YamlLoader;

use super::PATIENCE;
use super::keeper::Keeper;

/// An image may have to be fetched.
const FETCH: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(crate) struct Container {
    name: String,
    keeper: Keeper,
}

impl Container {
    /// A container that is made, but not started yet. `options` are those of `docker
    /// create`, behind which `image` and the command follow. Each port is published on
    /// the loopback address: first the outer one, then the one inside.
    ///
    /// # Errors
    /// What Docker says where it cannot be made.
    pub(crate) async fn new(
        name: &str,
        keeper: Keeper,
        ports: &[(u16, u16)],
        options: &[&str],
        image: &[&str],
    ) -> Result<Self, String> {
        let name = name.to_owned();
        let container = Self { name, keeper };
        let published = ports
            .iter()
            .map(|(outer, inner)| format!("--publish=127.0.0.1:{outer}:{inner}"));
        let published: Vec<_> = published.collect();
        let mut arguments = vec!["create", "--name", &container.name];
        arguments.extend(["--hostname", &container.name]);
        arguments.extend(published.iter().map(String::as_str));
        arguments.extend(options.iter().chain(image));
        container.docker(&arguments, FETCH).await?;
        Ok(container)
    }

    /// Copies what is in a folder into one that is in the container, where everybody may
    /// read it.
    pub(crate) async fn copy(&self, folder: &Path, inside: &str) -> Result<(), String> {
        readable(folder);
        let source = format!("{}/.", folder.display());
        let target = format!("{}:{inside}/", self.name);
        self.docker(&["cp", &source, &target], PATIENCE).await?;
        Ok(())
    }

    pub(super) async fn start(&self) -> Result<(), String> {
        self.docker(&["start", &self.name], PATIENCE).await?;
        Ok(())
    }

    pub(super) async fn has_ended(&self) -> bool {
        let format = ["inspect", "--format", "{{.State.Running}}", &self.name];
        let running = self.docker(&format, PATIENCE).await;
        running.map_or(true, |running| running.trim() != "true")
    }

    /// # Panics
    /// The container goes on running.
    pub(super) async fn kill(&self) {
        let killed = self.docker(&["kill", &self.name], PATIENCE).await;
        if let Err(error) = killed {
            assert!(self.has_ended().await, "it cannot be killed: {error}");
        }
    }

    /// # Panics
    /// Docker cannot stop it.
    pub(super) async fn stop(&self) {
        // Docker waits for less than a busy machine needs to write everything down.
        let stop = ["stop", "-t", "30", &self.name];
        let stopped = self.docker(&stop, 2 * PATIENCE).await;
        stopped.expect("it can be stopped");
    }

    pub(super) async fn exec(
        &self,
        program: &Command,
        arguments: &[&str],
    ) -> Result<String, String> {
        let words = [program.get_program()]
            .into_iter()
            .chain(program.get_args());
        let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
        let mut exec = vec!["exec", self.name.as_str()];
        exec.extend(words.iter().map(AsRef::as_ref));
        exec.extend(arguments);
        self.docker(&exec, PATIENCE).await
    }

    pub(super) async fn log(&self) -> String {
        let arguments = ["logs", "--tail", "100", &self.name];
        let log = self.docker(&arguments, PATIENCE).await;
        log.unwrap_or_else(|error| error)
    }

    async fn docker(&self, arguments: &[&str], patience: Duration) -> Result<String, String> {
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

/// The image of a service in a compose file of this repository: what people start on
/// their desks is what the tests run against.
pub(crate) fn image(folder: &str, service: &str) -> String {
    let repository = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let path = format!("{repository}/{folder}/docker-compose.yml");
    let compose = std::fs::read_to_string(path).expect("the compose file is there");
    let compose = YamlLoader::load_from_str(&compose).expect("it is YAML");
    let image = compose[0]["services"][service]["image"].as_str();
    image.expect("the service names an image").to_owned()
}
