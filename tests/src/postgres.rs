//! A real PostgreSQL for tests.
//!
//! One is there already and is shared, [`lent_url`]: whoever uses it makes a database of
//! his own. The other is a test's own, a [`Postgres`], which it may kill, stop and start
//! again.
//!
//! `cargo xtask test` finds out what this machine has, and says so by
//! `FUNCTIONS_TEST_POSTGRES_URL` and `FUNCTIONS_TEST_POSTGRES_BIN`.

mod native;
mod server;
mod user;

pub use server::Postgres;

use crate::private::variable;

const URL: &str = "FUNCTIONS_TEST_POSTGRES_URL";
/// The folder of the programs `initdb` and `postgres`.
const PROGRAMS: &str = "FUNCTIONS_TEST_POSTGRES_BIN";

/// The URL of the server that the tests share, with a user who may make databases.
///
/// # Panics
/// There is none: these tests run by `cargo xtask test`.
#[must_use]
pub fn lent_url() -> String {
    variable(URL)
        .unwrap_or_else(|| panic!("no PostgreSQL ({URL} is not set): `cargo xtask test` finds one"))
}
