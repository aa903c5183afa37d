use proptest::prelude::*;

use super::*;

fn there_and_back(text: &[u8]) -> Option<Vec<u8>> {
    unwrap(text).map(|(how, bytes)| wrap(&bytes, how))
}

proptest! {
    #[test]
    fn what_a_mail_program_wrapped_comes_back_octet_for_octet(
        bytes in proptest::collection::vec(any::<u8>(), 1..4000), line in 1_u16..=256, ends in 0_u8..4,
    ) {
        let how = Wrap { line: line * 4, ends };
        let text = wrap(&bytes, how);
        let (found, held) = unwrap(&text).expect("wrapped as usual");
        prop_assert_eq!(&held, &bytes);
        prop_assert_eq!(wrap(&held, found), text);
    }

    #[test]
    fn whatever_is_taken_off_can_be_put_back(text in "([A-Da-d0-1+/=]{0,12}(\r\n|\n| |))*") {
        if let Some(back) = there_and_back(text.as_bytes()) {
            prop_assert_eq!(back, text.as_bytes());
        }
    }

    #[test]
    fn one_changed_octet_is_never_lost(
        bytes in proptest::collection::vec(any::<u8>(), 1..500), at in any::<prop::sample::Index>(), other in any::<u8>(),
    ) {
        let mut text = wrap(&bytes, Wrap { line: 76, ends: 1 });
        let at = at.index(text.len());
        text[at] = other;
        if let Some(back) = there_and_back(&text) {
            prop_assert_eq!(back, text);
        }
    }
}

#[test]
fn what_another_hand_wrapped_is_left_as_it_is() {
    for (text, why) in [
        ("", "nothing"),
        ("\r\n", "no line"),
        ("QUJD\nQUJD", "bare line feeds"),
        ("QUJD\r\nQUJDQUJD", "a longer second line"),
        ("QUJDQUJD\r\nQUJD\r\nQUJD", "a short line in the middle"),
        ("QQ==\r\nQUJD", "padding in the middle"),
        ("QR==", "bits that no encoder sets"),
        ("QUJ", "no padding"),
        ("QUJD QUJD", "a blank"),
        ("Dear parents,\r\n", "no base64"),
    ] {
        assert_eq!(unwrap(text.as_bytes()), None, "{why}");
    }
    let (how, bytes) = unwrap(b"QUJDREVG\r\nQQ==\r\n").unwrap();
    assert_eq!((how, bytes.as_slice()), (Wrap { line: 8, ends: 1 }, &b"ABCDEFA"[..]));
}
