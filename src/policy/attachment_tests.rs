use crate::config::{Actions, AttachmentTest, Fields, TypeTest};
use crate::extract::contents::{Block, Content, File, Found, Protection, Spot, Trait, Unread};
use crate::extract::{Contents, Kind};
use crate::message::Message;
use crate::policy::sample::{config, rule, submission};
use crate::policy::{Find, Gap, Known, Rules, Scan, Verdict};

const MAIL: &str = "From: Staff <staff@school.test>\nTo: a@out.test\nSubject: Lists\n\nHello\n";

fn file(name: &str, kind: Kind) -> File {
    File::new(name.split(" / ").map(str::to_owned).collect(), kind, 10)
}

fn known(files: Vec<File>) -> Known {
    let files = (2..).zip(files).map(|(at, file): (usize, File)| Found { part: at.to_string(), file }).collect();
    Known { contents: Contents { files }, ..Known::default() }
}

fn judged(when: Fields, unless: Option<Fields>, known: &Known) -> Verdict {
    let rule = crate::config::Rule { unless, ..rule("r", when, Actions::default()) };
    let rules = Rules::compile(&config(vec![rule]));
    assert!(rules.asks_contents(), "somebody must open the attachments for this rule");
    let submission = submission("staff@school.test", &["a@out.test"], MAIL);
    let message = Message::parse(submission.raw.clone());
    let quiet = rules.judge_knowing(&submission, &message, known);
    let aloud = rules.judge_aloud_knowing(&submission, &message, known);
    assert_eq!(quiet.rules[0].matched(), aloud.rules[0].matched(), "asking for reasons changes nothing");
    aloud.rules[0].clone()
}

fn such(test: AttachmentTest) -> Fields {
    Fields { attachment: Some(vec![test]), ..Fields::default() }
}

fn of_type(test: TypeTest) -> Fields {
    Fields { attachment_type: Some(vec![test]), ..Fields::default() }
}

fn with(mut file: File, change: impl FnOnce(&mut File)) -> File {
    change(&mut file);
    file
}

#[test]
fn each_test_holds_for_its_own_file_alone() {
    let plain = || file("plain.txt", Kind::Text);
    let marked = |what| with(plain(), |file| file.traits = [what].into());
    let cases = [
        (AttachmentTest::Executable, marked(Trait::Executable)),
        (AttachmentTest::Macro, marked(Trait::Macro)),
        (AttachmentTest::ArchiveBomb, marked(Trait::ArchiveBomb)),
        (AttachmentTest::ActiveContent, marked(Trait::ActivePdf)),
        (AttachmentTest::EmbeddedObject, marked(Trait::EmbeddedObject)),
        (AttachmentTest::RemoteContent, marked(Trait::RemoteContent)),
        (AttachmentTest::TypeMismatch, marked(Trait::Mismatch)),
        (AttachmentTest::MisleadingName, marked(Trait::MisleadingName)),
        (AttachmentTest::Protected, with(plain(), |file| file.protection = Protection::Protected)),
        (AttachmentTest::PartlyProtected, with(plain(), |file| file.protection = Protection::Partly)),
        (AttachmentTest::Unreadable, with(plain(), |file| file.unread = Some(Unread::Died))),
    ];
    for (at, (test, _)) in cases.iter().enumerate() {
        for (other, (_, file)) in cases.iter().enumerate() {
            let verdict = judged(such(*test), None, &known(vec![plain(), file.clone()]));
            assert_eq!(verdict.matched(), at == other, "{test:?} with {file:?}");
        }
    }
}

#[test]
fn a_picture_and_a_protected_file_are_not_unreadable() {
    for unread in [Unread::NoText, Unread::Unknown, Unread::Protected] {
        let file = with(file("a.jpg", Kind::Jpeg), |file| file.unread = Some(unread));
        assert!(!judged(such(AttachmentTest::Unreadable), None, &known(vec![file])).matched());
    }
}

#[test]
fn the_file_is_named_for_the_reply_and_not_in_the_evidence() {
    let evil =
        with(file("lists.zip / Sam\u{202e}fdp.exe", Kind::WindowsProgram), |file| file.traits = [Trait::Executable].into());
    let verdict = judged(such(AttachmentTest::Executable), None, &known(vec![evil]));
    assert_eq!(verdict.because, ["attachment: a file in part 2 (windows-program) is \"executable\""]);
    let named = verdict.named.attachment.unwrap();
    assert!(named.starts_with("lists.zip / Sam") && !named.contains('\u{202e}'), "{named}");
}

#[test]
fn a_mail_is_let_off_where_every_file_fits_and_there_is_one() {
    let everything = Fields { size_over: Some(0), ..Fields::default() };
    let locked = || with(file("a.zip", Kind::Zip), |file| file.protection = Protection::Protected);
    let unless = |files| judged(everything.clone(), Some(such(AttachmentTest::Protected)), &known(files)).matched();
    assert!(!unless(vec![locked()]));
    assert!(unless(vec![locked(), file("b.txt", Kind::Text)]), "the plain one is not let off");
    assert!(unless(vec![]), "nothing is protected where there is nothing");
}

#[test]
fn finds_and_gaps_of_the_scanner_count() {
    let find = Find { part: "2".to_owned(), file: "a.doc".to_owned(), virus: "Eicar".to_owned() };
    let scan = Scan { infected: vec![find], ..Scan::default() };
    let verdict = judged(such(AttachmentTest::Infected), None, &Known { scan, ..known(vec![file("a.doc", Kind::Doc)]) });
    assert!(verdict.matched());
    assert_eq!(verdict.named.virus.as_deref(), Some("Eicar"));
    let gap = Gap { part: "2".to_owned(), file: "a.doc".to_owned(), why: "too big".to_owned(), for_now: false };
    let scan = Scan { unscanned: vec![gap], ..Scan::default() };
    let seen = Known { scan, ..known(vec![file("a.doc", Kind::Doc)]) };
    assert!(judged(such(AttachmentTest::Unscanned), None, &seen).matched());
    assert!(!judged(such(AttachmentTest::Infected), None, &seen).matched());
}

#[test]
fn nothing_is_scanned_where_the_scanner_is_off() {
    let off = |files| Known { scan: Scan::none(), ..known(files) };
    assert!(judged(such(AttachmentTest::Unscanned), None, &off(vec![file("a.doc", Kind::Doc)])).matched());
    assert!(!judged(such(AttachmentTest::Unscanned), None, &off(vec![])).matched(), "there is nothing to scan");
}

#[test]
fn a_type_is_told_by_content_or_by_name() {
    let test = |kinds: &[Kind], media: Option<&str>, ending: Option<&str>| TypeTest {
        written: "x".to_owned(),
        kinds: kinds.to_vec(),
        media: media.map(str::to_owned),
        ending: ending.map(str::to_owned),
    };
    let matches =
        |test: &TypeTest, name: &str, kind| judged(of_type(test.clone()), None, &known(vec![file(name, kind)])).matched();
    let exe = test(&[Kind::WindowsProgram], None, Some("exe"));
    assert!(matches(&exe, "photo.jpg", Kind::WindowsProgram), "by content");
    assert!(matches(&exe, "SETUP.EXE", Kind::Unknown), "by name");
    assert!(!matches(&exe, "exe", Kind::Text) && !matches(&exe, "a.exe.txt", Kind::Text));
    let pictures = test(&[], Some("image/*"), None);
    assert!(matches(&pictures, "a", Kind::Png) && matches(&pictures, "a", Kind::Svg) && !matches(&pictures, "a.png", Kind::Pdf));
    assert!(matches(&test(&[], Some("application/pdf"), None), "a", Kind::Pdf));
}

#[test]
fn words_are_found_in_files() {
    let mut sheet = file("lists.zip / 7B.xlsx", Kind::Xlsx);
    let rows = vec![vec!["Name".to_owned(), "Note".to_owned()], vec!["Sam".to_owned(), "blockhead".to_owned()]];
    sheet.blocks.push(Block { spot: Spot::Hidden, label: None, content: Content::Table(rows) });
    let words = |word: &str| Fields { words: Some(vec![word.to_owned()]), ..Fields::default() };
    let found = judged(words("blockhead"), None, &known(vec![sheet.clone()]));
    assert_eq!(found.because, ["words: \"blockhead\" stands in an attachment"]);
    assert!(judged(words("7B.xlsx"), None, &known(vec![sheet.clone()])).matched(), "a name inside an archive is a name");
    assert!(!judged(words("Sam blockhead Name"), None, &known(vec![sheet])).matched());
}
