use crate::extract::contents::Unread;
use crate::extract::read::document::trial::{fixture, read, read_fixture};

#[test]
fn names_come_from_the_packing_or_from_outside() {
    for (name, inner, size) in [
        ("list.csv.gz", "list.csv", 60),
        ("list.csv.bz2", "list.csv", 60),
        ("unnamed.gz", "unnamed", 35),
        ("members.gz", "list.csv", 95),
        ("both.tar.gz", "both.tar", 10_240),
    ] {
        let files = read_fixture(name);
        assert_eq!((files[1].name(), files[1].size), (inner, size), "{name}");
    }
    assert_eq!(read_fixture("both.tar.gz").last().unwrap().path, ["both.tar.gz", "both.tar", "list.csv"]);
    assert_eq!(read_fixture("list.csv.xz")[0].unread, Some(Unread::Opaque));
}

#[test]
fn what_was_unpacked_before_a_damage_counts() {
    let bytes = std::fs::read(fixture("list.csv.gz")).unwrap();
    let files = read("list.csv.gz", &bytes[..bytes.len() - 10]);
    assert!(matches!(files[0].unread, Some(Unread::Broken(_))));
    assert!(files.len() == 2 && files[1].size > 0);
}
