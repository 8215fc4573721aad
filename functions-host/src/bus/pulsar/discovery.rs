//! Finds the topics: those of the namespaces that there are, and that there will be.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;

use super::admin::Admin;
use super::config::Namespaces;
use super::names::Kind;
use super::shared::Shared;
use super::wire::WireError;
use crate::tenant::TenantId;

/// How many namespaces are looked into at once.
const AT_ONCE: usize = 16;

/// What does not go where the topics cannot be found.
const WHAT: &str = "the list of topics";

/// Finds namespaces, and topics in them.
#[derive(Debug)]
pub(super) struct Discovery {
    pub(super) shared: Arc<Shared>,
    /// Where namespaces are listed, unless they are fixed.
    pub(super) admin: Option<Admin>,
}

impl Discovery {
    /// Looks again and again, until the bus ends.
    pub(super) async fn run(self, found: impl Fn(Result<(), String>)) {
        let shared = &self.shared;
        let mut delay = shared.config.first_delay;
        loop {
            let looked = self.look().await;
            match &looked {
                Ok(()) => {
                    shared.found.cancel();
                    shared.outage.over(WHAT);
                }
                Err(why) => shared.outage.begins(WHAT, why),
            }
            let pause = match looked {
                Ok(()) => {
                    delay = shared.config.first_delay;
                    shared.config.rescan
                }
                Err(_) => delay.min(shared.config.rescan),
            };
            if looked.is_err() {
                delay = delay.saturating_mul(2).min(shared.config.longest_delay);
            }
            found(looked);
            tokio::select! {
                () = shared.brokers.wait(pause, shared.config.first_delay) => {}
                () = shared.rescan.notified() => {}
                () = shared.stops.cancelled() => return,
            }
        }
    }

    async fn look(&self) -> Result<(), String> {
        let namespaces = self.namespaces().await?;
        let looked = stream::iter(namespaces).map(|namespace| async move {
            let looked = look_into(&self.shared, &namespace).await;
            looked.map_err(|error| format!("namespace {namespace}: {error}"))
        });
        let looked: Vec<_> = looked.buffer_unordered(AT_ONCE).collect().await;
        looked.into_iter().collect()
    }

    async fn namespaces(&self) -> Result<Vec<TenantId>, String> {
        match (&self.shared.config.namespaces, &self.admin) {
            (Namespaces::Listed(_), Some(admin)) => {
                let listed = admin.namespaces(&self.shared.config.tenant).await;
                listed.map_err(|error| error.to_string())
            }
            (Namespaces::Fixed(namespaces), _) => Ok(namespaces.clone()),
            (Namespaces::Listed(_), None) => Ok(Vec::new()),
        }
    }
}

/// Serves the topics of a namespace that concern us.
pub(super) async fn look_into(shared: &Arc<Shared>, namespace: &TenantId) -> Result<(), WireError> {
    let connection = shared.brokers.any().await?;
    let topics = connection
        .topics(&shared.names.namespace(namespace))
        .await?;
    for topic in topics {
        match shared.names.kind(namespace, &topic) {
            Some(kind @ (Kind::Requests | Kind::Retries)) => shared.serve(namespace, &topic, kind),
            Some(Kind::Dead) => shared.knows_dead(&topic, namespace),
            None => {}
        }
    }
    Ok(())
}
