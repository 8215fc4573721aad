//! A real Pulsar for tests.
//!
//! Two kinds. One is there already and is shared, a [`Lent`]: topics may be made in it,
//! and whoever does so takes a namespace of his own. The other is a test's own, a
//! [`Standalone`], which it may kill, stop and start again. An [`Admin`] asks either of
//! them to do what an administrator would.
//!
//! `cargo xtask test` finds out what this machine has, and says so by
//! `FUNCTIONS_TEST_PULSAR_URL`, `FUNCTIONS_TEST_PULSAR_ADMIN_URL` and
//! `FUNCTIONS_TEST_PULSAR_HOME`.

mod admin;
mod backlog;
mod command;
mod security;
mod settings;
mod standalone;

pub use admin::{Admin, Compatibility};
pub use backlog::Backlog;
pub use security::Security;
pub use standalone::Standalone;

use crate::private::variable;

/// The tenant that holds the namespaces of all other tenants: it is there once a
/// [`Standalone`] has started.
pub const TENANT: &str = "platformq";

const URL: &str = "FUNCTIONS_TEST_PULSAR_URL";
const ADMIN_URL: &str = "FUNCTIONS_TEST_PULSAR_ADMIN_URL";
/// A folder with the jars of Pulsar in `lib`.
const HOME: &str = "FUNCTIONS_TEST_PULSAR_HOME";

/// The Pulsar that the tests share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lent {
    /// Where its clients connect to, such as `pulsar://127.0.0.1:6650`.
    pub url: String,
    /// Where it is administrated, such as `http://127.0.0.1:8080`.
    pub admin_url: String,
}

impl Lent {
    /// The one that is there.
    ///
    /// # Panics
    /// There is none: these tests run by `cargo xtask test`.
    #[must_use]
    pub fn new() -> Self {
        let told = |name| {
            variable(name).unwrap_or_else(|| {
                panic!("no Pulsar ({name} is not set): `cargo xtask test` finds one")
            })
        };
        Self {
            url: told(URL),
            admin_url: told(ADMIN_URL),
        }
    }

    /// Its administrator.
    #[must_use]
    pub fn admin(&self) -> Admin {
        Admin::new(&self.admin_url)
    }
}

impl Default for Lent {
    fn default() -> Self {
        Self::new()
    }
}
