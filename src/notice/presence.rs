//! Is the notice there already? Texts are compared folded: white space, typography and invisible characters do not count.
//!
//! A client that rewraps, quotes, makes HTML out of text or curls the quotation marks still shows the same words, so what is left
//! after folding is the words alone. Case counts: it is the school's wording.

use std::borrow::Cow;

/// A text without what rewrapping and typography may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Folded(String);

impl Folded {
    pub(super) fn of(text: &str) -> Self {
        let mut folded = Self::default();
        folded.push(text);
        folded
    }

    /// Adds more text. Stars are left out: they stand for bold where a client makes text out of HTML.
    pub(super) fn push(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '*' | ' ' => {}
                '!'..='~' => self.0.push(c),
                c => self.0.push_str(&fold(c)),
            }
        }
    }

    /// Adds bytes that ought to be UTF-8.
    pub(super) fn push_bytes(&mut self, bytes: &[u8]) {
        match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => self.push(text),
            Cow::Owned(text) => self.push(&text),
        }
    }

    pub(super) fn contains(&self, other: &Self) -> bool {
        self.0.contains(&other.0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The longest word of plain letters: a text without it cannot hold the rest, and need not be folded to see that.
pub(super) fn longest_word(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| word.len() > 3).max_by_key(|word| word.len()).map(str::to_owned)
}

/// The same words in ASCII, where only typography is lost by it.
pub(super) fn plainly(text: &str) -> Option<String> {
    let plain: String = text.chars().map(|c| if c == '\u{a0}' { Cow::Borrowed(" ") } else { spell(c) }).collect();
    plain.is_ascii().then_some(plain)
}

/// ASCII as it stands, the rest folded.
fn spell(c: char) -> Cow<'static, str> {
    if c.is_ascii() { Cow::Owned(c.to_string()) } else { fold(c) }
}

/// What a character counts as.
fn fold(c: char) -> Cow<'static, str> {
    Cow::Borrowed(match c {
        c if c.is_whitespace() || c.is_control() => "",
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => "",
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{b4}' => "'",
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '\u{2026}' => "...",
        c => return Cow::Owned(c.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::Folded;

    #[test]
    fn wrapping_and_typography_do_not_count() {
        let plain = Folded::of("It's \"only\" for you - not others...");
        let typeset = Folded::of("It\u{2019}s\r\n\u{201c}only\u{201d}\u{a0}for *you*\n\u{2013} not oth\u{ad}ers\u{2026}");
        assert_eq!(plain, typeset);
    }

    #[test]
    fn the_longest_word_is_one_that_no_client_changes() {
        assert_eq!(super::longest_word("It\u{2019}s strictly for you").as_deref(), Some("strictly"));
        assert_eq!(super::longest_word("\u{395}\u{3bc}\u{3c0}\u{3b9}\u{3c3} to us"), None);
    }

    #[test]
    fn words_do_count() {
        assert!(!Folded::of("This message is confidential").contains(&Folded::of("This message is Confidential")));
    }
}
