use smtp_proto::{EXT_8BIT_MIME, EXT_DSN, EXT_REQUIRE_TLS, EXT_SIZE, EXT_SMTP_UTF8};

use super::{Traits, header_of, mail, onward, orcpt_text, rcpt};
use crate::base::{Address, Notify, Recipient, Ret};
use crate::config::RequireTls;
use crate::deliver::tests_kit::copy_to;

const ALL: u32 = EXT_SIZE | EXT_8BIT_MIME | EXT_SMTP_UTF8 | EXT_DSN;

#[test]
fn only_what_is_offered_is_said() {
    let mut copy = copy_to(&["b@x.example"]);
    copy.ret = Some(Ret::Headers);
    copy.envid = Some("id+1\r\nRCPT TO:<x>".into());
    let traits = Traits { octets: 10, eight_bit: true, eight_bit_header: false };
    assert_eq!(mail(&copy, &[], traits, 0, 0).unwrap(), "MAIL FROM:<head@school.example>\r\n");
    assert_eq!(
        mail(&copy, &[], traits, ALL, 0).unwrap(),
        "MAIL FROM:<head@school.example> SIZE=10 BODY=8BITMIME RET=HDRS ENVID=id+2B1+0D+0ARCPT+20TO:<x>\r\n"
    );
}

#[test]
fn a_recipient_keeps_its_wishes() {
    let mut recipient = Recipient::new(Address::parse("\"a b\"@x.example").unwrap());
    assert_eq!(rcpt(&recipient, ALL).unwrap(), "RCPT TO:<\"a b\"@x.example>\r\n");
    recipient.notify = Some(Notify { success: true, failure: true, delay: false });
    recipient.orcpt = Some("rfc822;a=b@x.example\r\nDATA".into());
    assert_eq!(rcpt(&recipient, 0).unwrap(), "RCPT TO:<\"a b\"@x.example>\r\n");
    assert_eq!(
        rcpt(&recipient, ALL).unwrap(),
        "RCPT TO:<\"a b\"@x.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+3Db@x.example+0D+0ADATA\r\n"
    );
    recipient.notify = Some(Notify { success: false, failure: false, delay: false });
    recipient.orcpt = None;
    assert!(rcpt(&recipient, ALL).unwrap().ends_with(" NOTIFY=NEVER\r\n"));
    assert_eq!(orcpt_text("utf-8", "ü+@x"), "\\x{FC}\\x{2B}@x");
}

#[test]
fn letters_beyond_ascii_need_a_host_that_takes_them() {
    let mut copy = copy_to(&["b@x.example"]);
    let recipient = Recipient::new(Address::parse("jürgen@x.example").unwrap());
    assert_eq!(mail(&copy, &[&recipient], Traits::default(), 0, 0).unwrap_err().status, "5.6.7");
    assert!(mail(&copy, &[&recipient], Traits::default(), ALL, 0).unwrap().ends_with(" SMTPUTF8\r\n"));
    copy.smtputf8 = true;
    assert!(mail(&copy, &[], Traits::default(), 0, 0).is_ok(), "said by the client, but not needed");
    let traits = Traits::of("Subject: ü\r\n\r\nx\r\n".as_bytes());
    assert_eq!(mail(&copy, &[], traits, 0, 0).unwrap_err().status, "5.6.7");
}

#[test]
fn a_mail_beyond_the_hosts_size_is_not_offered() {
    let copy = copy_to(&["b@x.example"]);
    let traits = Traits { octets: 1001, ..Traits::default() };
    assert_eq!(mail(&copy, &[], traits, EXT_SIZE, 1000).unwrap_err().status, "5.3.4");
    assert!(mail(&copy, &[], traits, EXT_SIZE, 0).is_ok(), "SIZE without a number says nothing");
}

#[test]
fn the_header_ends_at_the_empty_line() {
    assert_eq!(header_of(b"A: b\r\n\r\nbody\r\n"), b"A: b\r\n");
    assert_eq!(header_of(b"A: b\r\n"), b"A: b\r\n");
}

#[test]
fn the_demand_goes_along_where_it_is_taken() {
    let line = || "MAIL FROM:<a@x.example>\r\n".to_owned();
    for (wanted, offers, said) in [
        (RequireTls::Off, EXT_REQUIRE_TLS, Ok(line())),
        (RequireTls::WhereOffered, 0, Ok(line())),
        (RequireTls::WhereOffered, EXT_REQUIRE_TLS, Ok("MAIL FROM:<a@x.example> REQUIRETLS\r\n".to_owned())),
        (RequireTls::Demanded, EXT_REQUIRE_TLS, Ok("MAIL FROM:<a@x.example> REQUIRETLS\r\n".to_owned())),
        (RequireTls::Demanded, 0, Err("5.7.30")),
    ] {
        assert_eq!(onward(line(), wanted, offers).map_err(|unfit| unfit.status), said, "{wanted:?}");
    }
}
