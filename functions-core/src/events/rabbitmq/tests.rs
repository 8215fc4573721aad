//! What can be told of a broker without one.

#[cfg(target_os = "linux")]
mod given_up;
mod refused;

use std::time::Duration;

use super::super::Publisher;
use super::{RabbitMq, connection};

fn orders(hostname: &str) -> RabbitMq {
    RabbitMq::new(hostname, "orders", "correct horse")
}

#[test]
fn a_broker_is_named_by_its_host_port_virtual_host_and_exchange() {
    for (broker, name) in [
        (
            orders("broker.example"),
            "amqp://broker.example:5672/ (exchange event.exchange)",
        ),
        (
            orders("broker.example").tls(true),
            "amqps://broker.example:5671/ (exchange event.exchange)",
        ),
        (
            orders("broker.example").tls(true).port(5672),
            "amqps://broker.example:5672/ (exchange event.exchange)",
        ),
        (
            orders("127.0.0.1").port(25672).vhost("shop").exchange("e"),
            "amqp://127.0.0.1:25672/shop (exchange e)",
        ),
        (
            orders("b").vhost("/a b\n?ü").exchange("x\ny"),
            "amqp://b:5672/%2Fa%20b%0A%3F%C3%BC (exchange x%0Ay)",
        ),
        (
            orders("::1"),
            "amqp://[::1]:5672/ (exchange event.exchange)",
        ),
        (
            orders("[fe80::1%eth0]"),
            "amqp://[fe80::1%eth0]:5672/ (exchange event.exchange)",
        ),
    ] {
        assert_eq!(broker.target(), name);
    }
}

#[test]
fn a_password_is_not_to_be_seen() {
    let broker = orders("orders:correct horse@broker.example");
    let shown = format!("{broker:?} {broker:#?} {}", broker.target());
    assert!(shown.contains("broker.example"), "{shown}");
    assert!(!shown.contains("correct"), "{shown}");
}

#[test]
fn credentials_and_virtual_host_reach_the_protocol_as_they_were_given() {
    let odd = "p@ss:/%? ü";
    let broker = RabbitMq::new("[::1]", odd, format!("{odd}{odd}")).vhost(odd);
    let uri = connection::uri(&broker);
    assert_eq!(uri.authority.userinfo.username, odd);
    assert_eq!(uri.authority.userinfo.password, format!("{odd}{odd}"));
    assert_eq!(uri.authority.host, "::1");
    assert_eq!(uri.vhost, odd);
}

#[test]
fn a_heartbeat_has_whole_seconds_and_cannot_be_turned_off() {
    let seconds = |interval| {
        let uri = connection::uri(&orders("b").heartbeat(interval));
        uri.query.heartbeat.unwrap()
    };
    assert_eq!(connection::uri(&orders("b")).query.heartbeat, Some(10));
    assert_eq!(seconds(Duration::from_secs(30)), 30);
    assert_eq!(seconds(Duration::from_millis(1001)), 2);
    assert_eq!(seconds(Duration::ZERO), 1);
    assert_eq!(seconds(Duration::MAX), u16::MAX);
}
