//! Conditions of rules, compiled: the cheap ones stand first, and each says what decided it.
//!
//! Where a mail can be read in two ways, the strict reading counts, and it depends on what is asked. In a `when` one sender, one
//! `Subject` or one value of a header that fits is enough; only for `from = "inside"` and `"partners"`, which are privileges, must
//! every sender fit. In an `unless`, which lets mail off, every sender, every `Subject` and every value must fit: a second
//! `From` or `Subject` beside the true one cannot buy an exemption.
//! A mail without any sender (the null path and no `From`) counts as being from outside.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use super::attachment::{self, Named};
use super::data::{self, Data};
use super::facts::{Facts, Subject};
use super::fold::Word;
use super::lookalike::Shape;
use super::party::{Person, Whom};
use super::people;
use super::words::{Vocabulary, Where, Words};
use crate::config::{AttachmentTest, Contact, Fields, HeaderTest, List, Lookalike, MailKind, TypeTest};

/// Conditions that must all hold.
#[derive(Clone, Debug)]
pub(super) struct All(Vec<Condition>);

/// One field of a `when` or `unless`.
#[derive(Clone, Debug)]
struct Condition {
    test: Test,
    /// Whether it stands in an `unless`.
    lets_off: bool,
    /// The rule that encrypts in whose `when` it stands: there a word in the subject is as good as said in what answers its mail.
    keeps_thread: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
enum Test {
    SizeOver(u64),
    RecipientsOver(usize),
    VisibleOutsideOver(usize),
    SenderMismatch(bool),
    To(Vec<Whom>),
    From(Vec<Whom>),
    FromOrTo(Vec<Whom>),
    Kind(Vec<MailKind>),
    SubjectWord(Vec<Word>),
    Header(Vec<HeaderValue>),
    FirstContact(Contact),
    /// Nothing for the domains that are known.
    Lookalike(Option<Vec<Shape>>),
    Attachment(Vec<AttachmentTest>),
    AttachmentType(Vec<TypeTest>),
    Words(Words),
    Protected(bool),
    Data(Data),
    AnyOf(Vec<All>),
    AllOf(Vec<All>),
}

/// One value of `header`.
#[derive(Clone, Debug)]
struct HeaderValue {
    /// Its place among all names that rules ask for.
    number: usize,
    name: String,
    matches: Option<Regex>,
}

/// What is gathered while conditions are tried.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Nothing is gathered where there is no list: the live path asks for reasons of matches only.
    list: Option<Vec<String>>,
    /// Whether all conditions are tried, also after the first that fails.
    pub(super) thorough: bool,
    prefix: String,
    /// The attachment and the virus that decided, for the texts of rules.
    named: Named,
}

/// What the compiler of conditions needs to know.
pub(super) struct Compiler<'c> {
    pub(super) lists: &'c BTreeMap<String, List>,
    /// Names of headers met so far, in lower case.
    pub(super) headers: Vec<String>,
    /// Words met so far.
    pub(super) vocabulary: Vocabulary,
    /// The id of the rule in hand, where it encrypts.
    pub(super) keeps_thread: Option<Arc<str>>,
    /// Whether anything asks who has written to whom before.
    pub(super) asks_contacts: bool,
    /// Whether anything asks what attachments are or hold.
    pub(super) asks_contents: bool,
    /// Whether anything asks for personal data.
    pub(super) asks_data: bool,
}

impl Compiler<'_> {
    /// Compiles the fields of a `when` or, with `lets_off`, of an `unless`.
    pub(super) fn all(&mut self, fields: &Fields, lets_off: bool) -> All {
        let mut tests = Vec::new();
        tests.extend(fields.size_over.map(Test::SizeOver));
        tests.extend(fields.recipients_over.map(Test::RecipientsOver));
        let whom = |parties: &Vec<_>| parties.iter().map(|party| Whom::new(party, self.lists)).collect();
        tests.extend(fields.to.as_ref().map(|to| Test::To(whom(to))));
        tests.extend(fields.from.as_ref().map(|from| Test::From(whom(from))));
        tests.extend(fields.from_or_to.as_ref().map(|either| Test::FromOrTo(whom(either))));
        tests.extend(fields.kind.clone().map(Test::Kind));
        tests.extend(fields.subject_word.as_ref().map(|words| Test::SubjectWord(words.iter().map(|w| Word::new(w)).collect())));
        tests.extend(fields.header.as_ref().map(|headers| Test::Header(headers.iter().map(|h| self.header(h)).collect())));
        tests.extend(fields.visible_outside_over.map(Test::VisibleOutsideOver));
        tests.extend(fields.sender_mismatch.map(Test::SenderMismatch));
        tests.extend(fields.first_contact.map(Test::FirstContact));
        tests.extend(fields.lookalike.as_ref().map(lookalike));
        tests.extend(fields.attachment.clone().map(Test::Attachment));
        tests.extend(fields.attachment_type.clone().map(Test::AttachmentType));
        tests.extend(fields.words.as_ref().map(|words| Test::Words(self.vocabulary.take(words))));
        let data = Data::of(fields);
        self.asks_data |= data.is_some() || fields.protected.is_some();
        tests.extend(fields.protected.map(Test::Protected));
        tests.extend(data.map(Test::Data));
        self.asks_contents |=
            self.asks_data || fields.words.is_some() || fields.attachment.is_some() || fields.attachment_type.is_some();
        self.asks_contacts |= fields.first_contact.is_some() || fields.lookalike == Some(Lookalike::Known);
        tests.extend(fields.any_of.as_ref().map(|any| Test::AnyOf(any.iter().map(|f| self.all(f, lets_off)).collect())));
        tests.extend(fields.all_of.as_ref().map(|all| Test::AllOf(all.iter().map(|f| self.all(f, lets_off)).collect())));
        let thread = self.keeps_thread.clone().filter(|_| !lets_off);
        All(tests.into_iter().map(|test| Condition { test, lets_off, keeps_thread: thread.clone() }).collect())
    }

    fn header(&mut self, test: &HeaderTest) -> HeaderValue {
        let name = test.name.to_ascii_lowercase();
        let number = self.headers.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.headers.push(name);
            self.headers.len() - 1
        });
        HeaderValue { number, name: test.name.clone(), matches: test.matches.clone() }
    }
}

fn lookalike(of: &Lookalike) -> Test {
    Test::Lookalike(match of {
        Lookalike::Known => None,
        Lookalike::Of(domains) => Some(domains.iter().map(Shape::new).collect()),
    })
}

impl All {
    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Parts the conditions about the whole mail from those that ask about a recipient.
    pub(super) fn part(self) -> (Self, Self) {
        let (each, general) = self.0.into_iter().partition(|condition| condition.test.asks_recipient());
        (Self(general), Self(each))
    }

    /// Whether all hold for one recipient.
    pub(super) fn hold(&self, facts: &Facts, to: Option<&Person>, notes: &mut Notes) -> bool {
        let mut all = true;
        for condition in &self.0 {
            all &= condition.holds(facts, to, notes);
            if !all && !notes.thorough {
                break;
            }
        }
        all
    }
}

impl Test {
    fn asks_recipient(&self) -> bool {
        let any = |branches: &[All]| branches.iter().any(|all| all.0.iter().any(|condition| condition.test.asks_recipient()));
        match self {
            Self::To(_) | Self::FromOrTo(_) | Self::FirstContact(_) | Self::Lookalike(_) | Self::Data(_) => true,
            Self::AnyOf(branches) | Self::AllOf(branches) => any(branches),
            _ => false,
        }
    }
}

impl Condition {
    fn holds(&self, facts: &Facts, to: Option<&Person>, notes: &mut Notes) -> bool {
        match &self.test {
            Test::SizeOver(limit) => is_over("size_over", facts.size(), *limit, "bytes", notes),
            Test::RecipientsOver(limit) => {
                is_over("recipients_over", facts.submission.envelope.recipients.len() as u64, *limit as u64, "recipients", notes)
            }
            Test::VisibleOutsideOver(limit) => {
                let what = "outside addresses in To and Cc";
                is_over("visible_outside_over", facts.visible_outside() as u64, *limit as u64, what, notes)
            }
            Test::SenderMismatch(wanted) => people::is_mismatch(*wanted, facts, notes),
            Test::To(whom) => is_to("to", whom, to, notes),
            Test::From(whom) => self.is_from("from", whom, facts, notes),
            Test::FromOrTo(whom) => self.is_from("from_or_to", whom, facts, notes) || is_to("from_or_to", whom, to, notes),
            Test::Kind(kinds) => is_kind(kinds, facts, notes),
            Test::SubjectWord(words) => self.has_word(words, facts, notes),
            Test::Header(headers) => self.has_header(headers, facts, notes),
            Test::FirstContact(whose) => people::is_first_contact(*whose, facts, to, notes),
            Test::Lookalike(of) => people::is_lookalike(of.as_deref(), facts, to, notes),
            Test::Attachment(tests) => attachment::is_such(tests, self.lets_off, facts, notes),
            Test::AttachmentType(tests) => attachment::is_of_type(tests, self.lets_off, facts, notes),
            Test::Protected(wanted) => data::is_protected(*wanted, facts, notes),
            Test::Data(wanted) => data::is_there(wanted, facts, to, notes),
            Test::Words(words) => self.has_any(words, facts, notes),
            Test::AnyOf(branches) => any_holds(branches, facts, to, notes),
            Test::AllOf(branches) => all_hold(branches, facts, to, notes),
        }
    }

    /// The strict reading of who a mail is from: see the head of this file.
    fn is_from(&self, field: &str, whom: &[Whom], facts: &Facts, notes: &mut Notes) -> bool {
        let senders = facts.senders();
        let nobody = [Person::unreadable()];
        let senders = if senders.is_empty() { nobody.as_slice() } else { senders };
        let one = senders.iter().find_map(|person| whom.iter().find(|w| !w.is_privilege() && w.is(person)).map(|w| (person, w)));
        let every = || senders.iter().all(|person| whom.iter().any(|w| w.is(person)));
        let all_privileged = || senders.iter().all(|person| whom.iter().any(|w| w.is_privilege() && w.is(person)));
        let holds = if self.lets_off { every() } else { one.is_some() || all_privileged() };
        notes.say(|| match (one.filter(|_| holds && !self.lets_off), senders) {
            (Some((person, w)), _) => format!("{field}: {} is \"{}\"", person.name(), w.written),
            (None, senders) => {
                let odd = senders.iter().find(|person| holds || !whom.iter().any(|w| w.is(person))).or(senders.first());
                format!("{field}: {} is {}{}", odd.map_or("nobody", Person::name), not(holds), listed(whom))
            }
        });
        holds
    }

    /// Whether a word stands in a `Subject`, or, to let a mail off, in every one.
    fn has_word(&self, words: &[Word], facts: &Facts, notes: &mut Notes) -> bool {
        let found = |subject: &Subject| words.iter().find(|word| subject.iter().any(|reading| reading.has(word)));
        let subjects = facts.subjects();
        let first = subjects.iter().find_map(found);
        let holds = first.is_some() && (!self.lets_off || subjects.iter().all(|subject| found(subject).is_some()));
        if !holds && self.keeps_thread.as_ref().is_some_and(|rule| facts.known.thread_protected_by.contains(&**rule)) {
            notes.say(|| "subject_word: it answers a mail that had to be encrypted".to_owned());
            return true;
        }
        notes.say(|| match first {
            Some(word) if holds => format!("subject_word: \"{}\" stands in the subject", word.written),
            Some(word) => format!("subject_word: \"{}\" stands in one subject, but not in each", word.written),
            None => {
                let words: Vec<_> = words.iter().map(|word| format!("\"{}\"", word.written)).collect();
                format!("subject_word: {} does not stand in the subject", words.join(" or "))
            }
        });
        holds
    }

    /// Whether a header stands there, and its value fits: one value, or every value to let a mail off.
    /// Whether one of the words stands in what the sender says; to let a mail off, where everybody is shown it.
    fn has_any(&self, words: &Words, facts: &Facts, notes: &mut Notes) -> bool {
        let counts = |place: Where| if self.lets_off { place.is_plain() } else { place.is_said() };
        let found = facts.words().of(words).find(|(_, place)| counts(*place));
        notes.say(|| {
            let weaker = found.or_else(|| facts.words().of(words).next());
            match weaker {
                Some((word, place)) => format!("words: \"{}\" stands {}", facts.grounds.dictionary.written(word), place.name()),
                None if words.count == 1 => "words: the word does not stand in it".to_owned(),
                None => format!("words: none of {} words stands in it", words.count),
            }
        });
        found.is_some()
    }

    fn has_header(&self, headers: &[HeaderValue], facts: &Facts, notes: &mut Notes) -> bool {
        let fits = |header: &&HeaderValue| {
            let values = facts.header(header.number, &header.name);
            let fit = |value: &String| header.matches.as_ref().is_none_or(|regex| regex.is_match(value));
            !values.is_empty() && if self.lets_off { values.iter().all(fit) } else { values.iter().any(fit) }
        };
        let found = headers.iter().find(fits);
        notes.say(|| match found {
            Some(header) if header.matches.is_some() => format!("header: \"{}\" has the value asked for", header.name),
            Some(header) => format!("header: \"{}\" is there", header.name),
            None => {
                let names: Vec<_> = headers.iter().map(|header| format!("\"{}\"", header.name)).collect();
                format!("header: {} is not there with the value asked for", names.join(" or "))
            }
        });
        found.is_some()
    }
}

fn is_to(field: &str, whom: &[Whom], to: Option<&Person>, notes: &mut Notes) -> bool {
    let Some(to) = to else { return false };
    let found = whom.iter().find(|w| w.is(to));
    notes.say(|| match found {
        Some(w) => format!("{field}: {} is \"{}\"", to.name(), w.written),
        None => format!("{field}: {} is not {}", to.name(), listed(whom)),
    });
    found.is_some()
}

/// Whether a number is over a limit.
fn is_over(field: &str, number: u64, limit: u64, what: &str, notes: &mut Notes) -> bool {
    notes.say(|| format!("{field}: {number} {what} are {}over {limit}", not(number > limit)));
    number > limit
}

fn is_kind(kinds: &[MailKind], facts: &Facts, notes: &mut Notes) -> bool {
    let found = kinds.iter().find(|kind| facts.kinds().contains(kind));
    notes.say(|| match found {
        Some(kind) => format!("kind: it is \"{}\"", kind_name(*kind)),
        None => {
            let names: Vec<_> = kinds.iter().map(|kind| format!("\"{}\"", kind_name(*kind))).collect();
            format!("kind: it is not {}", names.join(" or "))
        }
    });
    found.is_some()
}

/// The first branch that holds decides; where none does, all have.
fn any_holds(branches: &[All], facts: &Facts, to: Option<&Person>, notes: &mut Notes) -> bool {
    let before = notes.mark();
    for branch in branches {
        let here = notes.mark();
        if branch.hold(facts, to, notes) {
            notes.keep_only(before, here);
            return true;
        }
    }
    false
}

/// The first branch that fails decides, unless all are to be heard.
fn all_hold(branches: &[All], facts: &Facts, to: Option<&Person>, notes: &mut Notes) -> bool {
    let mut all = true;
    for branch in branches {
        all &= branch.hold(facts, to, notes);
        if !all && !notes.thorough {
            break;
        }
    }
    all
}

/// A kind as the configuration names it.
#[must_use]
pub fn kind_name(kind: MailKind) -> &'static str {
    match kind {
        MailKind::AutoReply => "auto-reply",
        MailKind::Bounce => "bounce",
        MailKind::Calendar => "calendar",
        MailKind::MailingList => "mailing-list",
        MailKind::Signed => "signed",
        MailKind::Encrypted => "encrypted",
    }
}

fn listed(whom: &[Whom]) -> String {
    whom.iter().map(|w| format!("\"{}\"", w.written)).collect::<Vec<_>>().join(" or ")
}

fn not(holds: bool) -> &'static str {
    if holds { "" } else { "not " }
}

impl Notes {
    /// Notes that are kept.
    pub(super) fn kept(thorough: bool) -> Self {
        Self { list: Some(Vec::new()), thorough, ..Self::default() }
    }

    /// Writes `unless` before all that follows.
    pub(super) fn now_unless(&mut self) {
        "unless ".clone_into(&mut self.prefix);
    }

    /// What has been gathered, and what was named.
    pub(super) fn gathered(self) -> (Vec<String>, Named) {
        (self.list.unwrap_or_default(), self.named)
    }

    /// Keeps what decided by its name; the first counts.
    pub(super) fn name(&mut self, named: Named) {
        if self.list.is_some() {
            self.named.fill(named);
        }
    }

    pub(super) fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(list) = &mut self.list {
            list.push(if self.prefix.is_empty() { what() } else { format!("{}{}", self.prefix, what()) });
        }
    }

    fn mark(&self) -> usize {
        self.list.as_ref().map_or(0, Vec::len)
    }

    /// Forgets what was said between two marks.
    fn keep_only(&mut self, from: usize, to: usize) {
        if let Some(list) = self.list.as_mut().filter(|list| to <= list.len() && from <= to) {
            list.drain(from..to);
        }
    }
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;
