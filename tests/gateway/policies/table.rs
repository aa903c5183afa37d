//! docs/policies.md: every clause has a row, every row names what is really there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{policies, read};
use crate::world::shared;

/// One row: the ids of its clauses, and the cells after them: what the policy says, what serves it, what proves it, what is later.
struct Row {
    ids: Vec<String>,
    cells: Vec<String>,
}

fn rows(page: &str) -> Vec<Row> {
    let cells = |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let row = |cells: Vec<String>| Row { ids: ids(&cells[0]), cells: cells[1..].to_vec() };
    page.lines().filter(|line| line.starts_with("| P")).map(|line| row(cells(line))).collect()
}

/// The clause ids in a text: `P2.sensitive, P3.unencrypted`.
fn ids(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').map(|word| word.trim_end_matches('.'));
    let is_id = |word: &&str| {
        let numbered = word.strip_prefix('P').and_then(|rest| rest.split_once('.'));
        numbered.is_some_and(|(school, clause)| school.len() == 1 && school.starts_with(char::is_numeric) && !clause.is_empty())
    };
    words.filter(is_id).map(str::to_owned).collect()
}

/// What stands between back quotes.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn page() -> Vec<Row> {
    let rows = rows(&fs::read_to_string(root().join("docs/policies.md")).unwrap());
    assert!(rows.len() > 30, "only {} rows", rows.len());
    rows
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_clause_of_the_requirements_has_a_row() {
    let Some(requirements) = shared("REQUIREMENTS.md") else { return };
    let asked: BTreeSet<String> = rows(&fs::read_to_string(requirements).unwrap()).into_iter().flat_map(|row| row.ids).collect();
    let told: BTreeSet<String> = page().into_iter().flat_map(|row| row.ids).collect();
    assert_eq!(asked, told, "docs/policies.md has one row for each clause");
}

#[test]
fn every_clause_stands_in_its_schools_policy_and_the_other_way_round() {
    let told: BTreeSet<String> = page().into_iter().flat_map(|row| row.ids).collect();
    for policy in policies() {
        let prefix = policy.to_uppercase() + ".";
        let written: BTreeSet<String> = ids(&read(&policy)).into_iter().collect();
        let wanted: BTreeSet<String> = told.iter().filter(|id| id.starts_with(&prefix)).cloned().collect();
        assert_eq!(written, wanted, "{policy}.toml");
    }
}

#[test]
fn every_proof_is_a_test_that_is_there() {
    let mut code = Vec::new();
    gather(&root().join("tests"), &mut code);
    gather(&root().join("src"), &mut code);
    for row in page() {
        let (proofs, later) = (quoted(&row.cells[2]), row.cells[3].as_str());
        assert!(!proofs.is_empty() || !later.is_empty(), "{:?} has neither a proof nor a word on when it comes", row.ids);
        for proof in proofs {
            let is_there = match proof.strip_suffix(".case") {
                Some(_) => root().join("fixtures/policy").join(proof).exists(),
                None => code.iter().any(|text| is_test(text, proof)),
            };
            assert!(is_there, "{:?}: there is no test `{proof}`", row.ids);
        }
    }
}

/// Whether a function of that name stands there with `#[test]` or its like before it.
fn is_test(code: &str, name: &str) -> bool {
    let Some(at) = code.find(&format!("fn {name}(")) else { return false };
    code[..at].trim_end().lines().rev().take(2).any(|line| line.contains("test]") || line.contains("test("))
}

fn gather(folder: &Path, code: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, code);
        } else if path.extension().is_some_and(|end| end == "rs") {
            code.push(fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_rule_and_list_that_is_named_is_in_the_policy() {
    for row in page() {
        for named in quoted(&row.cells[1]) {
            let Some((policy, id)) = named.split_once(" rule ") else { continue };
            let text = read(policy.trim_end_matches(".toml"));
            let has_it = text.lines().any(|line| line == format!("id    = \"{id}\""));
            assert!(has_it, "{:?}: {policy} has no rule {id} in force", row.ids);
        }
    }
}
