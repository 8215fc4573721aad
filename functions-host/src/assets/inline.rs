//! Assets that a URI carries along: `data:`.

use bytes::Bytes;
use data_url::DataUrl;
use data_url::forgiving_base64::DecodeError;

use super::body::Bounds;
use super::error::AssetError;

pub(super) async fn fetch(uri: &str, bounds: &Bounds) -> Result<Bytes, AssetError> {
    let url = DataUrl::process(uri).map_err(|_| {
        AssetError::Invalid("it has no comma, as in data:;base64,aGVsbG8=".to_owned())
    })?;
    // What is decoded is never longer than what it is decoded from.
    let most = uri.len().min(bounds.max_bytes);
    let place = bounds.budget.take(most).await;
    let mut bytes = Vec::new();
    let decoded = url.decode(|part| {
        if part.len() > most.saturating_sub(bytes.len()) {
            return Err(AssetError::TooBig(bounds.max_bytes));
        }
        bytes.extend_from_slice(part);
        Ok(())
    });
    match decoded {
        Ok(_) => Ok(place.hold(bytes)),
        Err(DecodeError::WriteError(error)) => Err(error),
        Err(DecodeError::InvalidBase64(_)) => {
            Err(AssetError::Invalid("what it holds is no base64".to_owned()))
        }
    }
}
