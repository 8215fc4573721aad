//! Completions that other hosts have written.

use super::datum::{Datum, Flaw};
use crate::bus::Outcome;
use crate::bus::pulsar::schema::Shape;

/// What a completion says.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Told {
    pub(in super::super) asset_id: String,
    pub(in super::super) wasm_module_id: String,
    pub(in super::super) outcome: Outcome,
    pub(in super::super) event_timestamp: i64,
}

/// Reads a completion by [`COMPLETION_SCHEMA`](super::super::schema::COMPLETION_SCHEMA),
/// which all hosts write.
pub(in super::super) fn told(payload: &[u8]) -> Result<Told, Flaw> {
    let mut datum = Datum::new(payload);
    let mut text = || datum.text(&Shape::Text);
    let (_tenant, asset_id, wasm_module_id) = (text()?, text()?, text()?);
    let status = text()?;
    let results = match datum.either()? {
        true => Some(datum.texts()?),
        false => None,
    };
    let error = match datum.either()? {
        true => Some(datum.text(&Shape::Text)?),
        false => None,
    };
    let event_timestamp = datum.number(&Shape::Number)?;
    let outcome = match status.as_str() {
        "SUCCESS" => Outcome::Success(results.unwrap_or_default()),
        _ => Outcome::Failure(error.unwrap_or_default()),
    };
    Ok(Told {
        asset_id,
        wasm_module_id,
        outcome,
        event_timestamp,
    })
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::bus::pulsar::record::completion;
    use crate::bus::{Completion, Outcome};

    #[test]
    fn what_one_host_has_written_another_reads() {
        let results = [("a", "1"), ("b", "")].map(|(key, value)| (key.into(), value.into()));
        let outcomes = [
            Outcome::Success(results.into()),
            Outcome::Success([].into()),
            Outcome::Failure("gone".to_owned()),
        ];
        for outcome in outcomes {
            let written = Completion {
                execution_id: uuid::Uuid::nil(),
                tenant_id: "t".parse().unwrap(),
                asset_id: "asset".to_owned(),
                wasm_module_id: "module".to_owned(),
                outcome,
                fault: None,
                event_timestamp: -7,
            };
            let bytes = completion(&written);
            let read = told(&bytes).unwrap();
            assert_eq!(read.outcome, written.outcome);
            assert_eq!(
                (read.asset_id.as_str(), read.event_timestamp),
                ("asset", -7)
            );
            for short in 0..bytes.len() {
                assert!(told(&bytes[..short]).is_err());
            }
        }
    }
}
