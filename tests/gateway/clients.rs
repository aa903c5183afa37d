//! Programs that people really send with, against the real program: swaks, curl, Python's smtplib, msmtp.

use std::process::Command;

use crate::world::gateway::{OFFICE, PASSWORD, output};
use crate::world::{Gateway, Upstream, installed};

const PARENT: &str = "parent@example.com";

/// Runs a client, and expects that its mail arrives with the words it sent.
fn expect_arrival(client: &str, send: impl FnOnce(&Gateway, &mut Command) -> String) {
    if !installed(client) {
        return;
    }
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, "");
    let mut command = Command::new(client);
    let input = send(&gateway, &mut command);
    let sent = output(command, &input);
    let said = String::from_utf8_lossy(&sent.stdout).into_owned() + &String::from_utf8_lossy(&sent.stderr);
    assert!(sent.status.success(), "{client} failed: {said}\n{}", gateway.log());
    let mail = upstream.wait_for(1).remove(0);
    assert_eq!(mail.from, OFFICE);
    assert_eq!(mail.to, [PARENT]);
    assert!(mail.text().contains("The coach leaves at 8.45."), "{}", mail.text());
    assert!(mail.text().contains("with ESMTPSA"), "{}", mail.text());
}

#[test]
fn swaks_sends_over_starttls() {
    expect_arrival("swaks", |gateway, swaks| {
        swaks.args(["--server", "127.0.0.1", "--port", &gateway.submission.to_string(), "--tls", "--auth", "PLAIN"]);
        swaks.args(["--auth-user", OFFICE, "--auth-password", PASSWORD, "--from", OFFICE, "--to", PARENT]);
        swaks.args(["--body", "The coach leaves at 8.45."]);
        String::new()
    });
}

#[test]
fn swaks_sends_with_the_login_mechanism_over_implicit_tls() {
    expect_arrival("swaks", |gateway, swaks| {
        swaks.args(["--server", "127.0.0.1", "--port", &gateway.submissions.to_string(), "--tls-on-connect", "--auth", "LOGIN"]);
        swaks.args(["--auth-user", OFFICE, "--auth-password", PASSWORD, "--from", OFFICE, "--to", PARENT]);
        swaks.args(["--body", "The coach leaves at 8.45."]);
        String::new()
    });
}

#[test]
fn curl_sends_over_implicit_tls() {
    expect_arrival("curl", |gateway, curl| {
        curl.args(["--silent", "--show-error", "--insecure", "--url", &format!("smtps://127.0.0.1:{}", gateway.submissions)]);
        curl.args([
            "--user",
            &format!("{OFFICE}:{PASSWORD}"),
            "--mail-from",
            OFFICE,
            "--mail-rcpt",
            PARENT,
            "--upload-file",
            "-",
        ]);
        format!("From: {OFFICE}\r\nTo: {PARENT}\r\nSubject: Trip\r\n\r\nThe coach leaves at 8.45.\r\n")
    });
}

#[test]
fn smtplib_sends_over_starttls() {
    expect_arrival("python3", |gateway, python| {
        python.args(["-", &gateway.submission.to_string(), OFFICE, PASSWORD, PARENT]);
        "import smtplib, ssl, sys\n\
         from email.message import EmailMessage\n\
         port, user, password, to = sys.argv[1:]\n\
         mail = EmailMessage()\n\
         mail['From'], mail['To'], mail['Subject'] = user, to, 'Trip'\n\
         mail.set_content('The coach leaves at 8.45.')\n\
         loose = ssl.create_default_context(); loose.check_hostname = False; loose.verify_mode = ssl.CERT_NONE\n\
         with smtplib.SMTP('127.0.0.1', int(port), timeout=20) as server:\n\
         \x20   server.starttls(context=loose); server.login(user, password); server.send_message(mail)\n"
            .to_owned()
    });
}

#[test]
fn msmtp_sends_over_starttls() {
    expect_arrival("msmtp", |gateway, msmtp| {
        msmtp.args(["--host=127.0.0.1", &format!("--port={}", gateway.submission), "--auth=plain", &format!("--user={OFFICE}")]);
        msmtp.args(["--tls=on", "--tls-starttls=on", "--tls-certcheck=off", "--passwordeval", &format!("echo '{PASSWORD}'")]);
        msmtp.args([&format!("--from={OFFICE}"), PARENT]);
        format!("From: {OFFICE}\nTo: {PARENT}\nSubject: Trip\n\nThe coach leaves at 8.45.\n")
    });
}
