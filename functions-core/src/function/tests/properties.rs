use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

use super::call;
use crate::function;

#[function(name = "properties.any")]
async fn take_any(a: Value, #[arg(default)] b: Option<Vec<(i8, String)>>) -> Value {
    drop(b);
    a
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            btree_map(".*", inner, 0..8)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Text that often is nearly JSON.
fn broken() -> impl Strategy<Value = String> {
    (json(), any::<prop::sample::Index>(), ".?", any::<bool>()).prop_map(
        |(value, at, piece, cut)| {
            let text = format!(r#"{{"a": {value}, "b": {value}}}"#);
            let starts: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
            let (head, tail) = text.split_at(starts[at.index(starts.len())]);
            if cut {
                format!("{head}{piece}")
            } else {
                format!("{head}{piece}{tail}")
            }
        },
    )
}

proptest! {
    #[test]
    fn any_value_is_read_as_it_was_sent(value in json()) {
        let result = call("properties.any", &format!("{{\"a\" :\n{value:#} }}")).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&result).unwrap(), value);
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".*") {
        let _ = call("properties.any", &text);
    }

    #[test]
    fn broken_json_is_refused_just_where_serde_refuses_it(text in broken()) {
        let legal = serde_json::from_str::<serde_json::Map<String, Value>>(&text);
        let result = call("properties.any", &text);
        prop_assert!(legal.is_ok() || result.is_err());
    }

    #[test]
    fn a_fault_is_told_with_a_path_into_the_arguments(value in json()) {
        if let Err(message) = call("properties.any", &format!(r#"{{"a": 1, "b": {value}}}"#)) {
            prop_assert!(message.starts_with("args.b"), "{}", message);
        }
    }
}
