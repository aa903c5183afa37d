//! The school's confidentiality notice: where it goes into a mail, and how it is written there.
//!
//! In: a [`Message`], the `[disclaimer]` section and what its placeholders stand for. Out: [`Placed`], edits and one [`Outcome`].
//! Every displayed body gets the notice in its own form (text or HTML), charset and transfer encoding; a body that has it
//! already is left alone, so placing twice changes nothing more.
//!
//! Invariants: the original's text is never altered, only added to; a body is written anew only where its charset or its
//! transfer encoding cannot hold the notice, and then decodes to the same text. Signed, encrypted, calendar, report, message/*
//! and attached parts are never touched. Work and memory follow the size of the text bodies, not of the mail.
//!
//! What can fail: a body that cannot take the notice makes the whole mail [`Outcome::Impossible`], with the reason and without
//! edits; `if_impossible` is then for the plan, and [`wrap`] is one of its answers. It does not decide which mail is spared
//! (null sender, lists, automatic replies): the rules do.

mod bodies;
mod body;
mod charset;
mod field;
mod html;
mod placeholders;
mod presence;
mod text;
mod transfer;
mod wrapped;

use crate::config::{Disclaimer, NoticePlace};
use crate::message::{Edit, Message};

pub use placeholders::Placeholders;
pub use wrapped::wrap;

use presence::Folded;

/// What became of the notice in one copy, and the changes that make it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// None overlaps another; nothing unless the outcome is [`Outcome::Added`].
    pub edits: Vec<Edit>,
    pub outcome: Outcome,
}

/// One outcome for each copy; it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stands in every displayed body now, and in at least one it did not stand before.
    Added,
    /// Every displayed body has it already.
    AlreadyThere,
    /// It is not wanted here, and why.
    Exempt(String),
    /// It cannot be added without harm, and why.
    Impossible(String),
}

/// The notice with its placeholders filled in, in both forms, and folded for comparison.
#[derive(Debug)]
struct Notice {
    name: String,
    text: String,
    html: String,
    /// What a body that shows the notice holds: one form or the other.
    folded: Vec<Folded>,
    /// A word that every text with the notice holds; nothing where the two forms differ or have no plain word.
    key: Option<String>,
    /// The HTML form shows no words: its markup is then what tells that it is there.
    picture: bool,
}

/// Where a notice may stand in a body, and what the body says already.
#[derive(Debug, Default)]
struct View {
    /// What the sender wrote here.
    own: Folded,
    /// What is quoted from earlier mails.
    quoted: Folded,
    /// Below everything.
    end: Spot,
    /// Above the quoted reply, where there is one with nothing of the sender's below it.
    above: Option<Spot>,
    /// Quotes that nothing closes: all below them looks quoted.
    open_quotes: usize,
}

/// A place in a body's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Spot {
    at: usize,
    /// Markup that must come first, so that what follows is seen.
    closing: String,
    /// Whether it lies below open quotes and must be marked as standing outside them.
    outside: Option<usize>,
}

/// Adds the notice to every displayed body that does not have it.
#[must_use]
pub fn place(message: &Message, disclaimer: &Disclaimer, placeholders: &Placeholders) -> Placed {
    let notice = Notice::fill(disclaimer, placeholders);
    if notice.folded.is_empty() {
        return Placed { edits: Vec::new(), outcome: Outcome::Exempt("the notice is empty".to_owned()) };
    }
    match edits(message, disclaimer, &notice) {
        Ok(edits) if edits.is_empty() => Placed { edits, outcome: Outcome::AlreadyThere },
        Ok(edits) => Placed { edits, outcome: Outcome::Added },
        Err(why) => Placed { edits: Vec::new(), outcome: Outcome::Impossible(why) },
    }
}

fn edits(message: &Message, disclaimer: &Disclaimer, notice: &Notice) -> Result<Vec<Edit>, String> {
    let bodies = message.bodies();
    if bodies.is_empty() {
        return Err(bodies::why_none(message));
    }
    let mut edits = Vec::new();
    for part in bodies {
        edits.extend(body::open(message, part, notice.key.as_deref(), |body, view| {
            if notice.is_in(view, disclaimer.once_per_thread) || body.shows_picture(notice) {
                return Ok(Vec::new());
            }
            let above = view.above.as_ref().filter(|_| disclaimer.place == NoticePlace::AboveQuote);
            body.insert(above.unwrap_or(&view.end), notice)
        })?);
    }
    Ok(edits)
}

impl Notice {
    fn fill(disclaimer: &Disclaimer, placeholders: &Placeholders) -> Self {
        let text = placeholders.fill_text(&disclaimer.text);
        let html = placeholders.fill_html(&disclaimer.html);
        let shown = html::folded(&html);
        let picture = shown.is_empty();
        let mut folded: Vec<Folded> = [Folded::of(&text), shown].into_iter().filter(|f| !f.is_empty()).collect();
        folded.dedup();
        let key = (folded.len() == 1).then(|| presence::longest_word(&text)).flatten();
        Self { name: disclaimer.name.clone(), text, html, folded, key, picture }
    }

    fn is_in(&self, view: &View, thread: bool) -> bool {
        self.folded.iter().any(|notice| view.own.contains(notice) || (thread && view.quoted.contains(notice)))
    }
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod tests;
