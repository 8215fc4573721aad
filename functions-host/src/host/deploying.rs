//! A function server, deployed from the command line.

use super::{Config, HostError};
use crate::config::DeployArguments;
use crate::knative::{Deployment, Function, Kind, Place, What};

/// Does what is asked for, and returns what is to be said.
///
/// # Errors
/// What is asked for is out of bounds, the cluster does not do it, or the server is not
/// ready in time.
pub async fn deploy(config: &Config, asked: &DeployArguments) -> Result<String, HostError> {
    let deployer = config.cluster.deployer();
    let tenant = &config.default_tenant;
    let place = match &asked.namespace {
        Some(namespace) => Place::new(namespace.clone(), tenant.clone())?,
        None => deployer.place(Kind::Server, tenant)?,
    };
    let deployment = Deployment {
        place,
        what: What::Server {
            id: asked.deployment_id.clone(),
            image: asked.image.clone(),
        },
        options: asked.options()?,
    };
    if asked.dry_run {
        let manifests = deployer.manifests(&deployment);
        return manifests.yaml().map_err(HostError::Manifest);
    }
    let deployed = deployer.deploy(&deployment, asked.force).await?;
    let done = match deployed.created {
        true => "created",
        false => "configured",
    };
    let (name, place) = (deployment.name(), &deployment.place);
    let namespace = place.namespace();
    if !asked.wait {
        return Ok(format!("{name} in {namespace} is {done}\n"));
    }
    let waited = deployer
        .cluster
        .wait(place, Kind::Server, &name, asked.wait_seconds);
    let Function { url, revision, .. } = waited.await?;
    let revision = revision.unwrap_or_default();
    let url = url.unwrap_or_default();
    Ok(format!(
        "{name} in {namespace} is {done} and ready: {revision} {url}\n"
    ))
}
