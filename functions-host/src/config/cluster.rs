//! The cluster that functions are deployed on, and what they are made with there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::values;
use crate::knative::{
    Cluster, ClusterConfig, Deployer, Image, NamespaceTemplate, Templates, Toleration,
};

/// Where functions are deployed, and what they are made with.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Kubernetes")]
#[non_exhaustive]
pub struct ClusterSettings {
    /// Kubeconfig files of the cluster that functions are deployed on, with `:` between;
    /// where it is not set, the cluster that this host runs on, if it runs on one
    #[arg(long, env = "KUBECONFIG", value_name = "FILES", value_parser = values::paths)]
    pub kubeconfig: Option<Arc<[PathBuf]>>,

    /// Context of these files, in the place of the one that they name
    #[arg(long, env = "FUNCTIONS_HOST_KUBE_CONTEXT", value_name = "CONTEXT")]
    pub kube_context: Option<String>,

    /// How long an answer of the cluster may take, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_KUBE_TIMEOUT", default_value = "10", value_name = "SECONDS", value_parser = values::seconds)]
    pub kube_timeout: Duration,

    /// Namespace of a tenant's functions; {tenant} stands for the tenant's name
    #[arg(long, env = "FUNCTIONS_HOST_NAMESPACE", default_value = "{tenant}", value_name = "NAMESPACE", value_parser = values::namespace)]
    pub tenant_namespace: NamespaceTemplate,

    /// The same of a tenant's function servers
    #[arg(long, env = "FUNCTIONS_HOST_SERVER_NAMESPACE", default_value = "cerebro-functions", value_name = "NAMESPACE", value_parser = values::namespace)]
    pub server_namespace: NamespaceTemplate,

    /// Image that runs code in Python, which is mounted at /app/src
    #[arg(long, env = "FUNCTIONS_HOST_PYTHON_IMAGE", default_value = "functions-runtime", value_name = "IMAGE", value_parser = values::image)]
    pub python_image: Image,

    /// Annotations of pods with a WASM module, as KEY=VALUE with commas between, or none
    #[arg(long, env = "FUNCTIONS_HOST_WASM_ANNOTATIONS", default_value = "module.wasm.image/variant=compat-smart", value_name = "ANNOTATIONS", value_parser = values::annotations)]
    pub wasm_annotations: Annotations,

    /// Runtime class of these pods, or none
    #[arg(long, env = "FUNCTIONS_HOST_WASM_RUNTIME_CLASS", default_value = "wasmedge", value_name = "CLASS", value_parser = values::runtime_class)]
    pub wasm_runtime_class: RuntimeClass,

    /// Taints of nodes that they may run on, as KEY=VALUE:EFFECT with commas between, or
    /// none
    #[arg(long, env = "FUNCTIONS_HOST_WASM_TOLERATIONS", default_value = "workload.gke.io/type=wasm:NoSchedule", value_name = "TOLERATIONS", value_parser = values::tolerations)]
    pub wasm_tolerations: Arc<[Toleration]>,

    /// Command in their images, its words with blanks between, or none
    #[arg(long, env = "FUNCTIONS_HOST_WASM_COMMAND", default_value = "/main.wasm", value_name = "COMMAND", value_parser = values::words)]
    pub wasm_command: Arc<[String]>,
}

/// Annotations of pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotations(pub(super) BTreeMap<String, String>);

/// The runtime class of pods, where they have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeClass(pub(super) Option<String>);

impl ClusterSettings {
    /// What deploys functions. It connects to nothing yet.
    #[must_use]
    pub fn deployer(&self) -> Deployer {
        Deployer {
            cluster: Cluster::new(ClusterConfig {
                kubeconfig: self
                    .kubeconfig
                    .iter()
                    .flat_map(|all| all.to_vec())
                    .collect(),
                context: self.kube_context.clone(),
                timeout: self.kube_timeout,
            }),
            templates: Templates {
                python_image: self.python_image.clone(),
                wasm_annotations: self.wasm_annotations.0.clone(),
                wasm_runtime_class: self.wasm_runtime_class.0.clone(),
                wasm_tolerations: self.wasm_tolerations.to_vec(),
                wasm_command: self.wasm_command.to_vec(),
            },
            functions: self.tenant_namespace.clone(),
            servers: self.server_namespace.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::ClusterSettings;
    use crate::knative::Kind;

    /// Of these arguments, and of no variable.
    fn read(arguments: &[&str]) -> ClusterSettings {
        let command = ClusterSettings::augment_args(Command::new("").no_binary_name(true));
        let command = command.mut_args(|arg| arg.env(None::<&str>));
        let matches = command.try_get_matches_from(arguments).unwrap();
        ClusterSettings::from_arg_matches(&matches).unwrap()
    }

    #[test]
    fn what_nobody_sets_is_as_it_is_by_default() {
        let deployer = read(&[]).deployer();
        let place = |kind| deployer.place(kind, &"acme".parse().unwrap()).unwrap();
        assert_eq!(place(Kind::Python).namespace().as_str(), "acme");
        assert_eq!(
            place(Kind::Server).namespace().as_str(),
            "cerebro-functions"
        );
        let templates = deployer.templates;
        assert_eq!(templates.wasm_runtime_class.as_deref(), Some("wasmedge"));
        assert_eq!(templates.wasm_command, ["/main.wasm"]);
        let variant = templates.wasm_annotations.get("module.wasm.image/variant");
        assert_eq!(variant.map(String::as_str), Some("compat-smart"));
        assert_eq!(templates.wasm_tolerations.len(), 1);
    }

    #[test]
    fn what_is_none_is_not_there() {
        let settings = read(&[
            "--wasm-annotations=none",
            "--wasm-runtime-class=none",
            "--wasm-tolerations=none",
            "--wasm-command=none",
        ]);
        let templates = settings.deployer().templates;
        assert!(templates.wasm_annotations.is_empty());
        assert!(templates.wasm_runtime_class.is_none());
        assert!(templates.wasm_tolerations.is_empty());
        assert!(templates.wasm_command.is_empty());
    }
}
