//! `[[rule]]`: when it holds, what it does, and the tests beside it.

use std::collections::BTreeMap;

use super::model::{Actions, AttachmentTest, Expect, Fields, Mode, OnError, Rule, RuleTest, TestAttachment};
use super::reader::{Reader, Table, Value};
use super::{actions, fields};
use crate::base::Address;

pub(super) const RULE: &[&str] = &["id", "about", "mode", "watch_until", "when", "unless", "do", "on_error", "test"];
pub(super) const TEST: &[&str] = &["from", "to", "subject", "body", "header", "known", "attachment", "attachment_name", "expect"];
const OUTCOMES: [&str; 14] = [
    "match",
    "no match",
    "disclaimer",
    "reject",
    "defer",
    "hold",
    "route",
    "copy_to",
    "add_header",
    "notify",
    "recipients",
    "encrypt",
    "remove_word",
    "keep",
];

#[derive(Clone, Copy)]
enum ModeWord {
    Enforce,
    Watch,
    Off,
}

/// Reads every `[[rule]]`.
pub(super) fn rules<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> Vec<Rule> {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut rules = Vec::new();
    for section in r.sections(root.get("rule"), "[[rule]]") {
        r.rule = id_of(&section);
        rules.extend(one(r, &section, &mut lines));
        r.rule = None;
    }
    rules
}

/// The id, if there is one to be read, so that all mistakes of the rule can name it.
fn id_of(section: &Value<'_>) -> Option<String> {
    Table::of(section, "[[rule]]", RULE)?.get("id")?.it.as_str().map(str::to_owned)
}

fn one<'t>(r: &mut Reader<'t>, section: &Value<'t>, lines: &mut BTreeMap<String, usize>) -> Option<Rule> {
    let table = r.open(
        section,
        "[[rule]]",
        RULE,
        &[
            (fields::FIELDS, "conditions stand behind `when.`, such as when.to = \"outside\""),
            (actions::ACTIONS, "what a rule does stands behind `do.`, such as do.disclaimer = \"standard\""),
        ],
    )?;
    let id = id(r, &table, lines);
    let about = table.get("about").map(|v| r.line_of_text(&v));
    let mode = mode(r, &table);
    let when = conditions(r, &table, "when");
    let unless = conditions(r, &table, "unless");
    let act = act(r, &table, when.is_some());
    let on_error = on_error(r, &table);
    encrypting(r, &table, when.as_ref(), on_error);
    let tests = r.sections(table.get("test"), "[[rule.test]]").iter().filter_map(|section| test(r, section)).collect();
    let line = r.line(&table.span);
    let id = id?;
    let about = about.unwrap_or_else(|| Some(id.clone()))?;
    Some(Rule { id, about, mode: mode?, when: when.unwrap_or_default(), unless, act, on_error, tests, line })
}

fn id<'t>(r: &mut Reader<'t>, table: &Table<'t>, lines: &mut BTreeMap<String, usize>) -> Option<String> {
    let value = r.need(table, "id", "\"a-short-name\"")?;
    let id = r.name(&value)?;
    let line = r.line(&value.span);
    if let Some(first) = lines.get(&id) {
        let first = *first;
        r.wrong(&value.span, format!("two rules have the id `{id}`; the first is in line {first}")).help("give one another id");
        return None;
    }
    lines.insert(id.clone(), line);
    Some(id)
}

fn mode<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<Mode> {
    const WORDS: [(&str, ModeWord); 3] = [("enforce", ModeWord::Enforce), ("watch", ModeWord::Watch), ("off", ModeWord::Off)];
    let word = table.get("mode").map_or(Some(ModeWord::Enforce), |v| r.word(&v, &WORDS));
    let until = table.get("watch_until");
    let date = until.as_ref().and_then(|v| r.date(v));
    match (word?, until) {
        (ModeWord::Watch, None) => {
            r.lacking(&table.key_span("mode"), "a rule in watch mode needs an end, or it is forgotten")
                .help("write watch_until = a date, such as 2026-12-31");
            None
        }
        (ModeWord::Watch, Some(v)) => {
            if date.is_some_and(|date| date < r.today) {
                r.warn(&v.span, "the time for watching this rule has passed")
                    .help("write mode = \"enforce\" or \"off\", or a later date");
            }
            date.map(|until| Mode::Watch { until })
        }
        (ModeWord::Enforce, until) => {
            without_use(r, until);
            Some(Mode::Enforce)
        }
        (ModeWord::Off, _) => Some(Mode::Off),
    }
}

fn without_use<'t>(r: &mut Reader<'t>, until: Option<Value<'t>>) {
    if let Some(v) = until {
        r.warn(&v.span, "`watch_until` has no use while the rule is enforced").help("write mode = \"watch\", or take it out");
    }
}

fn conditions<'t>(r: &mut Reader<'t>, table: &Table<'t>, key: &'static str) -> Option<Fields> {
    let value = table.get(key)?;
    fields::read(r, &value, &format!("`{key}`"))
}

fn act<'t>(r: &mut Reader<'t>, table: &Table<'t>, has_when: bool) -> Actions {
    let empty = |value: &Value<'t>| Table::of(value, "`do`", actions::ACTIONS).is_some_and(|table| table.is_empty());
    let Some(value) = table.get("do").filter(|value| !empty(value)) else {
        r.warn(&table.span, "this rule does nothing when it matches")
            .help("write do.… = …, such as do.disclaimer = \"standard\"");
        return Actions::default();
    };
    if let Some((key, span)) = actions::stops(&value)
        && !has_when
        && table.get("when").is_none()
    {
        r.warn(&span, format!("without a `when`, `{key}` meets every mail"))
            .help("write when.… = …, such as when.to = \"outside\"");
    }
    actions::read(r, &value).unwrap_or_default()
}

/// Required where a rule stops or encrypts, for then its failing would let through what it was written for.
fn on_error<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<OnError> {
    const WORDS: [(&str, OnError); 4] =
        [("hold", OnError::Hold), ("reject", OnError::Reject), ("defer", OnError::Defer), ("send", OnError::Send)];
    if let Some(v) = table.get("on_error") {
        return r.word(&v, &WORDS);
    }
    if let Some((key, span)) = table.get("do").and_then(|v| actions::stops(&v)) {
        r.lacking(&span, format!("a rule with `{key}` needs `on_error`: what happens when it cannot be judged"))
            .help("write on_error = \"hold\", \"reject\", \"defer\" or \"send\"");
    }
    None
}

/// What the words of a rule that encrypts do not say together.
fn encrypting<'t>(r: &mut Reader<'t>, table: &Table<'t>, when: Option<&Fields>, on_error: Option<OnError>) {
    let Some(act) = table.get("do") else { return };
    if let Some(span) = actions::place(&act, "remove_word")
        && !when.is_some_and(Fields::asks_subject_word)
    {
        r.lacking(&span, "`remove_word` takes the word of `subject_word` out of the subject, but this rule asks for none")
            .help("write when.subject_word = [\"confidential\"], or take remove_word out");
    }
    if on_error == Some(OnError::Send)
        && let (Some(_), Some(v)) = (actions::place(&act, "encrypt"), table.get("on_error"))
    {
        r.warn(&v.span, "mail that cannot be encrypted is held all the same: it never leaves in clear")
            .help("write on_error = \"hold\"");
    }
}

fn test<'t>(r: &mut Reader<'t>, section: &Value<'t>) -> Option<RuleTest> {
    let table = r.open(
        section,
        "[[rule.test]]",
        TEST,
        &[
            (RULE, "this belongs to the rule: move it above [[rule.test]]"),
            (actions::ACTIONS, "a test says what it expects with `expect`; what the rule does stands above [[rule.test]]"),
        ],
    )?;
    let from = r.need(&table, "from", "\"head@oakfield.example\"").and_then(|v| r.address(&v));
    let to: Vec<Address> =
        r.need(&table, "to", "[\"parent@example.com\"]").map(|v| r.each(&v, Reader::address)).unwrap_or_default();
    let subject = table.get("subject").map_or_else(|| Some(String::new()), |v| subject(r, &v));
    let body = table.get("body").map_or_else(|| Some(String::new()), |v| r.text(&v));
    let headers = table.get("header").map(|v| r.each(&v, actions::header_pair)).unwrap_or_default();
    let known = table.get("known").map_or(Some(false), |v| r.flag(&v));
    let attachment = attachment(r, &table);
    let written = r.need(&table, "expect", "\"match\" or \"no match\"")?;
    let expect = expect(r, &written);
    let place = r.place(&written.span, "");
    Some(RuleTest {
        from: from?,
        to: (!to.is_empty()).then_some(to)?,
        headers,
        subject: subject?,
        body: body?,
        known: known?,
        attachment,
        expect: expect?,
        line: place.line,
        column: place.column,
    })
}

/// What is the matter with the test's attachment, and its name; nothing where the mail has none.
fn attachment<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<TestAttachment> {
    let such = table.get("attachment").map(|v| r.each(&v, |r, item| r.word(item, &AttachmentTest::WORDS)));
    let name = table.get("attachment_name").and_then(|v| r.line_of_text(&v));
    (such.is_some() || name.is_some())
        .then(|| TestAttachment { name: name.unwrap_or_else(|| "attachment".to_owned()), such: such.unwrap_or_default() })
}

/// May be empty, but has one line.
fn subject<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<String> {
    let text = r.text(value)?;
    if text.is_empty() { Some(text) } else { r.line_of_text(value) }
}

fn expect<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Expect> {
    let text = r.text(value)?;
    match text.as_str() {
        "match" => Some(Expect::Match),
        "no match" => Some(Expect::NoMatch),
        word if OUTCOMES.contains(&word) => Some(Expect::Action(text)),
        word if actions::LATER.contains(&word) => {
            r.later(&value.span, &format!("`{text}`"));
            None
        }
        _ => {
            r.unknown_word(value, &text, OUTCOMES.into_iter());
            None
        }
    }
}
