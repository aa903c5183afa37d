//! Strangers' text on one line.
//!
//! In: text that somebody else wrote: a subject, a name typed at sign-in, the reply of another server. Out: its characters,
//! with a space for each control character, so that it adds no line to a log, a field or a reply, and moves no cursor.

/// The characters of a text on one line.
pub fn one_line(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| if c.is_control() { ' ' } else { c })
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn no_line_is_added_and_no_cursor_moved() {
        assert_eq!(one_line("a\r\nBcc: b\t\u{1b}[2J\u{85}ü").collect::<String>(), "a  Bcc: b  [2J ü");
    }
}
