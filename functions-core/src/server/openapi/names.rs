//! Names that are legal in a document, each given once.

use std::collections::BTreeSet;

/// The names that are taken.
#[derive(Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    pub(super) fn taken(names: impl IntoIterator<Item = &'static str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    /// Takes `wanted`, or where somebody has it, `wanted` with the next free number.
    pub(super) fn distinct(&mut self, wanted: String) -> String {
        let numbered = (2_usize..).map(|number| format!("{wanted}_{number}"));
        let free = std::iter::once(wanted.clone())
            .chain(numbered)
            .find(|name| !self.0.contains(name))
            .unwrap_or(wanted);
        self.0.insert(free.clone());
        free
    }
}

/// `name` as an identifier of most languages: ASCII letters, digits and `_`.
pub(super) fn identifier(name: &str) -> String {
    let plain = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => character,
        _ => '_',
    };
    let identifier: String = name.chars().map(plain).collect();
    if identifier.starts_with(|first: char| !first.is_ascii_digit()) {
        identifier
    } else {
        format!("_{identifier}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, identifier};

    #[test]
    fn a_name_becomes_an_identifier() {
        assert_eq!(
            identifier("billing.count-invoices"),
            "billing_count_invoices"
        );
        assert_eq!(identifier("größe"), "gr__e");
        assert_eq!(identifier("2fa"), "_2fa");
        assert_eq!(identifier(""), "_");
    }

    #[test]
    fn a_name_that_is_taken_gets_the_next_free_number() {
        let mut names = Names::taken(["a"]);
        assert_eq!(names.distinct("a_3".to_owned()), "a_3");
        assert_eq!(names.distinct("a".to_owned()), "a_2");
        assert_eq!(names.distinct("a".to_owned()), "a_4");
    }
}
