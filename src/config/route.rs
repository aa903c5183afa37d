//! `[[route]]` and `[limits]`: where mail goes, and how much of it.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::actions;
use super::model::{Limits, NextHop, RequireTls, Route, RouteTls, UpstreamSignIn};
use super::reader::{Reader, Table, Value, entries};
use crate::base::{Domain, limits};

pub(super) const ROUTE: &[&str] = &[
    "name",
    "kind",
    "host",
    "port",
    "tls",
    "user",
    "password_file",
    "ca_file",
    "connections",
    "add_header",
    "pins",
    "requiretls",
];
pub(super) const LIMITS: &[&str] = &["message_size", "recipients", "messages_per_hour", "recipients_per_hour"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Host,
    Mx,
}

/// Reads every `[[route]]`.
pub(super) fn routes<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> BTreeMap<String, Route> {
    let mut routes = BTreeMap::new();
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for section in r.sections(root.get("route"), "[[route]]") {
        let Some(table) = r.open(&section, "[[route]]", ROUTE, &[]) else { continue };
        let named = r.need(&table, "name", "\"default\"").and_then(|v| Some((r.name(&v)?, v.span)));
        if let Some((name, span)) = &named {
            let line = r.line(span);
            if let Some(first) = lines.insert(name.clone(), line) {
                r.wrong(span, format!("two routes are named `{name}`; the first is in line {first}"))
                    .help("give one another name");
            }
        }
        let route = one(r, &table, named.map(|(name, _)| name));
        routes.extend(route.map(|route| (route.name.clone(), route)));
    }
    if !lines.contains_key("default") {
        r.lacking(&root.key_span("route"), "there is no route named `default`, so mail would not know where to go")
            .help("write [[route]] with name = \"default\" and host = \"smtp.provider.example\"");
    }
    routes
}

fn one<'t>(r: &mut Reader<'t>, table: &Table<'t>, name: Option<String>) -> Option<Route> {
    let kind = match table.get("kind") {
        Some(v) => r.word(&v, &[("host", Kind::Host), ("mx", Kind::Mx)]),
        None => Some(Kind::Host),
    };
    let tls = tls(r, table, kind);
    let sign_in = sign_in(r, table, tls);
    let port = match table.get("port") {
        Some(v) => r.integer(&v, 1..=65535).and_then(|port| u16::try_from(port).ok()),
        None => Some(usual_port(tls, table.get("user").is_some())),
    };
    let next_hop = next_hop(r, table, kind, port);
    let ca_file = table.get("ca_file").and_then(|v| r.file_at_start(&v, false, "it holds certificates in PEM form"));
    let connections = match table.get("connections") {
        Some(v) => r.integer(&v, 1..=200).and_then(|n| usize::try_from(n).ok())?,
        None => limits::CONNECTIONS_PER_ROUTE,
    };
    let pins = table.get("pins").map(|v| pins(r, &v, kind)).unwrap_or_default();
    let requiretls = table.get("requiretls").map_or(Some(RequireTls::default()), |v| r.word(&v, &REQUIRE_TLS));
    let add_header = table.get("add_header").map(|v| r.each(&v, actions::header_line)).unwrap_or_default();
    let (name, next_hop, tls, requiretls) = (name?, next_hop?, tls?, requiretls?);
    Some(Route { name, next_hop, tls, sign_in, ca_file, connections, add_header, pins, requiretls })
}

const REQUIRE_TLS: [(&str, RequireTls); 3] =
    [("off", RequireTls::Off), ("where-offered", RequireTls::WhereOffered), ("demanded", RequireTls::Demanded)];

/// The names that the hosts of a domain may prove to have.
fn pins<'t>(r: &mut Reader<'t>, value: &Value<'t>, kind: Option<Kind>) -> BTreeMap<Domain, Vec<Domain>> {
    if kind == Some(Kind::Host) {
        r.wrong(&value.span, "`pins` has no use on a route with a `host`, whose certificate is verified for that host")
            .help("take pins out, or write kind = \"mx\" in place of the host");
        return BTreeMap::new();
    }
    let mut pins = BTreeMap::new();
    for (domain, names) in entries(r, value, "pins = { \"council.example.gov.uk\" = [\"mx.council.example.gov.uk\"] }") {
        let hosts = r.each(&names, Reader::domain);
        match Domain::parse(&domain) {
            Ok(domain) => drop(pins.insert(domain, hosts)),
            Err(_) => drop(r.wrong(&names.span, format!("`pins` has \"{domain}\", which is not a domain"))),
        }
    }
    pins
}

/// Names of the routes that do not demand a verified connection, as they are written.
pub(super) fn clear(root: &Table<'_>) -> Vec<String> {
    let Some(DeValue::Array(sections)) = root.get("route").map(|v| v.it) else { return Vec::new() };
    let word = |section: &DeValue<'_>, key: &str| section.get(key)?.get_ref().as_str().map(str::to_owned);
    let written = sections.iter().filter_map(|s| Some((word(s.get_ref(), "name")?, word(s.get_ref(), "tls")?)));
    written.filter(|(_, tls)| tls == "none" || tls == "opportunistic").map(|(name, _)| name).collect()
}

fn tls<'t>(r: &mut Reader<'t>, table: &Table<'t>, kind: Option<Kind>) -> Option<RouteTls> {
    const WORDS: [(&str, RouteTls); 4] = [
        ("none", RouteTls::None),
        ("opportunistic", RouteTls::Opportunistic),
        ("verified", RouteTls::Verified),
        ("implicit", RouteTls::Implicit),
    ];
    let Some(v) = table.get("tls") else {
        return Some(if kind == Some(Kind::Mx) { RouteTls::Opportunistic } else { RouteTls::Verified });
    };
    let tls = r.word(&v, &WORDS)?;
    if tls == RouteTls::Implicit && kind == Some(Kind::Mx) {
        r.wrong(&v.span, "MX hosts do not speak TLS from the first byte").help("write tls = \"verified\" or \"opportunistic\"");
        return None;
    }
    if tls == RouteTls::Verified && kind == Some(Kind::Mx) {
        r.warn(&v.span, "no mail leaves by this route for a domain whose hosts nobody vouches for, and most domains are such")
            .help("write tls = \"opportunistic\": mail that demands a verified connection has it there all the same");
    }
    Some(tls)
}

/// RFC 8314 for sign-in (465, 587), RFC 5321 for the rest.
fn usual_port(tls: Option<RouteTls>, signs_in: bool) -> u16 {
    match tls {
        Some(RouteTls::Implicit) => 465,
        _ if signs_in => 587,
        _ => 25,
    }
}

fn next_hop<'t>(r: &mut Reader<'t>, table: &Table<'t>, kind: Option<Kind>, port: Option<u16>) -> Option<NextHop> {
    if kind == Some(Kind::Mx) {
        for key in ["host", "user"] {
            if let Some(v) = table.get(key) {
                r.wrong(
                    &v.span,
                    format!("`{key}` has no use on a route of kind \"mx\", which asks DNS for each recipient's hosts"),
                )
                .help(format!("take {key} out, or take kind = \"mx\" out"));
            }
        }
        return Some(NextHop::Mx { port: port? });
    }
    let host = r.need(table, "host", "\"smtp.provider.example\"").and_then(|v| host(r, &v));
    Some(NextHop::Host { host: host?, port: port? })
}

/// A host name or an IP address, without a port.
fn host<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<String> {
    let text = r.text(value)?;
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Some(bare.to_owned());
    }
    if let Ok(name) = Domain::parse(&text) {
        return Some(name.to_string());
    }
    let mistake = r.wrong(&value.span, format!("\"{text}\" is not a host name or an IP address"));
    if let Some((host, port)) = text.rsplit_once(':')
        && port.parse::<u16>().is_ok()
    {
        mistake.help(format!("the port stands apart: host = \"{host}\" and port = {port}"));
    }
    None
}

/// `user` and `password_file`, which come together.
fn sign_in<'t>(r: &mut Reader<'t>, table: &Table<'t>, tls: Option<RouteTls>) -> Option<UpstreamSignIn> {
    let user = table.get("user");
    let file = table.get("password_file");
    match (&user, &file) {
        (Some(v), None) => {
            r.lacking(&v.span, "`user` needs a `password_file`")
                .help("write password_file = \"upstream.password\", a file that holds the password alone");
        }
        (None, Some(v)) => {
            r.lacking(&v.span, "`password_file` needs a `user`").help("write user = \"gateway@oakfield.example\"");
        }
        (Some(v), Some(_)) if matches!(tls, Some(RouteTls::None | RouteTls::Opportunistic)) => {
            r.warn(&v.span, "with this `tls` the password may travel in clear").help("write tls = \"verified\" or \"implicit\"");
        }
        _ => {}
    }
    let user = user.and_then(|v| r.line_of_text(&v));
    let password_file = file.and_then(|v| r.file_at_start(&v, true, "write the password into it, alone"));
    Some(UpstreamSignIn { user: user?, password_file: password_file? })
}

/// Reads `[limits]`; what is not written is 50MB and 500, and what the hour allows is for `access` to say.
pub(super) fn read_limits<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> Option<Limits> {
    let usual = Limits { message_size: 50 << 20, recipients: 500, messages_per_hour: None, recipients_per_hour: None };
    let Some(section) = root.get("limits") else { return Some(usual) };
    let table = r.open(&section, "[limits]", LIMITS, &[])?;
    let message_size = table.get("message_size").map_or(Some(usual.message_size), |v| message_size(r, &v));
    let recipients = table.get("recipients").map_or(Some(500), |v| r.count(&v, 1..=100_000));
    let hourly = |r: &mut Reader<'t>, key| table.get(key).and_then(|v| r.count(&v, 1..=u32::MAX));
    let (messages_per_hour, recipients_per_hour) = (hourly(r, "messages_per_hour"), hourly(r, "recipients_per_hour"));
    Some(Limits {
        message_size: message_size?,
        recipients: usize::try_from(recipients?).ok()?,
        messages_per_hour,
        recipients_per_hour,
    })
}

/// No mail may be larger than what all sessions together may hold in memory.
fn message_size<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<u64> {
    let most = u64::try_from(limits::MAIL_BYTES_IN_FLIGHT).unwrap_or(u64::MAX);
    let size = r.size(value)?;
    if !(1024..=most).contains(&size) {
        r.wrong(&value.span, format!("`message_size` must be from 1KB to {}MB", most >> 20));
        return None;
    }
    Some(size)
}
