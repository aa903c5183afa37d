//! A query in its canonical form: quotes around every value, instants for days, brackets around every group.
//!
//! In: a tree. Out: text that reads back as the same tree, whatever the day and the time zone; what the ledger keeps of a search.

use std::fmt::{self, Display, Formatter, Write};

use super::tree::{Fact, Node, Phrase, Place, Role, Sizes, Text, Times, Who};
use super::{Order, Query};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.root {
            Node::All(nodes) => between(f, nodes, " ")?,
            root => root.fmt(f)?,
        }
        match (self.order, &self.root) {
            (Order::Newest, _) => Ok(()),
            (Order::Relevance, root) if *root == Node::everything() => f.write_str("sort:relevance"),
            (Order::Relevance, _) => f.write_str(" sort:relevance"),
        }
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(nodes) if nodes.is_empty() => f.write_str("in:anywhere"),
            Self::All(nodes) => group(f, nodes, " "),
            Self::Any(nodes) => alternatives(f, nodes),
            Self::Not(node) => write!(f, "-{node}"),
            Self::Text { place, text } => words(f, *place, text),
            Self::Fact(fact) => fact.fmt(f),
        }
    }
}

fn group(f: &mut Formatter<'_>, nodes: &[Node], operator: &str) -> fmt::Result {
    f.write_char('(')?;
    between(f, nodes, operator)?;
    f.write_char(')')
}

/// As `OR` binds least, what stands side by side needs no brackets within: so the text is no deeper than what was typed.
fn alternatives(f: &mut Formatter<'_>, nodes: &[Node]) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        f.write_str(if at > 0 { " OR " } else { "(" })?;
        match node {
            Node::All(inner) if !inner.is_empty() => between(f, inner, " ")?,
            node => node.fmt(f)?,
        }
    }
    f.write_char(')')
}

fn between<T: Display>(f: &mut Formatter<'_>, all: &[T], operator: &str) -> fmt::Result {
    for (at, one) in all.iter().enumerate() {
        f.write_str(if at > 0 { operator } else { "" })?;
        one.fmt(f)?;
    }
    Ok(())
}

fn words(f: &mut Formatter<'_>, place: Place, text: &Text) -> fmt::Result {
    let prefix = match place {
        Place::Anywhere => "",
        Place::Subject => "subject:",
        Place::Body => "body:",
        Place::Attachment => "attachment:",
        Place::Content => "content:",
        Place::People(role) => {
            write!(f, "{}:", role_word(role))?;
            ""
        }
    };
    f.write_str(prefix)?;
    match text {
        Text::Phrase(phrase) => phrase.fmt(f),
        Text::Stem(word) => write!(f, "~{word}"),
        Text::Near { phrases, within } => {
            let operator = format!(" NEAR/{within} ");
            let (open, close) = if place == Place::Anywhere { ("", "") } else { ("(", ")") };
            f.write_str(open)?;
            between(f, phrases, &operator)?;
            f.write_str(close)
        }
    }
}

/// How deep the brackets of a tree stand when it is written; `bare` where its own would be left out.
pub(super) fn brackets(node: &Node, bare: bool) -> usize {
    let deepest = |nodes: &[Node], bare| nodes.iter().map(|node| brackets(node, bare)).max().unwrap_or(0);
    match node {
        Node::All(nodes) => deepest(nodes, false) + usize::from(!bare && !nodes.is_empty()),
        Node::Any(nodes) => deepest(nodes, true) + 1,
        Node::Not(node) => brackets(node, false),
        Node::Text { place, text } => usize::from(*place != Place::Anywhere && matches!(text, Text::Near { .. })),
        Node::Fact(_) => 0,
    }
}

impl Display for Phrase {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"{}", self.words.join(" "), if self.open { "*" } else { "" })
    }
}

/// The prefix of a role.
fn role_word(role: Role) -> &'static str {
    match role {
        Role::With => "with",
        Role::From => "from",
        Role::To => "to",
        Role::Cc => "cc",
        Role::Bcc => "bcc",
        Role::Rcpt => "rcpt",
    }
}

impl Display for Fact {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Party { role: Role::With, who: Who::Domain(domain) | Who::Host(domain) } => {
                write!(f, "domain:{}", quoted(domain))
            }
            Self::Party { role, who: Who::Domain(domain) | Who::Host(domain) } => {
                write!(f, "{}:{}", role_word(*role), quoted(&format!("@{domain}")))
            }
            Self::Party { role, who: Who::Address(address) } => write!(f, "{}:{}", role_word(*role), quoted(address)),
            Self::HasAttachment => f.write_str("has:attachment"),
            Self::FileType(file_type) => write!(f, "filetype:{}", quoted(file_type)),
            Self::Size(sizes) => write!(f, "size:{sizes}"),
            Self::Received(times) => write!(f, "received:{times}"),
            Self::Sent(times) => write!(f, "sent:{times}"),
            Self::Expires(times) => write!(f, "expires:{times}"),
            Self::Direction(direction) => write!(f, "direction:{}", direction.word()),
            Self::Rule(id) => write!(f, "rule:{}", quoted(id)),
            Self::Verdict(verdict) => write!(f, "verdict:{}", verdict.word()),
            Self::Class(class) => write!(f, "class:{}", quoted(class)),
            Self::Thread(id) => write!(f, "thread:{}", quoted(id)),
            Self::Ref(reference) => write!(f, "ref:{reference}"),
            Self::Is(mark) => write!(f, "is:{}", mark.word()),
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if c == '\\' || super::token::is_quote(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

impl Display for Sizes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        range(f, self.least, self.most)
    }
}

impl Display for Times {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        range(f, self.from, self.until)
    }
}

fn range<T: Display>(f: &mut Formatter<'_>, from: Option<T>, to: Option<T>) -> fmt::Result {
    if let Some(from) = from {
        from.fmt(f)?;
    }
    f.write_str("..")?;
    match to {
        Some(to) => to.fmt(f),
        None => Ok(()),
    }
}
