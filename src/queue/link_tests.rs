use super::Token;

#[test]
fn tokens_are_long_differ_and_are_never_printed() {
    let (one, other) = (Token::new().unwrap(), Token::new().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.reveal().len(), 32);
    assert_eq!(Token::read(one.reveal()).as_ref(), Some(&one));
    assert_ne!(one.hash(), other.hash());
    assert_eq!(format!("{one:?}"), "(token)");
}

#[test]
fn what_cannot_be_a_token_is_none() {
    let good = "A".repeat(32);
    assert!(Token::read(&good).is_some());
    let short = "A".repeat(31);
    for bad in [String::new(), short.clone(), "A".repeat(33), format!("{short}="), format!("{short}+"), "\u{e9}".repeat(16)] {
        assert!(Token::read(&bad).is_none(), "{bad}");
    }
}
