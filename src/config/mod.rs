//! The configuration: read as written, checked whole, handed to each room as its options.
//!
//! In: `config.toml` (schema 1) and the lists and notices it names. Out: a [`Config`] that is known to be sound, or every
//! mistake at once, each with its place and the nearest right word. Invariants: a key that is not known is a mistake; a name
//! that is used is defined; what a later version will do is refused by name, never passed over; nothing panics, whatever the
//! file holds. One pass reads all sections: none of them stops another. It does not open sockets, keys or certificates
//! ([`files`] looks whether they are there), and it never holds a secret.

mod actions;
mod antivirus;
mod console;
mod disclaimer;
mod fields;
mod files;
mod listen;
mod lists;
pub mod mistake;
pub mod model;
mod pickup;
mod reader;
mod retention;
mod route;
mod rule;
mod school;
mod sender;
mod syntax;
mod units;
mod values;

use std::path::{Path, PathBuf};

use toml::de::DeTable;

pub use files::files;
pub use mistake::{Mistake, Mistakes, Report, Warning};
pub use model::*;
use reader::{Names, Reader, Table};

use crate::base::limits;

/// The top of the file.
const ROOT: &[&str] = &[
    "schema",
    "school",
    "store",
    "listen",
    "route",
    "limits",
    "sender",
    "list",
    "disclaimer",
    "antivirus",
    "pickup",
    "console",
    "rule",
    "retention",
    "ledger",
    "ops",
];

/// A sound configuration, with what is allowed in it and likely not meant.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    pub warnings: Vec<Mistake>,
    /// The file's text, to show places in it.
    pub text: String,
    files: Vec<reader::NamedFile>,
}

/// Reads a configuration and all the lists and texts that it names.
///
/// # Errors
/// All mistakes at once.
pub fn read(path: &Path) -> Result<Loaded, Mistakes> {
    match reader::read_file(path, limits::CONFIG_OCTETS) {
        Ok(text) => parse(&text, path),
        Err(why) => {
            let shown = path.display().to_string();
            let mut mistake = Mistake::of_file(&shown, format!("the configuration cannot be read: {why}"));
            mistake.help(match path.exists() {
                true => "let the user that runs the gateway read it; or name another with --config FILE",
                false => "name it with --config FILE or in $SCHOOLGATE_CONFIG; config.toml.example is one to begin with",
            });
            Err(Mistakes { mistakes: vec![mistake], warnings: vec![] })
        }
    }
}

/// Reads a configuration out of a text; `path` is where it stands, or would stand.
///
/// # Errors
/// All mistakes at once.
pub fn parse(text: &str, path: &Path) -> Result<Loaded, Mistakes> {
    parse_on(text, path, jiff::Zoned::now().date())
}

/// Reads a configuration as on a given day (`watch_until` is told by it).
///
/// # Errors
/// All mistakes at once.
pub fn parse_on(text: &str, path: &Path, today: jiff::civil::Date) -> Result<Loaded, Mistakes> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut r = Reader::new(text, path, today);
    let config = whole(&mut r, document.get_ref(), path);
    let mut found = std::mem::take(&mut r.found);
    if !errors.is_empty() {
        keep_what_is_sure(&mut found, syntax::mistakes(&path.display().to_string(), text, &errors));
    }
    found.mistakes.sort_by(by_place);
    found.warnings.sort_by(by_place);
    match config {
        Some(config) if found.mistakes.is_empty() => {
            Ok(Loaded { config, warnings: found.warnings, text: text.to_owned(), files: std::mem::take(&mut r.files) })
        }
        _ => Err(found),
    }
}

fn by_place(a: &Mistake, b: &Mistake) -> std::cmp::Ordering {
    (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column))
}

/// Where the text is not TOML, what stands after the first such place is guesswork, and so is everything that seems not to be
/// there: only what is wrong before it is said too.
fn keep_what_is_sure(found: &mut Mistakes, syntax: Vec<Mistake>) {
    let first = syntax.iter().map(|m| m.line).min().unwrap_or(0);
    let file = syntax.first().map(|m| m.file.clone()).unwrap_or_default();
    let sure = |m: &Mistake| m.file == file && m.line < first && !m.of_absence;
    found.mistakes.retain(sure);
    found.warnings.clear();
    found.mistakes.extend(syntax);
}

fn whole<'t>(r: &mut Reader<'t>, document: &'t DeTable<'t>, path: &Path) -> Option<Config> {
    let root = r.root(document, ROOT);
    schema(r, &root);
    r.names = names(&root);
    let mut ports = Vec::new();
    let school = school::school(r, &root);
    let store = school::store(r, &root);
    let listen = listen::listen(r, &root, &mut ports);
    let ops = listen::ops(r, &root, &mut ports);
    let console = console::console(r, &root, &mut ports);
    let pickup = pickup::pickup(r, &root, &mut ports);
    let routes = route::routes(r, &root);
    let limits = route::read_limits(r, &root);
    lists::read(r, &root);
    let senders = sender::senders(r, &root);
    let disclaimers = disclaimer::read(r, &root);
    let antivirus = antivirus::read(r, &root);
    let retention = retention::read(r, &root);
    let witness = retention::witness(r, &root);
    let rules = rule::rules(r, &root);
    Some(Config {
        file: std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)),
        hash: r.hash(),
        school: school?,
        store: store?,
        listen,
        routes,
        limits: limits?,
        senders,
        lists: std::mem::take(&mut r.lists),
        disclaimers,
        antivirus: antivirus?,
        rules,
        retention,
        ops: ops?,
        console,
        pickup,
        witness,
        sources: std::mem::take(&mut r.sources),
    })
}

/// `schema = 1`: which of these promises the file was written for.
fn schema<'t>(r: &mut Reader<'t>, root: &Table<'t>) {
    let Some(value) = root.get("schema") else {
        r.lacking(&root.span, "`schema` is missing").help("write schema = 1 at the top of the file");
        return;
    };
    if let Some(number) = r.integer(&value, 0..=u64::from(u32::MAX))
        && number != 1
    {
        r.wrong(&value.span, format!("this version reads schema 1, not {number}"))
            .help("write schema = 1, or install a newer version");
    }
}

/// Every name that is defined, sound or not, so that using it is not one more mistake.
fn names(root: &Table<'_>) -> Names {
    let keys = |key| match root.get(key).map(|v| v.it) {
        Some(toml::de::DeValue::Table(entries)) => entries.keys().map(|k| k.get_ref().to_string()).collect(),
        _ => Vec::new(),
    };
    let each = |key, name: &str| match root.get(key).map(|v| v.it) {
        Some(toml::de::DeValue::Array(sections)) => {
            sections.iter().filter_map(|s| s.get_ref().get(name)?.get_ref().as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let mut retention: Vec<String> = each("retention", "id");
    if root.get("retention").is_none() {
        retention.push("ordinary".to_owned());
    }
    retention.dedup();
    let (console, pickup) = (root.get("console").is_some(), root.get("pickup").is_some());
    let clear_routes = route::clear(root);
    Names { disclaimers: keys("disclaimer"), routes: each("route", "name"), clear_routes, retention, console, pickup }
}

/// Every section with every key it knows, for the documentation to be held against.
#[cfg(test)]
fn every_key() -> Vec<(&'static str, &'static str)> {
    let sections: [(&str, &[&str]); 22] = [
        ("top of the file", ROOT),
        ("[school]", school::SCHOOL),
        ("[store]", school::STORE),
        ("[[listen]]", listen::LISTEN),
        ("[ops]", listen::OPS),
        ("[[route]]", route::ROUTE),
        ("[limits]", route::LIMITS),
        ("[[sender]]", sender::SENDER),
        ("[[sender]]", sender::SENDER_LIMITS),
        ("[list.NAME]", lists::LIST),
        ("[disclaimer.NAME]", disclaimer::DISCLAIMER),
        ("[[rule]]", rule::RULE),
        ("[[rule.test]]", rule::TEST),
        ("when", fields::FIELDS),
        ("do", actions::ACTIONS),
        ("[[retention]]", retention::RETENTION),
        ("[ledger]", retention::LEDGER),
        ("[antivirus]", antivirus::ANTIVIRUS),
        ("[pickup]", pickup::PICKUP),
        ("[console]", console::CONSOLE),
        ("[console.saml]", console::SAML),
        ("roles", console::ROLES),
    ];
    sections.iter().flat_map(|(section, keys)| keys.iter().map(|key| (*section, *key))).collect()
}

#[cfg(test)]
mod broken_tests;
#[cfg(test)]
mod docs_tests;
#[cfg(test)]
mod tests;
