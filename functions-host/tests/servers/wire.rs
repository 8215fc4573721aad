//! A way to a server that can fall silent: what comes is taken, and nothing goes on.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) struct Wire {
    address: SocketAddr,
    is_silent: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Wire {
    /// To this port.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (is_silent, silence) = watch::channel(false);
        let task = tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let silence = silence.clone();
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
                        return;
                    };
                    let (near, far) = (near.into_split(), far.into_split());
                    tokio::join!(
                        carry(near.0, far.1, silence.clone()),
                        carry(far.0, near.1, silence)
                    );
                });
            }
        });
        Self {
            address,
            is_silent,
            task,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn fall_silent(&self, is_silent: bool) {
        self.is_silent.send_replace(is_silent);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What was on its way while it was silent is lost for good, as is the connection.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut silence: watch::Receiver<bool>,
) {
    let mut piece = vec![0; 16 << 10];
    let mut is_cut = false;
    loop {
        let silent = async { silence.wait_for(|is_silent| *is_silent).await.map(drop) };
        tokio::select! {
            _ = silent, if !is_cut => is_cut = true,
            read = from.read(&mut piece) => match read {
                // Nor is anybody told of an end.
                Ok(0) | Err(_) if is_cut => std::future::pending().await,
                Ok(0) | Err(_) => return,
                Ok(_) if is_cut => {}
                Ok(length) => if to.write_all(&piece[..length]).await.is_err() {
                    return;
                },
            },
        }
    }
}
