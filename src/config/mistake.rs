//! What is wrong with a configuration, for people and for scripts.
//!
//! In: a place in a text, a sentence, perhaps the word that was meant. Out: a [`Mistake`], which prints as
//! `file:line:column: sentence`, the line itself with a marker under the place, and the way out; and which serialises as one
//! object of `check --json`. A line that seems to hold a password is cut at its `=`: a mistake never shows a secret.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::base::one_line;

/// Characters of one line that are shown; longer lines are cut around the place.
const SHOWN: usize = 120;

/// One thing that is wrong, or, among the warnings, that is likely not meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file, as it was named on the command line or in the configuration.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The nearest right word, ready to be put in.
    pub suggestion: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The id of the rule it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Whether it says that something is not there, which is not sure while the rest of the file cannot be read.
    #[serde(skip)]
    pub(super) of_absence: bool,
    #[serde(skip)]
    shown: Shown,
}

/// The line as people see it, and where the marker stands under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    line: String,
    from: usize,
    width: usize,
}

/// All that is wrong with a configuration, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    /// Never empty where it is an error.
    pub mistakes: Vec<Mistake>,
    /// What is allowed and likely not meant.
    pub warnings: Vec<Mistake>,
}

/// The one document that `check --json` prints.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Whether the configuration can be used.
    pub ok: bool,
    pub mistakes: Vec<Mistake>,
    pub warnings: Vec<Mistake>,
    /// The results of the tests beside the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<serde_json::Value>,
}

impl Mistake {
    /// A mistake at a byte range of a text.
    #[must_use]
    pub fn within(file: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = floor(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let end = floor(text, span.end).clamp(start, line_end);
        let column = text[line_start..start].chars().count();
        Self {
            file: file.to_owned(),
            line: text[..line_start].matches('\n').count() + 1,
            column: column + 1,
            message: message.into(),
            suggestion: None,
            help: None,
            rule: None,
            of_absence: false,
            shown: Shown::new(&text[line_start..line_end], column, text[start..end].chars().count()),
        }
    }

    /// A mistake at a line and column of a text, both from 1; used for tests beside rules that fail.
    #[must_use]
    pub fn at(file: &str, text: &str, line: usize, column: usize, message: impl Into<String>) -> Self {
        let line_start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let before: usize = text[line_start..].chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        let at = line_start + before;
        Self::within(file, text, at..at, message)
    }

    /// A mistake of a file as a whole: it cannot be read, or something is missing in it. No line is shown.
    #[must_use]
    pub fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self::within(file, "", 0..0, message)
    }

    /// Says what to do.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Names the right word, where one is near.
    pub fn suggest(&mut self, word: Option<impl Into<String>>) -> &mut Self {
        self.suggestion = word.map(Into::into);
        self
    }
}

/// The nearest boundary of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

impl Shown {
    fn new(line: &str, column: usize, width: usize) -> Self {
        let visible = without_secret(line.trim_end());
        let skip = if visible.chars().count() > SHOWN { column.saturating_sub(SHOWN / 3) } else { 0 };
        let cut: String = one_line(&visible).skip(skip).take(SHOWN).collect();
        let from = column - skip;
        let room = cut.chars().count().saturating_sub(from);
        Self { line: cut, from, width: width.min(room).max(1) }
    }
}

/// The line, cut at the `=` behind a key that names a password and not the file of one.
fn without_secret(line: &str) -> String {
    let key_before = |at: usize| line[..at].trim_end().rsplit([' ', '\t', ',', '{']).next().unwrap_or_default();
    match line.match_indices('=').find(|(at, _)| names_a_secret(key_before(*at))) {
        Some((at, _)) => format!("{}= …", &line[..at]),
        None => line.to_owned(),
    }
}

/// Whether a key is one that people write passwords behind.
pub(super) fn names_a_secret(key: &str) -> bool {
    let key = key.trim().trim_matches(['"', '\'']).to_lowercase();
    !key.ends_with("_file") && ["password", "passwd", "secret", "token"].iter().any(|word| key.contains(word))
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        self.explain(f)
    }
}

impl Mistake {
    fn explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.shown.line.is_empty() {
            write!(f, "\n  {}\n  {}{}", self.shown.line, " ".repeat(self.shown.from), "^".repeat(self.shown.width))?;
        }
        if let Some(word) = &self.suggestion {
            write!(f, "\n  help: did you mean `{word}`?")?;
        }
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "\n  help: {help}"))
    }
}

/// A warning prints like a mistake, with the word before its sentence.
pub struct Warning<'m>(pub &'m Mistake);

impl fmt::Display for Warning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mistake { file, line, column, message, .. } = self.0;
        write!(f, "{file}:{line}:{column}: warning: {message}")?;
        self.0.explain(f)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in &self.mistakes {
            writeln!(f, "{mistake}\n")?;
        }
        for warning in &self.warnings {
            writeln!(f, "{}\n", Warning(warning))?;
        }
        write!(f, "{}, {}", count(self.mistakes.len(), "mistake"), count(self.warnings.len(), "warning"))
    }
}

impl std::error::Error for Mistakes {}

impl From<Mistakes> for Report {
    fn from(found: Mistakes) -> Self {
        Self { ok: found.mistakes.is_empty(), mistakes: found.mistakes, warnings: found.warnings, tests: None }
    }
}

impl From<&super::Loaded> for Report {
    fn from(loaded: &super::Loaded) -> Self {
        Self { ok: true, mistakes: Vec::new(), warnings: loaded.warnings.clone(), tests: None }
    }
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// The one of `words` that is nearest to what was written, if any is near enough to be meant.
pub(super) fn nearest<'w>(written: &str, words: impl IntoIterator<Item = &'w str>) -> Option<String> {
    let even = |word: &str| word.to_lowercase().replace('-', "_");
    let written = even(written);
    let room = (written.chars().count() / 3).clamp(1, 3);
    let distance = |word: &str| strsim::damerau_levenshtein(&written, &even(word));
    words.into_iter().map(|word| (distance(word), word)).filter(|(d, _)| *d <= room).min().map(|(_, word)| word.to_owned())
}

#[cfg(test)]
#[path = "mistake_tests.rs"]
mod tests;
