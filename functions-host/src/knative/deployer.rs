//! A cluster with all that the operator says of what is deployed on it.

use super::cluster::Cluster;
use super::deployment::{Deployment, Kind};
use super::error::ClusterError;
use super::function::Deployed;
use super::manifests::Manifests;
use super::namespace::{NamespaceTemplate, NoNamespace};
use super::owner::Place;
use super::templates::Templates;
use crate::tenant::TenantId;

/// A cluster with all that the operator says of what is deployed on it.
#[derive(Clone, Debug)]
pub struct Deployer {
    /// Where.
    pub cluster: Cluster,
    /// What every function of a kind is made with.
    pub templates: Templates,
    /// The namespace of a tenant's functions.
    pub functions: NamespaceTemplate,
    /// The namespace of a tenant's function servers.
    pub servers: NamespaceTemplate,
}

impl Deployer {
    /// Where a tenant has what is of this kind.
    ///
    /// # Errors
    /// No namespace comes of the tenant's name.
    pub fn place(&self, kind: Kind, tenant: &TenantId) -> Result<Place, NoNamespace> {
        let template = match kind {
            Kind::Python | Kind::Wasm => &self.functions,
            Kind::Server => &self.servers,
        };
        Place::new(template.of(tenant)?, tenant.clone())
    }

    /// What a deployment comes to, for which no cluster is asked.
    #[must_use]
    pub fn manifests(&self, deployment: &Deployment) -> Manifests {
        Manifests::new(deployment, &self.templates)
    }

    /// Has a deployment be there. `force` takes over fields that others have set to
    /// something else.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub async fn deploy(
        &self,
        deployment: &Deployment,
        force: bool,
    ) -> Result<Deployed, ClusterError> {
        self.cluster
            .deploy(deployment, &self.templates, force)
            .await
    }
}
