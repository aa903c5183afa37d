//! `{sender.name}`, `{sender.address}` and `{school.name}` in the notice.
//!
//! The sender chooses their display name, so it is a stranger's text: control characters go, and in HTML it is escaped. What is
//! filled in is never looked at again for placeholders. An unknown placeholder stays as written; the check of the config names it.

/// What the placeholders of a notice stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placeholders {
    pub sender_name: String,
    pub sender_address: String,
    pub school_name: String,
}

impl Placeholders {
    /// Fills in a text.
    pub(super) fn fill_text(&self, template: &str) -> String {
        self.fill(template, |value, out| out.extend(value.chars().filter(|&c| is_plain(c))))
    }

    /// Fills in HTML; fit for element content and for quoted attribute values.
    pub(super) fn fill_html(&self, template: &str) -> String {
        self.fill(template, |value, out| value.chars().filter(|&c| is_plain(c)).for_each(|c| escape(c, out)))
    }

    fn fill(&self, template: &str, put: impl Fn(&str, &mut String)) -> String {
        let mut out = String::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            match self.named(rest) {
                Some((value, length)) => {
                    put(value, &mut out);
                    rest = &rest[length..];
                }
                None => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// The value that the placeholder at the start of a text stands for, and the placeholder's length.
    fn named(&self, text: &str) -> Option<(&str, usize)> {
        let values = [
            ("{sender.name}", &self.sender_name),
            ("{sender.address}", &self.sender_address),
            ("{school.name}", &self.school_name),
        ];
        values.into_iter().find(|(name, _)| text.starts_with(name)).map(|(name, value)| (value.as_str(), name.len()))
    }
}

/// Controls could start a line; bidi controls could turn the words around them.
fn is_plain(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn escape(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        '\'' => out.push_str("&#39;"),
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::Placeholders;

    fn sender(name: &str) -> Placeholders {
        Placeholders {
            sender_name: name.to_owned(),
            sender_address: "a@b.example".to_owned(),
            school_name: "Oak & Ash".to_owned(),
        }
    }

    #[test]
    fn values_stand_where_their_names_stood() {
        let filled = sender("A. Teacher").fill_text("{sender.name} <{sender.address}> of {school.name}, {other} {");
        assert_eq!(filled, "A. Teacher <a@b.example> of Oak & Ash, {other} {");
    }

    #[test]
    fn a_name_cannot_bring_markup_lines_or_placeholders() {
        let odd = sender("<script>\"'&\r\nBcc: x\u{202e}{school.name}");
        assert_eq!(odd.fill_html("{sender.name}"), "&lt;script&gt;&quot;&#39;&amp;Bcc: x{school.name}");
        assert_eq!(odd.fill_text("{sender.name}"), "<script>\"'&Bcc: x{school.name}");
    }
}
