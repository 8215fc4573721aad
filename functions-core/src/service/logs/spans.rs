//! The spans that are open, and which of them each thread is in.
//!
//! A call opens one span, enters it a few times, asks for its fields once and closes
//! it. So entering and leaving take no lock: a thread keeps a list of its own. The
//! spans themselves lie in shards, a lock each, and a thread makes its spans in one
//! shard; locks are held for the time of a small copy, and nobody else wants them
//! as a rule. A slot keeps its memory for the next span.
//!
//! Nothing here panics over an id that is not, or not any more, one of an open span.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::Metadata;
use tracing::span::Id;

use super::fields::{Fields, Gathered};

const SHARDS: usize = 64;

/// A span in more spans than this is told with the innermost ones.
const MAX_DEPTH: usize = 128;

thread_local! {
    static SHARD: Cell<Option<usize>> = const { Cell::new(None) };
    /// The spans that this thread is in, innermost last, with the store they are in.
    static ENTERED: RefCell<Vec<(u64, Id)>> = const { RefCell::new(Vec::new()) };
}

#[derive(Debug)]
pub(super) struct Spans {
    /// Tells stores apart: a thread may be in spans of several.
    store: u64,
    shards: Box<[Shard]>,
}

/// On cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<Slots>);

#[derive(Debug, Default)]
struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot {
    /// Goes up when the slot is used anew: an old id does not fit any more.
    generation: u32,
    references: usize,
    metadata: &'static Metadata<'static>,
    parent: Option<Id>,
    fields: Fields,
}

/// An id taken apart: 24 bits of generation, 32 of slot, 8 of shard.
#[derive(Clone, Copy)]
struct Place {
    generation: u32,
    slot: u32,
    shard: u8,
}

impl Place {
    const MAX_GENERATION: u32 = (1 << 24) - 1;

    fn of(id: &Id) -> Self {
        let id = id.into_u64();
        Self {
            generation: (id >> 40) as u32,
            slot: (id >> 8) as u32,
            shard: id as u8,
        }
    }

    /// The generation is never 0, as an id may not be.
    fn id(self) -> Id {
        let Self {
            generation,
            slot,
            shard,
        } = self;
        Id::from_u64(u64::from(generation) << 40 | u64::from(slot) << 8 | u64::from(shard))
    }
}

impl Spans {
    pub(super) fn new() -> Self {
        static STORES: AtomicU64 = AtomicU64::new(0);
        Self {
            store: STORES.fetch_add(1, Ordering::Relaxed),
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
        }
    }

    /// Opens a span. It keeps its parent open.
    pub(super) fn open(
        &self,
        metadata: &'static Metadata<'static>,
        parent: Option<&Id>,
        fields: &Fields,
    ) -> Id {
        let parent = parent.filter(|parent| self.retain(parent)).cloned();
        let shard = shard_of_this_thread();
        let Some(mut slots) = self.lock(shard) else {
            return Id::from_u64(u64::MAX);
        };
        let free = slots.free.pop();
        let reused = free.and_then(|index| Some((index, slots.slots.get_mut(index as usize)?)));
        if let Some((index, slot)) = reused {
            slot.generation = slot.generation % Place::MAX_GENERATION + 1;
            slot.references = 1;
            slot.metadata = metadata;
            slot.parent = parent;
            slot.fields.append(fields);
            let generation = slot.generation;
            return place(generation, index, shard).id();
        }
        let index = u32::try_from(slots.slots.len()).unwrap_or(u32::MAX);
        let mut own = Fields::new();
        own.append(fields);
        slots.slots.push(Slot {
            generation: 1,
            references: 1,
            metadata,
            parent,
            fields: own,
        });
        place(1, index, shard).id()
    }

    /// Adds to what a span says.
    pub(super) fn record(&self, id: &Id, fields: &Fields) {
        self.with(id, |slot| slot.fields.merge(fields));
    }

    /// Keeps a span open once more. Tells whether it is.
    pub(super) fn retain(&self, id: &Id) -> bool {
        self.with(id, |slot| slot.references += 1).is_some()
    }

    /// Lets go of a span once. Tells whether it is closed by that.
    pub(super) fn release(&self, id: &Id) -> bool {
        let mut next = Some(id.clone());
        let mut closed = 0;
        while let Some(id) = next.take() {
            let Place { slot, shard, .. } = Place::of(&id);
            let Some(mut slots) = self.lock(usize::from(shard)) else {
                break;
            };
            let Some(open) = slots.get(&id) else { break };
            open.references -= 1;
            if open.references == 0 {
                open.fields.clear();
                next = open.parent.take();
                slots.free.push(slot);
                closed += 1;
            }
        }
        closed > 0
    }

    pub(super) fn metadata(&self, id: &Id) -> Option<&'static Metadata<'static>> {
        self.with(id, |slot| slot.metadata)
    }

    /// Adds what a span says, and what those around it say, a group each.
    pub(super) fn gather(&self, id: &Id, gathered: &mut Gathered) {
        let mut next = Some(id.clone());
        for _ in 0..MAX_DEPTH {
            let Some(id) = next.take() else { return };
            self.with(&id, |slot| {
                gathered.fields.append(&slot.fields);
                gathered.end_group();
                next = slot.parent.clone();
            });
        }
    }

    /// The innermost span that this thread is in.
    pub(super) fn current(&self) -> Option<Id> {
        let innermost = |entered: &RefCell<Vec<(u64, Id)>>| {
            let entered = entered.try_borrow().ok()?;
            let own = entered.iter().rev().find(|(store, _)| *store == self.store);
            own.map(|(_, id)| id.clone())
        };
        // A thread that is ending has no list any more.
        ENTERED.try_with(innermost).ok().flatten()
    }

    pub(super) fn enter(&self, id: &Id) {
        let _ = ENTERED.try_with(|entered| {
            if let Ok(mut entered) = entered.try_borrow_mut() {
                entered.push((self.store, id.clone()));
            }
        });
    }

    pub(super) fn exit(&self, id: &Id) {
        let _ = ENTERED.try_with(|entered| {
            if let Ok(mut entered) = entered.try_borrow_mut() {
                let is_it = |(store, own): &(u64, Id)| *store == self.store && own == id;
                if entered.last().is_some_and(is_it) {
                    entered.pop();
                } else if let Some(index) = entered.iter().rposition(is_it) {
                    entered.remove(index);
                }
            }
        });
    }

    fn with<T>(&self, id: &Id, work: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        let mut slots = self.lock(usize::from(Place::of(id).shard))?;
        slots.get(id).map(work)
    }

    /// Nothing that may panic runs under a lock, so a poisoned one is as good as any.
    fn lock(&self, shard: usize) -> Option<MutexGuard<'_, Slots>> {
        let Shard(slots) = self.shards.get(shard)?;
        Some(slots.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Slots {
    /// The slot of an open span.
    fn get(&mut self, id: &Id) -> Option<&mut Slot> {
        let Place {
            generation, slot, ..
        } = Place::of(id);
        self.slots
            .get_mut(slot as usize)
            .filter(|slot| slot.generation == generation && slot.references > 0)
    }
}

fn place(generation: u32, slot: u32, shard: usize) -> Place {
    let shard = (shard % SHARDS) as u8;
    Place {
        generation,
        slot,
        shard,
    }
}

fn shard_of_this_thread() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    SHARD
        .try_with(|shard| {
            shard.get().unwrap_or_else(|| {
                let own = THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS;
                shard.set(Some(own));
                own
            })
        })
        .unwrap_or(0)
}
