//! From what a module puts out to results: a JSON object becomes a map of texts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// How deep values may lie in each other, the object itself being the first.
const DEPTH: usize = 128;

/// Results, or why there are none.
pub(super) type Read = Result<BTreeMap<String, String>, String>;

/// Reads an output. A string stays as it is, and any other value becomes its JSON text, as
/// it was written.
pub(super) fn read(output: &[u8]) -> Read {
    let text = std::str::from_utf8(output).map_err(|error| {
        let valid = error.valid_up_to();
        format!("its output is no JSON object: it is no UTF-8 after {valid} bytes")
    })?;
    if text.trim_ascii().is_empty() {
        return Err("its output is no JSON object: there is none".to_owned());
    }
    let depth = depth(text);
    if depth > DEPTH {
        return Err(format!(
            "its output lies {depth} levels deep; {DEPTH} are allowed"
        ));
    }
    let no_object = |error| format!("its output is no JSON object: {error}");
    let object: BTreeMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(text).map_err(no_object)?;
    let results = object.into_iter().map(|(key, value)| {
        let value = value.get();
        let value = match value.starts_with('"') {
            true => serde_json::from_str(value).map_err(no_object)?,
            false => value.to_owned(),
        };
        Ok((key.into_owned(), value))
    });
    results.collect()
}

/// How many brackets are open at most, outside of strings.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::{DEPTH, read};

    fn shown(output: &str) -> String {
        match read(output.as_bytes()) {
            Ok(results) => format!("{results:?}"),
            Err(error) => error,
        }
    }

    #[test]
    fn a_string_stays_and_any_other_value_becomes_its_text() {
        assert_eq!(shown("{}"), "{}");
        let output = r#" {"s": "a\n\u00e9", "n": 1.50, "b": true, "z": null,
            "l": [1, "x"], "o": {"k": [ ]}} "#;
        assert_eq!(
            shown(output),
            r#"{"b": "true", "l": "[1, \"x\"]", "n": "1.50", "o": "{\"k\": [ ]}", "s": "a\né", "z": "null"}"#
        );
        // Of a key that comes twice the last one counts.
        assert_eq!(shown(r#"{"a": 1, "a": "2"}"#), r#"{"a": "2"}"#);
    }

    #[test]
    fn what_is_no_object_is_told_so() {
        for output in [
            "",
            " \n",
            "1",
            "\"{}\"",
            "[]",
            "null",
            "{",
            "{\"a\": 1,}",
            "{} {}",
            "{a: 1}",
        ] {
            let said = shown(output);
            assert!(
                said.starts_with("its output is no JSON object: "),
                "{output}: {said}"
            );
        }
        assert!(
            read(b"{\"a\": \"\xff\"}")
                .unwrap_err()
                .contains("UTF-8 after 7 bytes")
        );
        assert!(read(br#"{"a": "\ud800"}"#).is_err());
    }

    #[test]
    fn what_lies_too_deep_is_refused_and_brackets_in_strings_lie_nowhere() {
        let nested = |levels: usize| {
            let levels = levels - 1;
            format!("{{\"a\": {}{}}}", "[".repeat(levels), "]".repeat(levels))
        };
        assert!(read(nested(DEPTH).as_bytes()).is_ok());
        assert!(shown(&nested(DEPTH + 1)).contains("129 levels"));
        assert!(shown(&nested(1_000_000)).contains("1000000 levels"));
        let harmless = format!(r#"{{"a": "\"{}"}}"#, "[".repeat(1000));
        assert!(read(harmless.as_bytes()).is_ok());
    }
}
