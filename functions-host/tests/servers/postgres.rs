//! A PostgreSQL of a test's own, which can be stopped and started again.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::geteuid;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use url::Url;

/// Where its programs are.
const BIN: &str = "FUNCTIONS_TEST_POSTGRES_BIN";

/// Whom it runs as where this is root, as whom it refuses to.
const NOBODY: u32 = 65534;

/// Runs a server for as long as the standard input is open, which it is no longer once this
/// process has ended, in whichever way.
const RUN: &str = r#"
exec 3<&0
"$@" 3<&- & server=$!
{ cat <&3 >/dev/null; kill -QUIT $server; } &
wait $server
"#;

/// Of the user `postgres`.
pub(crate) const PASSWORD: &str = "hush-hush";

pub(crate) struct Postgres {
    bin: PathBuf,
    folder: TempDir,
    port: u16,
    server: Option<Child>,
}

impl Postgres {
    /// Makes one that wants the password, and starts it.
    pub(crate) async fn start() -> Self {
        let mut postgres = Self::make();
        postgres.start_again().await;
        postgres
    }

    /// Makes one that speaks TLS and nothing else, with this certificate and its key.
    pub(crate) async fn start_with_tls(certificate: &str, key: &str) -> Self {
        let mut postgres = Self::make();
        let data = postgres.data();
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            fs::write(data.join(name), text).unwrap();
            fs::set_permissions(data.join(name), fs::Permissions::from_mode(0o600)).unwrap();
            own(&data.join(name));
        }
        let rules = "hostssl all all 127.0.0.1/32 scram-sha-256\n";
        fs::write(data.join("pg_hba.conf"), rules).unwrap();
        fs::write(data.join("postgresql.auto.conf"), "ssl = on\n").unwrap();
        postgres.start_again().await;
        postgres
    }

    fn make() -> Self {
        let bin = std::env::var(BIN);
        let bin = bin.unwrap_or_else(|_| panic!("{BIN} is to name the folder of `postgres`"));
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let postgres = Self {
            bin: bin.into(),
            folder,
            port: port.unwrap().port(),
            server: None,
        };
        let (data, password) = (postgres.data(), postgres.folder.path().join("password"));
        fs::create_dir(&data).unwrap();
        own(&data);
        fs::write(&password, PASSWORD).unwrap();
        own(&password);
        let made = postgres
            .command(&postgres.bin.join("initdb"))
            .args(["-U", "postgres", "-E", "UTF8", "--locale", "C", "--no-sync"])
            .args(["-A", "scram-sha-256", "--pwfile"])
            .args([&password, Path::new("-D"), &data])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        postgres
    }

    /// Starts it, where it was before, and waits until it answers.
    pub(crate) async fn start_again(&mut self) {
        let port = self.port.to_string();
        let server = self
            .command(Path::new("/bin/sh"))
            .args(["-c", RUN, "run"])
            .args([self.bin.join("postgres"), "-D".into(), self.data()])
            .args(["-p", &port, "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        self.server = Some(server.unwrap());
        let options = PgConnectOptions::from_url(&self.url()).unwrap();
        loop {
            if let Ok(connection) = options.connect().await {
                let _ = connection.close().await;
                return;
            }
            let ended = self.server.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "the server ends: {ended:?}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Ends it at once: whoever is connected is cut off.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            drop(server.stdin.take());
            server.wait().unwrap();
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Of its first database, and with the password.
    pub(crate) fn url(&self) -> Url {
        let port = self.port;
        let url = format!("postgres://postgres:{PASSWORD}@127.0.0.1:{port}/postgres");
        url.parse().unwrap()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        if geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Gives a file to whom the server runs as.
fn own(path: &Path) {
    if geteuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}
