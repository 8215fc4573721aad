//! What comes out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::link::{Kind, Link};
use crate::walk;

/// The links of an asset.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    /// The id that the asset gives itself.
    asset_id: Option<&'a str>,
    /// How many links there are.
    total: usize,
    /// How many of each kind.
    counts: BTreeMap<Kind, usize>,
    /// The other assets that it links to, each once.
    assets: BTreeSet<&'a str>,
    /// The places in itself that it links to and does not have, each once.
    broken: BTreeSet<&'a str>,
    /// All links, with where they stand.
    links: Vec<Link<'a>>,
}

impl<'a> Report<'a> {
    pub(crate) fn of(asset: &'a Value) -> Self {
        let links = walk::links(asset);
        let mut counts = BTreeMap::new();
        for link in &links {
            *counts.entry(link.kind).or_default() += 1;
        }
        let targets = |kind: Kind| {
            let links = links.iter().filter(move |link| link.kind == kind);
            links.map(|link| link.target)
        };
        let has = |place: &str| {
            let pointer = place.strip_prefix('#').unwrap_or(place);
            asset.pointer(pointer).is_some()
        };
        Self {
            asset_id: walk::own_id(asset),
            total: links.len(),
            assets: targets(Kind::Asset).collect(),
            broken: targets(Kind::Place).filter(|place| !has(place)).collect(),
            counts,
            links,
        }
    }
}
