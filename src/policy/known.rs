//! What was found out about a mail before it is judged, handed in: the rules themselves look nothing up, open nothing, ask nobody.
//!
//! In: made by whoever has the memory, the box and the scanner, for one mail. Where nobody has one (the tests beside the rules), nobody
//! has written to anybody before and there are no attachments.

use std::collections::{HashMap, HashSet};

use super::contacts::Contacts;
use crate::extract::Contents;

/// Everything found out beforehand.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Who has written to whom.
    pub contacts: Contacts,
    /// What the attachments are and hold.
    pub contents: Contents,
    /// What the virus scanner says.
    pub scan: Scan,
    /// To whom mail can be encrypted.
    pub keys: Keys,
    /// Rules that wanted a mail encrypted which this one answers, by their ids.
    pub thread_protected_by: HashSet<String>,
}

/// Recipients, by their [`crate::base::Address::key`], of whom there is a key that is valid now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    pub smime: HashSet<String>,
    pub openpgp: HashSet<String>,
    /// Why a way turned out to be closed to a recipient when it was gone: by the address's key and the way's word.
    pub faults: HashMap<(String, String), String>,
}

/// What the virus scanner says of a mail, as far as rules ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Nothing is scanned, because the configuration says so: then everything is unscanned, and nothing follows from it by itself.
    pub off: bool,
    /// Finds: the name of the file as people are shown it, and of the virus.
    pub infected: Vec<Find>,
    /// What could not be scanned, and why.
    pub unscanned: Vec<Gap>,
}

/// A virus in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Find {
    /// The number of the part; empty where only the mail as a whole is known to hold it.
    pub part: String,
    /// As people are shown it; empty as above.
    pub file: String,
    pub virus: String,
}

/// Something that was not scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub part: String,
    pub file: String,
    pub why: String,
    /// The scanner is out of order: later it may succeed.
    pub for_now: bool,
}

impl Known {
    /// For tests of rules: everybody knows everybody, or nobody anybody.
    #[must_use]
    pub fn people(everybody: bool) -> Self {
        let contacts = if everybody { Contacts::everybody() } else { Contacts::default() };
        Self { contacts, ..Self::default() }
    }
}

impl Scan {
    /// No scanner is asked.
    #[must_use]
    pub fn none() -> Self {
        Self { off: true, ..Self::default() }
    }

    /// Whether the scanner was out of order for anything.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        self.unscanned.iter().any(|gap| gap.for_now)
    }
}
