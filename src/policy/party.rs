//! Who stands where: the school's people, partners, and everyone else; and whom a rule means.
//!
//! A domain is inside where `[school] domains` lists that very name: sub-domains only where they are listed too. A partner is
//! outside all the same. Webmail is a shipped list of domains; abroad is what a country-code top-level domain says, so that a firm in
//! another country with a `.com` is not seen: the school's own list of that name adds it.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use crate::base::{Address, Domain};
use crate::config::{List, Party, School};

/// On which side of the school's gate an address stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Inside,
    Outside,
    /// Outside, but agreed in writing.
    Partner,
}

impl Side {
    /// As explanations and JSON name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
            Self::Partner => "partner",
        }
    }
}

/// The domains that make the sides.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    inside: HashSet<Domain>,
    partners: HashSet<Domain>,
}

impl Sides {
    pub(super) fn new(school: &School) -> Self {
        Self { inside: school.domains.iter().cloned().collect(), partners: school.partners.iter().cloned().collect() }
    }

    /// The side of an address; inside wins where a domain is listed twice.
    pub(super) fn of(&self, address: &Address) -> Side {
        match address.domain() {
            domain if self.inside.contains(domain) => Side::Inside,
            domain if self.partners.contains(domain) => Side::Partner,
            _ => Side::Outside,
        }
    }
}

/// Somebody a mail is from or for, ready to be compared.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The address in lower case; nothing for a mailbox whose address cannot be read.
    pub(super) key: Option<String>,
    pub(super) domain: Option<Domain>,
    pub(super) side: Side,
}

impl Person {
    pub(super) fn new(address: &Address, sides: &Sides) -> Self {
        Self { key: Some(address.key()), domain: Some(address.domain().clone()), side: sides.of(address) }
    }

    /// A mailbox whose address cannot be read: nobody known, so outside.
    pub(super) fn unreadable() -> Self {
        Self { key: None, domain: None, side: Side::Outside }
    }

    /// For evidence. What stood in place of an address is the mail's content and is not repeated.
    pub(super) fn name(&self) -> &str {
        self.key.as_deref().unwrap_or("a mailbox without a readable address")
    }
}

/// One value of `to`, `from` or `from_or_to`, compiled.
#[derive(Clone, Debug)]
pub(super) struct Whom {
    /// As the configuration has it.
    pub(super) written: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Side(Party),
    Address(String),
    Domain(Domain),
    /// `.example.org`
    SubDomains(String),
    List(Arc<Members>),
    /// The shipped domains, and those of a list of that name.
    Webmail(Arc<Members>),
    /// By country code, and the domains of a list of that name.
    Abroad(Arc<Members>),
}

/// A list's people, ready for the look-up.
#[derive(Debug, Default)]
struct Members {
    addresses: HashSet<String>,
    domains: HashSet<Domain>,
}

impl Whom {
    pub(super) fn new(party: &Party, lists: &BTreeMap<String, List>) -> Self {
        let (written, test) = match party {
            Party::Inside => ("inside".to_owned(), Test::Side(Party::Inside)),
            Party::Outside => ("outside".to_owned(), Test::Side(Party::Outside)),
            Party::Partners => ("partners".to_owned(), Test::Side(Party::Partners)),
            Party::Webmail => ("webmail".to_owned(), Test::Webmail(Arc::new(members(lists.get("webmail"))))),
            Party::Abroad => ("abroad".to_owned(), Test::Abroad(Arc::new(members(lists.get("abroad"))))),
            Party::Address(address) => (address.to_string(), Test::Address(address.key())),
            Party::Domain(domain) => (domain.to_string(), Test::Domain(domain.clone())),
            Party::SubDomains(domain) => (format!("*.{domain}"), Test::SubDomains(format!(".{domain}"))),
            Party::List(name) => (format!("@{name}"), Test::List(Arc::new(members(lists.get(name))))),
        };
        Self { written, test }
    }

    /// Whether this value means that person.
    pub(super) fn is(&self, person: &Person) -> bool {
        let domain = person.domain.as_ref();
        match &self.test {
            Test::Side(Party::Inside) => person.side == Side::Inside,
            Test::Side(Party::Partners) => person.side == Side::Partner,
            Test::Side(_) => person.side != Side::Inside,
            Test::Address(key) => person.key.as_deref() == Some(key),
            Test::Domain(named) => domain == Some(named),
            Test::SubDomains(ending) => domain.is_some_and(|domain| domain.as_str().ends_with(ending.as_str())),
            Test::List(members) => members.hold(person),
            Test::Webmail(members) => domain.is_some_and(is_webmail) || members.hold(person),
            Test::Abroad(members) => {
                person.side != Side::Inside && (domain.is_some_and(has_foreign_code) || members.hold(person))
            }
        }
    }

    /// Whether the value names people who are trusted more than others, so that one forged name must not be enough.
    pub(super) fn is_privilege(&self) -> bool {
        matches!(self.test, Test::Side(Party::Inside | Party::Partners))
    }
}

impl Members {
    fn hold(&self, person: &Person) -> bool {
        person.key.as_ref().is_some_and(|key| self.addresses.contains(key))
            || person.domain.as_ref().is_some_and(|domain| self.domains.contains(domain))
    }
}

/// Whether a domain is on the shipped list of free mail providers.
pub(super) fn is_webmail(domain: &Domain) -> bool {
    static SHIPPED: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let shipped = SHIPPED.get_or_init(|| {
        include_str!("webmail.txt").lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
    });
    shipped.contains(domain.as_str())
}

/// Country codes of the United Kingdom and the Crown dependencies (ISO 3166, as delegated).
const HOME: [&str; 5] = ["uk", "gb", "gg", "je", "im"];

/// Whether a domain's top-level label is the code of another country: two letters, or one in its own script (an A-label, which few
/// others have; the strict reading).
fn has_foreign_code(domain: &Domain) -> bool {
    let top = domain.as_str().rsplit('.').next().unwrap_or_default();
    let is_code = (top.len() == 2 && top.bytes().all(|b| b.is_ascii_alphabetic())) || top.starts_with("xn--");
    is_code && !HOME.contains(&top) && domain.as_str().contains('.')
}

/// A list that is not there has no members; `check` has named the mistake.
fn members(list: Option<&List>) -> Members {
    Members {
        addresses: list.iter().flat_map(|list| &list.addresses).map(Address::key).collect(),
        domains: list.iter().flat_map(|list| &list.domains).cloned().collect(),
    }
}
