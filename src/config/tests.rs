//! Whole configurations: the example, the files of `fixtures/config` with what is said about each, and files gone wrong.
//!
//! `SCHOOLGATE_BLESS=1` writes the `.expected` files anew; read them before they are committed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::*;

fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 23)
}

fn example() -> String {
    std::fs::read_to_string(home().join("config.toml.example")).unwrap()
}

/// Reads a text as `config.toml` in a folder that does not exist.
fn of(text: &str) -> Result<Loaded, Mistakes> {
    parse_on(text, Path::new("/nowhere/config.toml"), today())
}

/// The example with one piece put in place of another.
fn example_with(old: &str, new: &str) -> Result<Loaded, Mistakes> {
    let example = example();
    assert!(example.contains(old), "the example has no {old}");
    of(&example.replacen(old, new, 1))
}

fn said(result: &Result<Loaded, Mistakes>) -> String {
    match result {
        Ok(loaded) => {
            let mut text = "good\n".to_owned();
            loaded.warnings.iter().for_each(|w| writeln!(text, "\n{}", Warning(w)).unwrap());
            text
        }
        Err(found) => format!("{found}\n"),
    }
}

#[test]
fn the_example_is_good_and_means_what_it_says() {
    let loaded = of(&example()).unwrap_or_else(|m| panic!("{m}"));
    assert_eq!(loaded.warnings, vec![]);
    let config = loaded.config;
    assert_eq!(config.school.name, "Oakfield School");
    assert_eq!(config.listen.len(), 2);
    assert_eq!(config.routes["default"].next_hop, NextHop::Host { host: "smtp.provider.example".to_owned(), port: 587 });
    assert_eq!(config.limits.message_size, 50 << 20);
    assert_eq!(config.rules[0].tests[0].expect, Expect::Action("disclaimer".to_owned()));
    assert_eq!(config.rules[1].unless.as_ref().unwrap().to, Some(vec![Party::Partners]));
    assert_eq!(config.rules[1].on_error, Some(OnError::Hold));
    assert_eq!(config.retention[1].keep.0, jiff::Span::new().months(6).fieldwise());
    assert_eq!(config.antivirus.clamd, Some(ClamdAddress::Unix(PathBuf::from("/run/clamav/clamd.ctl"))));
    assert_eq!(config.hash.len(), 64);
}

#[test]
fn each_fixture_is_answered_as_expected() {
    let folder = home().join("fixtures/config");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    files.sort();
    assert!(files.len() >= 18, "{files:?}");
    let bless = std::env::var_os("SCHOOLGATE_BLESS").is_some();
    let mut differ = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let got = said(&parse_on(&text, &path, today()))
            .replace(&format!("{}/", folder.display()), "")
            .replace(&folder.display().to_string(), "FOLDER");
        let golden = path.with_extension("expected");
        if bless {
            std::fs::write(&golden, &got).unwrap();
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != got {
            differ.push(format!("{name}:\n{got}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn the_example_names_what_comes_later_and_check_says_so() {
    let mut open = false;
    let uncommented: String = example()
        .lines()
        .map(|line| {
            open = line.starts_with("# not available yet") || (open && line.starts_with("# "));
            let line = if open { line.trim_start_matches("# ") } else { line };
            if line.starts_with("not available yet") { "\n".to_owned() } else { format!("{line}\n") }
        })
        .collect();
    let found = of(&uncommented).unwrap_err();
    let others: Vec<&Mistake> = found.mistakes.iter().filter(|m| !m.message.contains("is not available yet")).collect();
    assert!(others.is_empty(), "{others:#?}");
    for what in ["[console.saml]", "kind \"milter\""] {
        assert!(found.mistakes.iter().any(|m| m.message.contains(what)), "{what}");
    }
}

#[test]
fn the_example_rules_about_words_and_wrong_recipients_can_be_taken_as_they_are() {
    let example = example();
    let begin = example.find("# [list.abuse]").unwrap();
    let end = example[begin..].find("\n\n").map(|at| begin + at).unwrap();
    let block: String =
        example[begin..end].lines().map(|line| line.trim_start_matches("# ").trim_end_matches('#').to_owned() + "\n").collect();
    let block: String =
        block.lines().filter(|line| !line.starts_with("Wrong recipients")).map(|line| line.to_owned() + "\n").collect();
    let whole = format!("{}{block}{}", &example[..begin], &example[end..]);
    let loaded = parse_on(&whole, &home().join("config.toml"), today()).unwrap_or_else(|m| panic!("{m}"));
    assert_eq!(loaded.warnings, vec![]);
    let watched = loaded.config.rules.iter().filter(|rule| matches!(rule.mode, Mode::Watch { .. })).count();
    assert_eq!(watched, 4);
    for category in ["abuse", "discrimination", "sexual", "gambling", "chain-letter", "commitment"] {
        let words = &loaded.config.lists[category].words;
        assert!(words.len() >= 30, "{category}");
        assert!(words.iter().all(|word| words.iter().filter(|w| w == &word).count() == 1), "{category} holds a word twice");
    }
}

#[test]
fn a_clamd_is_shown_as_it_is_written() {
    let old = "\"unix:/run/clamav/clamd.ctl\"";
    for written in ["unix:/run/clamav/clamd.ctl", "tcp:127.0.0.1:3310", "tcp:clamd.oakfield.example:3310", "tcp:[::1]:3310"] {
        let antivirus = example_with(old, &format!("{written:?}")).unwrap_or_else(|m| panic!("{m}")).config.antivirus;
        assert_eq!(antivirus.clamd.unwrap().to_string(), written);
    }
    let off = example_with("clamd   = \"unix:/run/clamav/clamd.ctl\"", "clamd = \"off\"").unwrap().config.antivirus;
    assert_eq!((off.clamd, off.timeout), (None, std::time::Duration::from_secs(30)));
    let copy =
        example_with("# clamd_conf = \"/etc/clamav/clamd.conf\" ", "clamd_conf = \"clamd.conf\" ").unwrap().config.antivirus;
    assert_eq!(copy.clamd_conf.as_deref(), Some(Path::new("/nowhere/clamd.conf")));
}

#[test]
fn paths_start_at_the_folder_of_the_file() {
    let config = example_with("\"/etc/schoolgate/master.key\"", "\"keys/master.key\"").unwrap().config;
    assert_eq!(config.store.key_file, Path::new("/nowhere/keys/master.key"));
    assert_eq!(config.store.path, Path::new("/var/lib/schoolgate"));
    assert_eq!(config.file, Path::new("/nowhere/config.toml"));
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let text = std::fs::read_to_string(home().join("fixtures/config/minimal.toml")).unwrap();
    let config = of(&text).unwrap().config;
    assert_eq!(
        config.limits,
        Limits { message_size: 50 << 20, recipients: 500, messages_per_hour: None, recipients_per_hour: None }
    );
    let route = &config.routes["default"];
    assert_eq!(
        (route.tls, &route.next_hop),
        (RouteTls::Verified, &NextHop::Host { host: "smtp.provider.example".to_owned(), port: 25 })
    );
    assert_eq!((config.ops.address, config.ops.log), (None, LogFormat::Human));
    assert_eq!((config.retention.len(), config.retention[0].id.as_str()), (1, "ordinary"));
    let notice = &config.disclaimers["standard"];
    assert_eq!(
        (notice.place, notice.if_impossible, notice.once_per_thread),
        (NoticePlace::End, IfImpossible::SendWithout, false)
    );
    assert_eq!(notice.html, "<p>Confidential.</p>");
}

#[test]
fn usual_ports_follow_the_way_of_encryption() {
    for (tls, user, port) in [("implicit", true, 465), ("implicit", false, 465), ("verified", true, 587), ("verified", false, 25)]
    {
        let sign_in = if user { "user = \"u\"\npassword_file = \"p\"\n" } else { "" };
        let text = std::fs::read_to_string(home().join("fixtures/config/minimal.toml")).unwrap();
        let route = format!("name = \"default\"\ntls = \"{tls}\"\n{sign_in}");
        let config = of(&text.replacen("name = \"default\"\n", &route, 1)).unwrap().config;
        let NextHop::Host { port: got, .. } = config.routes["default"].next_hop else { panic!("a host was written") };
        assert_eq!(got, port, "{tls} {user}");
    }
}

#[test]
fn html_is_made_from_the_text_with_nothing_left_to_be_read_as_tags() {
    let loaded = example_with(
        "html  = \"<p>This message is confidential and meant for the person it is addressed to. {school.name}</p>\"",
        "",
    )
    .unwrap();
    assert_eq!(loaded.config.disclaimers["standard"].html.matches("<p>").count(), 1);
    let loaded = example_with("text  = \"This message is confidential and meant for the person it is addressed to. {school.name}\"\nhtml  = \"<p>This message is confidential and meant for the person it is addressed to. {school.name}</p>\"", "text = \"\"\"a < b & \"c\"\nd\n\ne {sender.name}\"\"\"").unwrap();
    let html = &loaded.config.disclaimers["standard"].html;
    assert_eq!(html, "<p>a &lt; b &amp; &quot;c&quot;<br>\nd</p>\n<p>e {sender.name}</p>");
}

#[test]
fn header_tests_ignore_case() {
    let loaded =
        example_with("when.subject_word = [\"confidential\"]", "when.header = ['X-Id: ^\\d+ of ten$', \"Sensitivity\"]").unwrap();
    let tests = loaded.config.rules[1].when.header.as_ref().unwrap();
    assert!(tests[0].matches.as_ref().unwrap().is_match("12 OF TEN"));
    assert_eq!((tests[1].name.as_str(), tests[1].matches.is_none()), ("Sensitivity", true));
}

#[test]
fn lists_stand_for_what_is_on_them() {
    let loaded = example_with(
        "when.subject_word = [\"confidential\"]",
        "when.subject_word = [\"confidential\", \"@insults\"]\ndo.copy_to = [\"@safeguarding\", \"x@y.example\"]",
    )
    .unwrap();
    let rule = &loaded.config.rules[1];
    assert_eq!(rule.when.subject_word.as_ref().unwrap(), &["confidential", "blockhead", "nincompoop"]);
    assert_eq!(rule.act.copy_to.len(), 2);
}

#[test]
fn the_hash_names_everything_that_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let text = example().replacen("addresses = [\"dsl@oakfield.example.sch.uk\"]", "file = \"people.csv\"", 1);
    std::fs::write(&path, &text).unwrap();
    let hash = |people: &str| {
        std::fs::write(folder.path().join("people.csv"), people).unwrap();
        read(&path).unwrap_or_else(|m| panic!("{m}")).config.hash
    };
    let first = hash("a@b.example,A\n# none\n\"c@d.example\"\nschool.example\n");
    assert_ne!(first, hash("a@b.example\n"));
    assert_eq!(first, hash("a@b.example,A\n# none\n\"c@d.example\"\nschool.example\n"));
    assert_ne!(first, of(&example()).unwrap().config.hash);
}

#[test]
fn a_file_that_is_missing_a_folder_or_not_text_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    assert!(read(&path).unwrap_err().to_string().contains("there is no such file"));
    assert!(read(folder.path()).unwrap_err().to_string().contains("is not a file"));
    std::fs::write(&path, b"schema = 1\nname = \"\xff\"").unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("line 2 is not UTF-8"));
    std::fs::write(&path, format!("\u{feff}{}", example())).unwrap();
    assert!(read(&path).is_ok(), "a byte order mark is no mistake");
}

#[test]
fn files_that_are_named_are_looked_at_apart() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let minimal = std::fs::read_to_string(home().join("fixtures/config/minimal.toml")).unwrap();
    let loaded = parse_on(&minimal, &folder.path().join("config.toml"), today()).unwrap();
    let key = folder.path().join("master.key");
    assert!(files(&loaded)[0].to_string().contains("there is no such file"));
    assert_eq!((files(&loaded)[0].line, files(&loaded).len()), (10, 1));
    std::fs::write(&key, "").unwrap();
    assert!(files(&loaded)[0].message.contains("is empty"));
    std::fs::write(&key, "secret").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(files(&loaded)[0].help.as_ref().unwrap().contains("chmod 600"));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(files(&loaded), vec![]);
}

#[test]
fn a_mistake_inside_a_rule_names_the_rule() {
    let found = example_with("do.disclaimer = \"standard\"", "do.disclaimer = \"standrad\"").unwrap_err();
    assert_eq!(found.mistakes[0].rule.as_deref(), Some("notice"));
    assert_eq!(found.mistakes[0].suggestion.as_deref(), Some("standard"));
}

#[test]
fn a_test_knows_where_its_expectation_stands() {
    let loaded = of(&example()).unwrap();
    let test = &loaded.config.rules[0].tests[0];
    let shown = Mistake::at("config.toml", &loaded.text, test.line, test.column, "it does not").to_string();
    assert!(shown.contains("expect  = \"disclaimer\""), "{shown}");
}
