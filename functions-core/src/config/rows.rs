//! The variables of a definition, one by one, with the words of its doc comments.

use confique::meta::{Expr, Field, FieldKind, LeafKind, Meta};

/// What is looked at where a variable is not set.
const ELSE: [(&str, &str); 1] = [("CRBR_FUNCTIONS_PORT", "PORT")];

/// One variable.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Where its value goes: the fields, outermost first.
    pub(super) path: Vec<&'static str>,
    pub(super) variable: &'static str,
    pub(super) otherwise: Option<&'static str>,
    /// In Markdown. Empty where there is none.
    pub(super) default: String,
    pub(super) meaning: String,
    pub(super) allowed: String,
    pub(super) secret: bool,
}

/// All variables of `C`, in the order of its fields.
pub(super) fn of<C: confique::Config>() -> Vec<Row> {
    let mut rows = Vec::new();
    collect(&C::META, &[], &mut rows);
    rows
}

fn collect(meta: &Meta, above: &[&'static str], rows: &mut Vec<Row>) {
    for field in meta.fields {
        let path = [above, &[field.name]].concat();
        match field.kind {
            FieldKind::Nested { meta } => collect(meta, &path, rows),
            FieldKind::Leaf {
                env: Some(variable),
                kind,
            } => rows.push(Row::new(field, path, variable, kind)),
            FieldKind::Leaf { env: None, .. } => {}
        }
    }
}

impl Row {
    fn new(field: &Field, path: Vec<&'static str>, variable: &'static str, kind: LeafKind) -> Self {
        let otherwise = ELSE
            .iter()
            .find(|(own, _)| *own == variable)
            .map(|(_, otherwise)| *otherwise);
        let mut row = Self {
            path,
            variable,
            otherwise,
            default: default_of(kind),
            meaning: String::new(),
            allowed: String::new(),
            secret: false,
        };
        for paragraph in paragraphs(field.doc) {
            row.take(paragraph);
        }
        if let Some(otherwise) = otherwise {
            row.default = format!("`{otherwise}`, else {}", row.default);
        }
        row
    }

    fn take(&mut self, paragraph: String) {
        if let Some(allowed) = paragraph.strip_prefix("Allowed: ") {
            allowed.trim_end_matches('.').clone_into(&mut self.allowed);
        } else if let Some(default) = paragraph.strip_prefix("Default: ") {
            default.trim_end_matches('.').clone_into(&mut self.default);
        } else if paragraph == "Secret." {
            self.secret = true;
        } else {
            if !self.meaning.is_empty() {
                self.meaning.push(' ');
            }
            self.meaning.push_str(&paragraph);
        }
    }
}

fn paragraphs(doc: &[&str]) -> Vec<String> {
    doc.split(|line| line.trim().is_empty())
        .filter(|lines| !lines.is_empty())
        .map(|lines| {
            let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
            lines.join(" ")
        })
        .collect()
}

fn default_of(kind: LeafKind) -> String {
    match kind {
        LeafKind::Required { default } => match default {
            Some(Expr::Str(text)) => format!("`{text}`"),
            Some(Expr::Integer(number)) => format!("`{number}`"),
            Some(Expr::Float(number)) => format!("`{number}`"),
            Some(Expr::Bool(flag)) => format!("`{flag}`"),
            _ => String::new(),
        },
        LeafKind::Optional => String::new(),
    }
}
