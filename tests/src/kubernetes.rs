//! A real API server of Kubernetes for tests, which knows the Services of Knative.
//!
//! There is nothing behind it: what is applied is checked, merged, stored and watched, and
//! nobody runs it. What Knative would say of it a test says in its place. All tests share
//! one, [`lent_kubeconfig`]: whoever uses it makes a namespace of his own.
//!
//! `cargo xtask test` finds out what this machine has, and says so by
//! `FUNCTIONS_TEST_KUBECONFIG` and `FUNCTIONS_TEST_KUBERNETES_BIN`. No other kubeconfig is
//! ever looked at: it may be that of a cluster which somebody needs.

mod access;
mod knative;
mod manifests;
mod server;

use std::path::PathBuf;

pub use access::client;
pub use manifests::manifests;
pub use server::ApiServer;

use crate::private::variable;

const KUBECONFIG: &str = "FUNCTIONS_TEST_KUBECONFIG";
/// The folder of the programs `kube-apiserver` and `etcd`.
const PROGRAMS: &str = "FUNCTIONS_TEST_KUBERNETES_BIN";

/// The kubeconfig of the API server that the tests share, for a user who may do everything.
///
/// # Panics
/// There is none: these tests run by `cargo xtask test`.
#[must_use]
pub fn lent_kubeconfig() -> PathBuf {
    let named = variable(KUBECONFIG).unwrap_or_else(|| {
        panic!("no API server ({KUBECONFIG} is not set): `cargo xtask test` finds one")
    });
    named.into()
}
