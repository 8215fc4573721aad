//! Ports that a node can leave and come back to.
//!
//! A port that the system hands out is one that it may hand out again: to the next
//! client that connects somewhere, while the node is down and its port is free. Loopback
//! knows worse: a client that keeps trying a port of that range is at last given the
//! same port as its own, and is connected with itself. So ports are looked for below the
//! range that systems hand out from.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port of the loopback address that nobody listens on now. Another process may take
/// it before its user does, so whoever starts a server on it looks who answers there.
pub(crate) fn free() -> u16 {
    let address = listener().local_addr().expect("it is bound");
    address.port()
}

/// Somebody who listens on such a port already.
pub(crate) fn listener() -> TcpListener {
    let candidates = (0..COUNT).map(|_| {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        FIRST + (start() + step % COUNT) % COUNT
    });
    first(candidates).expect("there is a free port")
}

fn first(mut candidates: impl Iterator<Item = u16>) -> Option<TcpListener> {
    candidates.find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
}

/// Where this process begins to look: another place than the next one.
fn start() -> u16 {
    static START: OnceLock<u16> = OnceLock::new();
    *START.get_or_init(|| {
        let random = RandomState::new().hash_one(std::process::id());
        u16::try_from(random % u64::from(COUNT)).expect("it is below a port")
    })
}

#[cfg(test)]
mod tests {
    use super::{COUNT, FIRST, first, free};
    use std::collections::BTreeSet;
    use std::net::TcpListener;

    #[test]
    fn no_port_is_given_twice() {
        let ports: BTreeSet<_> = (0..50).map(|_| free()).collect();
        assert_eq!(ports.len(), 50);
        assert!(
            ports
                .iter()
                .all(|port| (FIRST..FIRST + COUNT).contains(port))
        );
    }

    #[test]
    fn a_port_where_somebody_listens_is_passed_over() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(first([port].into_iter()).is_none());
        // Any that is free.
        assert!(first([port, 0].into_iter()).is_some());
    }
}
