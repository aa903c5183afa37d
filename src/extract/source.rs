//! The texts of a mail as they stand in it, for whoever reads more than words: HTML with its tables, plain text with its lines.
//!
//! In: a [`Message`]. Out: a [`Source`] for each text that a client shows, what is quoted from earlier mails apart. Pure and linear, like
//! [`super::passages`], which gives the same texts without their form.

use super::{is_shown, page, text};
use crate::message::{Message, Part};

/// A shown text, or what of it is quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The number of its part.
    pub part: String,
    pub text: String,
    pub is_quoted: bool,
}

/// Every shown text, own before quoted.
#[must_use]
pub fn sources(message: &Message) -> Vec<Source> {
    message.parts().iter().filter(|part| is_shown(message, part)).flat_map(|part| halves(message, part)).collect()
}

fn halves(message: &Message, part: &Part) -> Vec<Source> {
    let text = message.text(part);
    let (own, quoted) = if part.content_type.media == "text/html" {
        parted(&text)
    } else {
        let body = text::read(part, text);
        (body.own, body.quoted)
    };
    let source = |text: String, is_quoted| Source { part: part.number.clone(), text, is_quoted };
    [source(own, false), source(quoted, true)].into_iter().filter(|source| !source.text.trim().is_empty()).collect()
}

/// A page without its quotes, and the quotes.
fn parted(html: &str) -> (String, String) {
    let (mut own, mut quoted, mut at) = (String::with_capacity(html.len()), String::new(), 0);
    for range in page::quotes(html) {
        own.push_str(html.get(at..range.start).unwrap_or_default());
        quoted.push_str(html.get(range.clone()).unwrap_or_default());
        at = range.end;
    }
    own.push_str(html.get(at..).unwrap_or_default());
    (own, quoted)
}

#[cfg(test)]
mod tests {
    use super::{parted, sources};
    use crate::message::Message;

    #[test]
    fn a_page_keeps_its_tags_and_its_quotes_stand_apart() {
        let page =
            "<p>Mine</p><table><tr><td>A</td></tr></table><blockquote type=\"cite\"><p>Theirs</p></blockquote><p>Below</p>";
        let (own, quoted) = parted(page);
        assert!(own.contains("<td>A</td>") && own.contains("Mine") && own.contains("Below") && !own.contains("Theirs"), "{own}");
        assert!(quoted.contains("Theirs") && !quoted.contains("Mine") && !quoted.contains("Below"), "{quoted}");
        assert_eq!(parted("<p>No quote"), ("<p>No quote".to_owned(), String::new()));
    }

    #[test]
    fn each_shown_text_is_given_in_halves_and_attachments_are_not() {
        let mail = "Content-Type: multipart/mixed; boundary=e\r\n\r\n--e\r\n\r\nMine\r\n> Theirs\r\n--e\r\n\
                    Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nA file\r\n--e--\r\n";
        let seen = sources(&Message::parse(mail.as_bytes().to_vec().into()));
        let texts: Vec<_> = seen.iter().map(|source| (source.part.as_str(), source.text.trim(), source.is_quoted)).collect();
        assert_eq!(texts, [("1", "Mine", false), ("1", "Theirs", true)]);
    }
}
