use crate::config::{Actions, DataTest, Fields, Party};
use crate::detect::{Confidence, Kind as Data};
use crate::extract::contents::{Block, Content, File, Found, Protection, Spot};
use crate::extract::{Contents, Kind};
use crate::message::Message;
use crate::policy::sample::{config, rule, submission};
use crate::policy::{Known, Rules, Verdict};

const PARENT: &str = "a@out.test";

fn judged(when: Fields, unless: Option<Fields>, mail: &str, files: Vec<File>, to: &[&str]) -> Verdict {
    let rule = crate::config::Rule { unless, ..rule("r", when, Actions::default()) };
    let rules = Rules::compile(&config(vec![rule]));
    let files = (2..).zip(files).map(|(at, file): (usize, File)| Found { part: at.to_string(), file }).collect();
    let known = Known { contents: Contents { files }, ..Known::default() };
    let submission = submission("staff@school.test", to, mail);
    let message = Message::parse(submission.raw.clone());
    let quiet = rules.judge_knowing(&submission, &message, &known);
    let aloud = rules.judge_aloud_knowing(&submission, &message, &known);
    let matches = |verdict: &Verdict| verdict.recipients().collect::<Vec<_>>();
    assert_eq!(matches(&quiet.rules[0]), matches(&aloud.rules[0]), "asking for reasons changes nothing");
    aloud.rules[0].clone()
}

fn data(tests: &[DataTest]) -> Fields {
    Fields { data: Some(tests.to_vec()), ..Fields::default() }
}

fn mail(text: &str) -> String {
    format!("From: Staff <staff@school.test>\nTo: {PARENT}\nSubject: Lists\n\n{text}\n")
}

fn sheet(name: &str, rows: &[&[&str]]) -> File {
    let mut file = File::new(vec![name.to_owned()], Kind::Xlsx, 10);
    let rows = rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
    file.blocks.push(Block { spot: Spot::Body, label: None, content: Content::Table(rows) });
    file
}

fn pupils() -> File {
    sheet(
        "7B.xlsx",
        &[
            &["Name", "UPN", "Date of birth"],
            &["Amelia Banks", "L810995815931", "04/07/2014"],
            &["Jacob Singh", "E886997317210", "08/10/2014"],
            &["Maja Tran", "B801200005001", "12/01/2015"],
        ],
    )
}

#[test]
fn data_is_found_in_the_text_the_subject_and_in_files() {
    let upn = || data(&[DataTest::Kind(Data::Upn)]);
    assert!(judged(upn(), None, &mail("Her UPN is L810995815931."), vec![], &[PARENT]).matched());
    assert!(judged(upn(), None, "From: a@school.test\nSubject: UPN L810995815931\n\nSee above\n", vec![], &[PARENT]).matched());
    let in_file = judged(upn(), None, &mail("As attached."), vec![pupils()], &[PARENT]);
    assert!(in_file.matched());
    assert_eq!(in_file.record(), Some("3 uk-upn in the attachment (part 2)"));
    let found = in_file.named.found.as_deref().unwrap();
    assert!(found.contains("in 7B.xlsx") && found.contains("L8…31") && !found.contains("L810995815931"), "{found}");
    assert!(!judged(upn(), None, &mail("Nothing here."), vec![], &[PARENT]).matched());
}

#[test]
fn values_and_persons_are_counted_apart() {
    let counted = |count| Fields { data_count: Some(count), ..data(&[DataTest::Kind(Data::Upn)]) };
    let sent = |when| judged(when, None, &mail("As attached: L810995815931"), vec![pupils()], &[PARENT]).matched();
    assert!(sent(counted(3)) && !sent(counted(4)), "the one in the text is one of the three");
    let people = |over| Fields { people_over: Some(over), ..data(&[DataTest::Personal]) };
    assert!(sent(people(2)) && !sent(people(3)));
    let sure = |confidence| Fields { data_confidence: Some(confidence), ..data(&[DataTest::Kind(Data::Upn)]) };
    assert!(sent(sure(Confidence::High)));
}

#[test]
fn groups_hold_what_they_say() {
    let bank = mail("Please refund Amelia Banks, sort code 08-99-99, account number 66374958.");
    assert!(judged(data(&[DataTest::Financial]), None, &bank, vec![], &[PARENT]).matched());
    let health = mail("Amelia Banks in 7B has been diagnosed with epilepsy and carries her medication.");
    assert!(judged(data(&[DataTest::SpecialCategory]), None, &health, vec![], &[PARENT]).matched());
    let contact = mail("Please ring me on 01632 960001 or write to someone@out.test.");
    assert!(!judged(data(&[DataTest::Personal]), None, &contact, vec![], &[PARENT]).matched(), "contact data alone is everyday");
}

#[test]
fn what_the_recipient_wrote_is_no_news_to_them() {
    let reply = mail(
        "Thank you, I have noted it.\n\nOn 3 May 2026 at 10:00, Jane Parent <a@out.test> wrote:\n> My daughter's UPN is L810995815931.\n",
    );
    let verdict = judged(data(&[DataTest::Kind(Data::Upn)]), None, &reply, vec![], &[PARENT, "other@out.test"]);
    assert_eq!(verdict.recipients().collect::<Vec<_>>(), [1], "{verdict:?}");
}

#[test]
fn a_protected_file_protects_unless_something_tells() {
    let locked = |name: &str| {
        let mut file = File::new(vec![name.to_owned()], Kind::Zip, 10);
        file.protection = Protection::Protected;
        file
    };
    let protected = Fields { protected: Some(true), ..Fields::default() };
    let holds = |text: &str, files: Vec<File>| judged(protected.clone(), None, &mail(text), files, &[PARENT]).matched();
    assert!(holds("As agreed; the password follows by telephone.", vec![locked("report.zip")]));
    assert!(!holds("As agreed.", vec![]), "nothing is protected");
    assert!(!holds("The password is Heron42", vec![locked("report.zip")]), "the password is told");
    assert!(!holds("Her UPN is L810995815931.", vec![locked("report.zip")]), "the text says it anyway");
    assert!(!holds("As agreed.", vec![locked("report.zip"), pupils()]), "one file is open");
    assert!(!holds("As agreed.", vec![locked("Amelia Banks EHCP.zip")]), "the name says who it is about");
    assert!(holds("As agreed.", vec![locked("report.zip"), File::new(vec!["logo.png".to_owned()], Kind::Png, 10)]));
}

#[test]
fn recipients_and_data_are_asked_together() {
    let when = Fields { to: Some(vec![Party::Outside]), ..data(&[DataTest::Kind(Data::Upn)]) };
    let verdict = judged(when, None, &mail("UPN L810995815931"), vec![], &["head@school.test", PARENT]);
    assert_eq!(verdict.recipients().collect::<Vec<_>>(), [1]);
    assert!(verdict.each[1].because.iter().any(|why| why.starts_with("data: 1 uk-upn (L8…31) in the text")), "{verdict:?}");
}
