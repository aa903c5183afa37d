//! The visible text of HTML, with the way back to where each character stood.
//!
//! In: text that is HTML, whole or in part (a header above it, a fragment). Out: a [`Reading`]: blocks on lines, cells of a table row
//! parted by tabs, entities resolved, comments and style sheets gone (figures in them are colours and sizes), hidden elements read
//! apart. A tag inside a word parts nothing, as no browser would. Nothing fails: what is no tag is text.
//!
//! `extract::page` does the like for rules; this one also keeps rows of tables and counts characters, which that one cannot give.

use super::reading::{Draft, Reading};

/// Elements that are followed for being hidden; deeper ones count as what holds them.
const DEPTH: usize = 256;
/// Octets of one tag; a longer one is no tag.
const TAG_OCTETS: usize = 64 << 10;

/// Whether a text is HTML: at least two tags that mails are made of.
pub(super) fn is_markup(given: &str) -> bool {
    const NAMES: [&str; 14] = ["html", "body", "div", "p", "span", "table", "tr", "td", "br", "br/", "li", "font", "b", "a"];
    let mut seen = 0;
    for piece in given.split('<').skip(1) {
        let name = piece.trim_start_matches('/');
        let end = name.find([' ', '>', '\n', '\t', '\r']).unwrap_or(name.len());
        let name = name.get(..end).unwrap_or_default();
        seen += usize::from(piece.contains('>') && name.len() <= 5 && NAMES.contains(&name.to_ascii_lowercase().as_str()));
        if seen == 2 {
            return true;
        }
    }
    false
}

/// Reads HTML.
pub(super) fn read(given: &str) -> Reading {
    let mut page =
        Page { rest: given, draft: Draft::default(), open: Vec::new(), hidden: 0, cells: 0, columns: 0, is_in: false, pre: 0 };
    while let Some(c) = page.rest.chars().next() {
        match c {
            '<' => page.tag(),
            '&' => page.entity(),
            _ => page.text(c),
        }
    }
    page.draft.end()
}

struct Page<'t> {
    rest: &'t str,
    draft: Draft,
    open: Vec<(&'t str, bool)>,
    hidden: usize,
    /// Depth of table cells that are open.
    cells: usize,
    /// Cells of the row so far: a mark stands before each but the first, so that an empty cell counts.
    columns: usize,
    /// A tag has been met: white space counts as in HTML.
    is_in: bool,
    pre: usize,
}

impl<'t> Page<'t> {
    /// Passes over octets of the markup.
    fn pass(&mut self, octets: usize) {
        let (gone, rest) = self.rest.split_at_checked(octets).unwrap_or((self.rest, ""));
        self.draft.skip(gone.chars().count());
        self.rest = rest;
    }

    fn text(&mut self, c: char) {
        let is_space = matches!(c, ' ' | '\n' | '\r' | '\t');
        if is_space && self.is_in && self.pre == 0 {
            if self.draft.ends_open() {
                self.draft.skip(1);
            } else {
                self.draft.put_for(' ', 1);
            }
        } else {
            self.draft.put_in_context(c, self.rest);
        }
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
    }

    fn entity(&mut self) {
        let end = self.rest.bytes().take(12).position(|b| b == b';');
        let name = end.and_then(|end| self.rest.get(1..end));
        match name.and_then(character) {
            Some(c) => {
                let width = name.map_or(0, |name| name.chars().count()) + 2;
                self.draft.put_for(c, width);
                self.rest = self.rest.get(width..).unwrap_or_default();
            }
            None => self.text('&'),
        }
    }

    fn tag(&mut self) {
        if let Some(comment) = self.rest.strip_prefix("<!--") {
            let octets = comment.find("-->").map_or(self.rest.len(), |at| at + 7);
            return self.pass(octets);
        }
        let is_tag = self.rest.get(1..2).is_some_and(|c| c.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)));
        let Some(length) = is_tag.then(|| tag_length(self.rest)).flatten() else { return self.text('<') };
        let tag = self.rest.get(1..length - 1).unwrap_or_default();
        self.pass(length);
        self.is_in = true;
        let is_end = tag.starts_with('/');
        let tag = tag.trim_start_matches('/');
        let name_length = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
        let (name, attributes) = tag.split_at_checked(name_length).unwrap_or((tag, ""));
        if is_end { self.end(name) } else { self.start(name, attributes) }
    }

    fn start(&mut self, name: &'t str, attributes: &str) {
        let is = |names: &[&str]| names.iter().any(|n| name.eq_ignore_ascii_case(n));
        if is(&["script", "style", "title", "template"]) {
            let close = format!("</{}", name.to_ascii_lowercase());
            let octets = find_ignoring_case(self.rest, &close).unwrap_or(self.rest.len());
            return self.pass(octets);
        }
        self.part(name, false);
        if is(&["br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source", "track"]) {
            return;
        }
        self.pre += usize::from(is(&["pre"]));
        if self.open.len() < DEPTH {
            let hides = hides(attributes);
            self.hidden += usize::from(hides);
            self.open.push((name, hides));
        }
        self.draft.is_hidden = self.hidden > 0;
    }

    fn end(&mut self, name: &str) {
        self.pre = self.pre.saturating_sub(usize::from(name.eq_ignore_ascii_case("pre")));
        if let Some(at) = self.open.iter().rposition(|(open, _)| open.eq_ignore_ascii_case(name)) {
            let (_, hid) = self.open.remove(at);
            self.hidden -= usize::from(hid);
        }
        self.draft.is_hidden = self.hidden > 0;
        self.part(name, true);
    }

    /// What an element's begin or end parts: lines and cells.
    fn part(&mut self, name: &str, is_end: bool) {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "td" | "th" if is_end => self.cells = self.cells.saturating_sub(1),
            "td" | "th" => {
                self.cells += 1;
                self.columns += 1;
                if self.columns > 1 {
                    self.draft.trim();
                    self.draft.put_mark('\t');
                } else {
                    self.line();
                }
            }
            "tr" | "table" | "thead" | "tbody" => {
                (self.cells, self.columns) = (0, 0);
                self.line();
            }
            _ if is_block(&lower) && self.cells > 0 && !self.draft.ends_open() => {
                self.draft.put_mark(' ');
            }
            _ if is_block(&lower) => self.line(),
            _ => {}
        }
    }

    fn line(&mut self) {
        if !self.draft.ends_with('\n') {
            self.draft.trim();
            self.draft.put_mark('\n');
        }
    }
}

/// Octets of the tag that begins here; a `>` in a quoted value ends nothing.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate().take(TAG_OCTETS) {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') if rest.as_bytes().get(at.wrapping_sub(1)) == Some(&b'=') => quote = Some(byte),
            (Some(open), _) if byte == open => quote = None,
            (None, b'<') if at > 0 => return None,
            _ => {}
        }
    }
    None
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes)
        .find(|at| bytes.get(*at..at + wanted.len()).is_some_and(|found| found.eq_ignore_ascii_case(wanted.as_bytes())))
}

fn hides(attributes: &str) -> bool {
    if attributes.is_empty() {
        return false;
    }
    let squeezed: String = attributes.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).take(4096).collect();
    let is_nothing = |property: &str| {
        let rest = squeezed.find(property).and_then(|at| squeezed.get(at + property.len()..));
        rest.is_some_and(|value| !value.starts_with(['.', '1', '2', '3', '4', '5', '6', '7', '8', '9']))
    };
    ["display:none", "visibility:hidden", "mso-hide:all"].iter().any(|rule| squeezed.contains(rule))
        || ["opacity:0", "font-size:0", "max-height:0"].iter().any(|rule| is_nothing(rule))
        || attributes.split_whitespace().any(|word| word.eq_ignore_ascii_case("hidden"))
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "br"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "head"
            | "header"
            | "hr"
            | "html"
            | "legend"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "option"
            | "p"
            | "pre"
            | "section"
            | "select"
            | "summary"
            | "tfoot"
            | "textarea"
            | "ul"
    )
}

/// Entities by name, as mail programs write them.
const NAMED: &[(&str, char)] = &[
    ("nbsp", '\u{a0}'),
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("shy", '\u{ad}'),
    ("ndash", '-'),
    ("mdash", '-'),
    ("lsquo", '\''),
    ("rsquo", '\''),
    ("ldquo", '"'),
    ("rdquo", '"'),
    ("hellip", '…'),
    ("bull", '•'),
    ("pound", '£'),
    ("euro", '€'),
    ("copy", '©'),
    ("reg", '®'),
    ("middot", '·'),
    ("commat", '@'),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("aacute", 'á'),
    ("agrave", 'à'),
    ("acirc", 'â'),
    ("auml", 'ä'),
    ("aring", 'å'),
    ("ccedil", 'ç'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("euml", 'ë'),
    ("iacute", 'í'),
    ("iuml", 'ï'),
    ("ntilde", 'ñ'),
    ("oacute", 'ó'),
    ("ouml", 'ö'),
    ("oslash", 'ø'),
    ("szlig", 'ß'),
    ("uacute", 'ú'),
    ("uuml", 'ü'),
    ("Aacute", 'Á'),
    ("Eacute", 'É'),
    ("Oacute", 'Ó'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("lstrok", 'ł'),
    ("Lstrok", 'Ł'),
    ("scaron", 'š'),
    ("Scaron", 'Š'),
    ("zcaron", 'ž'),
];

/// The character of an entity: numeric ones, and the names that mail programs write (HTML standard, section 13.5).
fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
        return code.and_then(char::from_u32);
    }
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}
