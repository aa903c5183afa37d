//! `[console]`: the pages for staff, and where people reach them.

use std::net::{IpAddr, SocketAddr};

use super::listen::used_once;
use super::model::{Console, PublicUrl};
use super::reader::{Reader, Table, Value};
use crate::base::Domain;

pub(super) const CONSOLE: &[&str] = &["address", "public_url", "saml"];
pub(super) const SAML: &[&str] = &["idp_metadata", "roles"];
pub(super) const ROLES: &[&str] = &["technician", "auditor", "approver", "dpo"];

/// Reads `[console]`.
pub(super) fn console<'t>(r: &mut Reader<'t>, root: &Table<'t>, ports: &mut Vec<(SocketAddr, usize)>) -> Option<Console> {
    let section = root.get("console")?;
    let table = r.open(&section, "[console]", CONSOLE, &[])?;
    saml(r, &table);
    let at = r.need(&table, "address", "\"127.0.0.1:8025\"");
    let address = at.as_ref().and_then(|v| r.socket(v));
    if let (Some(address), Some(at)) = (address, &at) {
        used_once(r, address, &at.span, ports);
        if !address.ip().is_loopback() {
            r.warn(&at.span, "the console speaks plain HTTP, and its links pass over the network here")
                .help("use 127.0.0.1 with the TLS of a web server in front of it, or keep other machines away by a firewall");
        }
    }
    let public_url = r.need(&table, "public_url", "\"https://mailgate.oakfield.example\"").and_then(|v| public_url(r, &v, LINKS));
    Some(Console { address: address?, public_url: public_url? })
}

fn saml<'t>(r: &mut Reader<'t>, table: &Table<'t>) {
    let Some(section) = table.get("saml") else { return };
    r.later(&section.span, "[console.saml]");
    let saml = r.open(&section, "[console.saml]", SAML, &[]);
    if let Some(roles) = saml.and_then(|saml| saml.get("roles")) {
        r.open(&roles, "`roles`", ROLES, &[]);
    }
}

/// What to write, and why it is HTTPS.
const LINKS: (&str, &str) = (
    "write \"https://\" and the name under which staff reach it, such as \"https://mailgate.oakfield.example\"",
    "its links let their reader decide about mail",
);

/// What links in letters begin with. Whoever reads such a link on its way may decide in the sender's place, so it is HTTPS, but on
/// this machine alone.
pub(super) fn public_url<'t>(r: &mut Reader<'t>, value: &Value<'t>, (example, why): (&str, &str)) -> Option<PublicUrl> {
    let text = r.line_of_text(value)?;
    let Some((scheme, host, rest)) = parts(&text) else {
        r.wrong(&value.span, format!("`{}` must be the address of a web site, not \"{text}\"", value.key)).help(example);
        return None;
    };
    if scheme == "http" && !is_this_machine(host) {
        r.wrong(&value.span, format!("`{}` must begin with https://, for {why}", value.key))
            .suggest(Some(format!("https://{}", text.get("http://".len()..).unwrap_or_default())))
            .help("put a web server with TLS in front of it: docs/operating.md shows how");
        return None;
    }
    let origin_octets = text.len() - rest.len();
    Some(PublicUrl::new(text.trim_end_matches('/').to_owned(), origin_octets))
}

/// Scheme, host and path of an address without user, query or fragment; nothing else is fit to have links appended.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_host = bare.parse::<IpAddr>().is_ok() || Domain::parse(host).is_ok_and(|domain| !domain.is_literal());
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let fits = ["http", "https"].contains(&scheme) && is_host && host.is_ascii() && is_port && path.chars().all(plain);
    (fits && text.len() <= 200).then_some((scheme, bare, path))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
#[path = "console_tests.rs"]
mod tests;
