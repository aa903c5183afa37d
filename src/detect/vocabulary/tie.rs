//! Whether a phrase is said of somebody.
//!
//! In: a [`Mention`] and what is around it. Out: its weight; three and more is said of a person. In a table the row's person has it. In
//! prose a full name in the sentence ties it, a forename or a pronoun when somebody was named before, "my son", initials with a class.
//! Sentences about everybody, about courses and papers, and the titles of professionals take away.

use std::ops::Range;

use regex::Regex;

use super::super::evidence::Around;
use super::super::label::Means;
use super::super::person::Person;
use super::{Force, Mention};

/// Octets of a sentence that are looked at on either side.
const SIDE: usize = 400;

pub(in super::super) struct Ties {
    pronoun: Regex,
    relation: Regex,
    initials: Regex,
    everybody: Regex,
    paper: Regex,
    verb: Regex,
    attribute: Regex,
    profession: Regex,
    offered: Regex,
    thing: Regex,
    task: Regex,
    past: Regex,
}

impl Ties {
    pub(in super::super) fn compile() -> Option<Self> {
        let new = |pattern: &str| Regex::new(pattern).ok();
        Some(Self {
            pronoun: new(
                r"(?i-u)\b(?:he|she|him|her|his|hers|himself|herself|they've been|they have been|(?:the|this|our) (?:child|pupil|student|boy|girl|young person|lad|teacher|colleague|employee|member of staff))\b",
            )?,
            relation: new(
                r"(?i-u)\b(?:my|our|their|his|her) (?:\w+ )?(?:son|daughter|child|husband|wife|partner|mum|mother|dad|father|brother|sister|granddaughter|grandson|niece|nephew|foster (?:son|daughter|child))\b|\bI (?:have|am|was|suffer|take|had)\b|\bI've (?:been|got|had)\b|\bI'm (?:pregnant|on|under|autistic|gay|disabled)",
            )?,
            initials: new(
                r"(?-u)\b[A-Z]\.? ?[A-Z]\.? ?(?:\(|in |of |- |, )(?:Y|Yr|Year )? ?\d{1,2}[A-Za-z]?\b|\b(?:Y|Yr |Year )\d{1,2}[A-Za-z]? (?:boy|girl|pupil|student)\b",
            )?,
            everybody: new(
                r"(?i-u)\b(?:pupils|students|children|staff|schools|families|parents|people|learners|everyone|anyone|all of|we are recruiting|colleagues|governors should note|employees|any pupil|any child|a child|a pupil|young people|teachers|numbers|percentage|cohort|groups)\b|\d ?%",
            )?,
            paper: new(
                r"(?i-u)\b(?:policy|policies|procedure|training|trained|course|workshop|webinar|cpd|inset|slides|assembly|assemblies|display|recruit\w*|vacancy|vacancies|advert|job description|applicants|essential|desirable|strategy|statement has|published|website|guidance|newsletter|leaflet|poster|awareness|bulletin|statutory|consultation|briefing|session|sessions|lesson|lessons|curriculum|scheme of work|homework|resource|resources|book|novel|charity|fundrais\w*|non-uniform|template|checklist|report to governors|data|figures|statistics|average|research|survey|toolkit|module|e-learning|kcsie|dfe|ofsted|ballot|drop-in|expiry|first aid(?:er)?s?|speaker|talk on|talk about|copies|donat\w*|raised|in aid of|sponsored|cake sale|collection for|outreach|update service|(?:awareness|history|health|bullying|safety|heritage) (?:week|month|day))\b",
            )?,
            verb: new(
                r"(?i-u)\b(?:is|was|has|had|have|having|takes|took|taking|carries|carry|receives?|received|needs?|suffers?|gets|been|be|under|on|with|got|being|remains|became|disclosed|reported|told|says?|said|admitted|attends?|went|experienc\w+|developed|requires?|uses?|lives?|struggles?|found|caught|identifies|identified|recorded|classed|listed|eligible|entitled|claims?|diagnosed|referred|known|subject|'s)\b",
            )?,
            attribute: new(
                r"(?i-u)\b(?:is|was|are|as|be|being|'s|recorded|identifies|family are|family is|parents are|came out|of)(?: (?:a|an|of|as|recorded|from|openly|practising|devout|strict|originally|both|mixed|being|observing|fasting for|celebrating|now|the))*(?u:\W){1,3}$",
            )?,
            profession: new(
                r"(?i)^(?:social workers?|counsellor|psychiatrist|psychologist|educational psychologist|consultant|paediatrician|specialist nurse|probation officer|family support worker|speech and language therapist|foster carers?|union rep|lado|guardian ad litem|therapy|surgery|social care|mental health)$",
            )?,
            offered: new(
                r"(?i-u)\b(?:if (?:you|your|any|a)|whether (?:you|your|any)|please (?:tell|let) us know if|does your|do you|any (?:allergies|medical|medication)|for example|such as|e\.g\.|including)\b",
            )?,
            // "the autism outreach team": the word says what kind of thing, not how somebody is.
            thing: new(
                r"(?i-u)^(?:s|'s|s')?[ \-](?:outreach|ramps?|readers?|scanners?|leads?|paperwork|review of|reviews?|services?|charit(?:y|ies)|teams?|polic(?:y|ies)|forms?|data|figures|numbers|courses?|groups?|awareness|weeks?|trust|foundation|museum|specialists?|advis[eo]rs?|coordinators?|champions?|governors?|link|budget|funding|strategy|reports?|events?|walk|appeal|donations?|guides?|books?|clubs?|units?|training|workshops?|sessions?|talks?|research|society|resources?|information|law|act|bill|code|framework|audit|conference|lessons?|education|system|software|machine|tills?|equipment|kits?|room|space|hub|network|forum|strike ballot|ballots?|campaign|history|studies|exam|exams|gcse|teachers?|practitioners?|first aiders?|in schools|support service|line managers?|office|officers? will|bags?|boxes|box|cabinet|fridge|posters?|leaflets?|display)\b",
            )?,
            // What somebody does about a matter, rather than has of it.
            task: new(
                r"(?i-u)\b(?:will|can|could|to|is|are|was|has|have|please)(?: be| been)? (?:running|run|lead|leading|led|deliver\w*|present\w*|fit|fitted|check\w*|talk\w*|speak\w*|show|collect\w*|organis\w*|order\w*|book|booked|send|sent|teach\w*|cover\w*|discuss\w*|review\w*|updat\w*|confirm\w*|meet|meeting|host\w*|visit\w*|appoint\w*|writ\w+|produc\w*|creat\w*|chair\w*|attending|study\w*|read|reading|rais(?:e|ed|ing)|research\w*|train\w*|thank|thanked|welcome)\b",
            )?,
            // Long before anybody in the school was born.
            past: new(r"(?-u)\b(?:1[0-8]\d\d|19[0-4]\d|195[0-5])\b")?,
        })
    }

    /// What a mention weighs: three and more is said of somebody.
    pub(in super::super) fn weigh(&self, mention: &Mention, around: &Around<'_>, known: &[Range<usize>]) -> i32 {
        let at = mention.start;
        if around.is_in(around.signatures, at) || around.is_in(around.links, at) {
            return 0;
        }
        if let Some(cell) = around.layout.cell_at(at) {
            let is_value = !cell.is_header && !matches!(mention.force, Force::Weak | Force::Hint);
            let is_form = is_value && around.layout.tables.get(cell.table).is_some_and(|t| t.header.is_none());
            if is_value && (!is_form || cell.column > 0) && around.has_person_in_row(at) {
                return 3 + i32::from(matches!(around.layout.header_at(at), Some(Means::Code(_))));
            }
            if cell.is_header {
                return 0;
            }
        }
        let sentence = sentence(&around.reading.text, at);
        self.in_sentence(mention, around, &sentence, known)
    }

    fn in_sentence(&self, mention: &Mention, around: &Around<'_>, sentence: &Range<usize>, known: &[Range<usize>]) -> i32 {
        let text = around.reading.piece(sentence.clone());
        let before = around.reading.piece(sentence.start..mention.start);
        let named: Vec<&Person> = people_in(around, sentence).collect();
        let full = named.iter().find(|person| !person.is_bare && person.weight >= 2);
        let bare = named.iter().find(|person| person.is_bare && (person.weight > 0 || is_subject(around, person)));
        let is_said =
            |person: &Person| person.end <= mention.start && self.verb.is_match(around.reading.piece(person.end..mention.start));
        if mention.force == Force::Weak {
            let is_attribute = self.attribute.is_match(before) && ends_here(around.reading.piece(mention.end..sentence.end));
            let somebody = full.is_some() || bare.is_some() || self.goes_on(around, sentence, text);
            return if is_attribute && somebody { 3 } else { 0 };
        }
        let mut weight = match (full, bare) {
            (Some(person), _) if is_said(person) => 5,
            (Some(_), _) => 3,
            (None, Some(person)) if is_said(person) => 4,
            (None, Some(_)) => 3,
            _ if has_one_in(known, sentence) => 3,
            _ if self.initials.is_match(text) => 4,
            _ if self.relation.is_match(text) => 4,
            _ if self.goes_on(around, sentence, text) => 4,
            _ if self.is_record(around, mention.start) => 4,
            _ => 0,
        };
        if weight == 0 {
            return i32::from(mention.force == Force::Telling);
        }
        // A course that somebody gives is not about them.
        let person = full.or(bare).filter(|person| person.end <= mention.start);
        let is_given = person.is_some_and(|person| self.paper.is_match(around.reading.piece(person.end..mention.start)));
        let is_paper = is_given || self.paper.is_match(text) && mention.force != Force::Telling;
        weight -= (2 + i32::from(is_given)) * i32::from(is_paper);
        weight -= 2 * i32::from(self.everybody.is_match(text) && full.is_none());
        weight -= 3 * i32::from(self.offered.is_match(before));
        let after = around.reading.piece(mention.end..sentence.end);
        weight -= 3 * i32::from(mention.force != Force::Telling && self.thing.is_match(after));
        weight -= 2 * i32::from(person.is_some_and(|person| self.task.is_match(around.reading.piece(person.end..mention.start))));
        weight -= 4 * i32::from(self.past.is_match(text));
        let word = around.reading.piece(mention.start..mention.end);
        let is_beside = named.iter().any(|p| p.end.abs_diff(mention.start) <= 3 || p.start.abs_diff(mention.end) <= 3);
        weight -= 3 * i32::from(is_beside && self.profession.is_match(word));
        if mention.force == Force::Hint { weight.min(2) } else { weight }
    }

    /// Whether a sentence goes on about somebody who was named right before it.
    fn goes_on(&self, around: &Around<'_>, sentence: &Range<usize>, text: &str) -> bool {
        if !self.pronoun.is_match(text) {
            return false;
        }
        let from = sentence.start.saturating_sub(SIDE);
        people_in(around, &(from..sentence.start))
            .any(|person| !is_greeting(around, person) && (person.weight >= 2 || person.is_bare && person.weight > 0))
    }

    /// Whether the lines of a record name somebody.
    fn is_record(&self, around: &Around<'_>, at: usize) -> bool {
        let line = around.layout.line_at(at);
        let row = around.layout.row_at(at);
        let next = around.layout.lines.get(line + 1).is_some_and(|l| l.row == row);
        (row != line || next) && around.has_person_in_row(at)
    }
}

/// Whether a range, of some in order, begins in a sentence.
fn has_one_in(known: &[Range<usize>], sentence: &Range<usize>) -> bool {
    let first = known.partition_point(|range| range.start < sentence.start);
    known.get(first).is_some_and(|range| range.start < sentence.end)
}

/// A forename that begins its sentence and is followed by a verb is somebody, even if it is a word too ("Hope is", "Will has").
fn is_subject(around: &Around<'_>, person: &Person) -> bool {
    let rest = around.reading.piece(person.end..(person.end + 12).min(around.reading.text.len()));
    [" is ", " has ", " was ", " had ", " takes", " carries", "'s "].iter().any(|verb| rest.starts_with(verb))
}

/// "Hi Jacob," greets somebody and says nothing of them.
fn is_greeting(around: &Around<'_>, person: &Person) -> bool {
    let text = &around.reading.text;
    let from = text.floor_char_boundary(person.start.saturating_sub(12));
    let before = around.reading.piece(from..person.start).to_lowercase();
    let word = before.rsplit(['\n', '\t']).next().unwrap_or_default().trim();
    matches!(
        word,
        "hi" | "dear" | "hello" | "morning" | "hey" | "good morning" | "afternoon" | "evening" | "thanks" | "thank you"
    )
}

fn people_in<'t>(around: &'t Around<'_>, range: &Range<usize>) -> impl Iterator<Item = &'t Person> + use<'t> {
    let first = around.people.partition_point(|person| person.start < range.start);
    let end = range.end;
    around
        .people
        .iter()
        .skip(first)
        .take_while(move |person| person.start < end)
        .filter(move |person| !is_greeting(around, person))
}

/// Whether a word is the last of what is said: "is Polish." and not "is Polish night".
fn ends_here(after: &str) -> bool {
    let rest = after.trim_start_matches(' ');
    rest.is_empty()
        || rest.starts_with(['.', ',', ';', ')', '!', '\n', '-', '/'])
        || [
            "and ",
            "but ",
            "so ",
            "with ",
            "on the",
            "by ",
            "at ",
            "in the",
            "family",
            "pupil",
            "girl",
            "boy",
            "child",
            "man",
            "woman",
            "heritage",
            "background",
            "descent",
            "origin",
            "which",
            "who",
            "since",
            "because",
        ]
        .iter()
        .any(|word| rest.starts_with(word))
}

/// The sentence around a place: to a line's end, or a full stop before a capital.
pub(in super::super) fn sentence(text: &str, at: usize) -> Range<usize> {
    let low = text.floor_char_boundary(at.saturating_sub(SIDE));
    let high = text.floor_char_boundary((at + SIDE).min(text.len()));
    let before = text.get(low..at).unwrap_or_default();
    let mut start = low;
    for (offset, c) in before.char_indices() {
        if is_end(text, low + offset, c) {
            start = low + offset + c.len_utf8();
        }
    }
    let after = text.get(at..high).unwrap_or_default();
    let end = after.char_indices().find(|(offset, c)| is_end(text, at + offset, *c)).map_or(high, |(offset, _)| at + offset);
    start..end
}

fn is_end(text: &str, at: usize, c: char) -> bool {
    match c {
        '\n' => true,
        '!' | '?' => true,
        '.' => {
            let after = text.get(at + 1..).unwrap_or_default();
            let mut next = after.chars();
            let is_gap = next.next().is_none_or(char::is_whitespace);
            let is_new = next.next().is_none_or(|c| !c.is_lowercase());
            let word = text.get(..at).unwrap_or_default();
            let word = word.rsplit(|c: char| !c.is_alphanumeric() && c != '.').next().unwrap_or_default().to_lowercase();
            let is_short = [
                "mr", "mrs", "ms", "dr", "st", "no", "e.g", "i.e", "approx", "ext", "tel", "nos", "d.o.b", "prof", "jr", "sr",
                "n.i", "yr",
            ]
            .contains(&word.as_str());
            is_gap && is_new && !is_short
        }
        _ => false,
    }
}
