//! The README is true: its transcripts are what the program prints, its commands exist, and so do its files.
//!
//! `SCHOOLGATE_BLESS=1 cargo test --test gateway readme::` writes the transcripts anew.

use std::path::{Path, PathBuf};

use crate::commands::{COMMANDS, schoolgate, stdout};
use crate::world::gateway::output;
use crate::world::{Gateway, free_port};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("the README")
}

/// Compares a transcript with what was printed now, or writes it where the tests are told to.
fn keep_true(name: &str, printed: &str) {
    let marker = format!("<!-- transcript: {name} -->\n```");
    let text = readme();
    let (before, rest) = text.split_once(&marker).unwrap_or_else(|| panic!("README.md has no {marker}"));
    let (language, rest) = rest.split_once('\n').expect("the line ends");
    let end = if rest.starts_with("```") { 0 } else { rest.find("\n```").expect("the block ends") + 1 };
    if std::env::var_os("SCHOOLGATE_BLESS").is_some() {
        let new = format!("{before}{marker}{language}\n{}\n{}", printed.trim_end(), &rest[end..]);
        std::fs::write(root().join("README.md"), new).expect("the README can be written");
        return;
    }
    assert_eq!(rest[..end].trim_end(), printed.trim_end(), "README.md is not true any more; SCHOOLGATE_BLESS=1 writes it anew");
}

/// References, hashes and days change from run to run; the transcript has one of each.
fn settled(text: &str, gateway: Option<&Gateway>) -> String {
    let folder = gateway.map(|gateway| format!("{}/", gateway.folder.path().display())).unwrap_or_default();
    let text = if folder.is_empty() { text.to_owned() } else { text.replace(&folder, "") };
    let changes = [
        (r"\b[0-9a-z]{13}\b(?P<end>$|\))", "5m2c9q0wk3t7h$end"),
        (r"sha256: [0-9a-f]{64}", "sha256: 3f1c…"),
        (r"until 20\d\d-\d\d-\d\dT[^\s]+", "until 2027-05-23T08:45:00Z"),
    ];
    changes.iter().fold(text, |text, (from, to)| {
        regex::Regex::new(&format!("(?m){from}")).expect("a pattern").replace_all(&text, *to).into_owned()
    })
}

/// The configuration of the README's own example, with the rule that it shows.
fn example() -> Gateway {
    let text = readme();
    let rule = text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the README shows a rule");
    Gateway::prepare(free_port(), rule)
}

#[test]
fn all_transcripts_are_what_the_program_prints() {
    keep_true("demo", &settled(&stdout(&schoolgate(&["demo", "--once"])), None));

    let gateway = example();
    let text = std::fs::read_to_string(gateway.config()).expect("the configuration");
    std::fs::write(gateway.path("wrong.toml"), text.replace("when.to ", "when.too")).expect("room on the disk");
    let mut wrong = Gateway::program();
    wrong.args(["check", "--config"]).arg(gateway.path("wrong.toml"));
    let wrong = settled(&stdout(&output(wrong, "")), Some(&gateway));
    let good = settled(&stdout(&gateway.run(&["check"], "")), Some(&gateway));
    keep_true(
        "check",
        &format!("$ schoolgate check --config wrong.toml\n{wrong}\n$ schoolgate check --config config.toml\n{good}"),
    );

    let mail = root().join("fixtures/mail/demo/01-plain-to-a-parent.eml");
    let line = [
        "explain",
        "--from",
        "office@oakfield.example.sch.uk",
        "--to",
        "parent@example.com",
        "--to",
        "head@oakfield.example.sch.uk",
    ];
    let explained = gateway.run(&[&line[..], &[mail.to_str().expect("a plain path")]].concat(), "");
    let shown = "$ schoolgate explain --from office@oakfield.example.sch.uk --to parent@example.com \\\n      --to head@oakfield.example.sch.uk mail.eml";
    keep_true("explain", &format!("{shown}\n{}", settled(&stdout(&explained), Some(&gateway))));
}

#[test]
fn every_command_that_is_named_exists() {
    let named = regex::Regex::new(r"(?:`|^|\n *|\$ )schoolgate ([a-z]+)(?: ([a-z]+))?").expect("a pattern");
    for name in ["README.md", "docs/commands.md", "docs/operating.md", "docs/config.md"] {
        let text = std::fs::read_to_string(root().join(name)).expect("a page");
        for found in named.captures_iter(&text) {
            let (first, second) = (&found[1], found.get(2).map_or("", |word| word.as_str()));
            let whole = format!("{first} {second}");
            let is_group = COMMANDS.iter().any(|command| command.starts_with(&format!("{first} ")));
            let known =
                if is_group && !second.is_empty() { COMMANDS.contains(&whole.as_str()) } else { COMMANDS.contains(&first) };
            assert!(known, "{name} names `schoolgate {whole}`, which is no command");
        }
    }
}

#[test]
fn every_make_target_that_is_named_exists() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    let text = readme();
    let named = regex::Regex::new(r"(?m)(?:`|^)make ([a-z]+)").expect("a pattern");
    let names: Vec<&str> = named.captures_iter(&text).filter_map(|found| found.get(1)).map(|name| name.as_str()).collect();
    assert!(names.contains(&"demo") && names.contains(&"test"), "{names:?}");
    for name in names {
        assert!(makefile.lines().any(|line| line.starts_with(&format!("{name}:"))), "README.md names `make {name}`");
    }
}

#[test]
fn every_file_that_is_named_exists() {
    let named = regex::Regex::new(r"`([A-Za-z0-9_./-]+(?:\.(?:md|rs|toml|example|service)|/))`").expect("a pattern");
    let links = regex::Regex::new(r"\]\(([^)#:]+)\)").expect("a pattern");
    for page in ["README.md", "ARCHITECTURE.md", "docs/operating.md"] {
        let text = std::fs::read_to_string(root().join(page)).expect("a page");
        for found in named.captures_iter(&text) {
            let name = &found[1];
            let is_ours = !name.starts_with('/') && !["config.toml"].contains(&name);
            let there = root().join(name).exists() || root().join("src").join(name).exists();
            assert!(!is_ours || there, "{page} names `{name}`, which is not there");
        }
        for found in links.captures_iter(&text) {
            let beside = Path::new(page).parent().unwrap_or(Path::new(""));
            assert!(root().join(beside).join(&found[1]).exists(), "{page} links to {}", &found[1]);
        }
    }
}
