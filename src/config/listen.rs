//! `[[listen]]` and `[ops]`: where the gateway can be reached.

use std::net::SocketAddr;

use super::model::{Journal, Listen, LogFormat, Network, Ops, Senders, TlsFiles};
use super::reader::{Reader, Span, Table, Value};
use crate::base::ListenerKind;

pub(super) const LISTEN: &[&str] = &[
    "kind",
    "address",
    "certificate",
    "key",
    "trusted",
    "proxy_from",
    "senders",
    "reports",
    "envelope_header",
    "only_to",
    "learn_keys",
];
pub(super) const OPS: &[&str] = &["address", "log"];
const KINDS: [(&str, Option<ListenerKind>); 5] = [
    ("submission", Some(ListenerKind::Submission)),
    ("submissions", Some(ListenerKind::Submissions)),
    ("relay", Some(ListenerKind::Relay)),
    ("journal", Some(ListenerKind::Journal)),
    ("milter", None),
];

const SENDERS: [(&str, Senders); 2] = [("any", Senders::Any), ("school", Senders::School)];

/// Reads every `[[listen]]`.
pub(super) fn listen<'t>(r: &mut Reader<'t>, root: &Table<'t>, ports: &mut Vec<(SocketAddr, usize)>) -> Vec<Listen> {
    let sections = r.sections(root.get("listen"), "[[listen]]");
    if sections.is_empty() && root.get("listen").is_none() {
        r.lacking(&root.span, "there is no [[listen]], so no mail could come in")
            .help("write [[listen]] with kind = \"submission\" or \"relay\", and address");
    }
    sections.iter().filter_map(|section| one(r, section, ports)).collect()
}

fn one<'t>(r: &mut Reader<'t>, section: &Value<'t>, ports: &mut Vec<(SocketAddr, usize)>) -> Option<Listen> {
    let table = r.open(section, "[[listen]]", LISTEN, &[])?;
    let written = r.need(&table, "kind", "\"submission\", \"submissions\", \"relay\" or \"journal\"");
    let kind = written.as_ref().and_then(|v| r.word(v, &KINDS));
    if let (Some(None), Some(v)) = (kind, &written) {
        let what = format!("a listener of kind \"{}\"", r.text(v).unwrap_or_default());
        r.later(&v.span, &what);
    }
    let at = r.need(&table, "address", "\"0.0.0.0:587\"");
    let address = at.as_ref().and_then(|v| r.socket(v));
    if let (Some(address), Some(at)) = (address, &at) {
        used_once(r, address, &at.span, ports);
    }
    let tls = tls(r, &table);
    let trusted = table.get("trusted").map(|v| r.each(&v, own_network)).unwrap_or_default();
    let proxy_from = table.get("proxy_from").map(|v| r.each(&v, own_network)).unwrap_or_default();
    let senders = table.get("senders").map_or(Some(Senders::Any), |v| r.word(&v, &SENDERS));
    let journal = journal(r, &table);
    let kind = kind.flatten()?;
    fits_kind(r, &table, kind);
    Some(Listen { kind, address: address?, tls, trusted, proxy_from, senders: senders?, journal: journal? })
}

/// What a journal listener makes of what comes in.
fn journal<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<Journal> {
    let reports = table.get("reports").map_or(Some(true), |v| r.flag(&v));
    let envelope_header = table.get("envelope_header").map(|v| r.each(&v, header_name)).unwrap_or_default();
    let only_to = table.get("only_to").map(|v| r.each(&v, Reader::address)).unwrap_or_default();
    let learn_keys = table.get("learn_keys").map_or(Some(false), |v| r.flag(&v));
    Some(Journal { reports: reports?, envelope_header, only_to, learn_keys: learn_keys? })
}

/// The name of a header field (RFC 5322 section 3.6.8), in lower case.
fn header_name<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<String> {
    let name = r.line_of_text(value)?;
    if !name.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
        r.wrong(&value.span, format!("\"{name}\" is not the name of a header field")).help("write it without the colon");
        return None;
    }
    Some(name.to_ascii_lowercase())
}

/// `certificate` and `key`, which come together.
fn tls<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<TlsFiles> {
    let certificate = table.get("certificate");
    let key = table.get("key");
    let pair = (certificate.is_some(), key.is_some());
    let certificate = certificate.and_then(|v| r.file_at_start(&v, false, "it is the chain in PEM form, the server's own first"));
    let key = key.and_then(|v| r.file_at_start(&v, true, "it is the certificate's private key in PEM form"));
    match pair {
        (true, false) => {
            r.lacking(&table.key_span("certificate"), "`certificate` needs its `key`").help("write key = \"…/privkey.pem\"");
        }
        (false, true) => {
            r.lacking(&table.key_span("key"), "`key` needs its `certificate`").help("write certificate = \"…/fullchain.pem\"");
        }
        _ => {}
    }
    Some(TlsFiles { certificate: certificate?, key: key? })
}

/// A network that may relay, or whose word is taken for who a client is. The internet, or a great part of it, is refused: the
/// first is an open relay, the second becomes one.
fn own_network<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Network> {
    let network = r.network(value)?;
    let least = if network.address.is_ipv4() { 8 } else { 7 };
    if network.prefix < least {
        r.wrong(&value.span, "this trusts a great part of the internet: an open relay")
            .help("name the networks or machines of your own that may do this");
        return None;
    }
    Some(network)
}

fn fits_kind<'t>(r: &mut Reader<'t>, table: &Table<'t>, kind: ListenerKind) {
    let (is_relay, is_journal) = (kind == ListenerKind::Relay, kind == ListenerKind::Journal);
    let signs_in = !is_relay && !is_journal;
    if !signs_in && table.get("trusted").is_none() {
        let which = if is_relay { "relay" } else { "journal" };
        r.lacking(&table.span, format!("a {which} listener needs `trusted`: who may send without signing in"))
            .help("write trusted = [\"127.0.0.0/8\"]");
    }
    if signs_in && table.get("trusted").is_some() {
        r.wrong(&table.key_span("trusted"), "`trusted` is only for listeners of kind \"relay\"; on this one everybody signs in")
            .help("take it out, or write kind = \"relay\"");
    }
    if signs_in && table.get("senders").is_some() {
        r.wrong(&table.key_span("senders"), "`senders` is only for listeners of kind \"relay\"; on this one everybody signs in")
            .help("take it out: who signs in may send as itself, and as its [[sender]] says");
    }
    if is_journal && table.get("senders").is_some() {
        r.wrong(
            &table.key_span("senders"),
            "`senders` is only for listeners of kind \"relay\"; a journal keeps everybody's mail",
        )
        .help("take it out");
    }
    for key in
        ["reports", "envelope_header", "only_to", "learn_keys"].into_iter().filter(|key| !is_journal && table.get(key).is_some())
    {
        r.wrong(&table.key_span(key), format!("`{key}` is only for listeners of kind \"journal\"")).help("take it out");
    }
    if signs_in && table.get("certificate").is_none() && table.get("key").is_none() {
        r.lacking(&table.span, "people sign in at this listener, so it needs `certificate` and `key`")
            .help("write certificate = \"…/fullchain.pem\" and key = \"…/privkey.pem\"");
    }
}

/// Names a port that is taken by an earlier section. Port 0 (any free one) is never taken.
pub(super) fn used_once(r: &mut Reader<'_>, address: SocketAddr, span: &Span, ports: &mut Vec<(SocketAddr, usize)>) {
    let clash = |other: &SocketAddr| {
        other.port() == address.port() && (other.ip() == address.ip() || covers(*other, address) || covers(address, *other))
    };
    if address.port() != 0
        && let Some((_, line)) = ports.iter().find(|(other, _)| clash(other))
    {
        let line = *line;
        r.wrong(span, format!("port {} is already used by the address in line {line}", address.port()))
            .help("give each listener a port of its own");
    }
    let line = r.line(span);
    ports.push((address, line));
}

/// Whether listening at one takes the other too: `0.0.0.0` takes every IPv4 address, `[::]` every address.
fn covers(all: SocketAddr, one: SocketAddr) -> bool {
    all.ip().is_unspecified() && (all.is_ipv6() || one.is_ipv4())
}

/// Reads `[ops]`.
pub(super) fn ops<'t>(r: &mut Reader<'t>, root: &Table<'t>, ports: &mut Vec<(SocketAddr, usize)>) -> Option<Ops> {
    let Some(section) = root.get("ops") else { return Some(Ops::default()) };
    let table = r.open(&section, "[ops]", OPS, &[])?;
    let at = table.get("address");
    let address = at.as_ref().and_then(|v| r.socket(v));
    if let (Some(address), Some(at)) = (address, &at) {
        used_once(r, address, &at.span, ports);
        if !address.ip().is_loopback() {
            r.warn(&at.span, "metrics and health checks can be read here without signing in")
                .help("use 127.0.0.1, or let a firewall choose who may ask");
        }
    }
    let log = match table.get("log") {
        Some(v) => r.word(&v, &[("human", LogFormat::Human), ("json", LogFormat::Json)])?,
        None => LogFormat::default(),
    };
    Some(Ops { address, log })
}
