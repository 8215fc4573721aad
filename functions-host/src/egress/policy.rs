//! Who may be reached: a set of rules, read once, asked for each connection.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use super::address::{is_metadata, is_public, meanings};
use super::host::{Host, shown};
use super::pattern::HostPattern;

/// What may be reached where no rule says anything else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// What everybody can reach.
    #[default]
    Public,
    /// Nothing: only what rules allow.
    Listed,
    /// Everything, for what the operator chose himself and nobody else can change.
    Anything,
}

/// One rule: a network such as `10.1.0.0/16`, or a [`HostPattern`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// All addresses of a network.
    Network(IpNet),
    /// Hosts by name or address.
    Hosts(HostPattern),
}

/// Why a text is no [`Rule`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no rule; allowed: a network as in `10.1.0.0/16`, or a host as in `example.com`, \
     `*.example.com`, `10.1.2.3`, each with a port behind it where only that is meant"
)]
pub struct InvalidRule(String);

/// Who may be reached.
///
/// What is denied is refused, whatever else is said. A rule that allows a host by its name
/// allows all addresses that the name has, but for the metadata services of clouds: those
/// are refused unless a rule names that very address.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    reach: Reach,
    allow: Vec<Rule>,
    deny: Vec<Rule>,
}

/// A connection that is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} at port {port} may not be reached from here: {why}")]
pub struct Refused {
    /// The host that was asked for.
    pub host: Host,
    /// And its port.
    pub port: u16,
    /// Why not.
    pub why: Why,
}

/// Why a connection is not made. It says no address that a name has: whoever asks may
/// learn nothing of the network around us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// A rule denies it.
    #[error("that is denied")]
    Denied,
    /// It is a cloud's metadata service.
    #[error("its address is that of a metadata service, or link-local")]
    Metadata,
    /// It is not public, and no rule allows it.
    #[error("its address is not a public one")]
    NotPublic,
    /// No rule allows it, and only what rules allow may be reached.
    #[error("it is not among those that are allowed")]
    NotListed,
}

impl Policy {
    /// A policy of these rules.
    #[must_use]
    pub fn new(reach: Reach, allow: Vec<Rule>, deny: Vec<Rule>) -> Self {
        Self { reach, allow, deny }
    }

    /// Whether a host may be looked up at all.
    ///
    /// # Errors
    /// It is denied by its name.
    pub fn check_name(&self, host: &Host, port: u16) -> Result<(), Refused> {
        let applies = |rule: &Rule| matches!(rule, Rule::Hosts(hosts) if hosts.allows(host, port));
        if self.deny.iter().any(applies) {
            return Err(refused(host, port, Why::Denied));
        }
        Ok(())
    }

    /// Whether a connection to a host, which is at this address, may be made.
    ///
    /// # Errors
    /// It may not.
    pub fn check(&self, host: &Host, port: u16, address: IpAddr) -> Result<(), Refused> {
        let address = address.to_canonical();
        let verdict = self.verdict(host, port, address);
        verdict.map_err(|why| refused(host, port, why))
    }

    fn verdict(&self, host: &Host, port: u16, address: IpAddr) -> Result<(), Why> {
        let applies = |rule: &Rule| rule.applies(host, port, address);
        let denied = |address| {
            self.deny
                .iter()
                .any(|rule| rule.applies(host, port, address))
        };
        if meanings(address).any(denied) {
            return Err(Why::Denied);
        }
        if self.reach == Reach::Anything {
            return Ok(());
        }
        if is_metadata(address) {
            let named = self.allow.iter().any(|rule| rule.names(port, address));
            return if named { Ok(()) } else { Err(Why::Metadata) };
        }
        match self.reach {
            _ if self.allow.iter().any(applies) => Ok(()),
            Reach::Public if is_public(address) => Ok(()),
            Reach::Public => Err(Why::NotPublic),
            _ => Err(Why::NotListed),
        }
    }
}

fn refused(host: &Host, port: u16, why: Why) -> Refused {
    Refused {
        host: host.clone(),
        port,
        why,
    }
}

impl Rule {
    fn applies(&self, host: &Host, port: u16, address: IpAddr) -> bool {
        match self {
            Self::Network(network) => network.contains(&address),
            Self::Hosts(hosts) => {
                hosts.allows(host, port) || hosts.allows(&Host::Address(address), port)
            }
        }
    }

    /// Whether this very address is meant, and nothing else.
    fn names(&self, port: u16, address: IpAddr) -> bool {
        match self {
            Self::Network(network) => {
                network.addr() == address && network.prefix_len() == network.max_prefix_len()
            }
            Self::Hosts(hosts) => hosts.allows(&Host::Address(address), port),
        }
    }
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        let invalid = || InvalidRule(shown(text));
        if text.contains('/') {
            let network: IpNet = text.parse().map_err(|_| invalid())?;
            return Ok(Self::Network(network.trunc()));
        }
        Ok(Self::Hosts(text.parse().map_err(|_| invalid())?))
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Hosts(hosts) => hosts.fmt(f),
        }
    }
}
