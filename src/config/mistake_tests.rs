use super::{Mistake, Mistakes, Report, Warning, nearest};

const TEXT: &str = "schema = 1\n  näme = \"x\"\nlast";

#[test]
fn it_prints_its_place_the_line_a_marker_and_the_way_out() {
    let at = TEXT.find("näme").unwrap();
    let mut mistake = Mistake::within("config.toml", TEXT, at..at + "näme".len(), "unknown key `näme` in [school]");
    mistake.suggest(Some("name")).help("keys are in docs/config.md");
    let printed = "config.toml:2:3: unknown key `näme` in [school]\n    näme = \"x\"\n    ^^^^\n  help: did you mean `name`?\n  help: keys are in docs/config.md";
    assert_eq!(mistake.to_string(), printed);
    assert_eq!(Warning(&mistake).to_string(), printed.replacen("unknown", "warning: unknown", 1));
}

#[test]
fn a_place_past_the_end_or_inside_a_character_is_moved_not_a_panic() {
    for span in [TEXT.len()..TEXT.len(), 0..0, 15..15, 500..900, 14..TEXT.len()] {
        let mistake = Mistake::within("f", TEXT, span, "m");
        assert!((1..=3).contains(&mistake.line), "{mistake}");
        assert!(mistake.to_string().contains('^'), "{mistake}");
    }
    assert_eq!(Mistake::within("f", "", 3..4, "m").to_string(), "f:1:1: m");
}

#[test]
fn a_place_given_as_line_and_column_comes_back() {
    for (line, column) in [(1, 1), (1, 5), (2, 3), (2, 5), (3, 1), (3, 4)] {
        let mistake = Mistake::at("f", TEXT, line, column, "m");
        assert_eq!((mistake.line, mistake.column), (line, column));
    }
    assert_eq!(Mistake::at("f", TEXT, 99, 99, "m").line, 3);
}

#[test]
fn a_password_in_the_file_is_not_shown() {
    for line in [
        "password = \"hunter2\"",
        "user.smtp_Password=\"hunter2\"",
        "api_token = \"hunter2\"",
        "sign_in = { user = \"u\", \"password\" = \"hunter2\" }",
    ] {
        let printed = Mistake::within("f", line, 0..4, "unknown key").to_string();
        assert!(!printed.contains("hunter2"), "{printed}");
    }
    assert!(Mistake::within("f", "password_file = \"p\"", 0..4, "m").to_string().contains("\"p\""));
}

#[test]
fn a_long_line_is_cut_around_the_place_and_control_characters_do_not_reach_the_terminal() {
    let line = format!("{}WRONG{}\u{1b}[2J", "a".repeat(4000), "b".repeat(4000));
    let printed = Mistake::within("f", &line, 4000..4005, "m").to_string();
    assert!(printed.contains("WRONG") && printed.len() < 400, "{printed}");
    let rows: Vec<&str> = printed.lines().collect();
    assert_eq!(rows[1].find("WRONG"), rows[2].find("^^^^^"));
    assert!(!Mistake::within("f", "a\u{1b}[2J\tb", 0..1, "m").to_string().contains('\u{1b}'));
}

#[test]
fn the_nearest_word_is_found_and_a_far_one_is_not() {
    let words = ["subject_word", "size_over", "to", "from", "hold_for"];
    assert_eq!(nearest("subject-word", words), Some("subject_word".to_owned()));
    assert_eq!(nearest("Subject_wrod", words), Some("subject_word".to_owned()));
    assert_eq!(nearest("form", words), Some("from".to_owned()));
    assert_eq!(nearest("holdfor", words), Some("hold_for".to_owned()));
    assert_eq!(nearest("attachment", words), None);
    assert_eq!(nearest("", words), None);
}

#[test]
fn the_report_is_the_document_that_is_promised() {
    let mut mistake = Mistake::within("config.toml", "nmae = 1", 0..4, "unknown key `nmae`");
    mistake.suggest(Some("name")).rule = Some("confidential".to_owned());
    let plain = Mistake::within("config.toml", "x", 0..1, "m");
    let report = Report::from(Mistakes { mistakes: vec![mistake], warnings: vec![plain] });
    let expected = serde_json::json!({
        "ok": false,
        "mistakes": [{ "file": "config.toml", "line": 1, "column": 1, "message": "unknown key `nmae`", "suggestion": "name", "rule": "confidential" }],
        "warnings": [{ "file": "config.toml", "line": 1, "column": 1, "message": "m", "suggestion": null }],
    });
    assert_eq!(serde_json::to_value(report).unwrap(), expected);
}
