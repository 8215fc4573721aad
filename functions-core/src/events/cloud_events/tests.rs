//! Both modes, to the letter.

use std::time::Duration;

use cloudevents::AttributesReader;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::*;

const PLAIN: &str = r#"{"deploymentId":"shop/ü 1","functionNames":["add"]}"#;

fn plain() -> Box<RawValue> {
    RawValue::from_string(PLAIN.to_owned()).unwrap()
}

fn healthy<'a>(deployment_id: &'a str, payload: &'a RawValue) -> CloudEvent<'a> {
    CloudEvent {
        event: Event::Healthy,
        id: Uuid::from_u128(0x0123_4567_89ab_4cde_8f01_2345_6789_abcd),
        time: UNIX_EPOCH + Duration::from_micros(1_753_178_096_120_000),
        deployment_id,
        payload,
    }
}

#[test]
fn a_structured_event_is_one_json_object() {
    let encoded = healthy("shop/ü 1", &plain()).structured();
    assert_eq!(encoded.content_type, "application/cloudevents+json");
    assert_eq!(encoded.headers, []);
    let value: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(
        value,
        serde_json::json!({
            "specversion": "1.0",
            "id": "01234567-89ab-4cde-8f01-23456789abcd",
            "source": "/deployments/shop%2F%C3%BC%201",
            "type": "FunctionsDeploymentHealthyEvent",
            "subject": "shop/ü 1",
            "time": "2025-07-22T09:54:56.120Z",
            "datacontenttype": "application/json",
            "data": {"deploymentId": "shop/ü 1", "functionNames": ["add"]},
        })
    );
}

#[test]
fn a_structured_event_is_read_by_those_who_read_cloud_events() {
    let encoded = healthy("shop", &plain()).structured();
    let event: cloudevents::Event = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(event.specversion(), SpecVersion::V10);
    assert_eq!(event.source(), "/deployments/shop");
}

#[test]
fn a_binary_event_is_the_plain_one_with_its_attributes_in_headers() {
    let encoded = healthy("shop/ü 1", &plain()).binary();
    assert_eq!(encoded.content_type, "application/json");
    assert_eq!(encoded.body, PLAIN.as_bytes());
    let mut headers = encoded.headers;
    headers.sort();
    let expected = [
        ("cloudEvents_id", "01234567-89ab-4cde-8f01-23456789abcd"),
        ("cloudEvents_source", "/deployments/shop%2F%C3%BC%201"),
        ("cloudEvents_specversion", "1.0"),
        ("cloudEvents_subject", "shop/ü 1"),
        ("cloudEvents_time", "2025-07-22T09:54:56.120+00:00"),
        ("cloudEvents_type", "FunctionsDeploymentHealthyEvent"),
    ];
    assert_eq!(
        headers,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn a_subject_is_never_empty() {
    let encoded = healthy("", &plain()).binary();
    let names = encoded.headers.iter().map(|(name, _)| name.as_str());
    assert!(!names.clone().any(|name| name == "cloudEvents_subject"));
    assert_eq!(names.count(), 5);
}

#[test]
fn a_clock_that_is_wrong_keeps_no_event_back() {
    assert_eq!(
        rfc3339(UNIX_EPOCH - Duration::from_secs(1)).as_deref(),
        Some("1970-01-01T00:00:00.000000Z")
    );
    let far = UNIX_EPOCH
        .checked_add(Duration::from_secs(1 << 40))
        .unwrap();
    assert_eq!(rfc3339(far), None);
}
