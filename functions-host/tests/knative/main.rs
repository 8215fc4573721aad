//! Whole hosts in processes of their own on a real API server of Kubernetes that knows the
//! Services of Knative. What Knative would say of them is said by the tests.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where it goes wrong"
)]

#[path = "../api/http.rs"]
#[expect(
    dead_code,
    reason = "it is shared with other tests, which use more of it"
)]
mod http;
#[path = "../api/server.rs"]
#[expect(dead_code, reason = "likewise")]
mod server;
#[path = "../pulsar/soon.rs"]
mod soon;

mod ground;
mod rights;

mod applying;
mod command_line;
mod conflicts;
mod forbidden;
mod listing;
mod overlays;
mod policies;
mod readiness;
mod removing;
mod sharing;
