//! How a mail came that the gateway did not carry itself: by a journal listener, or out of a file.
//!
//! It is part of the record's header, so it is sealed with the mail. What is taken off a mail before it is kept (the journal report
//! around it, the mbox line above it) stands here byte for byte: nothing that came is lost.

use serde::{Deserialize, Serialize};

use crate::base::{Address, Envelope};

/// Where a mail of which only a copy came is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    pub form: Form,
    /// Why a report was not unwrapped; what is not as it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The envelope as SMTP said it, where the record's own envelope was read from a report or a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smtp: Option<Envelope>,
    /// What the journal report says of each recipient, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addressed: Vec<Addressed>,
    /// The report around the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapping: Option<Wrapping>,
    /// The file it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<SourceFile>,
}

/// In what form it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The mail itself, as a copy.
    Copy,
    /// In a journal report, and it was taken out of it.
    Report,
    /// In a journal report that is kept whole.
    WholeReport,
}

impl Form {
    /// The word for the ledger and the metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Report => "report",
            Self::WholeReport => "whole-report",
        }
    }
}

/// One recipient as a journal report names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// As written, where it is no address (an X.500 name).
    pub who: String,
    pub by: AddressedBy,
    /// The list that was expanded to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expanded: Option<String>,
    /// Whose mail is forwarded to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<String>,
}

/// The field of a report that names a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressedBy {
    To,
    Cc,
    Bcc,
    /// Only that they got it is known.
    Recipient,
    /// Not a recipient: in whose name it was sent.
    OnBehalfOf,
}

/// What stood around a mail: the report as it came is `before`, the mail, `after`. Where the mail stood there encoded, it is its
/// encoding that stood between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapping {
    #[serde(with = "crate::base::base64_text")]
    pub before: Vec<u8>,
    #[serde(with = "crate::base::base64_text")]
    pub after: Vec<u8>,
}

/// A file that a mail was imported from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    pub path: String,
    /// The `From ` line of an mbox above the mail, without its line end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_line: Option<String>,
    /// Lines of the mail from which one `>` before `From ` was taken.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unescaped: u64,
}

impl Provenance {
    /// A mail that came as itself, and of which nothing more is known.
    #[must_use]
    pub fn copy() -> Self {
        Self { form: Form::Copy, why: None, smtp: None, addressed: Vec::new(), wrapping: None, file: None }
    }

    /// Those who got it blind, where a report says so.
    pub fn blind(&self) -> impl Iterator<Item = Address> {
        self.addressed.iter().filter(|one| one.by == AddressedBy::Bcc).filter_map(|one| Address::parse(&one.who).ok())
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
