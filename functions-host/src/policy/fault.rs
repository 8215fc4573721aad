//! What is wrong with limits, grants and the file of tenants, and where.

use std::fmt;

use crate::cut::cut;

/// How many faults are told at once.
const MOST: usize = 20;

/// How much of a name is shown, in characters.
const SHOWN: usize = 100;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it is: the names on the way there, outermost first.
    pub at: Vec<String>,
    /// What is wrong there, and what would be right.
    pub what: String,
}

/// Everything that is wrong, the first twenty faults of it. A value that was granted is in
/// none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl std::error::Error for Faults {}

impl Faults {
    /// They, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    pub(super) fn push(&mut self, fault: Fault) {
        if !self.is_full() {
            self.0.push(fault);
        }
    }

    /// Nobody reads further.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }

    pub(super) fn none_or_these(self) -> Result<(), Self> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(self),
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.0.iter().enumerate() {
            let between = if number == 0 { "" } else { "; " };
            write!(f, "{between}{}: {}", fault.at.join("."), fault.what)?;
        }
        Ok(())
    }
}

/// A place in what is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    within: Option<&'a At<'a>>,
    name: &'a str,
}

impl<'a> At<'a> {
    pub(super) fn top(name: &'a str) -> Self {
        Self { within: None, name }
    }

    pub(super) fn at(&'a self, name: &'a str) -> Self {
        let within = Some(self);
        Self { within, name }
    }

    pub(super) fn fault(&self, what: impl Into<String>) -> Fault {
        let mut at = self.within.map_or_else(Vec::new, Self::names);
        at.push(shown(self.name));
        let what = what.into();
        Fault { at, what }
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.within.map_or_else(Vec::new, Self::names);
        names.push(shown(self.name));
        names
    }
}

/// A name as it can be shown, however long and strange it is.
fn shown(name: &str) -> String {
    let escaped = |text: &str| text.escape_debug().to_string();
    escaped(&cut(name, SHOWN))
}
