//! Which Pulsar the tests of it get.
//!
//! Most share one, and some do harm to one of their own. One that the environment names is
//! somebody's, and what would harm it is left out. Otherwise both kinds are made: in
//! Docker, or by Java of the jars of Pulsar, which Maven fetches.

mod java;
mod maven;

use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::found::{DOCKER, Found};
use crate::install;
use crate::machine::{Programs, has_docker, variable};

/// Names the one that is there, for tests as for hosts.
pub(crate) const URL: &str = "PULSAR_URL";
/// Names where it is administrated.
pub(crate) const ADMIN_URL: &str = "FUNCTIONS_HOST_PULSAR_ADMIN_URL";

const HOME: &str = "FUNCTIONS_TEST_PULSAR_HOME";

/// Names the folder of the jars that the tests of Java's client get.
const JARS: &str = "FUNCTIONS_TEST_PULSAR_JARS";

/// A folder with the jars of the LocalRunner of Pulsar Functions in `lib`.
const LOCAL_RUNNER: &str = "FUNCTIONS_BENCH_LOCAL_RUNNER";

/// The first that apt knows: each Debian has another. It compiles as well, since a client
/// in Java is among the tests.
const JAVA: &str = "openjdk-21-jdk-headless|openjdk-17-jdk-headless|default-jdk-headless";

/// Finds one, or what makes one, fetching and installing where that takes nobody by
/// surprise, and says in one line what the tests get.
pub(crate) fn find() -> Option<Found> {
    let named = match (variable(URL), variable(ADMIN_URL)) {
        (Some(_), None) => {
            eprintln!("Pulsar's tests are left out: beside {URL} they need {ADMIN_URL}.");
            return None;
        }
        (Some(url), Some(admin_url)) => Some((url, admin_url)),
        (None, _) => None,
    };
    let made = match &named {
        None => Some(make()?),
        Some(_) => variable(HOME).and_then(|home| by_java(Path::new(&home)).ok()),
    };
    match (&named, &made) {
        (Some(_), None) => {
            eprintln!(
                "Pulsar's tests run on that of {URL}; those that would harm it are left out."
            );
        }
        (Some(_), Some(_)) => {
            eprintln!("Pulsar's tests run on that of {URL}, and start those that they harm.");
        }
        (None, _) => {}
    }
    let (is_there, is_made) = (named.is_some(), made.is_some());
    let mut variables = made.unwrap_or_default();
    let left_out = match of_java(&mut variables) {
        Ok(()) => None,
        Err(lacking) => {
            eprintln!("Of Pulsar's tests those of Java's client are left out: {lacking}.");
            Some("java::")
        }
    };
    if let Some((url, admin_url)) = named {
        variables.push(("FUNCTIONS_TEST_PULSAR_URL", url));
        variables.push(("FUNCTIONS_TEST_PULSAR_ADMIN_URL", admin_url));
    }
    Some(Found {
        name: "pulsar",
        variables,
        is_there,
        is_made,
        left_out,
    })
}

/// Tells the tests of Java's client where its jars are, and the Java that compiles it.
fn of_java(variables: &mut Variables) -> Result<(), String> {
    let install = || install::with_apt(&[JAVA], None).then(java::that_compiles);
    let java = java::that_compiles().or_else(|| install().flatten());
    let java = java.ok_or(NO_COMPILER)?;
    let has_jars = variables.iter().any(|(name, _)| *name == HOME);
    if !has_jars {
        let cache = Cache::find().ok_or(NO_CACHE)?;
        let home = match cache.kept(maven::BROKER.kept) {
            Some(home) => home,
            None => maven::fetch(maven::BROKER, &cache, &maven().ok_or(NO_COMPILER)?, &java)?,
        };
        variables.push((JARS, home.join("lib").display().to_string()));
    }
    variables.retain(|(name, _)| *name != "JAVA_HOME");
    variables.push(("JAVA_HOME", java.display().to_string()));
    Ok(())
}

/// What the tests are told by.
pub(crate) type Variables = Vec<(&'static str, String)>;

/// How the tests make one, and one line about it.
pub(crate) fn make() -> Option<Variables> {
    if let Some(home) = variable(HOME) {
        return told(by_java(Path::new(&home)), &format!("of the jars of {HOME}"));
    }
    if has_docker() {
        eprintln!("Pulsar's tests start Pulsar in Docker.");
        return Some(vec![(DOCKER, "1".to_owned())]);
    }
    told(by_maven(), "of jars that Maven has fetched")
}

fn told(made: Result<Variables, String>, how: &str) -> Option<Variables> {
    match made {
        Ok(variables) => {
            eprintln!("Pulsar's tests start standalone brokers {how}.");
            Some(variables)
        }
        Err(lacking) => {
            eprintln!("Pulsar's tests are left out: {lacking}.");
            None
        }
    }
}

const NO_CACHE: &str = "nothing says where a cache may lie: FUNCTIONS_TEST_CACHE";
const NO_COMPILER: &str = "they need a JDK 17 or newer, and Maven (Debian: `apt-get install default-jdk-headless maven`, macOS: `brew install openjdk@21 maven`)";
const LACKING: &str = "they need Docker, or Java 17 or newer and Maven (Debian: `apt-get install default-jre-headless maven`, macOS: `brew install openjdk@21 maven`)";

/// Finds what runs functions of Pulsar Functions, for those who are measured beside them,
/// or says in one line what is lacking.
pub(crate) fn find_local_runner() -> Option<(&'static str, String)> {
    if let Some(home) = variable(LOCAL_RUNNER) {
        return Some((LOCAL_RUNNER, home));
    }
    let found = fetched(maven::RUNNER);
    if let Err(lacking) = &found {
        eprintln!("Pulsar Functions are left out: {lacking}.");
    }
    let (home, _) = found.ok()?;
    Some((LOCAL_RUNNER, home.display().to_string()))
}

fn by_maven() -> Result<Variables, String> {
    let (home, java) = fetched(maven::BROKER)?;
    Ok(variables(&home, &java))
}

/// The home of what Maven fetches, and of the Java that runs it.
fn fetched(jars: maven::Jars) -> Result<(PathBuf, PathBuf), String> {
    let cache = Cache::find().ok_or(NO_CACHE)?;
    let cached = cache.kept(jars.kept);
    let java = java::find();
    let has_maven = cached.is_some() || maven().is_some();
    let lacking = [(java.is_none(), JAVA), (!has_maven, "maven")];
    let lacking = lacking.into_iter().filter(|(is_lacking, _)| *is_lacking);
    let lacking: Vec<_> = lacking.map(|(_, package)| package).collect();
    if !lacking.is_empty() {
        install::with_apt(&lacking, None);
    }
    let java = java::find().ok_or(LACKING)?;
    let home = match cached {
        Some(home) => home,
        None => maven::fetch(jars, &cache, &maven().ok_or(LACKING)?, &java)?,
    };
    Ok((home, java))
}

fn maven() -> Option<PathBuf> {
    let folder = Programs::of(&["mvn"]).find()?;
    Some(folder.join("mvn"))
}

fn by_java(home: &Path) -> Result<Variables, String> {
    let install = || install::with_apt(&[JAVA], None).then(java::find).flatten();
    let java = java::find().or_else(install).ok_or(LACKING)?;
    Ok(variables(home, &java))
}

fn variables(home: &Path, java: &Path) -> Variables {
    let shown = |path: &Path| path.display().to_string();
    vec![(HOME, shown(home)), ("JAVA_HOME", shown(java))]
}
