//! A node in a container, of the image that `rabbitmq-docker` names.

use std::path::Path;

use super::settings;
use crate::private::keeper::Keeper;
use crate::private::{Container, image};

/// Where the image has its settings.
const INSIDE: &str = "/etc/rabbitmq";

/// A container that is made, but not started yet.
///
/// # Errors
/// What Docker says where it cannot be made.
pub(super) async fn prepare(
    name: &str,
    keeper: Keeper,
    ports: (u16, u16),
) -> Result<Container, String> {
    let files = settings::files(&keeper);
    let text = settings::text(name, Path::new(INSIDE), "0.0.0.0:5672", "0.0.0.0:5671");
    std::fs::write(files.join("rabbitmq.conf"), text).expect("the folder is ours");
    let image = image("rabbitmq-docker", "rabbitmq");
    let ports = [(ports.0, 5672), (ports.1, 5671)];
    let container = Container::new(name, keeper, &ports, &[], &[&image]).await?;
    container.copy(&files, INSIDE).await?;
    Ok(container)
}
