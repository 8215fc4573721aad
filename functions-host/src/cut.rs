//! Texts of strangers, cut to a length that can be shown, stored and logged.

use std::borrow::Cow;

/// At most `most` characters of a text, and how long it is where it is longer.
pub(crate) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => text.into(),
        Some((end, _)) => {
            let begin = text.get(..end).unwrap_or_default();
            format!("{begin}… ({} bytes)", text.len()).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_short_text_stays_whole_and_a_long_one_is_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü", 2), "äö… (6 bytes)");
        assert_eq!(cut("", 0), "");
    }
}
