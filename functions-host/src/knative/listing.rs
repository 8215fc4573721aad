//! Functions, looked at.

use kube::api::ListParams;

use super::call::Call;
use super::cluster::Cluster;
use super::deployment::Kind;
use super::error::ClusterError;
use super::function::{Function, Listed};
use super::owner::Place;

/// How many are asked for at once.
const PAGE: u32 = 100;
/// How many are looked through at most.
const MOST: u64 = 100_000;

impl Cluster {
    /// The function whose Service has this name, where it is of one of these kinds and of
    /// this tenant.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub async fn find(
        &self,
        place: &Place,
        kinds: &[Kind],
        name: &str,
    ) -> Result<Option<Function>, ClusterError> {
        let services = self.services(place.namespace()).await?;
        let call = Call::service("get", name, place.namespace());
        let seen = call.made(self.patience(), services.get_opt(name)).await?;
        Ok(seen.and_then(|seen| {
            let kind = place.kind_of(&seen.metadata)?;
            kinds.contains(&kind).then(|| Function::new(kind, &seen))
        }))
    }

    /// Those of these kinds and of this tenant, by name: `limit` of them behind the first
    /// `skip`.
    ///
    /// # Errors
    /// See [`ClusterError`].
    pub async fn list(
        &self,
        place: &Place,
        kinds: &[Kind],
        skip: u64,
        limit: u64,
    ) -> Result<Listed, ClusterError> {
        let services = self.services(place.namespace()).await?;
        let call = Call::service("list", "", place.namespace());
        let mut params = ListParams::default()
            .labels(&place.selector(kinds))
            .limit(PAGE);
        let (mut functions, mut total) = (Vec::new(), 0);
        let end = skip.saturating_add(limit);
        loop {
            // A cluster sorts by name. What is not told is counted and let go.
            let page = call.made(self.patience(), services.list(&params)).await?;
            for seen in &page.items {
                let Some(kind) = place.kind_of(&seen.metadata) else {
                    continue;
                };
                if (skip..end).contains(&total) {
                    functions.push(Function::new(kind, seen));
                }
                total += 1;
            }
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) if total < MOST => params = params.continue_token(&token),
                _ => return Ok(Listed { functions, total }),
            }
        }
    }
}
