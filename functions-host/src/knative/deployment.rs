//! What somebody wants to have on a cluster.

use super::code::Code;
use super::image::Image;
use super::name::{DeploymentId, FunctionName};
use super::options::Options;
use super::owner::Place;

/// What somebody wants to have on a cluster.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Where, and whose it is.
    pub place: Place,
    /// What.
    pub what: What,
    /// With what, and within which bounds.
    pub options: Options,
}

/// What can be deployed.
#[derive(Clone, Debug)]
pub enum What {
    /// The code of a Python module, which an image of the host's operator runs.
    Python {
        /// What it is called.
        name: FunctionName,
        /// Its code.
        code: Code,
    },
    /// An image with a WASM module in it.
    Wasm {
        /// What it is called.
        name: FunctionName,
        /// The image.
        image: Image,
    },
    /// An image of a function server.
    Server {
        /// What its deployment is called.
        id: DeploymentId,
        /// The image.
        image: Image,
    },
}

/// What kind of thing was deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Code in Python.
    Python,
    /// An image with a WASM module.
    Wasm,
    /// A function server.
    Server,
}

impl Kind {
    /// Those that have a name of their own, and are not servers.
    pub const FUNCTIONS: &[Self] = &[Self::Python, Self::Wasm];
    /// Function servers.
    pub const SERVERS: &[Self] = &[Self::Server];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Wasm => "wasm",
            Self::Server => "server",
        }
    }

    /// What its label says.
    pub(super) fn component(self) -> &'static str {
        match self {
            Self::Python => "python-function",
            Self::Wasm => "wasm-function",
            Self::Server => "metatwin-function",
        }
    }

    pub(super) fn of_component(component: &str) -> Option<Self> {
        let mut kinds = [Self::Python, Self::Wasm, Self::Server].into_iter();
        kinds.find(|kind| kind.component() == component)
    }
}

impl Deployment {
    /// What kind of thing it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.what {
            What::Python { .. } => Kind::Python,
            What::Wasm { .. } => Kind::Wasm,
            What::Server { .. } => Kind::Server,
        }
    }

    /// What its Service is called.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.what {
            What::Python { name, .. } | What::Wasm { name, .. } => name.to_string(),
            What::Server { id, .. } => id.service(),
        }
    }
}

/// What the `ConfigMap` of a function is called that has its code.
pub(super) fn config_map(function: &str) -> String {
    format!("{function}-code")
}
