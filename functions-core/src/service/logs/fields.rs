//! The fields of events and spans: written out once, and found again by name.

use std::ops::Range;

/// A field's name as it stands in a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    /// Whether it has an underscore at its end, since the name is the service's own.
    pub(super) is_renamed: bool,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        if self.is_renamed == other.is_renamed {
            return self.name == other.name;
        }
        let (renamed, plain) = match self.is_renamed {
            true => (self.name, other.name),
            false => (other.name, self.name),
        };
        plain.strip_suffix('_') == Some(renamed)
    }
}

/// Fields one after the other, each as it stands in a line.
#[derive(Debug, Default)]
pub(super) struct Fields {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    key: Key,
    bytes: Range<usize>,
}

/// Buffers that grew beyond this are given back.
pub(super) const KEPT: usize = 16 * 1024;

impl Fields {
    pub(super) const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            entries: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.entries.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds a field. It takes the place of one of the same name.
    pub(super) fn push(&mut self, key: Key, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(index) = self.entries.iter().position(|entry| entry.key == key) {
            self.remove(index);
        }
        let start = self.bytes.len();
        write(&mut self.bytes);
        let bytes = start..self.bytes.len();
        self.entries.push(Entry { key, bytes });
    }

    fn remove(&mut self, index: usize) {
        let Range { start, end } = self.entries.remove(index).bytes;
        self.bytes.drain(start..end);
        for entry in self.entries.iter_mut().skip(index) {
            entry.bytes.start -= end - start;
            entry.bytes.end -= end - start;
        }
    }

    /// Adds all of `other`, each in the place of one of the same name.
    pub(super) fn merge(&mut self, other: &Self) {
        for entry in &other.entries {
            let piece = other.bytes.get(entry.bytes.clone()).unwrap_or_default();
            self.push(entry.key, |bytes| bytes.extend_from_slice(piece));
        }
    }

    /// Adds all of `other` behind what is there, whatever the names.
    pub(super) fn append(&mut self, other: &Self) {
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.entries.extend(other.entries.iter().map(|entry| Entry {
            key: entry.key,
            bytes: entry.bytes.start + offset..entry.bytes.end + offset,
        }));
    }
}

/// The fields of an event, of its span, of that one's parent, and so on outwards.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) fields: Fields,
    /// How many fields there are up to the end of each group.
    ends: Vec<usize>,
}

impl Gathered {
    pub(super) const fn new() -> Self {
        Self {
            fields: Fields::new(),
            ends: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.fields.clear();
        self.ends.clear();
    }

    /// Ends a group: what is added from now on is further out.
    pub(super) fn end_group(&mut self) {
        self.ends.push(self.fields.len());
    }

    /// Adds what stands in the line: the outermost group first, and of several fields
    /// of one name the innermost.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let entries = &self.fields.entries;
        let of_spans = self.ends.first().copied().unwrap_or_default();
        let is_plain = (of_spans..entries.len()).all(|index| !self.is_shadowed(index));
        for group in self.groups().rev() {
            if !is_plain {
                for index in group {
                    out.extend_from_slice(self.piece(index).unwrap_or_default());
                }
                continue;
            }
            let group = entries.get(group).unwrap_or_default();
            if let (Some(first), Some(last)) = (group.first(), group.last()) {
                let bytes = self.fields.bytes.get(first.bytes.start..last.bytes.end);
                out.extend_from_slice(bytes.unwrap_or_default());
            }
        }
    }

    /// The same from the inside out, field by field.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.fields.len()).filter_map(|index| self.piece(index))
    }

    fn groups(&self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        let end_before = |group: usize| {
            let before = group.checked_sub(1).and_then(|group| self.ends.get(group));
            before.copied().unwrap_or_default()
        };
        let groups = self.ends.iter().enumerate();
        groups.map(move |(group, end)| end_before(group)..*end)
    }

    /// A field, unless there is one of that name further in.
    fn piece(&self, index: usize) -> Option<&[u8]> {
        let entry = self.fields.entries.get(index)?;
        let is_seen = !self.is_shadowed(index);
        is_seen.then(|| self.fields.bytes.get(entry.bytes.clone()))?
    }

    fn is_shadowed(&self, index: usize) -> bool {
        let (inner, outer) = self.fields.entries.split_at(index);
        outer
            .first()
            .is_some_and(|entry| inner.iter().any(|other| other.key == entry.key))
    }
}
