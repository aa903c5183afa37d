//! The elements that are open at a place in an HTML text, near enough to the standard's tree construction (section 13.2.6) that
//! what is thought closed is closed. Thinking something open that is not costs a stray end tag, which parsers ignore.

/// Depth that is searched for the start of an element, as browsers bound the depth of their trees.
const SEARCH: usize = 512;
/// Octets of a line of end tags.
const LINE: usize = 70;

/// How the end tag of an element works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Has no end.
    Void,
    /// html, head, body: there is one of each, whatever the tags say.
    Root,
    /// Lives on when what holds it ends, and ends alone (the adoption agency; form works alike).
    Lone,
    /// Ends with all that is open in it.
    Block,
    /// The same, looking through cells up to the table.
    Table,
    /// Ends in its scope, and is closed by much else.
    Paragraph,
    Item,
    /// span and all that nobody knows: does not reach beyond a block.
    Plain,
}

/// What an open element means for what stands in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Role {
    /// Nothing in it is shown.
    pub hidden: bool,
    /// What stands in it is quoted.
    pub quote: bool,
    /// It is a notice that stands outside the open quotes.
    pub notice: bool,
    /// It is the sender's signature.
    pub signature: bool,
    /// It is a table, without which rows and cells are nothing.
    pub table: bool,
    pub paragraph: bool,
    /// svg or math: not HTML.
    pub foreign: bool,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    name: Name,
    /// Where its start tag stands.
    at: usize,
    class: Class,
    role: Role,
}

/// An element's name, cut to what tells all known elements apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name([u8; 24]);

impl Name {
    fn of(bytes: &[u8]) -> Self {
        let mut name = [0; 24];
        name.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Self(name)
    }

    fn as_bytes(&self) -> &[u8] {
        let end = self.0.iter().position(|&b| b == 0).unwrap_or(self.0.len());
        &self.0[..end]
    }
}

/// The open elements, outermost first.
#[derive(Debug, Default)]
pub(super) struct Outline {
    open: Vec<Open>,
    hidden: usize,
    quotes: usize,
    notices: usize,
    signatures: usize,
    tables: usize,
    paragraphs: usize,
    foreign: usize,
    /// The form that `</form>` would end; in it another form is nothing.
    in_form: bool,
}

impl Outline {
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    pub fn is_hidden(&self) -> bool {
        self.hidden > 0
    }

    pub fn is_quoted(&self) -> bool {
        self.quotes > 0
    }

    pub fn in_notice(&self) -> bool {
        self.notices > 0
    }

    pub fn in_signature(&self) -> bool {
        self.signatures > 0
    }

    pub fn in_foreign(&self) -> bool {
        self.foreign > 0
    }

    /// Whether a block may stand here and be seen here: not between the rows of a table.
    pub fn takes_block(&self) -> bool {
        let between = |open: &Open| matches!(open.name.as_bytes(), b"table" | b"tbody" | b"thead" | b"tfoot" | b"tr" | b"select");
        self.hidden == 0 && !self.open.iter().rev().find(|o| o.class != Class::Lone).is_some_and(between)
    }

    /// A start tag.
    pub fn begin(&mut self, name: &[u8], at: usize, role: Role) {
        let class = class_of(name);
        let is_cell = class == Class::Table && !matches!(name, b"table" | b"template" | b"select");
        if matches!(class, Class::Void | Class::Root) || (is_cell && self.tables == 0) || (name == b"form" && self.in_form) {
            return;
        }
        self.in_form |= name == b"form";
        let ends_paragraph = match class {
            Class::Block => !matches!(name, b"button" | b"object" | b"applet" | b"marquee" | b"frameset"),
            _ => matches!(class, Class::Paragraph | Class::Item) || name == b"form",
        };
        if ends_paragraph && self.paragraphs > 0 {
            self.end(b"p");
        }
        let closes = |open: &Open| open.class == Class::Item && open.name.as_bytes() == name;
        let role = Role { paragraph: name == b"p", table: name == b"table", foreign: matches!(name, b"svg" | b"math"), ..role };
        if self.open.last().is_some_and(closes) {
            self.pop();
        }
        self.count(role, 1);
        self.open.push(Open { name: Name::of(name), at, class, role });
    }

    /// An end tag: closes what it closes in a parser.
    pub fn end(&mut self, name: &[u8]) {
        let class = class_of(name);
        if matches!(class, Class::Void | Class::Root) {
            return;
        }
        if name == b"form" && !std::mem::take(&mut self.in_form) {
            return;
        }
        let Some(at) = self.find(Name::of(name), class) else { return };
        if class == Class::Lone {
            let gone = self.open.remove(at);
            return self.count(gone.role, -1);
        }
        let gone: Vec<Open> = self.open.drain(at..).collect();
        let (kept, gone): (Vec<Open>, Vec<Open>) = gone.into_iter().partition(|open| open.class == Class::Lone);
        gone.iter().for_each(|open| self.count(open.role, -1));
        self.open.extend(kept);
    }

    /// Where the element that an end tag ends was opened, if it is in scope.
    fn find(&self, name: Name, class: Class) -> Option<usize> {
        let heading = is_heading(name.as_bytes());
        for (at, open) in self.open.iter().enumerate().rev().take(SEARCH) {
            if open.name == name || (heading && is_heading(open.name.as_bytes())) {
                return Some(at);
            }
            if bounds(open, class) {
                return None;
            }
        }
        None
    }

    fn pop(&mut self) {
        if let Some(open) = self.open.pop() {
            self.count(open.role, -1);
        }
    }

    fn count(&mut self, role: Role, by: isize) {
        let counters = [
            (role.hidden, &mut self.hidden),
            (role.quote, &mut self.quotes),
            (role.notice, &mut self.notices),
            (role.signature, &mut self.signatures),
            (role.table, &mut self.tables),
            (role.paragraph, &mut self.paragraphs),
            (role.foreign, &mut self.foreign),
        ];
        for (is, counter) in counters {
            *counter = if is { counter.saturating_add_signed(by) } else { *counter };
        }
    }

    /// Whether something hides what stands at the end and no end tag can close it: a form that `</form>` was too deep to end.
    pub fn hides_for_good(&self) -> bool {
        self.hidden > 0 && !self.in_form && self.open.iter().any(|open| open.role.hidden && open.name.as_bytes() == b"form")
    }

    /// End tags for all that is open; a paragraph needs none where a block follows, unless something plain is around it.
    pub fn closing(&self, html: &str) -> String {
        let first_plain = self.open.iter().position(|o| o.class == Class::Plain).unwrap_or(usize::MAX);
        let mut out = String::new();
        let mut column = 0;
        for (at, open) in self.open.iter().enumerate().rev() {
            let needless = open.class == Class::Paragraph && at < first_plain;
            let name = written_name(html, open.at);
            if needless {
                continue;
            }
            if column + name.len() > LINE {
                out.push_str("\r\n");
                column = 0;
            }
            out.push_str(&format!("</{name}>"));
            column += name.len() + 3;
        }
        out
    }
}

/// The name in a start tag as it stands: it ends where the tokenizer ends it.
fn written_name(html: &str, at: usize) -> &str {
    let name = html.get(at + 1..).unwrap_or_default();
    name.split(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').next().unwrap_or_default()
}

/// Whether the search for an end tag's start stops at an open element (the scopes of section 13.2.4.2).
fn bounds(open: &Open, class: Class) -> bool {
    let name = open.name.as_bytes();
    match class {
        Class::Table => matches!(name, b"table" | b"template"),
        Class::Plain => !matches!(open.class, Class::Plain | Class::Lone) || matches!(name, b"noscript" | b"form"),
        _ => {
            matches!(
                name,
                b"table"
                    | b"td"
                    | b"th"
                    | b"caption"
                    | b"template"
                    | b"select"
                    | b"object"
                    | b"marquee"
                    | b"applet"
                    | b"foreignobject"
            ) || (class == Class::Paragraph && name == b"button")
                || (class == Class::Item && matches!(name, b"ul" | b"ol"))
        }
    }
}

fn is_heading(name: &[u8]) -> bool {
    matches!(name, [b'h', b'1'..=b'6'])
}

fn class_of(name: &[u8]) -> Class {
    match name {
        b"html" | b"head" | b"body" => Class::Root,
        b"area" | b"base" | b"basefont" | b"bgsound" | b"br" | b"col" | b"embed" | b"frame" | b"hr" | b"img" | b"input"
        | b"keygen" | b"link" | b"meta" | b"param" | b"source" | b"track" | b"wbr" => Class::Void,
        b"textarea" | b"title" | b"plaintext" | b"script" | b"style" | b"iframe" | b"xmp" | b"noembed" | b"noframes" => {
            Class::Void
        }
        b"a" | b"b" | b"big" | b"code" | b"em" | b"font" | b"i" | b"nobr" | b"s" | b"small" | b"strike" | b"strong" | b"tt"
        | b"u" | b"form" => Class::Lone,
        b"table" | b"tbody" | b"thead" | b"tfoot" | b"tr" | b"td" | b"th" | b"caption" | b"colgroup" | b"template"
        | b"select" => Class::Table,
        b"p" => Class::Paragraph,
        b"li" | b"dd" | b"dt" => Class::Item,
        b"address" | b"applet" | b"article" | b"aside" | b"blockquote" | b"button" | b"center" | b"details" | b"dialog"
        | b"dir" | b"div" | b"dl" | b"fieldset" | b"figcaption" | b"figure" | b"footer" | b"frameset" | b"header" | b"hgroup"
        | b"listing" | b"main" | b"marquee" | b"menu" | b"nav" | b"object" | b"ol" | b"pre" | b"search" | b"section"
        | b"summary" | b"ul" => Class::Block,
        _ if is_heading(name) => Class::Block,
        _ => Class::Plain,
    }
}
