//! Delivery to a real Postfix, started for one test on loopback; skipped, with a line, where there is none or we are not root.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use schoolgate::base::{Envelope, Recipient, Ref, ReversePath, Timestamp};
use schoolgate::config::RouteTls;
use schoolgate::deliver::{self, Issue, Options, OwnMail};
use schoolgate::queue::{NewJob, Post, Queue};
use schoolgate::store::{Keeping, MasterKey, RecordHeader, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::certificates::Certificates;
use super::desk::{self, address, route_to};
use crate::world::free_port;

/// A Postfix of our own.
pub struct Postfix {
    folder: tempfile::TempDir,
    port: u16,
    smtps: u16,
    /// Doors without a certificate that proves its name: what each is like, and its port.
    bad: Vec<(&'static str, u16)>,
}

/// What each bad door shows, or hides.
const BAD: [(&str, &str); 5] = [
    ("none", "-o smtpd_tls_security_level=none"),
    ("stripped", "-o smtpd_discard_ehlo_keywords=starttls"),
    ("self-signed", "-o smtpd_tls_cert_file=FOLDER/self-signed.pem -o smtpd_tls_key_file=FOLDER/self-signed.key"),
    ("other-name", "-o smtpd_tls_cert_file=FOLDER/other-name.pem -o smtpd_tls_key_file=FOLDER/other-name.key"),
    ("expired", "-o smtpd_tls_cert_file=FOLDER/expired.pem -o smtpd_tls_key_file=FOLDER/expired.key"),
];

const MAIN: &str = "
compatibility_level = 3.6
queue_directory = FOLDER/queue
data_directory = FOLDER/data
maillog_file = FOLDER/log
maillog_file_prefixes = FOLDER
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = upstream.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = x.example, school.example
virtual_mailbox_base = FOLDER/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:5000
virtual_gid_maps = static:5000
smtpd_tls_security_level = may
smtpd_tls_cert_file = FOLDER/cert.pem
smtpd_tls_key_file = FOLDER/key.pem
smtpd_recipient_restrictions = check_recipient_access texthash:FOLDER/access, permit_mynetworks, reject
smtpd_peername_lookup = no
";

const MASTER: &str = "
127.0.0.1:PORT inet n - n - - smtpd
127.0.0.1:SMTPS inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

impl Postfix {
    /// Starts one, unless this machine has none.
    pub fn start(certificates: &Certificates) -> Option<Self> {
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
        let is_there = Path::new("/usr/sbin/postfix").exists();
        if !is_root || !is_there {
            println!("skipped: needs Postfix installed, and root to start one");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let (port, smtps) = (free_port(), free_port());
        for name in ["queue", "data", "mail", "conf"] {
            std::fs::create_dir(at.join(name)).unwrap();
        }
        let (certificate, key) = certificates.make("good");
        std::fs::write(at.join("cert.pem"), certificate).unwrap();
        std::fs::write(at.join("key.pem"), key).unwrap();
        std::fs::write(at.join("conf/main.cf"), MAIN.replace("FOLDER", at.to_str().unwrap())).unwrap();
        std::fs::write(at.join("access"), "later@x.example 450 4.2.1 come back\nnever@x.example 550 5.1.1 nobody\n").unwrap();
        let mut bad: Vec<_> = BAD.iter().map(|(what, _)| (*what, free_port())).collect();
        for what in ["self-signed", "other-name", "expired"] {
            let (certificate, key) = certificates.make(what);
            std::fs::write(at.join(format!("{what}.pem")), certificate).unwrap();
            std::fs::write(at.join(format!("{what}.key")), key).unwrap();
        }
        let mut master = MASTER.replace("PORT", &port.to_string()).replace("SMTPS", &smtps.to_string());
        for ((_, port), (_, options)) in bad.iter().zip(BAD) {
            let options = options.replace("FOLDER", at.to_str().unwrap());
            master.push_str(&format!("127.0.0.1:{port} inet n - n - - smtpd {options}\n"));
        }
        std::fs::write(at.join("conf/master.cf"), master).unwrap();
        run("chmod", &["755", at.to_str().unwrap()]);
        run("chown", &["postfix", at.join("data").to_str().unwrap()]);
        run("chown", &["5000:5000", at.join("mail").to_str().unwrap()]);
        let started = Command::new("/usr/sbin/postfix").arg("-c").arg(at.join("conf")).arg("start").output().unwrap();
        bad.push(("stripped-on-the-way", strip(port)));
        let postfix = Self { folder, port, smtps, bad };
        assert!(started.status.success(), "{}{}", String::from_utf8_lossy(&started.stderr), postfix.log());
        Some(postfix)
    }

    /// The port of a door, `good` or one of the bad ones.
    pub fn door(&self, what: &str) -> u16 {
        self.bad.iter().find(|(has, _)| *has == what).map_or(self.port, |(_, port)| *port)
    }

    /// A file beside its configuration.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The mails that have arrived, with the line ends they were sent with.
    fn arrived(&self) -> Vec<Vec<u8>> {
        let Ok(files) = std::fs::read_dir(self.folder.path().join("mail/box/new")) else { return Vec::new() };
        let read = |file: std::io::Result<std::fs::DirEntry>| std::fs::read_to_string(file.unwrap().path()).unwrap();
        files.map(read).map(|text| text.replace('\n', "\r\n").into_bytes()).collect()
    }

    pub async fn wait_for(&self, count: usize) -> Vec<Vec<u8>> {
        let end = Instant::now() + desk::PATIENCE;
        while self.arrived().len() < count {
            assert!(Instant::now() < end, "{} of {count} mails arrived\n{}", self.arrived().len(), self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.arrived()
    }
}

/// Somebody in between: takes the offer of TLS out of what the host at this port says. Gives the port to be taken for the host's.
fn strip(to: u16) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for near in listener.incoming() {
            let (near, far) = (near.unwrap(), TcpStream::connect(("127.0.0.1", to)).unwrap());
            let (mut heard, mut passed_on) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            std::thread::spawn(move || {
                std::io::copy(&mut heard, &mut passed_on).and_then(|_| passed_on.shutdown(Shutdown::Write))
            });
            std::thread::spawn(move || {
                let said = BufReader::new(far).lines().map_while(Result::ok).filter(|line| !line.contains("STARTTLS"));
                said.map(|line| (&near).write_all(format!("{line}\r\n").as_bytes())).take_while(Result::is_ok).count()
            });
        }
    });
    port
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let pid: PathBuf = self.folder.path().join("queue/pid/master.pid");
        if let Ok(pid) = std::fs::read_to_string(pid) {
            Command::new("kill").arg(pid.trim()).status().ok();
        }
    }
}

fn run(program: &str, arguments: &[&str]) {
    assert!(Command::new(program).args(arguments).status().unwrap().success(), "{program} {arguments:?}");
}

/// Reports go back into the same queue.
struct Issuer;

impl Issue for Issuer {
    fn prepare(&self, mail: OwnMail) -> Post {
        post(&mail.raw, ReversePath::Null, &[&mail.to.to_string()], [9, 9, 9])
    }
}

fn post(raw: &[u8], reverse_path: ReversePath, to: &[&str], random: [u8; 3]) -> Post {
    let now = Timestamp::now();
    let recipients: Vec<Recipient> = to.iter().map(|to| Recipient::new(address(to))).collect();
    let envelope = Envelope::new(reverse_path, recipients);
    let copy = NewJob::new(envelope.clone(), now);
    let header = RecordHeader {
        reference: Ref::new(now, random),
        received_at: now,
        envelope,
        origin: None,
        issued: None,
        provenance: None,
        sha256: String::new(),
    };
    Post {
        keep: Keeping::for_ever("ordinary"),
        header,
        raw: Bytes::copy_from_slice(raw),
        shared: Vec::new(),
        copies: vec![copy],
        events: Vec::new(),
    }
}

/// From the queue on disk to the mailbox, with one recipient refused and one put off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queued_mail_reaches_a_mailbox_byte_for_byte() {
    let certificates = Certificates::new();
    let Some(postfix) = Postfix::start(&certificates) else { return };
    let folder = tempfile::tempdir().unwrap();
    let options = schoolgate::config::Store { path: folder.path().join("store"), key_file: folder.path().join("key") };
    MasterKey::create(&options.key_file).unwrap();
    let store = Store::open(&options).unwrap();
    let queue = Queue::open(store.clone()).await.unwrap();
    let mut route = route_to("localhost", postfix.port, RouteTls::Verified);
    route.ca_file = Some(certificates.file("ca.pem"));
    let (_config, seen) = watch::channel(Arc::new(desk::config_with(route)));
    let stop = CancellationToken::new();
    let running = tokio::spawn(deliver::run(seen, queue.clone(), Arc::new(Issuer), Options::default(), stop.clone()));
    let sender = ReversePath::Address(address("head@school.example"));
    let to = ["a@x.example", "never@x.example", "later@x.example"];
    queue.post(post(super::MAIL, sender, &to, [1, 2, 3])).await.unwrap();
    let arrived = postfix.wait_for(2).await;
    let (reports, mails): (Vec<_>, Vec<_>) =
        arrived.iter().partition(|mail| mail.windows(16).any(|at| at == b"multipart/report"));
    assert!(mails[0].ends_with(super::MAIL), "{}", String::from_utf8_lossy(mails[0]));
    let report = String::from_utf8_lossy(reports[0]);
    assert!(report.contains("Final-Recipient: rfc822; never@x.example") && !report.contains("later@x.example"), "{report}");
    assert!(report.contains("Return-Path: <>"), "{report}");
    let end = Instant::now() + desk::PATIENCE;
    while queue.depth() != (1, 0) {
        assert!(Instant::now() < end, "{:?} {:?}", queue.depth(), queue.list().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let left = queue.list().await.unwrap();
    assert!(format!("{left:?}").contains("later@x.example"), "{left:?}");
    stop.cancel();
    running.await.unwrap().unwrap();
    store.close().await;
}

/// Each way of TLS that a route can ask for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_tls_is_spoken() {
    let certificates = Certificates::new();
    let Some(postfix) = Postfix::start(&certificates) else { return };
    let ways = [
        (RouteTls::None, postfix.port, false),
        (RouteTls::Opportunistic, postfix.port, true),
        (RouteTls::Verified, postfix.port, true),
        (RouteTls::Implicit, postfix.smtps, true),
    ];
    for (tls, port, encrypted) in ways {
        let mut route = route_to("localhost", port, tls);
        route.ca_file = Some(certificates.file("ca.pem"));
        let mut delivery = desk::Delivery::start(route, super::MAIL, super::patient());
        delivery.post(|_| (), &["a@x.example"]);
        let (_, settled) = delivery.settled().await;
        let events = format!("{:?}", settled.events);
        assert!(events.contains("Delivered {"), "{tls:?}: {events}\n{}", postfix.log());
        assert_eq!(events.contains("TLSv1.3"), encrypted, "{tls:?}: {events}");
        delivery.stop().await;
    }
    for mail in postfix.wait_for(4).await {
        assert!(mail.ends_with(super::MAIL), "{}", String::from_utf8_lossy(&mail));
    }
}

/// A copy that demands a verified host goes over no other connection, whatever its route would take; it waits, and in the end its
/// sender has a report.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_demands_a_verified_host_never_goes_to_another() {
    let certificates = Certificates::new();
    let Some(postfix) = Postfix::start(&certificates) else { return };
    let demand = |job: &mut schoolgate::queue::Job| job.copy.demand = schoolgate::queue::Demand::VerifiedTls;
    for (what, port) in [("good", postfix.port)].into_iter().chain(postfix.bad.clone()) {
        for tls in [RouteTls::Opportunistic, RouteTls::Verified] {
            let mut route = route_to("localhost", port, tls);
            route.ca_file = Some(certificates.file("ca.pem"));
            let mut delivery = desk::Delivery::start(route, super::MAIL, super::patient());
            delivery.post(demand, &["a@x.example"]);
            let (_, settled) = delivery.settled().await;
            let events = format!("{:?}", settled.events);
            if what == "good" {
                assert!(events.contains("Delivered {") && events.contains("by: Name, peer: \"localhost\""), "{events}");
            } else {
                assert!(events.contains("DeliveryDeferred {") && settled.waiting.is_some(), "{what} {tls:?}: {events}");
                let old = Timestamp::now() - jiff::SignedDuration::from_hours(24 * 30);
                let tired = schoolgate::queue::State::Waiting { next_try: old, attempts: 99, last_error: None, delay_told: true };
                delivery.post(|job| (demand(job), job.received_at = old, job.copy.state = tired).0, &["a@x.example"]);
                let (_, settled) = delivery.settled().await;
                assert!(settled.waiting.is_none() && settled.mails.len() == 1, "{what} {tls:?}: {settled:?}");
                assert_eq!(settled.mails[0].to, address("head@school.example"));
            }
            delivery.stop().await;
        }
    }
    assert_eq!(postfix.wait_for(2).await.len(), 2, "only the good door took it");
}
