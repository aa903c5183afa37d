use super::Shape;
use crate::base::Domain;

fn alike(one: &str, known: &str) -> bool {
    Shape::new(&Domain::parse(one).unwrap()).resembles(&Shape::new(&Domain::parse(known).unwrap()))
}

#[test]
fn one_edit_one_confusable_or_another_top_is_alike() {
    for (one, known) in [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("0akfield.sch.uk", "oakfield.sch.uk"),
        ("oakfie1d.sch.uk", "oakfield.sch.uk"),
        ("oakf1e1d.sch.uk", "oakfield.sch.uk"),
        ("\u{43e}akf\u{456}eld.sch.uk", "oakfield.sch.uk"),
        ("w\u{456}lliams.test", "williams.test"),
        ("rnidtown.gov.uk", "midtown.gov.uk"),
        ("council.org.uk", "council.gov.uk"),
        ("council.uk", "council.gov.uk"),
        ("council.gov", "council.gov.uk"),
        ("council.com", "council.gov.uk"),
        ("bt.co", "bt.com"),
        ("council-example.gov.uk", "council.example.gov.uk"),
    ] {
        assert!(alike(one, known), "{one} for {known}");
    }
}

#[test]
fn what_is_the_same_or_merely_near_is_not() {
    for (one, known) in [
        ("gmail.com", "gmail.com"),
        ("bp.com", "bt.com"),
        ("mail.council.gov.uk", "council.gov.uk"),
        ("hants.gov.uk", "kent.gov.uk"),
        ("oakfield.kent.sch.uk", "oakfield.hants.sch.uk"),
        ("oaktree.sch.uk", "oakfield.sch.uk"),
        ("uk", "gov.uk"),
        ("[192.0.2.1]", "[192.0.2.2]"),
    ] {
        assert!(!alike(one, known), "{one} for {known}");
    }
}
