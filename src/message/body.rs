//! Which parts a client shows as the mail's own words.
//!
//! In: a [`Message`]. Out: its text/plain and text/html bodies. Goes down from the root through the multiparts that only arrange
//! what is shown (mixed, alternative, related, and any multipart a client does not know, RFC 2046 section 5.1.3), without
//! recursion. What is signed, encrypted, a report or another mail is someone's sealed words: nothing in there is given.

use super::{Disposition, Message, Part, PartId};

/// The bodies, in order.
pub(super) fn displayed(message: &Message) -> Vec<&Part> {
    let mut shown = Vec::new();
    let mut waiting: Vec<PartId> = vec![0];
    while let Some(part) = waiting.pop().and_then(|id| message.parts().get(id)) {
        if part.content_type.is_multipart() {
            waiting.extend(arranged(message, part).into_iter().rev());
        } else if is_body(message, part) {
            shown.push(part);
        }
    }
    shown
}

/// The children that are shown as part of the mail.
fn arranged(message: &Message, part: &Part) -> Vec<PartId> {
    match part.content_type.media.as_str() {
        "multipart/signed" | "multipart/encrypted" | "multipart/report" | "multipart/digest" => Vec::new(),
        _ if part.disposition == Disposition::Attachment => Vec::new(),
        "multipart/related" => related_root(message, part).into_iter().collect(),
        _ => part.children.clone(),
    }
}

/// Of a multipart/related one part is shown, the others serve it (RFC 2387 section 3.2): the one that `start` names, or the first.
fn related_root(message: &Message, part: &Part) -> Option<PartId> {
    let first = part.children.first().copied();
    let Some(start) = part.content_type.parameter("start") else { return first };
    let named = part.children.iter().copied().find(|id| {
        let child = &message.parts()[*id];
        child.fields.iter().any(|field| field.name == "content-id" && message.value(field) == start)
    });
    named.or(first)
}

fn is_body(message: &Message, part: &Part) -> bool {
    let is_text = matches!(part.content_type.media.as_str(), "text/plain" | "text/html");
    is_text && part.disposition == Disposition::Inline && (part.file_name.is_none() || is_first(message, part))
}

/// A text with a file's name is an attachment, unless the mail begins with it.
fn is_first(message: &Message, part: &Part) -> bool {
    let mut at = part;
    while let Some(parent) = at.parent.and_then(|id| message.parts().get(id)) {
        if parent.children.first() != Some(&at.id) && parent.content_type.media != "multipart/alternative" {
            return false;
        }
        at = parent;
    }
    true
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
