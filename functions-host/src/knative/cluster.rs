//! A cluster, which is connected to when it is needed first.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::call::whole;
use super::error::ClusterError;
use super::namespace::Namespace;
use super::seen::Seen;

/// What says that the host itself runs on a cluster.
const INSIDE: &str = "KUBERNETES_SERVICE_HOST";

/// Where a cluster is, and how long it is waited for.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// Kubeconfig files, of which the first that says something counts. Where there are
    /// none, it is the cluster that the host runs on.
    pub kubeconfig: Vec<PathBuf>,
    /// The context of them; theirs where none is named.
    pub context: Option<String>,
    /// How long an answer to one call may take.
    pub timeout: Duration,
}

/// A cluster. Clones are cheap, and share their connections.
#[derive(Clone)]
pub struct Cluster {
    config: Arc<ClusterConfig>,
    client: Arc<OnceCell<Client>>,
}

impl Cluster {
    /// One that nobody has connected to yet.
    #[must_use]
    pub fn new(config: ClusterConfig) -> Self {
        Self {
            config: Arc::new(config),
            client: Arc::new(OnceCell::new()),
        }
    }

    /// How long an answer to one call may take.
    pub(super) fn patience(&self) -> Duration {
        self.config.timeout
    }

    pub(super) async fn services(&self, namespace: &Namespace) -> Result<Api<Seen>, ClusterError> {
        Ok(Api::namespaced(self.client().await?, namespace.as_str()))
    }

    pub(super) async fn config_maps(
        &self,
        namespace: &Namespace,
    ) -> Result<Api<ConfigMap>, ClusterError> {
        Ok(Api::namespaced(self.client().await?, namespace.as_str()))
    }

    /// What is made once, and again after a failure.
    async fn client(&self) -> Result<Client, ClusterError> {
        let made = self.client.get_or_try_init(async || {
            let config = Arc::clone(&self.config);
            // Files are read, and commands run that show who the host is.
            let made = tokio::task::spawn_blocking(move || {
                tokio::runtime::Handle::current().block_on(client(&config))
            });
            made.await
                .map_err(|error| ClusterError::Failed(error.to_string()))?
        });
        match timeout(self.config.timeout, made).await {
            Ok(made) => made.cloned(),
            Err(_) => Err(ClusterError::TimedOut(self.config.timeout)),
        }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

async fn client(own: &ClusterConfig) -> Result<Client, ClusterError> {
    let unusable = |error: &dyn std::error::Error| ClusterError::Unusable(whole(error));
    let mut config = if own.kubeconfig.is_empty() {
        if std::env::var_os(INSIDE).is_none() {
            return Err(ClusterError::None);
        }
        Config::incluster().map_err(|error| unusable(&error))?
    } else {
        let merged = own
            .kubeconfig
            .iter()
            .try_fold(Kubeconfig::default(), |merged, path| {
                merged.merge(Kubeconfig::read_from(path)?)
            });
        let options = KubeConfigOptions {
            context: own.context.clone(),
            ..KubeConfigOptions::default()
        };
        let config =
            Config::from_custom_kubeconfig(merged.map_err(|error| unusable(&error))?, &options);
        config.await.map_err(|error| unusable(&error))?
    };
    // Whoever asks waits no longer than its own time, and what it has begun ends as well.
    config.connect_timeout = Some(own.timeout.saturating_mul(2));
    Client::try_from(config).map_err(|error| unusable(&error))
}
