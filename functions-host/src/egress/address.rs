//! Which addresses everybody can reach, and which belong to the network around us.
//!
//! The tables are those of the special-purpose registries (RFC 6890 and what followed).
//! An IPv6 address may hold an IPv4 one that a router or a tunnel on the way unpacks, so
//! it counts as both.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(first: u16, second: u16, third: u16, length: u8) -> Ipv6Net {
    let address = Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0);
    Ipv6Net::new_assert(address, length)
}

/// What of IPv4 is not public.
const INNER_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),       // this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // behind a carrier's NAT
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 88, 99, 0, 24),  // relays of 6to4
    v4(192, 168, 0, 0, 16),  // private
    v4(198, 18, 0, 0, 15),   // benchmarks
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved, broadcast
];

/// All of IPv6 that is given out to the public.
const OUTER_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// And what of that is not public.
const INNER_V6: [Ipv6Net; 3] = [
    v6(0x2001, 0xdb8, 0, 32), // documentation
    v6(0x3fff, 0, 0, 20),     // documentation
    v6(0x5f00, 0, 0, 16),     // segment routing
];

/// Protocol assignments: not public, but for what holds an IPv4 address, see `within`.
const PROTOCOLS: Ipv6Net = v6(0x2001, 0, 0, 23);

const TEREDO: Ipv6Net = v6(0x2001, 0, 0, 32);
const SIX_TO_FOUR: Ipv6Net = v6(0x2002, 0, 0, 16);
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);

/// Where clouds keep what a machine may know of itself, its keys among it, beside all
/// that is link-local.
const METADATA: [IpAddr; 7] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// Whether everybody can reach this address, whatever way it is taken.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => {
            let tunnelled = NAT64.contains(&address) || TEREDO.contains(&address);
            let given_out = OUTER_V6.contains(&address) && !PROTOCOLS.contains(&address);
            (given_out || tunnelled)
                && !INNER_V6.iter().any(|net| net.contains(&address))
                && within(address).into_iter().flatten().all(is_public_v4)
        }
    }
}

/// Whether a cloud's metadata service is there, whatever way the address is taken.
pub(super) fn is_metadata(address: IpAddr) -> bool {
    meanings(address).any(|address| match address {
        IpAddr::V4(inner) if inner.is_link_local() => true,
        address => METADATA.contains(&address),
    })
}

/// All that an address may turn out to be: itself, and what it holds.
pub(super) fn meanings(address: IpAddr) -> impl Iterator<Item = IpAddr> {
    let inner = match address {
        IpAddr::V4(_) => [None, None],
        IpAddr::V6(address) => within(address),
    };
    let inner = inner.into_iter().flatten().map(IpAddr::V4);
    std::iter::once(address).chain(inner)
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !INNER_V4.iter().any(|net| net.contains(&address))
}

/// The IPv4 addresses that an IPv6 one holds.
fn within(address: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let bits = address.to_bits();
    let at = |shift: u32| {
        let part = u32::try_from((bits >> shift) & u128::from(u32::MAX));
        Ipv4Addr::from_bits(part.unwrap_or(0))
    };
    let [_, _, _, _, fifth, sixth, _, _] = address.segments();
    let is_high_empty = bits >> 64 == 0;
    if TEREDO.contains(&address) {
        // The server, and the client behind it, whose bits are turned round.
        return [Some(at(64)), Some(Ipv4Addr::from_bits(!at(0).to_bits()))];
    }
    if SIX_TO_FOUR.contains(&address) {
        return [Some(at(80)), None];
    }
    let compatible = is_high_empty && fifth == 0 && sixth == 0;
    let mapped = is_high_empty && fifth == 0 && sixth == 0xffff;
    let translated = is_high_empty && fifth == 0xffff && sixth == 0;
    let isatap = matches!(fifth, 0 | 0x200) && sixth == 0x5efe;
    if NAT64.contains(&address) || compatible || mapped || translated || isatap {
        return [Some(at(0)), None];
    }
    [None, None]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_everybody_reaches_is_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "172.15.255.255",
            "172.32.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
            "2001:200::1",
        ] {
            assert!(is_public(address(text)), "{text}");
            assert!(!is_metadata(address(text)), "{text}");
        }
    }

    #[test]
    fn what_is_of_the_network_around_us_is_not() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "::10.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::8.8.8.8",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001:0:7f00:1::",
            "2001:0:808:808::80ff:fffe",
            "2001:db8::1",
            "3fff::1",
            "5f00::1",
            "100::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2606:4700::5efe:10.0.0.1",
            "2606:4700::200:5efe:10.0.0.1",
            "2001:10::1",
            "4000::1",
        ] {
            assert!(!is_public(address(text)), "{text}");
        }
    }

    #[test]
    fn metadata_services_are_known_in_every_wrapping() {
        for text in [
            "169.254.169.254",
            "169.254.170.2",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
            "64:ff9b::100.100.100.200",
        ] {
            assert!(is_metadata(address(text)), "{text}");
        }
        for text in ["100.100.100.201", "fd00:ec2::255", "10.0.0.1", "::1"] {
            assert!(!is_metadata(address(text)), "{text}");
        }
    }
}
