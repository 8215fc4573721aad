//! The jars of Pulsar, by Maven.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cache::{Cache, Kept};
use crate::machine::ends_well;

/// An artifact, with all that it leans on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jars {
    /// Where it is kept.
    pub(super) kept: Kept,
    artifact: &'static str,
    version: &'static str,
}

/// Pulsar itself, the same that `pulsar-docker` starts.
pub(super) const BROKER: Jars = Jars {
    kept: Kept {
        name: "pulsar-4.0.0",
        proof: "lib/pulsar-broker-4.0.0.jar",
    },
    artifact: "pulsar-broker",
    version: "4.0.0",
};

/// What runs a function of Pulsar Functions in a process of its own. Of its 4.0 there are
/// later versions only.
pub(super) const RUNNER: Jars = Jars {
    kept: Kept {
        name: "pulsar-functions-4.0.7",
        proof: "lib/pulsar-functions-local-runner-original-4.0.7.jar",
    },
    artifact: "pulsar-functions-local-runner-original",
    version: "4.0.7",
};

/// It takes a minute or two.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Fetches these, with all that they are made of, once, into a cache.
///
/// # Errors
/// Why not, in words that follow a colon.
pub(super) fn fetch(
    jars: Jars,
    cache: &Cache,
    maven: &Path,
    java: &Path,
) -> Result<PathBuf, String> {
    let name = jars.kept.name;
    cache.keep(jars.kept, |folder| {
        eprintln!("Fetching {name} with Maven: 230 MB, once.");
        let project = folder.join("pom.xml");
        std::fs::write(&project, project_of(jars))
            .map_err(|error| format!("{} cannot be written: {error}", project.display()))?;
        let mut command = Command::new(maven);
        command
            .args(["--batch-mode", "--quiet", "--strict-checksums", "--file"])
            .arg(&project)
            .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
            .arg(format!(
                "-DoutputDirectory={}",
                folder.join("lib").display()
            ))
            .env("JAVA_HOME", java);
        match ends_well(&mut command, PATIENCE) {
            true => Ok(()),
            false => Err(format!("Maven could not fetch {name}, see above")),
        }
    })
}

/// A project of which nothing is built: it leans on Pulsar, and on the versions of all else
/// that Pulsar is built with.
fn project_of(jars: Jars) -> String {
    let Jars {
        artifact, version, ..
    } = jars;
    format!(
        "\
<project xmlns=\"http://maven.apache.org/POM/4.0.0\">
  <modelVersion>4.0.0</modelVersion>
  <groupId>functions.test</groupId>
  <artifactId>pulsar</artifactId>
  <version>1</version>
  <dependencyManagement>
    <dependencies>
      <dependency>
        <groupId>org.apache.pulsar</groupId>
        <artifactId>pulsar</artifactId>
        <version>{version}</version>
        <type>pom</type>
        <scope>import</scope>
      </dependency>
    </dependencies>
  </dependencyManagement>
  <dependencies>
    <dependency>
      <groupId>org.apache.pulsar</groupId>
      <artifactId>{artifact}</artifactId>
      <version>{version}</version>
    </dependency>
  </dependencies>
</project>
"
    )
}

#[cfg(test)]
mod tests {
    use super::{BROKER, RUNNER};
    use crate::cargo::root;

    #[test]
    fn what_is_fetched_is_what_the_desk_has() {
        let compose = root().join("pulsar-docker/docker-compose.yml");
        let compose = std::fs::read_to_string(compose).unwrap();
        let image = format!("image: apachepulsar/pulsar:{}\n", BROKER.version);
        assert!(compose.contains(&image), "{compose}");
    }

    #[test]
    fn what_is_kept_is_what_is_fetched() {
        for jars in [BROKER, RUNNER] {
            let (artifact, version) = (jars.artifact, jars.version);
            assert!(jars.kept.name.ends_with(&format!("-{version}")));
            assert_eq!(jars.kept.proof, format!("lib/{artifact}-{version}.jar"));
        }
    }
}
