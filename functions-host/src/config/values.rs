//! From texts to values. What a text may be is all that an error says: the text itself
//! and where it stands are told by whoever asked.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use functions_core::config::{LogFormat, LogLevel};
use url::Url;

use super::cluster::{Annotations, RuntimeClass};
use super::storage::ModuleStore;
use crate::bus::pulsar::{AdminUrl, InvalidToken, ServiceUrl, TokenSource};
use crate::egress::{Reach, Rule};
use crate::knative::{Image, InvalidImage, NamespaceTemplate, ObjectName, Toleration};
use crate::modules::{PostgresConfig, RegistryConfig};
use crate::tenant::TenantId;

/// A year. Clocks take it without overflowing.
const LONGEST: f64 = 31_536_000.0;

/// A day in seconds.
const DAY: f64 = 86_400.0;

/// Ten years.
const LONGEST_DAYS: f64 = 3_650.0;

/// The longest name in Pulsar, in bytes.
const LONGEST_NAME: usize = 128;

/// The databases of a registry.
const DATABASES: &str = "sqlite:// and the path of a file, or \
     postgres://USER:PASSWORD@HOST:PORT/DATABASE (postgresql:// is the same)";

/// What says that there is none of something that is there by default.
const NONE: &str = "none";

type Read<T> = Result<T, String>;

pub(super) fn address(text: &str) -> Read<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .map_err(|_| "an IP address, such as 0.0.0.0 or ::".to_owned())
}

pub(super) fn port(text: &str) -> Read<u16> {
    text.parse()
        .map_err(|_| "a whole number from 0 to 65535".to_owned())
}

pub(super) fn boolean(text: &str) -> Read<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("true or false".to_owned()),
    }
}

pub(super) fn tenant(text: &str) -> Read<TenantId> {
    text.parse()
        .map_err(|_| "1 to 128 letters, digits, `.`, `_` and `-`".to_owned())
}

pub(super) fn seconds(text: &str) -> Read<Duration> {
    let seconds = text.parse().ok();
    seconds
        .filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("seconds above 0, at most {LONGEST}; decimals are fine"))
}

pub(super) fn bytes(text: &str) -> Read<u64> {
    text.parse()
        .map_err(|_| "a whole number of bytes".to_owned())
}

pub(super) fn count(text: &str) -> Read<usize> {
    let count = text.parse().ok();
    count
        .filter(|count| *count > 0)
        .ok_or_else(|| "a whole number from 1".to_owned())
}

pub(super) fn natural(text: &str) -> Read<usize> {
    text.parse().map_err(|_| "a whole number from 0".to_owned())
}

pub(super) fn fuel(text: &str) -> Read<u64> {
    let fuel = text.parse().ok();
    fuel.filter(|fuel| *fuel > 0)
        .ok_or_else(|| "a whole number from 1".to_owned())
}

pub(super) fn attempts(text: &str) -> Read<u32> {
    let count = text.parse().ok();
    count
        .filter(|count| *count > 0)
        .ok_or_else(|| "a whole number from 1 to 4294967295".to_owned())
}

pub(super) fn days(text: &str) -> Read<Duration> {
    let days = text.parse().ok();
    days.filter(|days| *days > 0.0 && *days <= LONGEST_DAYS)
        .map(|days: f64| Duration::from_secs_f64(days * DAY))
        .ok_or_else(|| format!("days above 0, at most {LONGEST_DAYS}; decimals are fine"))
}

pub(super) fn log_level(text: &str) -> Read<LogLevel> {
    text.parse()
        .map_err(|_| "DEBUG, INFO, WARNING or ERROR, in any case".to_owned())
}

pub(super) fn log_format(text: &str) -> Read<LogFormat> {
    text.parse()
        .map_err(|_| "json, bunyan or text, in any case".to_owned())
}

pub(super) fn registry(text: &str) -> Read<RegistryConfig> {
    let url = match text.split_once(':') {
        Some(("sqlite", _)) => return Ok(RegistryConfig::Sqlite(sqlite(text)?)),
        Some(("postgres" | "postgresql", _)) => text.parse(),
        _ => return Err(DATABASES.to_owned()),
    };
    let url = url.map_err(|error| format!("{DATABASES}; {error}"))?;
    Ok(RegistryConfig::Postgres(PostgresConfig::new(url)))
}

fn sqlite(text: &str) -> Read<PathBuf> {
    let file = text.strip_prefix("sqlite:").unwrap_or_default();
    let file = file.strip_prefix("//").unwrap_or(file);
    // What SQLite's own URLs say behind it is how a file is opened, which is settled here.
    let file = file.split('?').next().unwrap_or_default();
    match file {
        "" | ":memory:" => Err(DATABASES.to_owned()),
        file => Ok(file.into()),
    }
}

pub(super) fn module_store(text: &str) -> Read<ModuleStore> {
    let allowed = || "the path of a folder, or s3://BUCKET/PREFIX".to_owned();
    match text.split_once("://") {
        None => Ok(ModuleStore::Folder(text.into())),
        Some(("s3", _)) => text.parse().map(ModuleStore::Bucket).map_err(|_| allowed()),
        Some(_) => Err(allowed()),
    }
}

pub(super) fn connections(text: &str) -> Read<u32> {
    let count = text.parse().ok();
    count
        .filter(|count| (1..=1000).contains(count))
        .ok_or_else(|| "a whole number from 1 to 1000".to_owned())
}

/// The variables of stores that speak S3.
pub(super) fn of_aws() -> Vec<(String, String)> {
    // What is no UTF-8 says nothing to a store.
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    variables
        .filter(|(name, value)| name.starts_with("AWS_") && !value.is_empty())
        .collect()
}

pub(super) fn reach(text: &str) -> Read<Reach> {
    match text.to_ascii_lowercase().as_str() {
        "public" => Ok(Reach::Public),
        "listed" => Ok(Reach::Listed),
        _ => Err("public or listed".to_owned()),
    }
}

/// What is between commas, without the blanks around it.
fn list<T>(text: &str, read: impl Fn(&str) -> Read<T>) -> Read<Arc<[T]>> {
    let entries = text.split(',').map(str::trim);
    let entries = entries.filter(|entry| !entry.is_empty());
    entries.map(read).collect()
}

pub(super) fn rules(text: &str) -> Read<Arc<[Rule]>> {
    list(text, |entry| {
        entry.parse().map_err(|_| {
            "with commas between: networks as in 10.1.0.0/16, hosts as in example.com, \
             *.example.com or 10.1.2.3, each with a port behind it where only that is meant"
                .to_owned()
        })
    })
}

pub(super) fn folders(text: &str) -> Read<Arc<[PathBuf]>> {
    list(text, |entry| match entry.contains("://") {
        true => Err("the paths of folders, with commas between".to_owned()),
        false => Ok(entry.into()),
    })
}

pub(super) fn names(text: &str) -> Read<Arc<[String]>> {
    list(text, |entry| match entry.contains(['/', ':']) {
        true => Err("the names of buckets, with commas between".to_owned()),
        false => Ok(entry.to_owned()),
    })
}

pub(super) fn endpoint(text: &str) -> Read<String> {
    let url = Url::parse(text).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https"))
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .map(|_| text.to_owned())
        .ok_or_else(|| "a URL with http or https and no password".to_owned())
}

pub(super) fn brokers(text: &str) -> Read<ServiceUrl> {
    text.parse().map_err(|_| {
        "pulsar://HOST:PORT, or pulsar+ssl://HOST:PORT for TLS; more hosts with commas between, \
         IPv6 addresses in brackets, nothing behind them"
            .to_owned()
    })
}

pub(super) fn admin(text: &str) -> Read<AdminUrl> {
    text.parse().map_err(|_| {
        "http://HOST:PORT or https://HOST:PORT; more hosts with commas between, and a path \
         behind them where there is one"
            .to_owned()
    })
}

/// What Pulsar takes as the name of a tenant, and of a part of a topic's name.
pub(super) fn pulsar_name(text: &str) -> Read<String> {
    let usual = |c: char| c.is_ascii_alphanumeric() || "-=:._".contains(c);
    match (1..=LONGEST_NAME).contains(&text.len()) && text.chars().all(usual) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "1 to {LONGEST_NAME} letters, digits, `-`, `=`, `:`, `.` and `_`"
        )),
    }
}

pub(super) fn namespaces(text: &str) -> Read<Arc<[TenantId]>> {
    list(text, |entry| {
        entry.parse().map_err(|_| {
            "the names of namespaces without that of their tenant, with commas between, each of \
             1 to 128 letters, digits, `.`, `_` and `-`"
                .to_owned()
        })
    })
}

pub(super) fn token(text: &str) -> Read<TokenSource> {
    text.parse()
        .map_err(|error: InvalidToken| error.to_string())
}

pub(super) fn issuer(text: &str) -> Read<Url> {
    let url = Url::parse(text).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https"))
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .ok_or_else(|| "a URL with http or https, no password and no query".to_owned())
}

/// A path, or the URL of one.
pub(super) fn file(text: &str) -> Read<PathBuf> {
    let wrong = || "the path of a file, or file:// before it".to_owned();
    match text.contains("://") {
        false => Ok(text.into()),
        true => {
            let url = Url::parse(text).ok().filter(|url| url.scheme() == "file");
            url.and_then(|url| url.to_file_path().ok())
                .ok_or_else(wrong)
        }
    }
}

/// With `:` between them, as in `PATH`.
pub(super) fn paths(text: &str) -> Read<Arc<[PathBuf]>> {
    let paths = std::env::split_paths(text);
    Ok(paths.filter(|path| !path.as_os_str().is_empty()).collect())
}

pub(super) fn namespace(text: &str) -> Read<NamespaceTemplate> {
    text.parse().map_err(|_| {
        "1 to 63 lower-case letters, digits and `-`, with {tenant} once in the place of a \
         tenant's name"
            .to_owned()
    })
}

pub(super) fn image(text: &str) -> Read<Image> {
    text.parse().map_err(|_: InvalidImage| {
        "a reference to an image, such as registry.example.com/team/name:tag".to_owned()
    })
}

pub(super) fn annotations(text: &str) -> Read<Annotations> {
    let entries = list(without_none(text), |entry| match entry.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("KEY=VALUE with commas between, or none".to_owned()),
    });
    Ok(Annotations(entries?.iter().cloned().collect()))
}

pub(super) fn runtime_class(text: &str) -> Read<RuntimeClass> {
    if text == NONE {
        return Ok(RuntimeClass(None));
    }
    let name: Result<ObjectName, _> = text.parse();
    name.map(|name| RuntimeClass(Some(name.as_str().to_owned())))
        .map_err(|_| "lower-case letters, digits, `-` and `.`, or none".to_owned())
}

pub(super) fn tolerations(text: &str) -> Read<Arc<[Toleration]>> {
    list(without_none(text), |entry| {
        entry.parse().map_err(|_| {
            "KEY=VALUE:EFFECT with commas between, with the effect NoSchedule, \
             PreferNoSchedule or NoExecute, or none"
                .to_owned()
        })
    })
}

pub(super) fn words(text: &str) -> Read<Arc<[String]>> {
    let words = without_none(text).split_whitespace();
    Ok(words.map(str::to_owned).collect())
}

fn without_none(text: &str) -> &str {
    match text {
        NONE => "",
        text => text,
    }
}
