//! What the scanner said of a mail: of the whole and of each file in it.
//!
//! Pure data, read by the rules and shown by `explain`. Invariant: clean is what clamd called clean and nothing else; whatever
//! could not be looked at says why.

use std::fmt;

/// What became of one scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Clean,
    /// The virus's name, as clamd has it.
    Infected(String),
    /// Larger than clamd takes, or than it looks into.
    TooBig,
    /// It has a password, so clamd saw its outside only (clamd says so where `AlertEncrypted` is on).
    Protected,
    TimedOut,
    /// The scanner could not be asked: why.
    Down(String),
    /// An answer that is neither "clean" nor a find: what it was.
    Broken(String),
    /// No scanner is configured.
    Off,
}

/// One file of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// The part's number, such as `1.2`.
    pub part: String,
    /// The file's name, where it has one.
    pub name: String,
    pub outcome: Outcome,
}

/// All outcomes of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub whole: Outcome,
    pub parts: Vec<Scanned>,
}

/// A virus, and the file it is in where that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Find<'r> {
    pub part: Option<&'r str>,
    pub file: Option<&'r str>,
    pub virus: &'r str,
}

impl Outcome {
    /// One word, for metrics and for scripts.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Infected(_) => "infected",
            Self::TooBig => "too-big",
            Self::Protected => "protected",
            Self::TimedOut => "timed-out",
            Self::Down(_) => "down",
            Self::Broken(_) => "broken",
            Self::Off => "off",
        }
    }

    /// The virus, where one was found.
    #[must_use]
    pub fn virus(&self) -> Option<&str> {
        if let Self::Infected(virus) = self { Some(virus) } else { None }
    }

    /// The scanner gave no answer, and may give one later.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::TimedOut | Self::Down(_))
    }

    /// Neither clean nor a find nor switched off: nobody knows what is in it.
    #[must_use]
    pub fn is_unscanned(&self) -> bool {
        !matches!(self, Self::Clean | Self::Infected(_) | Self::Off)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("clean"),
            Self::Infected(virus) => write!(f, "infected with {virus}"),
            Self::TooBig => f.write_str("too big for the scanner"),
            Self::Protected => f.write_str("protected, so the scanner cannot see into it"),
            Self::TimedOut => f.write_str("the scanner did not answer in time"),
            Self::Down(why) => write!(f, "the scanner cannot be asked: {why}"),
            Self::Broken(what) => write!(f, "the scanner could not read it: {what}"),
            Self::Off => f.write_str("not scanned: the scanner is off"),
        }
    }
}

impl Report {
    /// The find to name. One that is in the mail as a whole is named by the file that has the same, else by any file with a find.
    #[must_use]
    pub fn infected(&self) -> Option<Find<'_>> {
        let whole = self.whole.virus();
        let finds = || self.parts.iter().filter(|part| part.outcome.virus().is_some());
        let part = finds().find(|part| part.outcome.virus() == whole).or_else(|| finds().next());
        match part {
            Some(part) => {
                let file = Some(part.name.as_str()).filter(|name| !name.is_empty());
                Some(Find { part: Some(&part.part), file, virus: part.outcome.virus()? })
            }
            None => whole.map(|virus| Find { part: None, file: None, virus }),
        }
    }

    /// The scanner was down or too slow for some of it. A find counts nonetheless: ask [`Self::infected`] first.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        self.outcomes().any(Outcome::is_outage)
    }

    /// Whether clamd called all of it clean: the whole mail and every file, or, of a mail that is too big as a whole, every file.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let files_are_clean = self.parts.iter().all(|part| part.outcome == Outcome::Clean);
        let whole_is_seen = match self.whole {
            Outcome::Clean => true,
            Outcome::TooBig => !self.parts.is_empty(),
            _ => false,
        };
        whole_is_seen && files_are_clean
    }

    /// The files that nobody knows the inside of.
    pub fn unscanned(&self) -> impl Iterator<Item = &Scanned> {
        self.parts.iter().filter(|part| part.outcome.is_unscanned())
    }

    /// Why the mail does not count as scanned: a file's outcome, or the whole's. Nothing where it counts, is infected, or no
    /// scanner is configured.
    #[must_use]
    pub fn unscanned_because(&self) -> Option<&Outcome> {
        let of_a_file = self.unscanned().map(|part| &part.outcome).next();
        let is_unseen = self.whole.is_unscanned() && !self.is_clean();
        of_a_file.or_else(|| is_unseen.then_some(&self.whole))
    }

    fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        std::iter::once(&self.whole).chain(self.parts.iter().map(|part| &part.outcome))
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
