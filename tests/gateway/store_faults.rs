//! Losing power, being killed, and disks that fail, at every operation of the store.
//!
//! The scenario runs in a child of its own (this same test binary, asked for [`child`]) under a shim that stands between it and
//! the C library (`tests/faults/shim.c`, built here; without a C compiler these tests say so and end). The child says on standard
//! output what was acknowledged to it; afterwards the store is opened without the shim and must hold exactly that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use schoolgate::base::{Address, Envelope, Recipient, Ref, ReversePath, Timestamp};
use schoolgate::config;
use schoolgate::config::{AfterHold, Holder};
use schoolgate::ledger::{Event, Ledger, Verified};
use schoolgate::queue::{NewJob, Post, Queue, Release, Settlement, State, Which};
use schoolgate::store::{Keeping, MasterKey, RecordHeader, Store, StoreError};

pub const FOLDER: &str = "SCHOOLGATE_TEST_STORE";
const SNAP: &str = "SCHOOLGATE_TEST_SNAP";
/// Set where the disk never recovers, so that nobody waits for it.
const HOPELESS: &str = "SCHOOLGATE_TEST_HOPELESS";
/// Mails of the scenario: two to deliver, one held and released, two posted together, one last that must always get through.
const MAILS: u8 = 6;
const LAST: u8 = 6;

// ---- the scenario, in the child ----

#[test]
#[ignore = "the scenario itself: run by the tests below, under the shim"]
fn child() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("run by the tests below"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(scenario(&options(&folder)));
}

async fn scenario(options: &config::Store) {
    let Some(store) = open_in_the_end(options).await else { return };
    let Ok(queue) = Queue::open(store.clone()).await else { return };
    post_and_say(&queue, 1).await;
    post_and_say(&queue, 2).await;
    settle_first(&queue, 1).await;
    post_and_say(&queue, 3).await;
    tokio::join!(post_and_say(&queue, 4), post_and_say(&queue, 5));
    if queue.release(Which::Mail(reference(3)), Release::by("it")).await.is_ok() {
        say("released 3");
    }
    // The disk is well again by now, or will be soon: without anybody's hand the store must work.
    for _ in 0..if hopeless() { 3 } else { 200 } {
        if post_and_say(&queue, LAST).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    store.close().await;
}

/// Opening may fail too; it is tried again as an operator, or systemd, would.
async fn open_in_the_end(options: &config::Store) -> Option<Store> {
    for _ in 0..if hopeless() { 2 } else { 20 } {
        if let Ok(store) = Store::open(options) {
            return Some(store);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    None
}

async fn post_and_say(queue: &Queue, number: u8) -> bool {
    match queue.post(post(number)).await {
        Ok(_) => say(&format!("kept {number}")),
        Err(StoreError::Duplicate(_)) => panic!("a mail was kept that was answered with an error"),
        Err(_) => {
            say(&format!("failed {number}"));
            return false;
        }
    }
    if let Ok(prefix) = std::env::var(SNAP) {
        let _ = std::fs::File::open(format!("{prefix}{number}")); // the shim copies what a loss of power would leave now
    }
    true
}

/// Delivers the mail to the first of its two recipients.
async fn settle_first(queue: &Queue, number: u8) {
    let patience = Duration::from_millis(if hopeless() { 300 } else { 1000 });
    let Ok(leased) = tokio::time::timeout(patience, queue.next("default")).await else { return };
    if leased.job().reference != reference(number) {
        return; // the first mail failed, so this is another
    }
    let done = vec![leased.job().addresses()[0].clone()];
    let event = Event::Delivered {
        reference: reference(number),
        copy: 1,
        recipients: done.clone(),
        route: "default".into(),
        host: "h".into(),
        reply: "250 ok".into(),
        tls: None,
        proof: None,
        sha256: String::new(),
    };
    let later = State::Waiting { next_try: Timestamp::MAX, attempts: 1, last_error: None, delay_told: false };
    let settlement = Settlement { done, waiting: Some(later), events: vec![event], posts: Vec::new() };
    let patience = Duration::from_millis(if hopeless() { 300 } else { 20_000 });
    if let Ok(Ok(())) = tokio::time::timeout(patience, leased.settle(settlement)).await {
        say(&format!("settled {number}"));
    }
}

fn hopeless() -> bool {
    std::env::var_os(HOPELESS).is_some()
}

fn say(what: &str) {
    use std::io::Write;
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{what}").and_then(|()| out.flush());
}

pub fn options(folder: &Path) -> config::Store {
    config::Store { path: folder.join("store"), key_file: folder.join("master.key") }
}

fn reference(number: u8) -> Ref {
    Ref::new("2026-11-23T08:00:00Z".parse().unwrap(), [0, 0, number])
}

fn raw(number: u8) -> Vec<u8> {
    format!("Subject: mail {number}\r\n\r\n{}\r\n", "safeguarding concern ".repeat(200 * usize::from(number))).into_bytes()
}

fn recipients(number: u8) -> Vec<Recipient> {
    ["a", "b"].map(|name| Recipient::new(Address::parse(&format!("{name}{number}@x.example")).unwrap())).to_vec()
}

fn post(number: u8) -> Post {
    let reference = reference(number);
    let envelope = Envelope::new(ReversePath::Null, recipients(number));
    let state = if number == 3 {
        let (rule, why) = ("big".to_owned(), "it is big".to_owned());
        State::Held { rule, why, whom: Holder::Technician, until: None, then: AfterHold::Refuse }
    } else {
        State::due(Timestamp::UNIX_EPOCH)
    };
    let copy = NewJob { state, ..NewJob::new(envelope.clone(), Timestamp::UNIX_EPOCH) };
    let event = Event::MailAccepted {
        reference: reference.clone(),
        from: String::new(),
        recipients: recipients(number).into_iter().map(|r| r.address).collect(),
        size: 0,
        sha256: String::new(),
        class: "ordinary".into(),
        rules: Vec::new(),
        rule_set: String::new(),
    };
    let received_at = "2026-11-23T08:00:00Z".parse().unwrap();
    let header =
        RecordHeader { reference, received_at, envelope, origin: None, issued: None, provenance: None, sha256: String::new() };
    Post {
        keep: Keeping::for_ever("ordinary"),
        header,
        raw: Bytes::from(raw(number)),
        shared: Vec::new(),
        copies: vec![copy],
        events: vec![event],
    }
}

// ---- running it and looking at what is left ----

/// What the child was told, in its own words.
struct Told {
    said: BTreeSet<String>,
    /// Whether it came to its end.
    ended: bool,
}

impl Told {
    fn that(&self, what: &str, number: u8) -> bool {
        self.said.contains(&format!("{what} {number}"))
    }
}

/// The built shim; nothing where there is no C compiler.
pub fn shim() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<PathBuf>> = OnceLock::new();
    SHIM.get_or_init(|| {
        let file = std::env::temp_dir().join(format!("schoolgate-shim-{}.so", std::process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&file).arg(source).arg("-ldl").status();
        match built {
            Ok(status) => status.success().then_some(file),
            Err(_) => {
                eprintln!("skipped: there is no C compiler `cc` to build the shim with");
                None
            }
        }
    })
    .as_deref()
}

pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    MasterKey::create(&folder.path().join("master.key")).unwrap();
    folder
}

fn run(folder: &Path, shim: &Path, settings: &[(&str, &str)]) -> Told {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "store_faults::child", "--ignored", "--nocapture", "--test-threads=1"]);
    child.env("LD_PRELOAD", shim).env(FOLDER, folder).env("FAULT_PATH", folder.join("store"));
    child.envs(settings.iter().copied()).stdin(Stdio::null()).stderr(Stdio::piped());
    let out = child.output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(!text.contains("panicked") && out.status.code() != Some(101), "{text}{}", String::from_utf8_lossy(&out.stderr));
    Told { said: text.lines().map(|line| line.trim().to_owned()).collect(), ended: out.status.success() }
}

/// Opens what is left and compares it with what was told. `lost` says that an unanswered mail may be gone or there, whole.
fn check(folder: &Path, told: &Told, at: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&options(folder)).unwrap_or_else(|error| panic!("{at}: {error}"));
        let queue = Queue::open(store.clone()).await.unwrap();
        let ledger = Ledger::new(store.clone());
        assert!(matches!(ledger.verify().await.unwrap(), Verified::Whole { .. }), "{at}");
        for number in 1..=MAILS {
            check_mail(&store, &queue, &ledger, told, number, at).await;
        }
        // It goes on working.
        let later = Post { header: RecordHeader { reference: reference(100), ..post(1).header }, ..post(1) };
        queue.post(later).await.unwrap_or_else(|error| panic!("{at}: {error}"));
        store.close().await;
    });
}

async fn check_mail(store: &Store, queue: &Queue, ledger: &Ledger, told: &Told, number: u8, at: &str) {
    let place = store.place(&reference(number)).await;
    let events: Vec<String> = ledger.about(&reference(number)).await.unwrap().into_iter().map(|entry| entry.name).collect();
    let jobs = queue.jobs(Which::Mail(reference(number))).await.unwrap();
    let count = |name: &str| events.iter().filter(|event| *event == name).count();
    let kept = told.that("kept", number);
    let Ok(place) = place else {
        assert!(!kept, "{at}: mail {number} was acknowledged and is lost");
        assert!(jobs.is_empty() && events.is_empty(), "{at}: mail {number} is half there");
        return;
    };
    if told.that("failed", number) && !kept {
        panic!("{at}: mail {number} was answered with an error and is there");
    }
    assert_eq!(store.fetch(&place).await.unwrap().raw, raw(number), "{at}: mail {number}");
    assert_eq!((count("mail-accepted"), jobs.len()), (1, 1), "{at}: mail {number}");
    let settled = count("delivered") == 1;
    let expected: Vec<Address> = recipients(number).into_iter().skip(usize::from(settled)).map(|r| r.address).collect();
    assert_eq!(jobs[0].addresses(), expected, "{at}: mail {number}");
    assert!(settled || !told.that("settled", number), "{at}: a settling was acknowledged and is lost");
    let held = matches!(jobs[0].copy.state, State::Held { .. });
    assert_eq!(held, number == 3 && count("mail-released") == 0, "{at}: mail {number}");
    assert!(!held || !told.that("released", number), "{at}: a release was acknowledged and is lost");
}

/// Runs the scenario with the fault at operation 1, 2, 3 … until none is reached any more; answers how many there were.
fn at_every_operation(settings: &[(&str, &str)], mut seen: impl FnMut(&Told)) -> usize {
    let Some(shim) = shim() else { return usize::MAX };
    let kind = settings.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(" ");
    let untouched = {
        let folder = folder();
        run(folder.path(), shim, &[])
    };
    assert!(untouched.ended && untouched.that("kept", LAST));
    for number in 1..1000 {
        let folder = folder();
        let marker = folder.path().join("reached");
        let at = number.to_string();
        let told = run(folder.path(), shim, &[settings, &[("FAULT_AT", &at), ("FAULT_MARK", marker.to_str().unwrap())]].concat());
        check(folder.path(), &told, &format!("{kind} at operation {number}"));
        seen(&told);
        if !marker.exists() {
            return number;
        }
    }
    panic!("the scenario has no end");
}

#[test]
fn killed_before_any_operation_nothing_acknowledged_is_lost() {
    let operations = at_every_operation(&[("FAULT_OPS", "all"), ("FAULT_KIND", "kill")], |_| ());
    assert!(operations > 40, "only {operations} operations were seen");
}

#[test]
fn killed_in_the_middle_of_any_write_nothing_acknowledged_is_lost() {
    let operations = at_every_operation(&[("FAULT_OPS", "all"), ("FAULT_KIND", "torn")], |_| ());
    assert!(operations > 40, "only {operations} operations were seen");
}

/// How many mails were answered with an error by a store that in the end worked again without anybody's hand.
fn failures_of_one_that_came_back(told: &Told) -> usize {
    let Told { ended, said } = told;
    assert!(*ended && told.that("kept", LAST), "the store did not come back by itself: ended {ended}, said {said:?}");
    (1..=MAILS).filter(|n| told.that("failed", *n)).count()
}

#[test]
fn a_failed_sync_is_an_error_and_that_mail_never_leaves() {
    let mut failures = 0;
    let operations = at_every_operation(&[("FAULT_OPS", "sync"), ("FAULT_KIND", "eio")], |told| {
        failures += failures_of_one_that_came_back(told);
    });
    assert!(operations > 15 && failures > 4, "{operations} syncs, {failures} mails answered with an error");
}

#[test]
fn when_every_sync_fails_from_some_time_on_nothing_refused_is_there_after_a_restart() {
    at_every_operation(&[("FAULT_OPS", "sync"), ("FAULT_KIND", "eio"), ("FAULT_COUNT", "100000"), (HOPELESS, "1")], |_| ());
}

#[test]
fn a_full_disk_is_an_error_and_the_store_comes_back_by_itself() {
    let mut failures = 0;
    at_every_operation(&[("FAULT_OPS", "write"), ("FAULT_KIND", "enospc"), ("FAULT_COUNT", "7")], |told| {
        failures += failures_of_one_that_came_back(told);
    });
    assert!(failures > 4 || shim().is_none(), "{failures} mails answered with an error");
}

#[test]
fn what_was_acknowledged_survives_losing_power_at_that_moment() {
    let Some(shim) = shim() else { return };
    let folder = folder();
    let shadow = folder.path().join("shadow");
    let snap = folder.path().join("snap-");
    let settings = [("FAULT_SHADOW", shadow.to_str().unwrap()), ("FAULT_SNAP", snap.to_str().unwrap())];
    let told = run(folder.path(), shim, &[&settings[..], &[(SNAP, snap.to_str().unwrap())]].concat());
    assert!(told.ended);
    for number in 1..=MAILS {
        let left = folder.path().join(format!("shadow.{number}"));
        let after = self::folder();
        std::fs::copy(folder.path().join("master.key"), after.path().join("master.key")).unwrap();
        std::fs::rename(&left, after.path().join("store")).unwrap();
        // Mails 4 and 5 are posted together, so either may be the first to hear.
        let kept = (1..=number).filter(|n| *n != 4 || number != 5).map(|n| format!("kept {n}")).collect();
        check(after.path(), &Told { said: kept, ended: false }, &format!("power lost after mail {number}"));
    }
}

#[test]
fn no_word_of_a_mail_is_on_the_disk() {
    let Some(shim) = shim() else { return };
    let folder = folder();
    assert!(run(folder.path(), shim, &[]).ended);
    let mut files = 0;
    let mut folders = vec![folder.path().join("store")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for word in ["safeguarding", "x.example", "Subject"] {
                assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{word} stands in {}", path.display());
            }
        }
    }
    assert!(files >= 2);
}
