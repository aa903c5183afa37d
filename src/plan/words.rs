//! What replies and notices say: texts of rules with their placeholders filled in.

use super::fate::By;
use super::{Desk, Notification, antivirus};
use crate::config::Notified;
use crate::policy::Named;

/// Why a mail is turned away, for its sender and for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// `<about>: <text> (rule <id>, ref <ref>)`.
    pub(super) reply: String,
    /// The same without what is the sender's own: the names of files.
    pub(super) record: String,
}

/// What is said where somebody stops a mail with this text.
pub(super) fn said(desk: &Desk, by: By, text: &str) -> Said {
    let named = match by {
        By::Rule(rule) => desk.verdicts.rules.get(rule).map(|verdict| verdict.named.clone()).unwrap_or_default(),
        By::Antivirus => antivirus::named(desk),
    };
    let whole = |named: &Named| {
        let (about, text) = (about(desk, by), filled_with(desk, by, text, named));
        format!("{about}: {text} (rule {}, ref {})", desk.id(by), desk.submission.reference)
    };
    let record = whole(&Named { attachment: None, found: named.record.clone(), ..named.clone() });
    Said { reply: whole(&named), record }
}

fn about<'d>(desk: &Desk<'d>, by: By) -> &'d str {
    match by {
        By::Rule(rule) => desk.config.rules.get(rule).map_or("", |rule| rule.about.as_str()),
        By::Antivirus => antivirus::ABOUT,
    }
}

/// A text with its placeholders filled in, once: what is filled in is not looked at again. A file's name is the sender's own words,
/// and comes here on one line.
pub(super) fn filled(desk: &Desk, rule: usize, text: &str) -> String {
    filled_with(desk, By::Rule(rule), text, &Named::default())
}

fn filled_with(desk: &Desk, by: By, text: &str, named: &Named) -> String {
    let id = desk.id(by);
    let known = [
        ("{rule.about}", about(desk, by)),
        ("{rule.id}", id.as_str()),
        ("{ref}", desk.submission.reference.as_str()),
        ("{attachment}", named.attachment.as_deref().unwrap_or("an attachment")),
        ("{virus}", named.virus.as_deref().unwrap_or("a virus")),
        ("{found}", named.found.as_deref().unwrap_or("personal data")),
    ];
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (value, length) = known.iter().find(|(name, _)| from.starts_with(name)).map_or(("{", 1), |(name, v)| (v, name.len()));
        out.push_str(value);
        rest = from.get(length..).unwrap_or_default();
    }
    out + rest
}

/// Who is to be told about the matches of enforced rules. Nobody is told through the null path.
pub(super) fn notifications(desk: &Desk) -> Vec<Notification> {
    let mut all = Vec::new();
    for (at, verdict) in desk.enforced() {
        let Some(rule) = desk.config.rules.get(at) else { continue };
        for whom in &rule.act.notify {
            let to = match whom {
                Notified::Sender => desk.submission.envelope.reverse_path.address(),
                Notified::Postmaster => Some(&desk.config.school.postmaster),
                Notified::Address(address) => Some(address),
            };
            all.extend(to.map(|to| Notification {
                to: to.clone(),
                rule: rule.id.clone(),
                about: rule.about.clone(),
                recipients: desk.addresses(verdict.recipients()),
            }));
        }
    }
    all
}
