//! Which parts a page shows as the mail's words, and which are files beside it.
//!
//! Unlike [`Message::bodies`] this also looks into what is signed and into reports: it is for somebody who reads the mail, and
//! changes nothing in it. Of alternatives one is shown, the last that a page can show (RFC 2046 section 5.1.4).

use crate::message::{Disposition, Message, Part, PartId};

/// The text parts to show, in order.
pub(super) fn bodies(message: &Message) -> Vec<&Part> {
    walk(message).0
}

/// Every leaf that is not shown and does not merely say a shown one in another way, in order.
pub(super) fn others(message: &Message) -> Vec<&Part> {
    walk(message).1
}

fn walk(message: &Message) -> (Vec<&Part>, Vec<&Part>) {
    let (mut shown, mut others) = (Vec::new(), Vec::new());
    let mut waiting: Vec<PartId> = vec![0];
    while let Some(part) = waiting.pop().and_then(|id| message.parts().get(id)) {
        if part.content_type.is_message() {
            others.push(part); // a mail in the mail stays whole
        } else if part.content_type.media == "multipart/alternative" {
            waiting.extend(chosen(message, part).into_iter().rev());
        } else if part.content_type.is_multipart() && !part.children.is_empty() {
            waiting.extend(part.children.iter().rev());
        } else if is_shown(part) {
            shown.push(part);
        } else {
            others.push(part);
        }
    }
    (shown, others)
}

/// Of alternatives, the last that has something to show; beside it what is neither text nor parts (an invitation).
fn chosen(message: &Message, part: &Part) -> Vec<PartId> {
    let children: Vec<&Part> = part.children.iter().filter_map(|id| message.parts().get(*id)).collect();
    let best = children.iter().rev().find(|child| is_shown(child) || child.content_type.is_multipart()).map(|child| child.id);
    let kept = children.iter().filter(|child| Some(child.id) == best || !(is_shown(child) || child.content_type.is_multipart()));
    kept.map(|child| child.id).collect()
}

fn is_shown(part: &Part) -> bool {
    let is_text = matches!(part.content_type.media.as_str(), "text/plain" | "text/html");
    is_text && part.disposition == Disposition::Inline && part.file_name.is_none()
}
