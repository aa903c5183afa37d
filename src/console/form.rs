//! The form by which a sender chooses: read, and looked at before anything is done.
//!
//! In: the body of a request, `application/x-www-form-urlencoded`. Out: a [`Choice`], or what is missing, with what was filled in, so
//! that nobody has to write it twice. The first of two fields of one name counts. A reason loses line ends, control characters and
//! what turns the direction of text, since it is read in the ledger, in logs and on terminals.

use crate::base::{limits, one_line};
use crate::queue::{Choice, Demand};

/// The form as it was filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) choice: String,
    pub(super) reason: String,
}

/// Why nothing is done yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Choice,
    Reason,
    /// The reason is too long.
    Brevity,
    /// It cannot be sent encrypted from here.
    Encryption,
}

impl Form {
    /// The words of the choices in the form.
    pub(super) const ENCRYPTED: &str = "encrypted";
    pub(super) const AS_IT_IS: &str = "as-it-is";
    pub(super) const STOP: &str = "stop";

    /// Reads a body. Whatever it holds, it is a form.
    pub(super) fn read(body: &[u8]) -> Self {
        let field =
            |wanted: &str| form_urlencoded::parse(body).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
        let reason = field("reason").unwrap_or_default();
        let plain = one_line(&reason).map(|c| if turns_text(c) { ' ' } else { c }).collect::<String>();
        let reason = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { choice: field("choice").unwrap_or_default(), reason }
    }

    /// What was chosen, where it can be done; `encryption` is the one that can be had.
    pub(super) fn choice(&self, encryption: Option<Demand>) -> Result<Choice, Missing> {
        match self.choice.as_str() {
            Self::ENCRYPTED => encryption.map(Choice::Encrypted).ok_or(Missing::Encryption),
            Self::AS_IT_IS if !self.reason.chars().any(char::is_alphanumeric) => Err(Missing::Reason),
            Self::AS_IT_IS if self.reason.chars().count() > limits::REASON_CHARACTERS => Err(Missing::Brevity),
            Self::AS_IT_IS => Ok(Choice::AsItIs { why: self.reason.clone() }),
            Self::STOP => Ok(Choice::Stop),
            _ => Err(Missing::Choice),
        }
    }
}

/// Marks, embeddings, overrides and isolates (Unicode Standard Annex 9).
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
