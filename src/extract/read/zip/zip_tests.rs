use super::trial::{Written, end, packed, record, written};
use crate::base::limits;
use crate::extract::contents::{File, Protection, Spot, Trait, Unread};
use crate::extract::read::document::trial::{fixture, read, read_fixture, says};

fn names(files: &[File]) -> Vec<&str> {
    files[1..].iter().map(File::name).collect()
}

#[test]
fn entries_are_opened_and_comments_are_text() {
    let files = read_fixture("nested.zip");
    assert_eq!(files[2].path, ["nested.zip", "plain.zip", "note.txt"]);
    assert!(says(&files, Spot::Comment, "heron in the comment of a zip"));
    assert_eq!(names(&read_fixture("bzip2.zip")), ["long.txt"]);
    assert_eq!(read_fixture("lzma.zip")[1].unread, Some(Unread::Opaque));
}

#[test]
fn protection_is_whole_or_leaks() {
    for (name, protection) in [
        ("plain.zip", Protection::Open),
        ("closed.zip", Protection::Protected),
        ("aes.zip", Protection::Protected),
        ("partly.zip", Protection::Partly),
    ] {
        assert_eq!(read_fixture(name)[0].protection, protection, "{name}");
    }
    let closed = Written { flags: 1, data: vec![0xff; 40], ..Written::new("a", b"x") };
    let folder = Written { data: Vec::new(), size: 0, method: 0, ..Written::new("folder/", b"") };
    let empty = Written { data: Vec::new(), size: 0, method: 0, ..Written::new("empty", b"") };
    assert_eq!(read("a.zip", &written(&[closed, folder, empty]))[0].protection, Protection::Protected);
    let claimed = Written { flags: 1, ..Written::new("a.txt", b"The heron waits by the quiet water") };
    let files = read("a.zip", &written(&[claimed]));
    assert_eq!((files[0].protection, files[1].size), (Protection::Open, 34), "a flag alone protects nothing");
}

#[test]
fn what_one_tool_sees_and_another_does_not_is_seen() {
    let twice = [Written::new("a.txt", b"one"), Written::new("a.txt", b"three")];
    let files = read("a.zip", &written(&twice));
    assert_eq!(files[1..].iter().map(|file| file.size).collect::<Vec<_>>(), [3, 5]);
    let unlisted = [Written::new("a.txt", b"one"), Written { is_listed: false, ..Written::new("b.txt", b"hidden") }];
    let files = read("a.zip", &written(&unlisted));
    assert_eq!(names(&files), ["a.txt", "b.txt"]);
    assert!(matches!(files[0].unread, Some(Unread::Broken(_))));
    let other = Written { local: Some("b.exe".to_owned()), ..Written::new("a.txt", b"x") };
    assert!(read("a.zip", &written(&[other]))[0].traits.contains(&Trait::MisleadingName));
    let mut shifted = b"something in front".to_vec();
    shifted.extend(packed(&[("a.txt", b"one")]));
    assert_eq!(names(&read("a.zip", &shifted)), ["a.txt"]);
}

#[test]
fn names_are_named_and_nothing_else() {
    let odd = ["../../etc/passwd", "/root", "C:\\x", "a\u{202e}txt.exe", "a.pdf\0.exe"];
    let files = read("a.zip", &packed(&odd.map(|name| (name, b"x".as_slice()))));
    assert_eq!(names(&files), odd);
}

#[test]
fn a_file_without_its_end_is_read_from_its_headers() {
    let bytes = std::fs::read(fixture("plain.zip")).unwrap();
    let cut = bytes.len() - 60;
    let files = read("a.zip", &bytes[..cut]);
    assert_eq!(names(&files), ["note.txt", "list.csv"]);
    assert!(matches!(files[0].unread, Some(Unread::Broken(_))));
    let whole = packed(&[("a.txt", "The heron waits by the quiet water. ".repeat(500).as_bytes())]);
    let files = read("a.zip", &whole[..100]);
    assert!(names(&files) == ["a.txt"] && files[0].unread.is_some());
}

fn zeros(megabytes: usize) -> Vec<u8> {
    vec![0; megabytes << 20]
}

#[test]
fn bombs_are_called_so() {
    let ratio = read("a.zip", &packed(&[("big", &zeros(40)), ("note.txt", b"x")]));
    assert!(ratio[0].traits.contains(&Trait::ArchiveBomb) && matches!(ratio[1].unread, Some(Unread::Bound(_))));
    assert_eq!(ratio[2].size, 1, "the rest is read");

    let many: Vec<Written> = (0..=limits::FILES_IN_ATTACHMENT).map(|at| Written::new(&at.to_string(), b"")).collect();
    let many = read("a.zip", &written(&many));
    assert!(many[0].traits.contains(&Trait::ArchiveBomb) && many.len() <= limits::FILES_IN_ATTACHMENT + 1);

    let mut deep = packed(&[("note.txt", b"x")]);
    for _ in 0..12 {
        deep = packed(&[("in.zip", &deep)]);
    }
    let deep = read("a.zip", &deep);
    assert!(deep.iter().any(|file| file.traits.contains(&Trait::ArchiveBomb)));
    assert!(deep.iter().all(|file| file.path.len() <= limits::FILE_DEPTH + 2));
}

#[test]
fn the_whole_is_bounded_however_many_parts_it_has() {
    // Each part keeps the ratio, all together do not.
    let noise: Vec<u8> = (0..20_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let mut part = zeros(8);
    part.extend(&noise);
    let entry = Written::new("big", &part);
    let files = read("a.zip", &written(&vec![entry; 40]));
    assert!(files[0].traits.contains(&Trait::ArchiveBomb));
    assert!(files[1..].iter().filter(|file| file.unread.as_ref() != Some(&Unread::Unknown)).count() > 5);
}

#[test]
fn entries_that_share_octets_are_a_bomb() {
    let kernel = Written::new("a", &zeros(3));
    let (mut directory, file) = (Vec::new(), written(std::slice::from_ref(&kernel)));
    let body = file.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    for at in 0..1000 {
        record(&mut directory, &Written { name: at.to_string(), ..kernel.clone() }, 0);
    }
    let files = read("a.zip", &end(file[..body].to_vec(), directory, 1000));
    assert!(files[0].traits.contains(&Trait::ArchiveBomb));
    assert_eq!(files[1..].iter().filter(|file| matches!(file.unread, Some(Unread::Bound(_)))).count(), 999);
}
