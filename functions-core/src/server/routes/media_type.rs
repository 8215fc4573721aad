//! The media type of a call's body.

use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::service::detail::Detail;

/// Whether a body may be read as JSON: it says so, or says nothing, and is not
/// compressed.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Detail> {
    let kind = headers.get(header::CONTENT_TYPE);
    if let Some(kind) = kind.filter(|kind| !is_json(kind.as_bytes())) {
        let advice = "send the body as application/json";
        return Err(unsupported("Content-Type", kind, advice));
    }
    let encoding = headers.get(header::CONTENT_ENCODING);
    if let Some(encoding) = encoding.filter(|encoding| !is_plain(encoding.as_bytes())) {
        let advice = "send the body without compression";
        return Err(unsupported("Content-Encoding", encoding, advice));
    }
    Ok(())
}

fn unsupported(header: &str, value: &HeaderValue, advice: &str) -> Detail {
    let value = String::from_utf8_lossy(value.as_bytes());
    Detail::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("{header} is {value:?}; {advice}"),
    )
}

/// `application/json`, or anything that ends in `+json`; parameters do not matter.
fn is_json(value: &[u8]) -> bool {
    let essence = value.split(|byte| *byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    let suffix = essence.len().checked_sub(b"+json".len());
    essence.eq_ignore_ascii_case(b"application/json")
        || suffix
            .and_then(|at| essence.get(at..))
            .is_some_and(|suffix| suffix.eq_ignore_ascii_case(b"+json"))
}

fn is_plain(encoding: &[u8]) -> bool {
    encoding.eq_ignore_ascii_case(b"identity")
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode, header};

    use super::{check, is_json};

    #[test]
    fn a_compressed_body_is_refused_for_what_it_is() {
        let mut headers = HeaderMap::new();
        for (encoding, is_refused) in [("identity", false), ("Gzip", true), ("identity, br", true)]
        {
            headers.insert(header::CONTENT_ENCODING, encoding.parse().unwrap());
            let refusal = check(&headers).err();
            assert_eq!(refusal.is_some(), is_refused, "{encoding}");
            if let Some(refusal) = refusal {
                assert_eq!(refusal.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
                assert!(refusal.to_string().contains(encoding), "{refusal}");
            }
        }
    }

    #[test]
    fn json_is_known_in_all_its_spellings() {
        assert!(is_json(b"application/json"));
        assert!(is_json(b"Application/JSON; charset=utf-8"));
        assert!(is_json(b"application/cloudevents+json"));
        assert!(!is_json(b"text/plain"));
        assert!(!is_json(b"application/jsonp"));
        assert!(!is_json(b"json"));
        assert!(!is_json(b""));
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_json_or_not_whatever_stands_behind_it(
            value in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40),
            suffix in r"(\+json|application/json|[ -~]{0,10})",
        ) {
            for value in [value.clone(), [&value[..], suffix.as_bytes()].concat()] {
                let with_parameter = [&value[..], b" ; charset=utf-8"].concat();
                proptest::prop_assert_eq!(is_json(&value), is_json(&with_parameter));
                if is_json(&value) {
                    let value = value.to_ascii_lowercase();
                    proptest::prop_assert!(value.windows(4).any(|part| part == b"json"));
                }
            }
        }
    }
}
