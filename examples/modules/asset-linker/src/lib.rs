//! Finds what an asset links to: other assets by their id, addresses, and places in itself.
//!
//! `link.rs` says what counts as a link, `walk.rs` looks for them, `report.rs` is what
//! comes out.

mod link;
mod report;
mod walk;

use serde_json::Value;

use report::Report;

guest::export!(handle);

/// Makes a report of the links in an asset, which is a JSON document.
///
/// # Errors
/// The input is no JSON.
pub fn handle(input: &[u8]) -> Result<Vec<u8>, String> {
    let asset: Value = serde_json::from_slice(input)
        .map_err(|error| format!("The asset is no JSON document: {error}"))?;
    serde_json::to_vec(&Report::of(&asset)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::handle;
    use serde_json::{Value, json};

    fn report(asset: &Value) -> Value {
        let output = handle(asset.to_string().as_bytes()).unwrap();
        serde_json::from_slice(&output).unwrap()
    }

    #[test]
    fn every_kind_of_link_is_found_with_its_place() {
        let report = report(&json!({
            "asset_id": "pump-7",
            "drawing": "https://files.example/pump-7.pdf",
            "parts": [{"asset_id": "motor-3", "spare_asset_ids": ["motor-4"]}],
            "limits": {"$ref": "#/parts/0"},
            "note": "see https://example.com for more",
        }));
        assert_eq!(report["asset_id"], "pump-7");
        assert_eq!(
            report["links"],
            json!([
                {"kind": "address", "target": "https://files.example/pump-7.pdf", "at": "/drawing"},
                {"kind": "place", "target": "#/parts/0", "at": "/limits/$ref"},
                {"kind": "asset", "target": "motor-3", "at": "/parts/0/asset_id"},
                {"kind": "asset", "target": "motor-4", "at": "/parts/0/spare_asset_ids/0"},
            ])
        );
        assert_eq!(
            report["counts"],
            json!({"address": 1, "asset": 2, "place": 1})
        );
        assert_eq!(report["total"], 4);
    }

    #[test]
    fn an_asset_that_is_linked_to_twice_is_one_asset() {
        let report = report(&json!([{"assetId": "b"}, {"assetId": "a"}, {"assetId": "b"}]));
        assert_eq!(report["total"], 3);
        assert_eq!(report["assets"], json!(["a", "b"]));
        assert_eq!(report["asset_id"], Value::Null);
    }

    #[test]
    fn a_place_that_is_not_there_is_broken() {
        let report = report(&json!({
            "a/b": {"$ref": "#/a~1b"},
            "gone": {"$ref": "#/nowhere"},
            "whole": {"$ref": "#"},
            "other": {"$ref": "other.json#/nowhere"},
        }));
        assert_eq!(report["broken"], json!(["#/nowhere"]));
        assert_eq!(report["links"][0]["at"], "/a~1b/$ref");
        assert_eq!(report["counts"], json!({"address": 1, "place": 3}));
    }

    #[test]
    fn an_asset_without_links_has_none() {
        let report = report(&json!({"$ref": 1, "asset_id": {}, "text": "a: b", "n": null}));
        assert_eq!(
            (&report["total"], &report["links"]),
            (&json!(0), &json!([]))
        );
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_an_error() {
        assert!(
            handle(b"{")
                .unwrap_err()
                .starts_with("The asset is no JSON")
        );
        assert!(handle("[".repeat(1000).as_bytes()).is_err());
    }
}
