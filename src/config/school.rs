//! `[school]` and `[store]`.

use super::model::{School, Store};
use super::reader::{Reader, Table, Value};
use crate::base::Domain;

pub(super) const SCHOOL: &[&str] = &["name", "domains", "partners", "postmaster", "hostname", "numbers"];
pub(super) const STORE: &[&str] = &["path", "key_file"];

/// Reads `[school]`.
pub(super) fn school<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> Option<School> {
    let section = r.need_section(root, "school", "name, domains, postmaster and hostname")?;
    let table = r.open(&section, "[school]", SCHOOL, &[])?;
    let name = r.need(&table, "name", "\"Oakfield School\"").and_then(|v| r.line_of_text(&v));
    let inside = r.need(&table, "domains", "[\"oakfield.example\"]").map(|v| domains(r, &v)).unwrap_or_default();
    let partners = table.get("partners").map(|v| domains(r, &v)).unwrap_or_default();
    not_both(r, &inside, &partners);
    let postmaster = r.need(&table, "postmaster", "\"it@oakfield.example\"").and_then(|v| r.address(&v));
    let hostname = r.need(&table, "hostname", "\"mail.oakfield.example\"").and_then(|v| hostname(r, &v));
    let numbers = table.get("numbers").map(|v| r.each(&v, number)).unwrap_or_default();
    let bare = |list: Vec<(Domain, Value<'t>)>| list.into_iter().map(|(domain, _)| domain).collect();
    let (domains, partners) = (bare(inside), bare(partners));
    Some(School { name: name?, domains, partners, postmaster: postmaster?, hostname: hostname?, numbers })
}

/// A telephone or account number as it is printed; its figures count.
fn number<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<String> {
    let text = r.line_of_text(value)?;
    let figures: String = text.chars().filter(char::is_ascii_digit).collect();
    if figures.len() < 6 || text.chars().any(char::is_alphabetic) {
        r.wrong(&value.span, format!("\"{text}\" is not a number of the school's"))
            .help("write it as it is printed, such as \"01632 960000\"");
        return None;
    }
    Some(figures)
}

/// The name in the greeting and in `Received`: whole, or other servers take it for a forgery (RFC 5321 section 2.3.5).
fn hostname<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Domain> {
    let name = r.domain(value)?;
    if !name.as_str().contains('.') {
        r.warn(&value.span, format!("`{name}` is not a whole name, and other mail servers may refuse it"))
            .help("write the machine's name in DNS, such as \"mail.oakfield.example\"");
    }
    Some(name)
}

/// A list of domains, each once.
fn domains<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Vec<(Domain, Value<'t>)> {
    let listed = r.each(value, |r, item| Some((r.domain(item)?, item.clone())));
    let mut once: Vec<(Domain, Value<'t>)> = Vec::new();
    for (domain, item) in listed {
        if once.iter().any(|(d, _)| *d == domain) {
            r.warn(&item.span, format!("`{domain}` is listed twice"));
        } else {
            once.push((domain, item));
        }
    }
    once
}

fn not_both<'t>(r: &mut Reader<'t>, inside: &[(Domain, Value<'t>)], partners: &[(Domain, Value<'t>)]) {
    for (domain, item) in partners {
        if inside.iter().any(|(d, _)| d == domain) {
            r.wrong(&item.span, format!("`{domain}` is both the school's own domain and a partner"))
                .help("a partner is outside: keep it in one of the two lists");
        }
    }
}

/// Reads `[store]`.
pub(super) fn store<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> Option<Store> {
    let section = r.need_section(root, "store", "path and key_file")?;
    let table = r.open(&section, "[store]", STORE, &[])?;
    let path = r.need(&table, "path", "\"/var/lib/schoolgate\"").and_then(|v| r.path(&v));
    let key_file = r
        .need(&table, "key_file", "\"/etc/schoolgate/master.key\"")
        .and_then(|v| r.file_at_start(&v, true, "make it with `schoolgate key new FILE`"));
    Some(Store { path: path?, key_file: key_file? })
}
