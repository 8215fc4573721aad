//! Where a database of PostgreSQL is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use url::Url;

use super::InvalidUrl;

/// What the URL of a PostgreSQL can say behind its question mark.
const PARAMETERS: [&str; 13] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "statement-cache-capacity",
];

/// What hosts call themselves where the URL says nothing else.
const NAME: &str = "functions-host";

/// The URL of a database of PostgreSQL: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with
/// parameters behind it as `psql` takes them, `sslmode` among them. It is never shown whole.
/// Clones are cheap.
///
/// ```
/// use functions_host::modules::PostgresUrl;
///
/// let url: PostgresUrl = "postgres://me:hush@db.internal/modules?sslmode=require".parse().unwrap();
/// assert_eq!(url.to_string(), "postgres://db.internal:5432/modules");
/// assert!("postgres://db.internal/modules?sslmode=maybe".parse::<PostgresUrl>().is_err());
/// ```
#[derive(Clone)]
pub struct PostgresUrl(Arc<PgConnectOptions>);

impl PostgresUrl {
    pub(in crate::modules) fn options(&self) -> &PgConnectOptions {
        &self.0
    }
}

impl FromStr for PostgresUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let form = || InvalidUrl("postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned());
        let url = Url::parse(text).map_err(|_| form())?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(form());
        }
        // The driver would log what it does not know, with its value.
        let strange = url.query_pairs().map(|(name, _)| name).find(|name| {
            let is_option = name.starts_with("options[") && name.ends_with(']');
            !is_option && !PARAMETERS.contains(&&**name)
        });
        if let Some(strange) = strange {
            let known = PARAMETERS.join(", ");
            let said =
                format!("the parameter {strange:?} is none of those that are known: {known}");
            return Err(InvalidUrl(said));
        }
        let options: PgConnectOptions = text.parse().map_err(|_| {
            let said = "a value behind the question mark cannot be used; sslmode is one of \
                        disable, allow, prefer, require, verify-ca and verify-full";
            InvalidUrl(said.to_owned())
        })?;
        Ok(Self(Arc::new(match options.get_application_name() {
            Some(_) => options,
            None => options.application_name(NAME),
        })))
    }
}

/// Where it is, and nothing of who asks.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.0;
        let database = options.get_database().unwrap_or(options.get_username());
        match options.get_socket() {
            Some(socket) => write!(f, "postgres://{}/{database}", socket.display()),
            None => {
                let (host, port) = (options.get_host(), options.get_port());
                write!(f, "postgres://{host}:{port}/{database}")
            }
        }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::PostgresUrl;

    #[test]
    fn nothing_that_may_be_secret_is_shown_of_a_database() {
        let secrets = "postgresql://some-user:hush@h:1/d?options=-c%20x%3Dhush&sslkey=hush";
        let url: PostgresUrl = secrets.parse().unwrap();
        assert_eq!(
            format!("{url} {url:?}"),
            "postgres://h:1/d postgres://h:1/d"
        );
        for wrong in [
            "postgres://u:hush@h/d?sslmode=hush",
            "postgres://u:hush@h/d?port=hush",
            "postgres://u:hush@h/d?sslpassword=hush",
            "postgres://u:hush@h:port/d",
            "mysql://u:hush@h/d",
            "u:hush",
        ] {
            let said = wrong.parse::<PostgresUrl>().unwrap_err().to_string();
            assert!(!said.contains("hush"), "{said}");
        }
    }
}
