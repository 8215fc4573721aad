//! The namespace of a tenant, which the operator says and no caller.

use std::fmt;
use std::str::FromStr;

use super::name::{InvalidName, check_label};
use crate::tenant::TenantId;

/// What stands for the tenant.
const TENANT: &str = "{tenant}";
/// The longest name, in bytes.
const LONGEST: usize = 63;
/// What the namespaces of a cluster itself begin with.
const RESERVED: [&str; 2] = ["kube-", "knative-"];

/// A namespace of a cluster, whose name is a label of DNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace(String);

impl Namespace {
    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Namespace {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        check_label(text, LONGEST)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The namespace of every tenant: a name, in which `{tenant}` stands for that of the tenant.
///
/// ```
/// use functions_host::knative::NamespaceTemplate;
///
/// let template: NamespaceTemplate = "functions-{tenant}".parse()?;
/// let namespace = template.of(&"acme".parse()?)?;
/// assert_eq!(namespace.as_str(), "functions-acme");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceTemplate {
    /// One for all of them.
    Fixed(Namespace),
    /// One for each, with this before and behind its name.
    Each(String, String),
}

/// Why a text is no [`NamespaceTemplate`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no namespace can have this name; {{tenant}} may be in it once, for that of the tenant")]
pub struct InvalidTemplate;

/// Why a tenant has no namespace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoNamespace {
    /// No namespace can have this name.
    #[error("the tenant '{tenant}' has no namespace, which would be '{name}': {why}")]
    Name {
        /// Whose it would be.
        tenant: TenantId,
        /// What it would be called.
        name: String,
        /// Why it cannot be.
        why: InvalidName,
    },
    /// The namespace is one of the cluster itself.
    #[error("the tenant '{tenant}' has no namespace: '{name}' would be one of the cluster's own")]
    Reserved {
        /// Whose it would be.
        tenant: TenantId,
        /// What it would be called.
        name: String,
    },
    /// The tenant's name cannot be written onto what is the tenant's.
    #[error(
        "the tenant '{0}' cannot deploy: its name has to have 63 bytes at most, and a letter or a \
         digit at each end"
    )]
    Tenant(TenantId),
}

impl FromStr for NamespaceTemplate {
    type Err = InvalidTemplate;

    fn from_str(text: &str) -> Result<Self, InvalidTemplate> {
        let Some((before, behind)) = text.split_once(TENANT) else {
            return text.parse().map(Self::Fixed).map_err(|_| InvalidTemplate);
        };
        let shortest = format!("{before}0{behind}");
        check_label(&shortest, LONGEST).map_err(|_| InvalidTemplate)?;
        Ok(Self::Each(before.to_owned(), behind.to_owned()))
    }
}

impl NamespaceTemplate {
    /// The namespace of this tenant.
    ///
    /// # Errors
    /// None can have the name that comes of it, or it is one of the cluster itself.
    pub fn of(&self, tenant: &TenantId) -> Result<Namespace, NoNamespace> {
        let (before, behind) = match self {
            Self::Fixed(namespace) => return Ok(namespace.clone()),
            Self::Each(before, behind) => (before, behind),
        };
        let name = format!("{before}{tenant}{behind}");
        let tenant = tenant.clone();
        if RESERVED.iter().any(|reserved| name.starts_with(reserved)) {
            return Err(NoNamespace::Reserved { tenant, name });
        }
        name.parse()
            .map_err(|why| NoNamespace::Name { tenant, name, why })
    }
}

impl fmt::Display for NamespaceTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(namespace) => write!(f, "{namespace}"),
            Self::Each(before, behind) => write!(f, "{before}{TENANT}{behind}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NamespaceTemplate, NoNamespace};

    fn of(template: &str, tenant: &str) -> Result<String, NoNamespace> {
        let template: NamespaceTemplate = template.parse().unwrap();
        let namespace = template.of(&tenant.parse().unwrap());
        namespace.map(|namespace| namespace.to_string())
    }

    #[test]
    fn a_tenant_has_the_namespace_that_the_operator_says() {
        assert_eq!(of("{tenant}", "acme").unwrap(), "acme");
        assert_eq!(of("f-{tenant}-x", "acme").unwrap(), "f-acme-x");
        assert_eq!(of("shared", "Acme_7").unwrap(), "shared");
    }

    #[test]
    fn no_tenant_gets_into_a_namespace_of_the_cluster_or_out_of_its_own() {
        for tenant in ["kube-system", "kube-public", "knative-serving"] {
            let refused = of("{tenant}", tenant).unwrap_err();
            assert!(matches!(refused, NoNamespace::Reserved { .. }), "{refused}");
        }
        assert!(of("kube-{tenant}", "system").is_err());
        for tenant in ["Acme", "a.b", "a_b", "-a", "a-", &"a".repeat(64)] {
            let refused = of("{tenant}", tenant).unwrap_err();
            assert!(matches!(refused, NoNamespace::Name { .. }), "{refused}");
            assert!(refused.to_string().contains(tenant), "{refused}");
        }
    }

    #[test]
    fn a_template_of_which_no_namespace_comes_is_refused() {
        for wrong in ["", "A", "a/b", "{tenant}{tenant}", "{other}", "-{tenant}"] {
            assert!(wrong.parse::<NamespaceTemplate>().is_err(), "{wrong}");
        }
        let template: NamespaceTemplate = "a-{tenant}".parse().unwrap();
        assert_eq!(template.to_string(), "a-{tenant}");
    }
}
