//! The jars of Pulsar, by Maven.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cache::{Cache, Kept};
use crate::machine::ends_well;

/// Which Pulsar, the same that `pulsar-docker` starts.
const VERSION: &str = "4.0.0";
/// Where it is kept.
pub(super) const KEPT: Kept = Kept {
    name: "pulsar-4.0.0",
    proof: "lib/pulsar-broker-4.0.0.jar",
};

/// It takes a minute or two.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Fetches Pulsar with all that it is made of, once, into a cache.
///
/// # Errors
/// Why not, in words that follow a colon.
pub(super) fn fetch(cache: &Cache, maven: &Path, java: &Path) -> Result<PathBuf, String> {
    cache.keep(KEPT, |folder| {
        eprintln!("Fetching Pulsar {VERSION} with Maven: 230 MB, once.");
        let project = folder.join("pom.xml");
        std::fs::write(&project, project_of(VERSION))
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
            false => Err(format!("Maven could not fetch Pulsar {VERSION}, see above")),
        }
    })
}

/// A project of which nothing is built: it leans on Pulsar.
fn project_of(version: &str) -> String {
    format!(
        "\
<project xmlns=\"http://maven.apache.org/POM/4.0.0\">
  <modelVersion>4.0.0</modelVersion>
  <groupId>functions.test</groupId>
  <artifactId>pulsar</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.pulsar</groupId>
      <artifactId>pulsar-broker</artifactId>
      <version>{version}</version>
    </dependency>
  </dependencies>
</project>
"
    )
}

#[cfg(test)]
mod tests {
    use super::{KEPT, VERSION};
    use crate::cargo::root;

    #[test]
    fn what_is_fetched_is_what_the_desk_has() {
        let compose = root().join("pulsar-docker/docker-compose.yml");
        let compose = std::fs::read_to_string(compose).unwrap();
        let image = format!("image: apachepulsar/pulsar:{VERSION}\n");
        assert!(compose.contains(&image), "{compose}");
        assert_eq!(KEPT.name, format!("pulsar-{VERSION}"));
        assert_eq!(KEPT.proof, format!("lib/pulsar-broker-{VERSION}.jar"));
    }
}
