//! The fields of `when` and `unless`.

use regex::RegexBuilder;
use toml::de::DeValue;

use super::mistake::nearest;
use super::model::{AttachmentTest, Contact, DataTest, Fields, HeaderTest, Lookalike, MailKind, Party, TypeTest};
use super::reader::{Reader, Table, Value};
use super::{actions, rule};
use crate::base::Domain;
use crate::detect::{self, Confidence};
use crate::extract::Kind;

pub(super) const FIELDS: &[&str] = &[
    "to",
    "from",
    "from_or_to",
    "subject_word",
    "kind",
    "size_over",
    "recipients_over",
    "header",
    "any_of",
    "all_of",
    "words",
    "visible_outside_over",
    "attachment",
    "attachment_type",
    "data",
    "data_count",
    "people_over",
    "data_confidence",
    "protected",
    "sender_mismatch",
    "lookalike",
    "first_contact",
];
const KINDS: [(&str, MailKind); 6] = [
    ("auto-reply", MailKind::AutoReply),
    ("bounce", MailKind::Bounce),
    ("calendar", MailKind::Calendar),
    ("mailing-list", MailKind::MailingList),
    ("signed", MailKind::Signed),
    ("encrypted", MailKind::Encrypted),
];
const CONTACTS: [(&str, Contact); 2] = [("sender", Contact::Sender), ("school", Contact::School)];
const PARTIES: [&str; 5] = ["inside", "outside", "partners", "webmail", "abroad"];
/// The most that `visible_outside_over` may ask for: under the number of mailboxes that are read.
const VISIBLE: u32 = 5_000;
/// Bytes that one compiled pattern may take.
const PATTERN_OCTETS: usize = 1 << 20;

/// Reads one `when` or `unless`, or one of the groups inside.
pub(super) fn read<'t>(r: &mut Reader<'t>, value: &Value<'t>, title: &str) -> Option<Fields> {
    let table = r.open(
        value,
        title,
        FIELDS,
        &[
            (actions::ACTIONS, "this is something to do: write it behind `do.`, not `when.`"),
            (rule::RULE, "this belongs to the rule itself, beside `id`"),
        ],
    )?;
    if table.is_empty() {
        r.wrong(&table.span, format!("{title} is empty, and so would be true of every mail"))
            .help("write a condition, or take it out");
    }
    Some(Fields {
        to: parties(r, &table, "to"),
        from: parties(r, &table, "from"),
        from_or_to: parties(r, &table, "from_or_to"),
        subject_word: table.get("subject_word").map(|v| words(r, &v)),
        words: table.get("words").map(|v| words(r, &v)),
        kind: table.get("kind").map(|v| r.each(&v, |r, item| r.word(item, &KINDS))),
        size_over: table.get("size_over").and_then(|v| r.size(&v)),
        recipients_over: table.get("recipients_over").and_then(|v| r.count(&v, 0..=100_000)).and_then(|n| n.try_into().ok()),
        header: table.get("header").map(|v| r.each(&v, header_test)),
        visible_outside_over: table.get("visible_outside_over").and_then(|v| r.count(&v, 0..=VISIBLE)).map(|n| n as usize),
        sender_mismatch: table.get("sender_mismatch").and_then(|v| r.flag(&v)),
        lookalike: table.get("lookalike").and_then(|v| lookalike(r, &v)),
        first_contact: table.get("first_contact").and_then(|v| first_contact(r, &v)),
        attachment: table.get("attachment").map(|v| r.each(&v, |r, item| r.word(item, &AttachmentTest::WORDS))),
        attachment_type: table.get("attachment_type").map(|v| r.each(&v, attachment_type)),
        data: table.get("data").map(|v| r.each(&v, data_test)),
        data_count: table.get("data_count").and_then(|v| r.count(&v, 1..=100_000)).and_then(|n| n.try_into().ok()),
        people_over: table.get("people_over").and_then(|v| r.count(&v, 0..=100_000)).and_then(|n| n.try_into().ok()),
        data_confidence: data_confidence(r, &table),
        protected: table.get("protected").and_then(|v| r.flag(&v)),
        any_of: groups(r, &table, "any_of"),
        all_of: groups(r, &table, "all_of"),
    })
}

/// `any_of` and `all_of`: lists of groups of fields, to any depth that TOML nests.
fn groups<'t>(r: &mut Reader<'t>, table: &Table<'t>, key: &'static str) -> Option<Vec<Fields>> {
    let value = table.get(key)?;
    Some(r.each(&value, |r, item| read(r, item, &format!("`{key}`"))))
}

fn parties<'t>(r: &mut Reader<'t>, table: &Table<'t>, key: &'static str) -> Option<Vec<Party>> {
    let value = table.get(key)?;
    Some(r.each(&value, party))
}

fn party<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Party> {
    let text = r.text(value)?;
    match text.as_str() {
        "inside" => return Some(Party::Inside),
        "outside" => return Some(Party::Outside),
        "partners" => return Some(Party::Partners),
        "webmail" => return Some(Party::Webmail),
        "abroad" => return Some(Party::Abroad),
        _ => {}
    }
    if let Some(name) = text.strip_prefix('@') {
        return list_of_people(r, value, name).map(Party::List);
    }
    if text.contains('@') {
        return r.address(value).map(Party::Address);
    }
    let sub = text.strip_prefix("*.");
    match Domain::parse(sub.unwrap_or(&text)) {
        Ok(domain) if text.contains('.') && !domain.is_literal() => {
            Some(if sub.is_some() { Party::SubDomains(domain) } else { Party::Domain(domain) })
        }
        _ => not_a_party(r, value, &text),
    }
}

fn not_a_party<'t>(r: &mut Reader<'t>, value: &Value<'t>, text: &str) -> Option<Party> {
    let list = r.lists.contains_key(text).then(|| format!("@{text}"));
    let sub = text.strip_prefix('.').filter(|d| Domain::parse(d).is_ok()).map(|d| format!("*.{d}"));
    let suggestion = list.or(sub).or_else(|| nearest(text, PARTIES));
    r.wrong(&value.span, format!("`{}` cannot be \"{text}\"", value.key)).suggest(suggestion).help(
        "it is \"inside\", \"outside\", \"partners\", \"webmail\", \"abroad\", an address, a domain, \"*.domain\" or \"@list\"",
    );
    None
}

/// The name of a list that exists and holds addresses or domains.
pub(super) fn list_of_people<'t>(r: &mut Reader<'t>, value: &Value<'t>, name: &str) -> Option<String> {
    let list = known_list(r, value, name)?;
    let only_words = list.addresses.is_empty() && list.domains.is_empty() && !list.words.is_empty();
    if only_words {
        r.lacking(&value.span, format!("the list `{name}` holds words, not people"))
            .help(format!("write addresses = [\"…\"] or domains = [\"…\"] in [list.{name}]"));
        return None;
    }
    Some(name.to_owned())
}

/// A list by its name without the `@`.
pub(super) fn known_list<'t>(r: &mut Reader<'t>, value: &Value<'t>, name: &str) -> Option<super::model::List> {
    let names: Vec<String> = r.lists.keys().map(|name| format!("@{name}")).collect();
    if !r.defined(&value.span, &format!("@{name}"), &names, "list ([list.NAME])") {
        return None;
    }
    r.lists.get(name).cloned()
}

/// Words as written; `"@list"` stands for the words of that list.
fn words<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Vec<String> {
    let words = r.each(value, |r, item| {
        let text = r.line_of_text(item)?;
        let Some(name) = text.strip_prefix('@') else { return readable(r, item, text).map(|word| vec![word]) };
        let list = known_list(r, item, name)?;
        if list.words.is_empty() {
            r.lacking(&item.span, format!("the list `{name}` holds no words"))
                .help(format!("write words = [\"…\"] in [list.{name}]"));
        }
        Some(list.words)
    });
    words.into_iter().flatten().collect()
}

/// A word of signs alone stands in no mail, since words are compared by their letters and figures.
fn readable<'t>(r: &mut Reader<'t>, item: &Value<'t>, text: String) -> Option<String> {
    if text.chars().any(char::is_alphanumeric) {
        return Some(text);
    }
    r.wrong(&item.span, format!("\"{text}\" has no letter or figure, so it would never be found"));
    None
}

/// `true`, or the domains that others may be mistaken for.
fn lookalike<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Lookalike> {
    match value.it {
        DeValue::Boolean(true) => Some(Lookalike::Known),
        DeValue::String(_) | DeValue::Array(_) => Some(Lookalike::Of(r.each(value, Reader::domain))),
        _ => {
            r.wrong(&value.span, "`lookalike` is true, or a list of domains")
                .help("write true to compare with the school's domains, its partners' and those it often writes to");
            None
        }
    }
}

/// Whose first mail it is; `true` is the sender's.
fn first_contact<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Contact> {
    if matches!(value.it, DeValue::Boolean(true)) { Some(Contact::Sender) } else { r.word(value, &CONTACTS) }
}

/// A kind of data, a group of kinds, or `"@list"` for those on a list with `csv`.
fn data_test<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<DataTest> {
    let text = r.text(value)?;
    if let Some(name) = text.strip_prefix('@') {
        let list = known_list(r, value, name)?;
        if list.roll.is_none() {
            r.lacking(&value.span, format!("the list `{name}` is no roll of people"))
                .help(format!("write csv = \"…\" and columns = {{ … }} in [list.{name}]"));
            return None;
        }
        return Some(DataTest::Roll(name.to_owned()));
    }
    match text.as_str() {
        "personal" => Some(DataTest::Personal),
        "financial" => Some(DataTest::Financial),
        "special-category" => Some(DataTest::SpecialCategory),
        word => detect::Kind::of(word).map(DataTest::Kind).or_else(|| {
            let kinds: Vec<&str> = detect::Kind::all().map(detect::Kind::word).collect();
            r.unknown_word(value, word, ["personal", "financial", "special-category"].into_iter().chain(kinds));
            None
        }),
    }
}

/// How sure; it says nothing without something to be sure of.
fn data_confidence<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<Confidence> {
    const LEVELS: [(&str, Confidence); 3] =
        [("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];
    let value = table.get("data_confidence")?;
    if !["data", "data_count", "people_over"].iter().any(|key| table.get(key).is_some()) {
        r.lacking(&table.key_span("data_confidence"), "`data_confidence` says how sure, but nothing here asks for data")
            .help("write when.data = \"personal\"");
    }
    r.word(&value, &LEVELS)
}

/// A kind (`"docx"`), a media type (`"image/*"`), or an ending (`".sims"`). A word that is both a kind and an ending means either.
fn attachment_type<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<TypeTest> {
    let written = r.line_of_text(value)?;
    let word = written.to_ascii_lowercase();
    if let Some((family, _)) = word.split_once('/') {
        if family.is_empty() || word.contains(char::is_whitespace) {
            r.wrong(&value.span, format!("\"{written}\" is not a media type")).help("write \"application/pdf\" or \"image/*\"");
            return None;
        }
        return Some(TypeTest { written, kinds: Vec::new(), media: Some(word), ending: None });
    }
    if let Some(ending) = word.strip_prefix('.').or_else(|| word.strip_prefix("*.")) {
        let kinds = Kind::of_word(ending).into_iter().collect();
        return Some(TypeTest { written, kinds, media: None, ending: Some(ending.to_owned()) });
    }
    let kind = Kind::of_word(&word).or_else(|| Kind::usually_ending(&word));
    if kind.is_none() && Kind::with_ending(&word).next().is_none() {
        let suggestion = nearest(&word, Kind::words());
        r.wrong(&value.span, format!("\"{written}\" is no type of file that is known"))
            .suggest(suggestion)
            .help(format!("write \".{word}\" to go by the ending of the name alone"));
        return None;
    }
    Some(TypeTest { written, kinds: kind.into_iter().collect(), media: None, ending: Some(word) })
}

/// `"Name"` or `"Name: regex"`.
fn header_test<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<HeaderTest> {
    let text = r.line_of_text(value)?;
    let (name, pattern) = text.split_once(':').map_or((text.as_str(), None), |(n, p)| (n, Some(p.trim())));
    let name = name.trim();
    if !is_field_name(name) {
        r.wrong(&value.span, format!("\"{name}\" is not the name of a header field"))
            .help("write \"X-Priority\", or \"X-Priority: ^1\" with a pattern for its value");
        return None;
    }
    let matches = match pattern.filter(|p| !p.is_empty()) {
        None => None,
        Some(pattern) => Some(compiled(r, value, pattern)?),
    };
    Some(HeaderTest { name: name.to_owned(), matches })
}

fn compiled<'t>(r: &mut Reader<'t>, value: &Value<'t>, pattern: &str) -> Option<regex::Regex> {
    match RegexBuilder::new(pattern).case_insensitive(true).size_limit(PATTERN_OCTETS).build() {
        Ok(regex) => Some(regex),
        Err(error) => {
            let said = error.to_string();
            let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            r.wrong(&value.span, format!("the pattern `{pattern}` cannot be read: {why}"))
                .help("put a backslash before . * + ? ( ) [ ] where they stand for themselves, and use single quotes");
            None
        }
    }
}

/// RFC 5322 section 3.6.8: printable ASCII but the colon.
pub(super) fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 76 && name.bytes().all(|b| b.is_ascii_graphic() && b != b':')
}
