//! Hosts that share a PostgreSQL and a bucket, and what they do while one of the two is
//! away.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it goes wrong"
)]

#[path = "../servers/bucket.rs"]
mod bucket;
#[path = "../servers/database.rs"]
mod database;
#[expect(dead_code, reason = "the tests of the API need the rest")]
#[path = "../api/http.rs"]
mod http;
#[expect(dead_code, reason = "the tests of the API need the rest")]
#[path = "../api/server.rs"]
mod server;
#[expect(dead_code, reason = "the tests of the API need the rest")]
#[path = "../api/wasm.rs"]
mod wasm;
#[path = "../servers/wire.rs"]
mod wire;

mod faults;
mod history;
mod sharing;
mod silent;
mod store;

use bucket::{BUCKET, BucketServer, variables};
use http::Answer;
use server::Server;

/// A host on this database and this store, which says all that it can in its log.
fn host(database: &str, buckets: &BucketServer) -> Server {
    let store = format!("s3://{BUCKET}/modules");
    let variables = variables(&buckets.endpoint());
    let mut told: Vec<_> = variables
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    told.push(("DATABASE_URL", database));
    told.push(("FUNCTIONS_HOST_MODULE_STORE", &store));
    Server::told(&["--log-level", "DEBUG"], &told)
}

fn assert_is_told_to_try_again(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(
        answer.detail(),
        "The registry of modules does not answer; try again"
    );
    assert_eq!(answer.header("retry-after"), Some("1"));
}
