//! Mistakes of the first hour: each gives one sentence with the way out, exit code 1, and no port is left open.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::world::{Gateway, free_port, wait_until};

mod upstream;

/// Runs `serve`, which must give up by itself; what it said on standard error.
fn refused(gateway: &Gateway) -> String {
    let config = gateway.config();
    give_up(Gateway::program().arg("serve").arg("--config").arg(config), gateway)
}

fn give_up(serve: &mut Command, gateway: &Gateway) -> String {
    let said = gateway.path("said");
    let file = std::fs::File::create(&said).expect("room on the disk");
    let mut child = serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn().expect("the program starts");
    let ended = ended(&mut child);
    let said = std::fs::read_to_string(&said).expect("what it said");
    assert_eq!(ended, Some(1), "{said}");
    assert!(said.starts_with("schoolgate: "), "nothing but our own sentence: {said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// Waits for the end, and ends it where it does not come.
fn ended(child: &mut Child) -> Option<i32> {
    let status = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until("serve gives up", Duration::from_secs(20), || child.try_wait().ok().flatten())
    }));
    let Ok(status) = status else {
        let _ = child.kill();
        let _ = child.wait();
        panic!("serve went on instead of giving up");
    };
    status.code()
}

fn doctor(gateway: &Gateway) -> (Option<i32>, String) {
    let done = gateway.run(&["doctor"], "");
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
}

fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is missing: {text}");
    }
}

fn mode(file: &Path, mode: u32) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).expect("a file of ours");
}

fn prepared() -> Gateway {
    Gateway::prepare(free_port(), "")
}

#[test]
fn a_port_that_is_taken_is_named_with_who_holds_it() {
    let gateway = prepared();
    let held = TcpListener::bind(("127.0.0.1", gateway.submission)).expect("a free port");
    let said = refused(&gateway);
    let me = std::process::id().to_string();
    says(&said, &[&format!("127.0.0.1:{} is taken by", gateway.submission), &format!("process {me}"), "choose another port"]);
    assert!(TcpStream::connect(("127.0.0.1", gateway.relay)).is_err(), "no other port stays open");
    let (code, report) = doctor(&gateway);
    assert_eq!(code, Some(1));
    says(&report, &["BAD ", &format!("process {me}")]);
    drop(held);
}

#[test]
fn the_port_of_the_health_pages_is_told_in_the_same_way() {
    let gateway = prepared();
    let _held = TcpListener::bind(("127.0.0.1", gateway.ops)).expect("a free port");
    says(&refused(&gateway), &[&format!("127.0.0.1:{} is taken by", gateway.ops)]);
}

#[test]
fn after_a_failed_start_nothing_stands_in_the_way_of_the_next() {
    let mut gateway = prepared();
    let held = TcpListener::bind(("127.0.0.1", gateway.relay)).expect("a free port");
    refused(&gateway);
    drop(held);
    gateway.serve();
    assert_eq!(gateway.stop(), Some(0));
}

#[test]
fn a_key_file_that_others_can_read_is_refused_before_any_port() {
    let gateway = prepared();
    for open in [0o644, 0o640, 0o604] {
        mode(&gateway.path("master.key"), open);
        says(&refused(&gateway), &["can be read by others", &format!("{open:04o}"), "chmod 600"]);
    }
    says(&doctor(&gateway).1, &["BAD ", "chmod 600"]);
}

#[test]
fn a_key_file_that_is_not_there_is_told_with_the_command_that_makes_one() {
    let gateway = prepared();
    std::fs::remove_file(gateway.path("master.key")).expect("the key");
    let command = format!("schoolgate key new {}", gateway.path("master.key").display());
    says(&refused(&gateway), &["there is no key file", &command]);
    says(&doctor(&gateway).1, &["BAD ", &command]);
    let listing = gateway.run(&["queue", "list"], "");
    assert_eq!(listing.status.code(), Some(1));
    says(&String::from_utf8_lossy(&listing.stderr), &[&command]);
}

#[test]
fn files_of_another_user_are_told_with_whom_to_give_them_to() {
    let Some(mut program) = as_nobody() else { return };
    let gateway = prepared();
    mode(gateway.folder.path(), 0o755);
    let said = give_up(program.arg("serve").arg("--config").arg(gateway.config()), &gateway);
    says(&said, &["this user may not read the key file", "chown schoolgate"]);
    mode(&gateway.config(), 0o600);
    let Some(mut program) = as_nobody() else { return };
    let said = give_up(program.arg("serve").arg("--config").arg(gateway.config()), &gateway);
    says(&said, &["this user may not read it", "let the user that runs the gateway read it"]);
}

#[test]
fn a_file_that_is_no_key_is_told() {
    let gateway = prepared();
    std::fs::write(gateway.path("master.key"), "hello\n").expect("room on the disk");
    says(&refused(&gateway), &["master.key", "key"]);
}

#[test]
fn a_key_of_another_store_is_told_and_changes_nothing() {
    let mut gateway = prepared();
    gateway.serve();
    assert_eq!(gateway.stop(), Some(0));
    std::fs::rename(gateway.path("master.key"), gateway.path("right.key")).expect("the key");
    gateway.succeed(&["key", "new", gateway.path("master.key").to_str().expect("a plain path")], "");
    let said = refused(&gateway);
    says(&said, &["the key does not fit the store", "key_file must name the key that the store was made with"]);
    assert_eq!(said.lines().count(), 1, "one sentence: {said}");
    says(&doctor(&gateway).1, &["BAD ", "the key does not fit the store"]);
    std::fs::rename(gateway.path("right.key"), gateway.path("master.key")).expect("the key");
    gateway.serve();
    assert_eq!(gateway.stop(), Some(0), "with the right key all is as it was");
}

#[test]
fn a_second_gateway_on_the_store_is_told_and_the_first_goes_on() {
    let mut first = prepared();
    first.serve();
    says(&refused(&first), &["another gateway already runs on the store", "stop it first"]);
    let (ports, config) = ([first.relay, first.submission, first.submissions, first.ops], first.config());
    let text = std::fs::read_to_string(&config).expect("the configuration");
    let other = ports.iter().fold(text, |text, port| text.replace(&format!(":{port}\""), &format!(":{}\"", free_port())));
    std::fs::write(first.path("second.toml"), other).expect("room on the disk");
    let said = give_up(Gateway::program().arg("serve").arg("--config").arg(first.path("second.toml")), &first);
    says(&said, &["another gateway already runs on the store"]);
    assert_eq!(first.stop(), Some(0));
}

#[test]
fn a_certificate_without_its_key_is_told_before_any_port() {
    let gateway = prepared();
    let (key, kept) = (gateway.path("certificate.key"), gateway.path("kept.key"));
    std::fs::rename(&key, &kept).expect("the key");
    says(&refused(&gateway), &["certificate.key does not exist"]);
    let (code, report) = doctor(&gateway);
    assert_eq!(code, Some(1));
    says(&report, &["BAD ", "certificate.key does not exist"]);
    let other = rcgen::generate_simple_self_signed(vec!["other.example".to_owned()]).expect("a certificate");
    std::fs::write(&key, other.signing_key.serialize_pem()).expect("room on the disk");
    says(&refused(&gateway), &["certificate.pem", "certificate.key", "cannot be used together"]);
    says(&doctor(&gateway).1, &["BAD ", "does not fit the certificate"]);
    std::fs::write(&key, "not a key\n").expect("room on the disk");
    says(&refused(&gateway), &["certificate.key"]);
}

#[test]
fn a_certificate_whose_time_is_over_is_told_by_doctor_and_in_the_log() {
    let mut gateway = prepared();
    let mut about = rcgen::CertificateParams::new(vec!["mail.oakfield.example.sch.uk".to_owned()]).expect("a name");
    (about.not_before, about.not_after) = (rcgen::date_time_ymd(2024, 1, 1), rcgen::date_time_ymd(2025, 1, 1));
    let key = rcgen::KeyPair::generate().expect("a key");
    let made = about.self_signed(&key).expect("a certificate");
    std::fs::write(gateway.path("certificate.pem"), made.pem()).expect("room on the disk");
    std::fs::write(gateway.path("certificate.key"), key.serialize_pem()).expect("room on the disk");
    let (code, report) = doctor(&gateway);
    assert_eq!(code, Some(1));
    says(&report, &["BAD  the certificate ", "certificate.pem ended on 2025-01-01", "renew it"]);
    gateway.serve(); // it runs all the same: mail from relay listeners needs no certificate
    wait_until("the log tells", Duration::from_secs(10), || gateway.log().contains("past its end").then_some(()));
}

#[test]
fn a_configuration_with_mistakes_shows_all_of_them() {
    let gateway = prepared();
    gateway.write_config(25, "[[rule]]\nid = \"x\"\nwhen.tow = \"outside\"\n\n[nosuch]\na = 1\n");
    let said = refused(&gateway);
    says(&said, &["the configuration has mistakes", "tow", "nosuch", "config.toml:"]);
    let gone = give_up(Gateway::program().args(["serve", "--config", "/nowhere/config.toml"]), &gateway);
    says(&gone, &["/nowhere/config.toml", "no such file", "--config", "config.toml.example"]);
}

#[test]
fn a_section_of_a_later_time_is_said_to_be_not_available_yet() {
    let gateway = prepared();
    gateway.write_config(
        25,
        "[console]\naddress = \"127.0.0.1:8025\"\npublic_url = \"https://mailgate.oakfield.example.sch.uk\"\n[console.saml]\nidp_metadata = \"idp.xml\"\n",
    );
    says(&refused(&gateway), &["not available yet"]);
}

#[test]
fn a_store_folder_that_cannot_be_written_is_told() {
    let Some(mut program) = as_nobody() else { return };
    let gateway = prepared();
    std::fs::create_dir(gateway.path("store")).expect("a folder");
    let own = format!("{NOBODY}:{NOBODY}");
    let changed = Command::new("chown").arg(&own).args([gateway.path("master.key"), gateway.path("certificate.key")]).status();
    assert!(changed.is_ok_and(|status| status.success()));
    mode(gateway.folder.path(), 0o755);
    let said = give_up(program.arg("serve").arg("--config").arg(gateway.config()), &gateway);
    says(&said, &[&gateway.path("store").display().to_string()]);
}

#[test]
fn port_587_without_leave_is_told_with_three_ways_out() {
    let Some(mut program) = as_nobody() else { return };
    let gateway = prepared();
    let text = std::fs::read_to_string(gateway.config()).expect("the configuration");
    let low = text.replace(&format!("127.0.0.1:{}", gateway.submission), "127.0.0.1:587");
    std::fs::write(gateway.config(), low).expect("room on the disk");
    let changed = Command::new("chown").arg("-R").arg(format!("{NOBODY}:{NOBODY}")).arg(gateway.folder.path()).status();
    assert!(changed.is_ok_and(|status| status.success()));
    let said = give_up(program.arg("serve").arg("--config").arg(gateway.config()), &gateway);
    says(&said, &["port 587 is below 1024", "systemd unit", "setcap cap_net_bind_service=+ep", "choose a port from 1024 up"]);
}

#[test]
fn what_root_does_to_a_store_of_another_user_stays_that_users() {
    if as_nobody().is_none() {
        return;
    }
    let gateway = prepared();
    gateway.succeed(&["user", "list"], ""); // makes the store
    let given = Command::new("chown").arg("-R").arg(format!("{NOBODY}:{NOBODY}")).arg(gateway.folder.path()).status();
    assert!(given.is_ok_and(|status| status.success()));
    gateway.add_account("office@oakfield.example.sch.uk", "correct horse battery");
    for file in crate::world::gateway::files(&gateway.path("store")) {
        let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&file).expect("a file of the store"));
        assert_eq!(owner, NOBODY, "{} is not the gateway's to read", file.display());
    }
    says(&refused(&gateway), &[&format!("belongs to user {NOBODY}"), "systemctl start schoolgate", "chown -R root"]);
}

const NOBODY: u32 = 65534;

/// The program as a user without any rights; nothing where the tests do not run as root, or where every user may open low ports.
pub fn as_nobody() -> Option<Command> {
    let free_from = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or_default();
    if !rustix::process::geteuid().is_root() || free_from.trim().parse::<u16>().unwrap_or(1024) <= 587 {
        println!("skipped: it needs root to become nobody, and a system that guards port 587");
        return None;
    }
    if !crate::world::installed("setpriv") {
        return None;
    }
    let mut program = Command::new("setpriv");
    let who = NOBODY.to_string();
    program.args([&format!("--reuid={who}"), &format!("--regid={who}"), "--clear-groups"]);
    program.arg(env!("CARGO_BIN_EXE_schoolgate")).env_remove("SCHOOLGATE_CONFIG").env_remove("SCHOOLGATE_LOG");
    Some(program)
}
