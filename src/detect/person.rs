//! Names of persons.
//!
//! In: the words of a text with what the shipped lists know of them, the layout, the labels. Out: [`Person`]s in order.
//! A name is a forename the lists know before a word written as a name; or a surname, a comma and a forename; or what stands under a
//! header or behind a label for names, known or not. A forename alone names nobody to a stranger and is no finding; it still ties what is
//! said to the person (`Person::is_bare`). Authors, speakers and the sender's signature are not leaks. Streets, schools and feasts that are
//! called after somebody are known by the word that follows.

use std::collections::BTreeMap;
use std::ops::Range;

use super::fold;
use super::label::{Label, Means};
use super::layout::Layout;
use super::words::{Case, Word};

/// Somebody in the text.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) row: usize,
    /// Three and more stands by itself.
    pub(super) weight: i32,
    /// The words of the name, folded and sorted, so that "Lane, Jacob" is "Jacob Lane".
    pub(super) name: String,
    /// A forename alone, or initials: no finding, but somebody.
    pub(super) is_bare: bool,
}

/// What a name is no more when this word follows: a place, a body, a feast.
const PLACES: &[&str] = &[
    "street",
    "road",
    "avenue",
    "lane",
    "close",
    "drive",
    "crescent",
    "terrace",
    "court",
    "place",
    "square",
    "gardens",
    "grove",
    "way",
    "hill",
    "park",
    "house",
    "hall",
    "school",
    "primary",
    "academy",
    "college",
    "infant",
    "infants",
    "junior",
    "juniors",
    "nursery",
    "trust",
    "centre",
    "center",
    "church",
    "cathedral",
    "hospital",
    "surgery",
    "clinic",
    "library",
    "room",
    "theatre",
    "day",
    "week",
    "cup",
    "shield",
    "prize",
    "award",
    "building",
    "block",
    "site",
    "campus",
    "farm",
    "green",
    "wood",
    "woods",
    "bridge",
    "station",
    "university",
    "foundation",
    "society",
    "ltd",
    "limited",
    "plc",
    "llp",
    "council",
    "stationery",
    "catering",
    "coaches",
    "travel",
    "services",
    "group",
    "association",
    "union",
    "team",
    "high",
    "grammar",
    "catholic",
    "community",
    "special",
    "federation",
    "publishing",
    "press",
    "books",
    "edition",
    "test",
    "scale",
    "programme",
    "method",
    "museum",
    "gallery",
    "castle",
    "river",
    "lake",
    "island",
    "county",
    "city",
    "town",
    "fc",
    "united",
    "club",
    "band",
    "choir",
    "orchestra",
    "solutions",
    "education",
];

/// Of those, what ends the names of streets and feasts more often than persons'.
const STREETS: &[&str] = &["lane", "close", "court", "grove", "way", "day", "park", "house", "street", "road", "place", "hall"];

/// Words that stand in capitals before a surname and are no forename: titles, greetings, offices, and what begins sentences.
const NO_FORENAME: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "master",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "rev",
    "reverend",
    "father",
    "sister",
    "brother",
    "councillor",
    "cllr",
    "pc",
    "dear",
    "hello",
    "morning",
    "afternoon",
    "evening",
    "thanks",
    "regards",
    "cheers",
    "the",
    "and",
    "but",
    "for",
    "with",
    "from",
    "about",
    "this",
    "that",
    "these",
    "those",
    "when",
    "where",
    "what",
    "who",
    "why",
    "how",
    "please",
    "can",
    "could",
    "would",
    "should",
    "has",
    "have",
    "had",
    "was",
    "were",
    "are",
    "did",
    "does",
    "not",
    "now",
    "our",
    "their",
    "your",
    "his",
    "her",
    "its",
    "they",
    "she",
    "you",
    "both",
    "also",
    "after",
    "before",
    "since",
    "until",
    "because",
    "although",
    "however",
    "further",
    "see",
    "tell",
    "ask",
    "let",
    "call",
    "ring",
    "email",
    "contact",
    "child",
    "pupil",
    "student",
    "parent",
    "carer",
    "mum",
    "dad",
    "mother",
    "employee",
    "name",
    "surname",
    "tutor",
    "teacher",
    "governor",
    "head",
    "deputy",
    "principal",
    "chair",
    "coach",
    "nurse",
    "officer",
    "team",
    "form",
    "class",
    "year",
    "subject",
    "house",
    "family",
    "families",
    "regarding",
    "re",
    "note",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "april",
    "july",
    "september",
    "october",
    "november",
    "december",
    "north",
    "south",
    "east",
    "west",
    "great",
    "new",
    "old",
    "upper",
    "lower",
    "saint",
    "lady",
    "lord",
    "king",
    "queen",
    "prince",
    "princess",
    "bank",
    "barclays",
    "lloyds",
    "company",
    "uncle",
    "aunt",
    "self-employed",
    "supply",
    "cover",
    "staff",
    "legal",
    "preferred",
    "former",
    "young",
    "little",
    "big",
    "black",
    "white",
    "british",
    "sent",
    "signed",
    "attn",
    "fao",
    "cc",
    "to",
];

const HEADS: &[&str] = &["from:", "to:", "cc:", "bcc:", "sent by", "signed", "reply-to:", "organiser:", "host:"];

pub(super) struct Finder<'t> {
    pub(super) text: &'t str,
    pub(super) words: &'t [Word],
    pub(super) labels: &'t [Label],
    pub(super) layout: &'t Layout,
    pub(super) signatures: &'t [Range<usize>],
}

impl Finder<'_> {
    /// Everybody, in order; names in full and forenames alone.
    pub(super) fn find(&self) -> Vec<Person> {
        let mut people = self.in_tables();
        let mut at = 0;
        while at < self.words.len() {
            at += self.take(at, &mut people).max(1);
        }
        people.sort_by_key(|person| (person.start, std::cmp::Reverse(person.end)));
        people.dedup_by(|later, earlier| {
            let overlaps = later.start < earlier.end;
            if overlaps && later.weight > earlier.weight && !later.is_bare {
                std::mem::swap(later, earlier);
            }
            overlaps
        });
        people
    }

    /// Reads a name that begins with a word; how many words it takes, nothing where it is none.
    fn take(&self, at: usize, people: &mut Vec<Person>) -> usize {
        let Some(first) = self.words.get(at).copied() else { return 0 };
        if !first.is_forename() && !first.is_surname() && !first.is_written_as_name() {
            return 0;
        }
        let found = self
            .under_halves(at)
            .or_else(|| self.after_label(at))
            .or_else(|| self.surname_first(at))
            .or_else(|| self.forename_first(at));
        if let Some((count, weight)) = found {
            let last = self.words.get(at + count - 1).copied().unwrap_or(first);
            people.push(self.person(first.start, last.end, weight, false));
            return count;
        }
        if first.case != Case::Small && self.has_title(first.start) && !self.is_signed(first.start) {
            people.push(self.person(first.start, first.end, 1, true));
            return 1;
        }
        let is_own = first.is_forename() && first.case == Case::Capital;
        if is_own && !self.is_signed(first.start) {
            let after = self.text.get(first.end..self.text.floor_char_boundary((first.end + 16).min(self.text.len())));
            let is_somebody = !first.is_ambiguous() || after.is_some_and(is_class);
            people.push(self.person(first.start, first.end, i32::from(is_somebody), true));
        }
        0
    }

    /// "Mrs Patel" names somebody in the school, and nobody to a stranger.
    fn has_title(&self, at: usize) -> bool {
        let from = self.text.floor_char_boundary(at.saturating_sub(6));
        let before = self.text.get(from..at).unwrap_or_default();
        ["Mr ", "Mrs ", "Ms ", "Miss ", "Mx ", "Mr. ", "Mrs. ", "Ms. "]
            .iter()
            .any(|title| before.strip_suffix(title).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric)))
    }

    fn person(&self, start: usize, end: usize, weight: i32, is_bare: bool) -> Person {
        let name = self.text.get(start..end).unwrap_or_default();
        let weight = if is_bare { weight } else { weight + self.cues(start, end) };
        Person { start, end, row: self.layout.row_at(start), weight, name: folded(name), is_bare }
    }

    fn gap(&self, at: usize) -> &str {
        match (self.words.get(at), self.words.get(at + 1)) {
            (Some(a), Some(b)) => self.text.get(a.end..b.start).unwrap_or("?"),
            _ => "?",
        }
    }

    fn written(&self, at: usize) -> &str {
        self.words.get(at).and_then(|word| self.text.get(word.start..word.end)).unwrap_or_default()
    }

    /// The first two words of a line under a heading with "Surname Forename" or "Forename Surname".
    fn under_halves(&self, at: usize) -> Option<(usize, i32)> {
        let (first, second) = (*self.words.get(at)?, *self.words.get(at + 1)?);
        let line = self.layout.line(first.start).filter(|line| first.start - line.start <= 2)?;
        let heading = self.layout.lines.get(line.heading?)?;
        let from = self.labels.partition_point(|label| label.start < heading.start);
        let inside = || self.labels.iter().skip(from).take_while(|label| label.end <= heading.end);
        let halves = inside().filter(|label| matches!(label.means, Means::Forename | Means::Surname)).count();
        let is_known = first.is_forename() || first.is_surname() || second.is_forename() || second.is_surname();
        (halves == 2 && matches!(self.gap(at), " " | ", " | ",") && first.case == second.case && is_known).then_some((2, 4))
    }

    /// "Jacob Lane", "Anna-Maria de Souza", "JACOB LANE", "duc osei".
    fn forename_first(&self, at: usize) -> Option<(usize, i32)> {
        let first = *self.words.get(at)?;
        let mut last = at + 1;
        // One further forename, or a particle, may stand between.
        let is_inner = |n: usize| {
            self.gap(n) == " "
                && (self.words.get(n).is_some_and(|w| w.is_forename() && w.is_written_as_name() && !w.is_surname())
                    || ["de", "van", "der", "bin", "al", "el", "da", "dos", "von", "ul"].contains(&self.written(n)))
        };
        if self.gap(at) != " " || !first.is_forename() && self.is_label(first.start) {
            return None;
        }
        if is_inner(last) && self.words.get(last + 1).is_some_and(|w| w.is_written_as_name() || first.case == Case::Small) {
            last += 1;
            if is_inner(last) {
                last += 1;
            }
        }
        let surname = *self.words.get(last)?;
        let weight = self.pair(first, surname)?;
        let next = fold::plain(self.written(last + 1));
        let is_place = matches!(self.gap(last), " ") && PLACES.contains(&next.as_str());
        // "Rose Lane" may be either: with a flower before it, it is where somebody lives.
        let last_word = fold::plain(self.written(last));
        let is_street = STREETS.contains(&last_word.as_str()) && first.is_ambiguous();
        let is_place = is_place || is_street || PLACES.contains(&last_word.as_str()) && !surname.is_surname();
        if is_place { None } else { Some((last - at + 1, weight)) }
    }

    /// What a forename and a surname next to each other are worth.
    fn pair(&self, first: Word, surname: Word) -> Option<i32> {
        let both = first.is_forename() && (surname.is_surname() || surname.is_forename());
        let clear = !first.is_ambiguous() || !surname.is_ambiguous();
        match (first.case, surname.case) {
            (Case::Small, Case::Small) if both && !first.is_ambiguous() && surname.is_surname() => Some(3),
            (Case::Small, Case::Small) if both && surname.is_surname() && clear => Some(1),
            (Case::Small, _) | (_, Case::Small) => None,
            _ if both && clear => Some(3),
            _ if both => Some(3),
            _ if first.is_forename() && !first.is_ambiguous() && !surname.is_ambiguous() && surname.end - surname.start > 2 => {
                Some(if surname.case == Case::Capitals && first.case == Case::Capital { 1 } else { 3 })
            }
            _ if first.is_forename() && !first.is_ambiguous() => Some(2),
            _ if surname.is_surname() && !surname.is_ambiguous() && !surname.is_forename() && self.may_be_forename(first) => {
                Some(3)
            }
            _ => None,
        }
    }

    /// Whether a word that no list knows may be a forename before a known surname: no title, greeting or office, and longer than two.
    fn may_be_forename(&self, word: Word) -> bool {
        let written = fold::plain(self.text.get(word.start..word.end).unwrap_or_default());
        word.case == Case::Capital
            && !word.is_ambiguous()
            && !word.is_surname()
            && written.len() > 2
            && !NO_FORENAME.contains(&written.as_str())
    }

    /// "Lane, Jacob".
    fn surname_first(&self, at: usize) -> Option<(usize, i32)> {
        let (surname, forename) = (*self.words.get(at)?, *self.words.get(at + 1)?);
        if !matches!(self.gap(at), ", " | ",") || !forename.is_forename() {
            return None;
        }
        let is_greeted = at.checked_sub(1).is_some_and(|n| {
            self.gap(n) == " "
                && ["dear", "hi", "hello", "morning", "afternoon", "evening", "hey", "thanks", "to"]
                    .contains(&self.written(n).to_lowercase().as_str())
        });
        // "…, Chloe Wilson": the forename has a surname of its own.
        let follows = self.gap(at + 1) == " "
            && self.words.get(at + 2).is_some_and(|w| w.is_surname() && w.is_written_as_name() && !w.is_ambiguous());
        let weight = match (surname.case, forename.case) {
            (Case::Small, Case::Small) if surname.is_surname() && !surname.is_ambiguous() && !forename.is_ambiguous() => 3,
            (Case::Small, _) | (_, Case::Small) => return None,
            _ if surname.is_surname() && !(surname.is_ambiguous() && forename.is_ambiguous()) => 3,
            _ if !forename.is_ambiguous() && !surname.is_forename() && self.gap(at) == ", " && self.is_list(surname.start) => 2,
            _ => return None,
        };
        if is_greeted || follows { None } else { Some((2, weight)) }
    }

    /// Whether a line is one of a list rather than a sentence.
    fn is_list(&self, at: usize) -> bool {
        self.layout.line(at).is_some_and(|line| line.heading.is_some() || at < line.start + 4)
    }

    /// One to four words behind a label for names: known or not.
    fn after_label(&self, at: usize) -> Option<(usize, i32)> {
        let first = *self.words.get(at)?;
        let until = self.labels.partition_point(|label| label.end <= first.start);
        let label = self.labels.get(until.checked_sub(1)?).filter(|label| label.means == Means::Name)?;
        let gap = self.text.get(label.end..first.start)?;
        let is_marked = gap.trim_matches(' ').trim_start_matches("'s").trim_matches(' ') == ":"
            || matches!(gap, "\t" | " - " | ": " | ":\t" | " = ");
        let is_plain = gap == " " && first.is_forename();
        if gap.len() > 4 || !(is_marked || is_plain) {
            return None;
        }
        let mut count = 1;
        while count < 4 && matches!(self.gap(at + count - 1), " " | ", ") {
            let Some(next) = self.words.get(at + count) else { break };
            let is_part = next.case == first.case
                || next.case == Case::Capitals && first.case == Case::Capital
                || next.is_surname() && !next.is_ambiguous();
            let is_after_comma = self.gap(at + count - 1) == ", ";
            if !is_part || is_after_comma && (count > 1 || !next.is_forename()) || self.is_label(next.start) {
                break;
            }
            count += 1;
        }
        let known = (at..at + count).filter_map(|n| self.words.get(n)).filter(|w| w.is_forename() || w.is_surname()).count();
        let last = self.words.get(at + count - 1)?;
        let ends = self
            .text
            .get(last.end..)
            .is_none_or(|rest| rest.starts_with(['\n', ',', ';', '(', '.', '\t', ' ', ')', '\'']) || rest.is_empty());
        match (count, known, is_marked) {
            (2.., 1.., true) if ends => Some((count, 3)),
            (2.., 2.., false) if ends => Some((count, 3)),
            _ => None,
        }
    }

    fn is_label(&self, at: usize) -> bool {
        let after = self.labels.partition_point(|label| label.start <= at);
        after
            .checked_sub(1)
            .and_then(|i| self.labels.get(i))
            .is_some_and(|label| at < label.end && !matches!(label.means, Means::Other))
    }

    /// What stands around a name: for it its label, title or class; against it a signature or an author's mark.
    fn cues(&self, start: usize, end: usize) -> i32 {
        let line = self.layout.line(start);
        let from = self.text.floor_char_boundary(line.map_or(0, |l| l.start).max(start.saturating_sub(90)));
        let before = self.text.get(from..start).unwrap_or_default().to_lowercase();
        let after = self.text.get(end..self.text.floor_char_boundary((end + 16).min(self.text.len()))).unwrap_or_default();
        let mut cues = 0;
        if self.is_signed(start) || before.len() <= 40 && HEADS.iter().any(|head| before.starts_with(head)) {
            cues -= 2;
        }
        let known = self.labels.partition_point(|label| label.start < from);
        let mut labels = self.labels.iter().skip(known).take_while(|label| label.end <= start);
        cues -= 2 * i32::from(labels.any(|label| label.means == Means::Public));
        let titles = [
            "mr ", "mrs ", "ms ", "miss ", "master ", "mx ", "dr ", "pupil ", "student ", "child ", "mum ", "dad ", "mother ",
            "father ", "parent ",
        ];
        cues += i32::from(titles.iter().any(|title| before.ends_with(title)) && !self.is_signed(start));
        cues + i32::from(is_class(after))
    }

    fn is_signed(&self, at: usize) -> bool {
        let after = self.signatures.partition_point(|range| range.start <= at);
        after.checked_sub(1).and_then(|i| self.signatures.get(i)).is_some_and(|range| range.contains(&at))
    }

    /// Cells under headers for names; forename and surname of a row are one name.
    fn in_tables(&self) -> Vec<Person> {
        let mut people = Vec::new();
        let mut halves: BTreeMap<(usize, usize), (usize, usize, usize)> = BTreeMap::new();
        for cell in self.layout.cells.iter().filter(|cell| !cell.is_header) {
            let means = self.layout.tables.get(cell.table).and_then(|t| t.header.as_ref()).and_then(|h| *h.get(cell.column)?);
            let text = self.text.get(cell.start..cell.end).unwrap_or_default();
            let is_name =
                !text.is_empty() && text.len() <= 60 && !text.bytes().any(|b| b.is_ascii_digit()) && text.split(' ').count() <= 5;
            if !is_name {
                continue;
            }
            let row = self.layout.row_at(cell.start);
            match means {
                Some(Means::Name) if text.contains([' ', ',']) && self.has_name(cell.start, cell.end) => {
                    people.push(Person { start: cell.start, end: cell.end, row, weight: 4, name: folded(text), is_bare: false });
                }
                Some(Means::Forename | Means::Surname) => {
                    let half = halves.entry((row, cell.table)).or_insert((cell.start, cell.end, cell.column));
                    if cell.column.abs_diff(half.2) <= 1 {
                        *half = (half.0.min(cell.start), half.1.max(cell.end), cell.column);
                    }
                }
                _ => {}
            }
        }
        people.extend(halves.into_iter().map(|((row, _), (start, end, _))| {
            let name = folded(self.text.get(start..end).unwrap_or_default());
            Person { start, end, row, weight: if name.contains(' ') { 4 } else { 2 }, name, is_bare: false }
        }));
        people
    }

    fn has_name(&self, start: usize, end: usize) -> bool {
        let first = self.words.partition_point(|word| word.start < start);
        self.words.iter().skip(first).take_while(|word| word.end <= end).any(|word| word.is_forename() || word.is_surname())
    }
}

/// Whether a class or year follows in brackets or after a comma: "(9X)", "in 7B", ", Year 4".
fn is_class(after: &str) -> bool {
    let rest = after
        .trim_start_matches([' ', '(', ',', '['])
        .trim_start_matches("in ")
        .trim_start_matches("Year ")
        .trim_start_matches("Yr ");
    let rest = rest.strip_prefix(['Y', 'y', 'R', 'N']).unwrap_or(rest);
    let figures = rest.bytes().take_while(u8::is_ascii_digit).count();
    let letter = rest.as_bytes().get(figures).copied().unwrap_or(b' ');
    after.starts_with([' ', '(', ','])
        && matches!(figures, 1 | 2)
        && letter.is_ascii_alphabetic()
        && !rest.get(figures + 2..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// The words of a name, folded and sorted.
pub(super) fn folded(name: &str) -> String {
    let mut words: Vec<String> = name
        .split(|c: char| !(c.is_alphabetic() || matches!(c, '\'' | '-')))
        .filter(|word| !word.is_empty())
        .map(fold::plain)
        .collect();
    words.retain(|word| !["mr", "mrs", "ms", "miss", "dr", "master"].contains(&word.as_str()));
    words.sort_unstable();
    words.join(" ")
}
