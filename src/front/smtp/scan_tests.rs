use proptest::prelude::*;

use super::{Fault, Scanned, Scanner};
use crate::base::limits;

/// Scans a text handed over in pieces cut at these places: how it went, what was kept, how many octets were used.
fn scan(stuffed: bool, text: &[u8], cuts: &[usize]) -> (Scanned, Vec<u8>, usize, Option<Fault>) {
    let mut scanner = Scanner::new(stuffed);
    let mut kept = Vec::new();
    let mut from = 0;
    for &to in cuts.iter().chain([&text.len()]) {
        match scanner.scan(&text[from..to], |run| kept.extend_from_slice(run)) {
            Scanned::All => from = to,
            Scanned::End(used) => return (Scanned::End(used), kept, from + used, scanner.fault()),
            stop @ Scanned::Stop(_) => return (stop, kept, from, scanner.fault()),
        }
    }
    (Scanned::All, kept, from, scanner.fault())
}

#[test]
fn dots_are_unstuffed_and_the_end_is_found_however_it_is_cut() {
    for (sent, mail) in [
        (".\r\n", ""),
        ("\r\n.\r\n", "\r\n"),
        ("..\r\n.\r\n", ".\r\n"),
        ("..a\r\n.\r\n", ".a\r\n"),
        (".a\r\n.\r\n", "a\r\n"),
        ("a\r\n...\r\n.\r\n", "a\r\n..\r\n"),
        ("a.\r\n.\r\n", "a.\r\n"),
        ("a\r\n. \r\n.\r\n", "a\r\n \r\n"),
    ] {
        let text = format!("{sent}QUIT\r\n");
        for cut in 0..sent.len() {
            let (how, kept, used, fault) = scan(true, text.as_bytes(), &[cut]);
            assert!(matches!(how, Scanned::End(_)), "{sent:?} cut at {cut}");
            assert_eq!((kept.as_slice(), used, fault), (mail.as_bytes(), sent.len(), None), "{sent:?} cut at {cut}");
        }
    }
}

#[test]
fn nothing_else_is_the_end_however_it_is_cut() {
    for (end, stops) in [
        ("\n.\n", Some(Fault::BareLf(2))),
        ("\n.\r\n", Some(Fault::BareLf(2))),
        ("\r\n.\n", Some(Fault::BareLf(3))),
        ("\r.\r", Some(Fault::BareCr(2))),
        ("\r.\r\n", Some(Fault::BareCr(2))),
        ("\r.\n", Some(Fault::BareCr(2))),
        ("\n.\r", Some(Fault::BareLf(2))),
        ("\r\n.\r", Some(Fault::BareCr(3))),
        ("\r\n.\r\r\n", Some(Fault::BareCr(3))),
        ("\r\r\n.\r\r\n", Some(Fault::BareCr(2))),
        ("\r\n\0.\r\n", None),
        ("\r\n.\0\r\n", None),
        ("\r\n. \r\n", None),
        ("\u{85}.\u{85}", None),
        ("\u{2028}.\u{2028}", None),
    ] {
        let text = format!("first\r\nbody{end}MAIL FROM:<head@school.example>\r\nDATA\r\n");
        for cut in 0..text.len() {
            let (how, _, _, fault) = scan(true, text.as_bytes(), &[cut]);
            assert_eq!(how, stops.map_or(Scanned::All, Scanned::Stop), "{end:?} cut at {cut}");
            assert_eq!(fault.filter(|_| stops.is_none()), end.contains('\0').then_some(Fault::Nul(3)), "{end:?} cut at {cut}");
        }
    }
}

#[test]
fn counted_octets_are_kept_as_they_are() {
    let (how, kept, _, fault) = scan(false, b".\r\n..\r\na\r\n.\r\nb", &[]);
    assert_eq!((how, kept.as_slice(), fault), (Scanned::All, &b".\r\n..\r\na\r\n.\r\nb"[..], None));
    assert_eq!(scan(false, b"a\r", &[]).3, Some(Fault::BareCr(1)));
    assert_eq!(scan(false, b"a\r\n.\nb", &[]).0, Scanned::Stop(Fault::BareLf(2)));
}

#[test]
fn a_line_has_an_end() {
    let long = [vec![b'a'; limits::MAIL_LINE_OCTETS - 2], b"\r\nb\r\n.\r\n".to_vec()].concat();
    assert_eq!(scan(true, &long, &[1000]).3, None);
    assert_eq!(scan(true, &[b"a", long.as_slice()].concat(), &[1000]).3, Some(Fault::LongLine(1)));
}

proptest! {
    /// What is stuffed and sent in any pieces is what was meant.
    #[test]
    fn stuffed_mail_comes_out_as_it_went_in(lines in prop::collection::vec("[.a\u{e4}]{0,5}", 0..8), cuts in prop::collection::vec(0usize..40, 0..6)) {
        let mail: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let sent: String = lines.iter().map(|line| format!("{}{line}\r\n", if line.starts_with('.') { "." } else { "" })).collect::<String>() + ".\r\n";
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(sent.len())).collect();
        cuts.sort_unstable();
        let (how, kept, used, fault) = scan(true, sent.as_bytes(), &cuts);
        prop_assert!(matches!(how, Scanned::End(_)));
        prop_assert_eq!((String::from_utf8(kept).unwrap(), used, fault), (mail, sent.len(), None));
    }

    /// Whatever comes, what is kept has no bare CR or LF in it when the end is found.
    #[test]
    fn no_octets_get_past(text in prop::collection::vec(prop::sample::select(b".\r\n\0a".to_vec()), 0..60)) {
        let (how, kept, _, fault) = scan(true, &text, &[text.len() / 2]);
        if matches!(how, Scanned::End(_)) {
            let rest = String::from_utf8(kept).unwrap().replace("\r\n", "");
            prop_assert!(!rest.contains(['\r', '\n']));
            prop_assert_eq!(rest.contains('\0'), fault.is_some());
        }
    }
}
