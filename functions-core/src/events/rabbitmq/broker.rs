//! Which broker it is, and who calls on it. The password is not here.

use std::fmt;
use std::net::Ipv6Addr;

use lapin::types::ShortString;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::super::PublishError;

/// What would stand for something else in a URI.
const RESERVED: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'?');

#[derive(Clone)]
pub(super) struct Broker {
    pub(super) hostname: String,
    pub(super) port: Option<u16>,
    pub(super) tls: bool,
    pub(super) username: String,
    pub(super) vhost: String,
    pub(super) exchange: String,
}

impl Broker {
    pub(super) fn new(hostname: String, username: String) -> Self {
        let bare = hostname.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        Self {
            hostname: bare.map(str::to_owned).unwrap_or(hostname),
            port: None,
            tls: false,
            username,
            vhost: "/".to_owned(),
            exchange: "event.exchange".to_owned(),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls { 5671 } else { 5672 })
    }

    /// Host and port, for people.
    pub(super) fn address(&self) -> String {
        let (host, port) = (self.shown_host(), self.port());
        if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
    }

    /// The host without what stands before an `@`: a password, put where none belongs.
    fn shown_host(&self) -> &str {
        let (_, host) = self
            .hostname
            .rsplit_once('@')
            .unwrap_or(("", &self.hostname));
        host
    }

    /// The exchange as AMQP wants it, where all that was given makes sense.
    pub(super) fn check(&self) -> Result<ShortString, PublishError> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "/@:?#[]".contains(c);
        let (literal, _) = self
            .hostname
            .split_once('%')
            .unwrap_or((&self.hostname, ""));
        let is_ipv6 = literal.parse::<Ipv6Addr>().is_ok();
        if self.hostname.is_empty() || self.hostname.contains(odd) && !is_ipv6 {
            let hidden = if self.hostname.contains('@') {
                "…@"
            } else {
                ""
            };
            return Err(PublishError::refused(format!(
                "{:?} is no host name: it has to be a name or an IP address alone, without a \
                 scheme, a user or a port",
                format!("{hidden}{}", self.shown_host()),
            )));
        }
        short("virtual host", &self.vhost)?;
        short("exchange", &self.exchange)
    }
}

/// What it is called in the log.
impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "amqps" } else { "amqp" };
        write!(f, "{scheme}://{}/", self.address())?;
        if self.vhost != "/" {
            write!(f, "{}", utf8_percent_encode(&self.vhost, &RESERVED))?;
        }
        let exchange = utf8_percent_encode(&self.exchange, &RESERVED);
        write!(f, " (exchange {exchange})")
    }
}

/// `text` as AMQP's short string, whose length is one byte.
pub(super) fn short(what: &str, text: &str) -> Result<ShortString, PublishError> {
    ShortString::try_new(text).map_err(|_| {
        PublishError::refused(format!(
            "the {what} has {} bytes, and AMQP allows 255: {text:?}",
            text.len()
        ))
    })
}
