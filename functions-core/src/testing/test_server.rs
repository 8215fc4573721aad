//! A whole server on a port of its own.

use std::net::SocketAddr;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::service::lifecycle::Shutdown;
use crate::{BoundServer, Error, FunctionServer};

/// A server that listens on a free port of the loopback address until it is dropped.
///
/// ```standalone_crate
/// use functions_core::FunctionServer;
/// use functions_core::testing::TestServer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> functions_core::Result<()> {
/// let server = TestServer::start(FunctionServer::new()).await?;
/// let url = server.url("/exec"); // for the HTTP client of your choice
/// server.stop().await
/// # }
/// ```
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    shutdown: Shutdown,
    serving: Option<JoinHandle<Result<(), Error>>>,
}

impl TestServer {
    /// Starts `server`, with its state and settings but for its address. The
    /// environment is left out, and so are the signals of the process.
    ///
    /// # Errors
    /// What stops a server from starting: see [`Error`].
    pub async fn start(server: FunctionServer) -> Result<Self, Error> {
        let prepared = server
            .host("127.0.0.1")
            .port(0)
            .prepare_without_environment()?;
        let bound = BoundServer::without_log(prepared).await?;
        let address = bound.local_addr();
        let shutdown = Shutdown::new();
        let serving = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { bound.serve_until(&shutdown, Handle::current()).await }
        });
        Ok(Self {
            address,
            shutdown,
            serving: Some(serving),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a path, which begins with `/`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Drains the server as a signal would, and waits for its end.
    ///
    /// # Errors
    /// How the server ended: see [`Error`].
    pub async fn stop(mut self) -> Result<(), Error> {
        self.shutdown.request();
        match self.serving.take() {
            None => Ok(()),
            Some(serving) => serving.await.unwrap_or_else(|ended| {
                Err(Error::System {
                    what: "run the server to its end",
                    source: std::io::Error::other(ended),
                })
            }),
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}
