//! `[[retention]]`: how long each class of mail is kept. The first class whose `when` is true is a mail's class; the last has none.
//! `[ledger]`: who gets the signed checkpoints, so that a purge of what should be there, or an old copy put back, shows outside.

use std::collections::BTreeMap;

use super::fields;
use super::model::{Keep, Retention};
use super::reader::{Reader, Table, Value};
use crate::base::Address;

pub(super) const RETENTION: &[&str] = &["id", "when", "keep"];

pub(super) const LEDGER: &[&str] = &["witness"];

/// Reads `[ledger]`: nothing has to stand there.
pub(super) fn witness<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> Option<Address> {
    let section = root.get("ledger")?;
    let table = r.open(&section, "[ledger]", LEDGER, &[])?;
    let value = table.get("witness")?;
    r.address(&value)
}

/// Reads every `[[retention]]`; where none is written, all mail is `ordinary` and kept for six months.
pub(super) fn read<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> Vec<Retention> {
    if root.get("retention").is_none() {
        return vec![Retention { id: "ordinary".to_owned(), when: None, keep: Keep(jiff::Span::new().months(6)) }];
    }
    let sections = r.sections(root.get("retention"), "[[retention]]");
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let count = sections.len();
    let classes = sections.iter().enumerate();
    classes.filter_map(|(i, section)| one(r, section, i + 1 == count, &mut lines)).collect()
}

fn one<'t>(r: &mut Reader<'t>, section: &Value<'t>, last: bool, lines: &mut BTreeMap<String, usize>) -> Option<Retention> {
    let table = r.open(section, "[[retention]]", RETENTION, &[(fields::FIELDS, "conditions stand behind `when.`")])?;
    let id = r.need(&table, "id", "\"ordinary\"").and_then(|v| {
        let id = r.name(&v)?;
        let line = r.line(&v.span);
        if id.starts_with("hold-") {
            r.wrong(&v.span, "classes that begin with `hold-` are those of holds").help("give it another id");
            return None;
        }
        if let Some(first) = lines.insert(id.clone(), line) {
            r.wrong(&v.span, format!("two retention classes have the id `{id}`; the first is in line {first}"))
                .help("give one another id");
        }
        Some(id)
    });
    if last && table.get("when").is_some() {
        r.lacking(&table.key_span("when"), "the last [[retention]] must have no `when`: it keeps all other mail")
            .help("add one more [[retention]] at the end, such as id = \"ordinary\" and keep = \"6mo\"");
    }
    if !last && table.get("when").is_none() {
        r.lacking(&table.span, "this [[retention]] has no `when`, so those after it would never be used")
            .help("give it a `when`, or move it to the end");
    }
    let when = table.get("when").and_then(|v| fields::read(r, &v, "`when`"));
    let keep = r.need(&table, "keep", "\"6mo\"").and_then(|v| r.keep(&v));
    Some(Retention { id: id?, when, keep: keep? })
}
