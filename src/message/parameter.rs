//! A word with parameters, as in `text/plain; charset="utf-8"` (RFC 2045 section 5.1, RFC 2231).
//!
//! In: the bytes of one field's value, folded as it stands. Out: a [`Valued`], always; at most `limits::PARAMETERS` pieces are
//! read, in time linear in the value. Quotes, comments and folding are undone, the pieces of a long parameter are joined.
//! Leniencies, each as most clients have it: a quote or comment that does not end goes to the end; a backslash quotes only a
//! quote or a backslash (file names of Windows); a parenthesis inside a word is part of it (`report(1).pdf`).

use crate::base::limits;

/// A word with parameters.
#[derive(Debug, Default)]
pub(super) struct Valued {
    /// Lower case, without white space.
    pub word: String,
    /// In order of their first piece, none twice.
    pub parameters: Vec<Parameter>,
    /// Names that stand twice in one form; the first counts.
    pub repeated: Vec<String>,
    /// There were more pieces than are read.
    pub too_many: bool,
}

/// A parameter, joined from its pieces.
#[derive(Debug)]
pub(super) struct Parameter {
    /// Lower case, without the marks of RFC 2231.
    pub name: String,
    /// The bytes meant; in `charset`, or in none that is said.
    pub value: Vec<u8>,
    pub charset: Option<String>,
}

/// One `name*1*=value` as written.
struct Piece {
    base: String,
    place: usize,
    form: Form,
    /// Whether its value is in percent encoding.
    extended: bool,
    value: Vec<u8>,
}

/// How a piece is written. In the order in which clients choose where several forms of one name stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// `name*=`
    Extended,
    /// `name*0=`, `name*0*=`
    Numbered(u32),
    /// `name=`
    Plain,
}

/// Reads a value.
pub(super) fn read(value: &[u8]) -> Valued {
    let mut texts = Texts { rest: value };
    let word = texts.next().map(|text| first_word(&text.bytes, 0).to_ascii_lowercase()).unwrap_or_default();
    let mut valued = Valued { word: String::from_utf8_lossy(&word).into_owned(), ..Valued::default() };
    let mut pieces = Vec::new();
    for text in texts {
        if pieces.len() == limits::PARAMETERS {
            valued.too_many = true;
            break;
        }
        pieces.extend(piece(&text, pieces.len()));
    }
    join(pieces, &mut valued);
    valued
}

/// What stands between two semicolons, quotes and comments undone.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    /// Place of the first `=` outside of quotes.
    equals: Option<usize>,
    /// Up to here white space may have been quoted, and is meant.
    quoted: usize,
}

struct Texts<'m> {
    rest: &'m [u8],
}

impl Iterator for Texts<'_> {
    type Item = Text;

    fn next(&mut self) -> Option<Text> {
        if self.rest.is_empty() {
            return None;
        }
        let mut text = Text::default();
        while let Some((&byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            match byte {
                b';' => break,
                b'"' => {
                    self.rest = quoted(rest, &mut text.bytes);
                    text.quoted = text.bytes.len();
                }
                b'(' if text.may_comment() => self.rest = after_comment(rest),
                b'\r' | b'\n' => {}
                b'=' if text.equals.is_none() => {
                    text.equals = Some(text.bytes.len());
                    text.bytes.push(byte);
                }
                _ => text.bytes.push(byte),
            }
        }
        Some(text)
    }
}

impl Text {
    /// Whether a parenthesis here begins a comment: anywhere but inside an unquoted value.
    fn may_comment(&self) -> bool {
        self.equals.is_none() || self.bytes.len() == self.quoted || self.bytes.last().is_none_or(u8::is_ascii_whitespace)
    }
}

fn quoted<'m>(mut rest: &'m [u8], text: &mut Vec<u8>) -> &'m [u8] {
    loop {
        rest = match rest {
            [] => return rest,
            [b'"', rest @ ..] => return rest,
            [b'\\', byte @ (b'"' | b'\\'), rest @ ..] => {
                text.push(*byte);
                rest
            }
            [b'\r' | b'\n', rest @ ..] => rest,
            [byte, rest @ ..] => {
                text.push(*byte);
                rest
            }
        }
    }
}

fn after_comment(mut rest: &[u8]) -> &[u8] {
    let mut depth = 1_usize;
    while depth > 0 {
        rest = match rest {
            [] => return rest,
            [b'\\', _, rest @ ..] => rest,
            [b'(', rest @ ..] => {
                depth += 1;
                rest
            }
            [b')', rest @ ..] => {
                depth -= 1;
                rest
            }
            [_, rest @ ..] => rest,
        }
    }
    rest
}

fn piece(text: &Text, place: usize) -> Option<Piece> {
    let equals = text.equals?;
    let (name, value) = (text.bytes.get(..equals)?, text.bytes.get(equals + 1..)?);
    let name = String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase();
    let (base, form, extended) = name_and_form(&name);
    let value = match base {
        "" => return None,
        // A file's name may hold spaces even where it is not quoted; of other values what follows is noise.
        "name" | "filename" => value.trim_ascii(),
        _ => first_word(value, text.quoted.saturating_sub(equals + 1)),
    };
    Some(Piece { base: base.to_owned(), place, form, extended, value: value.to_vec() })
}

/// A word, up to white space that was not `quoted`.
fn first_word(bytes: &[u8], quoted: usize) -> &[u8] {
    let begin = bytes.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(bytes.len());
    let from = quoted.max(begin);
    let end = bytes.iter().skip(from).position(u8::is_ascii_whitespace).map_or(bytes.len(), |n| from + n);
    &bytes[begin..end]
}

/// Takes the marks of RFC 2231 section 3 and 4 off a name.
fn name_and_form(name: &str) -> (&str, Form, bool) {
    let (stem, extended) = name.strip_suffix('*').map_or((name, false), |stem| (stem, true));
    match stem.rsplit_once('*') {
        Some((base, number)) => match number.parse() {
            Ok(number) => (base, Form::Numbered(number), extended),
            Err(_) => (stem, Form::Plain, extended),
        },
        None if extended => (stem, Form::Extended, true),
        None => (stem, Form::Plain, false),
    }
}

fn join(mut pieces: Vec<Piece>, valued: &mut Valued) {
    // Stable: of pieces alike in name and form the first stays first.
    pieces.sort_by(|a, b| a.base.cmp(&b.base).then(a.form.cmp(&b.form)));
    let mut joined: Vec<(usize, Parameter)> = Vec::new();
    for own in pieces.chunk_by(|a, b| a.base == b.base) {
        let name = own[0].base.clone();
        let mut kept: Vec<&Piece> = own.iter().collect();
        kept.dedup_by_key(|piece| piece.form);
        if kept.len() < own.len() {
            valued.repeated.push(name.clone());
        }
        let (value, charset) = value_of(&kept);
        let place = own.iter().map(|piece| piece.place).min().unwrap_or(0);
        joined.push((place, Parameter { name, value, charset }));
    }
    joined.sort_by_key(|(place, _)| *place);
    valued.parameters.extend(joined.into_iter().map(|(_, parameter)| parameter));
}

/// The value of the best form among pieces of one name, sorted by form. Numbered pieces are joined in the order of their
/// numbers; a gap does not end them.
fn value_of(own: &[&Piece]) -> (Vec<u8>, Option<String>) {
    let numbered = own.iter().filter(|piece| matches!(piece.form, Form::Numbered(_))).count();
    let count = if matches!(own[0].form, Form::Numbered(_)) { numbered } else { 1 };
    let (mut value, mut charset) = (Vec::new(), None);
    for (place, piece) in own.iter().take(count).enumerate() {
        let text = if piece.extended && place == 0 { without_charset(&piece.value, &mut charset) } else { &piece.value };
        if piece.extended { percent_decoded(text, &mut value) } else { value.extend_from_slice(text) }
    }
    (value, charset)
}

/// Takes `charset'language'` off (RFC 2231 section 4).
fn without_charset<'m>(value: &'m [u8], charset: &mut Option<String>) -> &'m [u8] {
    let mut quotes = memchr::memchr_iter(b'\'', value);
    let (Some(first), Some(second)) = (quotes.next(), quotes.next()) else { return value };
    *charset = Some(String::from_utf8_lossy(&value[..first]).into_owned()).filter(|c| !c.is_empty());
    &value[second + 1..]
}

fn percent_decoded(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = match rest {
            [b'%', high, low, ..] => super::transfer::hex(*high, *low),
            _ => None,
        };
        out.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &rest[3..] } else { tail };
    }
}

#[cfg(test)]
#[path = "parameter_tests.rs"]
mod tests;
