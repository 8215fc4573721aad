//! Which PostgreSQL the tests of it get.
//!
//! Most share one, where each makes a database of its own, and some do harm to one of
//! their own. One that the environment names is somebody's, and what would harm it is left
//! out. Otherwise both kinds are made: in Docker, or by the programs that are installed.

use std::path::{Path, PathBuf};

use crate::found::{DOCKER, Found};
use crate::install;
use crate::machine::{Programs, has_docker, is_root, variable, versions};

/// Names the one that is there.
const URL: &str = "FUNCTIONS_TEST_POSTGRES_URL";
/// Names the folder of its programs.
const PROGRAMS: &str = "FUNCTIONS_TEST_POSTGRES_BIN";
const NEEDED: &[&str] = &["initdb", "postgres"];
const PACKAGE: &str = "postgresql";
/// Where packages put them, each version into a folder of its own, off the PATH.
const PARENTS: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql"),
];

/// Finds one, or what makes one, installing it where that takes nobody by surprise, and
/// says in one line what the tests get.
pub(crate) fn find() -> Option<Found> {
    let named = variable(URL);
    let programs = variable(PROGRAMS).map(PathBuf::from);
    let variables = match (&named, programs) {
        (_, Some(programs)) => vec![told(&programs)],
        (Some(_), None) => Vec::new(),
        (None, None) => vec![make()?],
    };
    let is_made = !variables.is_empty();
    match (&named, is_made) {
        (Some(_), true) => {
            eprintln!("PostgreSQL's tests run on that of {URL}, and start those that they harm.");
        }
        (Some(_), false) => {
            eprintln!(
                "PostgreSQL's tests run on that of {URL}; those that would harm it are left out."
            );
        }
        (None, _) => {}
    }
    let named_variable = named.map(|url| (URL, url));
    Some(Found {
        name: "postgres",
        is_there: named_variable.is_some(),
        is_made,
        left_out: None,
        variables: variables.into_iter().chain(named_variable).collect(),
    })
}

fn make() -> Option<(&'static str, String)> {
    if has_docker() {
        eprintln!("PostgreSQL's tests start PostgreSQL in Docker.");
        return Some((DOCKER, "1".to_owned()));
    }
    // Root may not run it, and has this to become somebody else.
    let can_run = || !is_root() || Programs::of(&["setpriv"]).find().is_some();
    let install = || install::with_apt(&[PACKAGE], Some(PACKAGE));
    let programs = installed().or_else(|| install().then(installed).flatten());
    match programs.filter(|_| can_run()) {
        Some(programs) => Some(told(&programs)),
        None => {
            eprintln!(
                "PostgreSQL's tests are left out: they need Docker, or PostgreSQL installed (Debian: `apt-get install postgresql`, macOS: `brew install postgresql`), and for root setpriv of util-linux."
            );
            None
        }
    }
}

fn installed() -> Option<PathBuf> {
    let packaged = PARENTS.iter();
    let packaged = packaged.flat_map(|(parent, start)| versions(parent, start));
    Programs::of(NEEDED).behind(packaged).find()
}

fn told(programs: &Path) -> (&'static str, String) {
    let shown = programs.display();
    eprintln!("PostgreSQL's tests start private servers by the programs in {shown}.");
    (PROGRAMS, shown.to_string())
}
