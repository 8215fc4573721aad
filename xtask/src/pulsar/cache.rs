//! Where what is fetched once is kept.
//!
//! A folder of it is whole or is not there: it is made under another name, and gets its
//! own when nothing is missing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use super::maven::Jars;

/// One that was left behind by a run that was killed is no longer made by then.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// The folder, and what is looked for in it.
#[derive(Debug)]
pub(super) struct Cache(PathBuf, Jars);

impl Cache {
    /// The one that the environment names, or that of its user.
    pub(super) fn find(jars: Jars) -> Option<Self> {
        Self::of(jars, |name| {
            std::env::var_os(name).filter(|value| !value.is_empty())
        })
    }

    fn of(jars: Jars, variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let named = variable("FUNCTIONS_TEST_CACHE").map(PathBuf::from);
        let of_user = || {
            let caches = variable("XDG_CACHE_HOME").map(PathBuf::from);
            let home = || Some(Path::new(&variable("HOME")?).join(".cache"));
            Some(caches.or_else(home)?.join("functions-test"))
        };
        let folder = named.or_else(of_user)?;
        Some(Self(folder, jars))
    }

    /// What it is.
    pub(super) fn jars(&self) -> Jars {
        self.1
    }

    /// Its home, where it was fetched before.
    pub(super) fn home(&self) -> Option<PathBuf> {
        let home = self.0.join(self.1.name());
        self.is_whole(&home).then_some(home)
    }

    /// Keeps as its home what `make` puts into a folder.
    ///
    /// # Errors
    /// What it says where it fails, or that it cannot be kept.
    pub(super) fn keep(
        &self,
        make: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<PathBuf, String> {
        self.clean();
        let part = self
            .0
            .join(format!("{}{}", self.part(), std::process::id()));
        let made = fs::create_dir_all(&part).map_err(failed(&part));
        let kept = made.and_then(|()| make(&part)).and_then(|()| {
            if !self.is_whole(&part) {
                return Err(format!("{} has no {}", part.display(), self.1.jar()));
            }
            self.take(&part)
        });
        // It is no longer there where all went well.
        let _ = fs::remove_dir_all(&part);
        kept
    }

    fn take(&self, part: &Path) -> Result<PathBuf, String> {
        let home = self.0.join(self.1.name());
        if !self.is_whole(&home) {
            // Nothing, or something that has lost a part.
            let _ = fs::remove_dir_all(&home);
        }
        match fs::rename(part, &home) {
            // Another run may have been faster.
            Err(error) if !self.is_whole(&home) => Err(failed(&home)(error)),
            _ => Ok(home),
        }
    }

    /// Removes what was abandoned.
    fn clean(&self) {
        let entries = self.0.read_dir().into_iter().flatten().flatten();
        let parts = entries.filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with(&self.part())
        });
        for entry in parts {
            let made = entry.metadata().and_then(|metadata| metadata.modified());
            let age = made.ok().and_then(|made| made.elapsed().ok());
            if age.is_some_and(|age| age > ABANDONED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    fn is_whole(&self, home: &Path) -> bool {
        home.join("lib").join(self.1.jar()).is_file()
    }

    fn part(&self) -> String {
        format!("{}.part-", self.1.name())
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("{} cannot be made: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::Cache;
    use crate::pulsar::maven::BROKER;
    use std::ffi::OsString;
    use std::fs;
    use std::ops::Deref;
    use std::path::Path;

    /// A cache that is gone after the test.
    struct Brief(Cache);

    impl Brief {
        fn new(name: &str) -> Self {
            let name = format!("xtask-cache-{}-{name}", std::process::id());
            Self(Cache(std::env::temp_dir().join(name), BROKER))
        }

        fn names(&self) -> Vec<OsString> {
            let entries = fs::read_dir(&self.0.0).unwrap();
            entries.map(|entry| entry.unwrap().file_name()).collect()
        }
    }

    impl Deref for Brief {
        type Target = Cache;

        fn deref(&self) -> &Cache {
            &self.0
        }
    }

    impl Drop for Brief {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.0);
        }
    }

    fn fill(folder: &Path) -> Result<(), String> {
        fs::create_dir(folder.join("lib")).unwrap();
        fs::write(folder.join("lib").join(BROKER.jar()), "").unwrap();
        Ok(())
    }

    #[test]
    fn what_is_made_is_found_from_then_on() {
        let cache = Brief::new("whole");
        assert_eq!(cache.home(), None);
        let home = cache.keep(fill).unwrap();
        assert_eq!(cache.home(), Some(home));
        assert_eq!(cache.names(), ["pulsar-4.0.0"]);
    }

    #[test]
    fn what_fails_or_lacks_a_part_is_not_kept() {
        let cache = Brief::new("broken");
        let error = cache.keep(|folder| {
            fill(folder)?;
            Err("the network is gone".to_owned())
        });
        assert_eq!(error.unwrap_err(), "the network is gone");
        let error = cache.keep(|_| Ok(())).unwrap_err();
        assert!(error.contains(&BROKER.jar()), "{error}");
        assert_eq!(cache.home(), None);
        assert_eq!(cache.names(), [""; 0]);
    }

    #[test]
    fn what_was_left_by_a_run_that_was_killed_is_neither_taken_nor_in_the_way() {
        let cache = Brief::new("killed");
        let left = cache.0.0.join(format!("{}7", cache.part()));
        fs::create_dir_all(&left).unwrap();
        fill(&left).unwrap();
        assert_eq!(cache.home(), None);
        cache.keep(fill).unwrap();
        assert_eq!(cache.names().len(), 2);
        let old = std::time::SystemTime::now() - 2 * super::ABANDONED;
        fs::File::open(&left).unwrap().set_modified(old).unwrap();
        cache.keep(fill).unwrap();
        assert_eq!(cache.names(), ["pulsar-4.0.0"]);
    }

    #[test]
    fn one_that_has_lost_a_part_is_made_again_and_one_of_another_run_is_taken() {
        let cache = Brief::new("lost");
        let home = cache.keep(fill).unwrap();
        fs::remove_file(home.join("lib").join(BROKER.jar())).unwrap();
        assert_eq!(cache.home(), None);
        let faster = |folder: &Path| {
            cache.keep(fill).unwrap();
            fs::create_dir(folder).unwrap();
            fill(folder)
        };
        cache.keep(faster).unwrap();
        assert_eq!(cache.home(), Some(home));
    }

    #[test]
    fn it_lies_where_the_environment_says_or_with_the_caches_of_its_user() {
        let path = |set: &[(&str, &str)]| {
            let value = |name: &str| set.iter().find(|(known, _)| *known == name);
            let cache = Cache::of(BROKER, |name| value(name).map(|(_, value)| value.into()));
            cache.map_or_else(String::new, |cache| cache.0.display().to_string())
        };
        let (own, caches) = (
            ("FUNCTIONS_TEST_CACHE", "/own"),
            ("XDG_CACHE_HOME", "/caches"),
        );
        let home = ("HOME", "/home/anybody");
        assert_eq!(path(&[own, caches, home]), "/own");
        assert_eq!(path(&[caches, home]), "/caches/functions-test");
        assert_eq!(path(&[home]), "/home/anybody/.cache/functions-test");
        assert_eq!(path(&[]), "");
    }
}
