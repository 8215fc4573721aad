//! From a host name to an open connection.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use lapin::tcp::AsyncTcpStream;
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Connection, ConnectionProperties, runtime};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::super::{Message, PublishError};
use super::RabbitMq;
use super::broker::Broker;
use super::deadline::Deadline;
use super::plug::Plug;
use super::tls;

/// A name with more addresses than these has all of them at one place.
const MOST_ADDRESSES: usize = 8;

/// In bytes. The library keeps room for 64 frames, and a broker would allow for 128 KiB
/// each: most of what a small server needs at all. What is larger goes in parts.
const FRAME: u32 = 16 * 1024;

/// Opens a connection, which ends with its plug.
pub(super) async fn open(
    settings: &RabbitMq,
    deadline: &Deadline<'_>,
) -> Result<(Connection, Plug), PublishError> {
    let broker = &settings.broker;
    let runtime = runtime::default_runtime().map_err(|error| broker.lost(&error))?;
    let trust = tls::trust(settings, deadline).await?;

    let mut attempt = Err(io::ErrorKind::AddrNotAvailable.into());
    let mut addresses = addresses(broker, deadline).await?.into_iter();
    while let Some(address) = addresses.next() {
        // One that swallows everything leaves time for the others.
        let share = deadline.share(addresses.len() + 1);
        attempt = timeout(share, AsyncTcpStream::connect(&runtime, address))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if attempt.is_ok() {
            break;
        }
    }
    let stream = attempt.map_err(|error| broker.unreachable(&error))?;

    let plug = match &stream {
        AsyncTcpStream::Plain(stream) => Plug::of(stream.get_ref()),
        _ => Err(io::ErrorKind::Unsupported.into()),
    };
    let plug = plug.map_err(|error| broker.unreachable(&error))?;
    let stream = match trust {
        None => stream,
        #[cfg(feature = "rabbitmq-tls")]
        Some(trust) => deadline
            .hold(
                "the TLS handshake",
                stream.into_rustls(&trust, &broker.hostname),
            )
            .await?
            .map_err(|error| broker.untrusted(&error))?,
        #[cfg(not(feature = "rabbitmq-tls"))]
        Some(never) => match never {},
    };

    // The library asks for it once: it would do so again to connect anew by itself.
    let stream = Mutex::new(Some(stream));
    let connect = move |_, _| {
        let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        async { stream.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected).into()) }
    };
    let properties = ConnectionProperties::default().with_connection_name(Message::APP_ID.into());
    let opened = Connection::connector(uri(settings), runtime, connect, properties);
    let connection = deadline
        .hold("the login", opened)
        .await?
        .map_err(|error| broker.closed(&error))?;
    Ok((connection, plug))
}

async fn addresses(
    broker: &Broker,
    deadline: &Deadline<'_>,
) -> Result<Vec<SocketAddr>, PublishError> {
    let lookup = lookup_host((broker.hostname.as_str(), broker.port()));
    let found = deadline
        .hold("the look-up of its name", lookup)
        .await?
        .map_err(|error| broker.nameless(&error))?;
    Ok(found.take(MOST_ADDRESSES).collect())
}

/// Put together from its parts, and not written as text: so nothing is to be encoded.
pub(super) fn uri(settings: &RabbitMq) -> AMQPUri {
    let broker = &settings.broker;
    let seconds = settings.heartbeat.as_nanos().div_ceil(1_000_000_000);
    AMQPUri {
        scheme: if broker.tls {
            AMQPScheme::AMQPS
        } else {
            AMQPScheme::AMQP
        },
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo {
                username: broker.username.clone(),
                password: settings.password.clone(),
            },
            host: broker.hostname.clone(),
            port: broker.port(),
        },
        vhost: broker.vhost.clone(),
        query: AMQPQueryString {
            frame_max: Some(FRAME),
            heartbeat: Some(u16::try_from(seconds.max(1)).unwrap_or(u16::MAX)),
            ..AMQPQueryString::default()
        },
    }
}
