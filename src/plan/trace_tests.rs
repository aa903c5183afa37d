use super::received;
use crate::message::Message;
use crate::plan::Desk;
use crate::policy::Rules;
use crate::policy::sample::{config, submission};

/// The field for a mail to `to`, after the submission has been altered.
fn field(to: &[&str], alter: impl FnOnce(&mut crate::base::Submission)) -> String {
    let config = config(Vec::new());
    let mut mail = submission("staff@school.test", to, "Subject: x\n\n");
    alter(&mut mail);
    let message = Message::parse(mail.raw.clone());
    let verdicts = Rules::compile(&config).judge(&mail, &message);
    let desk = Desk { config: &config, submission: &mail, message: &message, verdicts: &verdicts };
    received(&desk, &mail.envelope.recipients)
}

#[test]
fn the_whole_field_is_folded_and_ends_in_the_time() {
    let field = field(&["a@out.test"], |_| {});
    let reference = submission("", &[], "").reference;
    assert_eq!(
        field.replace("\r\n ", " "),
        format!(
            "Received: from laptop.local ([192.0.2.7]) by mail.school.test (Schoolgate) with ESMTPSA \
             (TLSv1.3 TLS_AES_256_GCM_SHA384) id {reference} for <a@out.test>; Mon, 23 Nov 2026 08:00:00 +0000\r\n"
        )
    );
    assert!(field.lines().count() > 1 && field.lines().all(|line| line.len() <= 78), "{field}");
}

#[test]
fn the_protocol_has_its_registered_name() {
    let with = |esmtp, tls: bool, account: bool, utf8| {
        let field = field(&["a@out.test", "b@out.test"], |mail| {
            mail.origin.esmtp = esmtp;
            mail.envelope.smtputf8 = utf8;
            mail.origin.tls = mail.origin.tls.take().filter(|_| tls);
            mail.origin.account = mail.origin.account.take().filter(|_| account);
        });
        field.replace("\r\n", "").split(" with ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
    };
    assert_eq!(with(false, false, false, false), "SMTP");
    assert_eq!(with(true, false, false, false), "ESMTP");
    assert_eq!(with(true, true, false, false), "ESMTPS");
    assert_eq!(with(true, false, true, false), "ESMTPA");
    assert_eq!(with(true, true, true, false), "ESMTPSA");
    assert_eq!(with(true, true, true, true), "UTF8SMTPSA");
    assert_eq!(with(true, false, false, true), "UTF8SMTP");
}

#[test]
fn nothing_a_client_says_can_forge_the_field() {
    let field = field(&["a@out.test"], |mail| {
        mail.origin.helo = "evil) by trusted.test; (\r\nX-Forged: 1".to_owned();
        mail.origin.client = "[2001:db8::1]:25".parse().unwrap();
    });
    assert!(field.starts_with("Received: from evilbytrusted.testX-Forged:1 ([IPv6:2001:db8::1])"), "{field}");
    assert!(!field.contains("\nX-Forged"));
    assert!(super::helo("  ").eq("unknown"));
}
