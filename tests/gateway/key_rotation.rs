//! `key rotate` with the real program: while mail comes, and killed at every operation.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::store_faults::shim;
use crate::world::archived::Archived;
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, free_port, wait_until};

#[test]
fn a_key_is_rotated_under_load_and_every_mail_arrives() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::start(upstream.port, "");
    let old = gateway.path("old.key");
    fs::copy(gateway.path("master.key"), &old).expect("room on the disk");
    let (answered, stop) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicBool::new(false)));
    let senders: Vec<_> = (0..4).map(|number| send_until(gateway.relay, number, &answered, &stop)).collect();
    for _ in 0..3 {
        let said = gateway.succeed(&["key", "rotate"], "");
        assert!(said.contains("is a new master key") && said.contains("Destroy the copies of the old key"), "{said}");
        gateway.succeed(&["queue", "list"], ""); // by the new key
    }
    let before = answered.lock().expect("no sender panics holding it").len();
    wait_until("mail comes after the rotation", Duration::from_secs(30), || {
        (answered.lock().expect("no sender panics holding it").len() > before + 20).then_some(())
    });
    stop.store(true, Ordering::Relaxed);
    senders.into_iter().for_each(|sender| sender.join().expect("a sender ends"));
    gateway.kill();
    gateway.serve();
    let answered = answered.lock().expect("the senders are gone").clone();
    wait_until("every answered mail arrives", Duration::from_secs(60), || {
        let arrived: BTreeSet<String> = upstream.taken().iter().filter_map(|mail| mail.to.first().cloned()).collect();
        answered.is_subset(&arrived).then_some(())
    });
    assert_eq!(gateway.stop(), Some(0));
    let names: Vec<String> = Archived::of(&gateway).events().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.iter().filter(|name| *name == "key-rotated").count(), 3);
    assert!(!gateway.path("master.key.new").exists());
    fs::rename(gateway.path("master.key"), gateway.path("new.key")).expect("a file of ours");
    fs::rename(old, gateway.path("master.key")).expect("a file of ours");
    let refused = gateway.run(&["queue", "list"], "");
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(
        refused.status.code() == Some(1) && why.contains("the key does not fit the store"),
        "the old key opens nothing: {why}"
    );
}

fn send_until(
    port: u16,
    number: usize,
    answered: &Arc<Mutex<BTreeSet<String>>>,
    stop: &Arc<AtomicBool>,
) -> std::thread::JoinHandle<()> {
    let (answered, stop) = (answered.clone(), stop.clone());
    std::thread::spawn(move || {
        for mail in 0.. {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let recipient = format!("r{number}-{mail}@example.com");
            assert!(Session::open(port).send(&[&recipient], "Trip", "Text.\r\n").starts_with("250 "));
            answered.lock().expect("no sender panics holding it").insert(recipient);
        }
    })
}

/// Rotates with the fault at operation 1, 2, 3 … until none is reached; the store opens after each. Answers how many there were.
fn at_every_operation(kind: &str) -> usize {
    let Some(shim) = shim() else { return usize::MAX };
    let gateway = Gateway::prepare(free_port(), "");
    gateway.add_account("office@oakfield.example.sch.uk", "correct horse battery");
    for at in 1..1000 {
        let marker = gateway.folder.path().with_extension("reached");
        let mut rotate = Gateway::program();
        rotate.args(["key", "rotate"]).env("SCHOOLGATE_CONFIG", gateway.config());
        rotate.env("LD_PRELOAD", shim).env("FAULT_PATH", gateway.folder.path());
        rotate.envs([("FAULT_OPS", "all"), ("FAULT_KIND", kind), ("FAULT_AT", &at.to_string())]).env("FAULT_MARK", &marker);
        let ended = crate::world::gateway::output(rotate, "");
        let accounts = gateway.run(&["user", "list"], "");
        let told = String::from_utf8_lossy(&accounts.stderr);
        assert!(accounts.status.success(), "{kind} at operation {at}: {told}");
        assert!(String::from_utf8_lossy(&accounts.stdout).contains("office@"), "{kind} at operation {at}");
        let root = fs::read_to_string(gateway.path("store/root.key")).expect("a root");
        assert!(root.starts_with("schoolgate root key 1\n"), "{kind} at operation {at}");
        if !marker.exists() {
            assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
            return at;
        }
        fs::remove_file(marker).expect("a file of ours");
    }
    panic!("the rotation has no end");
}

#[test]
fn a_key_rotation_that_is_killed_before_any_operation_leaves_a_store_that_opens() {
    assert!(at_every_operation("kill") > 15);
}

#[test]
fn a_key_rotation_that_is_killed_in_any_operation_leaves_a_store_that_opens() {
    assert!(at_every_operation("torn") > 15);
}

#[test]
fn a_key_rotation_on_a_failing_disk_leaves_a_store_that_opens() {
    assert!(at_every_operation("eio") > 15);
}
