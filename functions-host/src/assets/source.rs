//! A URI, read.

use std::path::PathBuf;

use object_store::path::Path as Key;
use url::Url;

use super::error::AssetError;

/// How much of a scheme is shown, in characters.
const SHOWN: usize = 20;

/// Where an asset comes from.
#[derive(Debug)]
pub(super) enum Source<'a> {
    Web(Url),
    File(PathBuf),
    Bucket { bucket: &'a str, key: Key },
    Inline(&'a str),
}

impl<'a> Source<'a> {
    pub(super) fn read(uri: &'a str) -> Result<Self, AssetError> {
        let Some((scheme, rest)) = uri.split_once(':') else {
            return Err(invalid("it has no scheme, such as https:"));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => web(uri).map(Self::Web),
            "file" => file(uri).map(Self::File),
            "s3" => bucket(rest),
            "data" => Ok(Self::Inline(uri)),
            other => {
                let shown = other.chars().take(SHOWN).flat_map(char::escape_debug);
                Err(AssetError::Scheme(shown.collect()))
            }
        }
    }
}

/// An address of the web, without what may not be in it.
pub(super) fn web(uri: &str) -> Result<Url, AssetError> {
    let url = Url::parse(uri).map_err(|error| invalid(error.to_string()))?;
    accept(url)
}

/// Where an answer leads: `location` as it is seen from `url`.
pub(super) fn elsewhere(url: &Url, location: &str) -> Result<Url, AssetError> {
    let next = url
        .join(location)
        .map_err(|error| invalid(format!("{} leads to no address: {error}", origin(url))))?;
    if url.scheme() == "https" && next.scheme() == "http" {
        let what = format!("{} leads from https to http", origin(url));
        return Err(AssetError::Refused(what));
    }
    accept(next)
}

fn accept(mut url: Url) -> Result<Url, AssetError> {
    if !matches!(url.scheme(), "http" | "https") {
        let what = "a redirect leads to what is neither http nor https";
        return Err(AssetError::Refused(what.to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("it holds a name or a password, which are not sent"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// As much of an address as may be shown: a path or a query may be a key to what is there.
pub(super) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn file(uri: &str) -> Result<PathBuf, AssetError> {
    let url = Url::parse(uri).map_err(|error| invalid(error.to_string()))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(
            "a path has no `?` and no `#`; they are written %3F and %23",
        ));
    }
    url.to_file_path()
        .map_err(|()| invalid("it is not the path of a file on this machine, as in file:///path"))
}

/// `//bucket/key`, the key percent-encoded.
fn bucket(rest: &str) -> Result<Source<'_>, AssetError> {
    let wrong = || invalid("a bucket and a key are needed, as in s3://bucket/key");
    let (bucket, key) = rest
        .strip_prefix("//")
        .and_then(|rest| rest.split_once('/'))
        .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
        .ok_or_else(wrong)?;
    if key.contains(['?', '#']) {
        return Err(invalid(
            "a key has no `?` and no `#`; they are written %3F and %23",
        ));
    }
    let key = Key::from_url_path(key).map_err(|_| {
        invalid("the key has an empty part, `.` or `..` in it, or is no percent-encoded UTF-8")
    })?;
    Ok(Source::Bucket { bucket, key })
}

fn invalid(what: impl Into<String>) -> AssetError {
    AssetError::Invalid(what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_uri_is_known() {
        let web = Source::read("HTTPS://Example.com/a?b#c").unwrap();
        assert!(matches!(web, Source::Web(url) if url.as_str() == "https://example.com/a?b"));
        let file = Source::read("file:///srv/a%20b").unwrap();
        assert!(matches!(file, Source::File(path) if path.as_os_str() == "/srv/a b"));
        let key = Source::read("s3://one/a/b%20c").unwrap();
        assert!(matches!(key, Source::Bucket { bucket: "one", key } if key.as_ref() == "a/b c"));
        assert!(matches!(
            Source::read("data:,hello"),
            Ok(Source::Inline("data:,hello"))
        ));
    }

    #[test]
    fn what_is_no_uri_of_an_asset_is_refused_in_words() {
        let said = |uri: &str| Source::read(uri).unwrap_err().to_string();
        let wrong = "the URI of the asset cannot be used: ";
        assert_eq!(
            said("/etc/passwd"),
            format!("{wrong}it has no scheme, such as https:")
        );
        assert_eq!(
            said("gopher://a"),
            "assets are fetched by the schemes http, https, file, s3 and data, and not by `gopher`"
        );
        for uri in [
            "",
            "http://",
            "http://[::1",
            "http://a:99999/",
            "https://user:secret@a/",
            "s3:a/b",
            "s3://a",
            "s3://a/",
            "s3:///b",
            "s3://a/b?versionId=1",
            "s3://a/b/../c",
            "s3://a/%ff",
            "file://server/share",
            "file:///a?b",
            "http://1.2.3.4.5/",
            "http://a b/",
        ] {
            assert!(said(uri).starts_with(wrong), "{uri}: {}", said(uri));
        }
        assert!(!said("https://user:secret@a/").contains("secret"));
    }
}
