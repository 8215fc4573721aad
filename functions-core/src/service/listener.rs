//! The socket that callers connect to.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, lookup_host};

/// How many connections wait to be accepted. The system may allow fewer.
const BACKLOG: u32 = 4096;

/// How long a host name may take to resolve.
const RESOLVING: Duration = Duration::from_secs(10);

/// Listens on the first address of `host`, an IP address or a host name, that can
/// be listened on. With port 0 the system chooses the port: it is in the address that
/// comes back.
///
/// The process may have as many files open from then on as the system lets it.
///
/// # Errors
/// The name does not resolve, or none of its addresses can be listened on: the
/// error is that of the last one.
pub async fn listen(host: &str, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    // Thousands of callers at once are thousands of files; the default is often 1,024.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let addresses = tokio::time::timeout(RESOLVING, lookup_host((host, port))).await??;
    let nowhere = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let mut outcome = Err(nowhere);
    for address in addresses {
        outcome = listen_on(address);
        if outcome.is_ok() {
            break;
        }
    }
    let listener = outcome?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The URL of what listens on `address`, as somebody on this machine can open it:
/// "everywhere" is no place to go to.
#[must_use]
pub fn url_of(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that starts again need not wait for the last one's connections to
    // be forgotten. On Windows the same option would share the port.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use super::{listen, url_of};

    #[test]
    fn an_address_that_means_everywhere_is_told_as_one_to_go_to() {
        assert_eq!(url_of("0.0.0.0:80".parse().unwrap()), "http://127.0.0.1:80");
        assert_eq!(url_of("[::]:80".parse().unwrap()), "http://[::1]:80");
        assert_eq!(url_of("10.0.0.1:80".parse().unwrap()), "http://10.0.0.1:80");
    }

    #[tokio::test]
    async fn addresses_and_names_are_listened_on() {
        for host in ["127.0.0.1", "localhost"] {
            let (listener, address) = listen(host, 0).await.unwrap();
            assert!(address.ip().is_loopback());
            assert_eq!(listener.local_addr().unwrap(), address);
        }
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_an_error() {
        let (_taken, address) = listen("127.0.0.1", 0).await.unwrap();
        let error = listen("127.0.0.1", address.port()).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    }
}
