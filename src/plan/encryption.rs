//! How each recipient's copy is encrypted (`do.encrypt`): the first of the ways asked for that is open to this person.
//!
//! In: the fates of a mail, with what rules ask of each; the keys that exist, as they were handed in. Out: a method for each recipient
//! outside for whom one is asked, or the stop that the lack of one means. Copies for people inside stay as they are.
//!
//! Where two rules ask, the ways that both allow count, in the order of the first: what one of them would not let out does not go.
//! Invariant: nobody outside for whom encryption is asked has a copy that leaves in clear. Where no way is open `on_error` decides,
//! `"send"` being no answer here; and what is held then leaves by a verified connection only, should somebody let it go.

use super::fate::{By, Fate, Stop};
use super::{Desk, Encryption};
use crate::base::Address;
use crate::config::{MailKind, Method, OnError, RouteTls, Rule};
use crate::policy::Side;
use crate::queue::Demand;

/// What rules ask for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// The first rule that asks; its `on_error` counts.
    rule: usize,
    methods: Vec<Method>,
    /// The rule after which no way was left.
    clash: Option<usize>,
}

/// The way that was found for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) rule: usize,
    pub(super) method: Method,
    /// Why the ways before it are not open.
    pub(super) passed_over: Vec<String>,
    /// A number of its own where nobody else may be in the same copy: keys name people.
    apart: Option<usize>,
}

impl Wish {
    /// Takes in what one more rule asks.
    pub(super) fn join(known: Option<Self>, at: usize, rule: &Rule) -> Option<Self> {
        let asked = &rule.act.encrypt;
        let Some(mut wish) = known else {
            return (!asked.is_empty()).then(|| Self { rule: at, methods: asked.clone(), clash: None });
        };
        if !asked.is_empty() && !wish.methods.is_empty() {
            wish.methods.retain(|method| asked.contains(method));
            wish.clash = wish.methods.is_empty().then_some(at);
        }
        Some(wish)
    }
}

impl Chosen {
    /// Whether two recipients may share a copy as far as its encryption goes.
    pub(super) fn is_shared(a: Option<&Self>, b: Option<&Self>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => a.method == b.method && a.apart == b.apart && a.passed_over == b.passed_over,
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    /// As the plan tells it.
    pub(super) fn told(&self, desk: &Desk) -> Encryption {
        let (method, passed_over) = (self.method.clone(), self.passed_over.clone());
        Encryption { method, rule: desk.rule_id(self.rule), passed_over, keys: Vec::new() }
    }
}

/// Finds a way for everybody who needs one, and stops those for whom there is none.
pub(super) fn choose(desk: &Desk, fates: &mut [Fate]) {
    let listed = listed(desk);
    let recipients = desk.submission.envelope.recipients.iter().zip(&desk.verdicts.sides);
    for (place, ((to, side), fate)) in recipients.zip(fates).enumerate() {
        if *side == Side::Inside {
            fate.wish = None;
            fate.unworded.clear();
        }
        let Some(wish) = fate.wish.clone().filter(|_| !fate.stop.is_refusal()) else { continue };
        let is_blind = fate.veil.is_some() || !listed.iter().any(|listed| listed.same_as(&to.address));
        match find(desk, &wish, &to.address, fate) {
            Ok((method, passed_over)) => {
                let names_people = matches!(method, Method::Smime | Method::Openpgp);
                // Keys name people, and a link is for one person.
                let apart = (method == Method::Pickup || is_blind && names_people).then_some(place);
                fate.take_method(Chosen { rule: wish.rule, method, passed_over, apart });
            }
            Err(why) => fate.keep_in(desk, &wish, &why),
        }
    }
}

/// The first way that is open, with why those before it are not; or why none is.
fn find(desk: &Desk, wish: &Wish, to: &Address, fate: &Fate) -> Result<(Method, Vec<String>), String> {
    let mut passed_over = Vec::new();
    for method in &wish.methods {
        match obstacle(desk, method, to, fate) {
            None => return Ok((method.clone(), passed_over)),
            Some(why) => passed_over.push(format!("{method}: {why}")),
        }
    }
    Err(match wish.clash {
        Some(other) => {
            format!("the rules {} and {} have no way of encryption in common", desk.rule_id(wish.rule), desk.rule_id(other))
        }
        None => passed_over.join("; "),
    })
}

/// Why a way is not open to somebody; nothing where it is.
fn obstacle(desk: &Desk, method: &Method, to: &Address, fate: &Fate) -> Option<String> {
    let keys = &desk.verdicts.keys;
    let fault = || keys.faults.get(&(to.key(), method.to_string())).cloned();
    match method {
        Method::TlsVerified => {
            let name = fate.route.as_deref().unwrap_or(super::DEFAULT_ROUTE);
            let route = desk.config.routes.get(name);
            let is_clear = route.is_none_or(|route| route.tls == RouteTls::None);
            is_clear.then(|| format!("the route \"{name}\" is set to no TLS")).or_else(fault)
        }
        Method::Route(name) => (!desk.config.routes.contains_key(name)).then(|| "there is no such route".to_owned()),
        Method::Smime if keys.smime.contains(&to.key()) => None,
        Method::Smime => Some(fault().unwrap_or_else(|| "there is no valid certificate of this person".to_owned())),
        Method::Openpgp if keys.openpgp.contains(&to.key()) => None,
        Method::Openpgp => Some(fault().unwrap_or_else(|| "there is no valid key of this person".to_owned())),
        Method::PasswordArchive => fault().or_else(|| untold(desk)),
        Method::Pickup => fault().or_else(|| without_pages(desk)),
    }
}

/// Why nobody could be told the password: it goes to the sender alone, who must be a person at the school.
fn untold(desk: &Desk) -> Option<String> {
    let by_program = |kind: &MailKind| matches!(kind, MailKind::AutoReply | MailKind::Bounce | MailKind::MailingList);
    if !is_from_inside(desk) {
        return Some("its sender has no mailbox at the school to be told the password".to_owned());
    }
    desk.verdicts.kinds.iter().any(by_program).then(|| "a program sent it, and nobody would tell the password".to_owned())
}

/// Why it cannot wait on a page: whoever sent it gets the answers and may take it back, so it must be somebody at the school.
fn without_pages(desk: &Desk) -> Option<String> {
    if desk.config.pickup.is_none() {
        return Some("there are no [pickup] pages".to_owned());
    }
    (!is_from_inside(desk)).then(|| "its sender has no mailbox at the school for receipts and replies".to_owned())
}

fn is_from_inside(desk: &Desk) -> bool {
    let sender = desk.submission.envelope.reverse_path.address();
    sender.is_some_and(|sender| desk.config.school.domains.contains(sender.domain()))
}

/// Everybody whom all readers of the mail see.
fn listed(desk: &Desk) -> Vec<Address> {
    let fields = ["to", "cc"].into_iter().flat_map(|field| desk.message.mailboxes(field));
    fields.filter_map(|mailbox| mailbox.address).collect()
}

impl Fate {
    fn take_method(&mut self, chosen: Chosen) {
        match &chosen.method {
            Method::TlsVerified => self.demand = Demand::VerifiedTls,
            // What encrypts is stronger than a rule that only names a way.
            Method::Route(name) => self.route = Some(name.clone()),
            Method::Smime | Method::Openpgp | Method::PasswordArchive | Method::Pickup => {}
        }
        self.chosen = Some(chosen);
    }

    /// No way is open: it does not leave.
    fn keep_in(&mut self, desk: &Desk, wish: &Wish, why: &str) {
        let why = format!("it may leave the school only encrypted, and no way is open ({why})");
        let by = By::Rule(wish.rule);
        self.demand = Demand::VerifiedTls;
        self.stop_at(match desk.config.rules.get(wish.rule).and_then(|rule| rule.on_error) {
            Some(OnError::Reject) => Stop::Reject { by, text: why },
            Some(OnError::Defer) => Stop::Defer { by, text: why },
            Some(OnError::Hold | OnError::Send) | None => Stop::for_technician(by, &why),
        });
    }
}

#[cfg(test)]
#[path = "encryption_tests.rs"]
mod tests;
