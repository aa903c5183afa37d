use super::{Hidden, Places};
use crate::policy::sample::address;

fn hidden() -> Hidden {
    Hidden::new(["anna@home.test", "Ben@bücher.test", "\"odd name\"@home.test"].map(address))
}

fn named(text: &str) -> Vec<usize> {
    hidden().named_in(text).into_iter().collect()
}

#[test]
fn an_address_is_seen_in_every_dress() {
    for text in [
        "anna@home.test",
        "Anna <ANNA@Home.Test>, c@d.test",
        "mailto:anna@home.test?subject=x",
        "rfc822;anna@home.test",
        "\"anna\"@home.test",
        "anna (at home) @ home . test",
        "<a\\nna@home.test>",
        "https://x.test/?to=anna%40home.test",
        "To:=20anna=40home.test|Cc:",
        "<bounce-7-anna=home.test@lists.test>",
        "(comment: anna@home.test)",
        "anna@home.test.",
        "'anna@home.test'",
    ] {
        assert_eq!(named(text), [0], "{text}");
    }
    assert_eq!(named("ben@xn--bcher-kva.test"), [1]);
    assert_eq!(named("ben@bücher.test"), [1]);
    assert_eq!(named("\"Odd Name\"@home.test"), [2]);
}

#[test]
fn a_longer_address_is_somebody_else() {
    for text in [
        "joanna@home.test",
        "mary.anna@home.test",
        "anna@home.test.example",
        "anna@home.testing",
        "anna@home-test",
        "anna home.test",
    ] {
        assert!(named(text).is_empty(), "{text}");
    }
}

#[test]
fn one_address_is_one_person_however_often_it_is_given() {
    let hidden = Hidden::new(["a@x.test", "A@X.test", "b@x.test", "a@x.test", "c@x.test"].map(address));
    let places: Vec<_> = ["a@x.test", "b@x.test", "c@x.test"].map(|text| hidden.place_of(&address(text))).into();
    assert_eq!(places, [Some(0), Some(1), Some(2)]);
    assert_eq!(hidden.named_in("c@x.test A@x.test"), Places::from([0, 2]));
    assert!(Hidden::new([]).named_in("a@x.test").is_empty());
}
