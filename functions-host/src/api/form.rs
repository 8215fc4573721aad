//! The form of an upload: an id, the file, and what is said of the module, in any order.
//!
//! The file goes to the disk as it comes. The texts are short, or else they are refused
//! before they are whole.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use http::StatusCode;

use super::invalid::Invalid;
use super::problem::Problem;
use super::terms::{self, DESCRIPTION, GRANTS, LIMITS};
use crate::modules::{ModuleId, Modules, Received, Terms, UploadError};

/// The longest id that is read at all, to be told that it is too long.
const ID: usize = 1024;

/// A form that is all there.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) id: ModuleId,
    pub(super) terms: Terms,
    pub(super) file: Received,
}

/// Reads a form to its end. Fields of other names are passed over; of a repeated one the
/// last counts.
pub(super) async fn read(modules: &Modules, mut form: Multipart) -> Result<Form, Problem> {
    let (mut id, mut file) = (None, None);
    let (mut terms, mut wrong) = (Terms::default(), None);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("module_id") => id = Some(text(field, &["body", "module_id"], ID).await?),
            Some("description") => {
                let text = text(field, &["body", "description"], DESCRIPTION).await?;
                let read = terms::description(text).map(|read| terms.description = read);
                wrong = Invalid::both(wrong, read.err());
            }
            Some("limits") => {
                let text = text(field, &["body", "limits"], LIMITS).await?;
                let read = terms::limits(&text).map(|limits| terms.limits = limits);
                wrong = Invalid::both(wrong, read.err());
            }
            Some("grants") => {
                let text = text(field, &["body", "grants"], GRANTS).await?;
                let read = terms::grants(&text).map(|grants| terms.grants = grants);
                wrong = Invalid::both(wrong, read.err());
            }
            Some("file") => {
                // Its file goes first, and its place among the uploads.
                drop(file.take());
                file = Some(modules.receive(field).await.map_err(of_upload)?);
            }
            _ => {}
        }
    }
    let id = match id {
        None => Err(Invalid::missing(&["body", "module_id"])),
        Some(id) => id.parse().map_err(|error| {
            let loc = ["body", "module_id"];
            Invalid::wrong("value_error", &loc, format!("{error}"), Some(&id))
        }),
    };
    let file = file.ok_or_else(|| Invalid::missing(&["body", "file"]));
    match (id, file, wrong) {
        (Ok(id), Ok(file), None) => Ok(Form { id, terms, file }),
        (id, file, wrong) => {
            let wrong = Invalid::both(Invalid::both(id.err(), wrong), file.err());
            Err(wrong.unwrap_or_default().into())
        }
    }
}

async fn text(mut field: Field<'_>, loc: &[&'static str], most: usize) -> Result<String, Problem> {
    let mut text = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        if text.len().saturating_add(piece.len()) > most {
            let msg = format!("Input should have at most {most} bytes");
            return Err(Invalid::wrong("string_too_long", loc, msg, None).into());
        }
        text.extend_from_slice(&piece);
    }
    String::from_utf8(text).map_err(|_| {
        let msg = "Input should be a valid string, in UTF-8";
        Invalid::wrong("string_unicode", loc, msg, None).into()
    })
}

fn broken(error: MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The form is larger than what is allowed for a module",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            format!("The form cannot be read: {}", error.body_text()),
        ),
    }
}

fn of_upload(error: UploadError) -> Problem {
    match error {
        UploadError::Broken(error) => match error.downcast::<MultipartError>() {
            Ok(error) => broken(*error),
            Err(error) => UploadError::Broken(error).into(),
        },
        error => error.into(),
    }
}
