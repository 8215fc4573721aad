//! A network that fails on demand.
//!
//! Between a server and its broker there are machines that drop packets, refuse
//! connections and cut them. A proxy on the loopback address does the same at the moment
//! that a test says so.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::private::ports;

/// A TCP proxy, which ends with the test that started it.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    orders: mpsc::Sender<(Order, oneshot::Sender<()>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Pass,
    Swallow,
    Refuse,
    Cut,
}

impl Proxy {
    /// A proxy before a host and its port, which passes everything on.
    ///
    /// # Panics
    /// There is no such host.
    pub async fn to(hostname: &str, port: u16) -> Self {
        let target = lookup_host((hostname, port)).await.ok();
        let target = target.and_then(|mut found| found.next());
        let target = target.unwrap_or_else(|| panic!("there is no host {hostname}"));
        let waiting = ports::listener();
        let address = waiting.local_addr().expect("it is bound");
        let (orders, received) = mpsc::channel(1);
        tokio::spawn(Way::new(target, address, waiting).run(received));
        Self { address, orders }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on connections are accepted and passed on.
    pub async fn pass(&self) {
        self.order(Order::Pass).await;
    }

    /// From now on it is a black hole: connections are accepted, and what comes on them
    /// or on those that are open, from either side, is read and goes nowhere. Neither
    /// side hears of it. A connection that was once in the hole stays there until it is
    /// cut, since a part of what was said is lost.
    pub async fn swallow(&self) {
        self.order(Order::Swallow).await;
    }

    /// From now on nobody listens. What is open stays as it is.
    pub async fn refuse(&self) {
        self.order(Order::Refuse).await;
    }

    /// Closes whatever is open, on both sides, those included that wait to be accepted.
    pub async fn cut(&self) {
        self.order(Order::Cut).await;
    }

    async fn order(&self, order: Order) {
        let (done, wait) = oneshot::channel();
        let sent = self.orders.send((order, done)).await;
        sent.expect("the proxy runs");
        wait.await.expect("the proxy runs");
    }
}

/// The state of a proxy.
struct Way {
    target: SocketAddr,
    address: SocketAddr,
    listener: Option<TcpListener>,
    /// The same once more, which knows at once who waits there to be accepted.
    waiting: Option<std::net::TcpListener>,
    is_hole: bool,
    /// Told whenever it becomes a hole.
    holes: watch::Sender<()>,
    open: JoinSet<()>,
}

impl Way {
    fn new(target: SocketAddr, address: SocketAddr, waiting: std::net::TcpListener) -> Self {
        let mut way = Self {
            target,
            address,
            listener: None,
            waiting: None,
            is_hole: false,
            holes: watch::channel(()).0,
            open: JoinSet::new(),
        };
        way.listen(waiting);
        way
    }

    fn listen(&mut self, waiting: std::net::TcpListener) {
        waiting.set_nonblocking(true).expect("it is a socket");
        let listener = waiting.try_clone().and_then(TcpListener::from_std);
        self.listener = Some(listener.expect("there are sockets to be had"));
        self.waiting = Some(waiting);
    }

    async fn run(mut self, mut orders: mpsc::Receiver<(Order, oneshot::Sender<()>)>) {
        loop {
            tokio::select! {
                order = orders.recv() => {
                    let Some((order, done)) = order else { return };
                    self.obey(order).await;
                    // Who gave it may have stopped waiting.
                    let _ = done.send(());
                }
                client = accept(self.listener.as_ref()) => {
                    self.take(client);
                }
                Some(_) = self.open.join_next() => {}
            }
        }
    }

    fn take(&mut self, client: TcpStream) {
        let mut holes = self.holes.subscribe();
        if self.is_hole {
            holes.mark_changed();
        }
        self.open.spawn(carry(client, self.target, holes));
    }

    async fn obey(&mut self, order: Order) {
        // Who came before the order is not to be treated by it as one who came later.
        while let Some(Ok((client, _))) = self.waiting.as_ref().map(|waiting| waiting.accept()) {
            client.set_nonblocking(true).expect("it is a socket");
            self.take(TcpStream::from_std(client).expect("it is a socket"));
        }
        if order == Order::Cut {
            return self.open.shutdown().await;
        }
        self.is_hole = order == Order::Swallow;
        if self.is_hole {
            self.holes.send_replace(());
        }
        if order == Order::Refuse {
            (self.listener, self.waiting) = (None, None);
        } else if self.listener.is_none() {
            let waiting = std::net::TcpListener::bind(self.address);
            self.listen(waiting.expect("nobody has taken the port"));
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    match listener {
        Some(listener) => {
            listener
                .accept()
                .await
                .expect("there are sockets to be had")
                .0
        }
        None => std::future::pending().await,
    }
}

async fn carry(mut client: TcpStream, target: SocketAddr, mut holes: watch::Receiver<()>) {
    let mut server = None;
    let carried = async {
        let connected = server.insert(TcpStream::connect(target).await?);
        copy_bidirectional(&mut client, connected).await
    };
    tokio::select! {
        biased;
        _ = holes.changed() => {}
        _ = carried => return,
    }
    let server = async {
        if let Some(server) = &mut server {
            forget(server).await;
        }
    };
    tokio::join!(forget(&mut client), server);
    // What is dropped is closed, and a hole does not tell.
    std::future::pending().await
}

/// Reads all that comes.
async fn forget(stream: &mut TcpStream) {
    let mut buffer = vec![0; 4096];
    while let Ok(1..) = stream.read(&mut buffer).await {}
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    use super::Proxy;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// A server that echoes, a proxy before it, and all that the server has heard on
    /// each connection that has ended.
    async fn echo() -> (Proxy, mpsc::UnboundedReceiver<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        let (sender, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let sender = sender.clone();
                tokio::spawn(async move {
                    let mut all = Vec::new();
                    let mut byte = [0];
                    while let Ok(1) = stream.read(&mut byte).await {
                        all.extend(byte);
                        stream.write_all(&byte).await.unwrap();
                    }
                    sender.send(all).unwrap();
                });
            }
        });
        (Proxy::to("127.0.0.1", target.port()).await, heard)
    }

    async fn say(stream: &mut TcpStream, text: &str) {
        stream.write_all(text.as_bytes()).await.unwrap();
    }

    async fn hear(stream: &mut TcpStream, length: usize) -> String {
        let mut text = vec![0; length];
        let heard = timeout(PATIENCE, stream.read_exact(&mut text)).await;
        heard.expect("it echoes").unwrap();
        String::from_utf8(text).unwrap()
    }

    /// What still comes until the other side closes.
    async fn rest(stream: &mut TcpStream) -> Vec<u8> {
        let mut rest = Vec::new();
        // A connection may be closed by a reset as well.
        let _ = timeout(PATIENCE, stream.read_to_end(&mut rest))
            .await
            .expect("it closes");
        rest
    }

    #[tokio::test]
    async fn what_is_said_is_passed_on_both_ways_and_so_is_the_end() {
        let (proxy, mut heard) = echo().await;
        let mut client = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut client, "hello").await;
        assert_eq!(hear(&mut client, 5).await, "hello");
        drop(client);
        assert_eq!(heard.recv().await.unwrap(), b"hello");
    }

    #[tokio::test]
    async fn a_hole_swallows_what_is_said_on_open_connections_and_on_new_ones() {
        let (proxy, mut heard) = echo().await;
        let mut old = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut old, "before").await;
        assert_eq!(hear(&mut old, 6).await, "before");
        proxy.swallow().await;
        let mut new = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut old, "swallowed").await;
        say(&mut new, "swallowed").await;
        // By the time that a third one is through, the second one has been accepted.
        proxy.pass().await;
        let mut third = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut third, "after").await;
        assert_eq!(hear(&mut third, 5).await, "after");
        drop(third);
        assert_eq!(heard.recv().await.unwrap(), b"after");

        proxy.cut().await;
        assert_eq!(rest(&mut old).await, b"");
        assert_eq!(rest(&mut new).await, b"");
        assert_eq!(heard.recv().await.unwrap(), b"before");
        assert!(heard.try_recv().is_err());
    }

    #[tokio::test]
    async fn who_waits_to_be_accepted_is_cut_off_as_well() {
        let (proxy, _heard) = echo().await;
        let mut waiting = TcpStream::connect(proxy.address()).await.unwrap();
        proxy.cut().await;
        assert_eq!(rest(&mut waiting).await, b"");
    }

    #[tokio::test]
    async fn a_hole_does_not_tell_the_server_that_its_client_has_gone() {
        let (proxy, mut heard) = echo().await;
        let mut gone = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut gone, "gone").await;
        assert_eq!(hear(&mut gone, 4).await, "gone");
        proxy.swallow().await;
        drop(gone);
        proxy.pass().await;
        let mut next = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut next, "next").await;
        assert_eq!(hear(&mut next, 4).await, "next");
        drop(next);
        assert_eq!(heard.recv().await.unwrap(), b"next");
        proxy.cut().await;
        assert_eq!(heard.recv().await.unwrap(), b"gone");
    }

    #[tokio::test]
    async fn who_is_refused_comes_through_later_and_open_connections_stay() {
        let (proxy, _heard) = echo().await;
        let mut open = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut open, "a").await;
        assert_eq!(hear(&mut open, 1).await, "a");
        proxy.refuse().await;
        assert!(TcpStream::connect(proxy.address()).await.is_err());
        say(&mut open, "b").await;
        assert_eq!(hear(&mut open, 1).await, "b");
        proxy.pass().await;
        let mut late = TcpStream::connect(proxy.address()).await.unwrap();
        say(&mut late, "c").await;
        assert_eq!(hear(&mut late, 1).await, "c");
    }
}
