//! The images of a version, by whichever program there is that makes them.

use std::fs;
use std::process::{Command, Stdio};

use super::Release;
use crate::Result;
use crate::cargo::root;
use crate::shown::shown;

/// An image.
#[derive(Clone, Copy)]
struct Image {
    name: &'static str,
    /// How it is made, from the root of the repository.
    file: &'static str,
    /// The folder that it is made of.
    context: &'static str,
}

const IMAGES: &[Image] = &[
    Image {
        name: "functions-host",
        file: "deploy/host/Dockerfile",
        context: ".",
    },
    Image {
        name: "functions-examples",
        file: "examples/Dockerfile",
        context: ".",
    },
    Image {
        name: "functions-runtime",
        file: "python-runtime/Dockerfile",
        context: "python-runtime",
    },
];

/// A program that builds and pushes images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Builder {
    Docker,
    Podman,
    Buildah,
}

/// Says what would be made.
pub(super) fn tell(release: &Release) {
    for (tag, image) in wanted(release) {
        println!("Would build {tag} from {}, and push it.", image.file);
    }
}

/// Builds all, before the first one is pushed.
pub(super) fn make(release: &Release) -> Result {
    let wanted = wanted(release);
    if wanted.is_empty() {
        return Ok(());
    }
    let builder = Builder::find().ok_or("there is no docker, podman or buildah")?;
    for (tag, image) in &wanted {
        builder.run(&["build", "--file", image.file, "--tag", tag, image.context])?;
    }
    for (tag, _) in &wanted {
        println!("{}", builder.push(tag)?);
    }
    Ok(())
}

fn wanted(release: &Release) -> Vec<(String, Image)> {
    let version = &release.version;
    let prefix = release.images.iter();
    let images = prefix.flat_map(|prefix| IMAGES.iter().map(move |image| (prefix, *image)));
    images
        .map(|(prefix, image)| (format!("{prefix}/{}:{version}", image.name), image))
        .collect()
}

impl Builder {
    fn find() -> Option<Self> {
        [Self::Docker, Self::Podman, Self::Buildah]
            .into_iter()
            .find(|builder| {
                // Docker is there only where its daemon answers.
                let mut asked = Command::new(builder.program());
                let asked = asked
                    .arg("info")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null());
                asked.status().is_ok_and(|status| status.success())
            })
    }

    fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
        }
    }

    /// Pushes an image, and gives the name of just what was pushed.
    fn push(self, tag: &str) -> Result<String> {
        let name = tag.rsplit_once(':').map_or(tag, |(name, _)| name);
        if self == Self::Docker {
            self.run(&["push", tag])?;
            let found = Command::new(self.program())
                .args(["inspect", "--format", "{{join .RepoDigests \"\\n\"}}", tag])
                .output()?;
            let found = String::from_utf8(found.stdout)?;
            let pushed = found.lines().find(|digest| digest.starts_with(name));
            let lacks = || format!("docker knows no digest of {tag}").into();
            return pushed.map(str::to_owned).ok_or_else(lacks);
        }
        let file = root().join("target/digest-of-image");
        let path = file
            .to_str()
            .ok_or("the path of the repository is no UTF-8")?;
        self.run(&["push", "--digestfile", path, tag])?;
        Ok(format!("{name}@{}", fs::read_to_string(&file)?.trim()))
    }

    fn run(self, arguments: &[&str]) -> Result {
        let mut command = Command::new(self.program());
        shown(command.current_dir(root()).args(arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::{IMAGES, wanted};
    use crate::cargo::root;
    use crate::release::Release;
    use semver::Version;

    #[test]
    fn each_image_is_made_of_a_file_that_is_there() {
        for image in IMAGES {
            assert!(root().join(image.file).is_file(), "{}", image.file);
            assert!(root().join(image.context).is_dir(), "{}", image.context);
        }
    }

    #[test]
    fn images_are_made_where_somebody_says_where_to() {
        let release = |images: Option<&str>| Release {
            version: Version::new(1, 2, 3),
            last: None,
            registry: None,
            images: images.map(str::to_owned),
        };
        assert!(wanted(&release(None)).is_empty());
        let wanted = wanted(&release(Some("localhost:5000/team")));
        assert_eq!(wanted[0].0, "localhost:5000/team/functions-host:1.2.3");
    }
}
