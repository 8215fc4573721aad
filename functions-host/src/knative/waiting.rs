//! Waiting until a function is ready.

use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use kube::api::{WatchEvent, WatchParams};
use tokio::time::{Instant, sleep, timeout_at};

use super::call::Call;
use super::cluster::Cluster;
use super::deployment::Kind;
use super::error::ClusterError;
use super::function::{Function, State};
use super::owner::Place;

/// How long something that has failed may become ready after all: Knative tells of some
/// failures that pass.
const SETTLED: Duration = Duration::from_secs(2);
/// Before it is looked again, where a cluster does not let anybody watch.
const PAUSE: Duration = Duration::from_secs(1);
/// How long one watch lasts, in seconds.
const WATCH: u32 = 60;

/// Why something is not ready.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WaitError {
    /// Knative says that it does not come up.
    #[error("'{name}' has failed: {reason}")]
    Failed {
        /// What it is called.
        name: String,
        /// What Knative says.
        reason: String,
    },
    /// The time is over.
    #[error("'{name}' is not ready after {patience:?}: {reason}")]
    TimedOut {
        /// What it is called.
        name: String,
        /// How long it was waited for.
        patience: Duration,
        /// What was said of it last.
        reason: String,
    },
    /// It was deleted.
    #[error("'{0}' was deleted meanwhile")]
    Gone(String),
    /// The cluster cannot be asked.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl Cluster {
    /// Waits until a function is ready, for as long as `patience`.
    ///
    /// # Errors
    /// It has failed, is gone, or is not ready in time; or the cluster cannot be asked.
    pub async fn wait(
        &self,
        place: &Place,
        kind: Kind,
        name: &str,
        patience: Duration,
    ) -> Result<Function, WaitError> {
        let end = Instant::now() + patience;
        let mut last = None;
        let waited = timeout_at(end, self.settle(place, kind, name, &mut last)).await;
        let reason = |last: Option<Function>| last.and_then(|last| last.reason);
        match waited {
            Ok(Ok(())) => last.ok_or_else(|| WaitError::Gone(name.to_owned())),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(WaitError::TimedOut {
                name: name.to_owned(),
                patience,
                reason: reason(last).unwrap_or_else(|| "nothing was heard of it".to_owned()),
            }),
        }
    }

    /// Keeps in `last` what is known, until it is ready.
    async fn settle(
        &self,
        place: &Place,
        kind: Kind,
        name: &str,
        last: &mut Option<Function>,
    ) -> Result<(), WaitError> {
        let mut failed_since = None;
        loop {
            let version = match self.look(place, kind, name, last).await {
                Err(WaitError::Cluster(error)) if error.may_pass() => {
                    sleep(PAUSE).await;
                    continue;
                }
                looked => looked?,
            };
            let state = last.as_ref().map(|function| function.status);
            match state {
                Some(State::Ready) => return Ok(()),
                Some(State::Failed) => {
                    let since = *failed_since.get_or_insert_with(Instant::now);
                    if since.elapsed() >= SETTLED {
                        let reason = last.take().and_then(|last| last.reason);
                        return Err(WaitError::Failed {
                            name: name.to_owned(),
                            reason: reason.unwrap_or_default(),
                        });
                    }
                    let changed = self.changed(place, name, &version);
                    // What has failed is looked at again in any case.
                    let _ = timeout_at(since + SETTLED, changed).await;
                }
                _ => {
                    failed_since = None;
                    self.changed(place, name, &version).await;
                }
            }
        }
    }

    async fn look(
        &self,
        place: &Place,
        kind: Kind,
        name: &str,
        last: &mut Option<Function>,
    ) -> Result<String, WaitError> {
        let services = self.services(place.namespace()).await?;
        let call = Call::service("get", name, place.namespace());
        let seen = call.made(self.patience(), services.get_opt(name)).await?;
        let seen = seen.filter(|seen| place.kind_of(&seen.metadata) == Some(kind));
        let seen = seen.ok_or_else(|| WaitError::Gone(name.to_owned()))?;
        *last = Some(Function::new(kind, &seen));
        Ok(seen.metadata.resource_version.unwrap_or_default())
    }

    /// Returns once something has happened to a Service since this version, or may have.
    async fn changed(&self, place: &Place, name: &str, version: &str) {
        let heard = async {
            let services = self.services(place.namespace()).await?;
            let params = WatchParams::default()
                .fields(&format!("metadata.name={name}"))
                .timeout(WATCH);
            let call = Call::service("watch", name, place.namespace());
            let events = services.watch(&params, version);
            let events = call.made(self.patience(), events).await?;
            let mut events = pin!(events);
            let event = events.try_next().await;
            let event = event.map_err(|error| call.failed(error))?;
            Ok::<_, ClusterError>(
                matches!(event, Some(event) if !matches!(event, WatchEvent::Error(_))),
            )
        };
        // A watch that cannot be had, or ends, is no reason to give up: it is looked again.
        if !heard.await.unwrap_or(false) {
            sleep(PAUSE).await;
        }
    }
}
