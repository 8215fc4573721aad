//! Files, and what only looks like them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use functions_host::assets::Assets;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use crate::bench::{MOST, assets, trouble};

/// A folder that is open, with `file`, `deep/file` and `a b`, beside one that is not, with
/// `secret`.
struct Desk {
    all: TempDir,
    assets: Assets,
}

impl Desk {
    fn new() -> Self {
        let all = tempfile::tempdir().unwrap();
        let open = all.path().join("open");
        fs::create_dir_all(open.join("deep")).unwrap();
        fs::create_dir(all.path().join("closed")).unwrap();
        for (path, text) in [
            ("open/file", "a file"),
            ("open/deep/file", "a deep file"),
            ("open/a b", "blank"),
            ("closed/secret", "secret"),
            ("open-too", "its name begins in the same way"),
        ] {
            fs::write(all.path().join(path), text).unwrap();
        }
        let assets = assets(|config| config.folders = vec![open]);
        Self { all, assets }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.all.path().join(path)
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}/{path}", self.all.path().display())
    }

    async fn refused(&self, path: &str, why: &str) {
        let (said, is_transient) = trouble(&self.assets, &self.uri(path)).await;
        assert_eq!(
            said,
            format!("the asset may not be fetched: {why}"),
            "{path}"
        );
        assert!(!is_transient);
    }
}

const ELSEWHERE: &str = "it is in none of the folders that are open";
const LINK: &str = "a link leads out of the folder that is open";
const STRANGE: &str = "it is no ordinary file";

#[tokio::test]
async fn a_file_in_an_open_folder_is_read() {
    let desk = Desk::new();
    for (path, text) in [
        ("open/file", "a file"),
        ("open/deep/file", "a deep file"),
        ("open/a%20b", "blank"),
        ("open/%66ile", "a file"),
        ("open//file", "a file"),
        ("open/./file", "a file"),
        ("open/deep/../file", "a file"),
        ("closed/../open/file", "a file"),
    ] {
        assert_eq!(
            desk.assets.fetch(&desk.uri(path)).await.unwrap(),
            text,
            "{path}"
        );
    }
    let local = desk.uri("open/file").replace("file://", "file://localhost");
    assert_eq!(desk.assets.fetch(&local).await.unwrap(), "a file");
}

#[tokio::test]
async fn no_path_leads_out_of_it() {
    let desk = Desk::new();
    for path in [
        "closed/secret",
        "closed/nothing-is-there",
        "open/../closed/secret",
        "open/%2e%2e/closed/secret",
        "open/.%2E/closed/secret",
        "open-too",
        "",
        "../../../../../../etc/passwd",
    ] {
        desk.refused(path, ELSEWHERE).await;
    }
    for path in [
        "open/..%2fclosed/secret",
        "open/deep%2f..%2f..%2fclosed/secret",
    ] {
        desk.refused(path, "its path has `..` in it").await;
    }
    for path in [
        "open/%252e%252e/closed/secret",
        "open/..%5cclosed%5csecret",
        "open/deep/none",
    ] {
        let (said, is_transient) = trouble(&desk.assets, &desk.uri(path)).await;
        assert!(said.starts_with("there is no asset at "), "{said}");
        assert!(!is_transient);
    }
    let (said, _) = trouble(&desk.assets, &desk.uri("open/file%00.txt")).await;
    assert!(
        said.starts_with("the asset may not be fetched: ") || said.starts_with("the URI"),
        "{said}"
    );
}

#[tokio::test]
async fn no_link_leads_out_of_it() {
    let desk = Desk::new();
    symlink(desk.path("closed/secret"), desk.path("open/absolute")).unwrap();
    symlink("../closed/secret", desk.path("open/relative")).unwrap();
    symlink(desk.path("closed"), desk.path("open/folder")).unwrap();
    symlink("absolute", desk.path("open/twice")).unwrap();
    symlink("/", desk.path("open/root")).unwrap();
    for path in [
        "absolute",
        "relative",
        "folder/secret",
        "twice",
        "root/etc/passwd",
        "deep/../folder/secret",
    ] {
        desk.refused(&format!("open/{path}"), LINK).await;
    }
    symlink("circle", desk.path("open/circle")).unwrap();
    assert!(desk.assets.fetch(&desk.uri("open/circle")).await.is_err());
    symlink("gone", desk.path("open/dangling")).unwrap();
    let (said, _) = trouble(&desk.assets, &desk.uri("open/dangling")).await;
    assert!(said.starts_with("there is no asset at "), "{said}");
}

#[tokio::test]
async fn a_link_within_it_is_followed() {
    let desk = Desk::new();
    symlink("deep/file", desk.path("open/link")).unwrap();
    symlink(desk.path("open/deep"), desk.path("open/folder")).unwrap();
    for path in ["open/link", "open/folder/file"] {
        assert_eq!(
            desk.assets.fetch(&desk.uri(path)).await.unwrap(),
            "a deep file"
        );
    }
}

#[tokio::test]
async fn a_folder_may_itself_be_a_link() {
    let desk = Desk::new();
    symlink(desk.path("open"), desk.path("linked")).unwrap();
    let folder = desk.path("linked");
    let assets = assets(|config| config.folders = vec![folder]);
    for path in ["linked/file", "open/file"] {
        assert_eq!(assets.fetch(&desk.uri(path)).await.unwrap(), "a file");
    }
}

#[tokio::test]
async fn only_ordinary_files_are_read() {
    let desk = Desk::new();
    // Whoever opens this one for reading waits for a writer.
    mknodat(
        CWD,
        desk.path("open/fifo"),
        FileType::Fifo,
        Mode::RUSR | Mode::WUSR,
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(desk.path("open/socket")).unwrap();
    for path in ["open/fifo", "open/socket", "open/deep", "open/", "open"] {
        desk.refused(path, STRANGE).await;
    }
    let devices = assets(|config| config.folders = vec!["/dev".into()]);
    for path in ["zero", "null", "tty", "stdin"] {
        let (said, _) = trouble(&devices, &format!("file:///dev/{path}")).await;
        assert!(!said.contains("larger"), "{path}: {said}");
    }
    let system = assets(|config| config.folders = vec!["/proc".into()]);
    let (said, _) = trouble(&system, "file:///proc/self/root/etc/passwd").await;
    assert!(said.contains(LINK), "{said}");
}

#[tokio::test]
async fn a_file_may_be_as_large_as_any_other_asset() {
    let desk = Desk::new();
    fs::write(desk.path("open/most"), vec![7; MOST]).unwrap();
    fs::write(desk.path("open/more"), vec![7; MOST + 1]).unwrap();
    fs::write(desk.path("open/none"), "").unwrap();
    assert_eq!(
        desk.assets
            .fetch(&desk.uri("open/most"))
            .await
            .unwrap()
            .len(),
        MOST
    );
    assert_eq!(desk.assets.fetch(&desk.uri("open/none")).await.unwrap(), "");
    let (said, is_transient) = trouble(&desk.assets, &desk.uri("open/more")).await;
    assert_eq!(
        said,
        "the asset is larger than 100000 bytes, which is the most"
    );
    assert!(!is_transient);
}

#[tokio::test]
async fn a_file_that_says_another_length_than_it_has_is_not_taken() {
    let system = assets(|config| config.folders = vec!["/proc/sys".into()]);
    let (said, is_transient) = trouble(&system, "file:///proc/sys/kernel/ostype").await;
    assert!(
        said.ends_with("the file changes while it is read"),
        "{said}"
    );
    assert!(is_transient);
}

#[tokio::test]
async fn where_no_folder_is_open_nothing_is_looked_at() {
    let (said, is_transient) = trouble(&assets(|_| {}), "file:///etc/passwd").await;
    assert_eq!(
        said,
        "assets by the scheme file are not open here; FUNCTIONS_HOST_ASSET_FOLDERS would open them"
    );
    assert!(!is_transient);
}

#[test]
fn a_folder_that_is_not_there_is_told_at_once() {
    for path in ["/nowhere", "/etc/passwd"] {
        let mut config =
            crate::bench::config(crate::bench::policy(&[]), crate::bench::Names::new(&[]));
        config.folders = vec![Path::new(path).to_owned()];
        let error = Assets::new(config).unwrap_err().to_string();
        assert!(error.starts_with(&format!("the folder for assets {path} cannot be opened: ")));
    }
}
