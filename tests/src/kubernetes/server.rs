//! An API server of the tests' own, with the store that it keeps its objects in.
//!
//! It listens on the loopback address over TLS, for one user with a token. Its store, an
//! etcd, has no password, so its ports are for nobody to know; there is nothing in it but
//! what tests have made up.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kube::Client;
use rcgen::KeyPair;
use tokio::time::{Instant, timeout};

use super::access::{client, kubeconfig};
use super::{PROGRAMS, knative};
use crate::private::certificates::{self, CERTIFICATE, KEY};
use crate::private::keeper::{Group, Keeper};
use crate::private::{self, Private, Process, ports, random, variable};

/// It takes 10 s to start on a machine that has nothing else to do.
const START: Duration = Duration::from_secs(240);
/// One that is half started may keep one waiting.
const ANSWER: Duration = Duration::from_secs(20);
const KUBECONFIG: &str = "kubeconfig";
/// What service accounts are signed with, and what shows that they are.
const ACCOUNTS_KEY: &str = "accounts.key";
const ACCOUNTS: &str = "accounts.pem";
const TOKENS: &str = "tokens.csv";

/// A server that was started for tests and ends with them.
#[derive(Debug)]
pub struct ApiServer {
    kubeconfig: PathBuf,
    server: Private,
}

impl ApiServer {
    /// Makes one and starts it, with the Services of Knative.
    ///
    /// # Panics
    /// There is nothing to make it of: these tests run by `cargo xtask test`.
    pub async fn launch() -> Self {
        private::launch("kube-apiserver", Self::attempt).await
    }

    async fn attempt() -> Result<Self, String> {
        let programs = variable(PROGRAMS).unwrap_or_else(|| {
            panic!("no kube-apiserver ({PROGRAMS} is not set): `cargo xtask test` finds one")
        });
        let programs = Path::new(&programs);
        let name = private::name();
        let keeper = Keeper::new(&name, None);
        let folder = keeper.folder().to_owned();
        let store = ports::free();
        let etcd = begin_etcd(programs, &keeper, store);
        let port = ports::free();
        let command = command(programs, &folder, store, port);
        let server = Private::new(&name, Process::new(command, keeper).beside(etcd));
        let mut server = Self {
            kubeconfig: folder.join(KUBECONFIG),
            server,
        };
        server.begin().await?;
        Ok(server)
    }

    /// The path of a kubeconfig for a user who may do everything.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    async fn begin(&mut self) -> Result<(), String> {
        self.server.begin().await?;
        let client = client(&self.kubeconfig).await;
        let client = client.map_err(|error| format!("{error:#}"))?;
        let end = Instant::now() + START;
        let mut is_installed = false;
        loop {
            let ready = timeout(ANSWER, is_ready(&client, &mut is_installed)).await;
            if ready.unwrap_or(false) {
                return Ok(());
            }
            self.server.wait(end).await?;
        }
    }
}

/// That it answers says little: rules and namespaces of its own come moments later.
async fn is_ready(client: &Client, is_installed: &mut bool) -> bool {
    if !*is_installed {
        *is_installed = knative::install(client.clone()).await.is_ok();
    }
    let ready = http::Request::get("/readyz").body(Vec::new());
    let ready = ready.expect("it is a request");
    *is_installed
        && knative::is_served(client.clone()).await
        && client.request_text(ready).await.is_ok()
}

fn begin_etcd(programs: &Path, keeper: &Keeper, port: u16) -> Group {
    let beside = programs.join("etcd");
    let program = Some(beside).filter(|etcd| etcd.is_file());
    let mut etcd = Command::new(program.unwrap_or_else(|| "etcd".into()));
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let peers = url(ports::free());
    etcd.arg("--data-dir").arg(keeper.folder().join("store"));
    etcd.args(["--listen-client-urls", &url(port)]);
    etcd.args(["--advertise-client-urls", &url(port)]);
    etcd.args(["--listen-peer-urls", &peers]);
    etcd.args(["--initial-advertise-peer-urls", &peers]);
    etcd.args(["--initial-cluster", &format!("default={peers}")]);
    keeper.start(&etcd, &keeper.folder().join("etcd.log"))
}

/// Its command, and the files that this names.
fn command(programs: &Path, folder: &Path, store: u16, port: u16) -> Command {
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).expect("the folder is ours");
    };
    let authority = certificates::make(folder);
    let accounts = KeyPair::generate().expect("keys can be made");
    write(ACCOUNTS_KEY, &accounts.serialize_pem());
    write(ACCOUNTS, &accounts.public_key_pem());
    let token = format!("{:016x}{:016x}", random(), random());
    write(TOKENS, &format!("{token},admin,1,system:masters\n"));
    write(KUBECONFIG, &kubeconfig(port, &authority, &token));

    let mut server = Command::new(programs.join("kube-apiserver"));
    let file = |flag: &str, name: &str| format!("{flag}={}", folder.join(name).display());
    server
        .arg(format!("--etcd-servers=http://127.0.0.1:{store}"))
        .arg("--bind-address=127.0.0.1")
        .arg(format!("--secure-port={port}"))
        .arg(file("--cert-dir", "certificates"))
        .arg(file("--tls-cert-file", CERTIFICATE))
        .arg(file("--tls-private-key-file", KEY))
        .arg("--service-account-issuer=https://kubernetes.default.svc")
        .arg(file("--service-account-key-file", ACCOUNTS))
        .arg(file("--service-account-signing-key-file", ACCOUNTS_KEY))
        .arg("--service-cluster-ip-range=10.0.0.0/24")
        .arg(file("--token-auth-file", TOKENS))
        .arg("--authorization-mode=RBAC");
    server
}
