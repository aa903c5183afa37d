use super::{Column, Fact, Pupil, Roll, Unusable, normal};

const CSV: &str = "\u{feff}UPN,Surname,Forename,DOB,Postcode,Mobile,Email\r\n\
A815000101001,\"Lane, junior\",Jacob,19/07/2010,M1 1AE,+44 7700 900123,Jacob@Example.com\r\n\
B815000101002,Ó'Sé,Zoë,2011-02-03,,,\n";

fn columns() -> Vec<(Column, String)> {
    [
        (Column::Upn, "upn"),
        (Column::Surname, "Surname"),
        (Column::Forename, "Forename"),
        (Column::DateOfBirth, "DOB"),
        (Column::Postcode, "Postcode"),
        (Column::Mobile, "Mobile"),
        (Column::Email, "Email"),
    ]
    .map(|(column, name)| (column, name.to_owned()))
    .to_vec()
}

fn roll() -> Roll {
    Roll::read(CSV, &columns(), &[7; 32]).unwrap()
}

#[test]
fn values_are_found_however_they_are_written() {
    let roll = roll();
    assert_eq!(roll.len(), 2);
    assert_eq!(roll.find(Fact::Upn, "A815000101001"), Some(Pupil(2)));
    assert_eq!(roll.find(Fact::Upn, "A815000101003"), None);
    assert_eq!(roll.find(Fact::Mobile, &normal(Fact::Mobile, "07700 900123")), Some(Pupil(2)));
    assert_eq!(roll.find(Fact::Email, &normal(Fact::Email, "jacob@example.COM")), Some(Pupil(2)));
    assert_eq!(roll.find(Fact::Uln, "A815000101001"), None, "one fact is not another");
}

#[test]
fn names_are_found_in_either_order_and_without_accents() {
    let roll = roll();
    assert_eq!(roll.find(Fact::Name, &super::person::folded("O'SE, ZOE")), Some(Pupil(3)));
    assert_eq!(roll.find(Fact::NameAndBirth, &format!("{}|2011-02-03", super::person::folded("Zoë Ó'Sé"))), Some(Pupil(3)));
    assert_eq!(roll.find(Fact::NameAndBirth, &format!("{}|2011-02-04", super::person::folded("Zoë Ó'Sé"))), None);
}

#[test]
fn the_key_decides_the_hashes() {
    let other = Roll::read(CSV, &columns(), &[8; 32]).unwrap();
    let same = |a: &Roll, b: &Roll| a.rows.keys().any(|hash| b.rows.contains_key(hash));
    assert!(same(&roll(), &roll()));
    assert!(!same(&roll(), &other));
}

#[test]
fn an_export_that_lacks_a_column_or_rows_says_so() {
    let lacking = Roll::read(CSV, &[(Column::Uln, "ULN".to_owned())], &[7; 32]);
    assert_eq!(lacking.err(), Some(Unusable::Column("ULN".to_owned())));
    let empty = Roll::read("UPN\n", &[(Column::Upn, "UPN".to_owned())], &[7; 32]);
    assert_eq!(empty.err(), Some(Unusable::NoRows));
}
