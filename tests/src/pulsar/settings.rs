//! The settings of a broker of the tests' own, whichever way it runs.

/// The ports of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    /// For clients.
    pub(super) broker: u16,
    /// For administrators.
    pub(super) web: u16,
    /// For the broker, which keeps what it has stored there.
    pub(super) bookie: u16,
}

/// The listener that clients reach through a proxy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detour {
    /// Where the broker listens for the proxy.
    pub(super) port: u16,
    /// Where the proxy listens, which is what the broker says that it has.
    pub(super) proxy: u16,
}

/// The text of a `standalone.conf` for a broker that listens on `address`.
pub(super) fn text(address: &str, ports: Ports, detour: Option<Detour>) -> String {
    let Ports { broker, web, .. } = ports;
    let detour = detour.map(|detour| listeners(address, broker, detour));
    let detour = detour.unwrap_or_else(|| "advertisedAddress=127.0.0.1\n".to_owned());
    // A bookie takes a free port, of all addresses, unless it is told otherwise. What it
    // writes need not survive the machine, only the broker. Messages in pieces are as large
    // as a broker takes, and a bookie takes a little less by itself.
    format!(
        "\
clusterName=standalone
bindAddress={address}
brokerServicePort={broker}
webServicePort={web}
{detour}loadBalancerEnabled=false
managedLedgerDefaultEnsembleSize=1
managedLedgerDefaultWriteQuorum=1
managedLedgerDefaultAckQuorum=1
allowEphemeralPorts=true
allowLoopback=true
listeningInterface={LOOPBACK}
journalSyncData=false
nettyMaxFrameSizeBytes=5253120
forceDeleteNamespaceAllowed=true
"
    )
}

#[cfg(target_os = "macos")]
const LOOPBACK: &str = "lo0";
#[cfg(not(target_os = "macos"))]
const LOOPBACK: &str = "lo";

/// Who comes by one listener is told where that one is, and not the other.
fn listeners(address: &str, broker: u16, detour: Detour) -> String {
    let Detour { port, proxy } = detour;
    format!(
        "\
advertisedListeners=direct:pulsar://127.0.0.1:{broker},detour:pulsar://127.0.0.1:{proxy}
internalListenerName=direct
bindAddresses=detour:pulsar://{address}:{port}
"
    )
}
