//! What is kept, and for how long.

use super::{Ground, Listing, ModulesError, add, assert_consistent, ids, new, remove, stream_of};

super::on_all! {
    a_module_is_there_until_it_is_removed_whatever_restarts
    bytes_are_shared_between_ids_and_go_with_the_last
    an_id_that_is_taken_stays_with_who_was_first
    of_many_who_want_one_id_at_once_exactly_one_gets_it
    bytes_that_come_and_go_at_once_are_there_for_those_who_stay
    a_removed_module_is_gone_at_once_even_where_it_was_asked_for_just_now
    a_list_is_sorted_cut_and_filtered_and_knows_how_many_there_are
    lists_are_sorted_and_filtered_by_bytes_but_for_the_case_of_ascii
    a_second_process_does_not_take_away_what_the_first_is_receiving
}

async fn a_module_is_there_until_it_is_removed_whatever_restarts(ground: &Ground) {
    let modules = ground.open().await;
    let received = modules.receive(stream_of(b"bytes")).await.unwrap();
    let added = modules
        .add(new("a", Some("first")), received)
        .await
        .unwrap();
    modules.close().await;

    let modules = ground.open().await;
    let found = modules.get(&added.id).await.unwrap().unwrap();
    assert_eq!(*found, added);
    assert_eq!(modules.bytes(&found).await.unwrap(), "bytes");
    let [file] = &ground.files()[..] else {
        panic!("there is one file: {:?}", ground.files());
    };
    assert_eq!(std::fs::read(file).unwrap(), b"bytes");
    let told = match ground.has_bucket() {
        true => found.filepath.strip_prefix("s3://functions/").unwrap(),
        false => found.filepath.as_str(),
    };
    assert!(file.ends_with(told), "{file:?} {told}");

    let removed = modules.remove(&added.id).await.unwrap().unwrap();
    assert_eq!((removed.module, removed.was_last), (added.clone(), true));
    assert_eq!(modules.get(&added.id).await.unwrap(), None);
    assert_eq!(modules.remove(&added.id).await.unwrap(), None);
    assert_consistent(ground, &modules).await;
}

async fn bytes_are_shared_between_ids_and_go_with_the_last(ground: &Ground) {
    let modules = ground.open().await;
    let a = add(&modules, "a", b"same").await.unwrap();
    let b = add(&modules, "b", b"same").await.unwrap();
    assert_eq!(a.filepath, b.filepath);
    assert_eq!(ground.objects().len(), 1);
    assert_eq!(remove(&modules, "a").await, Some(false));
    assert_consistent(ground, &modules).await;
    assert_eq!(remove(&modules, "b").await, Some(true));
    assert!(ground.objects().is_empty());
}

async fn an_id_that_is_taken_stays_with_who_was_first(ground: &Ground) {
    let modules = ground.open().await;
    let first = add(&modules, "a", b"first").await.unwrap();
    let second = add(&modules, "a", b"second").await;
    assert!(matches!(second, Err(ModulesError::Exists(id)) if id.as_str() == "a"));
    let found = modules.get(&first.id).await.unwrap().unwrap();
    assert_eq!(*found, first);
    assert_consistent(ground, &modules).await;
}

async fn of_many_who_want_one_id_at_once_exactly_one_gets_it(ground: &Ground) {
    let modules = ground.open().await;
    let all: [&'static [u8]; 6] = [b"0", b"1", b"2", b"3", b"4", b"5"];
    let adding = all.map(|bytes| add(&modules, "a", bytes));
    let added = futures_util::future::join_all(adding).await;
    assert_eq!(added.iter().filter(|added| added.is_ok()).count(), 1);
    let is_told = |added: &Result<_, _>| matches!(added, Ok(_) | Err(ModulesError::Exists(_)));
    assert!(added.iter().all(is_told), "{added:?}");
    assert_consistent(ground, &modules).await;
}

async fn bytes_that_come_and_go_at_once_are_there_for_those_who_stay(ground: &Ground) {
    let modules = ground.open().await;
    for _ in 0..20 {
        let leaving = add(&modules, "leaves", b"same").await.unwrap();
        let (added, removed) =
            tokio::join!(add(&modules, "stays", b"same"), modules.remove(&leaving.id));
        removed.unwrap().unwrap();
        assert_consistent(ground, &modules).await;
        modules.remove(&added.unwrap().id).await.unwrap();
    }
}

async fn a_removed_module_is_gone_at_once_even_where_it_was_asked_for_just_now(ground: &Ground) {
    let modules = ground.open().await;
    let old = add(&modules, "a", b"old").await.unwrap();
    modules.get(&old.id).await.unwrap().unwrap();
    modules.remove(&old.id).await.unwrap().unwrap();
    assert_eq!(modules.get(&old.id).await.unwrap(), None);
    let new = add(&modules, "a", b"new").await.unwrap();
    assert_eq!(*modules.get(&old.id).await.unwrap().unwrap(), new);
}

async fn a_list_is_sorted_cut_and_filtered_and_knows_how_many_there_are(ground: &Ground) {
    let modules = ground.open().await;
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

async fn lists_are_sorted_and_filtered_by_bytes_but_for_the_case_of_ascii(ground: &Ground) {
    let modules = ground.open().await;
    for (id, description) in [
        ("b", "ÄRGER"),
        ("B", "Straße"),
        ("a-1", "I"),
        ("a1", "ı"),
        ("A_1", "ärger"),
        (".a", "plain%_\\"),
    ] {
        let received = modules.receive(stream_of(b"same")).await.unwrap();
        modules
            .add(new(id, Some(description)), received)
            .await
            .unwrap();
    }
    assert_eq!(ids(&modules).await, [".a", "A_1", "B", "a-1", "a1", "b"]);
    let found = async |text: &str, skip: u64| {
        let text = Some(text.to_owned());
        let limit = i64::MAX.unsigned_abs();
        let listed = modules.list(&Listing { skip, limit, text }).await.unwrap();
        let ids = listed.modules.iter().map(|module| module.id.to_string());
        (ids.collect::<Vec<_>>().join(" "), listed.total)
    };
    assert_eq!(found("ärger", 0).await, ("A_1".to_owned(), 1));
    assert_eq!(found("ÄrGeR", 0).await, ("b".to_owned(), 1));
    assert_eq!(found("STRAßE", 0).await, ("B".to_owned(), 1));
    assert_eq!(found("strasse", 0).await, (String::new(), 0));
    assert_eq!(found("ı", 0).await, ("a1".to_owned(), 1));
    assert_eq!(found("A", 0).await, (".a A_1 B a-1 a1".to_owned(), 5));
    assert_eq!(found("a", 3).await, ("a-1 a1".to_owned(), 5));
    assert_eq!(
        found("a", i64::MAX.unsigned_abs()).await,
        (String::new(), 5)
    );
    assert_eq!(found("%_\\", 0).await, (".a".to_owned(), 1));
    assert_eq!(found("a\0", 0).await, (String::new(), 0));
    assert_eq!(found("", 0).await.1, 6);
}

async fn a_second_process_does_not_take_away_what_the_first_is_receiving(ground: &Ground) {
    let first = ground.open().await;
    let received = first.receive(stream_of(b"bytes")).await.unwrap();
    let second = ground.open().await;
    let added = first.add(new("a", None), received).await.unwrap();
    assert_eq!(second.bytes(&added).await.unwrap(), "bytes");
    assert_consistent(ground, &second).await;
}
