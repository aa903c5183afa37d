//! Single values: from what stands in the file to what a room can use, or one mistake.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;

use super::mistake::nearest;
use super::model::{Keep, Network};
use super::reader::{Reader, Span, Value, kind};
use super::units::{self, Unfit};
use crate::base::{Address, Domain};

impl<'t> Reader<'t> {
    /// A text, as it stands.
    pub fn text(&mut self, value: &Value<'t>) -> Option<String> {
        match value.it {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Table(_) | DeValue::Array(_) => {
                self.wrong(&value.span, format!("`{}` must be one text in quotes, not {}", value.key, kind(value.it)));
                None
            }
            other => {
                self.wrong(&value.span, format!("`{}` must be a text, not {}", value.key, kind(other))).help("put it in quotes");
                None
            }
        }
    }

    /// A text of one line that is not empty: fit for headers, replies and logs.
    pub fn line_of_text(&mut self, value: &Value<'t>) -> Option<String> {
        let text = self.text(value)?;
        if text.trim().is_empty() {
            self.wrong(&value.span, format!("`{}` is empty", value.key));
            return None;
        }
        if text.chars().any(char::is_control) {
            let escaped = text.contains(['\u{8}', '\t', '\u{c}', '\r', '\u{1b}']);
            let mistake = self.wrong(&value.span, format!("`{}` must be one line, without control characters", value.key));
            if escaped {
                mistake.help(
                    "in double quotes \\b, \\t, \\f, \\r and \\e are control characters; put patterns in single quotes: '…'",
                );
            }
            return None;
        }
        Some(text)
    }

    /// A name or id: letters, digits, `-`, `_` and `.`, so that it can stand in replies, logs and commands.
    pub fn name(&mut self, value: &Value<'t>) -> Option<String> {
        let text = self.text(value)?;
        if text.is_empty() || text.len() > 64 || !text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            self.wrong(&value.span, format!("`{}` must be a short name of letters, digits, - and _", value.key))
                .suggest(as_name(&text));
            return None;
        }
        Some(text)
    }

    /// One of a few words.
    pub fn word<T: Copy>(&mut self, value: &Value<'t>, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(value)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            self.unknown_word(value, &text, words.iter().map(|(word, _)| *word));
        }
        found
    }

    /// Says that a word is none of those known, and which is nearest.
    pub fn unknown_word<'w>(&mut self, value: &Value<'t>, text: &str, words: impl Iterator<Item = &'w str> + Clone) {
        let suggestion = nearest(text, words.clone());
        let known = words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let mistake = self.wrong(&value.span, format!("`{}` cannot be \"{text}\"", value.key));
        mistake.help(format!("it is one of {known}")).suggest(suggestion);
    }

    /// A name that must be defined elsewhere in the file; `section` is how it is defined.
    pub fn defined(&mut self, span: &Span, name: &str, names: &[String], section: &str) -> bool {
        let known = names.iter().any(|n| n == name);
        if !known {
            let suggestion = nearest(name, names.iter().map(String::as_str));
            let all = if names.is_empty() { "none is".to_owned() } else { format!("defined are: {}", names.join(", ")) };
            self.lacking(span, format!("there is no {section} named `{name}`; {all}")).suggest(suggestion);
        }
        known
    }

    /// `true` or `false`.
    pub fn flag(&mut self, value: &Value<'t>) -> Option<bool> {
        if let DeValue::Boolean(flag) = value.it {
            return Some(*flag);
        }
        self.wrong(&value.span, format!("`{}` must be true or false, not {}", value.key, kind(value.it)))
            .help("write true or false, without quotes");
        None
    }

    /// A whole number within bounds.
    pub fn integer(&mut self, value: &Value<'t>, bounds: RangeInclusive<u64>) -> Option<u64> {
        let (least, most) = (*bounds.start(), *bounds.end());
        let DeValue::Integer(written) = value.it else {
            let mistake = self.wrong(&value.span, format!("`{}` must be a whole number, not {}", value.key, kind(value.it)));
            if matches!(value.it, DeValue::String(_)) {
                mistake.help("write the number without quotes");
            }
            return None;
        };
        let number = u64::from_str_radix(written.as_str(), written.radix()).ok().filter(|n| bounds.contains(n));
        if number.is_none() {
            self.wrong(&value.span, format!("`{}` must be from {least} to {most}", value.key));
        }
        number
    }

    /// A whole number within bounds, as a count.
    pub fn count(&mut self, value: &Value<'t>, bounds: RangeInclusive<u32>) -> Option<u32> {
        let number = self.integer(value, u64::from(*bounds.start())..=u64::from(*bounds.end()))?;
        u32::try_from(number).ok()
    }

    /// A path, made absolute from the configuration's folder.
    pub fn path(&mut self, value: &Value<'t>) -> Option<PathBuf> {
        let text = self.line_of_text(value)?;
        Some(self.folder.join(text))
    }

    fn unit<T>(&mut self, value: &Value<'t>, example: &str, read: fn(&str) -> Result<T, Unfit>) -> Option<T> {
        let text = match value.it {
            DeValue::Integer(number) => number.to_string(),
            DeValue::String(text) => text.to_string(),
            other => {
                let message = format!("`{}` must be a text such as \"{example}\", not {}", value.key, kind(other));
                self.wrong(&value.span, message);
                return None;
            }
        };
        match read(&text) {
            Ok(read) => Some(read),
            Err(unfit) => {
                self.wrong(&value.span, format!("`{}`: {}", value.key, unfit.why)).suggest(unfit.suggestion);
                None
            }
        }
    }

    /// A size in bytes.
    pub fn size(&mut self, value: &Value<'t>) -> Option<u64> {
        self.unit(value, "50MB", units::size)
    }

    /// A time of fixed length.
    pub fn duration(&mut self, value: &Value<'t>) -> Option<Duration> {
        self.unit(value, "3d", units::duration)
    }

    /// A time in the calendar's terms.
    pub fn keep(&mut self, value: &Value<'t>) -> Option<Keep> {
        self.unit(value, "6mo", units::calendar).map(Keep)
    }

    /// An IP network.
    pub fn network(&mut self, value: &Value<'t>) -> Option<Network> {
        self.unit(value, "10.0.0.0/8", units::network)
    }

    /// A mail address.
    pub fn address(&mut self, value: &Value<'t>) -> Option<Address> {
        let text = self.text(value)?;
        match Address::parse(&text) {
            Ok(address) => Some(address),
            Err(error) => {
                self.wrong(&value.span, format!("\"{text}\" is not a mail address: {error}"))
                    .help("write it bare, such as \"office@school.example\", without a name or < >");
                None
            }
        }
    }

    /// A domain name, not an address literal.
    pub fn domain(&mut self, value: &Value<'t>) -> Option<Domain> {
        let text = self.text(value)?;
        if let Ok(domain) = Domain::parse(&text)
            && !domain.is_literal()
        {
            return Some(domain);
        }
        let bare = text.rsplit_once('@').map_or(text.as_str(), |(_, d)| d).trim_start_matches("*.").trim_matches('.');
        let suggestion = Domain::parse(bare).ok().filter(|d| d.as_str() != text).map(|d| d.to_string());
        self.wrong(&value.span, format!("\"{text}\" is not a domain name, such as \"school.example\"")).suggest(suggestion);
        None
    }

    /// An IP address and port to listen at.
    pub fn socket(&mut self, value: &Value<'t>) -> Option<SocketAddr> {
        let text = self.text(value)?;
        if let Ok(address) = text.parse() {
            return Some(address);
        }
        let suggestion = socket_meant(&text).map(|address| address.to_string());
        self.wrong(&value.span, format!("`{}` must be an IP address and a port, not \"{text}\"", value.key))
            .help("write \"0.0.0.0:587\" for all of this machine's addresses, \"127.0.0.1:2525\" for this machine alone")
            .suggest(suggestion);
        None
    }

    /// A date: bare (`2026-12-31`) or in quotes.
    pub fn date(&mut self, value: &Value<'t>) -> Option<jiff::civil::Date> {
        let text = match value.it {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        let date = (text.len() == 10).then(|| text.parse().ok()).flatten();
        if date.is_none() {
            let help = format!("write {} = {}", value.key, self.in_a_month());
            self.wrong(&value.span, format!("`{}` must be a date with year, month and day", value.key)).help(help);
        }
        date
    }

    fn in_a_month(&self) -> jiff::civil::Date {
        self.today.checked_add(jiff::Span::new().months(1)).unwrap_or(self.today)
    }
}

/// A name made of what was written, where enough of it is left.
fn as_name(text: &str) -> Option<String> {
    let name: String = text.trim().to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-').to_owned();
    (!name.is_empty() && name.len() <= 64).then_some(name)
}

/// What a near miss of an address to listen at was likely meant to be.
fn socket_meant(text: &str) -> Option<SocketAddr> {
    let text = text.trim();
    if let Some(port) = text.strip_prefix(':').or_else(|| text.strip_prefix("*:")) {
        return format!("0.0.0.0:{port}").parse().ok();
    }
    text.strip_prefix("localhost:").and_then(|port| format!("127.0.0.1:{port}").parse().ok())
}
