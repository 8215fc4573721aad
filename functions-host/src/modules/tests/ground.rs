//! What modules are tested on.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::bucket::{BUCKET, BucketServer, variables};
use super::{Modules, ModulesConfig};
use crate::modules::{BucketConfig, PostgresConfig, RegistryConfig, StoreConfig};
use crate::postgres::database::TestDatabase;
use crate::s3::Access;

const FOLDER: &str = "FUNCTIONS_HOST_TEST_FOLDER";
const DATABASE: &str = "FUNCTIONS_HOST_TEST_DATABASE";
const BUCKETS: &str = "FUNCTIONS_HOST_TEST_BUCKETS";

/// Where in the bucket.
const PREFIX: &str = "some/modules";

/// A place for modules.
pub(super) struct Place {
    folder: PathBuf,
    /// The URL of a database of PostgreSQL; SQLite, where there is none.
    database: Option<String>,
    /// The address of a store with a bucket; a folder, where there is none.
    buckets: Option<String>,
}

/// A place that is there for one test.
pub(super) struct Ground {
    place: Place,
    database: Option<TestDatabase>,
    buckets: Option<BucketServer>,
    _folder: TempDir,
}

impl Place {
    /// The one that the process was told of.
    pub(super) fn told() -> Self {
        Self {
            folder: std::env::var_os(FOLDER).unwrap().into(),
            database: std::env::var(DATABASE).ok(),
            buckets: std::env::var(BUCKETS).ok(),
        }
    }

    pub(super) fn config(&self) -> ModulesConfig {
        let registry = match &self.database {
            None => RegistryConfig::Sqlite(self.folder.join("functions.db")),
            Some(url) => RegistryConfig::Postgres(PostgresConfig::new(url.parse().unwrap())),
        };
        let store = match &self.buckets {
            None => StoreConfig::Folder(self.folder.join("modules")),
            Some(address) => {
                let url = format!("s3://{BUCKET}/{PREFIX}").parse().unwrap();
                let access = Access::by_variables(variables(address));
                let incoming = self.folder.join("incoming");
                StoreConfig::Bucket(BucketConfig::new(url, access, incoming))
            }
        };
        let mut config = ModulesConfig::new(store, registry);
        config.reserve = 0;
        // Nobody else is at work.
        config.grace = Duration::ZERO;
        config
    }

    pub(super) async fn open(&self) -> Modules {
        Modules::open(self.config()).await.unwrap()
    }
}

impl Ground {
    /// SQLite and a folder.
    pub(super) fn disk() -> Self {
        Self::over(None, None)
    }

    /// SQLite and a bucket.
    pub(super) fn bucket() -> Self {
        Self::over(None, Some(BucketServer::start()))
    }

    /// PostgreSQL and a folder.
    pub(super) async fn postgres_and_folder() -> Self {
        Self::over(Some(TestDatabase::make().await), None)
    }

    /// PostgreSQL and a bucket.
    pub(super) async fn postgres() -> Self {
        Self::over(
            Some(TestDatabase::make().await),
            Some(BucketServer::start()),
        )
    }

    fn over(database: Option<TestDatabase>, buckets: Option<BucketServer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            place: Place {
                folder: folder.path().to_owned(),
                database: database.as_ref().map(TestDatabase::url),
                buckets: buckets.as_ref().map(BucketServer::endpoint),
            },
            database,
            buckets,
            _folder: folder,
        }
    }

    /// Whether the bytes lie in a bucket.
    pub(super) fn has_bucket(&self) -> bool {
        self.buckets.is_some()
    }

    /// Another of the same kind.
    pub(super) async fn another(&self) -> Self {
        let database = match self.database {
            None => None,
            Some(_) => Some(TestDatabase::make().await),
        };
        let buckets = self.buckets.as_ref().map(|_| BucketServer::start());
        Self::over(database, buckets)
    }

    pub(super) fn config(&self) -> ModulesConfig {
        self.place.config()
    }

    pub(super) async fn open(&self) -> Modules {
        self.place.open().await
    }

    pub(super) fn folder(&self) -> &Path {
        &self.place.folder
    }

    pub(super) fn database(&self) -> &TestDatabase {
        self.database.as_ref().unwrap()
    }

    /// Tells a process of it.
    pub(super) fn tell(&self, process: &mut Command) {
        process.env(FOLDER, self.folder());
        let told = [
            (DATABASE, &self.place.database),
            (BUCKETS, &self.place.buckets),
        ];
        for (name, value) in told {
            if let Some(value) = value {
                process.env(name, value);
            }
        }
    }

    /// The files of the bytes.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let files = match &self.buckets {
            None => paths(&self.folder().join("modules")),
            Some(buckets) => buckets.objects(PREFIX),
        };
        let is_incoming = |file: &PathBuf| file.ends_with("incoming");
        files
            .into_iter()
            .filter(|file| !is_incoming(file))
            .collect()
    }

    /// Their names.
    pub(super) fn objects(&self) -> Vec<String> {
        names(self.files())
    }

    /// What is on its way.
    pub(super) fn incoming(&self) -> Vec<String> {
        let folder = match self.buckets {
            None => self.folder().join("modules/incoming"),
            Some(_) => self.folder().join("incoming"),
        };
        names(paths(&folder))
    }
}

pub(super) fn paths(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

pub(super) fn names(files: Vec<PathBuf>) -> Vec<String> {
    let names = files.iter().map(|file| file.file_name().unwrap());
    let mut names: Vec<_> = names
        .map(|name| name.to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}
