use crate::extract::contents::{Spot, Unread};
use crate::extract::read::document::trial::{fixture, read, read_fixture, says};

#[test]
fn long_names_of_gnu_and_pax_are_whole_and_links_are_named() {
    for name in ["gnu.tar", "pax.tar"] {
        let files = read_fixture(name);
        assert!(files.iter().any(|file| file.name().len() > 140 && file.name().ends_with(".txt") && file.size == 35), "{name}");
    }
    let files = read_fixture("gnu.tar");
    assert_eq!(files.len(), 3);
    assert!(says(&files, Spot::Hidden, "link.txt -> note.txt"));
}

#[test]
fn nothing_hides_behind_a_damaged_header() {
    let mut bytes = std::fs::read(fixture("gnu.tar")).unwrap();
    bytes[0] ^= 1;
    let files = read("a.tar", &bytes);
    assert!(matches!(files[0].unread, Some(Unread::Broken(_))));
    assert_eq!(files.len(), 2, "the first entry is lost, the second is not");
    let sizes = b"77777777777\0";
    bytes[124..136].copy_from_slice(sizes);
    read("a.tar", &bytes);
}
