//! The policy, asked in every spelling of an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn rules(texts: &[&str]) -> Vec<Rule> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn policy(allow: &[&str], deny: &[&str]) -> Policy {
    Policy::new(Reach::Public, rules(allow), rules(deny))
}

/// Why `host`, a literal or a name that is at `address`, may not be reached at port 80.
fn why(policy: &Policy, host: &str, address: &str) -> Option<Why> {
    let (host, address) = (host.parse().unwrap(), address.parse().unwrap());
    policy
        .check(&host, 80, address)
        .err()
        .map(|refused| refused.why)
}

/// The same for an address that is asked for as such.
fn why_address(policy: &Policy, text: &str) -> Option<Why> {
    match text.parse().unwrap() {
        host @ Host::Address(address) => policy.check(&host, 80, address).err().map(|it| it.why),
        Host::Name(name) => panic!("{name} is a name"),
    }
}

#[test]
fn only_what_is_public_is_reached_where_nothing_is_said() {
    let policy = Policy::default();
    assert_eq!(why(&policy, "example.com", "93.184.216.34"), None);
    assert_eq!(
        why(&policy, "example.com", "10.0.0.1"),
        Some(Why::NotPublic)
    );
    assert_eq!(why(&policy, "localhost", "::1"), Some(Why::NotPublic));
    assert_eq!(why_address(&policy, "169.254.169.254"), Some(Why::Metadata));
}

#[test]
fn a_rule_opens_what_it_names_and_no_more() {
    let policy = policy(
        &["10.1.0.0/16", "db.internal:5432", "*.lan", "192.168.0.1:80"],
        &[],
    );
    assert_eq!(why_address(&policy, "10.1.2.3"), None);
    assert_eq!(why_address(&policy, "10.2.2.3"), Some(Why::NotPublic));
    assert_eq!(why(&policy, "other.test", "10.1.2.3"), None);
    assert_eq!(
        why(&policy, "db.internal", "10.9.9.9"),
        Some(Why::NotPublic)
    );
    assert_eq!(why(&policy, "printer.lan", "10.9.9.9"), None);
    assert_eq!(why(&policy, "lan", "10.9.9.9"), Some(Why::NotPublic));
    assert_eq!(why(&policy, "other.test", "192.168.0.1"), None);
    let host: Host = "db.internal".parse().unwrap();
    assert!(
        policy
            .check(&host, 5432, "10.9.9.9".parse().unwrap())
            .is_ok()
    );
    let host: Host = "192.168.0.1".parse().unwrap();
    assert!(
        policy
            .check(&host, 81, "192.168.0.1".parse().unwrap())
            .is_err()
    );
}

#[test]
fn what_is_denied_is_refused_whatever_else_is_said() {
    let policy = policy(
        &["10.0.0.0/8", "evil.test"],
        &["10.0.0.7", "*.evil.test", "8.8.8.0/24"],
    );
    assert_eq!(why_address(&policy, "10.0.0.6"), None);
    assert_eq!(why_address(&policy, "10.0.0.7"), Some(Why::Denied));
    assert_eq!(why(&policy, "good.test", "10.0.0.7"), Some(Why::Denied));
    assert_eq!(why(&policy, "a.evil.test", "1.1.1.1"), Some(Why::Denied));
    assert_eq!(why(&policy, "dns.test", "8.8.8.8"), Some(Why::Denied));
    assert_eq!(why_address(&policy, "64:ff9b::8.8.8.8"), Some(Why::Denied));
    assert!(
        policy
            .check_name(&"a.evil.test".parse().unwrap(), 80)
            .is_err()
    );
    assert!(policy.check_name(&"evil.test".parse().unwrap(), 80).is_ok());
}

#[test]
fn where_only_rules_count_the_public_is_closed_too() {
    let policy = Policy::new(
        Reach::Listed,
        rules(&["api.example.com", "10.0.0.0/8"]),
        Vec::new(),
    );
    assert_eq!(why(&policy, "api.example.com", "1.1.1.1"), None);
    assert_eq!(why(&policy, "example.com", "1.1.1.1"), Some(Why::NotListed));
    assert_eq!(why_address(&policy, "10.1.1.1"), None);
    assert_eq!(why_address(&policy, "1.1.1.1"), Some(Why::NotListed));
}

#[test]
fn a_metadata_service_is_reached_only_by_a_rule_that_names_its_address() {
    let wide = [
        "0.0.0.0/0",
        "::/0",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "metadata.test",
        "*.test",
    ];
    let wide = policy(&wide, &[]);
    for address in [
        "169.254.169.254",
        "fd00:ec2::254",
        "100.100.100.200",
        "168.63.129.16",
    ] {
        assert_eq!(
            why_address(&wide, address),
            Some(Why::Metadata),
            "{address}"
        );
        assert_eq!(why(&wide, "metadata.test", address), Some(Why::Metadata));
        assert_eq!(why(&wide, "a.test", address), Some(Why::Metadata));
        assert_eq!(why_address(&policy(&[address], &[]), address), None);
        assert_eq!(why(&policy(&[address], &[]), "a.test", address), None);
    }
    assert_eq!(
        why_address(&policy(&["169.254.169.254/32"], &[]), "0xa9fea9fe"),
        None
    );
    assert_eq!(
        why_address(&policy(&["169.254.169.254:81"], &[]), "169.254.169.254"),
        Some(Why::Metadata)
    );
    assert_eq!(
        why_address(&wide, "64:ff9b::169.254.169.254"),
        Some(Why::Metadata)
    );
    assert_eq!(why_address(&wide, "10.0.0.1"), None);
}

#[test]
fn a_refusal_says_nothing_of_the_address_behind_a_name() {
    let refused = Policy::default()
        .check(
            &"db.test".parse().unwrap(),
            80,
            "10.20.30.40".parse().unwrap(),
        )
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "db.test at port 80 may not be reached from here: its address is not a public one"
    );
}

#[test]
fn rules_that_cannot_be_understood_are_refused_in_words() {
    for text in [
        "",
        "10.0.0.0/33",
        "10.0.0.0/",
        "/8",
        "example.com/8",
        "*",
        "http://a.test",
    ] {
        let error = text.parse::<Rule>().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("`{text}` is no rule; allowed: ")),
            "{error}"
        );
    }
    for text in [
        "10.0.0.0/8",
        "fd00::/8",
        "*.example.com:443",
        "127.0.0.1:80",
    ] {
        assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
    }
    assert_eq!(
        "10.1.2.3/8".parse::<Rule>().unwrap().to_string(),
        "10.0.0.0/8"
    );
}

/// A number as C reads it: decimal, octal or hexadecimal.
fn number(number: u32, base: u8) -> String {
    match base % 4 {
        0 => number.to_string(),
        1 => format!("0{number:o}"),
        2 => format!("0x{number:x}"),
        _ => format!("0X000{number:X}"),
    }
}

/// An IPv4 address in two, three or four parts, or as one number, each in a base of its own.
fn spelling(address: Ipv4Addr, parts: u8, bases: [u8; 4]) -> String {
    let [a, b, c, d] = address.octets().map(u32::from);
    let tail = |length: u32| address.to_bits() & (u32::MAX >> (32 - 8 * length));
    let parts = match parts % 4 {
        0 => vec![a, b, c, d],
        1 => vec![a, b, tail(2)],
        2 => vec![a, tail(3)],
        _ => vec![tail(4)],
    };
    let parts: Vec<_> = parts
        .iter()
        .zip(bases)
        .map(|(part, base)| number(*part, base))
        .collect();
    parts.join(".")
}

/// The IPv6 addresses that lead to an IPv4 one.
fn wrappings(address: Ipv4Addr) -> [Ipv6Addr; 7] {
    let low = u128::from(address.to_bits());
    [
        low | 0xffff << 32,
        low | 0xffff << 48,
        low | 0x64ff9b << 96,
        0x2002 << 112 | low << 80 | 1,
        0x20010000 << 96 | 0x08080808 << 64 | u128::from(!address.to_bits()),
        0x20010000 << 96 | low << 64 | u128::from(!0x08080808_u32),
        0x2606_4700 << 96 | 0x5efe << 32 | low,
    ]
    .map(Ipv6Addr::from_bits)
}

fn of_the_network_around_us() -> impl Strategy<Value = Ipv4Addr> {
    let net = |a: u32, length: u32| {
        (0..=u32::MAX >> length).prop_map(move |host| Ipv4Addr::from_bits(a | host))
    };
    prop_oneof![
        net(0x0a00_0000, 8),
        net(0x7f00_0000, 8),
        net(0xac10_0000, 12),
        net(0xc0a8_0000, 16),
        net(0xa9fe_0000, 16),
        net(0x6440_0000, 10),
        net(0xe000_0000, 4),
        net(0xf000_0000, 4),
        net(0x0000_0000, 8),
    ]
}

proptest! {
    #[test]
    fn every_spelling_is_the_same_host(bits: u32, parts: u8, bases: [u8; 4], dot: bool) {
        let address = Ipv4Addr::from_bits(bits);
        let mut text = spelling(address, parts, bases);
        if dot {
            text.push('.');
        }
        prop_assert_eq!(text.parse(), Ok(Host::Address(address.into())), "{}", text);
    }

    #[test]
    fn no_spelling_leads_inside(address in of_the_network_around_us(), parts: u8, bases: [u8; 4]) {
        let text = spelling(address, parts, bases);
        prop_assert!(why_address(&Policy::default(), &text).is_some(), "{}", text);
        for wrapped in wrappings(address) {
            prop_assert!(why_address(&Policy::default(), &wrapped.to_string()).is_some(), "{}", wrapped);
            let [.., c, d] = wrapped.segments();
            let full = format!("[{:x}:{:x}:{:x}:{:x}:{:x}:{:x}:{c:04x}:{d:04X}]",
                wrapped.segments()[0], wrapped.segments()[1], wrapped.segments()[2],
                wrapped.segments()[3], wrapped.segments()[4], wrapped.segments()[5]);
            prop_assert!(why_address(&Policy::default(), &full).is_some(), "{}", full);
        }
    }

    #[test]
    fn no_network_opens_a_metadata_service(host in 0_u32..=0xffff, length in 0_u8..32, parts: u8, bases: [u8; 4]) {
        let address = Ipv4Addr::from_bits(0xa9fe_0000 | host);
        let network = ipnet::Ipv4Net::new(address, length).unwrap().trunc();
        let policy = policy(&[&network.to_string(), "::/0"], &[]);
        prop_assert_eq!(why_address(&policy, &spelling(address, parts, bases)), Some(Why::Metadata));
        for wrapped in wrappings(address) {
            prop_assert_eq!(why_address(&policy, &wrapped.to_string()), Some(Why::Metadata));
        }
    }

    #[test]
    fn a_host_that_is_shown_is_read_as_the_same(bits: u128, is_v4: bool) {
        let address = if is_v4 {
            IpAddr::V4(Ipv4Addr::from_bits(bits as u32))
        } else {
            IpAddr::V6(Ipv6Addr::from_bits(bits)).to_canonical()
        };
        let host = Host::Address(address);
        prop_assert_eq!(host.to_string().parse(), Ok(host));
    }

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,40}|[0-9a-fx.:\\[\\]*/%]{0,30}") {
        let _ = text.parse::<Host>();
        if let Ok(pattern) = text.parse::<HostPattern>() {
            prop_assert_eq!(pattern.to_string().parse(), Ok(pattern));
        }
        if let Ok(rule) = text.parse::<Rule>() {
            prop_assert_eq!(rule.to_string().parse(), Ok(rule));
        }
    }
}
