//! Changes to a mail: byte ranges and what stands there instead. What no edit touches leaves byte for byte as it came.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// One change: a range of the original's bytes (empty for an insertion) and its replacement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Bytes of the original that go.
    pub range: Range<usize>,
    /// Bytes that come.
    #[serde(with = "crate::base::base64_text")]
    pub with: Vec<u8>,
    /// What was done, for people: `notice "standard" added to text/plain`. Never holds content of the mail.
    pub what: String,
}

/// Edits of one mail, in order and apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Edits(Vec<Edit>);

impl Edits {
    /// Takes in one more edit. Of two insertions at one place the one added first stands first.
    ///
    /// # Panics
    /// Never in release: an edit that overlaps another is a mistake of ours, caught by a debug assertion; it is then left out.
    pub fn add(&mut self, edit: Edit) {
        let at = self.0.partition_point(|e| (e.range.start, e.range.end) <= (edit.range.start, edit.range.end));
        let after_last = at == 0 || self.0[at - 1].range.end <= edit.range.start;
        let before_next = at == self.0.len() || edit.range.end <= self.0[at].range.start;
        debug_assert!(after_last && before_next, "edits overlap: {edit:?}");
        if after_last && before_next {
            self.0.insert(at, edit);
        }
    }

    /// All edits, in order of place.
    pub fn iter(&self) -> std::slice::Iter<'_, Edit> {
        self.0.iter()
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mail with the edits made. Ranges beyond the original's end are cut to it.
    #[must_use]
    pub fn apply(&self, original: &[u8]) -> Vec<u8> {
        let grown: usize = self.0.iter().map(|e| e.with.len()).sum();
        let mut out = Vec::with_capacity(original.len() + grown);
        let mut done = 0;
        for edit in &self.0 {
            let start = edit.range.start.min(original.len());
            out.extend_from_slice(&original[done.min(start)..start]);
            out.extend_from_slice(&edit.with);
            done = edit.range.end.min(original.len());
        }
        out.extend_from_slice(&original[done..]);
        out
    }
}

impl FromIterator<Edit> for Edits {
    fn from_iter<I: IntoIterator<Item = Edit>>(edits: I) -> Self {
        let mut all = Self::default();
        edits.into_iter().for_each(|edit| all.add(edit));
        all
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
