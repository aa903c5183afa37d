//! What the enforced rules together mean for one recipient.

use super::encryption::{Chosen, Wish};
use super::{Desk, Watched, antivirus, words};
use crate::base::header_name;
use crate::config::{AfterHold, HoldFor, Holder, Mode, OnError, Privacy, PrivacyWay, Rule};
use crate::queue::Demand;

/// One recipient's fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) stop: Stop,
    pub(super) route: Option<String>,
    pub(super) demand: Demand,
    /// Rules whose notice is asked for, each with the notice's name.
    pub(super) disclaimers: Vec<(usize, String)>,
    /// Name and value of fields to be added.
    pub(super) headers: Vec<(String, String)>,
    /// What it may see of the other recipients, and the rule that says so.
    pub(super) privacy: Option<(usize, Privacy)>,
    /// Index of its veil, filled in where there is one.
    pub(super) veil: Option<usize>,
    /// Index of what was placed for its notices, filled in by the notice desk.
    pub(super) placed: Option<usize>,
    /// Ways of encryption that rules ask for.
    pub(super) wish: Option<Wish>,
    /// The way that was found, filled in where one is.
    pub(super) chosen: Option<Chosen>,
    /// Rules whose word leaves the subject.
    pub(super) unworded: Vec<usize>,
}

/// How far a mail gets for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Send,
    Hold { by: By, why: String, terms: HoldFor },
    Defer { by: By, text: String },
    Reject { by: By, text: String },
}

/// Who says that a mail stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A rule, by its place.
    Rule(usize),
    /// The gate itself, because of what the scanner says: with or without rules.
    Antivirus,
}

/// The fate of every recipient, in the envelope's order.
pub(super) fn fates(desk: &Desk) -> Vec<Fate> {
    let mut fates = vec![Fate::plain(); desk.submission.envelope.recipients.len()];
    for (at, verdict) in desk.enforced() {
        let Some(rule) = desk.config.rules.get(at) else { continue };
        for (fate, _) in fates.iter_mut().zip(&verdict.each).filter(|(_, opinion)| opinion.matched) {
            fate.take_in(desk, at, rule);
        }
    }
    antivirus::stop(desk, &mut fates);
    fates
}

/// Watched rules that match. After its last day (in UTC) a watched rule is as good as off.
pub(super) fn watched(desk: &Desk) -> Vec<Watched> {
    let today = || desk.submission.received_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let all = desk.config.rules.iter().zip(&desk.verdicts.rules);
    let watching = all.filter(|(rule, verdict)| match rule.mode {
        Mode::Watch { until } => verdict.matched() && today() <= until,
        Mode::Enforce | Mode::Off => false,
    });
    watching.map(|(rule, verdict)| Watched { rule: rule.id.clone(), recipients: desk.addresses(verdict.recipients()) }).collect()
}

impl Fate {
    fn plain() -> Self {
        Self {
            stop: Stop::Send,
            route: None,
            demand: Demand::AsRoute,
            disclaimers: Vec::new(),
            headers: Vec::new(),
            privacy: None,
            veil: None,
            placed: None,
            wish: None,
            chosen: None,
            unworded: Vec::new(),
        }
    }

    /// Adds what one matching rule does.
    fn take_in(&mut self, desk: &Desk, at: usize, rule: &Rule) {
        self.take_stops(at, rule);
        self.take_route(desk, at, rule);
        self.take_privacy(at, rule);
        self.wish = Wish::join(self.wish.take(), at, rule);
        self.unworded.extend(rule.act.remove_word.then_some(at));
        self.disclaimers.extend(rule.act.disclaimer.iter().map(|name| (at, name.clone())));
        for (name, value) in &rule.act.add_header {
            match header_name::for_rules(name) {
                Ok(()) => self.headers.push((name.clone(), words::filled(desk, at, value))),
                Err(why) => self.fail(at, rule, &why),
            }
        }
        if let Some(id) = rule.act.keep.as_ref().filter(|id| desk.config.retention.iter().all(|class| class.id != **id)) {
            self.fail(at, rule, &format!("retention class \"{id}\" is not there"));
        }
    }

    fn take_stops(&mut self, at: usize, rule: &Rule) {
        let act = &rule.act;
        if let Some(text) = &act.reject {
            self.stop_at(Stop::Reject { by: By::Rule(at), text: text.clone() });
        }
        if let Some(text) = &act.defer {
            self.stop_at(Stop::Defer { by: By::Rule(at), text: text.clone() });
        }
        if let Some(terms) = &act.hold {
            self.stop_at(Stop::Hold { by: By::Rule(at), why: rule.about.clone(), terms: terms.clone() });
        }
    }

    fn take_route(&mut self, desk: &Desk, at: usize, rule: &Rule) {
        let Some(name) = &rule.act.route else { return };
        if !desk.config.routes.contains_key(name) {
            self.fail(at, rule, &format!("route \"{name}\" is not there"));
        } else if self.route.is_none() {
            self.route = Some(name.clone());
        }
    }

    /// Copies of their own are stricter than blind ones; of equal rules the first counts.
    fn take_privacy(&mut self, at: usize, rule: &Rule) {
        let Some(wanted) = &rule.act.recipients else { return };
        let is_stricter = |known: &Privacy| known.way == PrivacyWay::Bcc && wanted.way == PrivacyWay::IndividualCopies;
        if self.privacy.as_ref().is_none_or(|(_, known)| is_stricter(known)) {
            self.privacy = Some((at, wanted.clone()));
        }
    }

    /// A part of a rule does not work: `on_error` decides, and our own failure is a deferral where it says nothing.
    pub(super) fn fail(&mut self, at: usize, rule: &Rule, why: &str) {
        match rule.on_error {
            Some(OnError::Send) => {}
            Some(OnError::Hold) => self.stop_at(Stop::for_technician(By::Rule(at), why)),
            Some(OnError::Reject) => self.stop_at(Stop::Reject { by: By::Rule(at), text: why.to_owned() }),
            Some(OnError::Defer) | None => self.stop_at(Stop::Defer { by: By::Rule(at), text: why.to_owned() }),
        }
    }

    /// Takes the stricter of two stops; of equal ones the first stays.
    pub(super) fn stop_at(&mut self, stop: Stop) {
        if stop.strictness() > self.stop.strictness() {
            self.stop = stop;
        }
    }
}

impl Stop {
    /// A hold that only a technician ends.
    pub(super) fn for_technician(by: By, why: &str) -> Self {
        let terms = HoldFor { whom: Holder::Technician, after: None, then: AfterHold::Refuse };
        Self::Hold { by, why: why.to_owned(), terms }
    }

    /// Who defers, and the text.
    pub(super) fn deferred(&self) -> Option<(By, &str)> {
        match self {
            Self::Defer { by, text } => Some((*by, text)),
            _ => None,
        }
    }

    /// Whether the mail does not go to this recipient at all.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Reject { .. })
    }

    fn strictness(&self) -> u8 {
        match self {
            Self::Send => 0,
            Self::Hold { terms, .. } => match terms.whom {
                Holder::Sender => 1,
                Holder::Technician => 2,
                Holder::Approver => 3,
            },
            Self::Defer { .. } => 4,
            Self::Reject { .. } => 5,
        }
    }
}
