//! What is asked for, as callers write it.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, StatusCode};

use crate::api::invalid::Invalid;
use crate::api::keys::Keys;
use crate::api::problem::Problem;
use crate::bus::RequestId;
use crate::modules::ModuleId;
use crate::tenant::TenantId;

/// What an asset is called that was sent along.
const INLINE: &str = "inline";

/// The longest name of an asset, in bytes.
const ASSET_ID: usize = 1024;

/// The longest URI of an asset that lies elsewhere, in bytes. What was sent along has a
/// bound of its own.
const ASSET_URI: usize = 8192;

/// What a caller asks for.
pub(super) struct Submission {
    pub(super) id: RequestId,
    pub(super) tenant: Option<TenantId>,
    pub(super) asset_id: String,
    pub(super) asset_uri: String,
    pub(super) wasm_module_id: String,
}

/// The id of a request, where its header gives one. Quotes around it do not count.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<RequestId>, Problem> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let wrong = |why: String| {
        let detail = format!("The header Idempotency-Key cannot be used: {why}");
        Problem::new(StatusCode::BAD_REQUEST, detail)
    };
    let key = key
        .to_str()
        .map_err(|_| wrong("it is no text".to_owned()))?;
    let bare = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
    let key = bare.unwrap_or(key).parse();
    key.map(Some).map_err(|error| wrong(format!("{error}")))
}

/// Reads a body, and tells everything that is wrong with it.
pub(super) fn read(
    body: &[u8],
    key: Option<RequestId>,
    max_input: usize,
) -> Result<Submission, Problem> {
    let keys = Keys::read(body)?;
    let module = keys
        .required("wasm_module_id")
        .and_then(|module| parsed::<ModuleId>("wasm_module_id", &module));
    let tenant = optional::<TenantId>(&keys, "tenant_id");
    let id = optional::<RequestId>(&keys, "request_id").and_then(|id| one_id(id, key));
    let asset = asset(&keys, max_input);
    match (module, tenant, id, asset) {
        (Ok(module), Ok(tenant), Ok(id), Ok((asset_id, asset_uri))) => Ok(Submission {
            id,
            tenant,
            asset_id,
            asset_uri,
            wasm_module_id: module.as_str().to_owned(),
        }),
        (module, tenant, id, asset) => {
            let faults = [module.err(), tenant.err(), id.err(), asset.err()];
            Err(Invalid::all(faults).unwrap_or_default().into())
        }
    }
}

fn one_id(id: Option<RequestId>, key: Option<RequestId>) -> Result<RequestId, Invalid> {
    match (id, key) {
        (Some(id), Some(key)) if id != key => {
            let msg = "Input should be the same as the header Idempotency-Key";
            let loc = ["body", "request_id"];
            Err(Invalid::wrong("value_error", &loc, msg, Some(id.as_str())))
        }
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Ok(RequestId::unique()),
    }
}

/// What the asset is called, and its URI: one that was given, or made of what was sent
/// along.
fn asset(keys: &Keys<'_>, max_input: usize) -> Result<(String, String), Invalid> {
    let id = keys.text("asset_id")?;
    if let Some(id) = id.as_ref().filter(|id| id.len() > ASSET_ID) {
        return Err(too_long("asset_id", ASSET_ID, id));
    }
    let own = id.is_some();
    let id = id.unwrap_or(Cow::Borrowed(INLINE)).into_owned();
    match (keys.text("asset_uri")?, keys.raw("input")) {
        (Some(uri), None) if own => {
            let is_data = uri
                .get(..5)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("data:"));
            let most = if is_data {
                encoded(max_input)
            } else {
                ASSET_URI
            };
            match uri.len() > most {
                true => Err(too_long("asset_uri", most, &uri)),
                false => Ok((id, uri.into_owned())),
            }
        }
        (Some(_), None) => Err(Invalid::missing(&["body", "asset_id"])),
        (None, Some(input)) => {
            // A string is its text, and any other value is its JSON text.
            let input = match input.starts_with('"') {
                true => keys.required("input")?,
                false => Cow::Borrowed(input),
            };
            if input.len() > max_input {
                return Err(too_long("input", max_input, &input));
            }
            let mut uri = String::with_capacity(encoded(input.len()));
            uri.push_str("data:application/octet-stream;base64,");
            BASE64_STANDARD.encode_string(input.as_bytes(), &mut uri);
            Ok((id, uri))
        }
        (None, None) => Err(Invalid::missing(&["body", "asset_uri"])),
        (Some(_), Some(_)) => {
            let msg = "Input should have asset_uri or input, not both";
            Err(Invalid::wrong("value_error", &["body", "input"], msg, None))
        }
    }
}

/// How long a `data:` URI of so many bytes may be.
fn encoded(bytes: usize) -> usize {
    base64::encoded_len(bytes, true)
        .unwrap_or(usize::MAX)
        .saturating_add(256)
}

fn too_long(key: &'static str, most: usize, input: &str) -> Invalid {
    let msg = format!("Input should have at most {most} bytes");
    Invalid::wrong("string_too_long", &["body", key], msg, Some(input))
}

fn optional<T>(keys: &Keys<'_>, key: &'static str) -> Result<Option<T>, Invalid>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    match keys.raw(key) {
        None | Some("null") => Ok(None),
        Some(_) => keys
            .required(key)
            .and_then(|text| parsed(key, &text))
            .map(Some),
    }
}

fn parsed<T>(key: &'static str, text: &str) -> Result<T, Invalid>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|error| {
        Invalid::wrong(
            "value_error",
            &["body", key],
            format!("{error}"),
            Some(text),
        )
    })
}

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.map_or(0, |since| since.as_millis());
    i64::try_from(since).unwrap_or(i64::MAX)
}
