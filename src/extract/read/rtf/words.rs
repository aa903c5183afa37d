//! The words of RTF: how they are told apart, and what those mean that matter to a reader of text (RTF 1.9.1).
//!
//! In: bytes. Out: tokens; destinations; characters; code pages of character sets. Each octet is in one token. Nothing can fail.

/// The longest word that Word knows has 32 letters; a longer run of letters is one word all the same.
const WORD: usize = 1 << 16;

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    /// An octet of text.
    Text(u8),
    /// An octet written as `\'hh`.
    Hex(u8),
    /// A backslash and something that is no letter.
    Symbol(u8),
    /// A control word and its number.
    Word(&'a [u8], Option<i32>),
}

pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Octets that `\bin` says are data.
    pub(super) fn skip(&mut self, size: usize) -> &'a [u8] {
        let (data, rest) = self.bytes.split_at(size.min(self.bytes.len()));
        self.bytes = rest;
        data
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (first, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            return Some(match first {
                b'{' => Token::Open,
                b'}' => Token::Close,
                b'\\' => self.control(),
                // Lines are broken anywhere; zeros stand behind the end.
                b'\r' | b'\n' | 0 => continue,
                octet => Token::Text(*octet),
            });
        }
    }

    fn control(&mut self) -> Token<'a> {
        let letters = self.bytes.iter().take(WORD).take_while(|octet| octet.is_ascii_alphabetic()).count();
        if letters > 0 {
            let word = self.skip(letters);
            return Token::Word(word, self.number());
        }
        match *self.skip(1) {
            [b'\''] => {
                let digits = self.skip(2);
                let digits = std::str::from_utf8(digits).unwrap_or_default();
                u8::from_str_radix(digits, 16).map_or(Token::Symbol(b'\''), Token::Hex)
            }
            [octet @ (b'\\' | b'{' | b'}')] => Token::Text(octet),
            [octet] => Token::Symbol(octet),
            _ => Token::Symbol(0),
        }
    }

    /// The number after a word, and the space that ends it.
    fn number(&mut self) -> Option<i32> {
        let is_negative = self.bytes.first() == Some(&b'-') && self.bytes.get(1).is_some_and(u8::is_ascii_digit);
        if is_negative {
            self.skip(1);
        }
        let count = self.bytes.iter().take_while(|octet| octet.is_ascii_digit()).count();
        let digits = self.skip(count);
        let value = digits.iter().fold(0_i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(i64::from(i32::MAX)));
        if self.bytes.first() == Some(&b' ') {
            self.skip(1);
        }
        let value = i32::try_from(if is_negative { -value } else { value }).ok();
        value.filter(|_| count > 0)
    }
}

/// Where text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dest {
    Body,
    Margin,
    Note,
    Comment,
    TextBox,
    /// Nowhere: pictures, styles, lists.
    Skip,
    Fonts,
    /// Holds other destinations; its own text says nothing.
    Frame,
    Object,
    Instruction,
    Template,
    Property,
    PropertyName,
    Form,
    ShapeName,
    ShapeValue,
    /// A tag of wrapped HTML.
    Html,
}

impl Dest {
    /// Whether its text is taken together and looked at when the group ends.
    pub(super) fn is_captured(self) -> bool {
        use Dest::{Form, Html, Instruction, Property, PropertyName, ShapeName, ShapeValue, Template};
        matches!(self, Instruction | Template | Property | PropertyName | Form | ShapeName | ShapeValue | Html)
    }

    /// Whether its text is text of the page.
    pub(super) fn is_shown(self) -> bool {
        matches!(self, Dest::Body | Dest::Margin | Dest::Note | Dest::Comment | Dest::TextBox)
    }
}

/// The destination that a word opens, if it opens one.
pub(super) fn destination(word: &[u8]) -> Option<Dest> {
    Some(match word {
        b"header" | b"headerl" | b"headerr" | b"headerf" | b"footer" | b"footerl" | b"footerr" | b"footerf" => Dest::Margin,
        b"footnote" => Dest::Note,
        b"annotation" | b"atnauthor" => Dest::Comment,
        b"shptxt" | b"dptxbxtext" | b"shprslt" => Dest::TextBox,
        b"fonttbl" => Dest::Fonts,
        b"objdata" => Dest::Object,
        b"fldinst" => Dest::Instruction,
        b"template" => Dest::Template,
        b"title" | b"subject" | b"author" | b"keywords" | b"doccomm" | b"comment" | b"operator" | b"manager" | b"company"
        | b"category" | b"hlinkbase" | b"staticval" => Dest::Property,
        b"propname" => Dest::PropertyName,
        b"ffdeftext" | b"ffhelptext" | b"ffstattext" | b"ffl" | b"ffname" => Dest::Form,
        b"sn" => Dest::ShapeName,
        b"sv" => Dest::ShapeValue,
        b"htmltag" => Dest::Html,
        b"colortbl" | b"stylesheet" | b"listtable" | b"listoverridetable" | b"rsidtbl" | b"revtbl" | b"pict" | b"filetbl"
        | b"objclass" | b"objname" | b"creatim" | b"revtim" | b"printim" | b"buptim" | b"mhtmltag" | b"falt"
        | b"nonesttables" | b"ftnsep" | b"ftnsepc" | b"ftncn" | b"aftnsep" | b"aftnsepc" | b"aftncn" | b"xmlnstbl"
        | b"bkmkstart" | b"bkmkend" | b"atnid" | b"atndate" | b"atnref" | b"atnparent" | b"atnicn" | b"atrfstart"
        | b"atrfend" | b"datafield" | b"pntxta" | b"pntxtb" => Dest::Skip,
        // Ignorable, and yet they hold what is shown.
        b"shppict" | b"shpinst" | b"shp" | b"userprops" | b"formfield" | b"do" | b"info" => Dest::Frame,
        b"ud" | b"upr" => Dest::Body,
        _ => return None,
    })
}

/// Text that a picture or a shape says: WordArt, descriptions.
pub(super) fn is_shape_text(name: &str) -> bool {
    ["gtextUNICODE", "wzDescription", "wzTooltip", "pWrapPolygonText"].contains(&name)
}

/// The character that a word stands for; a line feed ends a paragraph.
pub(super) fn character(word: &[u8]) -> Option<char> {
    Some(match word {
        b"par" | b"sect" | b"page" | b"column" => '\n',
        b"line" | b"softline" | b"nestrow" => '\u{2028}',
        b"tab" | b"nestcell" => '\t',
        b"emdash" => '\u{2014}',
        b"endash" => '\u{2013}',
        b"lquote" => '\u{2018}',
        b"rquote" => '\u{2019}',
        b"ldblquote" => '\u{201C}',
        b"rdblquote" => '\u{201D}',
        b"bullet" => '\u{2022}',
        b"emspace" | b"enspace" | b"qmspace" => ' ',
        _ => return None,
    })
}

/// The character that a symbol stands for.
pub(super) fn symbol(letter: u8) -> Option<char> {
    match letter {
        b'~' => Some('\u{A0}'),
        b'_' => Some('-'),
        b'\r' | b'\n' => Some('\n'),
        b'\t' => Some('\t'),
        _ => None,
    }
}

/// The code page of a font's character set; none for the document's own.
pub(super) fn charset_page(charset: i32) -> Option<u32> {
    Some(match charset {
        77 => 10000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}
