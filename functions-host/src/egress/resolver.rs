//! From names to addresses.

use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// How many lookups the system does at once. Each holds a thread until it ends, which may
/// be long after whoever asked has gone.
const AT_ONCE: usize = 64;

/// What knows the addresses of names.
pub trait Resolve: Debug + Send + Sync {
    /// Looks a name up.
    ///
    /// # Errors
    /// The future fails where the name has no address, or that cannot be told now.
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The resolver of the system.
#[derive(Debug)]
pub struct System {
    at_once: Arc<Semaphore>,
}

impl Default for System {
    fn default() -> Self {
        Self {
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Resolve for System {
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let at_once = Arc::clone(&self.at_once);
        Box::pin(async move {
            let turn = at_once.acquire_owned().await.map_err(io::Error::other)?;
            let look_up = move || {
                let found = (name.as_str(), 0).to_socket_addrs();
                drop(turn);
                Ok(found?.map(|address| address.ip()).collect())
            };
            spawn_blocking(look_up).await.map_err(io::Error::other)?
        })
    }
}
