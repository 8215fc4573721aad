//! The API server, built by Go of the source that its module proxy has.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cache::{Cache, Kept};
use crate::machine::ends_well;

/// Which Kubernetes.
const VERSION: &str = "v1.34.2";
/// Which version its parts have: they are modules of their own.
const PARTS_VERSION: &str = "v0.34.2";
const PACKAGE: &str = "k8s.io/kubernetes/cmd/kube-apiserver";
/// Where it is kept.
pub(super) const KEPT: Kept = Kept {
    name: "kubernetes-1.34.2",
    proof: "kube-apiserver",
};

/// It takes 7 minutes on two processors.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Its parts. Its own module names folders for them that only its repository has.
const PARTS: &[&str] = &[
    "api",
    "apiextensions-apiserver",
    "apimachinery",
    "apiserver",
    "cli-runtime",
    "client-go",
    "cloud-provider",
    "cluster-bootstrap",
    "code-generator",
    "component-base",
    "component-helpers",
    "controller-manager",
    "cri-api",
    "cri-client",
    "csi-translation-lib",
    "dynamic-resource-allocation",
    "endpointslice",
    "externaljwt",
    "kms",
    "kube-aggregator",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
    "kubelet",
    "metrics",
    "mount-utils",
    "pod-security-admission",
    "sample-apiserver",
];

/// Builds it, once, into a cache, and gives back the folder that it is in.
///
/// # Errors
/// Why not, in words that follow a colon.
pub(super) fn build(cache: &Cache, go: &Path) -> Result<PathBuf, String> {
    cache.keep(KEPT, |folder| {
        eprintln!("Building the API server of Kubernetes {VERSION} with Go: some minutes, once.");
        let source = folder.join("source");
        let written = std::fs::create_dir(&source)
            .and_then(|()| std::fs::write(source.join("go.mod"), module()))
            .and_then(|()| std::fs::write(source.join("needs.go"), NEEDS));
        written.map_err(|error| format!("{} cannot be made: {error}", source.display()))?;
        let server = format!("{PACKAGE}@{VERSION}");
        let output = folder.join(KEPT.proof);
        for arguments in [
            &[OsStr::new("get"), OsStr::new(&server)][..],
            &[
                OsStr::new("build"),
                OsStr::new("-o"),
                output.as_os_str(),
                OsStr::new(PACKAGE),
            ],
        ] {
            let mut go = Command::new(go);
            // What it has to fetch is written into the module, which is nobody's.
            go.args(arguments)
                .env("GOFLAGS", "-mod=mod")
                .current_dir(&source);
            if !ends_well(&mut go, PATIENCE) {
                return Err(format!(
                    "Go could not build Kubernetes {VERSION}, see above"
                ));
            }
        }
        std::fs::remove_dir_all(&source)
            .map_err(|error| format!("{} cannot be removed: {error}", source.display()))
    })
}

/// A module of which nothing is built: it leans on the server.
const NEEDS: &str = "\
//go:build needs

package needs

import _ \"k8s.io/kubernetes/cmd/kube-apiserver\"
";

fn module() -> String {
    let mut module = format!("module needs\n\ngo 1.24.0\n\nrequire k8s.io/kubernetes {VERSION}\n");
    for part in PARTS {
        // Writing to a text does not fail.
        let _ = write!(
            module,
            "\nreplace k8s.io/{part} => k8s.io/{part} {PARTS_VERSION}"
        );
    }
    module.push('\n');
    module
}

#[cfg(test)]
mod tests {
    use super::{KEPT, PARTS_VERSION, VERSION, module};

    #[test]
    fn its_parts_are_of_the_same_version() {
        let (_, version) = VERSION.split_once('.').unwrap();
        assert_eq!(PARTS_VERSION, format!("v0.{version}"));
        assert_eq!(KEPT.name, format!("kubernetes-1.{version}"));
        let part = format!("replace k8s.io/api => k8s.io/api {PARTS_VERSION}\n");
        assert!(module().contains(&part));
    }
}
