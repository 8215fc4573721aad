//! Requests and completions, as [`REQUEST_SCHEMA`](super::super::schema::REQUEST_SCHEMA)
//! and [`COMPLETION_SCHEMA`](super::super::schema::COMPLETION_SCHEMA) say.

use crate::bus::{Completion, Outcome, Request};

/// A request in Avro. Its id and what it repeats have no place there.
pub(in super::super) fn request(request: &Request) -> Vec<u8> {
    let mut out = Vec::new();
    text(&mut out, request.tenant.as_str());
    text(&mut out, &request.asset_id);
    text(&mut out, &request.asset_uri);
    text(&mut out, &request.wasm_module_id);
    long(&mut out, request.event_timestamp);
    out
}

/// A completion in Avro. Its id has no place there.
pub(in super::super) fn completion(completion: &Completion) -> Vec<u8> {
    let mut out = Vec::new();
    text(&mut out, completion.tenant_id.as_str());
    text(&mut out, &completion.asset_id);
    text(&mut out, &completion.wasm_module_id);
    match &completion.outcome {
        Outcome::Success(results) => {
            text(&mut out, "SUCCESS");
            long(&mut out, 1);
            // A map is blocks of entries, of which the last has none.
            if !results.is_empty() {
                length(&mut out, results.len());
                for (key, value) in results {
                    text(&mut out, key);
                    text(&mut out, value);
                }
            }
            length(&mut out, 0);
            long(&mut out, 0);
        }
        Outcome::Failure(why) => {
            text(&mut out, "FAILURE");
            long(&mut out, 0);
            long(&mut out, 1);
            text(&mut out, why);
        }
    }
    long(&mut out, completion.event_timestamp);
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// What is in memory is never longer than a number can say.
fn length(out: &mut Vec<u8>, length: usize) {
    long(out, i64::try_from(length).unwrap_or(i64::MAX));
}

/// A number in groups of seven bits, the lowest first, with its sign in the lowest bit.
fn long(out: &mut Vec<u8>, number: i64) {
    let mut bits = ((number << 1) ^ (number >> 63)).cast_unsigned();
    loop {
        let [group, ..] = (bits & 0x7f).to_le_bytes();
        bits >>= 7;
        if bits == 0 {
            out.push(group);
            return;
        }
        out.push(group | 0x80);
    }
}
