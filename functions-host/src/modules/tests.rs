//! Modules: kept, listed, shared, removed, and all of it killed in the middle.

mod bounds;
mod changing;
mod keeping;
mod killed;

use std::convert::Infallible;
use std::path::Path;

use bytes::Bytes;
use futures_util::{Stream, stream};

use super::steps::Step;
use super::{Digest, Listing, Module, Modules, ModulesConfig, ModulesError, NewModule, Terms};

pub(super) use killed::done;

fn config(folder: &Path) -> ModulesConfig {
    ModulesConfig {
        reserve: 0,
        ..ModulesConfig::new(folder.join("modules"), folder.join("functions.db"))
    }
}

async fn open(folder: &Path) -> Modules {
    Modules::open(config(folder)).await.unwrap()
}

fn stream_of(bytes: &'static [u8]) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::iter([Ok(Bytes::from_static(bytes))])
}

fn new(id: &str, description: Option<&str>) -> NewModule {
    NewModule {
        id: id.parse().unwrap(),
        abi: "pointer".to_owned(),
        terms: Terms {
            description: description.map(str::to_owned),
            ..Terms::default()
        },
    }
}

async fn add(modules: &Modules, id: &str, bytes: &'static [u8]) -> Result<Module, ModulesError> {
    let received = modules.receive(stream_of(bytes)).await.unwrap();
    modules.add(new(id, None), received).await
}

async fn ids(modules: &Modules) -> Vec<String> {
    let wanted = Listing {
        limit: 100,
        ..Listing::default()
    };
    let listed = modules.list(&wanted).await.unwrap();
    let ids = listed.modules.iter().map(|module| module.id.to_string());
    ids.collect()
}

/// Whether the folder holds what the modules need, and nothing else.
async fn assert_consistent(folder: &Path, modules: &Modules) {
    let mut needed = Vec::new();
    for id in ids(modules).await {
        let module = modules.get(&id.parse().unwrap()).await.unwrap().unwrap();
        let bytes = modules.bytes(module.sha256).await.unwrap();
        assert_eq!(Digest::of(&bytes), module.sha256);
        needed.push(format!("{}.wasm", module.sha256));
    }
    needed.push("incoming".to_owned());
    needed.sort();
    needed.dedup();
    assert_eq!(names(&folder.join("modules")), needed);
    assert!(names(&folder.join("modules/incoming")).is_empty());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
