//! What in a mail's content names recipients to programs: calendars, headers under a signature, Outlook's own envelope.
//!
//! In: a mail and the [`Hidden`]. Out: each place that names hidden people, as a reason for people, and whom. Nothing here is
//! ever altered: a signed mail's bytes are its signer's, and an invitation without its attendees is another invitation.
//! Not looked at: the words of the mail, mails that it carries (a forwarded mail is content), and what is encrypted.

use super::header::named_in_field;
use super::hidden::{Hidden, Places};
use crate::base::limits;
use crate::message::{Message, Part};

const CALENDAR: &str = "its calendar entry names them";
const SIGNED: &str = "it is signed, and what is signed names them";
const OUTLOOK: &str = "its winmail.dat names them";

/// Every part that names somebody hidden.
pub(super) fn naming(message: &Message, hidden: &Hidden) -> Vec<(&'static str, Places)> {
    let own = message.parts().iter().filter(|part| !message.is_inside(part, |outer| outer.content_type.is_message()));
    let named = own.flat_map(|part| {
        [
            (CALENDAR, in_calendar(message, part, hidden)),
            (SIGNED, under_signature(message, part, hidden)),
            (SIGNED, in_opaque_signature(message, part, hidden)),
            (OUTLOOK, in_winmail(message, part, hidden)),
        ]
    });
    named.filter(|(_, people)| !people.is_empty()).collect()
}

/// Attendees and the like (RFC 5545 section 3.8.4), in every line that is not the words of the entry.
fn in_calendar(message: &Message, part: &Part, hidden: &Hidden) -> Places {
    const WORDS: [&str; 5] = ["description", "summary", "comment", "location", "x-alt-desc"];
    let media = matches!(part.content_type.media.as_str(), "text/calendar" | "application/ics" | "text/x-vcalendar");
    if !media && !has_ending(part, &[".ics", ".ical", ".vcs", ".ifb"]) {
        return Places::new();
    }
    if part.body.len() > limits::SEARCHED_PART_OCTETS {
        return hidden.everybody();
    }
    // Long lines are folded, in the middle of a word too (RFC 5545 section 3.1).
    let text = message.text(part).replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "").to_lowercase();
    let is_words = |line: &&str| WORDS.iter().any(|word| line.starts_with(word));
    let names: Vec<&str> = text.lines().filter(|line| line.contains('@') && !is_words(line)).collect();
    hidden.named_in(&names.join("\n"))
}

/// The header under a signature (RFC 9788; the older `protected-headers`; message/rfc822 of RFC 8551 section 3.1).
fn under_signature(message: &Message, part: &Part, hidden: &Hidden) -> Places {
    let parts = message.parts();
    let child = |part: &Part| part.children.first().and_then(|id| parts.get(*id));
    let Some(signed) = child(part).filter(|_| part.content_type.media == "multipart/signed") else { return Places::new() };
    let inner = child(signed).filter(|_| signed.content_type.is_message());
    let fields = [Some(signed), inner].into_iter().flatten().flat_map(|part| &part.fields);
    let protected = fields.filter(|field| !field.name.starts_with("content-"));
    let mut people: Places = protected.flat_map(|field| named_in_field(message, field, hidden)).collect();
    let is_shown_header = |part: &&Part| part.content_type.media == "text/rfc822-headers";
    if let Some(shown) = child(signed).filter(is_shown_header).or(Some(signed).filter(is_shown_header)) {
        let is_long = shown.body.len() > limits::SEARCHED_PART_OCTETS;
        people.extend(if is_long { hidden.everybody() } else { hidden.named_in(&message.text(shown)) });
    }
    people
}

/// The header at the beginning of what an opaque signature holds (RFC 8551 section 3.5.2). It may be cut into pieces there, so a
/// list of recipients in it names everybody.
fn in_opaque_signature(message: &Message, part: &Part, hidden: &Hidden) -> Places {
    if !matches!(part.content_type.media.as_str(), "application/pkcs7-mime" | "application/x-pkcs7-mime") {
        return Places::new();
    }
    let content = message.decoded(part);
    let beginning = content.get(..limits::SEARCHED_HEADER_OCTETS).unwrap_or(&content);
    let content = String::from_utf8_lossy(beginning).replace("\r\n", "\n").to_lowercase();
    let Some((before, after)) = content.split_once("content-type:") else { return Places::new() };
    let header = format!("{before}\n{}", after.split("\n\n").next().unwrap_or_default());
    let has_list = ["\nto:", "\ncc:", "protected-headers", "hp=\"clear\"", "hp=clear"].iter().any(|list| header.contains(list));
    if has_list { hidden.everybody() } else { hidden.named_in(&header) }
}

/// Outlook's own form of a mail (TNEF), which may hold its list of recipients, in one byte a letter or in two.
fn in_winmail(message: &Message, part: &Part, hidden: &Hidden) -> Places {
    if part.content_type.media != "application/ms-tnef" && !has_ending(part, &["winmail.dat"]) {
        return Places::new();
    }
    // Each piece is searched with the beginning of the next one: more than any address takes.
    const PIECE: usize = 64 << 10;
    const OVERLAP: usize = 2 << 10;
    let content = message.decoded(part);
    let pieces = (0..content.len()).step_by(PIECE).filter_map(|at| content.get(at..content.len().min(at + PIECE + OVERLAP)));
    let letters = pieces.flat_map(|piece| {
        let narrow: Vec<u8> = piece.iter().copied().filter(|byte| *byte != 0).collect();
        [printable(piece), printable(&narrow)]
    });
    letters.flat_map(|text| hidden.named_in(&text)).collect()
}

/// Control characters part words here.
fn printable(content: &[u8]) -> String {
    content.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { ' ' }).collect()
}

fn has_ending(part: &Part, endings: &[&str]) -> bool {
    let name = part.file_name.as_deref().unwrap_or_default().to_lowercase();
    endings.iter().any(|ending| name.ends_with(ending))
}
