//! A hand on the socket of a connection.

use std::io;
use std::net::{Shutdown, TcpStream};

/// A duplicate of a connection's socket. It shuts the socket down when it is dropped,
/// whoever else holds it, so that a thread that reads from it comes to an end.
#[derive(Debug)]
pub(super) struct Plug(TcpStream);

impl Plug {
    #[cfg(unix)]
    pub(super) fn of(socket: &tokio::net::TcpStream) -> io::Result<Self> {
        use std::os::fd::AsFd;
        Ok(Self(socket.as_fd().try_clone_to_owned()?.into()))
    }

    #[cfg(windows)]
    pub(super) fn of(socket: &tokio::net::TcpStream) -> io::Result<Self> {
        use std::os::windows::io::AsSocket;
        Ok(Self(socket.as_socket().try_clone_to_owned()?.into()))
    }
}

impl Drop for Plug {
    fn drop(&mut self) {
        // It fails where the other side has gone already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
