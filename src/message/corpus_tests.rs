//! Mail that nobody on this project wrote, and mail that nobody would write.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bytes::Bytes;
use proptest::prelude::*;

use super::{Edit, Edits, Message};

/// Asks everything that can be asked, and holds the shape against its promises.
fn examine(raw: Vec<u8>) -> Message {
    let message = Message::parse(Bytes::from(raw));
    let length = message.raw().len();
    assert_eq!(message.root().header.start, 0);
    assert_eq!(message.root().body.end, length);
    for (id, part) in message.parts().iter().enumerate() {
        assert_eq!(part.id, id);
        assert!(part.header.start <= part.header.end && part.header.end <= part.body.start && part.body.start <= part.body.end);
        let mut at = part.header.start;
        for field in &part.fields {
            assert!(at <= field.whole.start && field.whole.start < field.value.start && field.value.start <= field.value.end);
            assert!(field.value.end <= field.whole.end && field.whole.end <= part.header.end);
            at = field.whole.end;
        }
        let mut at = part.body.start;
        for child in part.children.iter().map(|id| &message.parts()[*id]) {
            assert_eq!(child.parent, Some(id));
            assert!(at <= child.header.start && child.body.end <= part.body.end);
            at = child.body.end;
        }
        let _ = (message.decoded(part), message.text(part), message.ancestors(part).count());
    }
    let _ = (message.kinds(true), message.bodies(), message.received_count(), message.date());
    let lines = ["subject", "from", "to"].iter().flat_map(|name| message.values(name)).chain(message.subjects());
    let names = ["from", "to", "cc"].iter().flat_map(|name| message.mailboxes(name)).filter_map(|mailbox| mailbox.name);
    let files = message.parts().iter().filter_map(|part| part.file_name.clone());
    assert!(lines.chain(names).chain(files).all(|text| !text.contains(['\r', '\n', '\0'])));
    message
}

/// The folder of real mail beside the project; says so and gives nothing where it is absent.
pub(crate) fn corpus() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = ["../shared", "../../shared"].iter().map(|shared| here.join(shared).join("corpora/mail"));
    let found = folders.find(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: ../shared/corpora/mail is not here");
    }
    found
}

/// All files below a folder, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut waiting = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { waiting.push(entry) } else { files.push(entry) }
        }
    }
    files.sort();
    files
}

#[test]
fn the_corpus_is_read() {
    let Some(folder) = corpus() else { return };
    let files = files(&folder);
    assert!(files.len() > 100, "{} files", files.len());
    for file in files {
        println!("{}", file.display());
        examine(std::fs::read(&file).unwrap());
    }
}

/// Mail to damage: one of our own, and the small ones of the corpus.
fn whole_mails() -> &'static [Vec<u8>] {
    static MAILS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let own = b"From: a@b.c\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\nx\r\n--b\r\n\
            Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\nz\r\n--b--\r\n";
        let files = corpus().map(|folder| files(&folder)).unwrap_or_default();
        let found = files.iter().map(|file| std::fs::read(file).unwrap()).filter(|raw| raw.len() < 20_000);
        std::iter::once(own.to_vec()).chain(found).collect()
    });
    &MAILS
}

/// Where nothing is odd, two readers that know nothing of each other agree.
#[test]
fn mail_without_flaws_is_read_as_mail_parser_reads_it() {
    let Some(folder) = corpus() else { return };
    let mut compared = 0;
    for file in files(&folder) {
        let raw = std::fs::read(&file).unwrap();
        let ours = Message::parse(Bytes::from(raw.clone()));
        let Some(theirs) = mail_parser::MessageParser::default().parse(&raw).filter(|_| ours.flaws().is_empty()) else {
            continue;
        };
        let names: Vec<_> = theirs.parts[0].headers.iter().map(|header| header.name.as_str().to_ascii_lowercase()).collect();
        let our_names: Vec<_> = ours.root().fields.iter().map(|field| field.name.clone()).collect();
        assert_eq!(our_names, names, "{}", file.display());
        // A mail in a mail has a tree of its own there, and a part of nothing at all is none.
        if ours.parts().iter().any(|part| part.content_type.is_message() || part.header.start == part.body.end) {
            continue;
        }
        let places: Vec<_> = theirs.parts.iter().map(|part| (part.offset_header, part.offset_body)).collect();
        let our_places: Vec<_> = ours.parts().iter().map(|part| (part.header.start as u32, part.body.start as u32)).collect();
        assert_eq!(our_places, places, "{}", file.display());
        compared += 1;
    }
    assert!(compared > 60, "{compared}");
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "\r\n",
        "\n",
        "\r",
        "--",
        "--b",
        "--b--",
        "--bb",
        "Content-Type: multipart/mixed; boundary=b\r\n",
        "boundary*0=\"b\";",
        " ",
        "Content-Type: message/rfc822\r\n\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "From: \"",
        "Subject :",
        "=?utf-8?q?=0d=0a",
        "?=",
        "=?",
        "=?iso-2022-jp?b?GyRC",
        "(",
        ")",
        "<a@b.c>",
        ",",
        ";",
        ":",
        "filename*1*=utf-8''%41;",
        "charset=utf-7\r\n",
        "+AGE",
        "\0",
        "=",
        "=3D",
        "\\",
        "Content-Type: multipart/digest; boundary=\"bb\"\r\n\r\n",
        "text",
        "é",
        "From ",
        "name=\"x",
        "To:",
    ];
    prop_oneof![
        4 => prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_are_read(raw in prop::collection::vec(any::<u8>(), 0..400)) {
        examine(raw);
    }

    #[test]
    fn anything_like_mail_is_read(pieces in prop::collection::vec(piece(), 0..60)) {
        examine(pieces.concat());
    }

    #[test]
    fn mail_that_was_damaged_is_read(
        which in any::<prop::sample::Index>(),
        wounds in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..60, piece()), 1..8),
    ) {
        let mails = whole_mails();
        let mut raw = mails[which.index(mails.len())].clone();
        for (at, length, with) in wounds {
            let start = at.index(raw.len() + 1);
            raw.splice(start..(start + length).min(raw.len()), with);
        }
        examine(raw);
    }

    #[test]
    fn no_edits_change_nothing_and_edits_change_what_they_say(
        raw in prop::collection::vec(any::<u8>(), 0..200),
        at in 0_usize..220,
        length in 0_usize..50,
        with in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        prop_assert_eq!(&Edits::default().apply(&raw), &raw);
        let edited = Edits::from_iter([Edit { range: at..at + length, with: with.clone(), what: String::new() }]).apply(&raw);
        let (start, end) = (at.min(raw.len()), (at + length).min(raw.len()));
        prop_assert_eq!(edited, [&raw[..start], &with, &raw[end..]].concat());
    }
}
