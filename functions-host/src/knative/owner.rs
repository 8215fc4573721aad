//! Whose an object is.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::deployment::Kind;
use super::namespace::{Namespace, NoNamespace};
use crate::tenant::TenantId;

/// Who is the manager of what is applied, and by this label made it.
pub(super) const MANAGER: &str = "functions-host";
pub(super) const MANAGED_BY: &str = "managed-by";
/// What an object is for.
pub(super) const COMPONENT: &str = "component";
/// Whose it is.
pub(super) const TENANT: &str = "tenant-id";
/// Which deployment of a function server it is.
pub(super) const DEPLOYMENT: &str = "deployment-id";

/// The longest value of a label, in bytes.
const LONGEST: usize = 63;

/// Where the functions of a tenant are, and that they are his.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    namespace: Namespace,
    tenant: TenantId,
}

impl Place {
    /// The functions of `tenant` in `namespace`, which may be one that others have too.
    ///
    /// # Errors
    /// No label can hold the tenant's name.
    pub fn new(namespace: Namespace, tenant: TenantId) -> Result<Self, NoNamespace> {
        let name = tenant.as_str();
        let usual = |end: Option<char>| end.is_some_and(|end| end.is_ascii_alphanumeric());
        let ends = usual(name.chars().next()) && usual(name.chars().next_back());
        match ends && name.len() <= LONGEST {
            true => Ok(Self { namespace, tenant }),
            false => Err(NoNamespace::Tenant(tenant)),
        }
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// The manager of the fields that are set for this tenant. It is not the same for all of
    /// them: of two who take one name at the same moment, one meets fields of another
    /// manager.
    pub(super) fn manager(&self) -> String {
        format!("{MANAGER}:{}", self.tenant)
    }

    /// The labels of what is of this kind here.
    pub(super) fn labels(&self, kind: Kind) -> BTreeMap<String, String> {
        let labels = [
            (MANAGED_BY, MANAGER),
            (COMPONENT, kind.component()),
            (TENANT, self.tenant.as_str()),
        ];
        labels
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    /// What finds everything of these kinds.
    pub(super) fn selector(&self, kinds: &[Kind]) -> String {
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.component()).collect();
        let (kinds, tenant) = (kinds.join(","), &self.tenant);
        format!("{MANAGED_BY}={MANAGER},{TENANT}={tenant},{COMPONENT} in ({kinds})")
    }

    /// The kind of an object, where it was made here for this tenant.
    pub(super) fn kind_of(&self, meta: &ObjectMeta) -> Option<Kind> {
        let label = |key| meta.labels.as_ref()?.get(key).map(String::as_str);
        let ours =
            label(MANAGED_BY) == Some(MANAGER) && label(TENANT) == Some(self.tenant.as_str());
        Kind::of_component(label(COMPONENT).filter(|_| ours)?)
    }
}

/// Whether a manager is this host, for whichever tenant.
pub(super) fn is_ours(manager: &str) -> bool {
    let behind = manager.strip_prefix(MANAGER);
    behind.is_some_and(|behind| behind.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    use super::{Kind, Place, is_ours};

    fn place(tenant: &str) -> Place {
        Place::new("shared".parse().unwrap(), tenant.parse().unwrap()).unwrap()
    }

    #[test]
    fn what_was_made_for_one_tenant_is_not_of_another() {
        let meta = |place: &Place| ObjectMeta {
            labels: Some(place.labels(Kind::Wasm)),
            ..ObjectMeta::default()
        };
        let (acme, other) = (place("acme"), place("other"));
        assert_eq!(acme.kind_of(&meta(&acme)), Some(Kind::Wasm));
        assert_eq!(other.kind_of(&meta(&acme)), None);
        assert_eq!(acme.kind_of(&ObjectMeta::default()), None);
        let mut foreign = meta(&acme);
        let labels = foreign.labels.as_mut().unwrap();
        labels.insert("managed-by".to_owned(), "somebody".to_owned());
        assert_eq!(acme.kind_of(&foreign), None);
        assert_ne!(acme.manager(), other.manager());
        assert!(is_ours(&acme.manager()) && !is_ours("functions-hosts") && !is_ours("kubectl"));
    }

    #[test]
    fn a_tenant_whose_name_no_label_holds_has_no_place() {
        for tenant in ["-a", "a.", "_", &"a".repeat(64)] {
            let place = Place::new("shared".parse().unwrap(), tenant.parse().unwrap());
            assert!(place.is_err(), "{tenant}");
        }
    }
}
