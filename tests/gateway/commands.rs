//! Every command as docs/commands.md promises it: help, exit codes, what goes to which output, beside a running gateway and without.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::world::gateway::{OFFICE, PASSWORD, output};
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

mod explain;
mod key;
mod queue;

/// All commands there are; docs/commands.md has a line for each.
pub const COMMANDS: [&str; 52] = [
    "serve",
    "check",
    "explain",
    "extract",
    "detect",
    "diff",
    "user",
    "user add",
    "user list",
    "user suspend",
    "user resume",
    "queue",
    "queue list",
    "queue show",
    "queue retry",
    "queue release",
    "queue refuse",
    "queue drop",
    "case",
    "case request",
    "case approve",
    "case refuse",
    "case list",
    "case show",
    "case close",
    "archive",
    "archive import",
    "archive search",
    "archive show",
    "archive reindex",
    "archive stats",
    "archive export",
    "archive verify",
    "archive purge",
    "archive hold",
    "archive hold add",
    "archive hold list",
    "archive hold lift",
    "archive checkpoint",
    "key",
    "key new",
    "key rotate",
    "key import",
    "key list",
    "key forget",
    "backup",
    "restore",
    "doctor",
    "demo",
    "healthcheck",
    "completions",
    "man",
];

pub fn schoolgate(arguments: &[&str]) -> Output {
    let mut program = Gateway::program();
    program.args(arguments);
    output(program, "")
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A gateway that nobody started: commands work on its store alone.
fn asleep(sections: &str) -> Gateway {
    Gateway::prepare(crate::world::free_port(), sections)
}

#[test]
fn every_command_has_help_with_an_example_and_a_line_in_the_guide() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md")).expect("the guide");
    for command in COMMANDS {
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.push("--help");
        let help = schoolgate(&arguments);
        let text = stdout(&help);
        assert_eq!(help.status.code(), Some(0), "{command}");
        assert!(text.contains(&format!("Example:\n  schoolgate {command}")), "{command} has no example:\n{text}");
        assert!(guide.contains(&format!("schoolgate {command}")), "docs/commands.md does not tell of `schoolgate {command}`");
    }
}

#[test]
fn the_help_lists_no_command_that_the_tests_do_not_know() {
    for (above, shown) in [
        ("", stdout(&schoolgate(&["--help"]))),
        ("queue ", stdout(&schoolgate(&["queue", "--help"]))),
        ("case ", stdout(&schoolgate(&["case", "--help"]))),
        ("key ", stdout(&schoolgate(&["key", "--help"]))),
    ] {
        let list = shown.split("Commands:").nth(1).and_then(|rest| rest.split("Options:").next()).expect("a list of commands");
        let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
            assert!(COMMANDS.contains(&format!("{above}{name}").as_str()), "{above}{name}");
        }
    }
}

#[test]
fn a_wrong_command_line_exits_2_and_says_so_on_standard_error() {
    for wrong in [
        vec!["nosuch"],
        vec![],
        vec!["queue"],
        vec!["serve", "--nosuch"],
        vec!["explain", "--from", "a@b.example", "mail.eml"],
        vec!["explain", "--from", "not an address", "--to", "a@b.example", "-"],
        vec!["queue", "show", "notaref"],
        vec!["queue", "refuse", "5m2c9q0wk3t7h"],
        vec!["user", "add", "not an address"],
        vec!["user", "add", "a@b.example", "--role", "headmaster"],
        vec!["completions", "sh5"],
    ] {
        let done = schoolgate(&wrong);
        assert_eq!(done.status.code(), Some(2), "{wrong:?}: {}", stderr(&done));
        assert_eq!(stdout(&done), "", "{wrong:?}");
        assert!(stderr(&done).contains("schoolgate") || stderr(&done).contains("error: "), "{wrong:?}: {}", stderr(&done));
    }
}

#[test]
fn the_configuration_is_named_by_option_then_by_environment() {
    let gateway = asleep("");
    let named = schoolgate(&["check", "--config", gateway.config().to_str().expect("a plain path")]);
    assert_eq!(named.status.code(), Some(0), "{}", stdout(&named));
    assert_eq!(gateway.run(&["check"], "").status.code(), Some(0), "by $SCHOOLGATE_CONFIG");
    let mut elsewhere = Gateway::program();
    elsewhere.args(["check", "--config", "/nowhere/at/all.toml"]).env("SCHOOLGATE_CONFIG", gateway.config());
    let elsewhere = output(elsewhere, "");
    assert_eq!(elsewhere.status.code(), Some(1), "the option goes before the environment");
    assert!(stdout(&elsewhere).contains("/nowhere/at/all.toml"), "{}", stdout(&elsewhere));
    let help = stdout(&schoolgate(&["check", "--help"]));
    assert!(help.contains("SCHOOLGATE_CONFIG") && help.contains("/etc/schoolgate/config.toml"), "{help}");
}

#[test]
fn json_is_one_document_and_nothing_else() {
    let gateway = asleep("");
    gateway.add_account(OFFICE, PASSWORD);
    for command in [vec!["check"], vec!["user", "list"], vec!["queue", "list"], vec!["doctor"]] {
        let done = gateway.run(&[command.as_slice(), &["--json"]].concat(), "");
        let document: Result<Value, _> = serde_json::from_str(&stdout(&done));
        assert!(document.is_ok(), "{command:?} printed more than one document: {}", stdout(&done));
        assert_eq!(stderr(&done), "", "{command:?}");
    }
}

#[test]
fn check_shows_mistakes_with_their_places_and_exits_1() {
    let gateway =
        asleep("[[rule]]\nid = \"x\"\nabout = \"y\"\nmode = \"enforce\"\nwhen.tow = \"outside\"\ndo.defer = \"later\"\n");
    let done = gateway.run(&["check"], "");
    assert_eq!(done.status.code(), Some(1));
    assert!(stdout(&done).contains(&format!("{}:", gateway.config().display())), "{}", stdout(&done));
    assert!(stdout(&done).contains("tow") && stdout(&done).contains("to"), "{}", stdout(&done));
    let report: Value = serde_json::from_slice(&gateway.run(&["check", "--json"], "").stdout).expect("one JSON document");
    assert_eq!(report["ok"], false);
    let mistake = &report["mistakes"][0];
    assert!(mistake["line"].as_u64() > Some(1) && mistake["column"].as_u64() > Some(0), "{report}");
}

#[test]
fn a_failing_test_beside_a_rule_fails_the_check() {
    let rule = "[[rule]]\nid = \"x\"\nabout = \"y\"\nmode = \"enforce\"\nwhen.subject_word = [\"trip\"]\ndo.defer = \"later\"\non_error = \"defer\"\n\
                [[rule.test]]\nfrom = \"a@oakfield.example.sch.uk\"\nto = [\"b@example.com\"]\nsubject = \"lunch\"\nexpect = \"match\"\n";
    let gateway = asleep(rule);
    let done = gateway.run(&["check"], "");
    assert_eq!(done.status.code(), Some(1), "{}", stdout(&done));
    assert!(stdout(&done).contains("is not good: 1 rule, 1 test, 1 failed"), "{}", stdout(&done));
    let report: Value = serde_json::from_slice(&gateway.run(&["check", "--json"], "").stdout).expect("one JSON document");
    assert_eq!(report["tests"].as_array().map(Vec::len), Some(1), "{report}");
}

#[test]
fn accounts_are_added_listed_suspended_and_resumed() {
    let gateway = asleep("");
    let config = gateway.config();
    for (password, why) in [("short", "too short"), ("", "too short"), ("office@oakfield 2026", "holds the name of the account")]
    {
        let refused = gateway.run(&["user", "add", OFFICE], &format!("{password}\n"));
        assert_eq!(refused.status.code(), Some(1), "{password}");
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
    }
    assert_eq!(gateway.json(&["user", "list", "--json"]), serde_json::json!([]), "what was refused is not there");
    let added = gateway.succeed(
        &["user", "add", OFFICE, "--role", "technician", "--config", config.to_str().expect("plain")],
        "correct horse battery\n",
    );
    assert!(added.contains("is added as technician"), "{added}");
    assert_eq!(gateway.run(&["user", "add", OFFICE], "another long password\n").status.code(), Some(1), "there already");
    gateway.succeed(&["user", "suspend", OFFICE, "--why", "left the school"], "");
    let account = &gateway.json(&["user", "list", "--json"])[0];
    assert_eq!((account["address"].as_str(), account["role"].as_str()), (Some(OFFICE), Some("technician")), "{account}");
    assert_eq!(account["suspended"]["why"], "left the school");
    assert!(gateway.succeed(&["user", "list"], "").contains("left the school"));
    gateway.succeed(&["user", "resume", OFFICE], "");
    assert!(gateway.json(&["user", "list", "--json"])[0]["suspended"].is_null());
    for unknown in [vec!["user", "suspend", "x@y.example", "--why", "z"], vec!["user", "resume", "x@y.example"]] {
        let refused = gateway.run(&unknown, "");
        assert_eq!(refused.status.code(), Some(1), "{unknown:?}");
        assert!(stderr(&refused).contains("there is no account x@y.example"), "{}", stderr(&refused));
    }
}

#[test]
fn a_password_on_standard_input_is_its_first_line_and_signs_in() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    gateway.succeed(&["user", "add", OFFICE], &format!("{PASSWORD}\r\nsecond line\n"));
    gateway.serve();
    Session::open_signed_in(gateway.submissions); // asserts 235
}

#[test]
fn a_key_is_made_once_for_its_owner_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file: PathBuf = folder.path().join("master.key");
    let name = file.to_str().expect("a plain path");
    let made = schoolgate(&["key", "new", name]);
    assert_eq!(made.status.code(), Some(0));
    assert!(stdout(&made).contains("keep a copy"), "{}", stdout(&made));
    assert_eq!(std::fs::metadata(&file).expect("the key").permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&file).expect("the key");
    assert!(
        !stdout(&made).as_bytes().windows(16).any(|window| before.windows(16).any(|key| key == window)),
        "the key is not shown"
    );
    let again = schoolgate(&["key", "new", name]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("is already there and is left alone"), "{}", stderr(&again));
    assert_eq!(std::fs::read(&file).expect("the key"), before);
    assert_eq!(schoolgate(&["key", "new", "/nowhere/at/all.key"]).status.code(), Some(1));
}

#[test]
fn healthcheck_asks_the_running_gateway() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, "");
    wait_until("it is well", std::time::Duration::from_secs(10), || {
        gateway.run(&["healthcheck"], "").status.success().then_some(())
    });
    assert_eq!(gateway.stop(), Some(0));
    let gone = gateway.run(&["healthcheck"], "");
    assert_eq!(gone.status.code(), Some(1));
    assert!(stderr(&gone).contains("is it running?"), "{}", stderr(&gone));
}

#[test]
fn completions_and_the_manual_page_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&schoolgate(&["completions", shell]));
        assert!(!script.contains("schoolgate box") && !script.contains("-box"), "the box is no command for people: {shell}");
        assert!(script.contains("healthcheck") && script.contains("release"), "{shell}");
    }
    let page = stdout(&schoolgate(&["man"]));
    assert!(page.starts_with(".ie") || page.contains(".TH schoolgate"), "{page}");
    for command in
        COMMANDS.iter().filter(|command| !["user", "queue", "archive", "archive hold", "case", "key"].contains(command))
    {
        let heading = format!(".SH \"SCHOOLGATE {}\"", command.to_uppercase());
        assert!(page.contains(&heading), "the manual page does not tell of {command}");
    }
}

#[test]
fn a_reader_who_leaves_early_is_no_mistake() {
    for command in ["completions bash", "man", "--help", "key new --help"] {
        let line = format!("{{ sleep 0.1; {} {command}; }} | true", env!("CARGO_BIN_EXE_schoolgate"));
        let shell = std::process::Command::new("bash").args(["-c", &line]).output().expect("bash runs");
        assert_eq!(stderr(&shell), "", "{command}");
    }
}
