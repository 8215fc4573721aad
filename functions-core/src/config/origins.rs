//! Who may call from a browser.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// The origins whose pages may call the server.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum CorsOrigins {
    /// All of them: `*`.
    Any,
    /// These.
    Only(Vec<Origin>),
}

/// An origin as a browser sends it: `scheme://host`, or `scheme://host:port` where
/// the port is not the scheme's own. In lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// What is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an origin; an origin is scheme://host or scheme://host:port, with no path")]
pub struct InvalidOrigin(String);

impl Origin {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let origin = text.to_ascii_lowercase();
        let parts = origin.split_once("://").and_then(|(scheme, authority)| {
            let (host, port) = split_port(authority)?;
            (is_scheme(scheme) && is_host(host)).then_some((scheme, host, port))
        });
        match parts {
            Some((scheme @ "http", host, Some(80))) | Some((scheme @ "https", host, Some(443))) => {
                Ok(Self(format!("{scheme}://{host}")))
            }
            Some((scheme, host, Some(port))) => Ok(Self(format!("{scheme}://{host}:{port}"))),
            Some((_, _, None)) => Ok(Self(origin)),
            None => Err(InvalidOrigin(text.to_owned())),
        }
    }
}

impl FromStr for CorsOrigins {
    type Err = InvalidOrigin;

    /// Reads `*`, or origins that are separated by commas.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let origins = text.split(',').map(|origin| origin.trim().parse());
        origins.collect::<Result<_, _>>().map(Self::Only)
    }
}

impl TryFrom<String> for CorsOrigins {
    type Error = InvalidOrigin;

    fn try_from(text: String) -> Result<Self, InvalidOrigin> {
        text.parse()
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    match authority.rsplit_once(':') {
        // The last colon of a bare IPv6 address separates no port.
        Some((host, port)) if !port.ends_with(']') => {
            let digits = port.bytes().all(|byte| byte.is_ascii_digit());
            let port = port.parse().ok().filter(|_| digits)?;
            Some((host, Some(port)))
        }
        _ => Some((authority, None)),
    }
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_host(host: &str) -> bool {
    let inside = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match inside {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => super::values::is_host_name(host),
    }
}
