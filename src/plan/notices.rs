//! Places the notices that recipients' rules ask for, once for each set of notices.
//!
//! Several notices in one copy become one block, in the order of their rules: each is tried alone first, so that one which
//! is there already is not repeated. Reports, automatic replies and list mail are spared, unless the rule itself names such a
//! `kind` in its `when`: whoever writes that means it. A notice that is impossible follows its `if_impossible`, of several the
//! strictest: reject, then hold, then wrap, then send without.

use super::fate::{By, Fate, Stop};
use super::seam::Notices;
use super::{Desk, Noticed};
use crate::config::{Disclaimer, Fields, IfImpossible, MailKind};
use crate::message::Edit;
use crate::notice::{Outcome, Placeholders};
use crate::policy::kind_name;

/// What was placed for one set of notices.
#[derive(Clone, Debug, Default)]
pub(super) struct NoticeSet {
    pub(super) edits: Vec<Edit>,
    pub(super) noticed: Vec<Noticed>,
    /// Where notices are impossible: the rule, what is to be done, and why.
    stop: Option<(usize, IfImpossible, String)>,
    /// Rules whose notice is not in the configuration.
    broken: Vec<(usize, String)>,
}

/// The desk where notices are placed.
pub(super) struct NoticeDesk<'m> {
    desk: &'m Desk<'m>,
    notices: &'m dyn Notices,
    /// Kinds of this mail that spare it.
    sparing: Vec<MailKind>,
}

/// Rules and the names of their notices, as a fate asks for them.
type Wanted = Vec<(usize, String)>;

/// Mail that machines send, or that others have signed: a notice does harm there.
const SPARED: [MailKind; 3] = [MailKind::Bounce, MailKind::AutoReply, MailKind::MailingList];

impl<'m> NoticeDesk<'m> {
    pub(super) fn new(desk: &'m Desk<'m>, notices: &'m dyn Notices) -> Self {
        let null = desk.submission.envelope.reverse_path.is_null();
        let kinds = &desk.verdicts.kinds;
        let sparing = SPARED.into_iter().filter(|kind| kinds.contains(kind) || (null && *kind == MailKind::Bounce)).collect();
        Self { desk, notices, sparing }
    }

    /// Places every set of notices once, tells each fate which set is its own, and stops those that cannot have theirs.
    pub(super) fn place_all(&self, fates: &mut [Fate]) -> Vec<NoticeSet> {
        let mut known: Vec<(Wanted, NoticeSet)> = Vec::new();
        for fate in fates.iter_mut().filter(|fate| !fate.disclaimers.is_empty() && !fate.stop.is_refusal()) {
            let at = known.iter().position(|(wanted, _)| *wanted == fate.disclaimers).unwrap_or_else(|| {
                known.push((fate.disclaimers.clone(), self.place(&fate.disclaimers)));
                known.len() - 1
            });
            fate.placed = Some(at);
            if let Some((_, set)) = known.get(at) {
                self.stop(fate, set);
            }
        }
        known.into_iter().map(|(_, set)| set).collect()
    }

    fn stop(&self, fate: &mut Fate, set: &NoticeSet) {
        if let Some((rule, what, why)) = &set.stop {
            match what {
                IfImpossible::Reject => fate.stop_at(Stop::Reject { by: By::Rule(*rule), text: why.clone() }),
                IfImpossible::Hold => fate.stop_at(Stop::for_technician(By::Rule(*rule), why)),
                IfImpossible::Wrap | IfImpossible::SendWithout => {}
            }
        }
        for (at, why) in &set.broken {
            if let Some(rule) = self.desk.config.rules.get(*at) {
                fate.fail(*at, rule, why);
            }
        }
    }

    /// One set of notices, by the rules that ask for them. A notice that two rules ask for is placed for the first that may.
    fn place(&self, wanted: &[(usize, String)]) -> NoticeSet {
        let mut set = NoticeSet::default();
        let mut adding: Vec<&Disclaimer> = Vec::new();
        let mut impossible: Vec<&Disclaimer> = Vec::new();
        for (rule, name) in wanted {
            if set.noticed.iter().any(|known| known.disclaimer == *name && !matches!(known.outcome, Outcome::Exempt(_))) {
                continue;
            }
            let Some(disclaimer) = self.desk.config.disclaimers.get(name) else {
                set.broken.push((*rule, format!("the notice \"{name}\" is not there")));
                continue;
            };
            let outcome = self.try_one(*rule, disclaimer, &mut set);
            match &outcome {
                Outcome::Added => adding.push(disclaimer),
                Outcome::Impossible(why) => {
                    impossible.push(disclaimer);
                    set.note_impossible(*rule, disclaimer, why);
                }
                Outcome::AlreadyThere | Outcome::Exempt(_) => {}
            }
            set.noticed.retain(|known| known.disclaimer != *name);
            set.noticed.push(Noticed { disclaimer: name.clone(), outcome });
        }
        self.finish(&mut set, &adding, &impossible);
        set
    }

    fn try_one(&self, rule: usize, disclaimer: &Disclaimer, set: &mut NoticeSet) -> Outcome {
        if let Some(kind) = self.spared_by(rule) {
            return Outcome::Exempt(kind_name(kind).to_owned());
        }
        let placed = self.notices.place(self.desk.message, disclaimer, &self.placeholders());
        if placed.outcome == Outcome::Added {
            set.edits = placed.edits;
        }
        placed.outcome
    }

    /// Several notices are placed as one; where one must be wrapped, all go into the new mail.
    fn finish(&self, set: &mut NoticeSet, adding: &[&Disclaimer], impossible: &[&Disclaimer]) {
        if set.wraps() {
            let all: Vec<&Disclaimer> = adding.iter().chain(impossible).copied().collect();
            let Some(one) = joined(&all) else { return };
            set.edits = self.notices.wrap(self.desk.message, &one, &self.placeholders());
            for noticed in set.noticed.iter_mut().filter(|noticed| matches!(noticed.outcome, Outcome::Impossible(_))) {
                noticed.outcome = Outcome::Added;
            }
        } else if adding.len() > 1 {
            let Some(one) = joined(adding) else { return };
            set.edits = self.notices.place(self.desk.message, &one, &self.placeholders()).edits;
        }
    }

    /// The kind that spares this mail the notice of a rule.
    fn spared_by(&self, rule: usize) -> Option<MailKind> {
        let first = self.sparing.first().copied()?;
        let when = self.desk.config.rules.get(rule).map(|rule| &rule.when)?;
        (!self.sparing.iter().any(|kind| names_kind(when, *kind))).then_some(first)
    }

    /// Who the mail is from, as its readers see it: the first mailbox of `From`, else the reverse path.
    fn placeholders(&self) -> Placeholders {
        let from = self.desk.message.mailboxes("From").into_iter().find_map(|mailbox| mailbox.address.map(|a| (mailbox.name, a)));
        let (name, address) = match from {
            Some((name, address)) => (name.filter(|name| !name.trim().is_empty()), address.to_string()),
            None => (None, self.desk.submission.envelope.reverse_path.to_string()),
        };
        Placeholders {
            sender_name: name.unwrap_or_else(|| address.clone()),
            sender_address: address,
            school_name: self.desk.config.school.name.clone(),
        }
    }
}

impl NoticeSet {
    /// Whether it makes a new mail around the original; its first edit is then the new header.
    pub(super) fn wraps(&self) -> bool {
        matches!(self.stop, Some((_, IfImpossible::Wrap, _)))
    }

    fn note_impossible(&mut self, rule: usize, disclaimer: &Disclaimer, why: &str) {
        let stricter = self.stop.as_ref().is_none_or(|(_, known, _)| strictness(disclaimer.if_impossible) > strictness(*known));
        if stricter {
            let why = format!("the notice \"{}\" cannot be added to this mail: {why}", disclaimer.name);
            self.stop = Some((rule, disclaimer.if_impossible, why));
        }
    }
}

fn strictness(what: IfImpossible) -> u8 {
    match what {
        IfImpossible::SendWithout => 0,
        IfImpossible::Wrap => 1,
        IfImpossible::Hold => 2,
        IfImpossible::Reject => 3,
    }
}

/// Whether the fields of a `when` name a kind, at any depth.
fn names_kind(fields: &Fields, kind: MailKind) -> bool {
    let mut branches = fields.any_of.iter().chain(&fields.all_of).flatten();
    fields.kind.as_ref().is_some_and(|kinds| kinds.contains(&kind)) || branches.any(|branch| names_kind(branch, kind))
}

/// Several notices as one, in order; the place is the first one's.
fn joined(all: &[&Disclaimer]) -> Option<Disclaimer> {
    let mut one = (*all.first()?).clone();
    for next in all.iter().skip(1) {
        one.name = format!("{} + {}", one.name, next.name);
        one.text = format!("{}\n\n{}", one.text.trim_end(), next.text);
        one.html.push_str(&next.html);
    }
    Some(one)
}
