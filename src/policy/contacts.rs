//! What is remembered of earlier mail, handed into judging: the rules themselves look nothing up.
//!
//! In: made by whoever has the memory, for one mail. Where nobody has one (`explain`, the tests beside the rules), nobody has written to
//! anybody before, or everybody to everybody.

use std::collections::HashSet;
use std::sync::Arc;

use crate::base::Domain;

/// Who has written to whom before, as far as one mail is concerned.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    /// Recipients, by their [`crate::base::Address::key`], to whom this sender has written before.
    pub of_sender: HashSet<String>,
    /// Recipients to whom anybody at the school has written before.
    pub of_school: HashSet<String>,
    /// Domains that the school often writes to.
    pub frequent: Arc<[Domain]>,
    /// Everybody has written to everybody.
    pub everybody: bool,
}

impl Contacts {
    /// For tests of rules: nothing is a first contact.
    #[must_use]
    pub fn everybody() -> Self {
        Self { everybody: true, ..Self::default() }
    }

    /// Whether the mail's sender has written to a recipient before; by the recipient's key.
    #[must_use]
    pub fn knows(&self, recipient: &str) -> bool {
        self.everybody || self.of_sender.contains(recipient)
    }

    /// Whether anybody at the school has written to a recipient before; by the recipient's key.
    #[must_use]
    pub fn school_knows(&self, recipient: &str) -> bool {
        self.everybody || self.of_school.contains(recipient)
    }
}
