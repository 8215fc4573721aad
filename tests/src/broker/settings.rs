//! The settings of a node, whichever make it is of.

use std::path::{Path, PathBuf};

use crate::private::certificates::{self, AUTHORITY, CERTIFICATE, KEY};
use crate::private::keeper::Keeper;

/// What people start with Docker is what the tests run against.
const DEFINITIONS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../rabbitmq-docker/definitions.json"
);

/// Where the files of a node lie in the folder of its keeper.
pub(super) fn files(keeper: &Keeper) -> PathBuf {
    keeper.folder().join("files")
}

/// Puts all of them there but `rabbitmq.conf`, and gives back the path of the authority
/// that vouches for the node.
pub(super) fn prepare(keeper: &Keeper) -> PathBuf {
    let files = files(keeper);
    std::fs::create_dir(&files).expect("the folder is ours");
    std::fs::copy(DEFINITIONS, files.join("definitions.json")).expect("the definitions are there");
    certificates::make(&files)
}

/// The text of a `rabbitmq.conf` for a node that calls itself `name` and finds its files
/// in `folder`.
pub(super) fn text(name: &str, folder: &Path, listener: &str, tls_listener: &str) -> String {
    let at = |file: &str| folder.join(file).display().to_string();
    let (definitions, authority) = (at("definitions.json"), at(AUTHORITY));
    let (certificate, key) = (at(CERTIFICATE), at(KEY));
    // A machine with a full disk would have every test wait for its alarm to end.
    format!(
        "\
cluster_name = {name}
listeners.tcp.tests = {listener}
listeners.ssl.tests = {tls_listener}
ssl_options.cacertfile = {authority}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
load_definitions = {definitions}
disk_free_limit.absolute = 1MB
"
    )
}
