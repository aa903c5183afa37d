use super::{Address, AddressError, Domain};

#[test]
fn an_address_prints_as_it_can_be_read_again() {
    for text in ["a@b.example", "\"a b\"@b.example", "\"x@y\"@b.example", "\"a\\\"b\"@b.example", "a@[192.0.2.1]", "a@[ipv6:::1]"]
    {
        assert_eq!(Address::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn the_domain_is_lower_case_and_the_local_part_is_left_alone() {
    let address = Address::parse("Head.Teacher@Oakfield.EXAMPLE").unwrap();
    assert_eq!(address.to_string(), "Head.Teacher@oakfield.example");
    assert!(address.same_as(&Address::parse("head.teacher@OAKFIELD.example").unwrap()));
}

#[test]
fn needless_quotes_go() {
    assert_eq!(Address::parse("\"plain\"@b.example").unwrap().to_string(), "plain@b.example");
}

#[test]
fn what_is_not_an_address_is_refused_with_its_reason() {
    for (text, why) in [
        ("plain", AddressError::NoDomain),
        ("@a.example,@b.example:c@d.example", AddressError::SourceRoute),
        ("c@d@school.example", AddressError::LocalPart),
        ("a..b@c.example", AddressError::LocalPart),
        ("a b@c.example", AddressError::LocalPart),
        ("a(c)@c.example", AddressError::LocalPart),
        ("\"a\rb\"@c.example", AddressError::LocalPart),
        ("\"a\\\r\\\nb\"@c.example", AddressError::LocalPart),
        ("\"\"@c.example", AddressError::LocalPart),
        ("\"a\"b\"@c.example", AddressError::LocalPart),
        ("a@", AddressError::BadDomain),
        ("a@b.", AddressError::BadDomain),
        ("a@-b.example", AddressError::BadDomain),
        ("a@[300.1.1.1]", AddressError::BadDomain),
        ("a@b c.example", AddressError::BadDomain),
    ] {
        assert_eq!(Address::parse(text), Err(why), "{text}");
    }
    assert_eq!(Address::parse(&format!("{}@c.example", "a".repeat(65))), Err(AddressError::TooLong));
}

#[test]
fn a_domain_beyond_ascii_becomes_a_labels() {
    assert_eq!(Domain::parse("Bücher.example").unwrap().as_str(), "xn--bcher-kva.example");
}
