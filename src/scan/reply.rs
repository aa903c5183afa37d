//! clamd's answer to INSTREAM (clamd(8)): `stream: OK`, `stream: NAME FOUND`, or `… ERROR`.
//!
//! In: the bytes of the answer. Out: an [`Outcome`]. Invariant: only the very words `stream: OK` mean clean; what is not
//! understood is broken. Names and texts lose their control characters and are cut, for they go to replies and the log.

use super::report::Outcome;
use crate::base::{limits, one_line};

/// Reads one answer.
pub(super) fn read(reply: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(reply);
    let text = text.trim_end_matches(['\0', '\n', '\r']);
    if text == "stream: OK" {
        return Outcome::Clean;
    }
    let found = text.strip_prefix("stream: ").and_then(|rest| rest.strip_suffix(" FOUND"));
    match found.map(name) {
        Some(virus) if !virus.is_empty() => of_find(virus),
        _ if text.starts_with("INSTREAM size limit exceeded") => Outcome::TooBig,
        _ if text.is_empty() => Outcome::Broken("an empty answer".to_owned()),
        _ => Outcome::Broken(short(text)),
    }
}

/// `ExtendedDetectionInfo` puts hash and size in brackets behind the name.
fn name(found: &str) -> String {
    short(found.split_once('(').map_or(found, |(name, _)| name))
}

/// What clamd reports like a virus and is none (clamd.conf(5), `AlertEncrypted` and `AlertExceedsMax`).
fn of_find(virus: String) -> Outcome {
    if virus.starts_with("Heuristics.Encrypted.") {
        return Outcome::Protected;
    }
    if virus.starts_with("Heuristics.Limits.Exceeded") {
        return Outcome::TooBig;
    }
    Outcome::Infected(virus)
}

fn short(text: &str) -> String {
    one_line(text.trim()).take(limits::VIRUS_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::{Outcome, read};
    use crate::base::limits;

    #[test]
    fn each_answer_means_what_it_says_and_only_ok_is_clean() {
        let virus = |name: &str| Outcome::Infected(name.to_owned());
        let broken = |what: &str| Outcome::Broken(what.to_owned());
        for (reply, outcome) in [
            ("stream: OK\0", Outcome::Clean),
            ("stream: OK\n", Outcome::Clean),
            ("stream: Win.Test.EICAR_HDB-1 FOUND\0", virus("Win.Test.EICAR_HDB-1")),
            ("stream: OK FOUND\0", virus("OK")),
            ("stream: Eicar(44d88612fea8a8f36de82e1278abb02f:68) FOUND\0", virus("Eicar")),
            ("stream: Heuristics.Encrypted.Zip FOUND\0", Outcome::Protected),
            ("stream: Heuristics.Limits.Exceeded.MaxScanSize FOUND\0", Outcome::TooBig),
            ("INSTREAM size limit exceeded. ERROR\0", Outcome::TooBig),
            ("stream: Can't allocate memory ERROR\0", broken("stream: Can't allocate memory ERROR")),
            ("COMMAND READ TIMED OUT\0", broken("COMMAND READ TIMED OUT")),
            ("stream: OK\0stream: OK\0", broken("stream: OK stream: OK")),
            ("OK\0", broken("OK")),
            ("stream:  FOUND\0", broken("stream:  FOUND")),
            ("stream: ok\0", broken("stream: ok")),
            ("250 OK\r\n", broken("250 OK")),
        ] {
            assert_eq!(read(reply.as_bytes()), outcome, "{reply:?}");
        }
        assert_eq!(read(b"\xff\x00\xfe OK"), broken("\u{fffd} \u{fffd} OK"));
        assert!(matches!(read(b""), Outcome::Broken(_)));
    }

    #[test]
    fn a_name_is_one_line_of_bounded_length() {
        let reply = format!("stream: A\r\nB{} FOUND\0", "x".repeat(5000));
        let Outcome::Infected(virus) = read(reply.as_bytes()) else { panic!("a find") };
        assert_eq!(virus.chars().count(), limits::VIRUS_NAME);
        assert!(!virus.contains(char::is_control), "{virus:?}");
    }
}
