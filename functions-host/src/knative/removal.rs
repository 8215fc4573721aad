//! Functions, deleted.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{DeleteParams, Preconditions};

use super::call::Call;
use super::cluster::Cluster;
use super::deployment::{Kind, config_map};
use super::error::ClusterError;
use super::function::Removed;
use super::owner::Place;

impl Cluster {
    /// Deletes what a function is made of: its Service, and its code. What is left of one
    /// that was deleted in part goes as well. `None` where nothing of it is there.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub async fn remove(
        &self,
        place: &Place,
        kinds: &[Kind],
        name: &str,
    ) -> Result<Option<Removed>, ClusterError> {
        let namespace = place.namespace();
        let ours = |meta: &ObjectMeta| {
            place
                .kind_of(meta)
                .is_some_and(|kind| kinds.contains(&kind))
        };
        let mut objects = Vec::new();

        let services = self.services(namespace).await?;
        let look = Call::service("get", name, namespace);
        let service = look.made(self.patience(), services.get_opt(name)).await?;
        if let Some(service) = service.filter(|seen| ours(&seen.metadata)) {
            let call = Call::service("delete", name, namespace);
            let params = the_one(service.metadata);
            call.made(self.patience(), services.delete(name, &params))
                .await?;
            objects.push(format!("Service/{name}"));
        }
        if kinds.contains(&Kind::Python) {
            let name = config_map(name);
            let config_maps = self.config_maps(namespace).await?;
            let look = Call::code("get", &name, namespace);
            let code = config_maps.get_metadata_opt(&name);
            let code = look.made(self.patience(), code).await?;
            if let Some(code) = code.filter(|seen| ours(&seen.metadata)) {
                let call = Call::code("delete", &name, namespace);
                let params = the_one(code.metadata);
                call.made(self.patience(), config_maps.delete(&name, &params))
                    .await?;
                objects.push(format!("ConfigMap/{name}"));
            }
        }
        Ok((!objects.is_empty()).then_some(Removed { objects }))
    }
}

/// Only the object that was looked at.
fn the_one(meta: ObjectMeta) -> DeleteParams {
    let preconditions = Preconditions {
        uid: meta.uid,
        resource_version: None,
    };
    DeleteParams::background().preconditions(preconditions)
}
