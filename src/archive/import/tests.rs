use std::fs;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::mbox::{Escaping, InMbox, Mbox};
use super::{Found, Opened, Refused, Walk};

fn mails(text: &[u8], escaping: Escaping) -> Vec<InMbox> {
    // A buffer of a few bytes: no line is found whole in it.
    let mut mbox = Mbox::new(BufReader::with_capacity(7, text), escaping);
    std::iter::from_fn(|| mbox.next().unwrap()).collect()
}

fn raws(text: &str, escaping: Escaping) -> Vec<String> {
    mails(text.as_bytes(), escaping).into_iter().map(|mail| String::from_utf8(mail.raw.unwrap()).unwrap()).collect()
}

fn items(paths: &[PathBuf]) -> (Vec<Found>, Vec<Refused>) {
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for source in Walk::over(paths) {
        match source {
            Ok(source) => {
                for item in Opened::of(source, Escaping::Mboxrd) {
                    item.map_or_else(|why| refused.push(why), |mail| found.push(mail));
                }
            }
            Err(why) => refused.push(why),
        }
    }
    (found, refused)
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

const TWO: &str = "From a@x.example Mon Nov 23 10:00:00 2026\nSubject: one\n\nText.\n>From here\n>>From there\n\n\
                   From b@x.example Mon Nov 23 10:01:00 2026\r\nSubject: two\r\n\r\nText.\r\n\r\n";

#[test]
fn an_mbox_gives_its_mails_without_what_only_the_mbox_needed() {
    assert_eq!(raws(TWO, Escaping::Mboxrd), ["Subject: one\n\nText.\nFrom here\n>From there\n", "Subject: two\r\n\r\nText.\r\n"]);
    assert_eq!(raws(TWO, Escaping::Mboxo)[0], "Subject: one\n\nText.\nFrom here\n>>From there\n");
    assert_eq!(raws(TWO, Escaping::AsIs)[0], "Subject: one\n\nText.\n>From here\n>>From there\n");
    let both = mails(TWO.as_bytes(), Escaping::Mboxrd);
    assert_eq!((both[0].unescaped, both[1].unescaped), (2, 0));
    assert_eq!(both[1].from_line, "b@x.example Mon Nov 23 10:01:00 2026");
}

#[test]
fn only_the_empty_line_of_the_mbox_is_taken_away() {
    let text = "From - Mon Nov 23 10:00:00 2026\nSubject: x\n\nText.\n\n\n\n";
    assert_eq!(raws(text, Escaping::Mboxrd), ["Subject: x\n\nText.\n\n\n"]);
    assert_eq!(raws("From - Mon Nov 23 10:00:00 2026\nSubject: x\n\nText.", Escaping::Mboxrd), ["Subject: x\n\nText."]);
    assert_eq!(raws("From - Mon Nov 23 10:00:00 2026\n\n", Escaping::Mboxrd), [""]);
    assert_eq!(raws("From - Mon Nov 23 10:00:00 2026", Escaping::Mboxrd), [""]);
}

#[test]
fn a_from_that_nobody_escaped_breaks_no_mail() {
    let text = "From a Mon Nov 23 10:00:00 2026\nSubject: x\n\nHello.\n\nFrom all of us, thank you.\n\nFrom the head.\n";
    assert_eq!(raws(text, Escaping::Mboxrd).len(), 1);
    let inside = "From a Mon Nov 23 10:00:00 2026\nSubject: x\n\nHello.\nFrom b Mon Nov 23 10:00:00 2026\n";
    assert_eq!(raws(inside, Escaping::Mboxrd).len(), 1, "it does not follow an empty line");
    let untimed = "From a\nSubject: one\n\nText.\n\nFrom b\nSubject: two\n\nText.\n\n";
    assert_eq!(raws(untimed, Escaping::Mboxrd).len(), 2, "a file that tells no times at all");
}

#[test]
fn lines_longer_than_any_buffer_come_out_whole() {
    let long = "x".repeat(200_000);
    let text = format!("From {long} 10:00\nSubject: x\n\n{long}\n>From {long}\n\nFrom b 10:01\n\n{long}From c\n\n");
    let found = mails(text.as_bytes(), Escaping::Mboxrd);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].raw.as_ref().unwrap().len(), "Subject: x\n\n".len() + 2 * long.len() + "\nFrom \n".len());
    assert_eq!(found[0].from_line.len(), crate::base::limits::FROM_LINE_CHARACTERS);
}

#[test]
fn folders_are_walked_and_maildirs_known() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "a.eml", "Subject: a\r\n\r\nx");
    write(root, "odd.eml", "no header at all");
    write(root, "old/inbox", TWO);
    write(root, "old/.DS_Store", "\0\0");
    write(root, "old/notes.pdf", "%PDF-1.4");
    write(root, "old/mail.txt", "Subject: plain\n\ntext\n");
    write(root, "md/new/1.host", "Subject: new\n\n");
    write(root, "md/cur/2.host:2,S", "From : strange but a mail of a Maildir\n\n");
    write(root, "md/tmp/3.host", "Subject: half\n\n");
    write(root, "md/dovecot.index.log", "Subject: of the server\n\n");
    write(root, "md/.Sent/cur/4.host:2,RS", "Subject: sent\n\n");
    fs::create_dir_all(root.join("md/.Sent/new")).unwrap();
    let (found, refused) = items(&[root.to_owned()]);
    let mut names: Vec<String> = found.iter().map(|mail| mail.file.path.rsplit('/').next().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["1.host", "2.host:2,S", "4.host:2,RS", "a.eml", "inbox", "inbox", "mail.txt", "odd.eml"]);
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].path.ends_with("notes.pdf") && refused[0].why.contains("is no mail"));
    let survey = Walk::over(&[root.to_owned()]).survey();
    assert_eq!(survey.files, 8);
}

#[test]
fn what_is_named_is_found_however_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let inside = write(root, "md/cur/2.host:2,S", "Subject: x\n\n");
    fs::create_dir_all(root.join("md/new")).unwrap();
    let marks: Vec<_> =
        [root.to_owned(), root.join("md"), root.join("md/cur"), inside].map(|path| items(&[path]).0[0].mark).to_vec();
    assert!(marks.iter().all(|mark| *mark == marks[0]), "{marks:?}");
    let (found, refused) = items(&[root.join("nowhere")]);
    assert!(found.is_empty() && refused[0].why.starts_with("cannot be read"), "{refused:?}");
}

#[test]
fn a_mail_that_was_read_or_flagged_since_is_the_same_mail() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let new = write(root, "md/new/1.host", "Subject: x\n\n");
    fs::create_dir_all(root.join("md/cur")).unwrap();
    let before = items(&[root.to_owned()]).0[0].mark;
    fs::rename(new, root.join("md/cur/1.host:2,FS")).unwrap();
    assert_eq!(items(&[root.to_owned()]).0[0].mark, before);
    fs::write(root.join("md/cur/1.host:2,FS"), "Subject: y\n\n").unwrap();
    assert_ne!(items(&[root.to_owned()]).0[0].mark, before);
}

#[test]
fn links_to_folders_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "a.eml", "Subject: a\r\n\r\nx");
    std::os::unix::fs::symlink(root, root.join("circle")).unwrap();
    assert_eq!(items(&[root.to_owned()]).0.len(), 1);
}

#[test]
fn packed_files_are_unpacked_and_broken_ones_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pack = |text: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    };
    write(folder.path(), "one.eml.gz", pack(b"Subject: x\r\n\r\ntext"));
    write(folder.path(), "two.mbox.gz", pack(TWO.as_bytes()));
    let torn = pack(TWO.repeat(50).as_bytes());
    write(folder.path(), "torn.mbox.gz", &torn[..torn.len() / 2]);
    write(folder.path(), "empty.eml", "");
    let (found, refused) = items(&[folder.path().to_owned()]);
    assert_eq!(found[0].raw.as_ref(), b"Subject: x\r\n\r\ntext");
    assert!(found.len() >= 3);
    let why: Vec<&str> = refused.iter().map(|one| one.why.as_str()).collect();
    assert_eq!(refused.len(), 2, "{why:?}");
    assert!(why.contains(&"is empty") && why.iter().any(|why| why.starts_with("cannot be read")), "{why:?}");
}

#[test]
fn an_eml_is_one_mail_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    for (at, text) in [TWO, "From nobody at all\n", "\n\nbody", ">From x", "\0\u{1}binary"].iter().enumerate() {
        let path = write(folder.path(), &format!("{at}.eml"), text);
        let (found, _) = items(&[path]);
        assert_eq!(found[0].raw.as_ref(), text.as_bytes());
        assert_eq!(found.len(), 1);
    }
}

/// As a careful program writes an mbox (mboxrd).
fn written(mails: &[Vec<u8>], end: &str) -> Vec<u8> {
    let mut file = Vec::new();
    for raw in mails {
        file.extend_from_slice(format!("From - Mon Nov 23 10:00:00 2026{end}").as_bytes());
        for line in raw.split_inclusive(|byte| *byte == b'\n') {
            let marks = line.iter().take_while(|byte| **byte == b'>').count();
            if line[marks..].starts_with(b"From ") {
                file.push(b'>');
            }
            file.extend_from_slice(line);
        }
        file.extend_from_slice(end.as_bytes());
    }
    file
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just(b"From me to you at 10:00\n".to_vec()),
        Just(b">>From there 12:00\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b">From\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(|mut line| {
            line.push(b'\n');
            line
        }),
    ];
    proptest::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn whatever_was_written_as_mboxrd_comes_back_byte_for_byte(
        whole in proptest::collection::vec(lines(), 1..6),
        crlf in any::<bool>(),
    ) {
        let file = written(&whole, if crlf { "\r\n" } else { "\n" });
        let read: Vec<Vec<u8>> = mails(&file, Escaping::Mboxrd).into_iter().map(|mail| mail.raw.unwrap()).collect();
        prop_assert_eq!(read, whole);
    }

    #[test]
    fn no_bytes_stop_the_reader(file in proptest::collection::vec(any::<u8>(), 0..300)) {
        let file = [b"From x 10:00\n", &file[..]].concat();
        let read: usize = mails(&file, Escaping::AsIs).into_iter().map(|mail| mail.raw.unwrap().len()).sum();
        prop_assert!(read <= file.len());
    }
}
