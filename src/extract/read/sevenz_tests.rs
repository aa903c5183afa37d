use crate::extract::contents::{Protection, Unread};
use crate::extract::read::document::trial::read_fixture;

#[test]
fn entries_are_opened_or_named() {
    for name in ["plain.7z", "bzip2.7z"] {
        let files = read_fixture(name);
        let mut inner: Vec<_> = files[1..].iter().map(|file| (file.name(), file.size)).collect();
        inner.sort_unstable();
        assert_eq!(inner, [("list.csv", 60), ("note.txt", 35)], "{name}");
        assert_eq!((files[0].protection, &files[0].unread), (Protection::Open, &None));
    }
}

#[test]
fn encrypted_archives_are_protected_with_or_without_their_names() {
    let closed = read_fixture("closed.7z");
    assert_eq!(
        (closed[0].protection, closed[1].name(), closed[1].protection),
        (Protection::Protected, "note.txt", Protection::Protected)
    );
    let header = read_fixture("header.7z");
    assert_eq!((header.len(), header[0].protection), (1, Protection::Protected));
    assert_eq!(header[0].unread, Some(Unread::Protected));
}
