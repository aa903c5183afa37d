//! The one place where the plan meets the notice.
//!
//! The plan asks for a notice through [`Notices`], so that it can be tested with notices that fail in every way.

use crate::config::Disclaimer;
use crate::message::{Edit, Message};

/// What became of a notice, and the edits that make it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub edits: Vec<Edit>,
    pub outcome: Outcome,
}

/// One outcome for each copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Added,
    AlreadyThere,
    /// Spared, and why.
    Exempt(String),
    /// It cannot be added without harm, and why.
    Impossible(String),
}

/// What the placeholders of a notice stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placeholders {
    pub sender_name: String,
    pub sender_address: String,
    pub school_name: String,
}

/// Places a notice into a mail, or wraps the mail into a new one that shows it.
pub trait Notices {
    /// Edits that add the notice to every displayed body.
    fn place(&self, message: &Message, disclaimer: &Disclaimer, fill: &Placeholders) -> Placed;
    /// Edits that make a new mail with the notice around the original.
    fn wrap(&self, message: &Message, disclaimer: &Disclaimer, fill: &Placeholders) -> Vec<Edit>;
}
