//! What documents of all families share: their XML, the flow of their text, and their tables.

pub(super) mod date;
pub(super) mod grid;
pub(super) mod number;
pub(super) mod story;
pub(super) mod xml;

use super::Unread;

/// Whether reading should end here: nothing more could be handed over. Any other fault is one of a part, and the next part is read.
pub(super) fn ends(draft: &super::Draft, why: &Unread) -> bool {
    matches!(why, Unread::Bound(_)) && (draft.budget.text == 0 || draft.budget.files == 0 || draft.budget.unpacked == 0)
}

#[cfg(test)]
pub(super) mod trial;

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
