//! A mail as search sees it: what goes into the index, and what the matcher reads.
//!
//! In: what the archive knows of a mail. Out: its columns as words, and the people of each role. The rules that are easily got wrong twice
//! (who is a blind recipient, where one value ends) stand here once, for index and matcher alike. Nothing can fail.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::query::{Column, Direction, Role, Verdict};
use super::words::{BOUNDARY, words};
use crate::base::Ref;

/// A mail. Text is as it was written; addresses are without brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub reference: Ref,
    /// Order of receipt.
    pub seq: u64,
    pub received_at: Timestamp,
    /// The `Date` field, where it can be read.
    pub sent_at: Option<Timestamp>,
    pub direction: Direction,
    pub from: Vec<Party>,
    pub to: Vec<Party>,
    pub cc: Vec<Party>,
    /// The `Bcc` field of the header; blind recipients of the envelope are found by themselves.
    pub bcc: Vec<Party>,
    /// Recipients of the envelope.
    pub recipients: Vec<String>,
    /// Nothing for `<>`.
    pub reverse_path: Option<String>,
    pub subject: String,
    pub body: String,
    pub attachments: Vec<Attachment>,
    /// Octets as it came.
    pub size: u64,
    /// Retention class.
    pub class: String,
    /// Nothing while it is under a hold.
    pub expires: Option<Timestamp>,
    /// Ids of the rules that matched.
    pub rules: Vec<String>,
    /// What became of it, once for each recipient or once for each verdict.
    pub verdicts: Vec<Verdict>,
    pub is_held: bool,
    pub is_encrypted: bool,
    pub is_unsearchable: bool,
    /// Message-IDs without `<>`: its own, and those of `In-Reply-To` and `References`.
    pub thread: Vec<String>,
}

/// Somebody in a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The display name; may be empty.
    pub name: String,
    pub address: String,
}

/// A file in a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// What it is by its content: the word of `extract::Kind`.
    pub kind: String,
    pub size: u64,
    pub text: String,
}

impl Document {
    /// The words of a column, [`BOUNDARY`] between its values. Joined by single blanks, they are what FTS5 is given.
    #[must_use]
    pub fn column(&self, column: Column) -> Vec<String> {
        match column {
            Column::Subject => words(&self.subject),
            Column::Body => words(&self.body),
            Column::Attachment => bounded(self.attachments.iter().map(|file| file.name.as_str())),
            Column::Content => bounded(self.attachments.iter().map(|file| file.text.as_str())),
            Column::From => bounded(both(&self.from).chain(self.reverse_path.as_deref())),
            Column::To => bounded(both(&self.to)),
            Column::Cc => bounded(both(&self.cc)),
            Column::Bcc => bounded(both(&self.bcc).chain(self.blind())),
            Column::Rcpt => bounded(self.recipients.iter().map(String::as_str)),
        }
    }

    /// The addresses of those who have a role, in lower case, each once.
    #[must_use]
    pub fn addresses(&self, role: Role) -> BTreeSet<String> {
        let of = |parties: &[Party]| parties.iter().map(|party| party.address.to_lowercase()).collect::<BTreeSet<_>>();
        match role {
            Role::With => {
                [Role::From, Role::To, Role::Cc, Role::Bcc, Role::Rcpt].iter().flat_map(|role| self.addresses(*role)).collect()
            }
            Role::From => of(&self.from).into_iter().chain(self.reverse_path.as_deref().map(str::to_lowercase)).collect(),
            Role::To => of(&self.to),
            Role::Cc => of(&self.cc),
            Role::Bcc => of(&self.bcc).into_iter().chain(self.blind().map(str::to_lowercase)).collect(),
            Role::Rcpt => self.recipients.iter().map(|address| address.to_lowercase()).collect(),
        }
    }

    /// Recipients of the envelope whom neither `To` nor `Cc` names.
    pub(super) fn blind(&self) -> impl Iterator<Item = &str> {
        let named: BTreeSet<String> = self.to.iter().chain(&self.cc).map(|party| party.address.to_lowercase()).collect();
        self.recipients.iter().map(String::as_str).filter(move |address| !named.contains(&address.to_lowercase()))
    }
}

impl Attachment {
    /// Whether it is of a type: by its content, or by the ending of its name.
    #[must_use]
    pub fn is_of(&self, file_type: &str) -> bool {
        self.kind == file_type || self.ending().is_some_and(|ending| ending == file_type)
    }

    /// What stands behind the last dot of its name, in lower case.
    #[must_use]
    pub fn ending(&self) -> Option<String> {
        self.name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase())
    }
}

/// Names and addresses: each is a value of its own.
fn both(parties: &[Party]) -> impl Iterator<Item = &str> {
    parties.iter().flat_map(|party| [party.name.as_str(), party.address.as_str()])
}

fn bounded<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut all = Vec::new();
    for value in values.map(words).filter(|value| !value.is_empty()) {
        if !all.is_empty() {
            all.push(BOUNDARY.to_owned());
        }
        all.extend(value);
    }
    all
}
