//! Where a database and a bucket are, as an operator writes it.

mod bucket;
mod postgres;

pub use bucket::BucketUrl;
pub use postgres::PostgresUrl;

/// A text that is no such URL. It says what is wrong, and nothing that may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidUrl(String);
