//! For whom a request is.
//!
//! A header can be written by anybody. So it counts only where the operator says that a
//! gateway in front of the host sets it, and everybody is one tenant elsewhere.

use http::{HeaderMap, StatusCode};

use super::problem::Problem;
use crate::tenant::TenantId;

/// How the tenant of a request is known.
#[derive(Clone, Debug)]
pub struct Tenants {
    /// Whether the header `X-Tid` is believed.
    pub trust_gateway: bool,
    /// The tenant where it is not, or is not there.
    pub default: TenantId,
}

impl Tenants {
    pub(super) fn of(&self, headers: &HeaderMap) -> Result<TenantId, Problem> {
        let Some(told) = headers.get("x-tid").filter(|_| self.trust_gateway) else {
            return Ok(self.default.clone());
        };
        let refused = |why: String| {
            let detail = format!("The header X-Tid names no tenant: {why}");
            Problem::new(StatusCode::BAD_REQUEST, detail)
        };
        let told = told
            .to_str()
            .map_err(|_| refused("it is no text".to_owned()))?;
        told.parse().map_err(|error| refused(format!("{error}")))
    }

    /// Whose executions a caller may see and make.
    pub(super) fn scope(&self, headers: &HeaderMap) -> Result<Scope, Problem> {
        match self.trust_gateway {
            true => self.of(headers).map(Scope::Own),
            false => Ok(Scope::All),
        }
    }
}

/// Whose executions a caller may see and make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those of this tenant.
    Own(TenantId),
    /// Everybody's.
    All,
}

impl Scope {
    pub(super) fn holds(&self, tenant: &TenantId) -> bool {
        match self {
            Self::Own(own) => own == tenant,
            Self::All => true,
        }
    }

    /// The one tenant that is asked for, or seen; `None` for all.
    pub(super) fn narrow(self, wanted: Option<TenantId>) -> Result<Option<TenantId>, Problem> {
        match (self, wanted) {
            (Self::Own(own), Some(wanted)) if own != wanted => {
                let detail = format!("This request is for tenant '{own}', not for '{wanted}'");
                Err(Problem::new(StatusCode::FORBIDDEN, detail))
            }
            (Self::Own(own), _) => Ok(Some(own)),
            (Self::All, wanted) => Ok(wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::Tenants;

    fn told(trust_gateway: bool, tenant: &str) -> Option<String> {
        let tenants = Tenants {
            trust_gateway,
            default: "everybody".parse().unwrap(),
        };
        let mut headers = HeaderMap::new();
        headers.insert("x-tid", tenant.parse().unwrap());
        tenants.of(&headers).ok().map(|tenant| tenant.to_string())
    }

    #[test]
    fn a_tenant_is_believed_only_where_a_gateway_is_trusted() {
        assert_eq!(told(true, "acme").as_deref(), Some("acme"));
        assert_eq!(told(false, "acme").as_deref(), Some("everybody"));
        assert_eq!(told(true, "../acme"), None);
    }
}
