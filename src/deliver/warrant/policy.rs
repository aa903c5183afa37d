//! MTA-STS policies (RFC 8461 section 3), read.
//!
//! Pure. In: TXT records, the text of a policy. Out: the id, the [`Policy`]. Invariants: what is not a whole policy is none; a
//! pattern matches whole host names only, its asterisk exactly one label.

use std::time::Duration;

/// Seconds of the longest life that counts, about a year (RFC 8461 section 3.2).
const LONGEST: u64 = 31_557_600;
/// Characters of an id (RFC 8461 section 3.1).
const ID_CHARACTERS: usize = 32;
/// Patterns that are read; a policy of 64 KB could hold thousands.
const PATTERNS: usize = 200;

/// What a domain asks of those who send to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::deliver) struct Policy {
    pub(super) mode: Mode,
    pub(super) patterns: Vec<String>,
    pub(super) max_age: Duration,
}

/// How earnestly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::deliver) enum Mode {
    Enforce,
    Testing,
    None,
}

impl Mode {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Testing => "testing",
            Self::None => "none",
        }
    }
}

/// The id in a domain's TXT records, where exactly one of them is of MTA-STS (RFC 8461 section 3.1).
pub(super) fn id(texts: &[String]) -> Option<String> {
    let mut records = texts.iter().filter(|text| text.split(';').next().is_some_and(|first| first.trim() == "v=STSv1"));
    let (Some(record), None) = (records.next(), records.next()) else { return None };
    let id = record.split(';').find_map(|field| field.trim().strip_prefix("id="))?.trim();
    let is_sound = !id.is_empty() && id.len() <= ID_CHARACTERS && id.chars().all(|c| c.is_ascii_alphanumeric());
    is_sound.then(|| id.to_owned())
}

impl Policy {
    /// Reads a policy. Of a field that stands twice the first counts; unknown ones are passed over.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let (mut version, mut mode, mut max_age, mut patterns) = (None, None, None, Vec::new());
        for line in text.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match key.trim() {
                "version" => drop(version.get_or_insert(value)),
                "mode" => drop(mode.get_or_insert(value)),
                "max_age" => drop(max_age.get_or_insert(value)),
                "mx" if patterns.len() < PATTERNS => patterns.push(value.trim_end_matches('.').to_ascii_lowercase()),
                _ => {}
            }
        }
        if version != Some("STSv1") {
            return Err("it does not say version: STSv1");
        }
        let mode = match mode {
            Some("enforce") => Mode::Enforce,
            Some("testing") => Mode::Testing,
            Some("none") => Mode::None,
            _ => return Err("its mode is none that is known"),
        };
        let age = max_age.and_then(|age| age.parse::<u64>().ok()).ok_or("it has no max_age")?;
        if patterns.is_empty() && mode != Mode::None {
            return Err("it names no host");
        }
        Ok(Self { mode, patterns, max_age: Duration::from_secs(age.min(LONGEST)) })
    }

    /// Whether it names a host (RFC 8461 section 4.1).
    pub(super) fn names(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.patterns.iter().any(|pattern| match pattern.strip_prefix("*.") {
            Some(rest) => host.split_once('.').is_some_and(|(label, parent)| !label.is_empty() && parent == rest),
            None => host == *pattern,
        })
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
