//! Gathers recipients of one fate into copies.
//!
//! Every copy has its `Received` field, no `Bcc`, and on submission listeners a `Date` and a `Message-ID`. A `copy_to` copy is the
//! mail as its sender wrote it, with these edits alone: whoever is meant to see what was sent sees no notice in it. It is
//! made where the rule matches for somebody who is not refused, it goes at once also where the others are held, and its failure
//! is the postmaster's to hear, not the sender's. Whoever the mail is for anyway gets no second copy.

use super::encryption::Chosen;
use super::fate::{Fate, Stop};
use super::notices::NoticeSet;
use super::privacy::Veil;
use super::{Copy, Desk, fields, subject, trace};
use crate::base::{Address, Envelope, Notify, Recipient, ReversePath};
use crate::message::{Edit, Edits};
use crate::queue::{Demand, NewJob, State};

/// All copies, numbered from 1: those of the mail's recipients first, in the order of the envelope.
pub(super) fn gather(desk: &Desk, fates: &[Fate], placed: &[NoticeSet], veils: &[Veil]) -> Vec<Copy> {
    let mut groups: Vec<(&Fate, Vec<Recipient>)> = Vec::new();
    for (recipient, fate) in desk.submission.envelope.recipients.iter().zip(fates) {
        if fate.stop.is_refusal() {
            continue;
        }
        match groups.iter_mut().find(|(known, _)| share_a_copy(known, fate, placed)) {
            Some((_, members)) => members.push(recipient.clone()),
            None => groups.push((fate, vec![recipient.clone()])),
        }
    }
    let own = groups.into_iter().map(|(fate, members)| copy_of(desk, fate, members, (placed, veils)));
    let further = further_copies(desk, fates).into_iter().map(|(rule, to)| further_copy(desk, rule, to));
    let numbered = (1..).zip(own.chain(further));
    numbered.map(|(number, copy)| Copy { job: NewJob { copy: number, ..copy.job }, ..copy }).collect()
}

/// Equal in what leaves and how; which rules asked for it does not part them.
fn share_a_copy(a: &Fate, b: &Fate, placed: &[NoticeSet]) -> bool {
    let notice = |fate: &Fate| fate.placed.and_then(|at| placed.get(at)).map(|set| (&set.edits, &set.noticed));
    a.stop == b.stop
        && a.route == b.route
        && a.demand == b.demand
        && a.headers == b.headers
        && a.veil == b.veil
        && a.unworded == b.unworded
        && Chosen::is_shared(a.chosen.as_ref(), b.chosen.as_ref())
        && (a.placed == b.placed || notice(a) == notice(b))
}

fn copy_of(desk: &Desk, fate: &Fate, recipients: Vec<Recipient>, (placed, veils): (&[NoticeSet], &[Veil])) -> Copy {
    let notice = fate.placed.and_then(|at| placed.get(at));
    let veil = fate.veil.and_then(|at| veils.get(at));
    let is_sealed = fate.chosen.as_ref().is_some_and(|chosen| chosen.method.is_of_content());
    let (outer, inner) = (outer_edits(desk, fate, &recipients), inner_edits(desk, fate, (notice, veil)));
    let (edits, unsealed) = match is_sealed {
        true => (outer, inner),
        false => (outer.into_iter().chain(inner).collect(), Vec::new()),
    };
    let blank = job(desk, desk.submission.envelope.reverse_path.clone(), recipients, edits.into_iter().collect());
    let job =
        NewJob { route: fate.route.clone().unwrap_or(blank.route), demand: fate.demand, state: state(desk, &fate.stop), ..blank };
    Copy {
        job,
        notices: notice.map(|set| set.noticed.clone()).unwrap_or_default(),
        copied_by: None,
        encrypt: fate.chosen.as_ref().map(|chosen| chosen.told(desk)),
        unsealed: is_sealed.then(|| unsealed.into_iter().collect()),
    }
}

/// What stands on top of every copy, in its order, outside of any encryption.
fn outer_edits(desk: &Desk, fate: &Fate, recipients: &[Recipient]) -> Vec<Edit> {
    let mut all = vec![fields::on_top(trace::received(desk, recipients), "Received added")];
    if fate.chosen.as_ref().is_some_and(|chosen| chosen.method.is_of_content()) {
        all.extend(added_headers(desk, fate));
    }
    all
}

/// What changes in the mail itself.
fn inner_edits(desk: &Desk, fate: &Fate, (notice, veil): (Option<&NoticeSet>, Option<&Veil>)) -> Vec<Edit> {
    let mut all: Vec<Edit> = fields::missing(desk).into_iter().chain(fields::without_bcc(desk)).collect();
    if !fate.chosen.as_ref().is_some_and(|chosen| chosen.method.is_of_content()) {
        all.extend(added_headers(desk, fate));
    }
    all.extend(veil.iter().flat_map(|veil| veil.edits.iter().cloned()));
    let head = veil.and_then(|veil| veil.head.as_ref());
    for edit in notice.map(|set| set.edits.as_slice()).unwrap_or_default() {
        let with = head.filter(|_| edit.range == (0..0)).unwrap_or(&edit.with);
        all.push(Edit { with: with.clone(), ..edit.clone() });
    }
    let unworded = subject::unworded(desk, &fate.unworded, &all);
    all.extend(unworded);
    all
}

/// Fields that rules and the route add. They stand outside of encryption: relays go by them.
fn added_headers(desk: &Desk, fate: &Fate) -> Vec<Edit> {
    let route = desk.config.routes.get(fate.route.as_deref().unwrap_or(super::DEFAULT_ROUTE));
    let by_route = route.map(|route| route.add_header.as_slice()).unwrap_or_default();
    fate.headers.iter().chain(by_route).map(|(name, value)| fields::added(name, value)).collect()
}

fn base_edits(desk: &Desk, recipients: &[Recipient]) -> Edits {
    let mut all = Edits::default();
    all.add(fields::on_top(trace::received(desk, recipients), "Received added"));
    fields::missing(desk).into_iter().chain(fields::without_bcc(desk)).for_each(|edit| all.add(edit));
    all
}

fn state(desk: &Desk, stop: &Stop) -> State {
    match stop {
        Stop::Hold { by, why, terms } => State::Held {
            rule: desk.id(*by),
            why: why.clone(),
            whom: terms.whom,
            until: terms.after.and_then(|after| desk.submission.received_at.checked_add(after).ok()),
            then: terms.then,
        },
        _ => State::due(desk.submission.received_at),
    }
}

fn job(desk: &Desk, reverse_path: ReversePath, recipients: Vec<Recipient>, edits: Edits) -> NewJob {
    let Envelope { body, smtputf8, ret, ref envid, .. } = desk.submission.envelope;
    let envelope = Envelope { reverse_path, recipients, body, smtputf8, ret, envid: envid.clone() };
    NewJob { edits, ..NewJob::new(envelope, desk.submission.received_at) }
}

/// Who else is to get a copy, each address once, with the rule that asks for it first.
fn further_copies(desk: &Desk, fates: &[Fate]) -> Vec<(usize, Address)> {
    let mut all: Vec<(usize, Address)> = Vec::new();
    for (at, verdict) in desk.enforced() {
        let goes_on = verdict.recipients().any(|to| fates.get(to).is_some_and(|fate| !fate.stop.is_refusal()));
        let wanted = desk.config.rules.get(at).map(|rule| rule.act.copy_to.as_slice()).unwrap_or_default();
        for to in wanted.iter().filter(|_| goes_on) {
            let gets_it = desk.submission.envelope.recipients.iter().any(|recipient| recipient.address.same_as(to))
                || all.iter().any(|(_, known)| known.same_as(to));
            if !gets_it {
                all.push((at, to.clone()));
            }
        }
    }
    all
}

fn further_copy(desk: &Desk, rule: usize, to: Address) -> Copy {
    let only_failure = Notify { success: false, failure: true, delay: false };
    let recipients = vec![Recipient { address: to, notify: Some(only_failure), orcpt: None }];
    let edits = base_edits(desk, &recipients);
    let postmaster = ReversePath::Address(desk.config.school.postmaster.clone());
    // What may leave only encrypted for others does not leave in clear for whoever gets a copy.
    let is_inside = recipients.iter().all(|to| desk.config.school.domains.contains(to.address.domain()));
    let demand = if desk.protecting().next().is_some() && !is_inside { Demand::VerifiedTls } else { Demand::AsRoute };
    let job = NewJob { envid: None, demand, ..job(desk, postmaster, recipients, edits) };
    Copy { job, notices: Vec::new(), copied_by: Some(desk.rule_id(rule)), encrypt: None, unsealed: None }
}
