//! What a database has to do to hold the modules. The statements are the same for all, but
//! for a few words.

use std::fmt;

use async_trait::async_trait;

use super::rows::Row;
use crate::modules::{Digest, ModulesError};
use crate::postgres::Lines;

/// A value in a statement.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Maybe(Option<&'a str>),
    Bytes(&'a [u8]),
    Number(i64),
}

/// Gives a statement its values.
macro_rules! bound {
    ($statement:expr, $values:expr) => {{
        let mut statement = $statement;
        for value in $values {
            statement = match *value {
                Value::Text(text) => statement.bind(text),
                Value::Maybe(text) => statement.bind(text),
                Value::Bytes(bytes) => statement.bind(bytes),
                Value::Number(number) => statement.bind(number),
            };
        }
        statement
    }};
}
pub(super) use bound;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// One statement that reads.
    Look,
    /// Several, which see the same moment.
    Read,
    /// Several that are kept all or none.
    Write,
}

/// The statements that a database says in its own words.
#[derive(Debug)]
pub(super) struct Words {
    /// Takes an id. Nobody else changes or deletes the row until the session ends.
    pub(super) one_to_change: &'static str,
    /// Takes a text, a limit and an offset. Every id holds the empty text.
    pub(super) some: &'static str,
    /// Takes a text.
    pub(super) count: &'static str,
    /// The names of all objects that modules have.
    pub(super) objects: &'static str,
    /// Objects without a module that are to go, or are as old as so many seconds: no more
    /// than a start may be kept busy with.
    pub(super) loose: &'static str,
}

#[async_trait]
pub(super) trait Database: fmt::Debug + Send + Sync {
    fn words(&self) -> &'static Words;

    /// Whether other hosts can be at work on it.
    fn is_shared(&self) -> bool;

    /// Its connections, where others may use them too.
    fn lines(&self) -> Option<&Lines> {
        None
    }

    async fn session(&self, purpose: Purpose) -> Result<Box<dyn Session>, ModulesError>;

    async fn close(&self);
}

/// A connection for one piece of work. Where it is dropped before its end nothing that was
/// written is kept.
#[async_trait]
pub(super) trait Session: Send {
    /// Waits until no other session holds modules with these bytes, and holds them.
    async fn hold(&mut self, digest: Digest) -> Result<(), ModulesError>;

    async fn modules(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, ModulesError>;

    async fn texts(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<String>, ModulesError>;

    async fn count(&mut self, sql: &'static str, values: &[Value<'_>])
    -> Result<u64, ModulesError>;

    /// Writes, and says how many rows that were.
    async fn write(&mut self, sql: &'static str, values: &[Value<'_>])
    -> Result<u64, ModulesError>;

    /// Ends it and keeps what was written.
    async fn keep(self: Box<Self>) -> Result<(), ModulesError>;

    /// Ends it and keeps nothing.
    async fn end(self: Box<Self>) -> Result<(), ModulesError>;
}
