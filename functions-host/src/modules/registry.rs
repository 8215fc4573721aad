//! What is known of the modules, in a database.
//!
//! The statements stand here and in [`changes`] once, for all databases. What each of them
//! does in its own way is behind the traits of [`database`]: how a session begins and ends,
//! how one keeps others out, and a few [`Words`](database::Words).

mod changes;
mod database;
mod postgres;
mod rows;
mod schema;
mod sqlite;

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use super::object::{Object, Root};
use super::upload::Received;
use super::{Listed, Listing, Module, ModuleId, ModulesError, NewModule, RegistryConfig, Terms};
use crate::postgres::Lines;
pub(super) use changes::Changes;
use database::{Database, Purpose, Value};
use rows::columns;

const ONE: &str = concat!("SELECT ", columns!(), " FROM modules WHERE id = $1");

#[derive(Debug)]
pub(super) struct Registry {
    database: Box<dyn Database>,
    root: Root,
    grace: Duration,
}

impl Registry {
    /// Opens the database and brings it up to date. It tells of objects as of those that lie
    /// at this root.
    pub(super) async fn open(
        config: &RegistryConfig,
        root: Root,
        grace: Duration,
    ) -> Result<Self, ModulesError> {
        let database: Box<dyn Database> = match config {
            RegistryConfig::Sqlite(path) => Box::new(sqlite::Sqlite::open(path).await?),
            RegistryConfig::Postgres(config) => Box::new(postgres::Postgres::open(config).await?),
        };
        Ok(Self {
            database,
            root,
            grace,
        })
    }

    /// How old bytes without a module have to be to be taken away at a start: where other
    /// hosts are at work they may be about to be named.
    pub(super) fn grace(&self) -> Duration {
        match self.database.is_shared() {
            true => self.grace,
            false => Duration::ZERO,
        }
    }

    pub(super) async fn get(&self, id: &ModuleId) -> Result<Option<Module>, ModulesError> {
        let mut session = self.database.session(Purpose::Look).await?;
        let rows = session.modules(ONE, &[Value::Text(id.as_str())]).await;
        let row = rows?.pop();
        session.end().await?;
        row.map(|row| rows::module(row, &self.root)).transpose()
    }

    pub(super) async fn list(&self, wanted: &Listing) -> Result<Listed, ModulesError> {
        let text = wanted.text.as_deref().unwrap_or("");
        if text.contains('\0') {
            // None holds it, and not every database can be asked.
            return Ok(Listed::default());
        }
        let number = |number: u64| Value::Number(i64::try_from(number).unwrap_or(i64::MAX));
        let (words, text) = (self.database.words(), Value::Text(text));
        let mut session = self.database.session(Purpose::Read).await?;
        let total = session.count(words.count, &[text]).await?;
        let values = [text, number(wanted.limit), number(wanted.skip)];
        let rows = session.modules(words.some, &values).await?;
        session.end().await?;
        let modules = rows.into_iter().map(|row| rows::module(row, &self.root));
        Ok(Listed {
            modules: modules.collect::<Result<_, _>>()?,
            total,
        })
    }

    /// The objects that modules have.
    pub(super) async fn objects(&self) -> Result<HashSet<Object>, ModulesError> {
        self.texts(self.database.words().objects, &[]).await
    }

    /// The objects without a module that nobody can be about to name.
    pub(super) async fn loose(&self) -> Result<HashSet<Object>, ModulesError> {
        let seconds = i64::try_from(self.grace().as_secs()).unwrap_or(i64::MAX);
        let values = [Value::Number(seconds)];
        self.texts(self.database.words().loose, &values).await
    }

    async fn texts(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<HashSet<Object>, ModulesError> {
        let mut session = self.database.session(Purpose::Look).await?;
        let names = session.texts(sql, values).await?;
        session.end().await?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Begins to write.
    pub(super) async fn begin(&self) -> Result<Changes, ModulesError> {
        let session = self.database.session(Purpose::Write).await?;
        let words = self.database.words();
        Ok(Changes::new(session, words, self.root.clone()))
    }

    /// Changes what is said of a module, as `change` does; nothing where that fails.
    pub(super) async fn change<E>(
        &self,
        id: &ModuleId,
        change: impl FnOnce(&mut Terms) -> Result<(), E>,
    ) -> Result<Option<Result<Module, E>>, ModulesError> {
        let mut changes = self.begin().await?;
        let Some(mut module) = changes.module(id).await? else {
            changes.end().await?;
            return Ok(None);
        };
        let mut terms = module.terms();
        if let Err(error) = change(&mut terms) {
            changes.end().await?;
            return Ok(Some(Err(error)));
        }
        if terms == module.terms() {
            changes.end().await?;
            return Ok(Some(Ok(module)));
        }
        module.description = terms.description;
        module.limits = terms.limits;
        module.grants = terms.grants;
        module.updated_at = Some(now());
        changes.update(&module).await?;
        changes.keep().await?;
        Ok(Some(Ok(module)))
    }

    /// A module that is about to be, with this object.
    pub(super) fn module(&self, new: NewModule, received: &Received, object: Object) -> Module {
        let Terms {
            description,
            limits,
            grants,
        } = new.terms;
        Module {
            id: new.id,
            description,
            filepath: self.root.path(&object),
            created_at: now(),
            sha256: received.digest(),
            size_bytes: received.size(),
            abi: new.abi,
            limits,
            grants,
            updated_at: None,
            object,
        }
    }

    pub(super) fn lines(&self) -> Option<&Lines> {
        self.database.lines()
    }

    pub(super) async fn close(&self) {
        self.database.close().await;
    }
}

/// RFC 3339, UTC, microseconds.
fn now() -> String {
    humantime::format_rfc3339_micros(SystemTime::now()).to_string()
}
