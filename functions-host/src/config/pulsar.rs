//! The broker that brings requests, and who this host is to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::values;
use crate::bus::pulsar::{
    AdminUrl, Authentication, Identity, Namespaces, OAuth2, OAuth2Config, PulsarConfig, ServiceUrl,
    TlsConfig, TokenSource,
};
use crate::tenant::TenantId;

const URL: &str = "PULSAR_URL";
const TOKEN: &str = "FUNCTIONS_HOST_PULSAR_TOKEN";
const OAUTH2_KEY_FILE: &str = "FUNCTIONS_HOST_PULSAR_OAUTH2_KEY_FILE";
const CERT_FILE: &str = "FUNCTIONS_HOST_PULSAR_CERT_FILE";
const KEY_FILE: &str = "FUNCTIONS_HOST_PULSAR_KEY_FILE";

/// Apache Pulsar: where it is, what is taken from it, and who this host is to it.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Pulsar")]
#[non_exhaustive]
pub struct PulsarSettings {
    /// Brokers that bring requests: pulsar://HOST:PORT, or pulsar+ssl://HOST:PORT, more
    /// hosts with commas between; where it is not set, requests wait in the data folder
    #[arg(long, env = "PULSAR_URL", value_name = "URL", value_parser = values::brokers)]
    pub pulsar_url: Option<ServiceUrl>,

    /// Tenant of Pulsar in whose namespaces requests come; each is a tenant of this host
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_TENANT", default_value = "platformq", value_name = "TENANT", value_parser = values::pulsar_name)]
    pub pulsar_tenant: String,

    /// Admin API that lists the namespaces; where it is not set, at the hosts of the
    /// brokers, http at port 8080, or https at 8443 where they are spoken to over TLS
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_ADMIN_URL", value_name = "URL", value_parser = values::admin)]
    pub pulsar_admin_url: Option<AdminUrl>,

    /// Namespaces, with commas between, in the place of what the admin API lists
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_NAMESPACES", default_value = "", hide_default_value = true, value_name = "NAMESPACES", value_parser = values::namespaces)]
    pub pulsar_namespaces: Arc<[TenantId]>,

    /// How often the namespaces are listed, in seconds
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_RESCAN_SECONDS", default_value = "30", value_name = "SECONDS", value_parser = values::seconds)]
    pub pulsar_rescan_seconds: Duration,

    /// Subscription that all hosts share which do the same work
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_SUBSCRIPTION", default_value = "functions-service-execution-sub", value_name = "SUBSCRIPTION", value_parser = values::pulsar_name)]
    pub pulsar_subscription: String,

    /// Token that shows who this host is, or file:/// and the path of a file that holds
    /// one, which is read for each connection
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_TOKEN", hide_env_values = true, value_name = "TOKEN", value_parser = values::token)]
    pub pulsar_token: Option<TokenSource>,

    /// Who gives tokens by OAuth 2.0; where it is not set, the issuer_url of the key file
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_OAUTH2_ISSUER_URL", value_name = "URL", value_parser = values::issuer)]
    pub pulsar_oauth2_issuer_url: Option<Url>,

    /// Whom these tokens are for
    #[arg(
        long,
        env = "FUNCTIONS_HOST_PULSAR_OAUTH2_AUDIENCE",
        value_name = "AUDIENCE"
    )]
    pub pulsar_oauth2_audience: Option<String>,

    /// What they allow, with blanks between
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_OAUTH2_SCOPE", value_name = "SCOPE")]
    pub pulsar_oauth2_scope: Option<String>,

    /// JSON file with the client_id and client_secret that tokens are given for
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_OAUTH2_KEY_FILE", value_name = "FILE", value_parser = values::file)]
    pub pulsar_oauth2_key_file: Option<PathBuf>,

    /// PEM file of those who may sign the certificates of brokers, in the place of whom the
    /// system trusts
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_CA_FILE", value_name = "FILE", value_parser = values::file)]
    pub pulsar_ca_file: Option<PathBuf>,

    /// PEM file of the certificate that this host shows
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_CERT_FILE", value_name = "FILE", value_parser = values::file)]
    pub pulsar_cert_file: Option<PathBuf>,

    /// PEM file of its key
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_KEY_FILE", value_name = "FILE", value_parser = values::file)]
    pub pulsar_key_file: Option<PathBuf>,

    /// How many messages of each topic are asked for in advance
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_PREFETCH", default_value = "64", value_name = "MESSAGES", value_parser = values::attempts)]
    pub pulsar_prefetch: u32,

    /// How many bytes all messages may hold that are not done yet
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_BUFFER_BYTES", default_value = "268435456", value_name = "BYTES", value_parser = values::count)]
    pub pulsar_buffer_bytes: usize,

    /// How many bytes all messages may hold that come in pieces and are not whole yet
    #[arg(long, env = "FUNCTIONS_HOST_PULSAR_PIECES_BYTES", default_value = "67108864", value_name = "BYTES", value_parser = values::count)]
    pub pulsar_pieces_bytes: usize,

    /// Believe the tenant that a request names, and not the namespace that it lies in:
    /// whoever may write to one may then ask for all
    #[arg(
        long,
        env = "FUNCTIONS_HOST_PULSAR_TRUST_TENANT_ID",
        default_value = "false",
        default_missing_value = "true",
        num_args = 0..=1,
        value_name = "true|false",
        value_parser = values::boolean
    )]
    pub pulsar_trust_tenant_id: bool,
}

impl PulsarSettings {
    /// What bounds the bus on Pulsar, where there is one.
    #[must_use]
    pub fn pulsar(&self) -> Option<PulsarConfig> {
        let mut pulsar = PulsarConfig::new(self.pulsar_url.clone()?);
        pulsar.tenant.clone_from(&self.pulsar_tenant);
        pulsar.subscription.clone_from(&self.pulsar_subscription);
        if let Some(url) = &self.pulsar_admin_url {
            pulsar.namespaces = Namespaces::Listed(url.clone());
        }
        if !self.pulsar_namespaces.is_empty() {
            pulsar.namespaces = Namespaces::Fixed(self.pulsar_namespaces.to_vec());
        }
        pulsar.rescan = self.pulsar_rescan_seconds;
        pulsar.prefetch = self.pulsar_prefetch;
        pulsar.buffer_bytes = self.pulsar_buffer_bytes;
        pulsar.pieces_bytes = self.pulsar_pieces_bytes;
        pulsar.trust_tenant_id = self.pulsar_trust_tenant_id;
        pulsar.authentication = self.authentication();
        pulsar.tls = self.tls();
        Some(pulsar)
    }

    fn authentication(&self) -> Authentication {
        if let Some(token) = &self.pulsar_token {
            return Authentication::Token(token.clone());
        }
        if let Some(key_file) = &self.pulsar_oauth2_key_file {
            let mut oauth2 = OAuth2Config::new(key_file.clone());
            oauth2.issuer_url.clone_from(&self.pulsar_oauth2_issuer_url);
            oauth2.audience.clone_from(&self.pulsar_oauth2_audience);
            oauth2.scope.clone_from(&self.pulsar_oauth2_scope);
            return Authentication::OAuth2(OAuth2::new(oauth2, self.tls()));
        }
        match self.pulsar_cert_file {
            Some(_) => Authentication::Tls,
            None => Authentication::None,
        }
    }

    fn tls(&self) -> TlsConfig {
        let mut tls = TlsConfig::default();
        tls.ca_file.clone_from(&self.pulsar_ca_file);
        tls.identity = self
            .pulsar_cert_file
            .clone()
            .zip(self.pulsar_key_file.clone())
            .map(|(cert_file, key_file)| Identity {
                cert_file,
                key_file,
            });
        tls
    }

    /// What is set of these, each with its variable: all that says nothing without a broker.
    fn set(&self) -> Vec<&'static str> {
        let set = [
            (
                "FUNCTIONS_HOST_PULSAR_ADMIN_URL",
                self.pulsar_admin_url.is_some(),
            ),
            (
                "FUNCTIONS_HOST_PULSAR_NAMESPACES",
                !self.pulsar_namespaces.is_empty(),
            ),
            (TOKEN, self.pulsar_token.is_some()),
            (
                "FUNCTIONS_HOST_PULSAR_OAUTH2_ISSUER_URL",
                self.pulsar_oauth2_issuer_url.is_some(),
            ),
            (
                "FUNCTIONS_HOST_PULSAR_OAUTH2_AUDIENCE",
                self.pulsar_oauth2_audience.is_some(),
            ),
            (
                "FUNCTIONS_HOST_PULSAR_OAUTH2_SCOPE",
                self.pulsar_oauth2_scope.is_some(),
            ),
            (OAUTH2_KEY_FILE, self.pulsar_oauth2_key_file.is_some()),
            (
                "FUNCTIONS_HOST_PULSAR_CA_FILE",
                self.pulsar_ca_file.is_some(),
            ),
            (CERT_FILE, self.pulsar_cert_file.is_some()),
            (KEY_FILE, self.pulsar_key_file.is_some()),
        ];
        let set = set.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(name, _)| name).collect()
    }

    /// Whether what is set can be meant together.
    pub(super) fn check(&self) -> Result<(), String> {
        let set = self.set();
        let both = |one, other| match (set.contains(&one), set.contains(&other)) {
            (true, false) => Err(format!(
                "{one} is set, and {other} is not; allowed: both, or none"
            )),
            _ => Ok(()),
        };
        both(CERT_FILE, KEY_FILE)?;
        both(KEY_FILE, CERT_FILE)?;
        for name in &set {
            if name.starts_with("FUNCTIONS_HOST_PULSAR_OAUTH2_") {
                both(*name, OAUTH2_KEY_FILE)?;
            }
        }
        if set.contains(&TOKEN) && set.contains(&OAUTH2_KEY_FILE) {
            return Err(format!(
                "{TOKEN} and {OAUTH2_KEY_FILE} are set; allowed: one of them"
            ));
        }
        let Some(url) = &self.pulsar_url else {
            return Ok(());
        };
        if set.contains(&CERT_FILE) && !url.is_tls() {
            return Err(format!(
                "{CERT_FILE} is set, and {URL} is '{url}', where nobody asks for a certificate; \
                 allowed: pulsar+ssl://HOST:PORT"
            ));
        }
        let least = PulsarConfig::new(url.clone()).max_message_bytes;
        if self.pulsar_buffer_bytes < least {
            return Err(format!(
                "FUNCTIONS_HOST_PULSAR_BUFFER_BYTES is '{}'; allowed: a whole number from \
                 {least}, which is the size of the largest message",
                self.pulsar_buffer_bytes
            ));
        }
        let least = least.saturating_mul(2);
        if self.pulsar_pieces_bytes < least {
            return Err(format!(
                "FUNCTIONS_HOST_PULSAR_PIECES_BYTES is '{}'; allowed: a whole number from \
                 {least}, which is the size of the two largest messages",
                self.pulsar_pieces_bytes
            ));
        }
        Ok(())
    }

    /// What is set and says nothing.
    pub(super) fn warnings(&self) -> Vec<String> {
        if self.pulsar_url.is_some() {
            return Vec::new();
        }
        let set = self.set().into_iter();
        set.map(|name| format!("{name} is set, and {URL} is not: requests wait in the data folder"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::{Authentication, Namespaces, PulsarConfig, PulsarSettings, TokenSource};

    /// Of these arguments, and of no variable.
    fn read(arguments: &[&str]) -> PulsarSettings {
        let command = PulsarSettings::augment_args(Command::new("").no_binary_name(true));
        let command = command.mut_args(|arg| arg.env(None::<&str>));
        let matches = command.try_get_matches_from(arguments).unwrap();
        PulsarSettings::from_arg_matches(&matches).unwrap()
    }

    fn pulsar(arguments: &[&str]) -> PulsarConfig {
        read(arguments).pulsar().unwrap()
    }

    #[test]
    fn without_a_broker_there_is_no_bus_on_pulsar() {
        assert!(read(&["--pulsar-tenant", "a"]).pulsar().is_none());
    }

    #[test]
    fn what_nobody_sets_is_as_it_is_by_default() {
        let set = pulsar(&["--pulsar-url", "pulsar://a,b"]);
        let default = PulsarConfig::new("pulsar://a,b".parse().unwrap());
        assert_eq!(format!("{set:?}"), format!("{default:?}"));
    }

    #[test]
    fn what_is_set_is_in_it() {
        let set = pulsar(&[
            "--pulsar-url=pulsar+ssl://a",
            "--pulsar-tenant=b",
            "--pulsar-subscription=c",
            "--pulsar-rescan-seconds=1.5",
            "--pulsar-prefetch=2",
            "--pulsar-buffer-bytes=99999999",
            "--pulsar-pieces-bytes=88888888",
            "--pulsar-trust-tenant-id",
            "--pulsar-admin-url=http://d",
            "--pulsar-ca-file=/ca",
            "--pulsar-cert-file=file:///cert",
            "--pulsar-key-file=/key",
        ]);
        assert_eq!(set.service.to_string(), "pulsar+ssl://a:6651");
        assert_eq!((&*set.tenant, &*set.subscription), ("b", "c"));
        assert_eq!(set.rescan.as_millis(), 1_500);
        assert_eq!((set.prefetch, set.buffer_bytes), (2, 99_999_999));
        assert_eq!(set.pieces_bytes, 88_888_888);
        assert!(set.trust_tenant_id);
        let admin = Namespaces::Listed("http://d".parse().unwrap());
        assert_eq!(set.namespaces, admin);
        assert_eq!(set.tls.ca_file.unwrap().to_str(), Some("/ca"));
        let identity = set.tls.identity.unwrap();
        assert_eq!(identity.cert_file.to_str(), Some("/cert"));
        assert_eq!(identity.key_file.to_str(), Some("/key"));
        assert!(matches!(set.authentication, Authentication::Tls));
    }

    #[test]
    fn namespaces_that_are_named_are_not_listed() {
        let set = pulsar(&[
            "--pulsar-url=pulsar://a",
            "--pulsar-namespaces=b, c,",
            "--pulsar-admin-url=http://d",
        ]);
        let named = ["b", "c"].map(|name| name.parse().unwrap());
        assert_eq!(set.namespaces, Namespaces::Fixed(named.to_vec()));
    }

    #[test]
    fn a_token_or_oauth2_goes_before_the_certificate() {
        let with = |more: &[&str]| {
            let tls = [
                "--pulsar-url=pulsar+ssl://a",
                "--pulsar-cert-file=c",
                "--pulsar-key-file=k",
            ];
            pulsar(&[&tls, more].concat())
        };
        let set = with(&["--pulsar-token=file:///run/token"]);
        assert!(set.tls.identity.is_some());
        assert!(matches!(
            set.authentication,
            Authentication::Token(TokenSource::File(_))
        ));
        let set = with(&[
            "--pulsar-oauth2-key-file=/run/key.json",
            "--pulsar-oauth2-issuer-url=https://issuer/realm",
            "--pulsar-oauth2-audience=b",
            "--pulsar-oauth2-scope=d e",
        ]);
        let shown = format!("{:?}", set.authentication);
        for part in ["/run/key.json", "issuer", "/realm", "\"b\"", "\"d e\""] {
            assert!(shown.contains(part), "{shown}");
        }
    }
}
