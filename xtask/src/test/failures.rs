//! What failed, said once more at the end: a run of all tests prints thousands of lines
//! after it.

use std::fmt;
use std::mem;

/// How many lines of one target are said again.
const MOST: usize = 200;

/// Hears what `cargo test` prints.
#[derive(Debug, Default)]
pub(super) struct Failures {
    /// What the tests run by now may turn out to have failed with.
    heard: Vec<String>,
    is_telling: bool,
    told: Vec<String>,
}

impl Failures {
    pub(super) fn hear(&mut self, line: &str) {
        if line.starts_with("test result: ") {
            self.is_telling = false;
            let heard = mem::take(&mut self.heard);
            if line.starts_with("test result: FAILED") {
                let more = heard.len().saturating_sub(MOST);
                self.told.extend(heard.into_iter().take(MOST));
                if more > 0 {
                    self.told.push(format!("({more} more lines stand above)"));
                }
            }
        } else if line == "failures:" {
            self.is_telling = true;
        }
        if self.is_telling && self.heard.len() < 100 * MOST {
            self.heard.push(line.to_owned());
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Failures, MOST};

    fn said_again(printed: &str) -> String {
        let mut failures = Failures::default();
        printed.lines().for_each(|line| failures.hear(line));
        failures.to_string()
    }

    #[test]
    fn what_failed_is_said_again_and_nothing_of_what_held() {
        let printed = "\
running 2 tests
test a ... ok
test b ... FAILED

failures:

---- b stdout ----
thread 'b' panicked: 1 is not 2

failures:
    b

test result: FAILED. 1 passed; 1 failed
running 1 test
test c ... ok
test result: ok. 1 passed; 0 failed
";
        let said = said_again(printed);
        assert!(said.starts_with("\nfailures:\n\n---- b stdout ----\nthread 'b' panicked"));
        assert!(said.ends_with("failures:\n    b\n"), "{said}");
        assert_eq!(said_again("running 1 test\ntest result: ok."), "");
    }

    #[test]
    fn of_a_flood_no_more_than_its_begin_is_said_again() {
        let flood = "word\n".repeat(2 * MOST);
        let said = said_again(&format!("failures:\n{flood}test result: FAILED."));
        assert_eq!(said.lines().count(), 1 + MOST + 1);
        assert!(said.ends_with("(201 more lines stand above)"), "{said}");
    }
}
