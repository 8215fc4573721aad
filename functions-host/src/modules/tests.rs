//! Modules: kept, listed, shared, removed, and all of it killed in the middle; on SQLite
//! and on PostgreSQL, each with a folder and with a bucket.

mod bounds;
mod changing;
mod ground;
mod hosts;
mod keeping;
mod killed;
mod sqlite;

#[path = "../../tests/servers/bucket.rs"]
mod bucket;

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{Stream, stream};

use super::steps::Step;
use super::{Digest, Listing, Module, Modules, ModulesConfig, ModulesError, NewModule, Terms};
use ground::Ground;

pub(super) use killed::done;

/// Puts what is promised through all grounds.
macro_rules! on_all {
    ($($promise:ident)*) => {
        mod disk {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $promise() {
                    super::$promise(&super::Ground::disk()).await;
                }
            )*
        }

        mod bucket {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $promise() {
                    super::$promise(&super::Ground::bucket()).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs a PostgreSQL; run by cargo xtask test"]
                async fn $promise() {
                    super::$promise(&super::Ground::postgres().await).await;
                }
            )*
        }

        mod postgres_and_folder {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs a PostgreSQL; run by cargo xtask test"]
                async fn $promise() {
                    super::$promise(&super::Ground::postgres_and_folder().await).await;
                }
            )*
        }
    };
}
use on_all;

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

async fn remove(modules: &Modules, id: &str) -> Option<bool> {
    let removed = modules.remove(&id.parse().unwrap()).await.unwrap();
    removed.map(|removed| removed.was_last)
}

async fn all(modules: &Modules) -> Vec<Module> {
    let wanted = Listing {
        limit: 100,
        ..Listing::default()
    };
    modules.list(&wanted).await.unwrap().modules
}

async fn ids(modules: &Modules) -> Vec<String> {
    let all = all(modules).await;
    all.iter().map(|module| module.id.to_string()).collect()
}

/// Whether what the modules need is there, and nothing else.
async fn assert_consistent(ground: &Ground, modules: &Modules) {
    let mut needed = Vec::new();
    for module in all(modules).await {
        let found = modules.get(&module.id).await.unwrap().unwrap();
        let bytes = modules.bytes(&found).await.unwrap();
        assert_eq!(Digest::of(&bytes), module.sha256);
        needed.push(module.object.to_string());
    }
    needed.sort();
    needed.dedup();
    assert_eq!(ground.objects(), needed);
    assert!(ground.incoming().is_empty());
    assert!(modules.0.registry.loose().await.unwrap().is_empty());
}
