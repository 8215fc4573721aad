//! What an execution may take and have: the one place that knows.
//!
//! Limits come from three who trust each other less and less. The operator's settings hold
//! for everybody. The file of tenants, the operator's too, puts other limits in their
//! place, for all tenants or for one. What a module brings along can only lower what its
//! tenant has, since whoever hands it over is a stranger.
//!
//! Grants are the other way round: nothing is there that was not granted to the module by
//! name, and an operator can do without grants altogether.
//!
//! All of it is read into types where it comes in, so that an execution only copies
//! numbers.

mod fault;
mod grants;
mod limit_set;
mod tenants;
mod values;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

pub use fault::{Fault, Faults};
pub use grants::Grants;
pub use limit_set::LimitSet;
pub use tenants::{Allowance, TenantsError};

use crate::egress::HostPattern;
use crate::engine::Limits;
use crate::tenant::TenantId;

/// What executions may take and have.
#[derive(Clone, Debug)]
pub struct Policy {
    host: Limits,
    grants: bool,
    others: Standing,
    tenants: HashMap<TenantId, Standing>,
}

/// What one tenant has.
#[derive(Clone, Debug)]
struct Standing {
    limits: Limits,
    allowance: Allowance,
}

impl Policy {
    /// These limits for everybody, and grants.
    #[must_use]
    pub fn new(host: Limits) -> Self {
        let others = Standing {
            limits: host.clone(),
            allowance: Allowance::default(),
        };
        Self {
            host,
            grants: true,
            others,
            tenants: HashMap::new(),
        }
    }

    /// The same without grants: none is given, and what was granted before is not there.
    #[must_use]
    pub fn without_grants(self) -> Self {
        Self {
            grants: false,
            ..self
        }
    }

    /// The same with what a file of tenants says. Waits for the disk.
    ///
    /// # Errors
    /// The file cannot be read or understood.
    pub fn with_tenants(self, file: &Path) -> Result<Self, TenantsError> {
        let tenants = tenants::read(file)?;
        let standing = |allowance: Allowance| {
            let mut limits = self.host.clone();
            allowance.limits.replace(&mut limits);
            Standing { limits, allowance }
        };
        let others = standing(tenants.default.clone());
        let named = tenants.named.into_iter();
        let named = named.map(|(tenant, own)| (tenant, standing(own.over(&tenants.default))));
        Ok(Self {
            tenants: named.collect(),
            others,
            ..self
        })
    }

    /// The limits of an execution of this tenant, of a module that brings these along.
    #[must_use]
    pub fn limits(&self, tenant: &TenantId, module: &LimitSet) -> Limits {
        let mut limits = self.standing(tenant).limits.clone();
        module.lower(&mut limits);
        limits
    }

    /// The environment of an execution of a module with these grants.
    #[must_use]
    pub fn environment(&self, grants: &Grants) -> Vec<(String, String)> {
        match self.grants {
            true => grants.environment(),
            false => Vec::new(),
        }
    }

    /// The hosts that an execution of a module with these grants may ask over HTTP.
    #[must_use]
    pub fn http(&self, grants: &Grants) -> Arc<[HostPattern]> {
        match self.grants {
            true => grants.http(),
            false => Arc::default(),
        }
    }

    /// Whether anything can be granted.
    #[must_use]
    pub fn allows_grants(&self) -> bool {
        self.grants
    }

    /// What the file of tenants says of this one, or of all who are not named in it.
    #[must_use]
    pub fn allowance(&self, tenant: &TenantId) -> &Allowance {
        &self.standing(tenant).allowance
    }

    /// What it says of all who are not named in it.
    #[must_use]
    pub fn others(&self) -> &Allowance {
        &self.others.allowance
    }

    /// The tenants who are named in it, and what it says of each.
    pub fn named(&self) -> impl Iterator<Item = (&TenantId, &Allowance)> {
        let tenants = self.tenants.iter();
        tenants.map(|(tenant, standing)| (tenant, &standing.allowance))
    }

    /// The most memory and the most table elements that any execution can be allowed: what
    /// an engine has to have room for.
    #[must_use]
    pub fn greatest(&self) -> (usize, usize) {
        let standings = self.tenants.values().chain([&self.others]);
        let limits = standings.map(|standing| (standing.limits.memory, standing.limits.table));
        limits.fold((0, 0), |(memory, table), (more, elements)| {
            (memory.max(more), table.max(elements))
        })
    }

    fn standing(&self, tenant: &TenantId) -> &Standing {
        self.tenants.get(tenant).unwrap_or(&self.others)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{Grants, LimitSet, Policy};
    use crate::engine::{Limits, Metering};

    const TENANTS: &str = r#"
        [default]
        cpu_time_seconds = 5
        max_executions = 4

        [tenant.acme]
        memory_bytes = 1073741824
        max_waiting = 7

        [tenant."small.org"]
        cpu_time_seconds = 0.5
        max_executions = 1
        fuel = 1000
    "#;

    fn policy() -> Policy {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tenants.toml");
        std::fs::write(&file, TENANTS).unwrap();
        Policy::new(Limits::default()).with_tenants(&file).unwrap()
    }

    fn limits(tenant: &str, module: serde_json::Value) -> Limits {
        let mut own = LimitSet::default();
        own.merge(&module).unwrap();
        policy().limits(&tenant.parse().unwrap(), &own)
    }

    #[test]
    fn a_tenant_who_is_named_has_what_all_have_but_for_what_is_said_of_it() {
        let all = limits("somebody", json!({}));
        assert_eq!(all.cpu_time, Duration::from_secs(5));
        assert_eq!(all.memory, Limits::default().memory);
        let acme = limits("acme", json!({}));
        assert_eq!((acme.cpu_time, acme.memory), (all.cpu_time, 1 << 30));
        assert_eq!(acme.metering(), Metering::Time);
        let small = limits("small.org", json!({}));
        assert_eq!(small.cpu_time, Duration::from_millis(500));
        assert_eq!((small.fuel, small.metering()), (Some(1000), Metering::Fuel));
        let policy = policy();
        let allowance = |tenant: &str| policy.allowance(&tenant.parse().unwrap()).clone();
        assert_eq!(allowance("somebody").max_executions, Some(4));
        assert_eq!(allowance("acme").max_executions, Some(4));
        assert_eq!(allowance("acme").max_waiting, Some(7));
        assert_eq!(allowance("small.org").max_executions, Some(1));
        assert_eq!(policy.named().count(), 2);
        assert_eq!(policy.greatest(), (1 << 30, Limits::default().table));
    }

    #[test]
    fn a_module_lowers_what_its_tenant_has_and_never_raises_it() {
        let greedy = json!({"cpu_time_seconds": 60, "memory_bytes": 4294967296_u64, "fuel": 5});
        let small = limits("small.org", greedy.clone());
        assert_eq!(small.cpu_time, Duration::from_millis(500));
        assert_eq!(
            (small.memory, small.fuel),
            (Limits::default().memory, Some(5))
        );
        assert_eq!(limits("acme", greedy).memory, 1 << 30);
        let modest = limits("acme", json!({"memory_bytes": 65536}));
        assert_eq!(modest.memory, 65536);
    }

    #[test]
    fn where_there_are_no_grants_what_was_granted_before_is_not_there() {
        let mut grants = Grants::default();
        grants.merge(&json!({"environment": {"A": "a"}})).unwrap();
        let policy = Policy::new(Limits::default());
        assert_eq!(policy.environment(&grants).len(), 1);
        let policy = policy.without_grants();
        assert!(!policy.allows_grants());
        assert_eq!(policy.environment(&grants).len(), 0);
    }
}
