//! Files gone wrong: whatever stands in them, the answer is a configuration or mistakes with places, never a panic.

use std::path::Path;

use proptest::prelude::*;

use super::{Loaded, Mistakes, parse_on};

fn of(text: &str) -> Result<Loaded, Mistakes> {
    parse_on(text, Path::new("/nowhere/config.toml"), jiff::civil::date(2026, 11, 23))
}

/// The example without its comments: every character left means something.
fn example() -> String {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config.toml.example")).unwrap();
    let bare = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim_end());
    bare.filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

/// Every mistake has a place that exists and prints.
fn places_are_real(text: &str, found: &Mistakes) {
    assert!(!found.mistakes.is_empty());
    let lines = text.matches('\n').count() + 1;
    for mistake in found.mistakes.iter().chain(&found.warnings) {
        assert!((1..=lines).contains(&mistake.line), "{mistake}\nin {lines} lines");
        assert!(!mistake.message.is_empty() && !mistake.to_string().is_empty());
    }
}

#[test]
fn every_single_damaged_character_gives_a_configuration_or_the_place_of_a_mistake() {
    let good = example();
    of(&good).unwrap_or_else(|m| panic!("{m}"));
    let junk = ["", "\"", "]", "=", "x", "\\", "\n", "{", ".", "é", "0", "'", "[", "\u{0}", "#"];
    let (mut refused, mut elsewhere) = (0, Vec::new());
    for (n, (at, old)) in good.char_indices().enumerate() {
        for put in ["", junk[n % junk.len()]] {
            let bad = format!("{}{put}{}", &good[..at], &good[at + old.len_utf8()..]);
            let Err(found) = of(&bad) else { continue };
            places_are_real(&bad, &found);
            refused += 1;
            let line = good[..at].matches('\n').count() + 1;
            if !found.mistakes.iter().any(|m| m.line.abs_diff(line) <= 1) {
                elsewhere.push(format!("{line} put {put:?} for {old:?}:\n{}", found.mistakes[0]));
            }
        }
    }
    assert!(refused > 1000, "only {refused}");
    assert!(elsewhere.len() * 20 < refused, "{} of {refused}:\n{}", elsewhere.len(), elsewhere.join("\n"));
}

#[test]
fn nesting_beyond_reason_is_a_mistake() {
    for text in [
        "[".repeat(100_000),
        format!("a = {}", "{a=".repeat(50_000)),
        format!("when{} = 1", ".when".repeat(50_000)),
        format!("[when{}]", ".when".repeat(500_000)),
        format!("[[when{}]]\nx{} = 1", ".when".repeat(70), ".x".repeat(70)),
    ] {
        places_are_real(&text, &of(&text).unwrap_err());
    }
    let groups = format!("[[rule]]\nid = \"x\"\nwhen.any_of = {}{}", "[{any_of = ".repeat(60), "}]".repeat(60));
    places_are_real(&groups, &of(&groups).unwrap_err());
}

/// A piece of a configuration: a word it knows, or a bit of TOML.
fn piece() -> impl Strategy<Value = String> {
    let words = super::every_key().into_iter().map(|(_, key)| key.to_owned()).collect::<Vec<_>>();
    let bits = [
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        " ",
        "\"",
        "'",
        "\"\"\"",
        "#",
        "1",
        "-1",
        "1e5",
        "true",
        "2026-12-31",
        "\"outside\"",
        "\"@insults\"",
        "\"50MB\"",
        "\"127.0.0.1:25\"",
        "[\"a@b.example\"]",
        "inf",
        "0xff",
        "\r\n",
        "\u{feff}",
        "é",
    ];
    prop_oneof![
        3 => prop::sample::select(words),
        4 => prop::sample::select(bits.map(str::to_owned).to_vec()),
        1 => any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        places_are_real(&text, &of(&text).unwrap_err());
    }

    #[test]
    fn any_heap_of_pieces_is_answered(pieces in prop::collection::vec(piece(), 0..60)) {
        let text = pieces.concat();
        places_are_real(&text, &of(&text).unwrap_err());
        let text = format!("{}{text}", example());
        if let Err(found) = of(&text) {
            places_are_real(&text, &found);
        }
    }
}
