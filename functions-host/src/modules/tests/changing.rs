//! What is said of a module, and said anew.

use std::convert::Infallible;

use serde_json::json;

use super::{Ground, Modules, Terms, add, new, stream_of};
use crate::modules::Module;

super::on_all! {
    what_was_said_at_first_is_there_after_a_restart
    what_is_said_anew_counts_at_once_and_after_a_restart
    a_change_that_fails_or_names_nothing_changes_nothing
}

async fn change(modules: &Modules, id: &str, terms: Terms) -> Option<Module> {
    let change = move |now: &mut Terms| {
        *now = terms;
        Ok::<_, Infallible>(())
    };
    let id = id.parse().unwrap();
    let changed = modules.change(&id, change).await.unwrap();
    changed.map(|Ok(module)| module)
}

fn terms() -> Terms {
    let mut terms = Terms {
        description: Some("what it is for".to_owned()),
        ..Terms::default()
    };
    terms.limits.merge(&json!({"fuel": 9})).unwrap();
    let grants = json!({"environment": {"KEY": "hush"}, "http": ["x.org"]});
    terms.grants.merge(&grants).unwrap();
    terms
}

async fn what_was_said_at_first_is_there_after_a_restart(ground: &Ground) {
    let modules = ground.open().await;
    let received = modules.receive(stream_of(b"bytes")).await.unwrap();
    let mut new = new("a", None);
    new.terms = terms();
    let added = modules.add(new, received).await.unwrap();
    assert_eq!((added.terms(), &added.updated_at), (terms(), &None));
    modules.close().await;
    let modules = ground.open().await;
    assert_eq!(*modules.get(&added.id).await.unwrap().unwrap(), added);
}

async fn what_is_said_anew_counts_at_once_and_after_a_restart(ground: &Ground) {
    let modules = ground.open().await;
    let added = add(&modules, "a", b"bytes").await.unwrap();
    // It is remembered now.
    modules.get(&added.id).await.unwrap().unwrap();
    let changed = change(&modules, "a", terms()).await.unwrap();
    assert_eq!(changed.terms(), terms());
    assert!(changed.updated_at.as_ref().unwrap() >= &added.created_at);
    assert_eq!(changed.created_at, added.created_at);
    assert_eq!(*modules.get(&added.id).await.unwrap().unwrap(), changed);
    let same = change(&modules, "a", terms()).await.unwrap();
    assert_eq!(same, changed);
    modules.close().await;
    let modules = ground.open().await;
    assert_eq!(*modules.get(&added.id).await.unwrap().unwrap(), changed);
    let bare = change(&modules, "a", Terms::default()).await.unwrap();
    assert_eq!(bare.terms(), Terms::default());
}

async fn a_change_that_fails_or_names_nothing_changes_nothing(ground: &Ground) {
    let modules = ground.open().await;
    let added = add(&modules, "a", b"bytes").await.unwrap();
    let fail = |now: &mut Terms| {
        *now = terms();
        Err("no")
    };
    let failed = modules.change(&added.id, fail).await.unwrap();
    assert_eq!(failed, Some(Err("no")));
    assert_eq!(*modules.get(&added.id).await.unwrap().unwrap(), added);
    assert_eq!(change(&modules, "b", terms()).await, None);
    // The connection that writes is free again.
    assert!(change(&modules, "a", terms()).await.is_some());
}
