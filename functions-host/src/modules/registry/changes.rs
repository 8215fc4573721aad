//! What is written of modules, all or none.

use super::database::{Session, Value, Words};
use super::rows::{self, Stored, columns};
use crate::modules::object::{Object, Root};
use crate::modules::steps::{Step, done};
use crate::modules::{Digest, Module, ModuleId, ModulesError};

const INSERT: &str = concat!(
    "INSERT INTO modules (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
);

const UPDATE: &str = "UPDATE modules SET description = $2, limits = $3, grants = $4, \
     updated_at = $5 WHERE id = $1";

const DELETE: &str = "DELETE FROM modules WHERE id = $1";

/// Takes an id.
const TAKEN: &str = "SELECT count(*) FROM modules WHERE id = $1";

/// Takes a digest.
const MARK: &str = "SELECT coalesce(mark, '') FROM modules WHERE sha256 = $1 \
     ORDER BY coalesce(mark, '') DESC LIMIT 1";

/// Takes a digest.
const WITH_DIGEST: &str = "SELECT count(*) FROM modules WHERE sha256 = $1";

/// Takes a digest and a mark.
const WITH_OBJECT: &str = "SELECT count(*) FROM modules WHERE sha256 = $1 \
     AND coalesce(mark, '') = $2";

const NOTE: &str = "INSERT INTO loose_objects (object, doomed) VALUES ($1, 0)";

const LOOSEN: &str = "INSERT INTO loose_objects (object, doomed) VALUES ($1, 1) \
     ON CONFLICT (object) DO UPDATE SET doomed = 1";

const CLAIM: &str = "DELETE FROM loose_objects WHERE object = $1 AND doomed = 0";

const DOOM: &str = "UPDATE loose_objects SET doomed = 1 WHERE object = $1";

const FORGET: &str = "DELETE FROM loose_objects WHERE object = $1";

/// A transaction. Where it is dropped before its end nothing of it is kept.
///
/// An object in a bucket is loose until a module claims it. Once it is doomed nobody can
/// claim it any more, and it goes.
pub(in crate::modules) struct Changes {
    session: Box<dyn Session>,
    words: &'static Words,
    root: Root,
}

impl Changes {
    pub(super) fn new(session: Box<dyn Session>, words: &'static Words, root: Root) -> Self {
        Self {
            session,
            words,
            root,
        }
    }

    /// Waits until nobody else adds or removes modules with these bytes, and keeps others
    /// from it.
    pub(in crate::modules) async fn hold(&mut self, digest: Digest) -> Result<(), ModulesError> {
        self.session.hold(digest).await
    }

    /// The module of this id, which nobody else changes meanwhile.
    pub(in crate::modules) async fn module(
        &mut self,
        id: &ModuleId,
    ) -> Result<Option<Module>, ModulesError> {
        let values = [Value::Text(id.as_str())];
        let rows = self.session.modules(self.words.one_to_change, &values);
        let row = rows.await?.pop();
        row.map(|row| rows::module(row, &self.root)).transpose()
    }

    /// Whether there is a module of this id. Somebody else may be removing it.
    pub(in crate::modules) async fn is_taken(
        &mut self,
        id: &ModuleId,
    ) -> Result<bool, ModulesError> {
        let values = [Value::Text(id.as_str())];
        Ok(self.session.count(TAKEN, &values).await? > 0)
    }

    pub(in crate::modules) async fn insert(&mut self, module: &Module) -> Result<(), ModulesError> {
        let stored = Stored::of(module);
        let inserted = self.session.write(INSERT, &stored.columns(module)).await;
        match inserted {
            // Somebody else was faster, with other bytes.
            Err(ModulesError::Database(sqlx::Error::Database(error)))
                if error.is_unique_violation() =>
            {
                return Err(ModulesError::Exists(module.id.clone()));
            }
            inserted => inserted?,
        };
        done(Step::Inserted);
        Ok(())
    }

    pub(in crate::modules) async fn update(&mut self, module: &Module) -> Result<(), ModulesError> {
        let stored = Stored::of(module);
        let [id, description, _, _, _, _, _, limits, grants, updated_at] = stored.columns(module);
        let values = [id, description, limits, grants, updated_at];
        self.session.write(UPDATE, &values).await.map(drop)
    }

    pub(in crate::modules) async fn delete(&mut self, id: &ModuleId) -> Result<(), ModulesError> {
        let values = [Value::Text(id.as_str())];
        self.session.write(DELETE, &values).await?;
        done(Step::Deleted);
        Ok(())
    }

    /// The bytes of this digest that a module has.
    pub(in crate::modules) async fn object(
        &mut self,
        digest: Digest,
    ) -> Result<Option<Object>, ModulesError> {
        let values = [Value::Bytes(digest.as_bytes())];
        let mark = self.session.texts(MARK, &values).await?.pop();
        let mark = mark.as_deref();
        Ok(
            mark.and_then(|mark| {
                Object::marked(digest, Some(mark).filter(|mark| !mark.is_empty()))
            }),
        )
    }

    /// Whether a module has bytes of this digest.
    pub(in crate::modules) async fn has(&mut self, digest: Digest) -> Result<bool, ModulesError> {
        let values = [Value::Bytes(digest.as_bytes())];
        Ok(self.session.count(WITH_DIGEST, &values).await? > 0)
    }

    /// Whether a module has this object.
    pub(in crate::modules) async fn names(
        &mut self,
        object: &Object,
    ) -> Result<bool, ModulesError> {
        let (digest, mark) = (object.digest(), object.mark().unwrap_or_default());
        let values = [Value::Bytes(digest.as_bytes()), Value::Text(&mark)];
        Ok(self.session.count(WITH_OBJECT, &values).await? > 0)
    }

    /// Writes down that this object is on its way.
    pub(in crate::modules) async fn note(&mut self, object: &Object) -> Result<(), ModulesError> {
        self.loose(NOTE, object).await.map(drop)
    }

    /// Writes down that this object, which a module had, is to go.
    pub(in crate::modules) async fn loosen(&mut self, object: &Object) -> Result<(), ModulesError> {
        self.loose(LOOSEN, object).await.map(drop)
    }

    /// Takes this object for a module; `false` where it is to go.
    pub(in crate::modules) async fn claim(
        &mut self,
        object: &Object,
    ) -> Result<bool, ModulesError> {
        self.loose(CLAIM, object).await
    }

    /// Has this object go; `false` where it is not loose.
    pub(in crate::modules) async fn doom(&mut self, object: &Object) -> Result<bool, ModulesError> {
        self.loose(DOOM, object).await
    }

    /// Strikes out an object that is gone.
    pub(in crate::modules) async fn forget(&mut self, object: &Object) -> Result<(), ModulesError> {
        self.loose(FORGET, object).await.map(drop)
    }

    async fn loose(&mut self, sql: &'static str, object: &Object) -> Result<bool, ModulesError> {
        let object = object.to_string();
        Ok(self.session.write(sql, &[Value::Text(&object)]).await? > 0)
    }

    pub(in crate::modules) async fn keep(self) -> Result<(), ModulesError> {
        self.session.keep().await
    }

    /// Ends it and keeps nothing.
    pub(in crate::modules) async fn end(self) -> Result<(), ModulesError> {
        self.session.end().await
    }
}
