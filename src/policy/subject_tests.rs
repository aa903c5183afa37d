//! The word leaves the subject, and what is left reads well.

use super::without_words;

fn without(subject: &str) -> Option<String> {
    without_words(subject, &[&"confidential".to_owned(), &"strictly private".to_owned()])
}

#[test]
fn the_word_goes_with_what_set_it_apart() {
    let cases = [
        ("Confidential: report", "report"),
        ("Re: CONFIDENTIAL - report", "Re: report"),
        ("[confidential] report", "report"),
        ("report (Confidential)", "report"),
        ("report - confidential", "report"),
        ("Re: Confidential", "Re:"),
        ("confidential", ""),
        ("A strictly private word", "A word"),
        ("Confidential: confidential report", "report"),
        ("Confidential strictly private: report", "report"),
        ("Our confidentiality policy, confidential", "Our confidentiality policy"),
    ];
    for (subject, left) in cases {
        assert_eq!(without(subject).as_deref(), Some(left), "{subject}");
    }
}

#[test]
fn a_word_in_disguise_goes_too() {
    for subject in ["c\u{200b}onfi\u{ad}dential: report", "\u{ff23}onfidential: report", "C\u{43e}nfidential: report"] {
        assert_eq!(without(subject).as_deref(), Some("report"), "{subject:?}");
    }
    assert_eq!(without("C O N F I D E N T I A L: report").as_deref(), Some("report"));
}

#[test]
fn a_subject_without_it_is_left_alone() {
    for subject in ["", "report", "Our confidentiality policy", "confidentialconfidential"] {
        assert_eq!(without(subject), None, "{subject}");
    }
    assert_eq!(without(&"confidential ".repeat(1000)), None, "too long to be searched");
}
