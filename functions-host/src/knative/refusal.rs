//! What a cluster's refusal means.
//!
//! Kubernetes tells it by a status, a word and a sentence. What can be told apart by the
//! first two is; a quota, a policy and a missing right share both, and differ in the
//! sentence alone.

use kube::core::Status;

use super::call::Call;
use super::error::{Cause, ClusterError, FieldConflict};
use super::owner::is_ours;
use crate::cut::cut;

/// How much of a sentence is told, in characters.
const SENTENCE: usize = 2000;
/// How many causes are told.
const CAUSES: usize = 50;
/// The word of a cause that is a field of somebody else.
const CONFLICT: &str = "FieldManagerConflict";

/// What it means that this call was answered with this.
pub(super) fn meaning(call: &Call<'_>, status: &Status) -> ClusterError {
    match status.code {
        401 => ClusterError::Unauthorized,
        403 => forbidden(call, status),
        404 => missing(call, status),
        409 => conflict(call, status),
        400 | 405 | 406 | 415 => ClusterError::Refused(call.told(&status.message)),
        422 => invalid(call, status),
        413 => ClusterError::Refused("it is larger than the cluster takes".to_owned()),
        410 | 429 | 500..=599 => ClusterError::Busy(call.told(&status.message)),
        _ => ClusterError::Failed(call.told(&status.message)),
    }
}

fn forbidden(call: &Call<'_>, status: &Status) -> ClusterError {
    let said = &status.message;
    // Whoever has no right `cannot patch resource "services" in API group …`.
    let is_right = said.contains(" cannot ") && said.contains(" resource ");
    if is_right {
        return ClusterError::Forbidden {
            verb: call.verb,
            what: call.what,
            namespace: call.namespace.clone(),
        };
    }
    let sentence = call.told(said);
    match said.contains("quota") {
        true => ClusterError::Quota(sentence),
        false => ClusterError::Denied(sentence),
    }
}

fn missing(call: &Call<'_>, status: &Status) -> ClusterError {
    let details = status.details.as_ref();
    match details.map_or("", |details| &details.kind) {
        "namespaces" => ClusterError::NoNamespace(call.namespace.clone()),
        // It names no kind where it does not know it.
        "" => ClusterError::NoKnative,
        _ => ClusterError::Changed(call.name.to_owned()),
    }
}

fn conflict(call: &Call<'_>, status: &Status) -> ClusterError {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let causes = causes.filter(|cause| cause.reason == CONFLICT);
    let conflicts: Vec<_> = causes
        .take(CAUSES)
        .map(|cause| FieldConflict {
            field: cause.field.clone(),
            manager: manager(&cause.message).to_owned(),
        })
        .collect();
    if conflicts.is_empty() {
        return ClusterError::Changed(call.name.to_owned());
    }
    // Of this host for another tenant, which is nobody else's to know.
    if conflicts.iter().any(|conflict| is_ours(&conflict.manager)) {
        return call.taken();
    }
    ClusterError::Conflict(conflicts)
}

/// The name in `conflict with "kubectl" using serving.knative.dev/v1`.
fn manager(message: &str) -> &str {
    message.split('"').nth(1).unwrap_or("another manager")
}

fn invalid(call: &Call<'_>, status: &Status) -> ClusterError {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let causes: Vec<_> = causes
        .take(CAUSES)
        .map(|cause| Cause {
            field: sentence(&cause.field),
            message: match call.hides {
                true => cause.reason.clone(),
                false => sentence(&cause.message),
            },
        })
        .collect();
    match causes.is_empty() {
        true => ClusterError::Refused(call.told(&status.message)),
        false => ClusterError::Invalid(causes),
    }
}

/// A sentence, as much of it as is told.
pub(super) fn sentence(said: &str) -> String {
    cut(said, SENTENCE).into_owned()
}

#[cfg(test)]
mod tests;
