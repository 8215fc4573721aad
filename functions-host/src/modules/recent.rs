//! The modules asked for lately, so that an execution need not ask the database.
//!
//! A module that is removed is forgotten at once, and whatever was read before that is
//! not remembered after it: hence the generation. Other hosts may have the same database,
//! so nothing is believed for long, counted from before it was read: what another has
//! removed or changed is not believed any more a second after that, however slow the
//! database is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Duration;
use tokio::time::Instant;

use super::{Module, ModuleId};

/// How many are remembered.
const MOST: usize = 10_000;

/// For how long.
pub(super) const FRESH: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<Inner>);

/// A moment before something is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    generation: u64,
    at: Instant,
}

#[derive(Debug, Default)]
struct Inner {
    /// How many times something was forgotten.
    generation: u64,
    modules: HashMap<ModuleId, (Arc<Module>, Instant)>,
}

impl Recent {
    pub(super) fn get(&self, id: &ModuleId) -> Option<Arc<Module>> {
        let inner = self.lock();
        let (module, since) = inner.modules.get(id)?;
        (since.elapsed() < FRESH).then(|| Arc::clone(module))
    }

    /// A moment before something is read.
    pub(super) fn moment(&self) -> Moment {
        Moment {
            generation: self.lock().generation,
            at: Instant::now(),
        }
    }

    /// Remembers a module that was read after this moment.
    pub(super) fn remember(&self, since: Moment, module: &Arc<Module>) {
        let mut inner = self.lock();
        if inner.generation != since.generation {
            return;
        }
        if inner.modules.len() >= MOST {
            inner.modules.clear();
        }
        let entry = (Arc::clone(module), since.at);
        inner.modules.insert(module.id.clone(), entry);
    }

    pub(super) fn forget(&self, id: &ModuleId) {
        let mut inner = self.lock();
        inner.generation = inner.generation.wrapping_add(1);
        inner.modules.remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::advance;

    use super::{FRESH, Recent};
    use crate::modules::object::Object;
    use crate::modules::{Digest, Module};

    fn module() -> Arc<Module> {
        let sha256 = Digest::of(b"bytes");
        Arc::new(Module {
            id: "a".parse().unwrap(),
            description: None,
            filepath: String::new(),
            created_at: String::new(),
            sha256,
            size_bytes: 5,
            abi: String::new(),
            limits: Default::default(),
            grants: Default::default(),
            updated_at: None,
            object: Object::of(sha256),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_read_is_believed_for_a_second_from_before_it_was_read() {
        let (recent, module) = (Recent::default(), module());
        let before = recent.moment();
        let slowly = Duration::from_millis(700);
        advance(slowly).await;
        recent.remember(before, &module);
        let tick = Duration::from_millis(1);
        advance(FRESH - slowly - tick).await;
        assert!(recent.get(&module.id).is_some());
        advance(tick).await;
        assert!(recent.get(&module.id).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_read_before_something_was_forgotten_is_not_remembered() {
        let (recent, module) = (Recent::default(), module());
        let before = recent.moment();
        recent.forget(&module.id);
        recent.remember(before, &module);
        assert!(recent.get(&module.id).is_none());
    }
}
