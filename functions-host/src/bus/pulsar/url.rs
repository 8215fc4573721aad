//! Where brokers are.
//!
//! An operator names one or more of them; which one has a topic is what these answer, each
//! by the URL of one. Both are read once, into a host and a port to dial, and hosts are read
//! as browsers do, so that one host has one spelling.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ::url::Host;

use crate::cut::cut;

const PLAIN: &str = "pulsar://";
const SECURE: &str = "pulsar+ssl://";

/// Its port, where none is said.
const PLAIN_PORT: u16 = 6650;

/// Its port with TLS, where none is said.
const SECURE_PORT: u16 = 6651;

/// The longest name that DNS has, in bytes, and a dot at its end.
const MAX_LENGTH: usize = 254;

/// How much of a text is shown, in characters.
const SHOWN: usize = 100;

/// The brokers that an operator named, at least one: `pulsar://HOST:PORT`, with TLS
/// `pulsar+ssl://HOST:PORT`, and more hosts with commas between.
///
/// ```
/// use functions_host::bus::pulsar::ServiceUrl;
///
/// let service: ServiceUrl = "pulsar://one,two:6660,[::1]".parse().unwrap();
/// assert_eq!(service.brokers().len(), 3);
/// assert_eq!(service.to_string(), "pulsar://one:6650,two:6660,[::1]:6650");
/// ```
///
/// Clones are cheap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServiceUrl(Arc<[BrokerUrl]>);

/// One broker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BrokerUrl {
    /// Whether it is spoken to over TLS.
    pub tls: bool,
    /// Its name or address; an IPv6 address without its brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Why a text names no broker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// Its scheme is none of those.
    #[error("`{0}` does not begin with {expected}", expected = .1.join(" or "))]
    Scheme(String, &'static [&'static str]),
    /// There is a user in it, and maybe a password: it is not shown.
    #[error("an address holds no user and no password: FUNCTIONS_HOST_PULSAR_TOKEN is for that")]
    Credentials,
    /// Something stands behind its hosts.
    #[error("`{0}` stands behind the hosts, where nothing may stand")]
    Rest(String),
    /// A host is none.
    #[error(
        "`{0}` is neither the name of a host nor an address; of IPv6 it is one in brackets, as \
         in [::1]"
    )]
    Host(String),
    /// A port is none.
    #[error("`{0}` is no port: a whole number from 1 to 65535")]
    Port(String),
    /// There is more than one.
    #[error("`{0}` names more hosts than one")]
    Many(String),
}

impl InvalidUrl {
    pub(super) fn rest(text: Option<&str>) -> Self {
        Self::Rest(shown(text.unwrap_or_default()))
    }

    pub(super) fn host(text: &str) -> Self {
        Self::Host(shown(text))
    }
}

impl ServiceUrl {
    /// The brokers in the order they were named, each once; never empty.
    #[must_use]
    pub fn brokers(&self) -> &[BrokerUrl] {
        &self.0
    }

    /// Whether they are spoken to over TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.iter().any(|broker| broker.tls)
    }
}

impl FromStr for ServiceUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let (scheme, rest) = split(text, &[PLAIN, SECURE])?;
        let tls = scheme == SECURE;
        let hosts = rest.strip_suffix('/').unwrap_or(rest);
        if let Some(place) = hosts.find(['/', '?', '#']) {
            return Err(InvalidUrl::rest(hosts.get(place..)));
        }
        let usual = if tls { SECURE_PORT } else { PLAIN_PORT };
        let mut brokers = Vec::new();
        for (host, port) in split_hosts(hosts, usual)? {
            let broker = BrokerUrl { tls, host, port };
            if !brokers.contains(&broker) {
                brokers.push(broker);
            }
        }
        Ok(Self(brokers.into()))
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_tls() { SECURE } else { PLAIN })?;
        for (place, broker) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{}", Authority(&broker.host, broker.port))?;
        }
        Ok(())
    }
}

impl FromStr for BrokerUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let service: ServiceUrl = text.parse()?;
        match service.brokers() {
            [broker] => Ok(broker.clone()),
            _ => Err(InvalidUrl::Many(shown(text))),
        }
    }
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { SECURE } else { PLAIN };
        write!(f, "{scheme}{}", Authority(&self.host, self.port))
    }
}

/// A host and a port as they stand in a URL.
pub(super) struct Authority<'a>(pub(super) &'a str, pub(super) u16);

impl fmt::Display for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(host, port) = self;
        match host.contains(':') {
            true => write!(f, "[{host}]:{port}"),
            false => write!(f, "{host}:{port}"),
        }
    }
}

/// The scheme of a URL, which is one of these, and what is behind it.
pub(super) fn split<'a>(
    text: &'a str,
    schemes: &'static [&'static str],
) -> Result<(&'static str, &'a str), InvalidUrl> {
    if text.contains('@') {
        return Err(InvalidUrl::Credentials);
    }
    let split = schemes.iter().find_map(|scheme| {
        let (begin, rest) = text.split_at_checked(scheme.len())?;
        begin
            .eq_ignore_ascii_case(scheme)
            .then_some((*scheme, rest))
    });
    split.ok_or_else(|| InvalidUrl::Scheme(shown(text), schemes))
}

/// The hosts between commas, at least one, with their ports.
pub(super) fn split_hosts(text: &str, usual: u16) -> Result<Vec<(String, u16)>, InvalidUrl> {
    text.split(',')
        .map(|host| split_host(host, usual))
        .collect()
}

fn split_host(text: &str, usual: u16) -> Result<(String, u16), InvalidUrl> {
    let text = text.trim();
    let (host, port) = match text.rsplit_once(':') {
        // A colon within brackets belongs to an address.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let port = match port {
        None => usual,
        Some(port) => {
            let number = port.parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| InvalidUrl::Port(shown(port)))?
        }
    };
    let host = match Host::parse(host) {
        Ok(Host::Domain(name)) if name.len() <= MAX_LENGTH => name,
        Ok(Host::Ipv4(address)) => address.to_string(),
        Ok(Host::Ipv6(address)) => address.to_string(),
        _ => return Err(InvalidUrl::host(text)),
    };
    Ok((host, port))
}

/// What was given, fit for a line.
fn shown(text: &str) -> String {
    cut(text, SHOWN).escape_debug().collect()
}

#[cfg(test)]
mod tests {
    use super::{BrokerUrl, InvalidUrl, ServiceUrl};

    fn brokers(text: &str) -> Vec<(bool, String, u16)> {
        let service: ServiceUrl = text.parse().unwrap();
        let brokers = service.brokers().iter();
        brokers
            .map(|broker| (broker.tls, broker.host.clone(), broker.port))
            .collect()
    }

    fn wrong(text: &str) -> String {
        text.parse::<ServiceUrl>().unwrap_err().to_string()
    }

    #[test]
    fn brokers_have_the_port_that_is_said_or_the_usual_one() {
        let plain = |host: &str, port| (false, host.to_owned(), port);
        assert_eq!(brokers("pulsar://localhost"), [plain("localhost", 6650)]);
        assert_eq!(brokers("PULSAR://Broker.LAN:7/"), [plain("broker.lan", 7)]);
        assert_eq!(brokers("pulsar+ssl://a"), [(true, "a".to_owned(), 6651)]);
        assert_eq!(
            brokers("pulsar://a:1,b , a:1,[::1]:2,[::2],127.1"),
            [
                plain("a", 1),
                plain("b", 6650),
                plain("::1", 2),
                plain("::2", 6650),
                plain("127.0.0.1", 6650),
            ]
        );
    }

    #[test]
    fn what_is_printed_is_read_again_as_the_same() {
        for text in [
            "pulsar://a:1,[::1]:2",
            "pulsar+ssl://pulsar-proxy.data:6651",
        ] {
            let service: ServiceUrl = text.parse().unwrap();
            assert_eq!(service.to_string(), text);
        }
        let broker: BrokerUrl = "pulsar+ssl://[fe80::1]".parse().unwrap();
        assert_eq!(broker.to_string(), "pulsar+ssl://[fe80::1]:6651");
        assert_eq!(broker.to_string().parse(), Ok(broker));
    }

    #[test]
    fn what_names_no_broker_is_told_with_what_would() {
        for (text, said) in [
            (
                "localhost:6650",
                "`localhost:6650` does not begin with pulsar:// or pulsar+ssl://",
            ),
            (
                "http://a:8080",
                "`http://a:8080` does not begin with pulsar:// or pulsar+ssl://",
            ),
            (
                "pulsar://a/tenant",
                "`/tenant` stands behind the hosts, where nothing may stand",
            ),
            (
                "pulsar://a?b=c",
                "`?b=c` stands behind the hosts, where nothing may stand",
            ),
            (
                "pulsar://::1",
                "`::1` is neither the name of a host nor an address; of IPv6 it is one in \
                 brackets, as in [::1]",
            ),
            (
                "pulsar://a:70000",
                "`70000` is no port: a whole number from 1 to 65535",
            ),
            (
                "pulsar://a:0",
                "`0` is no port: a whole number from 1 to 65535",
            ),
            (
                "pulsar://a:",
                "`` is no port: a whole number from 1 to 65535",
            ),
        ] {
            assert_eq!(wrong(text), said, "{text}");
        }
        for text in [
            "pulsar://",
            "pulsar://a,,b",
            "pulsar://a b",
            "pulsar://[::1",
        ] {
            assert!(wrong(text).contains("neither the name"), "{text}");
        }
        assert!(wrong(&format!("pulsar://{}", "a".repeat(300))).contains("(300 bytes)"));
    }

    #[test]
    fn a_password_is_not_repeated() {
        for text in [
            "pulsar://user:secret@a:6650",
            "user:secret@a",
            "http://u:secret@a",
        ] {
            assert_eq!(text.parse::<ServiceUrl>(), Err(InvalidUrl::Credentials));
            assert!(!wrong(text).contains("secret"));
        }
    }

    #[test]
    fn a_broker_is_one_host() {
        let many = "pulsar://a,b".parse::<BrokerUrl>();
        assert_eq!(many, Err(InvalidUrl::Many("pulsar://a,b".to_owned())));
        assert!("pulsar://a".parse::<BrokerUrl>().is_ok());
    }
}
