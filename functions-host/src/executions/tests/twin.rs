//! A history that hosts share, in memory: it can be told to be away, or to take something
//! never.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use crate::executions::{
    Execution, ExecutionId, ExecutionsConfig, Listed, Listing, Scope, SharedError, SharedHistory,
    now,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Twin(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    name: String,
    executions: BTreeMap<ExecutionId, Execution>,
    is_away: bool,
    refused: Option<ExecutionId>,
    /// How many ends were brought.
    ends: usize,
}

impl Twin {
    pub(super) fn is_away(&self, is_away: bool) {
        self.0.lock().unwrap().is_away = is_away;
    }

    /// Never takes this one.
    pub(super) fn refuse(&self, id: ExecutionId) {
        self.0.lock().unwrap().refused = Some(id);
    }

    /// It is another one from now on, and empty.
    pub(super) fn becomes(&self, name: &str) {
        let mut held = self.0.lock().unwrap();
        held.name = name.to_owned();
        held.executions.clear();
    }

    pub(super) fn ends(&self) -> usize {
        self.0.lock().unwrap().ends
    }

    fn held<T>(&self, work: impl FnOnce(&mut Held) -> T) -> Result<T, SharedError> {
        let mut held = self.0.lock().unwrap();
        match held.is_away {
            true => Err(SharedError::Away("it was told to be".to_owned())),
            false => Ok(work(&mut held)),
        }
    }
}

#[async_trait]
impl SharedHistory for Twin {
    async fn identity(&self) -> Result<String, SharedError> {
        self.held(|held| held.name.clone())
    }

    async fn copy(&self, executions: &[Execution]) -> Result<(), SharedError> {
        self.held(|held| {
            if executions
                .iter()
                .any(|one| Some(one.summary.id) == held.refused)
            {
                return Err(SharedError::Refused("it was told to".to_owned()));
            }
            for new in executions {
                held.ends += usize::from(new.summary.status.is_end());
                held.put(new);
            }
            Ok(())
        })?
    }

    async fn get(&self, id: ExecutionId) -> Result<Option<Execution>, SharedError> {
        self.held(|held| held.executions.get(&id).cloned())
    }

    async fn list(&self, wanted: &Listing) -> Result<Listed, SharedError> {
        self.held(|held| {
            let all = held.executions.values().map(|one| &one.summary);
            let mut all: Vec<_> = all
                .filter(|one| {
                    wanted.tenant.as_ref().is_none_or(|it| *it == one.tenant_id)
                        && wanted
                            .wasm_module_id
                            .as_ref()
                            .is_none_or(|it| *it == one.wasm_module_id)
                        && wanted.status.is_none_or(|it| it == one.status)
                        && wanted.since.is_none_or(|it| one.created_at >= it)
                        && wanted.until.is_none_or(|it| one.created_at < it)
                })
                .cloned()
                .collect();
            all.sort_by_key(|one| Reverse((one.created_at, one.id)));
            let total = u64::try_from(all.len()).unwrap();
            let (skip, limit) = (wanted.skip, wanted.limit);
            let some = all.into_iter().skip(skip.try_into().unwrap());
            let some = some.take(limit.try_into().unwrap()).map(|mut one| {
                one.asset_uri = one.asset_uri.filter(|uri| uri.len() <= 2048);
                one
            });
            Listed {
                executions: some.collect(),
                total,
                scope: Scope::All,
            }
        })
    }

    async fn sweep(&self, bounds: &ExecutionsConfig) -> Result<bool, SharedError> {
        self.held(|held| {
            let before = now() - i64::try_from(bounds.age.as_micros()).unwrap_or(i64::MAX);
            held.executions.retain(|_, one| {
                let last = one.summary.finished_at.unwrap_or(one.summary.created_at);
                last >= before
            });
            let ended = held.executions.values();
            let ended = ended.filter(|one| one.summary.finished_at.is_some());
            let mut ended: Vec<_> = ended
                .map(|one| (Reverse(one.summary.finished_at), one.summary.id))
                .collect();
            ended.sort();
            let mut bytes = 0;
            for (n, (_, id)) in ended.into_iter().enumerate() {
                bytes += held.executions.get(&id).map_or(0, size);
                if n >= bounds.most.try_into().unwrap_or(usize::MAX) || bytes > bounds.bytes {
                    held.executions.remove(&id);
                }
            }
            false
        })
    }
}

impl Held {
    fn put(&mut self, new: &Execution) {
        let mut new = new.clone();
        new.summary.seq = None;
        if let Some(old) = self.executions.get(&new.summary.id) {
            let (was, is) = (&old.summary, &new.summary);
            let wins = match (was.status.is_end(), is.status.is_end()) {
                (true, true) => {
                    was.duration.is_none() && is.duration.is_some() && was.status == is.status
                }
                (false, false) => is.attempts >= was.attempts,
                (_, is_end) => is_end,
            };
            if !wins {
                return;
            }
            let (attempts, asked_for) = (was.attempts, was.created_at);
            let started = was.started_at;
            new.summary.attempts = new.summary.attempts.max(attempts);
            new.summary.created_at = new.summary.created_at.min(asked_for);
            new.summary.started_at = new.summary.started_at.or(started);
        }
        self.executions.insert(new.summary.id, new);
    }
}

fn size(one: &Execution) -> u64 {
    let texts = [
        one.summary.asset_uri.as_deref(),
        one.summary.error.as_deref(),
        one.results.as_deref().map(|results| results.get()),
        one.stdout.as_deref(),
        one.stderr.as_deref(),
    ];
    let sum: usize = texts.into_iter().flatten().map(str::len).sum();
    u64::try_from(sum).unwrap()
}
