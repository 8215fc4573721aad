//! Which hosts are meant: one, or all below a name.

use std::fmt;
use std::str::FromStr;

use super::host::{Host, shown};

/// Hosts, and at which port: `api.example.com`, `*.example.com`, `192.0.2.7:8443`.
///
/// A star stands for one name or more in front, and not for none: `*.example.com` is not
/// `example.com`. Where no port is named, each is meant.
///
/// ```
/// use functions_host::egress::{Host, HostPattern};
///
/// let pattern: HostPattern = "*.Example.com:443".parse().unwrap();
/// let host: Host = "api.example.com".parse().unwrap();
/// assert!(pattern.allows(&host, 443));
/// assert!(!pattern.allows(&host, 80));
/// assert_eq!(pattern.to_string(), "*.example.com:443");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPattern {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Hosts {
    One(Host),
    /// All whose names end with a dot and this.
    Below(String),
}

/// Why a text is no [`HostPattern`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no hosts; allowed: a name or an address, as in `api.example.com`, \
     `*.example.com` for all below a name, and a port behind it, as in `api.example.com:8443`"
)]
pub struct InvalidPattern(String);

impl HostPattern {
    /// Whether this host is meant, at this port.
    #[must_use]
    pub fn allows(&self, host: &Host, port: u16) -> bool {
        self.port.is_none_or(|only| only == port) && self.covers(host)
    }

    fn covers(&self, host: &Host) -> bool {
        match (&self.hosts, host) {
            (Hosts::One(one), host) => one == host,
            (Hosts::Below(parent), Host::Name(name)) => name
                .strip_suffix(parent.as_str())
                .and_then(|front| front.strip_suffix('.'))
                .is_some_and(|front| !front.is_empty()),
            (Hosts::Below(_), Host::Address(_)) => false,
        }
    }
}

impl FromStr for HostPattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let invalid = || InvalidPattern(shown(text));
        let (hosts, port) = divide(text).ok_or_else(invalid)?;
        let hosts = match hosts.strip_prefix("*.") {
            Some(parent) => match parent.parse() {
                Ok(Host::Name(name)) => Hosts::Below(name),
                _ => return Err(invalid()),
            },
            None => Hosts::One(hosts.parse().map_err(|_| invalid())?),
        };
        Ok(Self { hosts, port })
    }
}

/// What is in front of the port, and the port.
fn divide(text: &str) -> Option<(&str, Option<u16>)> {
    let is_address = text.parse::<std::net::Ipv6Addr>().is_ok();
    match text.rsplit_once(':') {
        Some((host, port)) if !is_address && !text.ends_with(']') => {
            let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
            let port = port.parse().ok().filter(|port| *port > 0 && is_number)?;
            Some((host, Some(port)))
        }
        _ => Some((text, None)),
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hosts {
            Hosts::One(host) => host.fmt(f)?,
            Hosts::Below(parent) => write!(f, "*.{parent}")?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> HostPattern {
        text.parse().unwrap()
    }

    fn allows(text: &str, host: &str, port: u16) -> bool {
        pattern(text).allows(&host.parse().unwrap(), port)
    }

    #[test]
    fn a_name_is_that_name_at_every_port() {
        assert!(allows("api.example.com", "API.example.com.", 443));
        assert!(allows("api.example.com", "api.example.com", 8080));
        assert!(!allows("api.example.com", "x.api.example.com", 443));
        assert!(!allows("api.example.com", "example.com", 443));
        assert!(allows("bücher.example", "xn--bcher-kva.example", 443));
    }

    #[test]
    fn a_star_is_at_least_one_name() {
        assert!(allows("*.example.com", "a.example.com", 1));
        assert!(allows("*.example.com", "a.b.example.com", 1));
        assert!(!allows("*.example.com", "example.com", 1));
        assert!(!allows("*.example.com", "badexample.com", 1));
        assert!(!allows("*.example.com", "example.com.evil.test", 1));
        assert!(!allows("*.com", "10.0.0.1", 1));
    }

    #[test]
    fn an_address_is_known_in_every_spelling() {
        assert!(allows("127.0.0.1:80", "0x7f.1", 80));
        assert!(allows("127.1", "[::ffff:127.0.0.1]", 80));
        assert!(allows("::1", "[0:0::1]", 80));
        assert!(allows("[::1]:8443", "::1", 8443));
        assert!(!allows("[::1]:8443", "::1", 443));
        assert!(!allows("127.0.0.1", "127.0.0.2", 80));
    }

    #[test]
    fn what_is_shown_means_the_same() {
        for text in [
            "api.example.com",
            "*.a.b:8443",
            "10.0.0.1:80",
            "[::1]:80",
            "[fd00::1]",
        ] {
            assert_eq!(pattern(text).to_string(), text);
        }
        assert_eq!(pattern("::1").to_string(), "[::1]");
        assert_eq!(pattern("*.EXAMPLE.com.").to_string(), "*.example.com");
    }

    #[test]
    fn what_names_no_hosts_is_refused() {
        for text in [
            "",
            "*",
            "*.",
            ".",
            "..",
            "a..b",
            "*.10.0.0.1",
            "a.*.com",
            "*a.com",
            "https://a.com",
            "a.com/",
            "a.com:",
            "a.com:0",
            "a.com:65536",
            "a.com:+80",
            "a b.com",
            "user@a.com",
            "[::1",
            "::1]",
            "[::1]:",
            "fe80::1%eth0",
            "10.0.0.0/8",
            "a,b",
            "256.256.256.256",
        ] {
            let error = text.parse::<HostPattern>().unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("`{text}` names no hosts"))
            );
        }
        let long = "a".repeat(300);
        assert!(long.parse::<HostPattern>().unwrap_err().to_string().len() < 400);
    }
}
