//! Whose turn it is, and who may still put something into the queue.
//!
//! A few numbers for each tenant, and no request: those lie in the table. A tenant whose
//! oldest request is due lines up; whoever is in front gets a few and lines up again
//! behind the others. So ten thousand requests of one tenant are a tenant in the line, and
//! no more than one request of another.
//!
//! What is known of a tenant's next request is taken away before the table is asked, and
//! what the table says is put together with what was heard meanwhile: so nothing that is
//! put in between is overlooked.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::EmbeddedConfig;
use crate::bus::{Backlog, Request, SubmitError};
use crate::tenant::TenantId;

/// How many requests of one tenant are claimed in a row, where others wait too.
const IN_A_ROW: usize = 16;

/// How much of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) requests: u64,
    pub(super) bytes: u64,
}

#[derive(Debug)]
pub(super) struct Turns {
    tenants: HashMap<TenantId, Tenant>,
    /// Those with something that is due; whose turn it is, is in front.
    line: VecDeque<TenantId>,
    /// All others with something that waits, and when it will be due.
    later: BTreeSet<(i64, TenantId)>,
    held: Size,
    most: Size,
    most_of_one: Size,
    /// The requests of some, in the place of those.
    most_of: HashMap<TenantId, u64>,
    in_flight_of_one: usize,
}

#[derive(Debug, Default)]
struct Tenant {
    /// What is in the table, or on its way there.
    held: Size,
    in_flight: usize,
    /// When the first that waits is due, as far as is known.
    due: Option<i64>,
    place: Place,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Nowhere,
    Line,
    Later(i64),
}

impl Size {
    pub(super) fn of(request: &Request) -> Self {
        let texts = [
            request.asset_id.len(),
            request.asset_uri.len(),
            request.wasm_module_id.len(),
        ];
        let bytes = texts.into_iter().fold(0_usize, usize::saturating_add);
        Self {
            requests: 1,
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
        }
    }

    fn plus(self, more: Self) -> Self {
        Self {
            requests: self.requests.saturating_add(more.requests),
            bytes: self.bytes.saturating_add(more.bytes),
        }
    }

    fn minus(self, less: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(less.requests),
            bytes: self.bytes.saturating_sub(less.bytes),
        }
    }

    fn fits(self, most: Self) -> bool {
        self.requests <= most.requests && self.bytes <= most.bytes
    }
}

impl Turns {
    pub(super) fn new(config: &EmbeddedConfig) -> Self {
        Self {
            tenants: HashMap::new(),
            line: VecDeque::new(),
            later: BTreeSet::new(),
            held: Size::default(),
            most: Size {
                requests: config.max_backlog,
                bytes: config.max_bytes,
            },
            most_of_one: Size {
                requests: config.max_backlog_per_tenant,
                bytes: config.max_bytes_per_tenant,
            },
            most_of: config.max_backlog_of.clone(),
            in_flight_of_one: config.in_flight_per_tenant.max(1),
        }
    }

    /// What a tenant has when the bus begins.
    pub(super) fn begin(&mut self, tenant: TenantId, held: Size, due: i64) {
        self.held = self.held.plus(held);
        self.tenants.entry(tenant.clone()).or_default().held = held;
        self.due(&tenant, due);
    }

    /// Makes room for a request that is to be put in.
    pub(super) fn reserve(&mut self, tenant: &TenantId, size: Size) -> Result<(), SubmitError> {
        let own = self.tenants.get(tenant).map(|tenant| tenant.held);
        let own = own.unwrap_or_default();
        let mut most = self.most_of_one;
        if let Some(requests) = self.most_of.get(tenant) {
            most.requests = *requests;
        }
        if !own.plus(size).fits(most) {
            return Err(SubmitError::Full {
                waiting: own.requests,
                whose: " of this tenant",
            });
        }
        if !self.held.plus(size).fits(self.most) {
            return Err(SubmitError::Full {
                waiting: self.held.requests,
                whose: "",
            });
        }
        self.held = self.held.plus(size);
        self.tenants.entry(tenant.clone()).or_default().held = own.plus(size);
        Ok(())
    }

    /// Gives the room of a request back that is not in the queue, or no more.
    pub(super) fn leave(&mut self, tenant: &TenantId, size: Size) {
        self.held = self.held.minus(size);
        if let Some(tenant) = self.tenants.get_mut(tenant) {
            tenant.held = tenant.held.minus(size);
        }
        self.settle(tenant);
    }

    /// A request waits that is due at this time.
    pub(super) fn due(&mut self, tenant: &TenantId, due: i64) {
        if let Some(tenant) = self.tenants.get_mut(tenant) {
            tenant.due = Some(tenant.due.map_or(due, |before| before.min(due)));
        }
        self.settle(tenant);
    }

    /// A request is in nobody's hands any more.
    pub(super) fn landed(&mut self, tenant: &TenantId, many: usize) {
        if let Some(tenant) = self.tenants.get_mut(tenant) {
            tenant.in_flight = tenant.in_flight.saturating_sub(many);
        }
        self.settle(tenant);
    }

    /// Shares out `wanted` deliveries: who may have how many. They count as in flight
    /// from now on, and what of them there is not is to [land](Self::landed) again.
    pub(super) fn share_out(&mut self, mut wanted: usize, now: i64) -> Vec<(TenantId, usize)> {
        while let Some((due, _)) = self.later.first()
            && *due <= now
            && let Some((_, name)) = self.later.pop_first()
        {
            if let Some(tenant) = self.tenants.get_mut(&name) {
                tenant.place = Place::Line;
                self.line.push_back(name);
            }
        }
        let each = wanted.checked_div(self.line.len()).unwrap_or(0);
        let each = each.clamp(1, IN_A_ROW);
        let mut shares = Vec::new();
        while wanted > 0
            && let Some(name) = self.line.pop_front()
        {
            let Some(tenant) = self.tenants.get_mut(&name) else {
                continue;
            };
            tenant.place = Place::Nowhere;
            let room = self.in_flight_of_one.saturating_sub(tenant.in_flight);
            let share = each.min(room).min(wanted);
            if share > 0 {
                tenant.due = None;
                tenant.in_flight += share;
                wanted -= share;
                shares.push((name, share));
            }
        }
        shares
    }

    /// When there is something to share out next.
    pub(super) fn next(&self) -> Option<i64> {
        match self.line.is_empty() {
            true => self.later.first().map(|(due, _)| *due),
            false => Some(i64::MIN),
        }
    }

    pub(super) fn backlog(&self) -> BTreeMap<TenantId, Backlog> {
        let tenants = self.tenants.iter().map(|(name, tenant)| {
            let in_flight = u64::try_from(tenant.in_flight).unwrap_or(u64::MAX);
            let backlog = Backlog {
                waiting: tenant.held.requests.saturating_sub(in_flight),
                in_flight,
                dead: 0,
            };
            (name.clone(), backlog)
        });
        tenants.collect()
    }

    /// Puts a tenant where it belongs by its numbers.
    fn settle(&mut self, name: &TenantId) {
        let Some(tenant) = self.tenants.get_mut(name) else {
            return;
        };
        if let Place::Later(due) = tenant.place {
            self.later.remove(&(due, name.clone()));
            tenant.place = Place::Nowhere;
        }
        if tenant.place == Place::Line {
            return;
        }
        match tenant.due {
            Some(due) if tenant.in_flight < self.in_flight_of_one => {
                tenant.place = Place::Later(due);
                self.later.insert((due, name.clone()));
            }
            None if tenant.held.requests == 0 && tenant.in_flight == 0 => {
                self.tenants.remove(name);
            }
            _ => {}
        }
    }
}
