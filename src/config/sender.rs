//! `[[sender]]`: aliases, delegates and limits of single senders.

use std::collections::BTreeMap;

use super::fields::list_of_people;
use super::model::{SendAs, Sender, SenderLimits};
use super::reader::{Reader, Table, Value};
use crate::base::{Address, Domain};

pub(super) const SENDER: &[&str] = &["address", "aliases", "may_send_as", "limits"];
pub(super) const SENDER_LIMITS: &[&str] = &["messages_per_hour", "recipients_per_hour", "recipients"];

/// Reads every `[[sender]]`, after the lists.
pub(super) fn senders<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> BTreeMap<String, Sender> {
    let mut senders = BTreeMap::new();
    for section in r.sections(root.get("sender"), "[[sender]]") {
        let Some(sender) = one(r, &section) else { continue };
        if senders.contains_key(&sender.address.key()) {
            r.wrong(&section.span, format!("there is a [[sender]] for {} already", sender.address))
                .help("keep one of the two, with all its aliases and limits");
        }
        senders.insert(sender.address.key(), sender);
    }
    senders
}

fn one<'t>(r: &mut Reader<'t>, section: &Value<'t>) -> Option<Sender> {
    let elsewhere = (SENDER_LIMITS, "this is a limit: write it behind `limits.`");
    let table = r.open(section, "[[sender]]", SENDER, &[elsewhere])?;
    let address = r.need(&table, "address", "\"office@oakfield.example\"").and_then(|v| r.address(&v));
    let aliases = table.get("aliases").map(|v| r.each(&v, Reader::address)).unwrap_or_default();
    let others = table.get("may_send_as").map(|v| r.each(&v, send_as)).unwrap_or_default();
    let limits = table.get("limits").map_or(Some(SenderLimits::default()), |v| limits(r, &v));
    if SENDER[1..].iter().all(|key| table.get(key).is_none()) {
        r.warn(&table.span, "this [[sender]] changes nothing").help("give it aliases, may_send_as or limits");
    }
    Some(Sender { address: address?, aliases, may_send_as: others.into_iter().flatten().collect(), limits: limits? })
}

/// An address, a domain, or `"@list"` for all that are on it.
fn send_as<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Vec<SendAs>> {
    let text = r.text(value)?;
    if let Some(name) = text.strip_prefix('@') {
        let name = list_of_people(r, value, name)?;
        let list = r.lists.get(&name).cloned()?;
        let addresses = list.addresses.into_iter().map(SendAs::Address);
        return Some(addresses.chain(list.domains.into_iter().map(SendAs::Domain)).collect());
    }
    if text.contains('@') {
        return Address::parse(&text).map(|address| vec![SendAs::Address(address)]).ok().or_else(|| {
            r.address(value); // says what is wrong with it
            None
        });
    }
    match Domain::parse(&text) {
        Ok(domain) if text.contains('.') => Some(vec![SendAs::Domain(domain)]),
        _ => {
            r.wrong(&value.span, format!("`may_send_as` cannot be \"{text}\"")).help("it is an address, a domain or \"@list\"");
            None
        }
    }
}

fn limits<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<SenderLimits> {
    let elsewhere: &[&str] = &["message_size"];
    let table = r.open(value, "`limits`", SENDER_LIMITS, &[(elsewhere, "the size is the same for all: write it in [limits]")])?;
    let mut count = |key, most| table.get(key).and_then(|v| r.count(&v, 1..=most));
    Some(SenderLimits {
        messages_per_hour: count("messages_per_hour", u32::MAX),
        recipients_per_hour: count("recipients_per_hour", u32::MAX),
        recipients: count("recipients", 100_000).and_then(|n| usize::try_from(n).ok()),
    })
}
