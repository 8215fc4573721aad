//! Which API server of Kubernetes the tests of it get.
//!
//! All share one, where each makes namespaces of its own. It is the one that the
//! environment names for tests, and never the one that it names for other things, or one of
//! the tests' own: Kubernetes gives no program of it that is not a part of an image, so Go
//! builds it of its source.

mod build;
mod kustomize;

use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::found::Found;
use crate::install;
use crate::machine::{Programs, variable};

/// Names the file that names the one that is there.
const KUBECONFIG: &str = "FUNCTIONS_TEST_KUBECONFIG";
/// Names the folder of its programs.
const PROGRAMS: &str = "FUNCTIONS_TEST_KUBERNETES_BIN";
const SERVER: &str = "kube-apiserver";
const STORE: &str = "etcd";
/// The first that apt knows.
const PACKAGE: &str = "etcd-server|etcd";
/// What these would start.
const SERVICE: &str = "etcd";

const LACKING: &str = "they need Go 1.21 or newer, and etcd (Debian: `apt-get install etcd-server`, macOS: `brew install go etcd`)";

/// Finds one, or what makes one, building and installing where that takes nobody by
/// surprise, and says in one line what the tests get.
pub(crate) fn find() -> Option<Found> {
    let named = variable(KUBECONFIG);
    let (name, value) = match &named {
        Some(kubeconfig) => {
            eprintln!("Kubernetes' tests run on the cluster of {KUBECONFIG}.");
            (KUBECONFIG, kubeconfig.clone())
        }
        None => match make() {
            Ok(programs) => {
                let shown = programs.display();
                eprintln!("Kubernetes' tests start an API server by the programs in {shown}.");
                (PROGRAMS, shown.to_string())
            }
            Err(lacking) => {
                eprintln!("Kubernetes' tests are left out: {lacking}.");
                return None;
            }
        },
    };
    let mut variables = vec![(name, value)];
    let kustomize = kustomize::find(go().as_deref());
    let left_out = kustomize.is_err().then_some("overlays::");
    match kustomize {
        Ok(program) => variables.push((kustomize::NAME, program.display().to_string())),
        Err(lacking) => eprintln!("Those of overlays are left out: {lacking}."),
    }
    Some(Found {
        name: "kubernetes",
        is_there: named.is_some(),
        is_made: named.is_none(),
        left_out,
        variables,
    })
}

fn go() -> Option<PathBuf> {
    let folder = Programs::of(&["go"]).behind(["/usr/local/go/bin"]).find();
    Some(folder?.join("go"))
}

/// The folder of its programs.
fn make() -> Result<PathBuf, String> {
    if let Some(programs) = variable(PROGRAMS).map(PathBuf::from) {
        return match programs.join(SERVER).is_file() && has_store(&programs) {
            true => Ok(programs),
            false => Err(format!("{PROGRAMS} has no {SERVER}, or no {STORE}")),
        };
    }
    let cache = Cache::find().ok_or("nothing says where a cache may lie: FUNCTIONS_TEST_CACHE")?;
    let cached = cache.kept(build::KEPT);
    let go = go();
    if cached.is_none() && go.is_none() {
        return Err(LACKING.to_owned());
    }
    let programs = match (cached, go) {
        (Some(programs), _) => programs,
        (None, Some(go)) => build::build(&cache, &go)?,
        (None, None) => return Err(LACKING.to_owned()),
    };
    let install = || install::with_apt(&[PACKAGE], Some(SERVICE)) && has_store(&programs);
    match has_store(&programs) || install() {
        true => Ok(programs),
        false => Err(LACKING.to_owned()),
    }
}

/// Beside the server, or on the PATH.
fn has_store(programs: &Path) -> bool {
    Programs::of(&[STORE]).before(programs).find().is_some()
}
