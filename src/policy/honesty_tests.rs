//! Every `fixtures/honesty/*.case`, and what no fixture can say: that no mail at all makes the judge stumble.

use std::path::Path;

use bytes::Bytes;
use proptest::prelude::*;

use super::{Owner, Shown, judge, shown_addresses};
use crate::config::{self, Config, Senders};
use crate::message::Message;
use crate::policy::sample::{address, submission};

const CONFIG: &str = include_str!("../../fixtures/honesty/config.toml");

fn config() -> Config {
    config::parse(CONFIG, Path::new("/school/config.toml")).unwrap_or_else(|mistakes| panic!("{mistakes}")).config
}

/// What is said of a mail from `path`; `who` is who signed in, or `relay` for the strict listener.
fn said(config: &Config, who: &str, path: &str, mail: &str) -> String {
    let account = (who != "relay").then(|| address(who));
    let mail = submission(path.trim_matches(['<', '>']), &["parent@example.com"], &unescaped(mail));
    let owner = Owner::of(config, account.as_ref(), Senders::School);
    match judge(owner, &mail, &Message::parse(mail.raw.clone())) {
        Ok(()) => "honest".to_owned(),
        Err(dishonest) => dishonest.reply().to_string(),
    }
}

/// `\xHH` in a case is that octet's character.
fn unescaped(mail: &str) -> String {
    let mut pieces = mail.split("\\x");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let code = u8::from_str_radix(&piece[..2], 16).unwrap();
        format!("{text}{}{}", char::from(code), &piece[2..])
    })
}

/// A case: `=== title`, `WHO as PATH`, an empty line, the mail; then `=> ` and how the reply begins, or `honest`.
#[test]
fn every_case_comes_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/honesty");
    let (config, mut count, mut wrong) = (config(), 0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "case") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for case in text.split("=== ").skip(1) {
            let (title, rest) = case.split_once('\n').unwrap();
            let (head, rest) = rest.split_once('\n').unwrap();
            let (who, from) = head.split_once(" as ").unwrap();
            let (mail, expected) = rest.split_once("=> ").unwrap();
            let came = said(&config, who, from, mail);
            count += 1;
            if !came.starts_with(expected.trim()) {
                wrong.push(format!("{}: {title}: came\n  {came}\nand not\n  {}", path.display(), expected.trim()));
            }
        }
    }
    assert!(count > 40, "only {count} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_address_is_seen_as_the_eye_sees_it() {
    let seen = |text: &str| shown_addresses(text);
    assert_eq!(seen("Kim @ Oakfield"), []);
    assert_eq!(seen("Kim (@kimteaches)"), []);
    assert_eq!(seen("head\u{200b}@\u{200d}school.test"), [Shown::Address(address("head@school.test"))]);
    assert_eq!(seen("head\u{ff20}school\u{ff0e}test"), [Shown::Address(address("head@school.test"))]);
    assert_eq!(seen("head @ school.test"), [Shown::Address(address("head@school.test"))]);
    assert_eq!(seen("@school.test"), [Shown::Like]);
    assert_eq!(seen("'head@school.test'"), [Shown::Address(address("head@school.test"))]);
    assert_eq!(seen("a@b@school.test").len(), 2);
}

#[test]
fn a_header_of_signs_takes_no_time() {
    for piece in ["@", " @ ", "a@", "<", "\"", "(", "=?", "a@b.c,", "@\u{200b}"] {
        let mail = format!("From: {}\nSender: x\n\nHello\n", piece.repeat(200_000));
        let began = std::time::Instant::now();
        said(&config(), "staff@school.test", "staff@school.test", &mail);
        assert!(began.elapsed() < std::time::Duration::from_secs(10), "{piece}: {:?}", began.elapsed());
    }
}

proptest! {
    /// Whatever stands in the header: a mail that passes names nobody but its owner to the strictest reader of plain addresses.
    #[test]
    fn no_other_address_passes(before in "[ -~]{0,12}", between in "[ -~]{0,12}", name in "(From|Sender|FROM|from|Resent-From)") {
        let mail = format!("From: staff@school.test\n{name}: {before}head@school.test{between}\n\nHello\n");
        let mail = submission("staff@school.test", &["parent@example.com"], &mail);
        let (config, staff) = (config(), address("staff@school.test"));
        prop_assert!(judge(Owner::of(&config, Some(&staff), Senders::Any), &mail, &Message::parse(mail.raw.clone())).is_err());
    }

    #[test]
    fn nothing_makes_it_stumble(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut mail = submission("staff@school.test", &["parent@example.com"], "");
        mail.raw = Bytes::from([b"From: ".as_slice(), &raw].concat());
        let (config, staff) = (config(), address("staff@school.test"));
        let _ = judge(Owner::of(&config, Some(&staff), Senders::Any), &mail, &Message::parse(mail.raw.clone()));
    }
}
