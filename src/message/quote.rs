//! How clients mark what they quote: the lines above a quotation, in the languages a school meets.
//!
//! In: lines of a text. Out: whether a quotation begins there. Two kinds: a *marked* quote has `>` before each line and ends by
//! itself; an *open* quote (Outlook) is a header block or a divider, and everything below it looks quoted.

/// Lines looked at below a line, to tell what it begins.
const LOOK_AHEAD: usize = 8;
/// A label's colon stands within so many octets of its line, marks of quotes and bold before it included.
const LABEL_OCTETS: usize = 256;
/// Lines that one attribution may go over.
const ATTRIBUTION_LINES: usize = 3;

/// What a quoted header block begins with.
const FROM: &[&str] = &[
    "from",
    "von",
    "de",
    "da",
    "van",
    "från",
    "fra",
    "od",
    "lähettäjä",
    "feladó",
    "oddi wrth",
    "ó",
    "от",
    "від",
    "kimden",
    "από",
    "expeditor",
    "发件人",
    "寄件者",
    "差出人",
    "보낸 사람",
    "من",
];

/// What a quoted header block also holds.
const SUBJECT: &[&str] = &[
    "subject",
    "betreff",
    "objet",
    "asunto",
    "oggetto",
    "onderwerp",
    "ämne",
    "emne",
    "temat",
    "předmět",
    "predmet",
    "assunto",
    "aihe",
    "tárgy",
    "pwnc",
    "ábhar",
    "тема",
    "konu",
    "θέμα",
    "subiect",
    "主题",
    "主旨",
    "件名",
    "제목",
    "الموضوع",
];

/// How an attribution begins, and the verb it holds.
const WROTE: &[(&str, &str)] = &[
    ("on ", "wrote"),
    ("am ", "schrieb"),
    ("le ", "écrit"),
    ("el ", "escribió"),
    ("il ", "scritto"),
    ("op ", "schreef"),
    ("em ", "escreveu"),
    ("den ", "skrev"),
    ("på ", "skrev"),
    ("w dniu ", "pisze"),
    ("w dniu ", "napisał"),
    ("dne ", "napsal"),
    ("ar ", "ysgrifennodd"),
    ("pe ", "scris"),
    ("on ", "kirjoitti"),
    ("στις ", "έγραψε"),
    ("", "写道"),
    ("", "написал"),
    ("", "пишет"),
    ("", "yazdı"),
    ("", "írta"),
];

/// Whether a line divides a mail from the one it quotes (`-----Original Message-----`); the header block must follow.
pub(crate) fn is_divider(line: &str) -> bool {
    let line = line.trim();
    let inner = line.trim_matches('-');
    let words = inner.trim();
    line.starts_with("-----") && line.ends_with("-----") && words.len() < 80 && words.chars().any(char::is_alphabetic)
}

/// Whether a text begins with the label that a quoted header block begins with.
pub(crate) fn is_from(line: &str) -> bool {
    label(line).is_some_and(|label| FROM.contains(&label.as_str()))
}

/// Whether a header block begins with a line: `From:` there, `Subject:` a few lines below.
pub(crate) fn is_header_block(line: &str, below: &str) -> bool {
    is_from(line) && below.lines().take(LOOK_AHEAD).filter_map(label).any(|label| SUBJECT.contains(&label.as_str()))
}

/// Whether the first line below that is not blank passes a test.
pub(crate) fn next_line(below: &str, test: impl Fn(&str) -> bool) -> bool {
    below.lines().take(LOOK_AHEAD).find(|line| !line.trim().is_empty()).is_some_and(test)
}

/// Whether a text is an attribution line: `On … wrote:`, with a number in it, as dates have.
pub(crate) fn is_attribution(line: &str) -> bool {
    let line = line.trim();
    if !ends_with_colon(line) || line.len() > 400 || !line.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    let line = line.to_lowercase();
    WROTE.iter().any(|(start, verb)| line.starts_with(start) && line.contains(verb))
}

/// Where the attribution that ends with a line begins, clients wrapping it over several. `marked` says that a marked quote
/// follows, before which any line with a colon at its end is one.
pub(crate) fn attribution(text: &str, line: std::ops::Range<usize>, marked: bool) -> Option<usize> {
    if !ends_with_colon(text.get(line.clone())?.trim()) {
        return None;
    }
    let mut start = line.start;
    for _ in 0..ATTRIBUTION_LINES {
        if is_attribution(&text[start..line.end].replace(['\r', '\n'], " ")) {
            return Some(start);
        }
        let above = text[..start].trim_end_matches('\n').rfind('\n').map_or(0, |at| at + 1);
        if above == start || text[above..start].trim().is_empty() {
            break;
        }
        start = above;
    }
    marked.then_some(line.start)
}

fn ends_with_colon(line: &str) -> bool {
    line.ends_with(':') || line.ends_with('：')
}

/// What stands before the colon of a line, in lower case, stars of bold taken off.
fn label(line: &str) -> Option<String> {
    // Most lines have no colon, of either width, where a label could end.
    let start = line.as_bytes().get(..LABEL_OCTETS).unwrap_or(line.as_bytes());
    memchr::memchr2(b':', 0xef, start)?;
    let line = line.trim_start_matches([' ', '\t', '*', '>', '\u{a0}']);
    let end = line.char_indices().take(24).find(|(_, c)| matches!(c, ':' | '：')).map(|(at, _)| at)?;
    Some(line[..end].trim_matches([' ', '*', '\u{a0}']).to_lowercase())
}
