//! Functions on a cluster: what is applied there, and applying it.
//!
//! Three steps that know little of each other. A [`Deployment`] is what somebody asks for,
//! each part of it in a type that cannot be wrong. [`Manifests`] are made of it and of
//! [`Templates`], without a cluster, so that they can be looked at before anything happens.
//! And a [`Cluster`] applies them, as the manager of the fields that it sets and of no other.
//!
//! Whose an object is stands in its labels. An object that does not say that it was made
//! here for the tenant who asks is never changed, whatever it is called: the tenants of one
//! namespace share their names, and not their functions.
//!
//! A user's code is shown to the cluster and to nobody else: it has no [`Debug`](std::fmt)
//! that holds it, it is not read back, and what a cluster says of the object that holds it
//! is told without its words.

mod apply;
mod call;
mod cluster;
mod code;
mod container;
mod deployer;
mod deployment;
mod error;
mod function;
mod image;
mod listing;
mod manifests;
mod name;
mod namespace;
mod options;
mod owner;
mod quantity;
mod refusal;
mod removal;
mod seen;
mod service;
mod templates;
mod variable;
mod waiting;

pub use cluster::{Cluster, ClusterConfig};
pub use code::{Code, InvalidCode};
pub use deployer::Deployer;
pub use deployment::{Deployment, Kind, What};
pub use error::{Cause, ClusterError, FieldConflict};
pub use function::{Deployed, Function, Listed, Removed, State};
pub use image::{Image, InvalidImage};
pub use manifests::Manifests;
pub use name::{DeploymentId, FunctionName, InvalidName, ObjectName};
pub use namespace::{InvalidTemplate, Namespace, NamespaceTemplate, NoNamespace};
pub use options::{InvalidOptions, Options, Resources, Scale};
pub use owner::Place;
pub use quantity::{InvalidQuantity, Quantity};
pub use templates::{InvalidToleration, Templates, Toleration};
pub use variable::{InvalidVariable, SecretKey, VariableName};
pub use waiting::WaitError;
