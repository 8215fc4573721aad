//! What a benchmark hands over: tables to read, goals, and the same as JSON.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// The result of one benchmark.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The benchmark's name.
    #[serde(skip)]
    pub name: &'static str,
    /// For those who read.
    #[serde(skip)]
    pub tables: Vec<Table>,
    /// What was aimed at.
    pub goals: Vec<Goal>,
    /// All figures, for those who compute.
    pub figures: Value,
}

impl Report {
    /// One of nothing yet but figures.
    #[must_use]
    pub fn new(name: &'static str, figures: Value) -> Self {
        Self {
            name,
            tables: Vec::new(),
            goals: Vec::new(),
            figures,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            writeln!(f, "{}: {table}", self.name)?;
        }
        for goal in &self.goals {
            writeln!(f, "{goal}")?;
        }
        Ok(())
    }
}

/// A goal, and whether it was met.
#[derive(Clone, Debug, Serialize)]
pub struct Goal {
    /// What is measured.
    pub what: String,
    /// The bound that it has to keep.
    pub limit: f64,
    /// Whether the bound is one from below.
    pub at_least: bool,
    /// What it was.
    pub measured: f64,
    /// Whether it keeps the bound.
    pub met: bool,
}

impl Goal {
    /// A figure that has to be `limit` or more.
    #[must_use]
    pub fn at_least(what: impl Into<String>, limit: f64, measured: f64) -> Self {
        Self::new(what.into(), limit, true, measured)
    }

    /// A figure that has to be `limit` or less.
    #[must_use]
    pub fn at_most(what: impl Into<String>, limit: f64, measured: f64) -> Self {
        Self::new(what.into(), limit, false, measured)
    }

    fn new(what: String, limit: f64, at_least: bool, measured: f64) -> Self {
        let met = match at_least {
            true => measured >= limit,
            false => measured <= limit,
        };
        Self {
            what,
            limit,
            at_least,
            measured,
            met,
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.met { "met" } else { "MISSED" };
        let sign = if self.at_least { '≥' } else { '≤' };
        let Self {
            what,
            limit,
            measured,
            ..
        } = self;
        write!(
            f,
            "goal {verdict}: {what} {measured:.3}, wanted {sign} {limit}"
        )
    }
}

/// Rows under a title; the first column to the left, the others to the right.
#[derive(Clone, Debug, Default)]
pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table that has nothing but its heads yet.
    #[must_use]
    pub fn new(title: impl Into<String>, heads: &[&str]) -> Self {
        Self {
            title: title.into(),
            rows: vec![heads.iter().map(ToString::to_string).collect()],
        }
    }

    /// Adds a row.
    pub fn row(&mut self, label: impl Into<String>, cells: impl IntoIterator<Item = String>) {
        let mut row = vec![label.into()];
        row.extend(cells);
        self.rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        let width_of = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate() {
                let width = width_of(column);
                match column {
                    0 => write!(f, "  {cell:<width$}")?,
                    _ => write!(f, "  {cell:>width$}")?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, Table};

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new("t", &["", "µs"]);
        table.row("functions", ["10".to_owned()]);
        assert_eq!(table.to_string(), "t\n             µs\n  functions  10\n");
    }

    #[test]
    fn a_goal_at_its_bound_is_met_and_one_without_a_figure_is_missed() {
        assert!(Goal::at_least("ratio", 0.95, 0.95).met);
        assert!(!Goal::at_most("ratio", 1.2, 1.21).met);
        let unknown = Goal::at_most("ratio", 1.2, f64::NAN);
        assert_eq!(unknown.to_string(), "goal MISSED: ratio NaN, wanted ≤ 1.2");
    }
}
