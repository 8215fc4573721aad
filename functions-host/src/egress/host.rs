//! A host as a URL names it, in the one spelling that all others mean.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The longest name that DNS has, in bytes.
const MAX_LENGTH: usize = 253;

/// How much of a text is shown, in characters.
const SHOWN: usize = 100;

/// A host: a name, or an address.
///
/// It is read as browsers do, since that is what decides where a connection goes: names in
/// lower case and in Punycode, and everything that means an address is one.
///
/// ```
/// use functions_host::egress::Host;
///
/// for spelling in ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::ffff:7f00:1]"] {
///     assert_eq!(spelling.parse(), Ok(Host::Address([127, 0, 0, 1].into())));
/// }
/// assert_eq!("Example.COM.".parse(), Ok(Host::Name("example.com".to_owned())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name: letters, digits, `.`, `_` and `-`, without a dot at the end.
    Name(String),
    /// An address. What stands for an IPv4 address is that.
    Address(IpAddr),
}

/// Why a text names no [`Host`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither the name of a host nor an address")]
pub struct InvalidHost(pub(super) String);

impl FromStr for Host {
    type Err = InvalidHost;

    /// Reads a name, an IPv4 address in any spelling, or an IPv6 address, with or without
    /// brackets.
    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(address.to_canonical()));
        }
        match url::Host::parse(text) {
            Ok(url::Host::Ipv4(address)) => Ok(Self::Address(address.into())),
            Ok(url::Host::Ipv6(address)) => Ok(Self::Address(IpAddr::V6(address).to_canonical())),
            Ok(url::Host::Domain(name)) => {
                let name = name.strip_suffix('.').unwrap_or(&name);
                if is_name(name) {
                    Ok(Self::Name(name.to_owned()))
                } else {
                    Err(InvalidHost(shown(text)))
                }
            }
            Err(_) => Err(InvalidHost(shown(text))),
        }
    }
}

fn is_name(text: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    text.len() <= MAX_LENGTH
        && text.split('.').all(|label| !label.is_empty())
        && text.bytes().all(usual)
}

/// The beginning of what was given, fit for a line.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (place, c) in text.chars().enumerate() {
        if place == SHOWN {
            shown.push('…');
            break;
        }
        shown.extend(c.escape_debug());
    }
    shown
}

impl fmt::Display for Host {
    /// As it stands in a URL: IPv6 addresses in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}
