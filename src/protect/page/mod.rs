//! A mail as a web page that stands alone: for the password archive, and for the pickup pages.
//!
//! In: a [`Message`]. Out: its words as HTML that is safe to show ([`fragment`]), a whole page with the header on top
//! ([`document`]), and its [`attachments`] under names that are safe on any disk. Invariants: no script, no form, no frame,
//! nothing fetched from anywhere; pictures of the mail itself stand in the page as `data:` addresses. Written from the tokens of
//! the mail's HTML by an allow-list, never copied ([`sanitise`]). Nothing fails: what cannot be shown is an attachment. A mail whose
//! words lie inside a signature is opened first ([`unsealed`]), which is the caller's to do, once.

mod attachment;
mod pictures;
mod plain;
mod sanitise;
mod sealed;
mod shown;
mod style;

pub use attachment::{Attachment, attachments};
pub use sealed::unsealed;

use crate::message::Message;
use pictures::Pictures;

/// Header fields that a page shows, in this order, with their names for people.
const FIELDS: [(&str, &str); 6] =
    [("from", "From"), ("to", "To"), ("cc", "Cc"), ("reply-to", "Reply to"), ("date", "Date"), ("subject", "Subject")];

/// How the page looks: readable on a phone, in print, and in the dark. It fetches nothing.
const LOOK: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem;overflow-wrap:break-word}\
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;border-bottom:1px solid;padding-bottom:1rem}\
    dt{font-weight:bold}dd{margin:0}img{max-width:100%;height:auto}blockquote{margin-left:1rem;padding-left:.5rem;border-left:3px solid #888}";

/// The mail's own words as HTML for the inside of an element: sanitised, and nothing outside of allowed elements.
#[must_use]
pub fn fragment(message: &Message) -> String {
    let mut pictures = Pictures::of(message);
    let mut html = String::new();
    for part in shown::bodies(message) {
        let text = message.text(part);
        html.push_str("<div>");
        match part.content_type.media.as_str() {
            "text/html" => sanitise::write(&mut html, &text, &mut pictures),
            _ => plain::write(&mut html, &text),
        }
        html.push_str("</div>\n");
    }
    html
}

/// A whole page: the header's fields on top, the words below, and the names of the files that came with it.
#[must_use]
pub fn document(message: &Message) -> String {
    let subject = message.subjects().into_iter().next().unwrap_or_default();
    let mut page = String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    // For browsers that open the file: nothing may run and nothing be fetched, whatever was missed elsewhere.
    page.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
         form-action 'none'; base-uri 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
    );
    escape(&mut page, if subject.trim().is_empty() { "Message" } else { &subject });
    page.push_str("</title>\n<style>");
    page.push_str(LOOK);
    page.push_str("</style>\n</head>\n<body>\n<dl>\n");
    for (field, name) in FIELDS {
        for value in message.values(field) {
            line(&mut page, name, &value);
        }
    }
    for attachment in attachments(message) {
        line(&mut page, "Attached", &attachment.name);
    }
    page.push_str("</dl>\n<main>\n");
    page.push_str(&fragment(message));
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn line(page: &mut String, name: &str, value: &str) {
    page.push_str("<dt>");
    page.push_str(name);
    page.push_str("</dt><dd dir=\"auto\">");
    escape(page, value);
    page.push_str("</dd>\n");
}

/// Adds text so that no HTML reader sees anything else in it, in an element or in a quoted attribute.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\0' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
