//! The house rules that Rust cannot check: who may import whom, where SQL may stand, how long a function may be, no panics on
//! the way of strangers' bytes, and a guide that names every key. Each failure says what to do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod source;

use source::{Source, functions, strip, test_files};

/// What a room may import, and why it may: the reading order is the order of the flow. `base` and the config model are free to all.
/// To let a room import another, add it here with a reason, and to the table in ARCHITECTURE.md.
const MAY_IMPORT: [(&str, &[&str], &str); 31] = [
    ("base", &[], "words that every room uses; they lean on nothing"),
    (
        "config",
        &["message", "policy", "extract", "detect"],
        "as written, to what the rooms take; rules written down are tried by `check`; kinds of files",
    ),
    ("message", &[], "a mail as bytes and ranges"),
    ("notice", &["message"], "deciding, pure: the mail and the school's words"),
    ("extract", &["message"], "pure: the text that people read in a mail"),
    ("scan", &["extract"], "a mail's bytes to clamd and back; it knows no mail and decides nothing"),
    ("boxed", &["extract"], "where the readers of files run: a child, and the pool of them"),
    ("detect", &["extract"], "pure: the personal data in a text or a table"),
    ("policy", &["message", "extract", "detect"], "deciding, pure: what each rule says of a mail"),
    (
        "plan",
        &["message", "extract", "notice", "policy", "queue::job"],
        "deciding, pure: fates and copies, in the queue's own form",
    ),
    ("store", &["message::edit"], "bytes and durability; it knows no mail"),
    ("ledger", &["store"], "what happened, kept in the store"),
    ("access", &["store", "ledger"], "accounts, kept in the store; sign-ins are events"),
    (
        "archive",
        &["message", "store", "ledger", "access", "search"],
        "what is kept of mail that others carried, how long, and whether it is whole; what goes is certified in the ledger, what is held is named as a search names it",
    ),
    ("contacts", &["store", "ledger"], "who has written to whom, kept in the store as hashes"),
    ("threads", &["message", "store"], "which mails had to be encrypted, kept in the store as hashes"),
    (
        "protect",
        &["message", "store", "ledger"],
        "pure: a mail and its keys, to a protected mail; the keyring is kept in the store",
    ),
    (
        "search",
        &["message", "extract", "boxed", "store", "ledger", "access", "queue"],
        "a query as it was typed, to the mails that are meant; what is held now is the queue's to say",
    ),
    ("queue", &["store", "ledger", "message::edit"], "copies and their states; a copy is an original and its edits"),
    (
        "backup",
        &["store", "ledger", "queue", "archive"],
        "the store's files and where they go; what was on its way is held, what is over is purged",
    ),
    ("deliver", &["store", "ledger", "queue", "message"], "from the queue to the next hop; reports quote headers"),
    ("front", &["ledger::event", "message"], "protocol towards clients; it asks the rest through its own trait Gate"),
    (
        "pipeline",
        &[
            "message", "extract", "detect", "boxed", "scan", "notice", "policy", "plan", "store", "ledger", "access", "contacts",
            "threads", "protect", "queue", "deliver", "front", "archive",
        ],
        "the one place where deciding and keeping meet",
    ),
    (
        "ops",
        &["scan", "store", "ledger", "protect", "queue", "access", "deliver", "front"],
        "looks at every room and decides nothing",
    ),
    (
        "console",
        &["queue", "store", "access", "pipeline::letter", "ops::bounded", "ops::visitor"],
        "pages for staff; they look at what is held and decide by the queue's own acts",
    ),
    (
        "pickup",
        &["message", "protect", "store", "ledger", "queue", "access::password", "pipeline", "ops::bounded", "ops::visitor"],
        "pages for people outside; replies go through the pipeline's door",
    ),
    ("gateway", &["*"], "builds all rooms and joins them"),
    ("demo", &["*"], "a gateway with a builder's hand in every room"),
    ("cli", &["*"], "one file for each command"),
    ("main", &["*"], "calls cli"),
    ("lib", &["*"], "lists the rooms"),
];

/// Files that may go against a rule (`import`, `sql`, `length`, `panic`), with the reason. Keep it short.
const EXEMPT: [(&str, &str, &str); 3] = [
    ("src/store/database.rs", "sql", "opens the database; its one query asks whether the key fits"),
    ("src/policy/confusables.rs", "length", "a table, read by its rows"),
    ("src/ledger/line.rs", "length", "a row for each event there is"),
];

/// No file or folder may be called so: such names say nothing, and gather everything.
const SAYS_NOTHING: [&str; 10] =
    ["util", "utils", "common", "core", "manager", "handler", "helper", "helpers", "service", "engine"];

/// Lines of the longest function that is still read at a glance.
const FUNCTION_LINES: usize = 60;

#[test]
fn rooms_import_in_one_direction() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, may, why)) = MAY_IMPORT.iter().find(|(room, ..)| *room == source.room) else {
            wrong.push(format!(
                "{}: the room `{}` is not in MAY_IMPORT of tests/gateway/tidy.rs: add it",
                source.path, source.room
            ));
            continue;
        };
        for (line, path) in source.imports() {
            if !is_allowed(&source, may, &path) && !is_exempt(&source.path, "import") {
                wrong.push(format!(
                    "{}:{line}: `{}` may not import crate::{path} ({why}). Pass the value in, or move the type to where both may look",
                    source.path, source.room
                ));
            }
        }
    }
    report(&wrong);
}

fn is_allowed(source: &Source, may: &[&str], path: &str) -> bool {
    let free = ["base", "config"];
    let first = path.split("::").next().unwrap_or_default();
    let is_config_reader = path.starts_with("config::") && ["config::read", "config::check"].iter().any(|p| path.starts_with(p));
    (free.contains(&first) && !(is_config_reader && source.room != "config"))
        || first == source.room
        || may.iter().any(|allowed| *allowed == "*" || path == *allowed || path.starts_with(&format!("{allowed}::")))
        // A type re-exported at the room's door: `ledger::Event` for `ledger::event`, `message::Edits` for `message::edit`.
        || may.iter().any(|allowed| allowed.split_once("::").is_some_and(|(room, part)| is_reexported(path, room, part)))
}

fn is_reexported(path: &str, room: &str, part: &str) -> bool {
    let exported = |name: &str| match (room, part) {
        ("ledger", "event") => name == "Event",
        ("message", "edit") => ["Edit", "Edits", "EditError", "Insert"].contains(&name),
        ("queue", "job") => ["NewJob", "Job", "JobId", "State", "Demand", "Outcome"].contains(&name),
        _ => false,
    };
    path.strip_prefix(room).and_then(|rest| rest.strip_prefix("::")).is_some_and(exported)
}

#[test]
fn sql_stands_in_files_that_say_so() {
    let verbs = ["SELECT ", "INSERT INTO", "INSERT OR", "UPDATE ", "DELETE FROM", "CREATE TABLE", "CREATE INDEX", "DROP TABLE"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.path.ends_with("_sql.rs") && !is_exempt(&source.path, "sql")) {
        for (number, line) in source.code.lines().enumerate() {
            let is_sql = line.contains('"') && verbs.iter().any(|verb| line.contains(&format!("\"{verb}")));
            if is_sql {
                wrong.push(format!("{}:{}: SQL outside a file named …_sql.rs: move it there", source.path, number + 1));
            }
        }
    }
    report(&wrong);
}

#[test]
fn functions_are_short() {
    let mut wrong = Vec::new();
    for source in sources() {
        for function in functions(&source.code) {
            if function.lines > FUNCTION_LINES && !is_exempt(&source.path, "length") {
                wrong.push(format!(
                    "{}:{}: `{}` has {} lines, and {FUNCTION_LINES} is the most: give its steps names",
                    source.path, function.line, function.name, function.lines
                ));
            }
        }
    }
    report(&wrong);
}

#[test]
fn nothing_panics_on_purpose() {
    let words = [".unwrap()", "panic!(", "todo!(", "unimplemented!(", "dbg!("];
    let mut wrong = Vec::new();
    for source in sources() {
        let bare = strip(&source.code);
        for (number, line) in bare.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)).filter(|_| !is_exempt(&source.path, "panic")) {
                wrong.push(format!("{}:{}: `{word}`: give an error that says what to do next", source.path, number + 1));
            }
        }
        for (number, line) in source.text.lines().enumerate() {
            if ["TODO", "FIXME", "XXX"].iter().any(|mark| line.contains(&format!("// {mark}"))) {
                wrong.push(format!("{}:{}: do it now, or write an issue", source.path, number + 1));
            }
        }
    }
    report(&wrong);
}

#[test]
fn names_are_nouns_of_the_field() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|source| source.path.trim_end_matches(".rs").split('/').any(|part| SAYS_NOTHING.contains(&part)))
        .map(|source| format!("{}: a name that says nothing; name it after what is in it", source.path))
        .collect();
    report(&wrong);
}

#[test]
fn every_file_says_what_it_is() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|source| !source.text.starts_with("//!") && source.path != "src/main.rs")
        .map(|source| format!("{}: begin with //! what it is, what goes in and out, what can fail", source.path))
        .collect();
    report(&wrong);
}

#[test]
fn the_guide_names_every_key_of_the_example() {
    let (Ok(example), Ok(guide)) =
        (fs::read_to_string(root().join("config.toml.example")), fs::read_to_string(root().join("docs/config.md")))
    else {
        return; // one of the two is not written yet; the test begins with them
    };
    let missing: Vec<String> = keys(&example)
        .into_iter()
        .filter(|key| !guide.contains(key.as_str()))
        .map(|key| format!("config.toml.example uses `{key}`, and docs/config.md does not explain it: add it"))
        .collect();
    report(&missing);
}

#[test]
fn the_map_shows_every_room_and_what_it_may_import() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut wrong = Vec::new();
    for (room, may, _) in MAY_IMPORT.iter().filter(|(room, ..)| !["main", "lib"].contains(room)) {
        let row = map.lines().find(|line| line.split('|').nth(1).is_some_and(|cell| cell.contains(&format!("`{room}`"))));
        let shown = row.and_then(|row| row.split('|').nth(3)).map(str::trim);
        let Some(shown) = shown else {
            wrong.push(format!("ARCHITECTURE.md has no row for `{room}`"));
            continue;
        };
        let missing =
            may.iter().filter(|name| **name != "*" && !shown.contains(&format!("`{name}`")) && !shown.starts_with("all"));
        wrong.extend(missing.map(|name| format!("ARCHITECTURE.md: `{room}` may import `{name}`, and its row does not say so")));
        let more = shown.split('`').skip(1).step_by(2).filter(|name| !may.contains(name));
        wrong.extend(more.map(|name| format!("ARCHITECTURE.md: the row of `{room}` names `{name}`, which tidy does not allow")));
    }
    report(&wrong);
}

#[test]
fn decisions_have_one_number_each_and_fit_a_page() {
    let mut names: Vec<String> = fs::read_dir(root().join("docs/decisions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut wrong = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let text = fs::read_to_string(root().join("docs/decisions").join(name)).unwrap();
        let number = at + 1;
        if !name.starts_with(&format!("{number:04}-")) || !text.starts_with(&format!("# {number}. ")) {
            wrong.push(format!("docs/decisions/{name}: it should be number {number}, in its name and in its heading"));
        }
        if text.lines().count() > 60 {
            wrong.push(format!("docs/decisions/{name}: longer than a page"));
        }
    }
    report(&wrong);
}

#[test]
fn the_guide_names_every_metric() {
    let guide = fs::read_to_string(root().join("docs/operating.md")).unwrap();
    let mut wrong = Vec::new();
    for source in sources() {
        for (at, _) in source.code.match_indices("!(\"schoolgate_") {
            let name = source.code[at + 3..].split('"').next().unwrap_or_default();
            if !guide.contains(&format!("| `{name}` |")) {
                wrong.push(format!(
                    "{}: `{name}` is not described: add it to NUMBERS of ops/metrics.rs and docs/operating.md",
                    source.path
                ));
            }
        }
    }
    report(&wrong);
}

/// Every key that the example sets or shows commented out, by its last word: `when.to` gives `to`.
/// The Dockerfile builds the dependencies with stand-ins for our own files; cargo refuses a manifest that names one it lacks.
#[test]
fn the_image_stands_in_for_every_target_of_the_manifest() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let dockerfile = fs::read_to_string(root().join("Dockerfile")).expect("the Dockerfile");
    let mut wrong = Vec::new();
    for section in manifest.split("[[").skip(1) {
        let value = |key: &str| section.lines().find_map(|line| line.strip_prefix(key)?.split('"').nth(1).map(str::to_owned));
        let folder = if section.starts_with("bench") { "benches" } else { "tests" };
        let path = value("path = ").or_else(|| value("name = ").map(|name| format!("{folder}/{name}.rs")));
        wrong.extend(
            path.filter(|path| !dockerfile.contains(path.as_str())).map(|path| format!("Dockerfile: make a stand-in for {path}")),
        );
    }
    report(&wrong);
}

fn keys(example: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for line in example.lines() {
        let line = line.trim().trim_start_matches('#').trim();
        let Some((left, _)) = line.split_once('=') else { continue };
        let left = left.trim();
        if !left.is_empty() && left.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            keys.extend(left.rsplit('.').next().map(str::to_owned));
        }
    }
    keys
}

fn is_exempt(path: &str, rule: &str) -> bool {
    EXEMPT.iter().any(|(file, what, _)| *file == path && *what == rule)
}

fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} to mend:\n{}", wrong.len(), wrong.join("\n"));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files of `src` but the tests.
fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    files.sort();
    assert!(files.len() > 10, "src was not found");
    let named = files.iter().map(|file| file.strip_prefix(root()).unwrap().display().to_string());
    let read: Vec<Source> = named.map(|path| Source::read(&root(), path)).collect();
    let for_tests: BTreeSet<String> = read.iter().flat_map(|source| test_files(&source.path, &source.text)).collect();
    // A file that `#[path]` brings in has `tests` in its name, by the custom of the house.
    let is_test =
        |source: &Source| for_tests.contains(&source.path) || source.path.rsplit('/').next().is_some_and(|n| n.contains("tests"));
    read.into_iter().filter(|source| !is_test(source)).collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}
