//! `schoolgate extract` as a person or a script uses it.

use serde_json::Value;

use crate::commands::{schoolgate, stderr, stdout};
use crate::world::gateway::output;

#[test]
fn extract_shows_each_file_and_exits_1_where_one_cannot_be_opened() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (letter, empty) = (folder.path().join("letter.txt"), folder.path().join("empty"));
    std::fs::write(&letter, "Dear parents\n").expect("room on the disk");
    std::fs::write(&empty, "").expect("room on the disk");
    let names: Vec<&str> = [&letter, &empty].iter().map(|file| file.to_str().expect("a plain path")).collect();
    let done = schoolgate(&["extract", names[0], names[1]]);
    assert_eq!((done.status.code(), stderr(&done).as_str()), (Some(0), ""));
    let text = stdout(&done);
    assert!(text.contains("letter.txt") && text.contains("13 B") && text.contains("empty"), "{text}");

    let json = schoolgate(&["extract", "--json", names[0], names[1]]);
    let document: Value = serde_json::from_slice(&json.stdout).expect("one JSON document");
    assert_eq!(document[0]["found"][0]["path"][0], "letter.txt");
    assert_eq!(document[1]["found"][0]["kind"], "empty");

    let missing = schoolgate(&["extract", "/nowhere/at/all", names[0]]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("/nowhere/at/all cannot be read") && stdout(&missing).contains("letter.txt"));
    assert_eq!(schoolgate(&["extract"]).status.code(), Some(2));
}

#[test]
fn extract_reads_standard_input_and_needs_no_configuration() {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_schoolgate"));
    program.args(["extract", "--json", "-"]).env("SCHOOLGATE_CONFIG", "/nowhere/at/all.toml");
    let done = output(program, "Dear parents");
    let document: Value = serde_json::from_slice(&done.stdout).expect("one JSON document");
    assert_eq!((done.status.code(), &document[0]["found"][0]["size"]), (Some(0), &Value::from(12)));
}
