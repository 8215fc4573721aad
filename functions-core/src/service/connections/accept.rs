//! Letting connections in, as many as there are places.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;

use super::{Answers, Connections};

/// How long to wait before accepting again where the process has no file handle left.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

impl Connections {
    pub(super) async fn accept(
        &self,
        listener: &TcpListener,
        answers: &impl Answers,
        workers: &Handle,
    ) -> Infallible {
        let mut exhausted = false;
        loop {
            // Fails only once closed, which nobody does.
            let place = Arc::clone(&self.places).acquire_owned().await.ok();
            // Taken off this runtime's sockets, for the workers' to take up.
            let accepted = listener.accept().await;
            match accepted.and_then(|(stream, _)| stream.into_std()) {
                Ok(stream) => {
                    exhausted = false;
                    self.open(stream, answers.clone(), place, workers);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if !exhausted {
                        tracing::error!(
                            target: "functions_core::server",
                            error = %error,
                            "Cannot accept connections; trying again. \
                             Where files are what is short, raise `ulimit -n`"
                        );
                    }
                    exhausted = true;
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }

    /// Lets in those who have connected already, and then closes the listener.
    ///
    /// The system completes a connection before it is accepted here: a caller who is
    /// not let in sees a connection that broke, after sending a request.
    ///
    /// # Errors
    /// The listener cannot be taken off its runtime.
    pub fn close(
        &self,
        listener: TcpListener,
        answers: &impl Answers,
        workers: &Handle,
    ) -> io::Result<()> {
        let listener = listener.into_std()?;
        while let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            match listener.accept() {
                Ok((stream, _)) => {
                    // A connection that cannot be waited for is dropped.
                    if stream.set_nonblocking(true).is_ok() {
                        self.open(stream, answers.clone(), Some(place), workers);
                    }
                }
                Err(error) if is_of_one_connection(&error) => {}
                // Nobody waits any more.
                Err(_) => break,
            }
        }
        Ok(())
    }
}

/// Errors of `accept` that say something of the connection only.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}
