//! The one place where the plan meets the notice.
//!
//! The plan asks for a notice through [`Notices`], so that it can be tested with notices that fail in every way.

use crate::config::Disclaimer;
use crate::message::{Edit, Message};
use crate::notice::{self, Placed, Placeholders};

/// Places a notice into a mail, or wraps the mail into a new one that shows it.
pub trait Notices {
    /// Edits that add the notice to every displayed body.
    fn place(&self, message: &Message, disclaimer: &Disclaimer, fill: &Placeholders) -> Placed;
    /// Edits that make a new mail with the notice around the original.
    fn wrap(&self, message: &Message, disclaimer: &Disclaimer, fill: &Placeholders) -> Vec<Edit>;
}

/// The notice as the school sends it.
#[derive(Clone, Copy, Debug)]
pub struct SchoolNotices;

impl Notices for SchoolNotices {
    fn place(&self, message: &Message, disclaimer: &Disclaimer, fill: &Placeholders) -> Placed {
        notice::place(message, disclaimer, fill)
    }

    fn wrap(&self, message: &Message, disclaimer: &Disclaimer, fill: &Placeholders) -> Vec<Edit> {
        notice::wrap(message, disclaimer, fill)
    }
}
