//! What is to be done with one mail: one fate for each recipient, gathered into copies.
//!
//! In: the configuration, a mail as it came, and what the rules say about it. Out: a [`Plan`]; carrying it out is the pipeline's
//! work. Pure: the same mail, rules and time of receipt give the same plan, so `explain` shows what the live path does.
//!
//! Changes of all matching rules add up; of two routes the rule written first wins; the strictest stop wins for each recipient
//! (reject, then defer, then hold, then send), of two holds the one with the stricter holder (approver, technician, sender).
//! Invariants: every recipient stands in exactly one place: a copy, a hold, or a refusal (a deferred mail is put off for all).
//! A watched rule changes nothing. Every copy is the original plus edits.
//! What can fail: a rule's own part (a notice, a route or a class that is not there, a header that must not be written); then the
//! rule's `on_error` says what happens, and where nothing is said the mail is deferred. It does not tell anybody anything: it
//! lists who is to be told.

mod antivirus;
mod copies;
mod encryption;
pub mod explain;
mod explain_files;
mod explain_text;
mod fate;
mod fields;
mod keep;
mod notices;
mod privacy;
mod seam;
mod subject;
mod trace;
mod words;

pub use explain_text::outcome_text;
pub use fields::message_id;
pub use keep::by_class as kept_by_class;
pub use seam::{Notices, SchoolNotices};

use crate::base::{Address, BodyKind, Recipient, Reply, Ret, Submission, Timestamp, limits};
use crate::config::{AfterHold, Config, Holder, Method, Mode, PrivacyWay, Rule};
use crate::message::{Edit, Edits, Message};
use crate::notice::Outcome;
use crate::policy::{Verdict, Verdicts};
use crate::queue::{NewJob, State};

use fate::{By, Fate, Stop};
use notices::NoticeDesk;
use words::Said;

/// What is to be done with one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What the client is told. A 250 is said only after all of this is on disk.
    pub reply: Reply,
    pub decision: Decision,
    /// What is queued or held; nothing unless accepted.
    pub copies: Vec<Copy>,
    /// Recipients who are refused by rules. Where the mail is accepted for others, the sender gets a report about these.
    pub refused: Vec<Refusal>,
    /// Enforced rules that match for anybody, in the order written.
    pub rules: Vec<String>,
    /// Watched rules that match, and for whom.
    pub watched: Vec<Watched>,
    /// Who is to be told by a notice of our own, whatever becomes of the mail; nobody where it is deferred and comes again.
    pub notify: Vec<Notification>,
    /// Rules that ask that it be encrypted: then answers to it are, too.
    pub protected_by: Vec<String>,
    /// What was done so that recipients do not see each other; nothing unless accepted.
    pub private: Vec<Private>,
    /// How long the archive keeps it.
    pub keep: Kept,
}

/// What becomes of the mail as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Accepted,
    /// For all recipients; the rule, unless the gateway itself refuses (a routing loop).
    Refused {
        rule: Option<String>,
        why: String,
    },
    /// Put off for all recipients.
    Deferred {
        rule: String,
        why: String,
    },
}

/// One copy of the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub job: NewJob,
    /// One outcome for each notice that its recipients' rules ask for.
    pub notices: Vec<Noticed>,
    /// The rule whose `copy_to` made it; nothing for the copies of the mail's own recipients.
    pub copied_by: Option<String>,
    /// How it is encrypted, where a rule asks for it.
    pub encrypt: Option<Encryption>,
    /// What is yet to be encrypted: the changes to the mail that come before it. The job's own edits are what stands outside; until
    /// [`Copy::seal`] has added the encrypted mail to them this copy goes nowhere.
    pub unsealed: Option<Edits>,
}

/// How a copy is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    pub method: Method,
    /// The rule that asks for it.
    pub rule: String,
    /// Why the ways before it are not open.
    pub passed_over: Vec<String>,
    /// Fingerprints of the keys it was encrypted to.
    pub keys: Vec<String>,
}

/// What became of a notice in one copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noticed {
    pub disclaimer: String,
    pub outcome: Outcome,
}

/// A recipient whom a rule refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub recipient: Recipient,
    pub rule: String,
    /// `<about>: <text> (rule <id>, ref <ref>)`, for the sender.
    pub text: String,
    /// The same for the ledger and the log: without the names of files.
    pub record: String,
}

/// A rule in watch mode that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    pub rule: String,
    pub recipients: Vec<Address>,
}

/// A notice of our own that a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub to: Address,
    pub rule: String,
    pub about: String,
    pub recipients: Vec<Address>,
}

/// Recipients who do not see each other, by the rule that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Private {
    pub rule: String,
    pub about: String,
    pub way: PrivacyWay,
    pub recipients: Vec<Address>,
}

/// The retention class, fixed now; it may only be lengthened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub id: String,
    pub until: Timestamp,
}

/// What every stage of drawing looks at.
#[derive(Clone, Copy)]
struct Desk<'m> {
    config: &'m Config,
    submission: &'m Submission,
    message: &'m Message,
    verdicts: &'m Verdicts,
}

/// Draws the plan of one mail.
#[must_use]
pub fn draw(config: &Config, submission: &Submission, message: &Message, verdicts: &Verdicts, notices: &dyn Notices) -> Plan {
    let desk = Desk { config, submission, message, verdicts };
    let mut plan = desk.blank();
    if desk.is_looping() {
        plan.refuse_whole(None, Said { reply: LOOP.to_owned(), record: LOOP.to_owned() }, "5.4.6", 554);
        plan.notify.clear();
        return plan;
    }
    let mut fates = fate::fates(&desk);
    let placed = NoticeDesk::new(&desk, notices).place_all(&mut fates);
    let veils = privacy::veil_all(&desk, &mut fates, &placed);
    encryption::choose(&desk, &mut fates);
    plan.refused = refusals(&desk, &fates);
    if let Some((by, text)) = fates.iter().find_map(|fate| fate.stop.deferred()) {
        plan.defer_whole(desk.id(by), words::said(&desk, by, text));
        if by == By::Antivirus {
            plan.reply = antivirus::out_of_order(&desk);
        }
    } else if let Some(first) = first_of_all_refused(&plan, submission) {
        plan.refuse_whole(Some(first.rule), Said { reply: first.text, record: first.record }, "5.7.1", 550);
    } else {
        plan.private = privacy::done(&desk, &fates, &veils);
        plan.copies = copies::gather(&desk, &fates, &placed, &veils);
    }
    plan
}

/// The plan of a mail that is turned away whatever its rules say: nothing is done for it, and nobody but the client is told.
#[must_use]
pub fn turned_away(config: &Config, submission: &Submission, message: &Message, verdicts: &Verdicts, reply: Reply) -> Plan {
    let mut plan = Desk { config, submission, message, verdicts }.blank();
    plan.decision = Decision::Refused { rule: None, why: reply.text.clone().into_owned() };
    plan.reply = reply;
    plan.rules.clear();
    plan.watched.clear();
    plan.notify.clear();
    plan
}

/// The route that a copy takes unless a rule names another.
const DEFAULT_ROUTE: &str = "default";

/// RFC 5321 section 6.3; RFC 3463 gives 5.4.6 for it.
const LOOP: &str = "Routing loop: this mail carries too many Received fields";

impl Desk<'_> {
    /// The plan before any stop: accepted for nobody yet.
    fn blank(&self) -> Plan {
        Plan {
            reply: Reply::new(250, "2.0.0", format!("Accepted {}", self.submission.reference)),
            decision: Decision::Accepted,
            copies: Vec::new(),
            refused: Vec::new(),
            rules: self.enforced().map(|(at, _)| self.rule_id(at)).collect(),
            watched: fate::watched(self),
            notify: words::notifications(self).into_iter().chain(antivirus::notification(self)).collect(),
            protected_by: self.protecting().map(|rule| rule.id.clone()).collect(),
            private: Vec::new(),
            keep: keep::class(self),
        }
    }

    fn is_looping(&self) -> bool {
        self.message.received_count() > limits::RECEIVED_FIELDS
    }

    /// The name of who stops a mail.
    fn id(&self, by: By) -> String {
        match by {
            By::Rule(rule) => self.rule_id(rule),
            By::Antivirus => antivirus::ID.to_owned(),
        }
    }

    fn rule_id(&self, rule: usize) -> String {
        self.config.rules.get(rule).map_or_else(String::new, |rule| rule.id.clone())
    }

    /// Enforced rules that match for anybody, each with its place and its verdict.
    fn enforced(&self) -> impl Iterator<Item = (usize, &Verdict)> {
        let all = self.config.rules.iter().zip(&self.verdicts.rules).enumerate();
        let live = all.filter(|(_, (rule, verdict))| rule.mode == Mode::Enforce && verdict.matched());
        live.map(|(at, (_, verdict))| (at, verdict))
    }

    /// Rules that ask that this mail be encrypted for somebody.
    fn protecting(&self) -> impl Iterator<Item = &Rule> {
        self.enforced().filter_map(|(at, _)| self.config.rules.get(at)).filter(|rule| !rule.act.encrypt.is_empty())
    }

    /// Addresses of the recipients at some places of the envelope.
    fn addresses(&self, places: impl Iterator<Item = usize>) -> Vec<Address> {
        places.filter_map(|at| self.submission.envelope.recipients.get(at)).map(|to| to.address.clone()).collect()
    }
}

impl Copy {
    /// Whether it waits for a person.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.job.state, State::Held { .. })
    }

    /// Whether its mail is yet to be encrypted.
    #[must_use]
    pub fn is_unsealed(&self) -> bool {
        self.unsealed.is_some()
    }

    /// The job as it is queued. What was left unsealed by a mistake of ours is held: it has no right to leave.
    #[must_use]
    pub fn queued(&self) -> NewJob {
        let state = match &self.unsealed {
            None => self.job.state.clone(),
            Some(_) => State::Held {
                rule: self.encrypt.as_ref().map(|encryption| encryption.rule.clone()).unwrap_or_default(),
                why: "it was not encrypted".to_owned(),
                whom: Holder::Technician,
                until: None,
                then: AfterHold::Refuse,
            },
        };
        NewJob { state, ..self.job.clone() }
    }

    /// What stands outside of its encryption, then what changes inside.
    fn all_edits(&self) -> impl Iterator<Item = &Edit> {
        self.job.edits.iter().chain(self.unsealed.iter().flat_map(Edits::iter))
    }

    /// The mail that is to be encrypted, out of the original.
    #[must_use]
    pub fn plain(&self, original: &[u8]) -> Vec<u8> {
        self.unsealed.as_ref().map(|edits| edits.apply(original)).unwrap_or_default()
    }

    /// Puts the encrypted mail in the place of the original's bytes.
    pub fn seal(&mut self, original: &[u8], sealed: Vec<u8>, keys: Vec<String>) {
        let Some(encryption) = self.encrypt.as_mut().filter(|_| self.unsealed.is_some()) else { return };
        let what = format!("encrypted by {}", encryption.method);
        encryption.keys = keys;
        // What is encrypted is written in ASCII; outside of it stand fields of the mail, which may not be.
        self.job.body = if sealed.is_ascii() { BodyKind::SevenBit } else { BodyKind::EightBit };
        self.job.edits.add(Edit { range: 0..original.len(), with: sealed, what });
        self.unsealed = None;
    }

    /// Puts a notice in the place of the original's bytes: as it leaves, with a secret in it, and as it is kept, without. Reports of
    /// failure do not give the secret back.
    pub fn announce(&mut self, original: &[u8], notice: Vec<u8>, kept: Vec<u8>) {
        self.job.ret = Some(Ret::Headers);
        let mut without = self.job.edits.clone();
        self.seal(original, notice, Vec::new());
        let what = "a notice in its place; it waits on a page".to_owned();
        without.add(Edit { range: 0..original.len(), with: kept, what });
        self.job.kept = Some(without);
    }
}

impl Plan {
    fn refuse_whole(&mut self, rule: Option<String>, said: Said, enhanced: &'static str, code: u16) {
        self.reply = Reply::new(code, enhanced, said.reply);
        self.decision = Decision::Refused { rule, why: said.record };
    }

    fn defer_whole(&mut self, rule: String, said: Said) {
        self.reply = Reply::new(451, "4.7.1", said.reply);
        self.decision = Decision::Deferred { rule, why: said.record };
        self.refused.clear();
        self.notify.clear();
    }
}

fn refusals(desk: &Desk, fates: &[Fate]) -> Vec<Refusal> {
    let each = desk.submission.envelope.recipients.iter().zip(fates);
    let refused = each.filter_map(|(recipient, fate)| match &fate.stop {
        Stop::Reject { by, text } => {
            let Said { reply, record } = words::said(desk, *by, text);
            Some(Refusal { recipient: recipient.clone(), rule: desk.id(*by), text: reply, record })
        }
        _ => None,
    });
    refused.collect()
}

/// SMTP has one reply: where all are refused, it gives the reason of the first recipient.
fn first_of_all_refused(plan: &Plan, submission: &Submission) -> Option<Refusal> {
    let all = plan.refused.len() == submission.envelope.recipients.len();
    plan.refused.first().filter(|_| all).cloned()
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
