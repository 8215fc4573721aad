//! Where the admin API is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ::url::Url;

use crate::bus::pulsar::url::{Authority, InvalidUrl, ServiceUrl, split, split_hosts};

const HTTP: &str = "http://";
const HTTPS: &str = "https://";

/// Its port at brokers, and with TLS.
const PORT: u16 = 8080;
const SECURE_PORT: u16 = 8443;

/// Where the admin API is, at one or more hosts: `http://HOST:PORT` or `https://HOST:PORT`,
/// more hosts with commas between, and a path where it is not at the root.
///
/// Clones are cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminUrl(Arc<[Url]>);

impl AdminUrl {
    /// Where brokers have it that are set up as usual: beside each of these.
    #[must_use]
    pub fn beside(service: &ServiceUrl) -> Self {
        let (scheme, port) = match service.is_tls() {
            true => (HTTPS, SECURE_PORT),
            false => (HTTP, PORT),
        };
        let brokers = service.brokers().iter();
        let urls = brokers.filter_map(|broker| url(scheme, &broker.host, port, "/"));
        Self(urls.collect())
    }

    /// How many hosts have it.
    pub(super) fn hosts(&self) -> usize {
        self.0.len()
    }

    /// The addresses of what has these names, one below the other.
    pub(super) fn of(&self, names: &[&str]) -> Vec<Url> {
        let below = |url: &Url| {
            let mut url = url.clone();
            url.path_segments_mut().ok()?.pop_if_empty().extend(names);
            Some(url)
        };
        self.0.iter().filter_map(below).collect()
    }
}

fn url(scheme: &str, host: &str, port: u16, path: &str) -> Option<Url> {
    Url::parse(&format!("{scheme}{}{path}", Authority(host, port))).ok()
}

impl FromStr for AdminUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let (scheme, rest) = split(text, &[HTTP, HTTPS])?;
        let (hosts, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if let Some(place) = path.find(['?', '#']) {
            return Err(InvalidUrl::rest(path.get(place..)));
        }
        let usual = if scheme == HTTPS { 443 } else { 80 };
        let mut urls = Vec::new();
        for (host, port) in split_hosts(hosts, usual)? {
            let url = url(scheme, &host, port, path).ok_or_else(|| InvalidUrl::host(&host))?;
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
        Ok(Self(urls.into()))
    }
}

impl fmt::Display for AdminUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.iter().map(|url| url.as_str().trim_end_matches('/'));
        f.write_str(&all.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::AdminUrl;
    use crate::bus::pulsar::url::ServiceUrl;

    fn of(text: &str) -> Vec<String> {
        let url: AdminUrl = text.parse().unwrap();
        let urls = url.of(&["admin", "a b/c"]);
        urls.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_has_names_is_below_the_path_of_each_host() {
        assert_eq!(of("http://a:8080"), ["http://a:8080/admin/a%20b%2Fc"]);
        assert_eq!(
            of("https://A,[::1]:8443/pulsar/"),
            [
                "https://a/pulsar/admin/a%20b%2Fc",
                "https://[::1]:8443/pulsar/admin/a%20b%2Fc"
            ]
        );
    }

    #[test]
    fn where_nobody_says_it_is_beside_the_brokers() {
        for (service, admin) in [
            ("pulsar://a:1,b:2", "http://a:8080, http://b:8080"),
            ("pulsar+ssl://[::1]", "https://[::1]:8443"),
        ] {
            let service: ServiceUrl = service.parse().unwrap();
            assert_eq!(AdminUrl::beside(&service).to_string(), admin);
        }
    }

    #[test]
    fn what_is_no_address_of_an_admin_api_is_told() {
        for (text, said) in [
            (
                "pulsar://a",
                "`pulsar://a` does not begin with http:// or https://",
            ),
            (
                "http://a?b",
                "`?b` stands behind the hosts, where nothing may stand",
            ),
            (
                "http://a/b#c",
                "`#c` stands behind the hosts, where nothing may stand",
            ),
            (
                "http://a:b@c",
                "an address holds no user and no password: FUNCTIONS_HOST_PULSAR_TOKEN is for \
                 that",
            ),
        ] {
            assert_eq!(text.parse::<AdminUrl>().unwrap_err().to_string(), said);
        }
    }
}
