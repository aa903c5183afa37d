//! What a next hop said: one reply, read for people and for reports (RFC 5321 section 4.2, RFC 2034, RFC 3463).
//!
//! mail-send keeps the three numbers of an enhanced code in a byte each, so `5.7.708` would be lost; they are read here, from
//! the reply as it came. Control characters become spaces, so nothing in a reply can add a line to a log or a report.

use std::fmt;

use crate::base::one_line;

/// Characters of a reply's text that are kept.
const TEXT_CHARS: usize = 500;

/// One reply of a next hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The three digits.
    pub(super) code: u16,
    /// The enhanced code, where there is one that fits the code.
    pub(super) enhanced: Option<String>,
    /// Its text in one line, without the codes.
    pub(super) text: String,
}

impl Said {
    /// Reads a whole reply.
    pub(super) fn read(reply: &[u8]) -> Self {
        let text = String::from_utf8_lossy(reply);
        let code = text.get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        let mut said = Self { code, enhanced: None, text: String::new() };
        for line in text.lines() {
            let rest = line.get(4..).unwrap_or_default().trim();
            let (enhanced, rest) = split_enhanced(rest, code);
            said.enhanced = said.enhanced.or(enhanced.map(str::to_owned));
            if !said.text.is_empty() && !rest.is_empty() {
                said.text.push(' ');
            }
            said.text.push_str(rest);
        }
        said.text = one_line(&said.text).take(TEXT_CHARS).collect();
        said
    }

    /// 2yz.
    pub(super) fn is_yes(&self) -> bool {
        self.code / 100 == 2
    }

    /// 5yz.
    pub(super) fn is_never(&self) -> bool {
        self.code / 100 == 5
    }

    /// 421: the host closes the connection (RFC 5321 section 3.8).
    pub(super) fn is_goodbye(&self) -> bool {
        self.code == 421
    }

    /// The enhanced code, or the general one of its class.
    pub(super) fn status(&self) -> String {
        self.enhanced.clone().unwrap_or_else(|| format!("{}.0.0", self.code / 100))
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.enhanced {
            Some(enhanced) => write!(f, "{} {enhanced} {}", self.code, self.text),
            None => write!(f, "{} {}", self.code, self.text),
        }
    }
}

/// Parts an enhanced code of the same class from the text after it.
fn split_enhanced(line: &str, code: u16) -> (Option<&str>, &str) {
    let word = line.split(' ').next().unwrap_or_default();
    let mut numbers = word.split('.');
    let class = numbers.next().and_then(|n| n.parse::<u16>().ok());
    let rest: Vec<&str> = numbers.collect();
    let fits = class == Some(code / 100)
        && rest.len() == 2
        && rest.iter().all(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    if fits { (Some(word), line.get(word.len()..).unwrap_or_default().trim_start()) } else { (None, line) }
}

#[cfg(test)]
mod tests {
    use super::Said;

    #[test]
    fn the_enhanced_code_is_read_with_all_its_digits() {
        let said = Said::read(b"550-5.7.708 Service unavailable.\r\n550 5.7.708 Access denied\r\n");
        assert_eq!(said.to_string(), "550 5.7.708 Service unavailable. Access denied");
        assert_eq!(said.status(), "5.7.708");
    }

    #[test]
    fn what_is_no_enhanced_code_of_this_class_stays_text() {
        for (reply, enhanced, text) in [
            (&b"550 2.1.1 odd\r\n"[..], None, "2.1.1 odd"),
            (b"250 1.2 ok\r\n", None, "1.2 ok"),
            (b"550\r\n", None, ""),
            (b"550 5.1.1\r\n", Some("5.1.1"), ""),
            (b"250 \xff\x07\r\n", None, "\u{fffd} "),
        ] {
            let said = Said::read(reply);
            assert_eq!((said.enhanced.as_deref(), said.text.as_str()), (enhanced, text));
        }
    }
}
