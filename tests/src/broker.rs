//! A real RabbitMQ for tests.
//!
//! What a broker does to those who publish can be shown by a broker alone: how it
//! refuses, blocks, forgets and dies. So the tests have one of their own, a [`Node`],
//! which they may mistreat: never the node of this machine that is somebody's, and never
//! one that outlives them. Where a broker is given to them (`CRBR_RABBITMQ_HOSTNAME`) they
//! take it as it is, and there is no [`Node`] to stop.
//!
//! `cargo xtask test` finds out what this machine has, and says so by
//! `FUNCTIONS_TEST_BROKER`.

mod access;
mod consumer;
mod docker;
mod greeting;
mod native;
mod node;
mod settings;
mod turn;

pub use access::{Access, Tls};
pub use consumer::{Consumer, Delivered};
pub use node::{Make, Node};
pub use turn::Turn;

use crate::private::{PATIENCE, variable};

/// The variable that says where the broker of the tests comes from: `native`, `docker` or
/// `external`.
const MAKE: &str = "FUNCTIONS_TEST_BROKER";
/// The path of the script `rabbitmq-server`, where it is native.
const SERVER: &str = "FUNCTIONS_TEST_BROKER_SERVER";

/// The broker that the tests of a process share.
#[derive(Debug)]
pub struct Broker {
    access: Access,
    node: Option<Node>,
}

impl Broker {
    /// The broker, for one test at a time: it is the next one's when the turn is dropped.
    ///
    /// The first turn starts it. One that ended in a panic may have left it in any state,
    /// so that the next one begins with a new start.
    ///
    /// # Panics
    /// There is none: these tests run by `cargo xtask test`.
    pub async fn shared() -> Turn {
        Turn::take().await
    }

    /// The way to it.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The node behind it, to do harm to.
    ///
    /// # Panics
    /// The broker is somebody else's.
    pub fn node(&mut self) -> &mut Node {
        self.node.as_mut().expect(
            "this test does harm to its broker, and the one of CRBR_RABBITMQ_HOSTNAME is \
             somebody's: leave the test out, as `cargo xtask test` does",
        )
    }

    async fn new() -> Self {
        match make() {
            Some(make) => {
                let node = Node::launch(&make).await;
                let access = node.access().clone();
                Self {
                    access,
                    node: Some(node),
                }
            }
            None => Self {
                access: Access::external(),
                node: None,
            },
        }
    }
}

/// How the tests' nodes are made; nothing where the broker is somebody else's.
///
/// # Panics
/// Nobody has said so: these tests run by `cargo xtask test`.
#[must_use]
pub fn make() -> Option<Make> {
    match variable(MAKE).as_deref() {
        Some("docker") => Some(Make::Docker),
        Some("native") => {
            let server = variable(SERVER).expect("the path of the native rabbitmq-server is set");
            Some(Make::Native(server.into()))
        }
        Some("external") => None,
        None if variable("CRBR_RABBITMQ_HOSTNAME").is_some() => None,
        other => panic!(
            "no broker ({MAKE} is {other:?}); this finds one and runs the tests: \
             cargo xtask test -p functions-tests --test broker -- --ignored"
        ),
    }
}
