//! The grammar of queries.
//!
//! ```text
//! query     = [ either ]
//! either    = each *( "OR" each )                 OR binds least, as in Outlook; the sentence shows how it was read
//! each      = item *( [ "AND" ] item )
//! item      = *( "NOT" / "-" ) operand *( "NEAR" [ "/" n ] operand )
//! operand   = "(" either ")" / "{" 1*item "}" / prefix ":" value *( "," value ) / value
//! value     = "~" word / quoted [ "*" ] / bare [ "*" ] / "(" either ")"       within the brackets the prefix goes on
//! ```
//!
//! In: the query and now. Out: a tree and an order. Operators are in capitals: in small letters they are words. Bounded by
//! `limits::QUERY_CHARACTERS`, `QUERY_DEPTH` (the only recursion) and `QUERY_TERMS`. What can fail: a [`QueryError`] at the first place
//! that cannot be read; nothing is left out in silence.

use std::ops::Range;

use jiff::Zoned;

use super::mistake::{Fault, QueryError};
use super::prefix::{self, Sense};
use super::token::{Piece, Scanner, is_minus, is_quote};
use super::tree::{Node, Phrase, Place, Text};
use super::value::{self, Words};
use super::{Order, Query, written};
use crate::base::limits;
use crate::search::words::words;

/// Words that may lie between two where `NEAR` stands without a number.
const NEAR_DEFAULT: u32 = 10;

/// Reads a query.
pub(super) fn parse(query: &str, now: &Zoned) -> Result<(Node, Order), QueryError> {
    if query.chars().count() > limits::QUERY_CHARACTERS {
        let end = query.char_indices().nth(limits::QUERY_CHARACTERS).map_or(query.len(), |(at, _)| at);
        let fault =
            Fault::new(format!("the query is longer than {} characters", limits::QUERY_CHARACTERS), "ask in several queries");
        return Err(fault.at(query, end..query.len()));
    }
    let mut parser = Parser { scanner: Scanner::new(query), now, order: Order::Newest, depth: 0, terms: 0 };
    parser.scanner.blanks();
    if parser.scanner.rest().is_empty() {
        return Ok((Node::everything(), Order::Newest));
    }
    let root = parser.either(None)?;
    match parser.scanner.peek() {
        Some(c) => {
            Err(parser.here(c.len_utf8(), Fault::new(format!("this `{c}` closes nothing"), "leave it out, or open it before")))
        }
        None => parser.bounded(root),
    }
}

struct Parser<'q> {
    scanner: Scanner<'q>,
    now: &'q Zoned,
    order: Order,
    depth: usize,
    terms: usize,
}

/// An operand before it is known whether `NEAR` follows.
enum Operand {
    Words(Place, Words),
    Done(Node),
}

/// What stands between operands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Not,
    Near,
}

impl Parser<'_> {
    /// The whole, if its canonical form is within the bounds too: what was once understood can always be read again.
    fn bounded(self, root: Node) -> Result<(Node, Order), QueryError> {
        let (query, order) = (self.scanner.query, self.order);
        let understood = Query { order, ..Query::new(root) };
        if leaves(&understood.root) > limits::QUERY_TERMS {
            return Err(too_many().at(query, 0..query.len()));
        }
        if written::brackets(&understood.root, true) > limits::QUERY_DEPTH {
            return Err(too_deep().at(query, 0..query.len()));
        }
        if understood.to_string().chars().count() > limits::QUERY_CHARACTERS {
            let fault = Fault::new("written out in full, the query is too long", "ask in several queries");
            return Err(fault.at(query, 0..query.len()));
        }
        Ok((understood.root, order))
    }

    /// Alternatives, up to the end or a bracket that closes.
    fn either(&mut self, sense: Option<Sense>) -> Result<Node, QueryError> {
        let mut alternatives = vec![self.each(sense, true)?];
        while self.operator() == Some(Operator::Or) {
            self.scanner.bare(false);
            alternatives.push(self.each(sense, false)?);
        }
        Ok(Node::any(alternatives))
    }

    /// Conditions side by side. An order may stand alone where there are no alternatives, and asks for every mail.
    fn each(&mut self, sense: Option<Sense>, is_first: bool) -> Result<Node, QueryError> {
        let mut nodes = Vec::new();
        let mut is_ordered = false;
        loop {
            self.scanner.blanks();
            let operator = self.operator();
            if self.is_at_end() || operator == Some(Operator::Or) {
                let is_order_alone = is_ordered && is_first && operator.is_none();
                return if is_order_alone || !nodes.is_empty() { Ok(Node::all(nodes)) } else { Err(self.lacking(operator)) };
            }
            if operator == Some(Operator::And) {
                self.and(nodes.is_empty())?;
            }
            match self.item(sense)? {
                Some(node) => nodes.push(node),
                None => is_ordered = true,
            }
        }
    }

    /// Takes an `AND`, which has something on both sides.
    fn and(&mut self, is_first: bool) -> Result<(), QueryError> {
        if is_first {
            return Err(self.lacking(Some(Operator::And)));
        }
        self.scanner.bare(false);
        let operator = self.operator();
        if self.is_at_end() || matches!(operator, Some(Operator::And | Operator::Or)) {
            return Err(self.lacking(Some(Operator::And)));
        }
        Ok(())
    }

    /// Whether nothing more stands in this group.
    fn is_at_end(&self) -> bool {
        matches!(self.scanner.peek(), None | Some(')' | '}'))
    }

    /// What to say where a condition should stand and none does.
    fn lacking(&self, operator: Option<Operator>) -> QueryError {
        let (message, help) = match operator {
            Some(Operator::Or) => ("`OR` needs something on both sides", "in small letters it is a word"),
            Some(Operator::And) => ("`AND` needs something on both sides", "in small letters it is a word"),
            _ => ("here something to search for is missing", "write it, or leave out the bracket or the OR before"),
        };
        self.here(self.scanner.run(false).len(), Fault::new(message, help))
    }

    /// One condition with what negates it, and those that are near. Nothing for `sort:`.
    fn item(&mut self, sense: Option<Sense>) -> Result<Option<Node>, QueryError> {
        let mut negative = false;
        let mut start = self.scanner.at;
        let mut signs = 0;
        while self.take_not()? {
            negative = !negative;
            signs += 1;
            self.scanner.blanks();
            start = self.scanner.at;
        }
        if signs == 0 && sense.is_none() && self.depth == 0 && self.sort()? {
            return Ok(None);
        }
        let first = self.operand(sense)?;
        let node = match self.operator() {
            Some(Operator::Near) => self.near(first, sense, start)?,
            _ => first.node(),
        };
        Ok(Some(if negative { Node::not(node) } else { node }))
    }

    /// Takes a `NOT` or a minus that stands right before something.
    fn take_not(&mut self) -> Result<bool, QueryError> {
        if self.operator() == Some(Operator::Not) {
            self.scanner.bare(false);
            self.scanner.blanks();
            let is_end = self.is_at_end();
            if is_end || matches!(self.operator(), Some(Operator::And | Operator::Or | Operator::Near)) {
                return Err(self.here(1, Fault::new("`NOT` needs something behind it", "in small letters it is a word")));
            }
            return Ok(true);
        }
        let Some(minus) = self.scanner.peek().filter(|c| is_minus(*c)) else { return Ok(false) };
        let next = self.scanner.rest().chars().nth(1);
        if next.is_none_or(|c| super::token::is_blank(c) || c == ')' || c == '}') {
            return Err(self.here(
                minus.len_utf8(),
                Fault::new("this minus stands alone", "put it right before what it takes away, or leave it out"),
            ));
        }
        Ok(self.scanner.take(minus))
    }

    /// Takes `sort:…`, if it is next.
    fn sort(&mut self) -> Result<bool, QueryError> {
        let run = self.scanner.run(false);
        let Some((name, _)) = run.split_once(':').filter(|(name, _)| prefix::known(name) == Some(Sense::Sort)) else {
            return Ok(false);
        };
        self.scanner.at += name.len() + 1;
        self.scanner.blanks();
        let piece = self.scanner.bare(false);
        self.order = match piece.text.to_lowercase().as_str() {
            "relevance" => Order::Relevance,
            "newest" | "date" => Order::Newest,
            _ => return Err(self.at(piece.span, Fault::new("there is no such order", "write sort:relevance or sort:newest"))),
        };
        Ok(true)
    }

    fn operand(&mut self, sense: Option<Sense>) -> Result<Operand, QueryError> {
        self.scanner.blanks();
        match self.scanner.peek() {
            Some('(') => self.brackets(sense).map(Operand::Done),
            Some('{') => self.braces(sense).map(Operand::Done),
            None | Some(')' | '}') => Err(self.lacking(None)),
            Some(c) if sense.is_some() || is_quote(c) || c == '~' => self.value(sense),
            Some(_) => match self.field()? {
                Some(node) => Ok(node),
                None => self.value(None),
            },
        }
    }

    fn brackets(&mut self, sense: Option<Sense>) -> Result<Node, QueryError> {
        let start = self.deeper()?;
        let node = self.either(sense)?;
        self.close(start, ')')?;
        Ok(node)
    }

    /// Gmail's `{a b}`: one of them.
    fn braces(&mut self, sense: Option<Sense>) -> Result<Node, QueryError> {
        let start = self.deeper()?;
        let mut nodes = Vec::new();
        loop {
            self.scanner.blanks();
            if self.is_at_end() && !nodes.is_empty() {
                self.close(start, '}')?;
                return Ok(Node::any(nodes));
            }
            if self.operator() == Some(Operator::Or) {
                self.scanner.bare(false);
            }
            nodes.extend(self.item(sense)?);
        }
    }

    /// Takes a bracket that opens; its place is given back.
    fn deeper(&mut self) -> Result<usize, QueryError> {
        self.depth += 1;
        if self.depth > limits::QUERY_DEPTH {
            return Err(self.here(1, too_deep()));
        }
        self.scanner.at += 1;
        Ok(self.scanner.at - 1)
    }

    fn close(&mut self, start: usize, bracket: char) -> Result<(), QueryError> {
        self.depth -= 1;
        self.scanner.blanks();
        if self.scanner.take(bracket) {
            return Ok(());
        }
        let fault =
            Fault::new(format!("this bracket is not closed by `{bracket}`"), format!("write a `{bracket}` where the group ends"));
        Err(self.at(start..start + 1, fault))
    }

    /// A prefix and its values, if a prefix is next.
    fn field(&mut self) -> Result<Option<Operand>, QueryError> {
        let run = self.scanner.run(false);
        let Some((name, rest)) = run.split_once(':') else { return Ok(None) };
        let span = self.scanner.at..self.scanner.at + name.len() + 1;
        let Some(sense) = prefix::known(name) else {
            let is_word = !prefix::is_like_one(name) || rest.starts_with("//");
            return if is_word { Ok(None) } else { Err(self.at(span, prefix::unknown(name))) };
        };
        self.scanner.at = span.end;
        self.scanner.blanks();
        match self.scanner.peek() {
            Some('(') => self.brackets(Some(sense)).map(|node| Some(Operand::Done(node))),
            Some('{') => self.braces(Some(sense)).map(|node| Some(Operand::Done(node))),
            _ => {
                let run = self.scanner.run(false);
                let is_other = run.split_once(':').is_some_and(|(name, _)| prefix::known(name).is_some());
                let is_lacking = self.is_at_end() || self.operator().is_some() || is_other;
                if is_lacking {
                    let fault = Fault::new(
                        format!("`{name}:` has no value"),
                        "write one behind the colon, in quotes if it has an odd form",
                    );
                    return Err(self.at(span, fault));
                }
                self.value(Some(sense)).map(Some)
            }
        }
    }

    /// A value; behind a prefix, several with commas between are alternatives.
    fn value(&mut self, sense: Option<Sense>) -> Result<Operand, QueryError> {
        let takes_list = sense.is_some_and(Sense::takes_list);
        let first = self.one_value(sense, takes_list)?;
        if !takes_list || self.scanner.peek() != Some(',') {
            return Ok(first);
        }
        let mut alternatives = vec![first.node()];
        while self.scanner.take(',') {
            self.scanner.blanks();
            if self.is_at_end() {
                break;
            }
            alternatives.push(self.one_value(sense, takes_list)?.node());
        }
        Ok(Operand::Done(Node::any(alternatives)))
    }

    fn one_value(&mut self, sense: Option<Sense>, comma_ends: bool) -> Result<Operand, QueryError> {
        self.terms += 1;
        if self.terms > limits::QUERY_TERMS {
            return Err(self.here(1, too_many()));
        }
        if let Some(place) = sense.map_or(Some(Place::Anywhere), Sense::place).filter(|_| self.scanner.take('~')) {
            return self.stem(place, comma_ends).map(Operand::Done);
        }
        let piece = self.piece(sense, comma_ends)?;
        let read = match sense {
            None => value::words_of(&piece).map(|words| Operand::Words(Place::Anywhere, words)),
            Some(Sense::Words(place)) => value::words_of(&piece).map(|words| Operand::Words(place, words)),
            Some(sense) => value::meaning(sense, &piece, self.now).map(Operand::Done),
        };
        read.map_err(|fault| self.at(piece.span, fault))
    }

    /// A quoted text or a bare run, which must not hold what was meant as an operator or a prefix.
    fn piece(&mut self, sense: Option<Sense>, comma_ends: bool) -> Result<Piece, QueryError> {
        if let Some(piece) = self.scanner.quoted()? {
            return Ok(piece);
        }
        let operator = self.operator().is_some();
        let piece = self.scanner.bare(comma_ends);
        if operator {
            let fault = Fault::new(
                format!("`{}` needs something on both sides", piece.text),
                "in small letters, or in quotes, it is a word",
            );
            return Err(self.at(piece.span, fault));
        }
        if piece.text.starts_with(is_minus) {
            let help = "put it before the whole condition, as in -from:anna; in quotes, if it is part of the value";
            return Err(self.at(piece.span, Fault::new("a minus cannot stand here", help)));
        }
        let piece = if sense.is_some() { self.whole(piece, comma_ends)? } else { piece };
        if piece.text.is_empty() && !piece.open {
            return Err(
                self.here(1, Fault::new("here something to search for is missing", "write it, or leave out what stands before"))
            );
        }
        Ok(piece)
    }

    /// A value behind a prefix: no prefix stands in it, and a comparison has its figure.
    fn whole(&mut self, piece: Piece, comma_ends: bool) -> Result<Piece, QueryError> {
        if piece.text.split_once(':').and_then(|(name, _)| prefix::known(name)).is_some() {
            let help = "close the bracket before it, or put it in quotes if it is a word";
            return Err(self.at(piece.span, Fault::new("one prefix stands inside another", help)));
        }
        if !["<", ">", "<=", ">=", "="].contains(&piece.text.as_str()) {
            return Ok(piece);
        }
        self.scanner.blanks();
        let more = self.scanner.bare(comma_ends);
        Ok(Piece { text: piece.text + &more.text, span: piece.span.start..more.span.end, ..more })
    }

    /// The word behind a `~`.
    fn stem(&mut self, place: Place, comma_ends: bool) -> Result<Node, QueryError> {
        let start = self.scanner.at;
        let piece = self.piece(None, comma_ends)?;
        match <[String; 1]>::try_from(words(&piece.text)) {
            Ok([word]) if !piece.open => Ok(Node::Text { place, text: Text::Stem(word) }),
            _ => {
                let fault =
                    Fault::new("`~` takes one word", "write it before each word that may have other endings, and without `*`");
                Err(self.at(start.saturating_sub(1)..piece.span.end, fault))
            }
        }
    }

    /// `NEAR` and what is near, one or more times.
    fn near(&mut self, first: Operand, sense: Option<Sense>, start: usize) -> Result<Node, QueryError> {
        let Some((place, phrase)) = first.phrase() else { return Err(self.not_near(start)) };
        let mut phrases = vec![phrase];
        let mut agreed = None;
        while self.operator() == Some(Operator::Near) {
            let at = self.scanner.at;
            let within = self.distance()?;
            if agreed.is_some_and(|agreed| agreed != within) {
                let fault = Fault::new(
                    "two different distances in one group",
                    "write the same number behind each NEAR, or AND between two groups",
                );
                return Err(self.at(at..self.scanner.at, fault));
            }
            agreed = Some(within);
            self.scanner.blanks();
            let at = self.scanner.at;
            match self.operand(sense)?.phrase() {
                Some((there, phrase)) if there == place => phrases.push(phrase),
                _ => return Err(self.not_near(at)),
            }
        }
        Ok(Node::Text { place, text: Text::Near { phrases, within: agreed.unwrap_or(NEAR_DEFAULT) } })
    }

    fn not_near(&self, start: usize) -> QueryError {
        let help = "write it as pupil NEAR/5 \"school trip\", or subject:(pupil NEAR/5 trip) for one field";
        self.at(start..self.scanner.at, Fault::new("`NEAR` stands between words or phrases of one field only", help))
    }

    /// Takes `NEAR`, `NEAR/5`, Outlook's `NEAR(n=5)` or Gmail's `AROUND 5`.
    fn distance(&mut self) -> Result<u32, QueryError> {
        let piece = self.scanner.bare(false);
        let start = piece.span.start;
        let number = match piece.text.split_once('/') {
            Some((_, number)) => Some(number.to_owned()),
            None if piece.text == "AROUND" => {
                self.scanner.blanks();
                Some(self.scanner.bare(false).text)
            }
            None if self.scanner.take('(') => {
                let inner = self.scanner.bare(false).text;
                let closed = self.scanner.take(')');
                Some(if closed { inner.trim_start_matches("n=").to_owned() } else { String::new() })
            }
            None => None,
        };
        let within = number.map_or(Some(NEAR_DEFAULT), |number| number.parse().ok().filter(|n| *n <= limits::NEAR_WORDS));
        let help = format!("write how many words may lie between, up to {}: pupil NEAR/5 trip", limits::NEAR_WORDS);
        within.ok_or_else(|| self.at(start..self.scanner.at, Fault::new("this distance cannot be read", help)))
    }

    /// The operator that is next, not taken.
    fn operator(&mut self) -> Option<Operator> {
        self.scanner.blanks();
        match self.scanner.run(false) {
            "OR" => Some(Operator::Or),
            "AND" => Some(Operator::And),
            "NOT" => Some(Operator::Not),
            "NEAR" | "AROUND" => Some(Operator::Near),
            run if run.starts_with("NEAR/") => Some(Operator::Near),
            _ => None,
        }
    }

    fn here(&self, length: usize, fault: Fault) -> QueryError {
        self.at(self.scanner.at..self.scanner.at + length, fault)
    }

    fn at(&self, span: Range<usize>, fault: Fault) -> QueryError {
        fault.at(self.scanner.query, span)
    }
}

fn too_deep() -> Fault {
    Fault::new(format!("brackets stand more than {} deep", limits::QUERY_DEPTH), "ask more simply")
}

fn too_many() -> Fault {
    Fault::new(format!("the query has more than {} conditions", limits::QUERY_TERMS), "ask in several queries")
}

fn leaves(node: &Node) -> usize {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().map(leaves).sum(),
        Node::Not(node) => leaves(node),
        Node::Text { text: Text::Near { phrases, .. }, .. } => phrases.len(),
        Node::Text { .. } | Node::Fact(_) => 1,
    }
}

impl Operand {
    /// The phrase, where it is no more than one.
    fn phrase(self) -> Option<(Place, Phrase)> {
        match self {
            Self::Words(place, words) => Some((place, words.phrase)),
            Self::Done(Node::Text { place, text: Text::Phrase(phrase) }) => Some((place, phrase)),
            Self::Done(_) => None,
        }
    }

    fn node(self) -> Node {
        match self {
            Self::Words(place, words) => value::words_in(place, words),
            Self::Done(node) => node,
        }
    }
}
