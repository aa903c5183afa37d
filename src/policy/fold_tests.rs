use super::{Word, readings};

fn seen(subject: &str, word: &str) -> bool {
    let word = Word::new(word);
    readings(subject).iter().any(|reading| reading.has(&word))
}

#[test]
fn a_word_is_seen_through_every_disguise() {
    let disguises = [
        "Confidential",
        "[CONFIDENTIAL] report",
        "re: confidential.",
        "conf\u{200b}idential",
        "conf\u{ad}idential",
        "conf\u{feff}ide\u{2060}ntial",
        "c\u{301}on\u{308}fidential",
        "\u{ff43}\u{ff4f}\u{ff4e}\u{ff46}\u{ff49}\u{ff44}\u{ff45}\u{ff4e}\u{ff54}\u{ff49}\u{ff41}\u{ff4c}",
        "con\u{fb01}dential",
        "\u{441}\u{43e}nfid\u{435}nti\u{430}l",
        "\u{421}\u{39f}NFID\u{395}NTI\u{391}L",
        "c\u{3bf}nfident\u{3b9}al",
        "\u{202e}laitnedifnoc\u{202c} report",
        "report \u{202e}laitnedifnoc",
        "\u{2066}conf\u{2069}idential",
        "\u{1d41c}\u{1d428}\u{1d427}\u{1d41f}\u{1d422}\u{1d41d}\u{1d41e}\u{1d427}\u{1d42d}\u{1d422}\u{1d41a}\u{1d425}",
        "\u{1d04}\u{1d0f}\u{274}\u{a730}\u{26a}\u{1d05}\u{1d07}\u{274}\u{1d1b}\u{26a}\u{1d00}\u{29f}",
        "conf\r\nidential",
        "conf\u{0}idential",
        "confidential\u{a0}report",
        "strictly_confidential",
    ];
    for subject in disguises {
        assert!(seen(subject, "confidential"), "{}", subject.escape_unicode());
        assert!(seen(subject, "Confidential"), "{}", subject.escape_unicode());
    }
}

#[test]
fn a_word_in_a_longer_word_or_a_web_address_is_no_word() {
    for subject in [
        "confidentiality",
        "unconfidential",
        "confidentia1",
        "confi dential",
        "see https://example.org/confidential/x",
        "www.confidential.example",
        "",
    ] {
        assert!(!seen(subject, "confidential"), "{subject}");
    }
}

#[test]
fn several_words_and_other_scripts_are_found_as_written() {
    assert!(seen("This is in  Confidence!", "in confidence"));
    assert!(!seen("in strict confidence", "in confidence"));
    assert!(seen("ΝΈΑ για όλους", "νέα"));
    assert!(seen("ВАЖНО", "важно"));
    assert!(seen("Überweisung", "überweisung"));
    assert!(!seen("anything", "!!!"), "a word without letters is never found");
}

#[test]
fn a_subject_of_a_hundred_kilobytes_is_read_to_its_end() {
    assert!(seen(&format!("{} confidential", "x ".repeat(50_000)), "confidential"));
}

#[test]
fn spaced_out_letters_are_a_word() {
    let word = Word::new("confidential");
    let has = |text: &str| readings(text).iter().any(|reading| reading.has(&word));
    for text in [
        "C O N F I D E N T I A L",
        "Re: c.o.n.f.i.d.e.n.t.i.a.l report",
        "C-O-N-F-I-D-E-N-T-I-A-L",
        "C o\u{200b} N F I D E N T I \u{410} L: x",
    ] {
        assert!(has(text), "{text:?}");
    }
    for text in ["C O N F I D E N T", "c o n fidential", "A B C D and confidentially"] {
        assert!(!has(text), "{text:?}");
    }
}
