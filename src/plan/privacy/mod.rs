//! What people outside see of each other (`do.recipients`): one veil for each way in which a copy shows its recipients.
//!
//! In: the fates of a mail. Out: a [`Veil`] for each fate that asks for one, and obstacles as the stops they mean. Hidden are all
//! people outside for whom such a rule matches, and all in the mail's own lists of whom the envelope knows nothing: clients and
//! providers split a mail for fifty into fifty. Its senders are never hidden. Not veiled are inside copies, which keep the
//! true list, and copies of those for whom no such rule matches: who is exempt gets the mail as it was written, and may be seen.
//! Nothing is hidden from a mail that shows each recipient nobody else.
//!
//! Invariant: no veiled copy names a hidden person in its header, other than its only recipient. What can fail: a name stands
//! where it may not be altered (see [`content`]); then `on_error` decides, and where nothing is said a technician does.

mod content;
mod header;
mod hidden;

use std::collections::{HashMap, HashSet};

use super::fate::{By, Fate, Stop};
use super::notices::NoticeSet;
use super::{Desk, Private};
use crate::base::Address;
use crate::config::{Privacy, PrivacyWay};
use crate::message::{Edit, Edits, Message};
use crate::policy::Side;

use header::{Lists, Survey, View};
use hidden::Hidden;

pub(in crate::plan) use header::Veil;

/// Fields that list a mail's recipients.
const LISTS: [&str; 8] = ["to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc", "apparently-to", "x-original-to"];

/// The desk where copies are veiled.
struct VeilDesk<'m> {
    desk: &'m Desk<'m>,
    survey: Survey<'m>,
    hidden: &'m Hidden,
    /// What `To` names where the rule does not say it.
    sender: Address,
    /// Whether more than one person is to be veiled.
    several: bool,
}

/// Copies of one kind share a veil: whose alone it is, what `To` names, and the set of notices that wraps the mail.
type Kind = (Option<String>, Option<Address>, Option<usize>);

/// Draws every veil that is asked for once, tells each fate which is its own, and stops those that cannot be veiled.
pub(super) fn veil_all(desk: &Desk, fates: &mut [Fate], placed: &[NoticeSet]) -> Vec<Veil> {
    for (fate, _) in fates.iter_mut().zip(&desk.verdicts.sides).filter(|(_, side)| **side == Side::Inside) {
        fate.privacy = None;
    }
    if fates.iter().all(|fate| fate.privacy.is_none()) {
        return Vec::new();
    }
    let hidden = Hidden::new(hidden_people(desk, fates));
    let veiling = VeilDesk {
        desk,
        survey: Survey::new(desk.message, &hidden),
        hidden: &hidden,
        sender: sender(desk),
        several: fates.iter().filter(|fate| fate.privacy.is_some()).count() > 1,
    };
    veiling.draw(fates, placed)
}

/// What was done for whom, by rule and way, in the order of the rules: what the sender is told.
pub(super) fn done(desk: &Desk, fates: &[Fate], veils: &[Veil]) -> Vec<Private> {
    let mut all: Vec<Private> = Vec::new();
    for (to, fate) in desk.submission.envelope.recipients.iter().zip(fates).filter(|(_, fate)| !fate.stop.is_refusal()) {
        let veil = fate.veil.and_then(|at| veils.get(at)).filter(|veil| !veil.edits.is_empty() && veil.obstacle.is_none());
        let Some(((rule, privacy), _)) = fate.privacy.as_ref().zip(veil) else { continue };
        let id = desk.rule_id(*rule);
        match all.iter_mut().find(|known| known.rule == id) {
            Some(known) => known.recipients.push(to.address.clone()),
            None => all.push(Private {
                rule: id,
                about: desk.config.rules.get(*rule).map(|rule| rule.about.clone()).unwrap_or_default(),
                way: privacy.way,
                recipients: vec![to.address.clone()],
            }),
        }
    }
    all
}

/// Those for whom a rule matches, and those in the mail's lists who are outside and not in the envelope.
fn hidden_people(desk: &Desk, fates: &[Fate]) -> Vec<Address> {
    let envelope = &desk.submission.envelope;
    let matched = envelope.recipients.iter().zip(fates).filter(|(_, fate)| fate.privacy.is_some());
    let mut people: Vec<Address> = matched.map(|(to, _)| to.address.clone()).collect();
    let spared = ["from", "sender", "resent-from", "resent-sender"]
        .iter()
        .flat_map(|field| desk.message.mailboxes(field))
        .filter_map(|mailbox| mailbox.address);
    let spared: HashSet<String> = spared
        .chain(envelope.reverse_path.address().cloned())
        .chain(envelope.recipients.iter().zip(fates).filter(|(_, fate)| fate.privacy.is_none()).map(|(to, _)| to.address.clone()))
        .map(|address| address.key())
        .collect();
    let listed = LISTS.iter().flat_map(|list| desk.message.mailboxes(list)).filter_map(|mailbox| mailbox.address);
    people.extend(listed.filter(|address| !desk.config.school.domains.contains(address.domain())));
    people.retain(|address| !spared.contains(&address.key()));
    people
}

/// Who the mail is from, as its readers see it; a report is from the postmaster.
fn sender(desk: &Desk) -> Address {
    let from = desk.message.mailboxes("from").into_iter().find_map(|mailbox| mailbox.address);
    let path = || desk.submission.envelope.reverse_path.address().cloned();
    from.or_else(path).unwrap_or_else(|| desk.config.school.postmaster.clone())
}

impl VeilDesk<'_> {
    fn draw(&self, fates: &mut [Fate], placed: &[NoticeSet]) -> Vec<Veil> {
        let mut veils: Vec<Veil> = Vec::new();
        let mut known: HashMap<Kind, usize> = HashMap::new();
        let recipients = self.desk.submission.envelope.recipients.iter();
        for (to, fate) in recipients.zip(fates).filter(|(_, fate)| !fate.stop.is_refusal()) {
            let Some((rule, privacy)) = fate.privacy.clone() else { continue };
            let wrap = fate.placed.filter(|at| placed.get(*at).is_some_and(NoticeSet::wraps));
            let head = wrap.and_then(|at| placed.get(at)?.edits.first());
            let alone = privacy.way == PrivacyWay::IndividualCopies || !self.several;
            let own = alone.then(|| to.address.key());
            let at = *known.entry((own, privacy.visible_to.clone(), wrap)).or_insert_with(|| {
                veils.push(self.veil(&to.address, &privacy, alone, head));
                veils.len() - 1
            });
            fate.veil = veils.get(at).filter(|veil| !veil.changes_nothing()).map(|_| at);
            if let Some(why) = veils.get(at).and_then(|veil| veil.obstacle.as_deref()) {
                self.stop(fate, rule, why);
            }
        }
        veils
    }

    /// One veil. A mail that is wrapped for its notice has two headers: the new one is veiled as well.
    fn veil(&self, to: &Address, privacy: &Privacy, alone: bool, head: Option<&Edit>) -> Veil {
        let visible = privacy.visible_to.as_ref();
        let lists = match privacy.way {
            PrivacyWay::Bcc => Lists::Blind { to: visible.unwrap_or(&self.sender), always: visible.is_some() },
            PrivacyWay::IndividualCopies => Lists::Alone { to, always: self.several },
        };
        let own = self.hidden.place_of(to).filter(|_| alone);
        let view = View { own, lists };
        let mut veil = self.survey.veil(&view);
        if let Some(head) = head {
            let message = Message::parse(head.with.clone().into());
            let outer = Survey::new(&message, self.hidden).veil(&view);
            let edits: Edits = outer.edits.into_iter().collect();
            veil.edits.retain(|edit| !edit.range.is_empty() || edit.range.start > 0);
            veil.head = Some(edits.apply(&head.with));
            veil.obstacle = veil.obstacle.or(outer.obstacle);
        }
        veil
    }

    /// `on_error` decides; where nothing is written, a technician: a mail put off for ever would help nobody.
    fn stop(&self, fate: &mut Fate, rule: usize, why: &str) {
        let why = format!("this mail cannot be sent without showing people each other's addresses: {why}");
        match self.desk.config.rules.get(rule) {
            Some(rule_of) if rule_of.on_error.is_some() => fate.fail(rule, rule_of, &why),
            _ => fate.stop_at(Stop::for_technician(By::Rule(rule), &why)),
        }
    }
}

#[cfg(test)]
#[path = "privacy_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "property_tests.rs"]
mod property_tests;
