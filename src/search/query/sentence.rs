//! A query as an English sentence, so that whoever asked sees what was understood.
//!
//! In: a query. Out: "mails from anyone at example.com, received on or after 1 September 2026, that contain “excursion” and have an
//! attachment". Groups of another kind stand in brackets. Nothing can fail.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use super::tree::{Direction, Fact, Mark, Node, Phrase, Place, Role, Sizes, Text, Times, Verdict, Who};
use super::{Order, Query};

impl Query {
    /// What was understood.
    #[must_use]
    pub fn sentence(&self) -> String {
        let said = match &self.root {
            Node::All(nodes) if nodes.is_empty() => "all mails".to_owned(),
            Node::All(nodes) => format!("mails {}", joined(nodes, &self.zone)),
            node => format!("mails {}", joined(std::slice::from_ref(node), &self.zone)),
        };
        match self.order {
            Order::Newest => said,
            Order::Relevance => format!("{said}; the best matches first"),
        }
    }
}

/// A condition as it stands behind "mails".
enum Clause {
    /// "from anyone at example.com"
    Plain(String),
    /// "contain “excursion”", behind "that".
    Verb(String),
}

impl Clause {
    fn whole(self) -> String {
        match self {
            Self::Plain(text) => text,
            Self::Verb(text) => format!("that {text}"),
        }
    }
}

/// All of these: what needs no verb first, then "that" and the verbs.
fn joined(nodes: &[Node], zone: &TimeZone) -> String {
    let (mut plain, mut verbs) = (Vec::new(), Vec::new());
    for node in nodes {
        match clause(node, zone) {
            Clause::Plain(text) => plain.push(text),
            Clause::Verb(text) => verbs.push(text),
        }
    }
    let verbs = (!verbs.is_empty()).then(|| format!("that {}", listed(&verbs, "and")));
    plain.into_iter().chain(verbs).collect::<Vec<_>>().join(", ")
}

/// "a, b and c"
fn listed(all: &[String], and: &str) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {and} {last}", most.join(", ")),
    }
}

fn clause(node: &Node, zone: &TimeZone) -> Clause {
    match node {
        Node::All(nodes) if nodes.is_empty() => Clause::Plain("of any kind".to_owned()),
        Node::All(nodes) => Clause::Plain(format!("({})", joined(nodes, zone))),
        Node::Any(nodes) => {
            let all: Vec<String> = nodes.iter().map(|node| clause(node, zone).whole()).collect();
            Clause::Plain(format!("either {}", bracketed(&listed(&all, "or"), nodes.len())))
        }
        Node::Not(node) => not(node, zone),
        Node::Text { place, text } => says(*place, text, false),
        Node::Fact(fact) => known(fact, zone, false),
    }
}

/// "either a or b" needs no brackets; three and more are easier to read within.
fn bracketed(text: &str, count: usize) -> String {
    if count > 2 { format!("({text})") } else { text.to_owned() }
}

fn not(node: &Node, zone: &TimeZone) -> Clause {
    match node {
        Node::Text { place, text } => says(*place, text, true),
        Node::Fact(fact) => known(fact, zone, true),
        node => Clause::Plain(format!("but not those ({})", clause(node, zone).whole())),
    }
}

fn says(place: Place, text: &Text, negative: bool) -> Clause {
    let what = match text {
        Text::Phrase(phrase) => shown(phrase),
        Text::Near { phrases, within } => {
            let all: Vec<String> = phrases.iter().map(shown).collect();
            format!("{} within {within} words of each other", listed(&all, "and"))
        }
        Text::Stem(word) => format!("any form of “{word}”"),
    };
    let place = match place {
        Place::Anywhere => "",
        Place::Subject => " in the subject",
        Place::Body => " in the body",
        Place::Attachment => " in the name of an attachment",
        Place::Content => " in the text of an attachment",
        Place::People(Role::With) => " in the name or address of a sender or recipient",
        Place::People(Role::From) => " in the sender’s name or address",
        Place::People(Role::To) => " in a recipient’s name or address",
        Place::People(Role::Cc) => " in the name or address of somebody in copy",
        Place::People(Role::Bcc) => " in the name or address of somebody in blind copy",
        Place::People(Role::Rcpt) => " in an address that it was delivered to",
    };
    Clause::Verb(format!("{} {what}{place}", if negative { "do not contain" } else { "contain" }))
}

fn shown(phrase: &Phrase) -> String {
    let text = phrase.words.join(" ");
    match (phrase.open, phrase.words.len()) {
        (true, 1) => format!("a word that begins with “{text}”"),
        (true, _) => format!("the phrase “{text}…”"),
        (false, 1) => format!("the word “{text}”"),
        (false, _) => format!("the phrase “{text}”"),
    }
}

fn known(fact: &Fact, zone: &TimeZone, negative: bool) -> Clause {
    let verb = |yes: &str, no: &str| Clause::Verb(if negative { no } else { yes }.to_owned());
    let plain = |text: String| Clause::Plain(if negative { format!("not {text}") } else { text });
    match fact {
        Fact::Party { role, who } => plain(party(*role, who)),
        Fact::HasAttachment => verb("have an attachment", "have no attachment"),
        Fact::FileType(kind) => {
            let have = if negative { "have no" } else { "have an" };
            Clause::Verb(format!("{have} attachment of the type {kind}"))
        }
        Fact::Size(sizes) => plain(size(*sizes)),
        Fact::Received(times) => plain(format!("received {}", when(*times, zone))),
        Fact::Sent(times) => plain(format!("dated {}", when(*times, zone))),
        Fact::Expires(times) => plain(format!("due to be purged {}", when(*times, zone))),
        Fact::Direction(Direction::In) => plain("received from outside".to_owned()),
        Fact::Direction(Direction::Out) => plain("sent to outside".to_owned()),
        Fact::Direction(Direction::Internal) => plain("sent within the school".to_owned()),
        Fact::Rule(id) => plain(format!("matched by the rule “{id}”")),
        Fact::Verdict(Verdict::Accepted) => verb("were accepted", "were not accepted"),
        Fact::Verdict(Verdict::Held) => verb("were held", "were not held"),
        Fact::Verdict(Verdict::Refused) => verb("were refused", "were not refused"),
        Fact::Class(class) => plain(format!("of the retention class “{class}”")),
        Fact::Thread(id) => plain(format!("in the conversation of <{id}>")),
        Fact::Ref(reference) => plain(format!("with the reference {reference}")),
        Fact::Is(Mark::Held) => verb("are held now", "are not held now"),
        Fact::Is(Mark::Unsearchable) => verb("cannot be searched by their words", "can be searched by their words"),
        Fact::Is(Mark::Encrypted) => verb("are encrypted", "are not encrypted"),
    }
}

fn party(role: Role, who: &Who) -> String {
    let who = match who {
        Who::Address(address) => address.clone(),
        Who::Domain(domain) | Who::Host(domain) => format!("anyone at {domain}"),
    };
    match role {
        Role::With => format!("from or to {who}"),
        Role::From => format!("from {who}"),
        Role::To => format!("to {who}"),
        Role::Cc => format!("with {who} in copy"),
        Role::Bcc => format!("with {who} in blind copy"),
        Role::Rcpt => format!("delivered to {who}"),
    }
}

fn size(sizes: Sizes) -> String {
    match (sizes.least, sizes.most) {
        (Some(least), Some(most)) => format!("of {} to {}", octets(least), octets(most)),
        (Some(least), None) => over(least),
        (None, Some(most)) => under(most),
        (None, None) => "of any size".to_owned(),
    }
}

/// The size that is said is the rounder of the two: `larger:1MB` begins one octet beyond it.
fn over(least: u64) -> String {
    let before = least.saturating_sub(1);
    if is_round(before) { format!("larger than {}", octets(before)) } else { format!("of {} or more", octets(least)) }
}

fn under(most: u64) -> String {
    let after = most.saturating_add(1);
    if is_round(after) && !is_round(most) {
        format!("smaller than {}", octets(after))
    } else {
        format!("of {} or less", octets(most))
    }
}

fn is_round(size: u64) -> bool {
    size > 0 && size.is_multiple_of(1 << 10)
}

fn octets(size: u64) -> String {
    let units = [(30, "GB"), (20, "MB"), (10, "KB")];
    let fitting = units.into_iter().find(|(power, _)| size > 0 && size.is_multiple_of(1 << power));
    fitting.map_or_else(|| format!("{size} bytes"), |(power, unit)| format!("{} {unit}", size >> power))
}

fn when(times: Times, zone: &TimeZone) -> String {
    let [from, until] = [times.from, times.until].map(|at| at.map(|at| at.to_zoned(zone.clone())));
    match (from, until) {
        (Some(from), Some(until)) if is_midnight(&from) && is_midnight(&until) => days(&from, &until),
        (Some(from), Some(until)) => format!("from {} to before {}", instant(&from), instant(&until)),
        (Some(from), None) if is_midnight(&from) => format!("on or after {}", day(&from)),
        (Some(from), None) => format!("at or after {}", instant(&from)),
        (None, Some(until)) => format!("before {}", if is_midnight(&until) { day(&until) } else { instant(&until) }),
        (None, None) => "at any time".to_owned(),
    }
}

fn days(from: &Zoned, until: &Zoned) -> String {
    let last = until.checked_sub(1.day()).unwrap_or_else(|_| until.clone());
    if last.date() == from.date() { format!("on {}", day(from)) } else { format!("from {} to {}", day(from), day(&last)) }
}

fn is_midnight(at: &Zoned) -> bool {
    at.start_of_day().is_ok_and(|start| start == *at)
}

fn day(at: &Zoned) -> String {
    at.strftime("%-d %B %Y").to_string()
}

fn instant(at: &Zoned) -> String {
    let with_seconds = at.timestamp() != Timestamp::from_second(at.timestamp().as_second() / 60 * 60).unwrap_or_default();
    at.strftime(if with_seconds { "%-d %B %Y, %H:%M:%S %Z" } else { "%-d %B %Y, %H:%M %Z" }).to_string()
}
