//! What a broker wants to see of those who come, and how they are known to it.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::certificates::{Authority, Signed};
use crate::private::{ports, random};

/// The role that may do everything.
const ADMINISTRATOR: &str = "administrator";

/// The role of whoever shows the certificate for clients.
const CLIENT: &str = "functions-host";

/// The names of the files.
const CA: &str = "ca.pem";
const SERVER: &str = "server.pem";
const SERVER_KEY: &str = "server-key.pem";
const CLIENT_CERTIFICATE: &str = "client.pem";
const CLIENT_KEY: &str = "client-key.pem";

/// What a broker wants to see of those who come: TLS, and a token that was signed with its
/// key or a certificate of its authority.
#[derive(Debug)]
pub struct Security {
    folder: PathBuf,
    secret: Vec<u8>,
    authority: Authority,
    server: Signed,
    client: Signed,
    pub(super) broker: u16,
    pub(super) web: u16,
}

impl Security {
    pub(super) fn new() -> Self {
        let authority = Authority::new();
        let secret = std::iter::repeat_with(random).take(4);
        Self {
            folder: PathBuf::new(),
            secret: secret.flat_map(u64::to_be_bytes).collect(),
            server: authority.sign("Broker of one test"),
            client: authority.sign(CLIENT),
            authority,
            broker: ports::free(),
            web: ports::free(),
        }
    }

    /// The file of the authority that has signed the certificate of the broker.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join(CA)
    }

    /// The files of a certificate and its key, by which somebody is known as
    /// [`role`](Self::role).
    #[must_use]
    pub fn client_files(&self) -> (PathBuf, PathBuf) {
        (
            self.folder.join(CLIENT_CERTIFICATE),
            self.folder.join(CLIENT_KEY),
        )
    }

    /// The role that is for clients.
    #[must_use]
    pub fn role(&self) -> &str {
        CLIENT
    }

    /// A token of a role, which is good until a time or for ever.
    #[must_use]
    pub fn token(&self, role: &str, until: Option<SystemTime>) -> String {
        let mut claims = json!({"sub": role});
        if let Some(until) = until {
            let since = until.duration_since(UNIX_EPOCH).expect("it is after 1970");
            claims["exp"] = since.as_secs().into();
        }
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "HS256"})), part(&claims));
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let signature = hmac::sign(&key, signed.as_bytes());
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    /// The token of whoever may do everything.
    pub(super) fn administrator(&self) -> String {
        self.token(ADMINISTRATOR, None)
    }

    /// Writes the files into a folder, where clients find them.
    pub(super) fn write(&mut self, folder: &Path) {
        self.folder = folder.to_owned();
        for (name, text) in [
            (CA, self.authority.pem()),
            (SERVER, &self.server.certificate),
            (SERVER_KEY, &self.server.key),
            (CLIENT_CERTIFICATE, &self.client.certificate),
            (CLIENT_KEY, &self.client.key),
        ] {
            std::fs::write(folder.join(name), text).expect("the folder is ours");
        }
    }

    /// The settings of a broker that finds the files in `folder`.
    pub(super) fn text(&self, folder: &str) -> String {
        let Self { broker, web, .. } = self;
        let secret = BASE64_STANDARD.encode(&self.secret);
        let administrator = self.administrator();
        format!(
            "\
brokerServicePortTls={broker}
webServicePortTls={web}
tlsTrustCertsFilePath={folder}/{CA}
tlsCertificateFilePath={folder}/{SERVER}
tlsKeyFilePath={folder}/{SERVER_KEY}
authenticationEnabled=true
authenticationRefreshCheckSeconds=1
authorizationEnabled=true
authenticationProviders={PROVIDERS}.AuthenticationProviderToken,{PROVIDERS}.AuthenticationProviderTls
tokenSecretKey=data:;base64,{secret}
superUserRoles={ADMINISTRATOR}
brokerClientAuthenticationPlugin=org.apache.pulsar.client.impl.auth.AuthenticationToken
brokerClientAuthenticationParameters=token:{administrator}
"
        )
    }
}

const PROVIDERS: &str = "org.apache.pulsar.broker.authentication";
