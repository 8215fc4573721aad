//! Where in a JSON text a byte lies, as a path from its root.

use std::fmt::{self, Write};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// What the paths begin with.
pub(super) const ROOT: &str = "args";

/// How many steps of a path are told at most: each is a scan of what is below it.
const MOST_STEPS: usize = 32;

/// No step is added to a path of more bytes; the caller chooses how many there are.
const LONGEST: usize = 512;

/// The longest key that is told whole, in characters; the caller chooses it.
const LONGEST_KEY: usize = 100;

/// The byte that serde_json's line and column name: the number of bytes read so far.
pub(super) fn offset(json: &str, line: usize, column: usize) -> usize {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(newline) => json
            .match_indices('\n')
            .nth(newline)
            .map_or(0, |(at, _)| at + 1),
    };
    start + column
}

/// The path of the innermost value of `json` that a reader was in, or about to
/// read, when it had read `offset` bytes, as in `args.order.lines[2].price`.
///
/// `path` is that of `json` itself. Where `json` is not valid, the path ends at the
/// value that is broken; what stands behind the first value is not looked at.
pub(super) fn at(mut path: String, json: &str, offset: usize) -> String {
    let mut value = json;
    let mut offset = offset;
    for _ in 0..MOST_STEPS {
        if path.len() > LONGEST {
            break;
        }
        let mut found = None;
        let finder = Finder {
            parent: value,
            offset,
            path: &mut path,
            found: &mut found,
        };
        // An error only ends the search: the step that was found stays.
        let _ = finder.deserialize(&mut serde_json::Deserializer::from_str(value));
        let Some((start, child)) = found else { break };
        offset -= start;
        value = child;
    }
    path
}

/// Writes the step to the entry under `key`.
pub(super) fn push_key(path: &mut String, key: &str) {
    let end = key.char_indices().nth(LONGEST_KEY);
    let (key, rest) = key.split_at(end.map_or(key.len(), |(at, _)| at));
    let more = if rest.is_empty() { "" } else { "…" };
    let plain = key.chars().all(|c| c.is_alphanumeric() || c == '_') && !key.is_empty();
    let step = if plain {
        write!(path, ".{key}{more}")
    } else {
        write!(path, "[{key:?}{more}]")
    };
    debug_assert!(step.is_ok(), "writing to a String does not fail");
}

/// Finds the child of an object or array that holds an offset,
/// and writes its step onto the path.
struct Finder<'a, 'j> {
    parent: &'j str,
    offset: usize,
    path: &'a mut String,
    found: &'a mut Option<(usize, &'j str)>,
}

impl<'j> Finder<'_, 'j> {
    fn holds(&mut self, child: &'j RawValue) -> bool {
        // Both are parts of one text, so their addresses tell how far apart they are.
        let start = child.get().as_ptr().addr() - self.parent.as_ptr().addr();
        let holds = start <= self.offset && self.offset <= start + child.get().len();
        if holds {
            *self.found = Some((start, child.get()));
        }
        holds
    }
}

impl<'j> DeserializeSeed<'j> for Finder<'_, 'j> {
    type Value = ();

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'j> Visitor<'j> for Finder<'_, 'j> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'j>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<String, &'j RawValue>()? {
            if self.holds(value) {
                push_key(self.path, &key);
                break;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'j>>(mut self, mut sequence: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(value) = sequence.next_element::<&'j RawValue>()? {
            if self.holds(value) {
                let step = write!(self.path, "[{index}]");
                debug_assert!(step.is_ok(), "writing to a String does not fail");
                break;
            }
            index += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::offset;

    fn at(json: &str, offset: usize) -> String {
        super::at("args".to_owned(), json, offset)
    }

    #[test]
    fn a_byte_of_a_nested_value_is_told_by_its_path() {
        let json = r#"{"order": {"lines": [1, 2, {"price": "x"}]}}"#;
        let end_of_price = json.find(r#""x""#).unwrap() + 3;
        assert_eq!(at(json, end_of_price), "args.order.lines[2].price");
    }

    #[test]
    fn a_key_that_is_no_word_is_quoted() {
        let json = r#"{"a b": true}"#;
        assert_eq!(at(json, json.len() - 1), r#"args["a b"]"#);
    }

    #[test]
    fn of_a_long_key_the_beginning_is_told() {
        let long = "é".repeat(101);
        let told = "é".repeat(100);
        let json = format!(r#"{{"{long}": {{" {long}": 0}}}}"#);
        let expected = format!("args.{told}…[\" {}\"…]", "é".repeat(99));
        assert_eq!(at(&json, json.len() - 2), expected);
        assert_eq!(
            at(&format!(r#"{{"{told}": 0}}"#), 205),
            format!("args.{told}")
        );
    }

    #[test]
    fn a_byte_outside_of_all_children_is_the_value_itself() {
        assert_eq!(at(r#"{"a": 1}"#, 8), "args");
    }

    #[test]
    fn a_line_and_column_are_counted_from_the_last_newline() {
        assert_eq!(offset("ab\ncd\nef", 1, 2), 2);
        assert_eq!(offset("ab\ncd\nef", 3, 1), 7);
    }

    proptest::proptest! {
        #[test]
        fn every_byte_of_any_text_has_a_path(text in r#"[\[\]{}:,"a0ä\\ \n]{0,60}"#, at_byte in 0..80_usize) {
            let path = at(&text, at_byte);
            proptest::prop_assert!(path.starts_with("args"));
        }

        #[test]
        fn every_line_and_column_of_any_text_is_a_byte(text in "[a\n]{0,40}", line in 0..50_usize, column in 0..50_usize) {
            proptest::prop_assert!(offset(&text, line, column) <= text.len() + column);
        }
    }
}
