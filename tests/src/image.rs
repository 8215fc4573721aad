//! Images as they are built and run here, without an engine that has to be there already.
//!
//! `buildah` makes them of this repository's own recipes, but for the stage that compiles:
//! its result is handed over, since the images that it starts from are somebody else's. What
//! it has made is then run as a cluster runs it, see [`Contained`].
//!
//! `cargo xtask test` finds out whether this machine can do that, links the programs, and
//! says so by `FUNCTIONS_TEST_IMAGE_PROGRAMS`.

mod config;
mod contained;

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{fs, io};

pub use config::ImageConfig;
pub use contained::Contained;

use crate::private::keeper::Keeper;
use crate::private::{self, variable};

/// The folder of the programs that images are made of, without anything around them that
/// they would need.
const PROGRAMS: &str = "FUNCTIONS_TEST_IMAGE_PROGRAMS";
/// Those whom this machine trusts.
const TRUSTED: &str = "etc/ssl/certs/ca-certificates.crt";
/// It copies a few files; a busy disk takes its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// An image, which is gone when this is.
#[derive(Debug)]
pub struct Image {
    keeper: Keeper,
    config: ImageConfig,
    root: PathBuf,
    lent: Vec<PathBuf>,
}

impl Image {
    /// Builds one by a recipe of this repository. `stage` is what its stage `build` would
    /// have left: paths, and what lies there.
    ///
    /// # Panics
    /// It cannot be built.
    pub async fn build(recipe: &str, stage: &[(&str, Stage<'_>)]) -> Self {
        Self::build_on(None, recipe, stage).await
    }

    /// The same, where what it is built on, by its name, has nothing in it.
    ///
    /// # Panics
    /// It cannot be built.
    pub async fn build_on(base: Option<&str>, recipe: &str, stage: &[(&str, Stage<'_>)]) -> Self {
        let keeper = Keeper::new(&private::name(), None);
        let folder = keeper.folder().to_owned();
        let built = folder.join("built");
        for (path, what) in stage {
            what.put(&built.join(path));
        }
        let context = folder.join("context");
        fs::create_dir_all(&context).expect("the folder is ours");
        let recipe = repository().join(recipe);
        let storage = Storage(&keeper);
        if let Some(base) = base {
            storage
                .buildah(&["from", "--name", "base", "scratch"])
                .await;
            storage.buildah(&["commit", "base", base]).await;
        }
        let stage = format!("build={}", built.display());
        let (recipe, context) = (recipe.to_string_lossy(), context.to_string_lossy());
        let build = ["bud", "--isolation", "chroot", "--build-context", &stage];
        let named = ["--file", &recipe, "--tag", "image", &context];
        storage.buildah(&[&build[..], &named].concat()).await;
        let inspect = ["inspect", "--type", "image", "image"];
        let config = ImageConfig::read(&storage.buildah(&inspect).await);
        let from = ["from", "--pull-never", "--name", "contained", "image"];
        storage.buildah(&from).await;
        let root = storage.buildah(&["mount", "contained"]).await;
        Self {
            config,
            root: PathBuf::from(root.trim()),
            lent: Vec::new(),
            keeper,
        }
    }

    /// What it says of how it is run.
    #[must_use]
    pub fn config(&self) -> &ImageConfig {
        &self.config
    }

    /// Its files and folders that are empty, by their paths, in order, and how many bytes
    /// there are in all of them.
    #[must_use]
    pub fn files(&self) -> (Vec<String>, u64) {
        let (mut files, mut bytes) = (Vec::new(), 0);
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            let entries = fs::read_dir(&folder).expect("the root of an image can be read");
            let entries: Vec<_> = entries.map(|entry| entry.expect("likewise")).collect();
            if entries.is_empty() {
                files.push(self.shown(&folder));
            }
            for entry in entries {
                let metadata = entry.metadata().expect("likewise");
                match metadata.is_dir() {
                    true => folders.push(entry.path()),
                    false => {
                        bytes += metadata.len();
                        files.push(self.shown(&entry.path()));
                    }
                }
            }
        }
        files.sort_unstable();
        (files, bytes)
    }

    /// Puts a file into it, as an engine puts in the names of a pod's neighbours.
    pub fn put(&self, path: &str, text: &str) {
        Stage::Text(text).put(&self.root.join(path));
    }

    /// Has it see a folder of this machine, at the same place.
    pub fn lend(&mut self, folder: impl Into<PathBuf>) {
        self.lent.push(folder.into());
    }

    /// Runs it, with more variables than its own.
    ///
    /// # Panics
    /// This is not root, who may.
    #[must_use]
    pub fn run(&self, variables: &[(&str, &str)]) -> Contained {
        Contained::start(self, variables)
    }

    fn shown(&self, path: &Path) -> String {
        let within = path.strip_prefix(&self.root).unwrap_or(path);
        within.to_string_lossy().into_owned()
    }
}

/// Something that a stage of a build has left.
#[derive(Clone, Copy, Debug)]
pub enum Stage<'a> {
    /// A program of this repository, by its name.
    Program(&'a str),
    /// Those whom this machine trusts.
    Trusted,
    /// A file.
    Text(&'a str),
    /// A folder.
    Folder,
    /// What lies in a folder, and goes into one that may be there already.
    All(&'a Path),
    /// A program, of this text.
    Script(&'a str),
    /// A link to somewhere.
    Link(&'a Path),
}

impl Stage<'_> {
    fn put(self, path: &Path) {
        let parent = path.parent().expect("it lies in a folder");
        fs::create_dir_all(parent).expect("the folder is ours");
        let put = match self {
            Self::Program(name) => fs::copy(programs().join(name), path).map(drop),
            Self::Trusted => fs::read(Path::new("/").join(TRUSTED))
                .or_else(|_| Ok(b"nobody".to_vec()))
                .and_then(|trusted| fs::write(path, trusted)),
            Self::Text(text) => fs::write(path, text),
            Self::Folder => fs::create_dir(path),
            Self::All(folder) => copy_all(folder, path),
            Self::Script(text) => fs::write(path, text)
                .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755))),
            Self::Link(to) => symlink(to, path),
        };
        put.unwrap_or_else(|error| panic!("{} cannot be made: {error}", path.display()));
    }
}

fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_all(&entry.path(), &to)?,
            false => fs::copy(entry.path(), to).map(drop)?,
        }
    }
    Ok(())
}

/// Where a build keeps all that it makes.
struct Storage<'a>(&'a Keeper);

impl Storage<'_> {
    async fn buildah(&self, arguments: &[&str]) -> String {
        let folder = self.0.folder();
        let mut command = Command::new("buildah");
        // Plain folders: nothing has to be unmounted at the end, in whichever way it comes.
        command.args(["--storage-driver", "vfs", "--root"]);
        command.arg(folder.join("storage"));
        command.arg("--runroot").arg(folder.join("running"));
        command.args(arguments);
        let ran = self.0.run(&command, PATIENCE).await;
        ran.unwrap_or_else(|error| panic!("{error}"))
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn programs() -> PathBuf {
    let named = variable(PROGRAMS).unwrap_or_else(|| {
        panic!("no programs for images ({PROGRAMS} is not set): `cargo xtask test` links them")
    });
    named.into()
}
