//! The variables as people read them.

use std::fmt::Write as _;

use super::rows::Row;

/// Where a line of the help ends, in characters.
const WIDTH: usize = 110;

/// A longer default stands with the text, in characters.
const LONGEST_DEFAULT: usize = 30;

/// No narrower than this, however long the names are.
const NARROWEST: usize = 40;

pub(super) fn plain(rows: &[Row]) -> String {
    let cells: Vec<_> = rows
        .iter()
        .map(|row| {
            let default = row.default.replace('`', "");
            let allowed = format!("Allowed: {}.", row.allowed);
            let mut text = vec![row.meaning.replace('`', ""), allowed.replace('`', "")];
            if default.chars().count() <= LONGEST_DEFAULT {
                (row.variable, default, text)
            } else {
                text.insert(1, format!("Default: {default}"));
                (row.variable, String::new(), text)
            }
        })
        .collect();
    let name_width = cells.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let defaults = cells.iter().map(|(_, default, _)| default.chars().count());
    let default_width = defaults.max().unwrap_or(0);
    let text_width = WIDTH
        .saturating_sub(name_width + default_width + 4)
        .max(NARROWEST);

    let mut table = String::new();
    for (name, default, texts) in &cells {
        let (mut name, mut default) = (*name, default.as_str());
        for line in texts.iter().flat_map(|text| wrap(text, text_width)) {
            let line = format!("{name:name_width$}  {default:default_width$}  {line}");
            let _ = writeln!(table, "{}", line.trim_end());
            (name, default) = ("", "");
        }
    }
    table
}

pub(super) fn markdown(rows: &[Row]) -> String {
    let mut table =
        String::from("| variable | default | meaning | allowed |\n| --- | --- | --- | --- |\n");
    for row in rows {
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} |",
            row.variable,
            cell(&row.default),
            cell(&row.meaning),
            cell(&row.allowed),
        );
    }
    table
}

fn cell(text: &str) -> String {
    match text {
        "" => "–".to_owned(),
        text => text.replace('|', "\\|"),
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += word_length;
    }
    lines.push(line);
    lines
}
