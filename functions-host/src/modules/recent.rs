//! The modules asked for lately, so that an execution need not ask the database.
//!
//! A module that is removed is forgotten at once, and whatever was read before that is
//! not remembered after it: hence the generation. Another process may have the same
//! database, so nothing is believed for long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::Duration;
use tokio::time::Instant;

use super::{Module, ModuleId};

/// How many are remembered.
const MOST: usize = 10_000;

/// For how long.
const FRESH: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<Inner>);

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

    pub(super) fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// Remembers a module that was read after `generation` was asked for.
    pub(super) fn remember(&self, generation: u64, module: &Arc<Module>) {
        let mut inner = self.lock();
        if inner.generation != generation {
            return;
        }
        if inner.modules.len() >= MOST {
            inner.modules.clear();
        }
        let entry = (Arc::clone(module), Instant::now());
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
