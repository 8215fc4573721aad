//! Looks at every text of an asset.

use serde_json::Value;

use crate::link::{Kind, Link};

/// The links of an asset, in the order of their places. An asset's own id is no link.
pub(crate) fn links(asset: &Value) -> Vec<Link<'_>> {
    let mut walk = Walk {
        at: String::new(),
        links: Vec::new(),
    };
    walk.look("", asset);
    let is_own = |link: &Link<'_>| link.kind == Kind::Asset && is_own_id(&link.at);
    walk.links.retain(|link| !is_own(link));
    walk.links
}

/// The id that an asset gives itself.
pub(crate) fn own_id(asset: &Value) -> Option<&str> {
    OWN_IDS.iter().find_map(|key| asset.get(key)?.as_str())
}

const OWN_IDS: [&str; 2] = ["asset_id", "assetId"];

fn is_own_id(at: &str) -> bool {
    at.strip_prefix('/')
        .is_some_and(|key| OWN_IDS.contains(&key))
}

struct Walk<'a> {
    /// The place that is looked at.
    at: String,
    links: Vec<Link<'a>>,
}

impl<'a> Walk<'a> {
    /// `key` is what the value, or the list that it is in, stands under.
    fn look(&mut self, key: &str, value: &'a Value) {
        match value {
            Value::String(text) => {
                self.links.extend(Kind::of(key, text).map(|kind| Link {
                    kind,
                    target: text,
                    at: self.at.clone(),
                }));
            }
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    self.within(&index.to_string(), key, value);
                }
            }
            Value::Object(values) => {
                for (key, value) in values {
                    self.within(&key.replace('~', "~0").replace('/', "~1"), key, value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn within(&mut self, step: &str, key: &str, value: &'a Value) {
        let here = self.at.len();
        self.at.push('/');
        self.at.push_str(step);
        self.look(key, value);
        self.at.truncate(here);
    }
}
