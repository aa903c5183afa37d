//! `backup` and `restore` with the real program: under load, killed, damaged, and never more than should come back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::store_faults::shim;
use crate::world::archived::Archived;
use crate::world::gateway::files;
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, free_port};

/// A class of which nothing that is old is kept.
const SECTIONS: &str = r#"
[[retention]]
id   = "short"
keep = "1mo"
when.from = "nobody@oakfield.example.sch.uk"
"#;

fn asleep() -> Gateway {
    Gateway::prepare(free_port(), SECTIONS)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Puts mails into the archive, without a gateway.
fn import(gateway: &Gateway, name: &str, count: usize, options: &[&str]) {
    let file = gateway.path(name);
    let mail = |n| {
        format!(
            "From - x\nFrom: office@oakfield.example.sch.uk\nTo: parent@example.com\nSubject: {name} {n}\n\nSafeguarding {n}.\n\n"
        )
    };
    fs::write(&file, (0..count).map(mail).collect::<String>()).expect("room on the disk");
    gateway.succeed(&[&["archive", "import"], options, &[text(&file)]].concat(), "");
}

fn back_up(gateway: &Gateway, folder: &Path) -> String {
    gateway.succeed(&["backup", text(folder)], "")
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).expect("a manifest")).expect("JSON")
}

fn lengths(manifest: &Value, of: &str) -> u64 {
    manifest[of].as_array().expect("a list").iter().map(|file| file["length"].as_u64().expect("a length")).sum()
}

/// A gateway of the same key whose store is empty.
fn elsewhere(gateway: &Gateway) -> Gateway {
    let other = asleep();
    fs::copy(gateway.path("master.key"), other.path("master.key")).expect("room on the disk");
    other
}

/// All mails by their reference.
fn mails(gateway: &Gateway) -> BTreeMap<String, Vec<u8>> {
    let archived = Archived::of(gateway);
    archived.records().into_iter().map(|record| (record.header.reference.to_string(), record.raw.to_vec())).collect()
}

fn is_empty(gateway: &Gateway) -> bool {
    files(&gateway.path("store")).iter().all(|path| path.ends_with("lock"))
}

#[test]
fn a_backup_under_load_comes_back_byte_for_byte() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, SECTIONS);
    let (folder, stop) = (gateway.path("backup"), Arc::new(AtomicBool::new(false)));
    let senders: Vec<_> = (0..4).map(|number| send_until(gateway.relay, number, stop.clone())).collect();
    for _ in 0..3 {
        back_up(&gateway, &folder);
    }
    let answered: usize = senders.iter().filter(|sender| !sender.is_finished()).count();
    assert_eq!(answered, 4, "the senders are at it");
    let under_load = elsewhere(&gateway);
    under_load.succeed(&["restore", text(&folder)], "");
    stop.store(true, Ordering::Relaxed);
    let sent: usize = senders.into_iter().map(|sender| sender.join().expect("a sender ends")).sum();
    let all = mails(&gateway);
    assert!(all.len() >= sent, "{sent} were answered, {} are kept", all.len());
    let some = mails(&under_load);
    assert!(some.len() > 10 && some.iter().all(|(reference, raw)| all.get(reference) == Some(raw)), "{} restored", some.len());

    assert!(Session::open(gateway.relay).send(&["later@example.com"], "Late", "Waits.\r\n").starts_with("250 "));
    let last = back_up(&gateway, &folder);
    let all = mails(&gateway);
    gateway.kill();
    let restored = elsewhere(&gateway);
    let told = restored.succeed(&["restore", text(&folder)], "");
    assert!(
        last.contains("The key is not in it.") && told.contains(&format!("{} mails are restored", all.len())),
        "{last}{told}"
    );
    assert!(mails(&restored) == all, "some mail is not as it was");
    let archived = Archived::of(&restored);
    assert_eq!(archived.events().last().map(|(name, _)| name.as_str()), Some("restored"));
    drop(archived);
    let held = restored.json(&["queue", "list", "--json"]);
    let late = held.as_array().expect("a list").iter().find(|copy| copy["recipients"][0] == "later@example.com");
    let late = late.expect("what waited waits on");
    assert_eq!((&late["state"], &late["whom"]), (&"held".into(), &"technician".into()), "{held}");
    restored.succeed(&["queue", "release", late["ref"].as_str().expect("a reference")], "");
}

fn send_until(port: u16, number: usize, stop: Arc<AtomicBool>) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let mut sent = 0;
        while !stop.load(Ordering::Relaxed) {
            let recipient = format!("r{number}-{sent}@example.com");
            let body = format!("Text of {number} {sent}.\r\n").repeat(50);
            assert!(Session::open(port).send(&[&recipient], "Trip", &body).starts_with("250 "));
            sent += 1;
        }
        sent
    })
}

#[test]
fn a_second_backup_copies_only_what_is_new_and_nothing_of_it_is_in_clear() {
    let gateway = asleep();
    let folder = gateway.path("backup");
    import(&gateway, "first", 300, &[]);
    let first = back_up(&gateway, &folder);
    let before = manifest(&folder);
    assert!(first.contains("300 mails up to ledger entry 301"), "{first}");
    import(&gateway, "second", 5, &[]);
    let second = back_up(&gateway, &folder);
    let after = manifest(&folder);
    let new = lengths(&after, "segments") - lengths(&before, "segments");
    let beside =
        after["database"]["length"].as_u64().expect("a length") + after["root_key"]["length"].as_u64().expect("a length");
    assert!(new > 0 && new < lengths(&before, "segments") / 10, "{new}");
    assert!(second.contains(&format!(" {} bytes copied to 3 files", new + beside)), "{second}: {new} and {beside}");
    let names: BTreeSet<String> = fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let expected = ["lock", "manifest.json", "root-2.key", "segments", "store-2.db"].map(str::to_owned);
    assert_eq!(names, BTreeSet::from(expected), "earlier copies are gone");
    for path in files(&folder) {
        let bytes = fs::read(&path).expect("a file");
        for word in ["Safeguarding", "parent@example.com", "Subject", "SQLite format"] {
            assert!(!bytes.windows(word.len()).any(|at| at == word.as_bytes()), "{word} stands in {}", path.display());
        }
    }
    let names: Vec<String> = Archived::of(&gateway).events().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().filter(|name| *name == "backup-made").count(), 2);
}

/// A backup that is killed at one of its operations on its folder.
fn killed(gateway: &Gateway, folder: &Path, settings: &[(&str, &str)]) -> bool {
    let mut command = Gateway::program();
    command.arg("backup").arg(folder).env("SCHOOLGATE_CONFIG", gateway.config());
    command.env("LD_PRELOAD", shim().expect("a shim")).env("FAULT_PATH", folder).envs(settings.iter().copied());
    !crate::world::gateway::output(command, "").status.success()
}

#[test]
fn a_backup_that_is_killed_leaves_the_one_before_or_says_that_there_is_none() {
    if shim().is_none() {
        return;
    }
    let gateway = asleep();
    import(&gateway, "first", 20, &[]);
    let never = gateway.path("never");
    assert!(killed(&gateway, &never, &[("FAULT_OPS", "sync"), ("FAULT_KIND", "kill"), ("FAULT_AT", "4")]));
    let none = elsewhere(&gateway).run(&["restore", text(&never)], "");
    assert!(none.status.code() == Some(1) && said(&none).contains("holds no backup"), "{}", said(&none));

    let folder = gateway.path("backup");
    back_up(&gateway, &folder);
    let before = mails(&gateway);
    import(&gateway, "second", 20, &[]);
    let after = mails(&gateway);
    let (mut old, mut new, mut reached) = (0, 0, true);
    for (ops, stride) in [("sync", 1), ("all", 29)] {
        for at in (1..).step_by(stride) {
            let at = at.to_string();
            // Each on the same earlier backup, as it was.
            let copy = gateway.path("copy");
            let _ = fs::remove_dir_all(&copy);
            copy_folder(&folder, &copy);
            let kind = if stride == 1 { "kill" } else { "torn" };
            reached = killed(&gateway, &copy, &[("FAULT_OPS", ops), ("FAULT_KIND", kind), ("FAULT_AT", &at)]);
            let restored = elsewhere(&gateway);
            restored.succeed(&["restore", text(&copy)], "");
            match mails(&restored) {
                mails if mails == before => old += 1,
                mails if mails == after => new += 1,
                mails => panic!("{ops} {at}: {} mails", mails.len()),
            }
            if !reached {
                break;
            }
        }
    }
    assert!(!reached && old > 8 && new >= 2, "{old} as before, {new} as after");
    // The next one goes on where the last was killed.
    let copy = gateway.path("copy");
    back_up(&gateway, &copy);
    let restored = elsewhere(&gateway);
    restored.succeed(&["restore", text(&copy)], "");
    assert!(mails(&restored) == after);
}

fn copy_folder(from: &Path, to: &Path) {
    for path in files(from) {
        let target = to.join(path.strip_prefix(from).expect("below it"));
        fs::create_dir_all(target.parent().expect("a folder")).expect("room on the disk");
        fs::copy(&path, target).expect("room on the disk");
    }
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("room on the disk");
}

#[test]
fn a_flipped_bit_is_found_and_named_and_nothing_is_restored() {
    let gateway = asleep();
    import(&gateway, "first", 20, &[]);
    let folder = gateway.path("backup");
    back_up(&gateway, &folder);
    let damaged: Vec<PathBuf> =
        files(&folder).into_iter().filter(|path| !path.ends_with("lock") && !path.ends_with("manifest.json")).collect();
    assert_eq!(damaged.len(), 3, "{damaged:?}");
    let place = elsewhere(&gateway);
    for path in &damaged {
        flip(path);
        let refused = place.run(&["restore", text(&folder)], "");
        assert!(refused.status.code() == Some(1) && said(&refused).contains(text(path)), "{}", said(&refused));
        assert!(is_empty(&place), "{:?}", files(&place.path("store")));
        flip(path);
    }
    let segment = damaged.iter().find(|path| path.ends_with("000001.seg")).expect("a segment");
    flip(segment);
    let anyway = place.run(&["restore", "--despite-damage", text(&folder)], "");
    assert!(anyway.status.success() && said(&anyway).contains("000001.seg is damaged"), "{}", said(&anyway));
    let checked = gateway.run(&["backup", "--check", text(&folder)], "");
    assert!(checked.status.success() && said(&checked).contains("000001.seg was not as it was written"), "{}", said(&checked));
    let place = elsewhere(&gateway);
    place.succeed(&["restore", text(&folder)], "");
    assert!(mails(&place) == mails(&gateway));
}

#[test]
fn a_restore_is_refused_with_a_wrong_key_and_over_anything() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, SECTIONS);
    Session::open(gateway.relay).send(&["parent@example.com"], "Trip", "Text.\r\n");
    let folder = gateway.path("backup");
    back_up(&gateway, &folder);
    let wrong = asleep().run(&["restore", text(&folder)], "");
    assert!(
        wrong.status.code() == Some(1) && said(&wrong).contains("the backup was made under the master key"),
        "{}",
        said(&wrong)
    );
    let runs = gateway.run(&["restore", text(&folder)], "");
    assert!(
        runs.status.code() == Some(1) && said(&runs).contains("a gateway already runs").eq(&false)
            || said(&runs).contains("already runs"),
        "{}",
        said(&runs)
    );
    gateway.stop();
    let before = mails(&gateway);
    let full = gateway.run(&["restore", text(&folder)], "");
    assert!(full.status.code() == Some(1) && said(&full).contains("is not empty"), "{}", said(&full));
    assert!(mails(&gateway) == before);
    let strange = gateway.path("strange");
    fs::create_dir(&strange).expect("room on the disk");
    fs::write(strange.join("holiday.jpg"), "").expect("room on the disk");
    for (place, why) in [(strange, "holiday.jpg"), (gateway.path("store/backup"), "in the store itself")] {
        let refused = gateway.run(&["backup", text(&place)], "");
        assert!(refused.status.code() == Some(1) && said(&refused).contains(why), "{}", said(&refused));
    }
    let lock = fs::File::options().write(true).open(folder.join("lock")).expect("a lock");
    lock.try_lock().expect("nobody has it");
    let second = gateway.run(&["backup", text(&folder)], "");
    assert!(said(&second).contains("another backup") && said(&second).contains("is as good as before"), "{}", said(&second));
    drop(lock);
    let another = asleep();
    import(&another, "first", 3, &[]);
    let foreign = another.run(&["backup", text(&folder)], "");
    assert!(said(&foreign).contains("the backup of another store"), "{}", said(&foreign));
}

#[test]
fn mail_whose_time_is_over_does_not_come_back() {
    let gateway = asleep();
    import(&gateway, "first", 7, &[]);
    import(&gateway, "old", 5, &["--class", "short", "--received", "2020-01-01"]);
    let folder = gateway.path("backup");
    back_up(&gateway, &folder);
    assert_eq!(mails(&gateway).len(), 12);
    let place = elsewhere(&gateway);
    let told = place.succeed(&["restore", text(&folder)], "");
    assert!(told.contains("7 mails are restored") && told.contains("Left out, for their time is over: short 20"), "{told}");
    assert_eq!(mails(&place).len(), 7);
    assert!(files(&place.path("store")).iter().all(|path| !text(path).contains("short-")));
    assert_eq!(Archived::of(&place).rows().len(), 7);
    let verified = place.succeed(&["archive", "verify"], "");
    assert!(verified.contains("all as it was written"), "what was left out has its certificates: {verified}");
    // It goes on from there: mail comes, and the same folder takes the next backup.
    import(&place, "new", 2, &[]);
    assert!(back_up(&place, &folder).contains("9 mails"));
    assert!(files(&folder).iter().all(|path| !text(path).contains("short-")), "what the store keeps no more is in no backup");
}

#[test]
fn what_a_hold_names_comes_back_though_its_time_is_over() {
    let gateway = asleep();
    import(&gateway, "old", 5, &["--class", "short", "--received", "2020-01-01"]);
    let held = mails(&gateway).into_keys().next().unwrap();
    gateway.succeed(&["archive", "hold", "add", "--reason", "tribunal", "--owner", "the clerk", "--ref", &held], "");
    let folder = gateway.path("backup");
    back_up(&gateway, &folder);
    let first = elsewhere(&gateway);
    let told = first.succeed(&["restore", text(&folder)], "");
    assert!(told.contains("1 mails are restored"), "{told}");
    assert_eq!(mails(&first), BTreeMap::from([(held.clone(), mails(&gateway)[&held].clone())]));
    assert!(first.succeed(&["archive", "verify"], "").contains("all as it was written"));
    // Now it lies in the partition of its hold, whose time is over as well.
    let again = first.path("backup");
    back_up(&first, &again);
    let second = elsewhere(&first);
    second.succeed(&["restore", text(&again)], "");
    assert_eq!(mails(&second), mails(&first));
}

#[test]
fn a_restore_that_was_killed_is_begun_anew_and_no_gateway_starts_on_the_half() {
    if shim().is_none() {
        return;
    }
    let gateway = asleep();
    import(&gateway, "first", 10, &[]);
    let folder = gateway.path("backup");
    back_up(&gateway, &folder);
    let all = mails(&gateway);
    let mut halves = 0;
    for at in (1..).step_by(9) {
        let place = elsewhere(&gateway);
        let mut command = Gateway::program();
        command.arg("restore").arg(&folder).env("SCHOOLGATE_CONFIG", place.config());
        command.env("LD_PRELOAD", shim().expect("a shim")).env("FAULT_PATH", place.path("store"));
        command.envs([("FAULT_OPS", "all"), ("FAULT_KIND", "kill"), ("FAULT_AT", &at.to_string())]);
        if crate::world::gateway::output(command, "").status.success() {
            break;
        }
        if place.path("store/restoring").exists() && !place.path("store/store.db").exists() {
            halves += 1;
            let refused = place.run(&["queue", "list"], "");
            assert!(said(&refused).contains("a restore into"), "{at}: {}", said(&refused));
            place.succeed(&["restore", text(&folder)], "");
        } else if !place.path("store/store.db").exists() {
            place.succeed(&["restore", text(&folder)], "");
        }
        assert!(mails(&place) == all, "operation {at}");
    }
    assert!(halves > 3, "{halves}");
}
