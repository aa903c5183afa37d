//! SMTP replies with enhanced status codes (RFC 5321 section 4.2, RFC 2034, RFC 3463).

use std::borrow::Cow;
use std::fmt;

use super::one_line;

/// One reply: code, enhanced code, and text of one or more lines.
///
/// The text never holds a control character: [`Reply::new`] turns each into a space, so nothing that a mail or a rule says
/// can add a line to a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three digits.
    pub code: u16,
    /// The enhanced code, such as `5.7.1`; empty where the RFC has none (greeting, EHLO, 354).
    pub enhanced: &'static str,
    /// What is said to people. Lines are parted by `\n` when the reply is written over several.
    pub text: Cow<'static, str>,
}

impl Reply {
    /// A reply of one line.
    #[must_use]
    pub fn new(code: u16, enhanced: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        let clean = if text.chars().any(char::is_control) { Cow::Owned(one_line(&text).collect()) } else { text };
        Self { code, enhanced, text: clean }
    }

    /// The reply as it goes over the wire, each line within 512 octets (RFC 5321 section 4.5.3.1.5), ending in CRLF.
    #[must_use]
    pub fn to_wire(&self) -> String {
        let lines = wrap(&self.text, 512 - 2 - 4 - self.enhanced.len() - 1);
        let last = lines.len() - 1;
        let gap = if self.enhanced.is_empty() { "" } else { " " };
        let mut wire = String::new();
        for (i, line) in lines.iter().enumerate() {
            let mark = if i == last { ' ' } else { '-' };
            wire.push_str(&format!("{}{mark}{}{gap}{line}\r\n", self.code, self.enhanced));
        }
        wire
    }
}

/// Cuts a text into pieces of at most `room` octets, at spaces where there are any.
fn wrap(text: &str, room: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while rest.len() > room {
        let mut cut = room;
        while !rest.is_char_boundary(cut) {
            cut -= 1;
        }
        let cut = rest[..cut].rfind(' ').filter(|&at| at > 0).unwrap_or(cut);
        lines.push(rest[..cut].trim_end());
        rest = rest[cut..].trim_start();
    }
    lines.push(rest);
    lines
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.enhanced.is_empty() { "" } else { " " };
        write!(f, "{}{gap}{} {}", self.code, self.enhanced, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Reply;

    #[test]
    fn control_characters_never_add_a_line() {
        let reply = Reply::new(550, "5.7.1", "no\r\n250 yes".to_owned());
        assert_eq!(reply.to_wire(), "550 5.7.1 no  250 yes\r\n");
    }

    #[test]
    fn long_text_goes_over_several_lines() {
        let wire = Reply::new(550, "5.7.1", "word ".repeat(300)).to_wire();
        assert!(wire.lines().all(|line| line.len() <= 510));
        assert!(wire.starts_with("550-5.7.1 word"));
        assert!(wire.lines().last().unwrap().starts_with("550 5.7.1 "));
    }
}
