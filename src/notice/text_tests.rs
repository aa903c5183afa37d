use super::{Format, compose, view};
use crate::notice::Spot;
use crate::notice::presence::Folded;

fn end(text: &str) -> Spot {
    view(text, None).end
}

#[test]
fn the_notice_stands_apart_from_the_text() {
    for (text, composed) in [
        ("", "N\r\n"),
        ("a", "\r\n\r\nN"),
        ("a\r\n", "\r\nN\r\n"),
        ("a\r\n\r\n", "N\r\n"),
        ("a\n", "\nN\n"),
        ("a\r\n\r\nFrom: x\r\nSubject: y\r\n", "\r\n_________________________\r\nN\r\n"),
    ] {
        assert_eq!(compose(text, &end(text), "N", Format::default(), 0), composed, "{text:?}");
    }
}

#[test]
fn above_a_quote_there_is_an_empty_line_on_both_sides() {
    let text = "a\r\n> b\r\n";
    let above = view(text, None).above.unwrap();
    assert_eq!(above.at, 3);
    assert_eq!(compose(text, &above, "N", Format::default(), 0), "\r\nN\r\n\r\n");
}

#[test]
fn format_flowed_is_kept() {
    let flowed = Format { flowed: true, delsp: false };
    let composed = compose("", &Spot::default(), "one \n two\n> three\nFrom here\n-- ", flowed, 0);
    assert_eq!(composed, "one\r\n  two\r\n > three\r\n From here\r\n-- \r\n");
    let long = compose("", &Spot::default(), &"word ".repeat(400), flowed, 0);
    assert!(long.lines().rev().skip(1).all(|line| line.ends_with("word ")) && long.lines().all(|line| line.len() <= 998));
    assert_eq!(long.replace("\r\n", "").trim_end(), "word ".repeat(400).trim_end());
}

#[test]
fn long_lines_are_broken_and_others_are_not() {
    let composed = compose("", &Spot::default(), &format!("{}\n{}", "x".repeat(990), "y ".repeat(700)), Format::default(), 0);
    let lines: Vec<&str> = composed.lines().collect();
    assert_eq!(lines[0].len(), 990);
    assert!(lines.len() == 3 && lines.iter().all(|line| line.len() <= 998));
}

#[test]
fn quotes_are_told_from_own_words() {
    let notice = Folded::of("Kept in confidence.");
    for (text, above) in [
        ("hi\n\n> Kept in\n> confidence.\n", Some("> Kept")),
        ("hi\n\nOn 1 May 2026, B\n<b@b.example> wrote:\n\n> Kept in confidence.\n", Some("On 1 May")),
        ("hi\n\nAm 01.05.2026 um 10:00 schrieb B:\n> Kept in confidence.\n", Some("Am 01")),
        ("hi\n\nLe 1 mai 2026 \u{e0} 10:00, B a \u{e9}crit :\n> Kept in confidence.\n", Some("Le 1")),
        ("hi\n\n-----Original Message-----\nFrom: b\nSubject: x\n\nKept in confidence.\n", Some("-----O")),
        ("hi\n\n-----Urspr\u{fc}ngliche Nachricht-----\nVon: b\nBetreff: x\n\nKept in confidence.\n", Some("-----U")),
        ("hi\n\n________________________________\nFrom: b\nSent: c\nTo: d\nSubject: x\n\nKept in confidence.\n", Some("____")),
        ("hi\n\n*From:* b\n*Sent:* c\n*Subject:* x\n\nKept in confidence.\n", Some("*From")),
        ("hi\n\nOn 1 May 2026, B wrote:\n\nKept in confidence.\n", Some("On 1")),
        ("hi\n\nOn 1 May 2026, B wrote:\n> Kept in confidence.\n\n-- \nA\n", Some("On 1")),
        ("On 1 May 2026, B wrote:\n> Kept in confidence.\n\nI agree.\n", None),
    ] {
        let found = view(text, None);
        assert!(found.quoted.contains(&notice) && !found.own.contains(&notice), "{text}");
        assert_eq!(found.above.as_ref().map(|spot| spot.at), above.map(|start| text.find(start).unwrap()), "{text}");
        let added = format!("{text}{}", compose(text, &found.end, "Kept in\nconfidence.", Format::default(), 0));
        assert!(view(&added, None).own.contains(&notice), "{added}");
        let replied = format!("new\n\n-----Original Message-----\nFrom: c\nSubject: x\n\n{added}");
        assert!(!view(&replied, None).own.contains(&notice), "{replied}");
    }
}

#[test]
fn own_words_that_look_a_little_like_a_quote_are_own() {
    for text in [
        "From: the shop\nwe need paper.\n",
        "The inspector wrote:\nall is well\n",
        "-----\nx\n-----\n",
        "On reflection he wrote:\nno\n",
    ] {
        let found = view(text, None);
        assert!(found.above.is_none() && found.quoted.is_empty(), "{text}");
    }
}
