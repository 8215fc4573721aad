//! What is kept, and for how long.

use super::{Listing, ModulesError, add, assert_consistent, ids, names, new, open, stream_of};

#[tokio::test]
async fn a_module_is_there_until_it_is_removed_whatever_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let modules = open(folder.path()).await;
    let received = modules.receive(stream_of(b"bytes")).await.unwrap();
    let added = modules
        .add(new("a", Some("first")), received)
        .await
        .unwrap();
    modules.close().await;

    let modules = open(folder.path()).await;
    let found = modules.get(&added.id).await.unwrap().unwrap();
    assert_eq!(*found, added);
    assert_eq!(modules.bytes(found.sha256).await.unwrap(), "bytes");
    assert_eq!(std::fs::read(&found.filepath).unwrap(), b"bytes");

    let removed = modules.remove(&added.id).await.unwrap().unwrap();
    assert_eq!((removed.module, removed.was_last), (added.clone(), true));
    assert_eq!(modules.get(&added.id).await.unwrap(), None);
    assert_eq!(modules.remove(&added.id).await.unwrap(), None);
    assert_consistent(folder.path(), &modules).await;
}

#[tokio::test]
async fn bytes_are_shared_between_ids_and_go_with_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let modules = open(folder.path()).await;
    let a = add(&modules, "a", b"same").await.unwrap();
    let b = add(&modules, "b", b"same").await.unwrap();
    assert_eq!(a.filepath, b.filepath);
    assert!(!modules.remove(&a.id).await.unwrap().unwrap().was_last);
    assert_consistent(folder.path(), &modules).await;
    assert!(modules.remove(&b.id).await.unwrap().unwrap().was_last);
    assert!(!b.filepath.exists());
}

#[tokio::test]
async fn an_id_that_is_taken_stays_with_who_was_first() {
    let folder = tempfile::tempdir().unwrap();
    let modules = open(folder.path()).await;
    let first = add(&modules, "a", b"first").await.unwrap();
    let second = add(&modules, "a", b"second").await;
    assert!(matches!(second, Err(ModulesError::Exists(id)) if id.as_str() == "a"));
    let found = modules.get(&first.id).await.unwrap().unwrap();
    assert_eq!(*found, first);
    assert_consistent(folder.path(), &modules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_one_id_at_once_exactly_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let modules = open(folder.path()).await;
    let all: [&'static [u8]; 6] = [b"0", b"1", b"2", b"3", b"4", b"5"];
    let adding = all.map(|bytes| add(&modules, "a", bytes));
    let added = futures_util::future::join_all(adding).await;
    assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 1);
    assert_consistent(folder.path(), &modules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_come_and_go_at_once_are_there_for_those_who_stay() {
    let folder = tempfile::tempdir().unwrap();
    let modules = open(folder.path()).await;
    for _ in 0..20 {
        let leaving = add(&modules, "leaves", b"same").await.unwrap();
        let (added, removed) =
            tokio::join!(add(&modules, "stays", b"same"), modules.remove(&leaving.id));
        removed.unwrap().unwrap();
        assert_consistent(folder.path(), &modules).await;
        modules.remove(&added.unwrap().id).await.unwrap();
    }
}

#[tokio::test]
async fn a_removed_module_is_gone_at_once_even_where_it_was_asked_for_just_now() {
    let folder = tempfile::tempdir().unwrap();
    let modules = open(folder.path()).await;
    let old = add(&modules, "a", b"old").await.unwrap();
    modules.get(&old.id).await.unwrap().unwrap();
    modules.remove(&old.id).await.unwrap().unwrap();
    assert_eq!(modules.get(&old.id).await.unwrap(), None);
    let new = add(&modules, "a", b"new").await.unwrap();
    assert_eq!(*modules.get(&old.id).await.unwrap().unwrap(), new);
}

#[tokio::test]
async fn a_list_is_sorted_cut_and_filtered_and_knows_how_many_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let modules = open(folder.path()).await;
    for (id, description) in [
        ("beta", None),
        ("alpha", Some("links ASSETS, 100%")),
        ("gamma", Some("hello")),
    ] {
        let received = modules.receive(stream_of(b"same")).await.unwrap();
        modules.add(new(id, description), received).await.unwrap();
    }
    assert_eq!(ids(&modules).await, ["alpha", "beta", "gamma"]);
    let list = async |skip, limit, text: Option<&str>| {
        let text = text.map(str::to_owned);
        let listed = modules.list(&Listing { skip, limit, text }).await.unwrap();
        let ids = listed.modules.iter().map(|module| module.id.to_string());
        (ids.collect::<Vec<_>>().join(" "), listed.total)
    };
    assert_eq!(list(1, 1, None).await, ("beta".to_owned(), 3));
    assert_eq!(list(9, 9, None).await, (String::new(), 3));
    assert_eq!(list(0, 9, Some("assets")).await, ("alpha".to_owned(), 1));
    assert_eq!(list(0, 9, Some("MM")).await, ("gamma".to_owned(), 1));
    assert_eq!(list(0, 9, Some("%")).await, ("alpha".to_owned(), 1));
    assert_eq!(list(0, 9, Some("_")).await, (String::new(), 0));
}

#[tokio::test]
async fn a_start_leaves_files_alone_that_are_no_modules() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()).await);
    let own = folder.path().join("modules/README.txt");
    let stray = folder
        .path()
        .join(format!("modules/{}.wasm", "0".repeat(64)));
    std::fs::write(&own, "mine").unwrap();
    std::fs::write(&stray, "nobody's").unwrap();
    drop(open(folder.path()).await);
    assert_eq!(
        names(&folder.path().join("modules")),
        ["README.txt", "incoming"]
    );
}

#[tokio::test]
async fn a_second_process_does_not_take_away_what_the_first_is_receiving() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await;
    let received = first.receive(stream_of(b"bytes")).await.unwrap();
    let second = open(folder.path()).await;
    let added = first.add(new("a", None), received).await.unwrap();
    assert_eq!(second.bytes(added.sha256).await.unwrap(), "bytes");
    assert_consistent(folder.path(), &second).await;
}
