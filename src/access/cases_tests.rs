use super::*;
use crate::access::{Leave, Looked, Permit, Suspension};
use crate::ledger::Ledger;
use crate::store::tests_kit;

const AUDITOR: &str = "auditor@oakfield.example.sch.uk";
const HEAD: &str = "head@oakfield.example.sch.uk";

fn account(address: &str, role: Role) -> Account {
    let address = Address::parse(address).unwrap();
    Account { address, role, added_at: now(), added_by: "test".into(), suspended: None }
}

fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn asked() -> Asked {
    Asked {
        kind: Kind::SubjectAccess,
        mailboxes: vec![Mailbox::parse("office@oakfield.example.sch.uk").unwrap()],
        from: "2026-09-01".parse().unwrap(),
        to: "2026-10-31".parse().unwrap(),
        purpose: "A parent asks what we hold about them".into(),
        auditors: vec![Address::parse(AUDITOR).unwrap()],
        until: "2026-12-24".parse().unwrap(),
    }
}

struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
    cases: Cases,
    ledger: Ledger,
}

fn bench() -> Bench {
    let (folder, options) = tests_kit::place();
    let store = Store::open(&options).unwrap();
    Bench { _folder: folder, cases: Cases::new(store.clone()), ledger: Ledger::new(store.clone()), store }
}

fn why<T: std::fmt::Debug>(done: Result<T, StoreError>) -> String {
    match done {
        Err(StoreError::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_case_is_asked_by_one_and_given_by_another() {
    let Bench { cases, ledger, store, _folder } = bench();
    let (auditor, head) = (account(AUDITOR, Role::Auditor), account(HEAD, Role::Approver));
    for role in [Role::Sender, Role::Technician, Role::Approver] {
        assert!(
            why(cases.request(asked(), &account("x@oakfield.example.sch.uk", role), now()).await).contains("only auditor or dpo")
        );
    }
    let case = cases.request(asked(), &auditor, now()).await.unwrap();
    assert_eq!((case.number, case.state(today(now()))), (1, State::Asked));
    assert!(why(Permit::of_case(&store, &ledger, 1, &auditor, now()).await).contains("not approved yet"));
    assert!(why(cases.decide(1, true, (None, None), &auditor, now()).await).contains("only approver"));

    let longer = Some("2027-01-01".parse().unwrap());
    assert!(why(cases.decide(1, true, (None, longer), &head, now()).await).contains("not lengthen"));
    let shorter = "2026-12-01".parse().unwrap();
    let case = cases.decide(1, true, (None, Some(shorter)), &head, now()).await.unwrap();
    assert_eq!((case.state(today(now())), case.asked.until), (State::Approved, shorter));
    assert!(why(cases.decide(1, false, (None, None), &head, now()).await).contains("approved already"));

    let permit = Permit::of_case(&store, &ledger, 1, &auditor, now()).await.unwrap();
    assert_eq!((permit.who(), permit.leave()), (AUDITOR, &Leave::Case(1)));
    let other = account("dpo@oakfield.example.sch.uk", Role::Dpo);
    assert!(why(Permit::of_case(&store, &ledger, 1, &other, now()).await).contains("not an auditor of case 1"));
    let later = "2026-12-02T12:00:00Z".parse().unwrap();
    assert!(why(Permit::of_case(&store, &ledger, 1, &auditor, later).await).contains("is over"));
    cases.close(1, &auditor, now()).await.unwrap();
    assert!(why(Permit::of_case(&store, &ledger, 1, &auditor, now()).await).contains("closed"));

    let names: Vec<String> = ledger.recent(20).await.unwrap().into_iter().map(|entry| entry.name).collect();
    let wanted = [
        "case-asked",
        "archive-refused",
        "case-approved",
        "archive-refused",
        "archive-refused",
        "case-closed",
        "archive-refused",
    ];
    assert_eq!(names, wanted);
    store.close().await;
}

#[tokio::test]
async fn an_approver_who_is_named_as_auditor_may_not_decide_and_a_suspended_account_may_nothing() {
    let Bench { cases, ledger, store, _folder } = bench();
    let (auditor, head) = (account(AUDITOR, Role::Dpo), account(HEAD, Role::Approver));
    let mine = Asked { auditors: vec![head.address.clone()], ..asked() };
    cases.request(mine, &auditor, now()).await.unwrap();
    assert!(why(cases.decide(1, true, (None, None), &head, now()).await).contains("a case of their own"));
    let suspended = Some(Suspension { at: now(), by: "it".into(), why: "left the school".into() });
    let gone = Account { suspended, ..auditor };
    assert!(why(cases.request(asked(), &gone, now()).await).contains("left the school"));
    assert!(why(cases.close(1, &gone, now()).await).contains("suspended"));
    assert!(why(Permit::of_case(&store, &ledger, 1, &gone, now()).await).contains("suspended"));
    store.close().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_told_before_an_approver_sees_it() {
    let Bench { cases, store, _folder, .. } = bench();
    let auditor = account(AUDITOR, Role::Auditor);
    let day = |text: &str| text.parse::<Date>().unwrap();
    for (asked, told) in [
        (Asked { mailboxes: Vec::new(), ..asked() }, "at least one mailbox"),
        (Asked { from: day("2026-11-01"), ..asked() }, "after the last"),
        (Asked { until: day("2026-11-24"), ..asked() }, "before it begins"),
        (Asked { until: day("2028-01-01"), ..asked() }, "at most a year"),
        (Asked { purpose: "  ".into(), ..asked() }, "for what purpose"),
        (Asked { auditors: Vec::new(), ..asked() }, "at least one auditor"),
    ] {
        let why = why(cases.request(asked, &auditor, now()).await);
        assert!(why.contains(told), "{why}");
    }
    assert!(Kind::parse("subject-acess").unwrap_err().contains("did you mean `subject-access`"));
    store.close().await;
}

#[tokio::test]
async fn a_permit_covers_its_mailboxes_and_days_and_every_look_is_written_down() {
    let Bench { cases, ledger, store, _folder } = bench();
    let (auditor, head) = (account(AUDITOR, Role::Auditor), account(HEAD, Role::Approver));
    let domain = Asked { mailboxes: vec![Mailbox::parse("parents.example.com").unwrap()], ..asked() };
    cases.request(domain, &auditor, now()).await.unwrap();
    cases.decide(1, true, (None, None), &head, now()).await.unwrap();
    let permit = Permit::of_case(&store, &ledger, 1, &auditor, now()).await.unwrap();
    let inside = [Address::parse("a@parents.example.com").unwrap()];
    let outside = [Address::parse("a@other.example.com").unwrap(), Address::parse("a@sub.parents.example.com").unwrap()];
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert!(permit.scope().covers(at("2026-10-15T00:00:00Z"), &inside));
    assert!(!permit.scope().covers(at("2026-10-15T00:00:00Z"), &outside));
    assert!(!permit.scope().covers(at("2026-08-15T00:00:00Z"), &inside));
    assert!(!permit.scope().covers(at("2026-11-15T00:00:00Z"), &inside));

    permit.record(&ledger, Looked::Searched { query: "excursion".into(), found: 3 }).await.unwrap();
    assert!(why(Permit::break_glass(&ledger, "root (command line)", " ").await).contains("for what reason"));
    let glass = Permit::break_glass(&ledger, "root (command line)", "a child is missing").await.unwrap();
    assert!(glass.scope().covers(at("2020-10-15T00:00:00Z"), &outside));
    let all = ledger.recent(2).await.unwrap();
    assert!(all[0].body.contains(r#""query":"excursion""#) && all[0].body.contains(r#""case":1"#), "{}", all[0].body);
    assert!(all[1].body.contains("a child is missing"), "{}", all[1].body);
    store.close().await;
}
