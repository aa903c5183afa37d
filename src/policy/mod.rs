//! The school's rules, compiled, and what each of them says about a mail.
//!
//! In: a [`Submission`] and its opened [`Message`], exactly as they came. Out: [`Verdicts`]: for every rule (enforced, watched
//! or off) and every recipient apart, whether it matches and what decided it. Pure: no clock, no disk, no network.
//! Invariants: no rule sees what another one changes; evidence names words of the configuration and addresses, never the
//! content of the mail. Nothing can fail here: what cannot be read is nobody, outside, or no word. What is then done is decided
//! in `plan`.

mod attachment;
mod condition;
mod confusables;
mod contacts;
mod data;
mod evidence;
mod facts;
mod fold;
pub mod honesty;
mod known;
mod lookalike;
mod party;
mod password;
mod people;
#[cfg(test)]
pub(crate) mod sample;
mod sender;
mod subject;
pub mod test;
mod words;

pub use attachment::Named;
pub use condition::kind_name;
pub use contacts::Contacts;
pub use evidence::{Evidence, Spot};
pub use known::{Find, Gap, Keys, Known, Scan};
pub use party::Side;
pub use subject::without_words;

use std::sync::Arc;

use condition::{All, Compiler, Notes};
use facts::{Facts, Grounds};
use lookalike::Shape;
use party::{Person, Sides};
use words::Vocabulary;

use crate::base::{Address, Submission};
use crate::config::{Config, Fields, MailKind, Method};
use crate::detect::{self, Detectors};
use crate::message::Message;

/// All rules and retention classes of a configuration, ready to judge.
#[derive(Clone, Debug)]
pub struct Rules {
    /// In the order written.
    rules: Vec<Compiled>,
    /// In the order written.
    classes: Vec<Compiled>,
    grounds: Grounds,
    /// Whether any class asks what attachments are or hold.
    classes_ask_contents: bool,
}

/// A `when` and its `unless`.
#[derive(Clone, Debug)]
struct Compiled {
    /// What is asked about the whole mail.
    general: All,
    /// What is asked about each recipient.
    each: All,
    /// Nothing written means never.
    unless: Option<All>,
}

/// What all rules say about one mail.
#[derive(Clone, Debug)]
pub struct Verdicts {
    /// One for each rule of the configuration, in its order.
    pub rules: Vec<Verdict>,
    /// One for each recipient of the envelope, in its order.
    pub sides: Vec<Side>,
    /// What kinds of mail it is.
    pub kinds: Vec<MailKind>,
    /// Index of the first retention class that matches for any recipient.
    pub class: Option<usize>,
    /// What the virus scanner says, as it was handed in.
    pub scan: Scan,
    /// The personal data that was looked at, where any rule asked for it.
    pub data: Vec<Evidence>,
    /// To whom mail can be encrypted, as it was handed in.
    pub keys: Keys,
}

/// What one rule says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What decided about the whole mail.
    pub because: Vec<String>,
    /// The attachment and the virus that decided, where it was one.
    pub named: Named,
    /// One for each recipient of the envelope, in its order.
    pub each: Vec<Opinion>,
}

/// What one rule says about one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opinion {
    pub matched: bool,
    /// What decided about this recipient, beside what decided about the mail.
    pub because: Vec<String>,
}

impl Verdict {
    /// Whether it matches for anybody.
    #[must_use]
    pub fn matched(&self) -> bool {
        self.each.iter().any(|opinion| opinion.matched)
    }

    /// Everything that decided, none twice.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for reason in self.because.iter().chain(self.each.iter().flat_map(|opinion| &opinion.because)) {
            if !all.contains(reason) {
                all.push(reason.clone());
            }
        }
        all
    }

    /// The personal data that decided, for the record, where it was that.
    #[must_use]
    pub fn record(&self) -> Option<&str> {
        self.named.record.as_deref()
    }

    /// Places in the envelope of those for whom it matches.
    pub fn recipients(&self) -> impl Iterator<Item = usize> {
        self.each.iter().enumerate().filter(|(_, opinion)| opinion.matched).map(|(at, _)| at)
    }
}

impl Rules {
    /// Compiles the rules and retention classes of a sound configuration, without the school's roll.
    #[must_use]
    pub fn compile(config: &Config) -> Self {
        Self::compile_with(config, detect::Known::of(&config.school), false)
    }

    /// The same with what is known of the school, for the detectors; they are there also where no rule asks, if `detects`.
    #[must_use]
    pub fn compile_with(config: &Config, school: detect::Known, detects: bool) -> Self {
        let (headers, vocabulary) = (Vec::new(), Vocabulary::default());
        let mut compiler = Compiler {
            lists: &config.lists,
            headers,
            vocabulary,
            keeps_thread: None,
            asks_contacts: false,
            asks_contents: false,
            asks_data: false,
        };
        let rules = config.rules.iter().map(|rule| {
            compiler.keeps_thread = (!rule.act.encrypt.is_empty()).then(|| rule.id.as_str().into());
            compiled(&mut compiler, &rule.when, rule.unless.as_ref())
        });
        let rules = rules.collect();
        compiler.keeps_thread = None;
        let none = Fields::default();
        let rules_ask_contents = std::mem::take(&mut compiler.asks_contents);
        let classes =
            config.retention.iter().map(|class| compiled(&mut compiler, class.when.as_ref().unwrap_or(&none), None)).collect();
        let classes_ask_contents = compiler.asks_contents;
        let known = config.school.domains.iter().chain(&config.school.partners);
        let grounds = Grounds {
            sides: Sides::new(&config.school),
            headers: compiler.headers.len(),
            dictionary: compiler.vocabulary.compile(),
            own: known.map(Shape::new).collect(),
            asks_contacts: compiler.asks_contacts,
            asks_contents: rules_ask_contents || classes_ask_contents || detects,
            detectors: if compiler.asks_data || detects { Detectors::compile(school).map(Arc::new) } else { None },
            asks_keys: config
                .rules
                .iter()
                .flat_map(|rule| &rule.act.encrypt)
                .any(|method| *method == Method::Smime || *method == Method::Openpgp),
            encrypting: config.rules.iter().filter(|rule| !rule.act.encrypt.is_empty()).map(|rule| rule.id.clone()).collect(),
        };
        Self { rules, classes, grounds, classes_ask_contents }
    }

    /// On which side of the school's gate an address stands.
    #[must_use]
    pub fn side(&self, address: &Address) -> Side {
        self.grounds.sides.of(address)
    }

    /// Whether any rule asks who has written to whom before; otherwise nobody need look it up.
    #[must_use]
    pub fn asks_contacts(&self) -> bool {
        self.grounds.asks_contacts
    }

    /// Whether any rule asks what attachments are or hold; otherwise nobody need open them.
    #[must_use]
    pub fn asks_contents(&self) -> bool {
        self.grounds.asks_contents
    }

    /// Whether any retention class asks what attachments are or hold; otherwise nobody need open those of mail that is only kept.
    #[must_use]
    pub fn classes_ask_contents(&self) -> bool {
        self.classes_ask_contents
    }

    /// Index of the first retention class that matches for any recipient of a mail that no rule judges.
    #[must_use]
    pub fn class(&self, submission: &Submission, message: &Message, known: &Known) -> Option<usize> {
        let facts = Facts::new(submission, message, &self.grounds, known);
        self.classes.iter().position(|class| class.matches_anybody(&facts))
    }

    /// Whether any rule encrypts to recipients' keys; otherwise nobody need look for any.
    #[must_use]
    pub fn asks_keys(&self) -> bool {
        self.grounds.asks_keys
    }

    /// Ids of the rules that encrypt: their threads are remembered.
    #[must_use]
    pub fn encrypting(&self) -> &[String] {
        &self.grounds.encrypting
    }

    /// What every rule says, with the reasons of those that match; nobody has written to anybody before.
    #[must_use]
    pub fn judge(&self, submission: &Submission, message: &Message) -> Verdicts {
        self.judge_knowing(submission, message, &Known::default())
    }

    /// What every rule says, with the reasons of those that match.
    #[must_use]
    pub fn judge_knowing(&self, submission: &Submission, message: &Message, known: &Known) -> Verdicts {
        self.verdicts(&Facts::new(submission, message, &self.grounds, known), false)
    }

    /// The same verdicts, with the reasons of every rule and every condition: what `explain` shows.
    #[must_use]
    pub fn judge_aloud(&self, submission: &Submission, message: &Message) -> Verdicts {
        self.judge_aloud_knowing(submission, message, &Known::default())
    }

    /// The same with what was found out beforehand.
    #[must_use]
    pub fn judge_aloud_knowing(&self, submission: &Submission, message: &Message, known: &Known) -> Verdicts {
        self.verdicts(&Facts::new(submission, message, &self.grounds, known), true)
    }

    fn verdicts(&self, facts: &Facts, aloud: bool) -> Verdicts {
        if aloud {
            facts.findings(); // shown whether or not a rule asks
        }
        Verdicts {
            rules: self.rules.iter().map(|rule| rule.verdict(facts, aloud)).collect(),
            sides: facts.recipients().iter().map(|to| to.side).collect(),
            kinds: facts.kinds().to_vec(),
            class: self.classes.iter().position(|class| class.matches_anybody(facts)),
            scan: facts.known.scan.clone(),
            data: facts.found(),
            keys: facts.known.keys.clone(),
        }
    }
}

fn compiled(compiler: &mut Compiler, when: &Fields, unless: Option<&Fields>) -> Compiled {
    let (general, each) = compiler.all(when, false).part();
    let unless = unless.map(|fields| compiler.all(fields, true)).filter(|all| !all.is_empty());
    Compiled { general, each, unless }
}

impl Compiled {
    fn verdict(&self, facts: &Facts, aloud: bool) -> Verdict {
        let general = self.general.hold(facts, None, &mut Notes::default());
        let mut verdict = Verdict::default();
        for to in facts.recipients() {
            let (opinion, named) = self.opinion(facts, to, general, aloud);
            if opinion.matched {
                verdict.named.fill(named);
            }
            verdict.each.push(opinion);
        }
        if aloud || verdict.matched() {
            let mut notes = Notes::kept(aloud);
            self.general.hold(facts, None, &mut notes);
            let (because, named) = notes.gathered();
            verdict.because = because;
            verdict.named.fill(named);
        }
        verdict
    }

    /// Tries first, and asks for the reasons only where somebody will read them: most rules match nobody.
    fn opinion(&self, facts: &Facts, to: &Person, general: bool, aloud: bool) -> (Opinion, Named) {
        let matched = general && self.each_holds(facts, to, &mut Notes::default());
        if !matched && !aloud {
            return <(Opinion, Named)>::default();
        }
        let mut notes = Notes::kept(aloud);
        self.each_holds(facts, to, &mut notes);
        let (because, named) = notes.gathered();
        (Opinion { matched, because }, named)
    }

    fn each_holds(&self, facts: &Facts, to: &Person, notes: &mut Notes) -> bool {
        let holds = self.each.hold(facts, Some(to), notes);
        if !holds && !notes.thorough {
            return false;
        }
        let Some(unless) = &self.unless else { return holds };
        notes.now_unless();
        !unless.hold(facts, Some(to), notes) && holds
    }

    fn matches_anybody(&self, facts: &Facts) -> bool {
        self.general.hold(facts, None, &mut Notes::default())
            && facts.recipients().iter().any(|to| self.each_holds(facts, to, &mut Notes::default()))
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
