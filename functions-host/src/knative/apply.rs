//! A deployment, applied.
//!
//! The code goes first, so that it is there when a pod looks for it. Each object is looked
//! at before: one that was made here for this tenant is changed by its unique id, so that it
//! is the one that was looked at; one that was not there is applied without force, so that
//! nothing of anybody else's is in the way.

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Patch, PatchParams, ValidationDirective};

use super::call::Call;
use super::cluster::Cluster;
use super::deployment::{Deployment, Kind, config_map};
use super::error::ClusterError;
use super::function::{Deployed, Function};
use super::manifests::{DIGEST, Manifests};
use super::owner::Place;
use super::templates::Templates;

impl Cluster {
    /// Has a deployment be there, new or in the place of what it was. `force` takes over
    /// fields that others have set to something else.
    ///
    /// # Errors
    /// See [`ClusterError`]. What was applied until then stays; applying it again goes on.
    pub async fn deploy(
        &self,
        deployment: &Deployment,
        templates: &Templates,
        force: bool,
    ) -> Result<Deployed, ClusterError> {
        let Manifests {
            config_map: code,
            mut service,
        } = Manifests::new(deployment, templates);
        let (name, place, kind) = (deployment.name(), &deployment.place, deployment.kind());
        let services = self.services(place.namespace()).await?;
        let look = Call::service("get", &name, place.namespace());
        let before = look.made(self.patience(), services.get_opt(&name)).await?;
        let before = before.map(|seen| seen.metadata);
        let uid = ours(&look, place, kind, before.as_ref())?;
        if let Some(code) = code {
            self.apply_code(place, &name, code, force).await?;
        }
        let call = Call::service("patch", &name, place.namespace());
        let params = params(place, force && uid.is_some());
        service.metadata.uid = uid;
        let patch = Patch::Apply(&service);
        let applied = services.patch(&name, &params, &patch);
        let seen = call.made(self.patience(), applied).await?;
        if let Some(digest) = service.spec.template.metadata.annotations.get(DIGEST) {
            self.check_code(place, &name, digest).await?;
        }
        Ok(Deployed {
            function: Function::new(kind, &seen),
            created: before.is_none(),
        })
    }

    /// Of what comes back only the metadata is asked for: the code is not to be read.
    async fn apply_code(
        &self,
        place: &Place,
        function: &str,
        mut code: ConfigMap,
        force: bool,
    ) -> Result<(), ClusterError> {
        let name = config_map(function);
        let config_maps = self.config_maps(place.namespace()).await?;
        let look = Call::code("get", &name, place.namespace());
        let before = config_maps.get_metadata_opt(&name);
        let before = look.made(self.patience(), before).await?;
        let before = before.map(|seen| seen.metadata);
        let uid = ours(&look, place, Kind::Python, before.as_ref())?;
        let call = Call::code("patch", &name, place.namespace());
        let params = params(place, force && uid.is_some());
        code.metadata.uid = uid;
        let patch = Patch::Apply(&code);
        let applied = config_maps.patch_metadata(&name, &params, &patch);
        call.made(self.patience(), applied).await?;
        Ok(())
    }

    /// Two who deploy at the same moment could leave the code of one and the revision of
    /// the other. Whoever comes last finds out.
    async fn check_code(
        &self,
        place: &Place,
        function: &str,
        digest: &str,
    ) -> Result<(), ClusterError> {
        let name = config_map(function);
        let config_maps = self.config_maps(place.namespace()).await?;
        let look = Call::code("get", &name, place.namespace());
        let now = look.made(self.patience(), config_maps.get_metadata_opt(&name));
        let annotations = now.await?.and_then(|seen| seen.metadata.annotations);
        let now = annotations.as_ref().and_then(|all| all.get(DIGEST));
        match now.is_some_and(|now| now == digest) {
            true => Ok(()),
            false => Err(ClusterError::Changed(function.to_owned())),
        }
    }
}

/// The unique id of what is there already, which has to be of this kind and tenant.
fn ours(
    look: &Call<'_>,
    place: &Place,
    kind: Kind,
    before: Option<&ObjectMeta>,
) -> Result<Option<String>, ClusterError> {
    let Some(meta) = before else {
        return Ok(None);
    };
    if place.kind_of(meta) != Some(kind) {
        return Err(look.taken());
    }
    match meta.deletion_timestamp {
        Some(_) => Err(ClusterError::Changed(look.name.to_owned())),
        None => Ok(meta.uid.clone()),
    }
}

fn params(place: &Place, force: bool) -> PatchParams {
    PatchParams {
        force,
        field_manager: Some(place.manager()),
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::default()
    }
}
