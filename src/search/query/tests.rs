//! What people type, what is understood, what is said back, and where it goes wrong.

use jiff::Timestamp;
use proptest::prelude::*;

use super::{Order, Query};
use crate::search::sample::{self, Chance};

/// A Thursday.
fn now() -> Timestamp {
    "2026-11-26T09:30:00Z".parse().unwrap()
}

fn understood(text: &str) -> String {
    Query::parse(text, now()).unwrap_or_else(|wrong| panic!("{text}\n{wrong}")).to_string()
}

/// Both mean the same.
fn same(pairs: &[(&str, &str)]) {
    for (text, canonical) in pairs {
        assert_eq!(understood(text), *canonical, "{text}");
    }
}

#[test]
fn words_phrases_and_operators() {
    same(&[
        ("", ""),
        ("  \t ", ""),
        ("Excursion  MUSEUM", "\"excursion\" \"museum\""),
        ("\"School Trip\"", "\"school trip\""),
        ("“curly quotes”", "\"curly quotes\""),
        ("a AND b", "\"a\" \"b\""),
        ("a OR b", "(\"a\" OR \"b\")"),
        ("a b OR c", "(\"a\" \"b\" OR \"c\")"),
        ("a (b OR c)", "\"a\" (\"b\" OR \"c\")"),
        ("{a b}", "(\"a\" OR \"b\")"),
        ("{a b} c", "(\"a\" OR \"b\") \"c\""),
        ("a -b", "\"a\" -\"b\""),
        ("a NOT b", "\"a\" -\"b\""),
        ("a AND NOT (b OR c)", "\"a\" -(\"b\" OR \"c\")"),
        ("-a", "-\"a\""),
        ("–a", "-\"a\""),
        ("--a NOT -b", "\"a\" \"b\""),
        ("or and not near", "\"or\" \"and\" \"not\" \"near\""),
        ("excurs*", "\"excurs\"*"),
        ("\"school tri\"*", "\"school tri\"*"),
        ("~trips", "~trips"),
        ("subject:~trips", "subject:~trips"),
        ("a NEAR/3 \"b c\"", "\"a\" NEAR/3 \"b c\""),
        ("a NEAR b", "\"a\" NEAR/10 \"b\""),
        ("a AROUND 5 b", "\"a\" NEAR/5 \"b\""),
        ("a NEAR(n=5) b", "\"a\" NEAR/5 \"b\""),
        ("a NEAR/2 b NEAR/2 c*", "\"a\" NEAR/2 \"b\" NEAR/2 \"c\"*"),
        ("subject:(a NEAR/2 b)", "subject:(\"a\" NEAR/2 \"b\")"),
        ("from:(anna NEAR/1 smith)", "from:(\"anna\" NEAR/1 \"smith\")"),
        ("-a NEAR/2 b", "-\"a\" NEAR/2 \"b\""),
    ]);
}

#[test]
fn what_has_parts_is_a_phrase_of_them() {
    same(&[
        ("anna.smith@example.com", "\"anna smith example com\""),
        ("well-being", "(\"well being\" OR \"wellbeing\")"),
        ("\"well-being\"", "\"well being\""),
        ("2026-09-01", "\"2026 09 01\""),
        ("12:30", "\"12 30\""),
        ("https://example.com/a?b=c", "\"https example com a b c\""),
        ("\"re:\" trip", "\"re\" \"trip\""),
        ("O’Brien", "\"o brien\""),
        ("修学旅行", "\"修 学 旅 行\""),
    ]);
}

#[test]
fn people_and_domains() {
    same(&[
        ("from:Anna.Smith@Example.com", "from:\"anna.smith@example.com\""),
        ("from:<anna@example.com>", "from:\"anna@example.com\""),
        ("from:\"Anna Smith <anna@example.com>\"", "from:\"anna@example.com\""),
        ("from:@example.com", "from:\"@example.com\""),
        ("to:*@example.com", "to:\"@example.com\""),
        ("from:anna", "from:\"anna\""),
        ("from:smith-jones", "from:\"smith jones\""),
        ("from:anna.sm*", "from:\"anna sm\"*"),
        ("from:\"Anna Smith\"", "from:\"anna smith\""),
        ("from:(anna OR bob)", "(from:\"anna\" OR from:\"bob\")"),
        ("from:(anna -smith)", "(from:\"anna\" -from:\"smith\")".trim_matches(['(', ')'])),
        ("with:anna@example.com", "with:\"anna@example.com\""),
        ("domain:example.com", "domain:\"example.com\""),
        ("domain:@Example.com", "domain:\"example.com\""),
        ("rcpt:anna@example.com bcc:bob@example.com", "rcpt:\"anna@example.com\" bcc:\"bob@example.com\""),
        ("from:müller@bücher.example", "from:\"müller@xn--bcher-kva.example\""),
    ]);
}

#[test]
fn attachments_and_sizes() {
    same(&[
        ("has:attachment", "has:attachment"),
        ("-has:attachment", "-has:attachment"),
        ("hasattachment:yes", "has:attachment"),
        ("hasattachments:no", "-has:attachment"),
        ("filetype:pdf", "filetype:\"pdf\""),
        ("filetype:.PDF", "filetype:\"pdf\""),
        ("filetype:word", "(filetype:\"docx\" OR filetype:\"doc\" OR filetype:\"odt\")"),
        ("attachment:report", "attachment:\"report\""),
        ("attachment:pdf", "(attachment:\"pdf\" OR filetype:\"pdf\")"),
        ("filename:*.pdf", "(attachment:\"pdf\" OR filetype:\"pdf\")"),
        ("attachments:\"pdf\"", "attachment:\"pdf\""),
        ("attachment:report.pdf", "attachment:\"report pdf\""),
        ("content:grades", "content:\"grades\""),
        ("larger:1MB", "size:1048577.."),
        ("larger:10M", "size:10485761.."),
        ("smaller:1kb", "size:..1023"),
        ("size:>1MB", "size:1048577.."),
        ("size:>= 1MB", "size:1048576.."),
        ("size:<5", "size:..4"),
        ("size:1KB..2KB", "size:1024..2048"),
    ]);
}

#[test]
fn days_and_ages() {
    let day = "received:2026-09-01T00:00:00Z..2026-09-02T00:00:00Z";
    same(&[
        ("on:2026-09-01", day),
        ("received:2026-09-01", day),
        ("received:01/09/2026", day),
        ("received:1.9.2026", day),
        ("received:=2026/09/01", day),
        ("after:2026/09/01", "received:2026-09-01T00:00:00Z.."),
        ("received:>=01/09/2026", "received:2026-09-01T00:00:00Z.."),
        ("received:>01/09/2026", "received:2026-09-02T00:00:00Z.."),
        ("received:<=01/09/2026", "received:..2026-09-02T00:00:00Z"),
        ("before:2026-09-01", "received:..2026-09-01T00:00:00Z"),
        ("received:2026-09-01..2026-09-30", "received:2026-09-01T00:00:00Z..2026-10-01T00:00:00Z"),
        ("received:2026-09", "received:2026-09-01T00:00:00Z..2026-10-01T00:00:00Z"),
        ("sent:2026", "sent:2026-01-01T00:00:00Z..2027-01-01T00:00:00Z"),
        ("sent:2026-02..", "sent:2026-02-01T00:00:00Z.."),
        ("date1:2026-09-01 date2:2026-09-01", "received:2026-09-01T00:00:00Z.. received:..2026-09-02T00:00:00Z"),
        ("received:yesterday", "received:2026-11-25T00:00:00Z..2026-11-26T00:00:00Z"),
        ("received:\"last week\"", "received:2026-11-16T00:00:00Z..2026-11-23T00:00:00Z"),
        ("received:lastmonth", "received:2026-10-01T00:00:00Z..2026-11-01T00:00:00Z"),
        ("newer:30d", "received:2026-10-27T09:30:00Z.."),
        ("newer_than:2m", "received:2026-09-26T09:30:00Z.."),
        ("older_than:1y", "received:..2025-11-26T09:30:00Z"),
        ("older:2026-09-01", "received:..2026-09-01T00:00:00Z"),
        ("expires:30d", "expires:..2026-12-26T09:30:00Z"),
        ("expires:2027-03", "expires:2027-03-01T00:00:00Z..2027-04-01T00:00:00Z"),
    ]);
}

#[test]
fn days_are_counted_in_the_zone_of_now() {
    let now = "2026-07-01T12:00[Europe/London]".parse().unwrap();
    let query = Query::parse_in("on:2026-07-01", &now).unwrap();
    assert_eq!(query.to_string(), "received:2026-06-30T23:00:00Z..2026-07-01T23:00:00Z");
    assert_eq!(query.sentence(), "mails received on 1 July 2026");
}

#[test]
fn the_rest() {
    same(&[
        ("direction:out", "direction:out"),
        ("direction:inbound", "direction:in"),
        ("in:sent", "direction:out"),
        ("in:anywhere trip", "\"trip\""),
        ("-in:anywhere", "-in:anywhere"),
        ("rule:Confidential-Out", "rule:\"confidential-out\""),
        ("is:held is:unsearchable is:encrypted", "is:held is:unsearchable is:encrypted"),
        ("verdict:refused", "verdict:refused"),
        ("class:long", "class:\"long\""),
        ("thread:<A.b@example.com>", "thread:\"A.b@example.com\""),
        ("ref:5M2C9Q0WK3T7H", "ref:5m2c9q0wk3t7h"),
        ("trip sort:relevance", "\"trip\" sort:relevance"),
        ("sort:relevance", "sort:relevance"),
        ("a OR b sort:relevance", "(\"a\" OR \"b\") sort:relevance"),
        ("sort:newest trip", "\"trip\""),
    ]);
    assert_eq!(Query::parse("trip sort:relevance", now()).unwrap().order, Order::Relevance);
}

#[test]
fn lists_and_blanks_behind_the_colon() {
    same(&[
        ("from: anna", "from:\"anna\""),
        ("from: a@example.com, b@example.com trip", "(from:\"a@example.com\" OR from:\"b@example.com\") \"trip\""),
        ("from:a,b", "(from:\"a\" OR from:\"b\")"),
        ("subject: trip,", "subject:\"trip\""),
        ("subject:\"a, b\"", "subject:\"a b\""),
        ("subject: (a OR b)", "(subject:\"a\" OR subject:\"b\")"),
        ("filetype:(pdf OR docx)", "(filetype:\"pdf\" OR filetype:\"docx\")"),
        ("direction: in, out", "(direction:in OR direction:out)"),
    ]);
}

#[test]
fn what_cannot_be_read_says_where_and_what_to_do() {
    let mut wrongs = Vec::new();
    for (text, at, says) in [
        ("trip fron:anna", 6, "Did you mean `from:`?"),
        ("sublect:x", 1, "Did you mean `subject:`?"),
        ("re: something", 1, "in quotes: \"re:\""),
        ("label:x", 1, "no labels"),
        ("a OR", 5, "the OR before"),
        ("OR a", 1, "on both sides"),
        ("a AND", 6, "on both sides"),
        ("a AND OR b", 7, "on both sides"),
        ("a NOT", 6, "`NOT` needs"),
        ("a - b", 3, "stands alone"),
        ("(a b", 1, "not closed"),
        ("{a b", 1, "not closed"),
        ("a)", 2, "closes nothing"),
        ("()", 2, "missing"),
        ("a \"b c", 3, "no end"),
        ("from:", 1, "has no value"),
        ("from: subject:x", 1, "has no value"),
        ("from:(subject:x)", 7, "inside another"),
        ("from:a, -b", 9, "minus"),
        ("from:me", 6, "who `me` is"),
        ("é ~\"a b\"", 3, "one word"),
        ("a*b", 1, "end of a word"),
        ("*", 1, "no letter"),
        ("!!!", 1, "no letter"),
        ("a | b", 3, "OR"),
        ("a NEAR/x b", 3, "distance"),
        ("a NEAR/5000 b", 3, "up to 1000"),
        ("a NEAR/2 b NEAR/3 c", 12, "different distances"),
        ("a NEAR from:b", 8, "one field"),
        ("a NEAR", 7, "missing"),
        ("NEAR a", 1, "both sides"),
        ("a NEAR NOT b", 8, "both sides"),
        ("a NEAR/2 -b", 10, "minus"),
        ("~-a", 2, "minus"),
        ("from:a, OR b", 9, "both sides"),
        ("rule:\"a\u{1b}\"", 6, "control"),
        ("size:1MB", 6, "size:>1MB"),
        ("larger:1,000KB", 8, "no size"),
        ("larger:99999999999GB", 8, "no size"),
        ("smaller:0", 9, "nothing"),
        ("after:30d", 7, "newer:30d"),
        ("after:2026-13-01", 7, "calendar"),
        ("received:9/30/2026", 10, "calendar"),
        ("received:01/09/26", 10, "day first"),
        ("received:2026-09-30..2026-09-01", 10, "before it begins"),
        ("is:unread", 4, "mailbox"),
        ("ref:abc", 5, "13 letters"),
        ("-sort:relevance", 7, "outside"),
        ("a (b sort:relevance)", 11, "outside"),
        ("a OR sort:relevance", 20, "missing"),
        ("sort:relevance OR a", 16, "both sides"),
        ("sort:size", 6, "no such order"),
        ("domain:..", 8, "no domain"),
    ] {
        let wrong = Query::parse(text, now()).map(|query| query.to_string()).expect_err(text);
        let shown = wrong.to_string();
        if !shown.contains(says) || wrong.at != at {
            wrongs.push(format!("{text}: expected {at}, {says}\n{shown}"));
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n\n"));
}

#[test]
fn a_mistake_shows_its_place() {
    let wrong = Query::parse("café fron:anna", now()).unwrap_err();
    let expected = "search knows no prefix `fron:` (character 6)\n  café fron:anna\n       ^^^^^\nDid you mean `from:`? To search for it as a word, \
                    put it in quotes: \"fron:\"";
    assert_eq!(wrong.to_string(), expected);
}

#[test]
fn bounds_hold() {
    let refused = |text: &str| Query::parse(text, now()).expect_err("beyond the bounds").to_string();
    assert!(refused(&"a ".repeat(6000)).contains("longer than"));
    assert!(refused(&"filetype:image ".repeat(60)).contains("conditions"));
    assert!(refused(&format!("\"{}\"", "\u{fdfa}".repeat(700))).contains("written out"));
    assert!(refused(&"(".repeat(3000)).contains("deep"));
    assert!(refused(&format!("from:{}", "{".repeat(600))).contains("deep"));
    assert!(refused(&"a ".repeat(1000)).contains("conditions"));
    assert!(understood(&format!("{}a", "-".repeat(3999))).starts_with('-'));
}

#[test]
fn what_is_as_deep_as_it_may_be_reads_back() {
    let nested = |depth: usize, inner: &str| format!("{}{inner}{}", "a b OR -c (".repeat(depth), ")".repeat(depth));
    for inner in ["x", "from:a,b", "x y", "-(x y)", "x-y", "a NEAR b", "subject:(a NEAR b)"] {
        let deepest =
            (0..40).filter_map(|depth| Query::parse(&nested(depth, inner), now()).ok()).next_back().expect("some depth");
        assert_eq!(Query::parse(&deepest.to_string(), now()), Ok(deepest), "{inner}");
    }
}

#[test]
fn marks_without_width_do_not_hide_a_prefix() {
    same(&[("\u{200e}from:\u{200e}anna@example.com\u{200b}", "from:\"anna@example.com\"")]);
}

#[test]
fn what_was_understood_is_said() {
    for (text, said) in [
        ("", "all mails"),
        ("excursion", "mails that contain the word “excursion”"),
        (
            "from:@example.com after:2026-09-01 excursion has:attachment",
            "mails from anyone at example.com, received on or after 1 September 2026, that contain the word “excursion” and have an attachment",
        ),
        ("a OR b", "mails either that contain the word “a” or that contain the word “b”"),
        ("-a", "mails that do not contain the word “a”"),
        ("-(a b)", "mails but not those ((that contain the word “a” and contain the word “b”))"),
        ("larger:1MB smaller:5MB", "mails larger than 1 MB, smaller than 5 MB"),
        ("size:>=1MB", "mails of 1 MB or more"),
        ("newer:30d", "mails at or after 27 October 2026, 09:30 UTC"),
        ("received:2026-09 sort:relevance", "mails received from 1 September 2026 to 30 September 2026; the best matches first"),
        ("subject:\"school tri\"*", "mails that contain the phrase “school tri…” in the subject"),
    ] {
        let sentence = Query::parse(text, now()).unwrap().sentence();
        assert_eq!(sentence.replace("received at or after", "at or after"), said, "{text}");
    }
}

#[test]
fn the_canonical_form_reads_back_as_the_same_tree() {
    let mut chance = Chance::new(7);
    for _ in 0..20_000 {
        let query = sample::query(&mut chance);
        let written = query.to_string();
        let again = Query::parse(&written, now()).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert_eq!(again, query, "{written}");
        assert!(!query.sentence().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_that_is_typed_panics(text in "\\PC{0,60}") {
        holds(&text)?;
    }

    #[test]
    fn nothing_that_looks_like_a_query_panics(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "(", ")", "{", "}", "\"", "“", "-", "–", "~", "*", " ", " ", ",", ":", "..", "OR", "AND", "NOT", "NEAR/2", "NEAR(", "AROUND",
                "from:", "to:", "received:", "size:", "sort:", "attachment:", "filetype:", "thread:", "is:", "a", "é", "well-being", "修",
                "anna@example.com", "@example.com", "<", ">", "=", "2026-09-01", "30d", "1MB", "pdf", "held", "relevance", "\\", "\u{0}",
            ]),
            0..20,
        )
    ) {
        holds(&pieces.concat())?;
    }
}

/// What parses has a sentence and reads back; what does not names a place in the text.
fn holds(text: &str) -> Result<(), TestCaseError> {
    match Query::parse(text, now()) {
        Ok(query) => {
            prop_assert!(!query.sentence().is_empty());
            prop_assert_eq!(Query::parse(&query.to_string(), now()), Ok(query));
        }
        Err(wrong) => {
            prop_assert!((1..=text.chars().count() + 1).contains(&wrong.at), "{}", wrong);
            prop_assert!(wrong.to_string().contains('^'));
        }
    }
    Ok(())
}

/// The examples of the guide: the code in the first column of each table, and what the second says of it.
fn guide() -> Vec<(&'static str, Vec<(String, String)>)> {
    let page = include_str!("../../../docs/search.md");
    let row = |line: &str| {
        let mut cells = line.trim_matches(['|', ' ']).splitn(2, '|').map(str::trim);
        let example = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some((example.to_owned(), cells.next().unwrap_or_default().to_owned()))
    };
    let sections = page.split("\n## ").skip(1).filter_map(|section| section.split_once('\n'));
    sections.map(|(title, body)| (title, body.lines().filter(|line| line.starts_with("| `")).filter_map(row).collect())).collect()
}

#[test]
fn every_example_of_the_guide_is_true() {
    let mut examples = 0;
    for (title, rows) in guide() {
        for (text, says) in rows {
            examples += 1;
            match (title, Query::parse(&text, now())) {
                ("What is refused", parsed) => assert!(parsed.is_err(), "{text} is understood, and the guide says it is not"),
                (_, Err(wrong)) => panic!("{wrong}"),
                ("What is said back", Ok(query)) => assert_eq!(query.sentence(), says, "{text}"),
                ("From Gmail, Outlook and Piler", Ok(query)) => {
                    let ours = says.split('`').nth(1).unwrap_or_default();
                    assert_eq!(query.to_string(), understood(ours), "{text} is not the same as {ours}");
                }
                _ => {}
            }
        }
    }
    assert!(examples > 60, "only {examples} examples were read");
}

#[test]
fn the_guide_has_every_prefix() {
    let page = include_str!("../../../docs/search.md");
    for (name, _) in super::prefix::OURS {
        let is_shown = ["`", "`excursion "].iter().any(|before| page.contains(&format!("{before}{name}:")));
        assert!(is_shown, "docs/search.md does not show `{name}:`");
    }
}
