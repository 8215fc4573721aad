//! The images of a version, by whichever program there is that makes them.

use std::fs;
use std::process::{Command, Stdio};

use super::Arguments;
use crate::Result;
use crate::cargo::root;

/// What they are called, and how they are made, from the root of the repository.
const IMAGES: &[(&str, &str)] = &[
    ("functions-host", "deploy/images/host.Dockerfile"),
    ("functions-examples", "deploy/images/examples.Dockerfile"),
    ("functions-python", "python-runtime/Dockerfile"),
];

/// A program that builds and pushes images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Builder {
    Docker,
    Podman,
    Buildah,
}

/// Says what would be made.
pub(super) fn tell(arguments: &Arguments) -> Result {
    for (tag, file) in wanted(arguments) {
        println!("Would build {tag} from {file}, and push it.");
    }
    Ok(())
}

/// Builds all, before the first one is pushed.
pub(super) fn make(arguments: &Arguments) -> Result {
    let wanted = wanted(arguments);
    if wanted.is_empty() {
        return Ok(());
    }
    let builder = Builder::find().ok_or("there is no docker, podman or buildah")?;
    for (tag, file) in &wanted {
        builder.run(&["build", "--file", file, "--tag", tag, context(file)])?;
    }
    for (tag, _) in &wanted {
        println!("{}", builder.push(tag)?);
    }
    Ok(())
}

fn wanted(arguments: &Arguments) -> Vec<(String, &'static str)> {
    let prefix = arguments.images.iter();
    let images = prefix.flat_map(|prefix| IMAGES.iter().map(move |image| (prefix, image)));
    let version = &arguments.version;
    images
        .map(|(prefix, (name, file))| (format!("{prefix}/{name}:{version}"), *file))
        .collect()
}

/// What a file may copy from: all that is here, but for one that stands beside what it needs.
fn context(file: &str) -> &str {
    match file.strip_suffix("/Dockerfile") {
        Some(folder) => folder,
        None => ".",
    }
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
        let shown = format!("{} {}", self.program(), arguments.join(" "));
        eprintln!("$ {shown}");
        let mut command = Command::new(self.program());
        let status = command.current_dir(root()).args(arguments).status()?;
        match status.success() {
            true => Ok(()),
            false => Err(format!("`{shown}` failed: {status}").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{IMAGES, context, wanted};
    use crate::cargo::root;
    use crate::release::arguments::Arguments;

    #[test]
    fn each_image_is_made_of_a_file_that_is_there() {
        for (_, file) in IMAGES {
            assert!(root().join(file).is_file(), "{file}");
        }
    }

    #[test]
    fn images_are_made_where_somebody_says_where_to() {
        let read = |words: &[&str]| {
            Arguments::read(words.iter().map(|word| (*word).into()).collect()).unwrap()
        };
        assert!(wanted(&read(&["1.2.3"])).is_empty());
        let wanted = wanted(&read(&["1.2.3", "--images", "localhost:5000/team"]));
        assert_eq!(wanted[0].0, "localhost:5000/team/functions-host:1.2.3");
        assert_eq!(context("python-runtime/Dockerfile"), "python-runtime");
        assert_eq!(context("deploy/images/host.Dockerfile"), ".");
    }
}
