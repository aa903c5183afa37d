//! Limits of the real program: a disk that fills, a large mail's memory, line ends that could smuggle.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{TIME, page};
use crate::world::attached::{self, File};
use crate::world::clamd::{Actor, Does};
use crate::world::rules::NOTICE;
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, wait_until};

const PROGRAMS: &str = "
[[rule]]
id = \"programs\"
about = \"Programs do not leave by mail\"
when.attachment = [\"executable\"]
do.reject = \"{attachment} is one\"
on_error = \"reject\"
";

/// A small disk of its own, unmounted at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: a disk of its own needs root");
            return None;
        }
        std::fs::create_dir(at).expect("a folder");
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(at).output().expect("mount runs");
        if !mounted.status.success() {
            println!("skipped: no disk can be mounted here: {}", String::from_utf8_lossy(&mounted.stderr));
            return None;
        }
        Some(Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn mail_is_put_off_before_the_disk_is_full_and_taken_again_when_there_is_room() {
    let upstream = Upstream::start();
    let mut gateway = Gateway::prepare(upstream.port, "");
    let Some(disk) = SmallDisk::mount(&gateway.path("disk"), 320) else { return };
    let text = std::fs::read_to_string(gateway.config()).expect("the configuration");
    let text = text.replace("path     = \"store\"", "path = \"disk/store\"");
    std::fs::write(gateway.config(), text).expect("room on the disk");
    gateway.serve();
    let send = |to: &str| Session::open(gateway.relay).command(&format!("MAIL FROM:<{to}>"));
    assert!(send("a@oakfield.example.sch.uk").starts_with("250"));
    std::fs::write(disk.0.join("filler"), vec![1; 80 << 20]).expect("room for the filler");
    let refused = wait_until("mail is put off", TIME, || {
        let reply = send("a@oakfield.example.sch.uk");
        (!reply.starts_with("250")).then_some(reply)
    });
    assert!(refused.starts_with("452 4.3.1 "), "{refused}");
    assert_eq!(page(&gateway, "/healthz").0, 503, "the monitor sees it");
    std::fs::remove_file(disk.0.join("filler")).expect("the filler");
    wait_until("mail is taken again", TIME, || send("a@oakfield.example.sch.uk").starts_with("250").then_some(()));
    let reply = Session::open(gateway.relay).send(&["parent@example.com"], "Trip", "Text.\r\n");
    assert!(reply.starts_with("250 "), "{reply}");
    upstream.wait_for_mail_to("parent@example.com");
    assert_eq!(gateway.stop(), Some(0));
}

/// The most memory that the program ever held, in octets.
fn high_water(gateway: &Gateway) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.pid())).expect("the gateway runs");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a high-water mark");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<usize>().ok()).expect("a number") << 10
}

#[test]
fn a_mail_of_50_mb_costs_less_than_three_times_its_size() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, NOTICE);
    Session::open(gateway.relay).send(&["first@example.com"], "Trip", "Text.\r\n");
    upstream.wait_for(1);
    let before = high_water(&gateway);
    let body = "A line of some eighty characters, as they stand in a file that somebody attached.\r\n".repeat(49_900_000 / 83);
    let reply = Session::open(gateway.relay).send(&["parent@example.com"], "Photos", &body);
    assert!(reply.starts_with("250 "), "{reply}");
    let arrived = wait_until("the large mail arrives", Duration::from_secs(120), || {
        upstream.taken().into_iter().find(|mail| mail.to == ["parent@example.com"])
    });
    assert!(arrived.content.len() > body.len() && arrived.text().contains("This message is from Oakfield School."));
    let cost = high_water(&gateway) - before;
    println!("{} MB of mail cost {} MB of memory over {} MB", body.len() >> 20, cost >> 20, before >> 20);
    assert!(cost < 3 * body.len(), "{} MB for a mail of {} MB", cost >> 20, body.len() >> 20);
}

/// Its attachment is decoded for the box and the scanner: a text of 34 MB, of which the box says what may be said of one.
#[test]
fn an_attachment_that_is_opened_and_scanned_costs_its_mail_no_more() {
    let (upstream, clamd) = (Upstream::start(), Actor::start(&[Does::say("stream: OK\0")]));
    let mut gateway = Gateway::prepare(upstream.port, "");
    let conf = gateway.path("clamd.conf");
    std::fs::write(&conf, "StreamMaxLength 64M\nMaxFileSize 64M\n").expect("room on the disk");
    let scanner = format!("[antivirus]\nclamd = \"tcp:127.0.0.1:{}\"\nclamd_conf = \"{}\"\n", clamd.port, conf.display());
    gateway.write_config(upstream.port, &format!("{scanner}{NOTICE}{PROGRAMS}"));
    gateway.serve();
    Session::open(gateway.relay).send(&["first@example.com"], "Trip", "Text.\r\n");
    upstream.wait_for(1);
    let before = high_water(&gateway);
    let text = "A line of some eighty characters, as they stand in a file that somebody attached.\r\n".repeat(36_000_000 / 83);
    let mail = attached::mail("parent@example.com", &[File::new("minutes.txt", text.as_bytes())]);
    let mut session = Session::open(gateway.relay);
    session.begin(&["parent@example.com"]);
    session.say(format!("{mail}.\r\n").as_bytes());
    let reply = session.reply();
    assert!(reply.starts_with("250 "), "{reply}");
    assert_eq!(clamd.seen().0, 3, "the first mail, this one and its file");
    let cost = high_water(&gateway) - before;
    println!("{} MB of mail cost {} MB of memory over {} MB", mail.len() >> 20, cost >> 20, before >> 20);
    assert!(cost < 3 * mail.len(), "{} MB for a mail of {} MB", cost >> 20, mail.len() >> 20);
}

#[test]
fn a_mail_over_the_limit_is_refused_before_it_is_sent() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    let reply = Session::open(gateway.relay).command("MAIL FROM:<office@oakfield.example.sch.uk> SIZE=99000000");
    assert!(reply.starts_with("552 5.3.4 "), "{reply}");
}

#[test]
fn bare_line_ends_and_nul_are_refused_with_the_line_they_stand_in() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    for (mail, what) in [
        (&b"Subject: x\r\n\r\nfirst\r\nsecond\nthird\r\n.\r\n"[..], "LF"),
        (&b"Subject: x\r\n\r\nfirst\r\nsecond\rthird\r\n.\r\n"[..], "CR"),
        (&b"Subject: x\r\n\r\nfirst\r\nsec\0ond\r\n.\r\n"[..], "NUL"),
    ] {
        let mut session = Session::open(gateway.relay);
        session.begin(&["parent@example.com"]);
        session.say(mail);
        let reply = session.reply();
        assert!(reply.starts_with("5") && reply.contains("line 4") && reply.contains(what), "{what}: {reply}");
    }
    assert!(upstream.taken().is_empty(), "nothing of it left");
}
