use super::*;

fn signer(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn made() -> Checkpoint {
    let heads = Heads { size: 5, root: [1; 32], mails: 3, mails_root: [2; 32] };
    Checkpoint::sign("mail.oakfield.example.sch.uk/schoolgate", heads, "2026-11-26T02:00:00.7Z".parse().unwrap(), &signer(7))
        .unwrap()
}

#[test]
fn ledger_checkpoints_of_any_key_are_read() {
    for seed in 0..64 {
        let heads = Heads { size: 1, root: [1; 32], mails: 0, mails_root: [2; 32] };
        Checkpoint::sign("mail.example/schoolgate", heads, Timestamp::UNIX_EPOCH, &signer(seed)).unwrap();
    }
}

#[test]
fn ledger_checkpoints_are_read_back_and_bound_to_their_key_and_every_word() {
    let made = made();
    assert_eq!(Checkpoint::read(&made.note, &made.key).unwrap(), made);
    assert_eq!(made.note.lines().count(), 7, "{}", made.note);
    assert!(Checkpoint::read(&made.note.replace('\n', "\r\n"), &made.key).is_ok(), "a mail program may change the line ends");
    let witnessed = format!("{}\u{2014} witness.example AAAAAAAA\n", made.note);
    assert!(Checkpoint::read(&witnessed, &made.key).is_ok(), "a witness may sign below");
    for (old, new) in [("\n5\n", "\n6\n"), ("mails 3", "mails 4"), ("02:00:00", "03:00:00"), ("oakfield", "elmfield")] {
        assert!(Checkpoint::read(&made.note.replacen(old, new, 1), &made.key).is_err(), "{old}");
    }
    let other = verifier_key(&made.origin, &signer(8));
    assert!(Checkpoint::read(&made.note, &other).unwrap_err().contains("is not signed by"));
    for nonsense in ["", "\n\n", "a\nb\n\nc", &"x".repeat(9999), "a\n1\n\u{e9}\n\n"] {
        assert!(Checkpoint::read(nonsense, &made.key).is_err());
    }
}
