//! What the school knows of itself, out of its configuration; the roll is read by whoever has a disk.

use super::Known;
use crate::config::School;

impl Known {
    /// Without a roll.
    #[must_use]
    pub fn of(school: &School) -> Self {
        let domains = school.domains.iter().map(|domain| domain.as_str().to_owned()).collect();
        Self { roll: None, domains, numbers: school.numbers.iter().cloned().collect() }
    }
}
