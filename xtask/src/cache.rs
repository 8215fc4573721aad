//! Where what is fetched once is kept.
//!
//! A folder of it is whole or is not there: it is made under another name, and gets its
//! own when nothing is missing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// One that was left behind by a run that was killed is no longer made by then.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// The folder.
#[derive(Debug)]
pub(crate) struct Cache(PathBuf);

/// One folder in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// What it is called.
    pub(crate) name: &'static str,
    /// A file of it that is there once all is: its path within.
    pub(crate) proof: &'static str,
}

impl Cache {
    /// The one that the environment names, or that of its user.
    pub(crate) fn find() -> Option<Self> {
        Self::of(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let named = variable("FUNCTIONS_TEST_CACHE").map(PathBuf::from);
        let of_user = || {
            let caches = variable("XDG_CACHE_HOME").map(PathBuf::from);
            let home = || Some(Path::new(&variable("HOME")?).join(".cache"));
            Some(caches.or_else(home)?.join("functions-test"))
        };
        named.or_else(of_user).map(Self)
    }

    /// Where it lies, where it was made before.
    pub(crate) fn kept(&self, kept: Kept) -> Option<PathBuf> {
        let home = self.0.join(kept.name);
        kept.is_whole(&home).then_some(home)
    }

    /// Keeps what `make` puts into a folder.
    ///
    /// # Errors
    /// What it says where it fails, or that it cannot be kept.
    pub(crate) fn keep(
        &self,
        kept: Kept,
        make: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<PathBuf, String> {
        self.clean(kept);
        let part = self
            .0
            .join(format!("{}{}", kept.part(), std::process::id()));
        let made = fs::create_dir_all(&part).map_err(failed(&part));
        let taken = made.and_then(|()| make(&part)).and_then(|()| {
            if !kept.is_whole(&part) {
                return Err(format!("{} has no {}", part.display(), kept.proof));
            }
            self.take(kept, &part)
        });
        // It is no longer there where all went well.
        let _ = fs::remove_dir_all(&part);
        taken
    }

    fn take(&self, kept: Kept, part: &Path) -> Result<PathBuf, String> {
        let home = self.0.join(kept.name);
        if !kept.is_whole(&home) {
            // Nothing, or something that has lost a part.
            let _ = fs::remove_dir_all(&home);
        }
        match fs::rename(part, &home) {
            // Another run may have been faster.
            Err(error) if !kept.is_whole(&home) => Err(failed(&home)(error)),
            _ => Ok(home),
        }
    }

    /// Removes what was abandoned.
    fn clean(&self, kept: Kept) {
        let entries = self.0.read_dir().into_iter().flatten().flatten();
        let part = kept.part();
        let parts = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&part));
        for entry in parts {
            let made = entry.metadata().and_then(|metadata| metadata.modified());
            let age = made.ok().and_then(|made| made.elapsed().ok());
            if age.is_some_and(|age| age > ABANDONED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

impl Kept {
    fn is_whole(self, home: &Path) -> bool {
        home.join(self.proof).is_file()
    }

    /// What one is called that is not whole, before the number of who makes it.
    fn part(self) -> String {
        format!("{}.part-", self.name)
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> String {
    move |error| format!("{} cannot be made: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::{Cache, Kept};
    use std::ffi::OsString;
    use std::fs;
    use std::ops::Deref;
    use std::path::Path;

    const KEPT: Kept = Kept {
        name: "thing-1",
        proof: "lib/thing.jar",
    };

    /// A cache that is gone after the test.
    struct Brief(Cache);

    impl Brief {
        fn new(name: &str) -> Self {
            let name = format!("xtask-cache-{}-{name}", std::process::id());
            Self(Cache(std::env::temp_dir().join(name)))
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
        fs::write(folder.join(KEPT.proof), "").unwrap();
        Ok(())
    }

    #[test]
    fn what_is_made_is_found_from_then_on() {
        let cache = Brief::new("whole");
        assert_eq!(cache.kept(KEPT), None);
        let home = cache.keep(KEPT, fill).unwrap();
        assert_eq!(cache.kept(KEPT), Some(home));
        assert_eq!(cache.names(), ["thing-1"]);
    }

    #[test]
    fn what_fails_or_lacks_a_part_is_not_kept() {
        let cache = Brief::new("broken");
        let error = cache.keep(KEPT, |folder| {
            fill(folder)?;
            Err("the network is gone".to_owned())
        });
        assert_eq!(error.unwrap_err(), "the network is gone");
        let error = cache.keep(KEPT, |_| Ok(())).unwrap_err();
        assert!(error.contains(KEPT.proof), "{error}");
        assert_eq!(cache.kept(KEPT), None);
        assert_eq!(cache.names(), [""; 0]);
    }

    #[test]
    fn what_was_left_by_a_run_that_was_killed_is_neither_taken_nor_in_the_way() {
        let cache = Brief::new("killed");
        let left = cache.0.0.join(format!("{}7", KEPT.part()));
        fs::create_dir_all(&left).unwrap();
        fill(&left).unwrap();
        assert_eq!(cache.kept(KEPT), None);
        cache.keep(KEPT, fill).unwrap();
        assert_eq!(cache.names().len(), 2);
        let old = std::time::SystemTime::now() - 2 * super::ABANDONED;
        fs::File::open(&left).unwrap().set_modified(old).unwrap();
        cache.keep(KEPT, fill).unwrap();
        assert_eq!(cache.names(), ["thing-1"]);
    }

    #[test]
    fn one_that_has_lost_a_part_is_made_again_and_one_of_another_run_is_taken() {
        let cache = Brief::new("lost");
        let home = cache.keep(KEPT, fill).unwrap();
        fs::remove_file(home.join(KEPT.proof)).unwrap();
        assert_eq!(cache.kept(KEPT), None);
        let faster = |folder: &Path| {
            cache.keep(KEPT, fill).unwrap();
            fs::create_dir(folder).unwrap();
            fill(folder)
        };
        cache.keep(KEPT, faster).unwrap();
        assert_eq!(cache.kept(KEPT), Some(home));
    }

    #[test]
    fn it_lies_where_the_environment_says_or_with_the_caches_of_its_user() {
        let path = |set: &[(&str, &str)]| {
            let value = |name: &str| set.iter().find(|(known, _)| *known == name);
            let cache = Cache::of(|name| value(name).map(|(_, value)| value.into()));
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
