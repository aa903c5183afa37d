//! `docs/config.md` against the reader: every key is described in its section, and what the page shows can be read.

use std::path::Path;

use super::{every_key, parse_on};

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/config.md")).unwrap()
}

/// The page's sections by their headings.
fn sections(page: &str) -> Vec<(&str, &str)> {
    page.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap()).collect()
}

#[test]
fn every_key_is_described_in_its_section() {
    let page = page();
    let sections = sections(&page);
    for (title, key) in every_key() {
        let (_, section) = sections.iter().find(|(heading, _)| *heading == title).unwrap_or_else(|| panic!("no section {title}"));
        assert!(section.contains(&format!("`{key}`")), "{key} of {title} is not described");
    }
}

#[test]
fn every_key_that_is_described_is_known() {
    let page = page();
    let known = every_key();
    let mut rows = 0;
    for (title, section) in sections(&page) {
        for row in section.lines().filter_map(|line| line.strip_prefix("| `")) {
            let key = row.split('`').next().unwrap();
            assert!(known.contains(&(title, key)), "{key} of {title} is described and not known");
            rows += 1;
        }
    }
    assert!(rows > 80, "only {rows}");
}

#[test]
fn every_example_of_the_page_can_be_read_together() {
    let page = page();
    let blocks = page.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let whole = blocks.collect::<Vec<_>>().join("\n");
    let loaded =
        parse_on(&whole, Path::new("/nowhere/config.toml"), jiff::civil::date(2026, 11, 23)).unwrap_or_else(|m| panic!("{m}"));
    assert_eq!(loaded.warnings, vec![]);
    assert_eq!(loaded.config.rules.len(), 6);
}
