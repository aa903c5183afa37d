//! Rules about attachments, through the real program without a scanner: what a file is, what protects it, and what it says.

use super::{PARENT, send, zipped};
use crate::world::attached::{self, File};
use crate::world::gateway::OFFICE;
use crate::world::{Gateway, Upstream};

const RULES: &str = r#"
[list.insults]
words = ["nincompoop"]

[[rule]]
id    = "programs"
about = "Programs do not go by mail"
when.attachment = ["executable", "archive-bomb"]
do.reject       = "{attachment} can start a program"
on_error        = "hold"

[[rule]]
id    = "macros"
about = "Macros wait for the technician"
when.attachment = "macro"
do.hold_for     = "technician"
on_error        = "hold"

[[rule]]
id    = "words"
about = "Mail is kind"
when.words = ["@insults"]
do.reject  = "please be kind"
on_error   = "hold"

[[rule]]
id    = "locked"
about = "What has a password is marked"
when.attachment = "protected"
do.add_header   = "X-Locked: yes"

[[rule]]
id    = "pictures"
about = "Pictures are marked"
when.attachment_type = ["image/*", "tiff"]
do.add_header        = "X-Picture: yes"
"#;

fn world() -> (Upstream, Gateway) {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, RULES);
    (upstream, gateway)
}

fn fixture(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/attachments/");
    std::fs::read(format!("{path}{name}")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The smallest head of a Windows program.
fn program() -> Vec<u8> {
    let mut bytes = vec![0; 0x90];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x80;
    bytes[0x80..0x84].copy_from_slice(b"PE\0\0");
    bytes
}

#[test]
fn programs_are_refused_by_content_by_name_and_in_archives() {
    let (upstream, gateway) = world();
    let cases = [
        ("holiday.jpg", program()),
        ("form.pdf.js", b"WScript.Echo('hello');\r\n".to_vec()),
        ("papers.zip", zipped("more.zip", &zipped("setup.scr", &program()))),
        ("invoice\u{202e}fdp.exe", program()),
    ];
    for (name, bytes) in cases {
        let reply = send(&gateway, &attached::mail(PARENT, &[File::new(name, &bytes)]));
        assert!(
            reply.starts_with("550 5.7.1 Programs do not go by mail: ") && reply.contains("(rule programs"),
            "{name}: {reply}"
        );
        assert!(!reply.contains('\u{202e}'), "{reply}");
    }
    let reply = send(
        &gateway,
        &attached::mail(PARENT, &[File::new("papers.zip", &zipped("deep.zip", &zipped("setup.scr", &program())))]),
    );
    assert!(reply.contains("papers.zip / deep.zip / setup.scr"), "the file is named where it lies: {reply}");
    assert!(upstream.taken().is_empty());
}

#[test]
fn words_in_attached_files_count() {
    let (upstream, gateway) = world();
    let text = b"What a nincompoop.\r\n";
    let cases = [("note.txt", text.to_vec()), ("notes.zip", zipped("note.txt", text))];
    for (name, bytes) in cases {
        let reply = send(&gateway, &attached::mail(PARENT, &[File::new(name, &bytes)]));
        assert!(reply.starts_with("550 5.7.1 Mail is kind: "), "{name}: {reply}");
    }
    let uuencoded = format!("begin 644 note.txt\r\n{}\r\n`\r\nend\r\n", "45VAA=\"!A(&YI;F-O;7!O;W N#0H ");
    let mut session = crate::world::session::Session::open(gateway.relay);
    let reply = session.send(&[PARENT], "Notes", &format!("As before:\r\n\r\n{uuencoded}"));
    assert!(reply.starts_with("550 5.7.1 Mail is kind: "), "a file written into the text: {reply}");
    assert!(send(&gateway, &attached::mail(PARENT, &[File::new("kind.txt", b"What a friend.")])).starts_with("250 "));
    upstream.wait_for_mail_to(PARENT);
}

#[test]
fn a_broken_zip_an_empty_file_and_a_thousand_parts_cost_nothing() {
    let (upstream, gateway) = world();
    let whole = zipped("a.txt", &[b'a'; 3000]);
    let many: Vec<File> = (0..1100).map(|number| File::new(&format!("{number}.txt"), b"x")).collect();
    let cases = [vec![File::new("cut.zip", &whole[..whole.len() / 2])], vec![File::new("empty.docx", b"")], many];
    for files in cases {
        let reply = send(&gateway, &attached::mail(PARENT, &files));
        assert!(reply.starts_with("250 "), "{reply}");
    }
    upstream.wait_for(3);
}

#[test]
fn what_is_protected_and_what_is_a_picture_is_told_by_content() {
    let (upstream, gateway) = world();
    let sent = |name: &str, bytes: &[u8]| {
        let before = upstream.taken().len();
        assert!(send(&gateway, &attached::mail(PARENT, &[File::new(name, bytes)])).starts_with("250 "));
        upstream.wait_for(before + 1)[before].text()
    };
    assert!(sent("a.pdf", &fixture("user-aes-256.pdf")).contains("X-Locked: yes"));
    assert!(!sent("a.pdf", &fixture("owner-aes-256.pdf")).contains("X-Locked"), "anybody can open it");
    assert!(!sent("a.pdf", &fixture("plain.pdf")).contains("X-Locked"));
    assert!(sent("list.doc", &fixture("writer-password.doc")).contains("X-Locked: yes"));
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;";
    assert!(sent("report.docx", gif).contains("X-Picture: yes"), "whatever it is called");
    assert!(!sent("b.pdf", &fixture("plain.pdf")).contains("X-Picture"));
}

#[test]
fn explain_shows_the_attachments_and_what_decided() {
    let (_upstream, gateway) = world();
    let mail = gateway.path("mail.eml");
    let files =
        [File::new("papers.zip", &zipped("setup.scr", &program())), File::new("list.doc", &fixture("writer-password.doc"))];
    std::fs::write(&mail, attached::mail(PARENT, &files)).unwrap();
    let seen = gateway.json(&["explain", "--json", "--from", OFFICE, "--to", PARENT, mail.to_str().unwrap()]);
    let kinds: Vec<_> = seen["attachments"].as_array().unwrap().iter().map(|file| file["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["zip", "windows-program", "doc"], "{seen:#}");
    assert_eq!(seen["attachments"][2]["protection"], "protected");
    assert_eq!(seen["attachments"][0]["scan"], "not scanned: clamd is off");
    assert_eq!(seen["rules"][0]["because"][0], "attachment: a file in part 2 (windows-program) is \"executable\"");
    let words = gateway.succeed(&["explain", "--from", OFFICE, "--to", PARENT, mail.to_str().unwrap()], "");
    assert!(words.contains("papers.zip / setup.scr (windows-program, 144 bytes"), "{words}");
}
