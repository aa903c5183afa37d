//! What a plan becomes when it is carried out: the mail with its copies and ledger entries, and our own letters about it.

use super::issue::issue_letter;
use super::letter::{About, Letter, Opens, Wait};
use super::pickup::{Outgoing, Shelved};
use super::sealing::{Made, Told};
use super::{Judged, addresses};
use crate::base::hash::sha256_hex;
use crate::base::{Address, ReversePath, Submission, Timestamp, limits, one_line};
use crate::config::{Config, Holder, MailKind};
use crate::ledger::Event;
use crate::message::{Message, Part};
use crate::notice::Outcome;
use crate::plan::{self, Copy, Plan};
use crate::protect::pickup::NewPickup;
use crate::queue::{NewLink, Post, State, Token};
use crate::store::{Keeping, RecordHeader};

/// Everything that one commit must make durable for an accepted mail; the mail itself comes first. With it the link by which its
/// sender decides, where they have to.
pub(super) fn of_accepted(
    config: &Config,
    submission: &Submission,
    judged: &Judged,
    made: &Made,
) -> (Vec<Post>, Option<NewLink>) {
    let mut posts = vec![of_mail(config, submission, judged, made)];
    let (letters, link) = to_sender(config, submission, judged);
    let to_technician = to_technician(config, submission, judged);
    let passwords = passwords(submission, judged, &made.told);
    posts.extend(letters.iter().chain(&passwords).chain(&to_technician).map(|letter| write(config, submission, letter)));
    posts.extend(on_the_shelf(config, submission, judged, made));
    posts.extend(notifications(config, submission, judged));
    (posts, link)
}

/// The passwords that were made for this mail, for its sender alone.
fn passwords(submission: &Submission, judged: &Judged, told: &[Told]) -> Option<Letter> {
    let sender = submission.envelope.reverse_path.address().filter(|_| !told.is_empty())?;
    let passwords: Vec<Opens<'_>> =
        told.iter().map(|told| Opens { recipients: &told.recipients, password: &told.password, waits: told.waits }).collect();
    Some(Letter::passwords(sender.clone(), about(submission, &subject(judged)), &passwords))
}

/// To the sender: who picks it up on a page, and where to take it back.
fn on_the_shelf(config: &Config, submission: &Submission, judged: &Judged, made: &Made) -> Option<Post> {
    let sender = submission.envelope.reverse_path.address().filter(|sender| may_be_told(submission, judged, sender))?;
    let (reference, at, message) = (&submission.reference, submission.received_at, &judged.message);
    made.shelved.as_ref()?.letter(config, Outgoing { reference, at, sender, message })
}

/// Letters to those whom matching rules name in `notify`.
pub(super) fn notifications(config: &Config, submission: &Submission, judged: &Judged) -> Vec<Post> {
    let subject = subject(judged);
    let from = submission.envelope.reverse_path.to_string();
    let wanted = judged.plan.notify.iter().filter(|told| may_be_told(submission, judged, &told.to));
    let letter = |told: &plan::Notification| {
        Letter::notify(told.to.clone(), about(submission, &subject), &from, &told.recipients, &told.rule, &told.about)
    };
    wanted.map(|told| write(config, submission, &letter(told))).collect()
}

fn of_mail(config: &Config, submission: &Submission, judged: &Judged, made: &Made) -> Post {
    let plan = &judged.plan;
    let sha256 = sha256_hex(&submission.raw);
    let header = RecordHeader {
        reference: submission.reference.clone(),
        received_at: submission.received_at,
        envelope: submission.envelope.clone(),
        origin: Some(submission.origin.clone()),
        issued: None,
        provenance: None,
        sha256: sha256.clone(),
    };
    let accepted = Event::MailAccepted {
        reference: submission.reference.clone(),
        from: submission.envelope.reverse_path.to_string(),
        recipients: addresses(submission),
        size: submission.raw.len() as u64,
        sha256,
        class: plan.keep.id.clone(),
        rules: plan.rules.clone(),
        rule_set: config.hash.clone(),
    };
    let mut events = vec![accepted];
    events.extend(watched(submission, plan));
    events.extend(plan.copies.iter().flat_map(|copy| of_copy(submission, copy)));
    events.extend(made.shelved.iter().flat_map(Shelved::pickups).map(NewPickup::event));
    events.extend(refused(submission, plan));
    let copies = plan.copies.iter().map(Copy::queued).collect();
    let keep = Keeping { class: plan.keep.id.clone(), until: plan.keep.until };
    Post { keep, header, raw: submission.raw.clone(), shared: judged.message.attachments(), copies, events }
}

fn watched(submission: &Submission, plan: &Plan) -> Vec<Event> {
    let event = |watched: &plan::Watched| Event::RuleWatched {
        reference: submission.reference.clone(),
        rule: watched.rule.clone(),
        recipients: watched.recipients.clone(),
    };
    plan.watched.iter().map(event).collect()
}

/// What became of the notices in a copy, and whether it is held.
fn of_copy(submission: &Submission, copy: &Copy) -> Vec<Event> {
    let notice = |noticed: &plan::Noticed| {
        let (outcome, why) = words(&noticed.outcome);
        Event::Notice {
            reference: submission.reference.clone(),
            copy: copy.job.copy,
            disclaimer: noticed.disclaimer.clone(),
            outcome: outcome.to_owned(),
            why: why.to_owned(),
        }
    };
    let mut events: Vec<Event> = copy.notices.iter().map(notice).collect();
    events.extend(copy.encrypt.as_ref().map(|encryption| Event::Encrypted {
        reference: submission.reference.clone(),
        copy: copy.job.copy,
        recipients: held_for(copy),
        rule: encryption.rule.clone(),
        method: encryption.method.to_string(),
        keys: encryption.keys.clone(),
    }));
    if let State::Held { rule, whom, .. } = &copy.job.state {
        events.push(Event::MailHeld {
            reference: submission.reference.clone(),
            recipients: held_for(copy),
            rule: rule.clone(),
            whom: whom.as_str().to_owned(),
        });
    }
    events
}

/// An outcome in the ledger's words, and why where there is a reason.
fn words(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Added => ("added", ""),
        Outcome::AlreadyThere => ("already there", ""),
        Outcome::Exempt(why) => ("exempt", why),
        Outcome::Impossible(why) => ("impossible", why),
    }
}

fn refused(submission: &Submission, plan: &Plan) -> Vec<Event> {
    let event = |refusal: &plan::Refusal| Event::MailRefused {
        reference: submission.reference.clone(),
        from: submission.envelope.reverse_path.to_string(),
        recipients: vec![refusal.recipient.address.clone()],
        rule: Some(refusal.rule.clone()),
        code: 550,
        why: refusal.record.clone(),
    };
    plan.refused.iter().map(event).collect()
}

/// Letters to the sender: what waits, who was refused while others were not, and whose addresses were kept private.
fn to_sender(config: &Config, submission: &Submission, judged: &Judged) -> (Vec<Letter>, Option<NewLink>) {
    let Some(sender) = submission.envelope.reverse_path.address() else { return (Vec::new(), None) };
    if !may_be_told(submission, judged, sender) {
        return (Vec::new(), None);
    }
    let subject = subject(judged);
    let (page, link) = own_decision(config, submission, judged, sender).unzip();
    let waits: Vec<Wait> = HOLDERS.into_iter().filter_map(|whom| wait(&judged.plan, whom)).collect();
    let held = waits.iter().map(|wait| Letter::held(sender.clone(), about(submission, &subject), wait, page.as_deref()));
    let refused: Vec<_> = judged.plan.refused.iter().map(|r| (r.recipient.address.clone(), r.text.clone())).collect();
    let refusals = (!refused.is_empty()).then(|| Letter::partly_refused(sender.clone(), about(submission, &subject), &refused));
    let private = &judged.plan.private;
    let is_inside = config.school.domains.contains(sender.domain());
    let privacy =
        (is_inside && !private.is_empty()).then(|| Letter::privacy(sender.clone(), about(submission, &subject), private));
    (held.chain(refusals).chain(privacy).collect(), link)
}

const HOLDERS: [Holder; 3] = [Holder::Sender, Holder::Technician, Holder::Approver];

/// All copies that one person decides about; nothing where there are none.
fn wait(plan: &Plan, holder: Holder) -> Option<Wait> {
    let mut wait = Wait { whom: holder, recipients: Vec::new(), why: Vec::new(), ends: None };
    for copy in &plan.copies {
        let State::Held { why, whom, until, then, .. } = &copy.job.state else { continue };
        if *whom != holder {
            continue;
        }
        wait.recipients.extend(held_for(copy));
        if !wait.why.contains(why) {
            wait.why.push(why.clone());
        }
        let end = until.map(|until| (until, *then));
        wait.ends = [wait.ends, end].into_iter().flatten().min_by_key(|(until, _)| *until);
    }
    (!wait.recipients.is_empty()).then_some(wait)
}

/// The page where the sender decides, and the link to it that the store remembers. Only staff have one: an address outside that a
/// relayed mail names is whoever it likes to be.
fn own_decision(config: &Config, submission: &Submission, judged: &Judged, sender: &Address) -> Option<(String, NewLink)> {
    let console = config.console.as_ref().filter(|_| config.school.domains.contains(sender.domain()))?;
    let own = judged.plan.copies.iter().filter_map(|copy| match &copy.job.state {
        State::Held { whom: Holder::Sender, until, .. } => Some(*until),
        _ => None,
    });
    let ends: Vec<Option<Timestamp>> = own.collect();
    if ends.is_empty() {
        return None;
    }
    let last = ends.into_iter().collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max());
    let token = Token::new()?; // without randomness the letter says to ask the technician
    let subject = one_line(&subject(judged)).take(limits::LINK_SUBJECT_CHARACTERS).collect();
    let link = NewLink::new(&token, submission.reference.clone(), sender.clone(), subject, last);
    Some((console.public_url.page(&format!("/held/{}", token.reveal())), link))
}

/// Whoever may decide should know of it: the technician by a letter to the postmaster, unless a rule tells them already.
fn to_technician(config: &Config, submission: &Submission, judged: &Judged) -> Option<Letter> {
    let postmaster = &config.school.postmaster;
    let told = judged.plan.notify.iter().any(|told| told.to.same_as(postmaster));
    let wait = wait(&judged.plan, Holder::Technician).filter(|_| !told)?;
    let from = submission.envelope.reverse_path.to_string();
    Some(Letter::waits(postmaster.clone(), about(submission, ""), &from, &wait))
}

/// Nobody is told by mail of what no person sent: no rule can make the gateway answer an automatic mail (RFC 3834 section 2).
/// An answer is what goes to whoever the mail says it is from; staff whom a rule names are told all the same.
fn may_be_told(submission: &Submission, judged: &Judged, whom: &Address) -> bool {
    let path = &submission.envelope.reverse_path;
    if !is_automatic(&judged.message, path) {
        return true;
    }
    let senders = ["from", "sender", "reply-to"].into_iter().flat_map(|field| judged.message.mailboxes(field));
    !path.address().is_some_and(|sender| sender.same_as(whom))
        && !senders.filter_map(|mailbox| mailbox.address).any(|sender| sender.same_as(whom))
}

/// Whether a program made this mail: nobody in the envelope, an automatic reply, a report, a receipt, list mail, a calendar's answer.
pub(super) fn is_automatic(message: &Message, path: &ReversePath) -> bool {
    let by_program = |kind: &MailKind| matches!(kind, MailKind::AutoReply | MailKind::Bounce | MailKind::MailingList);
    path.is_null() || message.kinds(true).iter().any(by_program) || message.parts().iter().any(is_calendar_answer)
}

/// RFC 5546 section 3.2.3: what a calendar sends by itself when somebody accepts or declines.
fn is_calendar_answer(part: &Part) -> bool {
    let method = part.content_type.parameter("method").unwrap_or_default();
    part.content_type.media == "text/calendar" && ["reply", "refresh", "counter"].iter().any(|m| m.eq_ignore_ascii_case(method))
}

fn write(config: &Config, submission: &Submission, letter: &Letter) -> Post {
    issue_letter(config, letter, &submission.reference, submission.received_at)
}

fn about<'a>(submission: &'a Submission, subject: &'a str) -> About<'a> {
    About { reference: &submission.reference, subject, received_at: submission.received_at }
}

fn subject(judged: &Judged) -> String {
    judged.message.subjects().into_iter().next().unwrap_or_else(|| "(no subject)".to_owned())
}

fn held_for(copy: &Copy) -> Vec<Address> {
    copy.job.recipients.iter().map(|recipient| recipient.address.clone()).collect()
}
