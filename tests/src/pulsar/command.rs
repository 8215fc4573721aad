//! The command that a broker of the jars is started by.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::settings::Ports;

/// What Pulsar reaches into, of which Java has closed more with each version.
const OPENED: &[&str] = &[
    "java.base/java.lang",
    "java.base/java.nio",
    "java.base/java.util.zip",
    "java.base/jdk.internal.misc",
    "java.base/sun.net",
    "java.management/sun.management",
    "jdk.management/com.sun.management.internal",
];
/// Bounds for a machine that runs tests: a broker that has just started takes 400 MB in
/// all.
pub(super) const MEMORY: &[&str] = &["-Xmx1g", "-XX:MaxDirectMemorySize=1g"];

/// What a broker's Java is to be good at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Java {
    /// At starting: it takes two thirds of the time, and tests start many.
    #[default]
    Starting,
    /// At running, once it has run for a while, as one does that is there for others.
    Running,
}

/// Runs a standalone broker by the jars in a folder, with the settings in a file.
pub(super) fn standalone(home: &Path, settings: &Path, ports: Ports, good_at: Java) -> Command {
    let mut command = Command::new(java());
    command.args(MEMORY);
    if good_at == Java::Starting {
        command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]);
    }
    command.arg("-Dio.netty.tryReflectionSetAccessible=true");
    let opened = OPENED
        .iter()
        .map(|package| format!("{package}=ALL-UNNAMED"));
    command.args(opened.flat_map(|opened| ["--add-opens".to_owned(), opened]));
    command.arg("-cp").arg(home.join("lib").join("*"));
    command.arg("org.apache.pulsar.PulsarStandaloneStarter");
    command.arg("--config").arg(settings).args(arguments(ports));
    command
}

/// Nothing but a broker and what it stores by.
pub(super) fn arguments(ports: Ports) -> [String; 4] {
    let bookie = ports.bookie.to_string();
    ["-nfw", "-nss", "--bookkeeper-port", &bookie].map(str::to_owned)
}

fn java() -> PathBuf {
    let home = std::env::var_os("JAVA_HOME").filter(|home| !home.is_empty());
    home.map_or_else(|| "java".into(), |home| Path::new(&home).join("bin/java"))
}
