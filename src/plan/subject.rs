//! The subject without the word that a rule goes by (`do.remove_word`).
//!
//! In: rules that ask for it, the changes made already. Out: an edit for each `Subject` in which such a word stands, written anew in
//! encoded words where it is not ASCII. A subject that something else changes, and that of the new mail around one that is
//! wrapped for its notice, stay as they are: the word is a trigger, not a secret.

use super::{Desk, fields};
use crate::message::Edit;
use crate::policy::without_words;

/// Edits that take the words of these rules out.
pub(super) fn unworded(desk: &Desk, rules: &[usize], made: &[Edit]) -> Vec<Edit> {
    let words: Vec<&String> =
        rules.iter().filter_map(|at| desk.config.rules.get(*at)).flat_map(|rule| rule.when.subject_words()).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let subjects = desk.message.root().fields.iter().filter(|field| field.name == "subject");
    let free = subjects.filter(|field| {
        let apart = |edit: &Edit| edit.range.end <= field.whole.start || field.whole.end <= edit.range.start;
        made.iter().all(apart)
    });
    let edit = |field: &crate::message::Field| {
        let left = without_words(&desk.message.value(field), &words)?;
        let with = fields::written("Subject", &left).into_bytes();
        Some(Edit { range: field.whole.clone(), with, what: "the trigger word taken out of Subject".to_owned() })
    };
    free.filter_map(edit).collect()
}
