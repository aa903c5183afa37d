//! Journal listeners, through the real program: what mail servers send there is archived, and nothing else happens to it.

use std::time::Duration;

use schoolgate::store::Form;

use crate::world::archived::Archived;
use crate::world::gateway::output;
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, free_port, installed, wait_until};

const JOURNAL: &str = "journal@archive.oakfield.example.sch.uk";
/// A class of its own, and a rule that stops everything it sees.
const SECTIONS: &str = r#"
[list.dsl]
addresses = ["old.dsl@oakfield.example.sch.uk", "new.dsl@oakfield.example.sch.uk"]

[[rule]]
id       = "nothing-passes"
about    = "nothing passes"
mode     = "enforce"
when.to  = ["outside", "inside"]
do.reject = "not today"
on_error = "reject"

[[sender]]
address = "head@oakfield.example.sch.uk"
limits  = { messages_per_hour = 1 }

[[retention]]
id   = "safeguarding"
when.from_or_to = "@dsl"
keep = "3y"
"#;

/// A gateway with a journal listener, and the listener's port.
fn start(listener: &str) -> (Gateway, u16, Upstream) {
    let upstream = Upstream::start();
    let port = free_port();
    let listen = format!("[[listen]]\nkind = \"journal\"\naddress = \"127.0.0.1:{port}\"\n{listener}\n{SECTIONS}");
    (Gateway::start(upstream.port, &listen), port, upstream)
}

const TRUSTED: &str = "trusted = [\"127.0.0.0/8\"]";

/// A sample of `fixtures/journal` as it is on the wire, dots not yet stuffed.
fn sample(name: &str) -> String {
    let path = format!("{}/fixtures/journal/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a sample").replace('\n', "\r\n")
}

fn send(session: &mut Session, from: &str, to: &[&str], mail: &str) -> String {
    assert!(session.command(&format!("MAIL FROM:<{from}>")).starts_with("250"));
    for to in to {
        assert!(session.command(&format!("RCPT TO:<{to}>")).starts_with("250"));
    }
    assert!(session.command("DATA").starts_with("354"));
    session.say(format!("{mail}.\r\n").as_bytes());
    session.reply()
}

#[test]
fn a_report_is_archived_unwrapped_and_goes_nowhere() {
    let (gateway, port, upstream) = start(TRUSTED);
    let report = sample("exchange");
    let reply = send(&mut Session::open(port), "", &[JOURNAL], &report);
    assert!(reply.starts_with("250 2.0.0 Archived "), "{reply}");
    let archived = Archived::of(&gateway);
    let records = archived.records();
    assert_eq!(records.len(), 1, "the mail and no letter about it");
    let record = &records[0];
    assert!(report.contains(std::str::from_utf8(&record.raw).unwrap()));
    assert!(record.raw.starts_with(b"Received: from EX1.oakfield.example.sch.uk ([fe80::1])"));
    assert!(record.raw.ends_with(b"--_inner_--\r\n"));
    let to: Vec<String> = record.header.envelope.recipients.iter().map(|to| to.address.to_string()).collect();
    assert_eq!(record.header.envelope.reverse_path.to_string(), "head@oakfield.example.sch.uk");
    assert!(to.contains(&"governor@example.org".to_owned()), "Bcc is kept: {to:?}");
    let provenance = record.header.provenance.as_ref().unwrap();
    let wrapping = provenance.wrapping.as_ref().unwrap();
    assert_eq!([&wrapping.before[..], &record.raw, &wrapping.after].concat(), report.as_bytes());
    assert_eq!(provenance.smtp.as_ref().unwrap().recipients[0].address.to_string(), JOURNAL);
    assert_eq!(archived.classes(), ["safeguarding"], "the class by the report's recipients");
    assert_eq!(gateway.json(&["queue", "list", "--json"]), serde_json::json!([]));
    assert_eq!(upstream.taken().len(), 0);
    let reference = record.header.reference.as_str();
    let events = gateway.json(&["queue", "show", reference, "--json"])["events"].clone();
    assert_eq!(events.as_array().map(Vec::len), Some(1), "{events}");
    assert_eq!(events[0]["event"]["event"], "mail-journaled");
    assert_eq!(events[0]["event"]["form"], "report");
}

#[test]
fn whatever_comes_is_kept_and_only_reports_are_opened() {
    let (gateway, port, _upstream) = start(TRUSTED);
    let mut session = Session::open(port);
    for name in ["google", "rights-protected", "two-mails", "no-text"] {
        assert!(send(&mut session, "", &[JOURNAL], &sample(name)).starts_with("250 "), "{name}");
    }
    let copy = "From: head@oakfield.example.sch.uk\r\nSubject: Lunch\r\n\r\nFish.\r\n";
    for _ in 0..3 {
        // More than its sender may send in an hour; and a rule would refuse it.
        let reply = send(&mut session, "head@oakfield.example.sch.uk", &["parent@example.com", JOURNAL], copy);
        assert!(reply.starts_with("250 2.0.0 Archived "), "{reply}");
    }
    let records = Archived::of(&gateway).records();
    let forms: Vec<Form> = records.iter().map(|record| record.header.provenance.as_ref().unwrap().form).collect();
    let (whole, plain) = (Form::WholeReport, Form::Copy);
    assert_eq!(forms, [Form::Report, whole, whole, whole, plain, plain, plain]);
    assert_eq!(records[1].raw, sample("rights-protected"));
    assert_eq!(records[4].raw, copy);
    assert_eq!(records[4].header.envelope.recipients.len(), 2);
    let log = wait_until("the log tells of them", Duration::from_secs(10), || {
        Some(gateway.log()).filter(|log| log.contains("whole-report: it is rights-protected"))
    });
    assert!(!log.contains("Fish") && !log.contains("mail-refused"), "{log}");
}

#[test]
fn the_envelope_may_stand_in_the_header_of_a_copy() {
    let listener = format!("{TRUSTED}\nreports = false\nenvelope_header = [\"X-Envelope-To\", \"Return-Path\"]");
    let (gateway, port, _upstream) = start(&listener);
    let mut session = Session::open(port);
    let copy = "Return-Path: <parent@example.com>\r\nX-Envelope-To: new.dsl@oakfield.example.sch.uk\r\n\
                From: parent@example.com\r\nTo: undisclosed-recipients:;\r\n\r\n..\r\n";
    assert!(send(&mut session, "", &[JOURNAL], copy).starts_with("250 "));
    assert!(send(&mut session, "", &[JOURNAL], &sample("exchange")).starts_with("250 "));
    let archived = Archived::of(&gateway);
    let records = archived.records();
    assert_eq!(records[0].header.envelope.reverse_path.to_string(), "parent@example.com");
    assert_eq!(archived.classes(), ["safeguarding", "ordinary"]);
    assert_eq!(records[1].raw, sample("exchange"), "a copy that calls itself a report stays as it is");
}

#[test]
fn a_class_may_ask_what_is_attached() {
    let listener = format!("{TRUSTED}\n\n[[retention]]\nid = \"programs\"\nwhen.attachment_type = \"exe\"\nkeep = \"1y\"");
    let (gateway, port, _upstream) = start(&listener);
    let attached = |name: &str| {
        format!(
            "From: parent@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText.\r\n\
             --b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\nMZ\r\n--b--\r\n"
        )
    };
    let mut session = Session::open(port);
    for name in ["game.exe", "notes.txt"] {
        assert!(send(&mut session, "", &["office@oakfield.example.sch.uk"], &attached(name)).starts_with("250 "));
    }
    let eml = gateway.path("old.eml");
    std::fs::write(&eml, format!("To: office@oakfield.example.sch.uk\r\n{}", attached("old.exe"))).expect("room on the disk");
    gateway.succeed(&["archive", "import", eml.to_str().expect("a plain path")], "");
    assert_eq!(Archived::of(&gateway).classes(), ["programs", "ordinary", "programs"]);
}

#[test]
fn only_trusted_networks_may_send_and_tls_is_offered() {
    let tls = "certificate = \"certificate.pem\"\nkey = \"certificate.key\"\ntrusted = [\"10.0.0.0/8\"]";
    let (gateway, port, _upstream) = start(tls);
    let mut session = Session::open(port);
    let offered = session.command("EHLO client.example");
    assert!(offered.contains("STARTTLS") && !offered.contains("AUTH"), "{offered}");
    assert!(session.command("MAIL FROM:<>").starts_with("250"));
    assert!(session.command(&format!("RCPT TO:<{JOURNAL}>")).starts_with("550 5.7.1 "));
    assert_eq!(Archived::of(&gateway).rows().len(), 0);
}

#[test]
fn a_listener_may_be_for_the_journals_address_alone() {
    let (gateway, port, _upstream) = start(&format!("{TRUSTED}\nonly_to = [\"{JOURNAL}\"]"));
    let mut session = Session::open(port);
    assert!(session.command("MAIL FROM:<stranger@example.com>").starts_with("250"));
    assert!(session.command("RCPT TO:<head@oakfield.example.sch.uk>").starts_with("550 5.7.1 "));
    assert!(session.command("RSET").starts_with("250"));
    assert!(send(&mut session, "", &[&JOURNAL.to_uppercase()], &sample("google")).starts_with("250 "));
    assert_eq!(Archived::of(&gateway).rows().len(), 1);
}

#[test]
fn swaks_sends_a_report() {
    if !installed("swaks") {
        return;
    }
    let (gateway, port, _upstream) = start(TRUSTED);
    let mail = gateway.path("report.eml");
    std::fs::write(&mail, sample("google")).expect("room on the disk");
    let mut swaks = std::process::Command::new("swaks");
    swaks.args(["--server", "127.0.0.1", "--port", &port.to_string(), "--from", "<>", "--to", JOURNAL, "--data"]);
    swaks.arg(format!("@{}", mail.display()));
    let said = output(swaks, "");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    let records = Archived::of(&gateway).records();
    assert!(records[0].raw.starts_with(b"From: A parent <parent@example.com>\r\n"));
}

/// A certificate authority of openssl's making, a parent's certificate from it, and a mail that the parent signed.
fn signed_mail(gateway: &Gateway, address: &str) -> String {
    let openssl = |arguments: &[&str], input: &str| {
        let mut program = std::process::Command::new("openssl");
        program.current_dir(gateway.path("")).args(arguments);
        let done = output(program, input);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"];
    openssl(&[&new[..], &["-subj", "/CN=Authority", "-keyout", "ca.key", "-out", "ca.pem"]].concat(), "");
    let name = format!("subjectAltName=email:{address}");
    let usage = ["-addext", "keyUsage=digitalSignature,keyEncipherment", "-addext", "basicConstraints=CA:FALSE"];
    let by_authority =
        ["-subj", "/CN=Parent", "-addext", &name, "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "p.key", "-out", "p.pem"];
    openssl(&[&new[..], &usage, &by_authority].concat(), "");
    let text = "Content-Type: text/plain\r\n\r\nSigned.\r\n";
    let from = format!("Parent <{address}>");
    let sign = [
        "cms",
        "-sign",
        "-binary",
        "-signer",
        "p.pem",
        "-inkey",
        "p.key",
        "-from",
        &from,
        "-to",
        "office@oakfield.example.sch.uk",
    ];
    openssl(&sign, text).replace("\r\n", "\n").replace('\n', "\r\n")
}

#[test]
fn who_signs_a_mail_can_be_encrypted_to_where_that_is_switched_on() {
    if !installed("openssl") {
        eprintln!("skipped: openssl is not installed");
        return;
    }
    for (listener, address, known) in [
        (format!("{TRUSTED}\nlearn_keys = true"), "parent@example.com", 1),
        (TRUSTED.to_owned(), "parent@example.com", 0),
        (format!("{TRUSTED}\nlearn_keys = true"), "staff@oakfield.example.sch.uk", 0),
    ] {
        let (mut gateway, port, _upstream) = start(&listener);
        let mail = signed_mail(&gateway, address);
        assert_eq!(gateway.stop(), Some(0));
        let authorities = gateway.path("ca.pem");
        gateway.serve_with(&[("SSL_CERT_FILE", authorities.to_str().unwrap())]);
        let mut session = Session::open(port);
        for _ in 0..2 {
            let reply = send(&mut session, address, &["office@oakfield.example.sch.uk"], &mail);
            assert!(reply.starts_with("250 "), "{reply}");
        }
        let keys = gateway.json(&["key", "list", "--json"]);
        assert_eq!(keys.as_array().map(Vec::len), Some(known), "{listener} {address}: {keys}");
    }
}
