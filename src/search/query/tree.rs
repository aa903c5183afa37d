//! What a query asks, as a tree: small and closed, so that the index (FTS5 and SQL) and the matcher can each translate all of it.
//!
//! Built by [`Node::all`], [`Node::any`] and [`Node::not`] only, which keep one form for one meaning: no group in a group of its own kind, no
//! group of one, no double negation. `All` of nothing is every mail; its negation is none.
//! Depth is bounded by `limits::QUERY_DEPTH` and the few levels that a condition adds, so walking it may recurse.

use jiff::Timestamp;

use crate::base::Ref;

/// A condition, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    /// Words, somewhere.
    Text {
        place: Place,
        text: Text,
    },
    /// What is known of a mail without its words.
    Fact(Fact),
}

/// Words in one column of the index; phrases never reach from one value of a column into the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    Phrase(Phrase),
    /// As FTS5's `NEAR(a b, n)`: an occurrence of each in one column, and from the end of each no more than `within` words to the
    /// beginning of that which begins last. At least two.
    Near {
        phrases: Vec<Phrase>,
        within: u32,
    },
    /// Any word with the same stem as this one, which is folded and not yet stemmed.
    Stem(String),
}

/// Words in a row, folded; never empty. A single word is a phrase of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    pub words: Vec<String>,
    /// Whether the last of them is only the beginning of a word (`excurs*`).
    pub open: bool,
}

/// Where words are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Every column.
    Anywhere,
    Subject,
    Body,
    /// Names of attachments.
    Attachment,
    /// Text of attachments.
    Content,
    /// Names and addresses of people.
    People(Role),
}

/// One column of the index: a text of a mail that is searched by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    From,
    To,
    Cc,
    Bcc,
    /// Recipients of the envelope.
    Rcpt,
    Subject,
    Body,
    Attachment,
    Content,
}

/// As what somebody has to do with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Any of the others.
    With,
    /// `From`, and the reverse path.
    From,
    To,
    Cc,
    /// The `Bcc` field, and recipients of the envelope that neither `To` nor `Cc` names.
    Bcc,
    /// Recipients of the envelope.
    Rcpt,
}

/// Somebody, exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// An address in its lower-case form (`Address::key`).
    Address(String),
    /// Anyone at a domain or one of its subdomains; lower case, A-labels.
    Domain(String),
    /// Anyone at this domain and at none below it: what the scope of a case says, and no query.
    Host(String),
}

/// What is known of a mail without its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    Party {
        role: Role,
        who: Who,
    },
    HasAttachment,
    /// An attachment is of this kind by its content (the word of `extract::Kind`) or its name has this ending; lower case.
    FileType(String),
    Size(Sizes),
    /// Receipt by the gateway, the time that retention counts from.
    Received(Times),
    /// The `Date` field, which its sender may write as he likes.
    Sent(Times),
    /// When it will be purged; a mail under a hold never is.
    Expires(Times),
    Direction(Direction),
    /// The id of a rule that matched; lower case.
    Rule(String),
    /// What became of it, for one recipient at least.
    Verdict(Verdict),
    /// Retention class; lower case.
    Class(String),
    /// A Message-ID without `<>`: this mail's, or one that it answers.
    Thread(String),
    Ref(Ref),
    Is(Mark),
}

/// Octets of a mail as it came, both ends included; at least one is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    pub least: Option<u64>,
    pub most: Option<u64>,
}

/// From the first instant to before the second; at least one is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// Which way a mail went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    In,
    Out,
    Internal,
}

/// What became of a mail, for a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    Accepted,
    Held,
    Refused,
}

/// What a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// Still waiting for a decision, for one recipient at least.
    Held,
    /// Its words are not in the index.
    Unsearchable,
    /// It came or left under S/MIME, OpenPGP or a password.
    Encrypted,
}

impl Node {
    /// All of these; every mail, where there are none.
    #[must_use]
    pub fn all(nodes: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        one_or(flat, Self::All)
    }

    /// At least one of these; no mail, where there are none.
    #[must_use]
    pub fn any(nodes: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.is_empty() { Self::not(Self::everything()) } else { one_or(flat, Self::Any) }
    }

    /// Not this.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "the sibling of `all` and `any`; nobody writes `!node`")]
    pub fn not(node: Self) -> Self {
        match node {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Every mail.
    #[must_use]
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// A phrase in a place.
    #[must_use]
    pub fn phrase(place: Place, words: Vec<String>) -> Self {
        Self::Text { place, text: Text::Phrase(Phrase { words, open: false }) }
    }
}

fn one_or(mut nodes: Vec<Node>, group: impl Fn(Vec<Node>) -> Node) -> Node {
    match (nodes.len(), nodes.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            nodes.extend(last);
            group(nodes)
        }
    }
}

impl Column {
    /// In the order of the index. The first costs the least room there, so it is the one with the most words.
    pub const ALL: [Self; 9] =
        [Self::Body, Self::From, Self::To, Self::Cc, Self::Bcc, Self::Rcpt, Self::Subject, Self::Attachment, Self::Content];
}

impl Place {
    /// The columns in which it looks.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Anywhere => &Column::ALL,
            Self::Subject => &[Column::Subject],
            Self::Body => &[Column::Body],
            Self::Attachment => &[Column::Attachment],
            Self::Content => &[Column::Content],
            Self::People(role) => role.columns(),
        }
    }
}

impl Role {
    /// The columns of the people who have this role.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::With => &[Column::From, Column::To, Column::Cc, Column::Bcc, Column::Rcpt],
            Self::From => &[Column::From],
            Self::To => &[Column::To],
            Self::Cc => &[Column::Cc],
            Self::Bcc => &[Column::Bcc],
            Self::Rcpt => &[Column::Rcpt],
        }
    }
}

impl Sizes {
    /// Whether a size lies within.
    #[must_use]
    pub fn has(self, size: u64) -> bool {
        self.least.is_none_or(|least| size >= least) && self.most.is_none_or(|most| size <= most)
    }
}

impl Times {
    /// Whether an instant lies within.
    #[must_use]
    pub fn has(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
    }
}

impl Direction {
    /// Its word in a query.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Internal => "internal",
        }
    }
}

impl Verdict {
    /// Its word in a query.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Refused => "refused",
        }
    }
}

impl Mark {
    /// Its word in a query.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Unsearchable => "unsearchable",
            Self::Encrypted => "encrypted",
        }
    }
}
