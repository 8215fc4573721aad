//! What counts as a link.

use serde::Serialize;

/// A link, and where in the asset it stands.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Link<'a> {
    pub(crate) kind: Kind,
    pub(crate) target: &'a str,
    /// A JSON Pointer.
    pub(crate) at: String,
}

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Something that has an address: a URI, or a `$ref` to another document.
    Address,
    /// Another asset, named by its id.
    Asset,
    /// A place in this asset: a `$ref` that begins with `#`.
    Place,
}

impl Kind {
    /// What a text links to that stands under this key, if to anything.
    pub(crate) fn of(key: &str, text: &str) -> Option<Self> {
        if key == "$ref" {
            return Some(match text.starts_with('#') {
                true => Self::Place,
                false => Self::Address,
            });
        }
        if names_assets(key) {
            return (!text.is_empty()).then_some(Self::Asset);
        }
        is_uri(text).then_some(Self::Address)
    }
}

/// Whether what stands under a key is ids of assets: `asset_id`, `assetIds`,
/// `spare_asset_id` and so on.
fn names_assets(key: &str) -> bool {
    let key: String = key.chars().filter(|char| *char != '_').collect();
    let key = key.to_ascii_lowercase();
    key.ends_with("assetid") || key.ends_with("assetids")
}

/// Whether a text is a URI and nothing else.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char));
    let leads_somewhere = match scheme {
        "urn" => rest.contains(':'),
        _ => rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty()),
    };
    is_scheme && leads_somewhere && !text.contains(|char: char| char.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::{is_uri, names_assets};

    #[test]
    fn a_uri_is_told_from_prose() {
        for uri in ["https://a", "s3://bucket/key", "file:///x", "urn:isbn:1"] {
            assert!(is_uri(uri), "{uri}");
        }
        for prose in [
            "",
            ":",
            "https://",
            "see: //there",
            "https://a b",
            "urn:x",
            "1s://a",
        ] {
            assert!(!is_uri(prose), "{prose}");
        }
    }

    #[test]
    fn ids_of_assets_are_known_by_their_key() {
        for key in ["asset_id", "assetId", "asset_ids", "parentAssetId"] {
            assert!(names_assets(key), "{key}");
        }
        for key in ["id", "asset", "asset_idea", ""] {
            assert!(!names_assets(key), "{key}");
        }
    }
}
