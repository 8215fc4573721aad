//! Where in a bucket modules are.

use std::fmt;
use std::str::FromStr;

use object_store::path::Path as Key;

use super::InvalidUrl;

/// A place in a store that speaks S3: `s3://BUCKET` or `s3://BUCKET/PREFIX`.
///
/// ```
/// use functions_host::modules::BucketUrl;
///
/// let url: BucketUrl = "s3://functions/modules/".parse().unwrap();
/// assert_eq!(url.to_string(), "s3://functions/modules");
/// assert!("https://example.com/functions".parse::<BucketUrl>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketUrl {
    bucket: String,
    prefix: Key,
}

impl BucketUrl {
    pub(in crate::modules) fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(in crate::modules) fn prefix(&self) -> &Key {
        &self.prefix
    }

    /// Where an object of this name lies in the bucket.
    pub(in crate::modules) fn key(&self, name: &str) -> Key {
        self.prefix.clone().join(name)
    }
}

impl FromStr for BucketUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let form = || InvalidUrl("s3://BUCKET/PREFIX".to_owned());
        let rest = text.strip_prefix("s3://").ok_or_else(form)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let of_key = |c: char| is_plain(c) || c == '/';
        if bucket.is_empty() || !bucket.chars().all(is_plain) || !prefix.chars().all(of_key) {
            return Err(form());
        }
        let prefix = Key::parse(prefix).map_err(|_| form())?;
        let bucket = bucket.to_owned();
        Ok(Self { bucket, prefix })
    }
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        match self.prefix.as_ref() {
            "" => Ok(()),
            prefix => write!(f, "/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BucketUrl;

    #[test]
    fn a_place_in_a_bucket_has_plain_names() {
        let url: BucketUrl = "s3://b".parse().unwrap();
        assert_eq!(url.key("name").as_ref(), "name");
        let url: BucketUrl = "s3://b/some/prefix/".parse().unwrap();
        assert_eq!(url.key("name").as_ref(), "some/prefix/name");
        for wrong in [
            "s3://",
            "s3:///p",
            "s3://b/a//b",
            "s3://b/../c",
            "s3://k:s@b",
            "s3://b?x",
        ] {
            assert!(wrong.parse::<BucketUrl>().is_err(), "{wrong}");
        }
    }
}
