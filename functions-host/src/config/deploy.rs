//! What `functions-host deploy` is told.

use std::time::Duration;

use super::values;
use crate::knative::{
    DeploymentId, Image, InvalidOptions, InvalidVariable, Namespace, ObjectName, Options, Quantity,
    Resources, Scale, SecretKey, VariableName,
};

/// A function server that is to be deployed.
// A value of the environment is read later than all others: whatever is wrong with it,
// clap would show it.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Deployment")]
#[non_exhaustive]
pub struct DeployArguments {
    /// Image of the server
    #[arg(long, value_name = "IMAGE")]
    pub image: Image,

    /// Id of the deployment; its Service is called fx-ID
    #[arg(long, value_name = "ID")]
    pub deployment_id: DeploymentId,

    /// Namespace, in the place of that of --server-namespace
    #[arg(long, value_name = "NAMESPACE")]
    pub namespace: Option<Namespace>,

    /// A variable of the server, once for each
    #[arg(long = "env", value_name = "NAME=VALUE")]
    env: Vec<Hidden>,

    /// A variable whose value is in a secret of the same namespace, once for each
    #[arg(long = "secret", value_name = "NAME=SECRET/KEY")]
    secret: Vec<Hidden>,

    /// CPU that is set aside for each copy; 100m, where no limit is given either
    #[arg(long, value_name = "CPU")]
    pub cpu_request: Option<Quantity>,

    /// CPU that a copy never passes; 1, where no request is given either
    #[arg(long, value_name = "CPU")]
    pub cpu_limit: Option<Quantity>,

    /// Memory that is set aside for each copy; 128Mi, where no limit is given either
    #[arg(long, value_name = "MEMORY")]
    pub memory_request: Option<Quantity>,

    /// Memory that ends a copy which passes it; 512Mi, where no request is given either
    #[arg(long, value_name = "MEMORY")]
    pub memory_limit: Option<Quantity>,

    /// At least so many copies, also while nobody calls; the cluster's, where it is not
    /// given, which is 0
    #[arg(long, value_name = "COPIES")]
    pub min_scale: Option<u32>,

    /// At most so many copies; 0 for any number
    #[arg(long, value_name = "COPIES")]
    pub max_scale: Option<u32>,

    /// How many calls a copy has in hand at once; 0 for any number
    #[arg(long, value_name = "CALLS")]
    pub concurrency: Option<u32>,

    /// How long a call may take, in seconds; the cluster's, where it is not given
    #[arg(long, value_name = "SECONDS")]
    pub timeout_seconds: Option<u32>,

    /// Secret of the same namespace that the image is pulled by
    #[arg(long, value_name = "SECRET")]
    pub image_pull_secret: Option<ObjectName>,

    /// Take over fields of the Service that others have set to something else
    #[arg(long)]
    pub force: bool,

    /// Print what would be applied, as YAML, and ask no cluster
    #[arg(long, conflicts_with_all = ["wait", "force"])]
    pub dry_run: bool,

    /// Wait until the server is ready
    #[arg(long)]
    pub wait: bool,

    /// For how long at most, in seconds
    #[arg(long, default_value = "300", value_name = "SECONDS", value_parser = values::seconds)]
    pub wait_seconds: Duration,
}

/// A text that may hold a secret.
#[derive(Clone, PartialEq, Eq)]
struct Hidden(String);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}

impl DeployArguments {
    /// What else the server is given.
    ///
    /// # Errors
    /// What cannot be understood, or is out of bounds. No value is told.
    pub fn options(&self) -> Result<Options, InvalidOptions> {
        let mut options = Options {
            resources: Resources {
                cpu_request: self.cpu_request.clone(),
                cpu_limit: self.cpu_limit.clone(),
                memory_request: self.memory_request.clone(),
                memory_limit: self.memory_limit.clone(),
            },
            scale: Scale {
                min: self.min_scale,
                max: self.max_scale,
            },
            concurrency: self.concurrency,
            timeout_seconds: self.timeout_seconds,
            image_pull_secret: self.image_pull_secret.clone(),
            ..Options::default()
        };
        for Hidden(text) in &self.env {
            let (name, value) = variable("--env", text, "NAME=VALUE")?;
            options.environment.insert(name, value.to_owned());
        }
        for Hidden(text) in &self.secret {
            let (name, value) = variable("--secret", text, "NAME=SECRET/KEY")?;
            let key: Result<SecretKey, InvalidVariable> = value.parse();
            let key = key.map_err(|why| invalid("--secret", why.to_string()))?;
            options.secrets.insert(name, key);
        }
        options.check()?;
        Ok(options)
    }
}

fn variable<'a>(
    flag: &str,
    text: &'a str,
    form: &str,
) -> Result<(VariableName, &'a str), InvalidOptions> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| invalid(flag, format!("one has no `=`; allowed: {form}")))?;
    let name: Result<VariableName, InvalidVariable> = name.parse();
    let name = name.map_err(|why| invalid(flag, why.to_string()))?;
    Ok((name, value))
}

fn invalid(flag: &str, what: String) -> InvalidOptions {
    let at = vec![flag.to_owned()];
    InvalidOptions { at, what }
}
