//! Known words that a wrong one may have been meant to be.

/// From here on two words are alike; 1 is the same word.
const ALIKE: f64 = 0.8;

/// Another word is told, too, where it is as near as the nearest but for so much.
const AS_NEAR: f64 = 0.03;

/// No longer word is compared, in bytes: it is no slip of anybody's fingers.
const LONGEST: usize = 128;

/// The known words that `word` is nearest to, two at most, the nearest first.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if word.len() > LONGEST {
        return Vec::new();
    }
    let known = known.into_iter();
    let mut near: Vec<(f64, &str)> = known
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let best = near.first().map_or(0.0, |(likeness, _)| *likeness);
    near.retain(|(likeness, _)| *likeness >= best - AS_NEAR);
    near.into_iter().take(2).map(|(_, known)| known).collect()
}

/// What to say of a `word` that is not among the known: ``did you mean `a`?``, else which
/// there are.
pub(crate) fn instead(word: &str, known: &[&str]) -> String {
    let quoted = |words: &[&str], between: &str| {
        let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        words.join(between)
    };
    match &*nearest(word, known.iter().copied()) {
        [] => format!("known are {}", quoted(known, ", ")),
        near => format!("did you mean {}?", quoted(near, " or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{instead, nearest};

    const KNOWN: [&str; 4] = ["memory_bytes", "output_bytes", "log_bytes", "log_lines"];

    #[test]
    fn a_slip_is_led_back_to_the_word_that_was_meant() {
        for (slip, meant) in [
            ("memroy_bytes", "memory_bytes"),
            ("memory", "memory_bytes"),
            ("outputbytes", "output_bytes"),
            ("log_line", "log_lines"),
        ] {
            assert_eq!(nearest(slip, KNOWN).first(), Some(&meant), "{slip}");
        }
        assert_eq!(
            instead("memroy_bytes", &KNOWN),
            "did you mean `memory_bytes`?"
        );
    }

    #[test]
    fn what_is_near_to_nothing_is_told_what_there_is() {
        assert_eq!(nearest("zzz", KNOWN), [""; 0]);
        assert_eq!(instead("zzz", &["a", "b"]), "known are `a`, `b`");
        assert_eq!(nearest(&"memory_bytes".repeat(99), KNOWN), [""; 0]);
    }
}
