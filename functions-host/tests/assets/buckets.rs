//! Objects, on a real server of them.

use std::fs;

use functions_host::assets::{Assets, AssetsConfig, S3Config};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::bench::{MOST, Names, config, policy, trouble};

/// A store with the buckets `open` and `closed`.
struct Store {
    folder: TempDir,
    endpoint: String,
    task: JoinHandle<()>,
}

impl Store {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for bucket in ["open", "closed"] {
            fs::create_dir_all(folder.path().join(bucket).join("deep")).unwrap();
            fs::write(folder.path().join(bucket).join("deep/a b"), bucket).unwrap();
        }
        let files = FileSystem::new(folder.path()).unwrap();
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single("id", "key"));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    let server = Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self {
            folder,
            endpoint,
            task,
        }
    }

    fn assets(&self, change: impl FnOnce(&mut S3Config)) -> Assets {
        Assets::new(self.config(change)).unwrap()
    }

    fn config(&self, change: impl FnOnce(&mut S3Config)) -> AssetsConfig {
        let mut s3 = S3Config::default();
        s3.buckets = vec!["open".to_owned()];
        s3.endpoint = Some(self.endpoint.clone());
        s3.access_key_id = Some("id".to_owned());
        s3.secret_access_key = Some("key".to_owned());
        change(&mut s3);
        // No address is open to tenants: that of the store is not theirs to choose.
        let mut config = config(policy(&[]), Names::new(&[]));
        config.s3 = Some(s3);
        config
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn an_object_of_an_open_bucket_is_read() {
    let store = Store::start().await;
    let assets = store.assets(|_| {});
    for _ in 0..2 {
        assert_eq!(assets.fetch("s3://open/deep/a%20b").await.unwrap(), "open");
    }
    assert_eq!(assets.fetch("S3://open/deep/a b").await.unwrap(), "open");
}

#[tokio::test]
async fn the_variables_of_the_store_count_where_nothing_else_is_said() {
    let store = Store::start().await;
    let endpoint = store.endpoint.clone();
    let assets = store.assets(|s3| {
        s3.endpoint = None;
        s3.access_key_id = None;
        s3.secret_access_key = None;
        let variables = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "key"),
            ("AWS_PAGER", "less"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        s3.variables = variables.into();
    });
    assert_eq!(assets.fetch("s3://open/deep/a%20b").await.unwrap(), "open");
}

#[tokio::test]
async fn other_buckets_are_closed() {
    let store = Store::start().await;
    let assets = store.assets(|_| {});
    for bucket in ["closed", "OPEN", "open.", "other"] {
        let (said, is_transient) = trouble(&assets, &format!("s3://{bucket}/deep/a%20b")).await;
        assert_eq!(
            said,
            "the asset may not be fetched: its bucket is none of those that are open"
        );
        assert!(!is_transient);
    }
    for uri in [
        "s3://open/../closed/deep/a%20b",
        "s3://open/%2e%2e/closed/deep/a%20b",
    ] {
        let (said, is_transient) = trouble(&assets, uri).await;
        assert!(
            said.starts_with("the URI of the asset cannot be used: "),
            "{said}"
        );
        assert!(!is_transient);
    }
}

#[tokio::test]
async fn an_object_that_is_not_there_is_not_looked_for_again() {
    let store = Store::start().await;
    let said = trouble(&store.assets(|_| {}), "s3://open/none").await;
    assert_eq!(said, ("there is no asset at s3://open".to_owned(), false));
}

#[tokio::test]
async fn an_object_may_be_as_large_as_any_other_asset() {
    let store = Store::start().await;
    fs::write(store.folder.path().join("open/most"), vec![7; MOST]).unwrap();
    fs::write(store.folder.path().join("open/more"), vec![7; MOST + 1]).unwrap();
    let assets = store.assets(|_| {});
    assert_eq!(assets.fetch("s3://open/most").await.unwrap().len(), MOST);
    let (said, is_transient) = trouble(&assets, "s3://open/more").await;
    assert_eq!(
        said,
        "the asset is larger than 100000 bytes, which is the most"
    );
    assert!(!is_transient);
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_shown_to_nobody() {
    let store = Store::start().await;
    let assets = store.assets(|s3| s3.secret_access_key = Some("wrong-secret".to_owned()));
    let (said, is_transient) = trouble(&assets, "s3://open/deep/a%20b").await;
    assert_eq!(
        said,
        "the asset may not be fetched: s3://open does not let this host read it"
    );
    assert!(!is_transient);
    let shown = format!("{:?}", store.config(|_| {}).s3);
    assert!(!shown.contains("key") && shown.contains("open"), "{shown}");
}

#[tokio::test]
async fn a_store_that_is_away_is_trouble_that_may_pass() {
    let store = Store::start().await;
    let assets = store.assets(|s3| s3.endpoint = Some("http://127.0.0.1:1".to_owned()));
    let (said, is_transient) = trouble(&assets, "s3://open/deep/a%20b").await;
    assert_eq!(
        said,
        "the asset cannot be reached: s3://open does not answer as it should"
    );
    assert!(is_transient);
}

#[tokio::test]
async fn where_no_bucket_is_open_that_is_said() {
    let assets = crate::bench::assets(|_| {});
    let (said, is_transient) = trouble(&assets, "s3://open/deep/file").await;
    assert_eq!(
        said,
        "assets by the scheme s3 are not open here; FUNCTIONS_HOST_S3_BUCKETS would open them"
    );
    assert!(!is_transient);
}

#[tokio::test]
async fn half_a_key_is_told_at_once() {
    let store = Store::start().await;
    let error = Assets::new(store.config(|s3| s3.access_key_id = None)).unwrap_err();
    assert!(error.to_string().contains("belong together"), "{error}");
}
