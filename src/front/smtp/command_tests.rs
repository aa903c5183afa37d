use proptest::prelude::*;

use super::{Command, CommandError};
use crate::base::{BodyKind, Notify, Ret};

fn code(line: &str) -> String {
    match Command::parse(line.as_bytes()) {
        Ok(_) => "ok".to_owned(),
        Err(why) => format!("{} {}", why.reply().code, why.reply().enhanced),
    }
}

#[test]
fn commands_are_read_whatever_their_case_and_with_blanks_at_the_end() {
    assert_eq!(Command::parse(b"quit"), Ok(Command::Quit));
    assert_eq!(Command::parse(b"Data  \t"), Ok(Command::Data));
    assert_eq!(Command::parse(b"bdat 10 last"), Ok(Command::Bdat { octets: 10, last: true }));
    assert_eq!(Command::parse(b"NOOP whatever you say"), Ok(Command::Noop));
    let hello = Command::parse(b"EHLO evil (by [1.2.3.4]; x)").unwrap();
    assert_eq!(hello, Command::Hello { name: "evil??by?[1.2.3.4]??x?".to_owned(), esmtp: true });
    let Ok(Command::Hello { name, .. }) = Command::parse(format!("EHLO {}", "a".repeat(2000)).as_bytes()) else {
        panic!("a long name is cut")
    };
    assert_eq!(name.len(), 255);
}

#[test]
fn parameters_are_read_into_values() {
    let line = b"MAIL FROM:<a@b.example> SIZE=99999999999999999999 BODY=8bitmime RET=HDRS ENVID=a+2Bb AUTH=<> SMTPUTF8";
    let Ok(Command::Mail(mail)) = Command::parse(line) else { panic!("MAIL is read") };
    assert_eq!(mail.path.to_string(), "a@b.example");
    assert_eq!((mail.parameters.size, mail.parameters.body), (Some(u64::MAX), BodyKind::EightBit));
    assert_eq!((mail.parameters.ret, mail.parameters.envid.as_deref()), (Some(Ret::Headers), Some("a+b")));
    let line = b"RCPT TO:<\"a>b\"@c.example> NOTIFY=SUCCESS,delay ORCPT=rfc822;a+40b";
    let Ok(Command::Rcpt(rcpt)) = Command::parse(line) else { panic!("RCPT is read") };
    assert_eq!(rcpt.parameters.notify, Some(Notify { success: true, failure: false, delay: true }));
    assert_eq!(rcpt.parameters.orcpt.as_deref(), Some("rfc822;a@b"));
}

#[test]
fn what_is_not_as_it_must_be_is_refused() {
    for (line, answer) in [
        ("", "500 5.5.1"),
        ("FOO", "500 5.5.1"),
        ("EHLO", "501 5.5.4"),
        ("STARTTLS x", "501 5.5.4"),
        ("DATA x", "501 5.5.4"),
        ("QUIT\0", "500 5.5.2"),
        ("GET / HTTP/1.1", "554 5.5.1"),
        ("Host: mail.school.example", "554 5.5.1"),
        ("MAIL FROM: <a@b.example>", "501 5.5.4"),
        ("MAIL FROM:a@b.example", "501 5.5.4"),
        ("MAIL FROM:<a@b.example>x", "501 5.5.4"),
        ("MAIL FROM:<a@b.example", "501 5.5.4"),
        ("MAIL FROM:<a>", "553 5.1.7"),
        ("MAIL FROM:<ä@b.example>", "553 5.6.7"),
        ("MAIL FROM:<ä@b.example> SMTPUTF8", "ok"),
        ("MAIL FROM:<> SIZE=-1", "501 5.5.4"),
        ("MAIL FROM:<> SIZE=", "501 5.5.4"),
        ("MAIL FROM:<> SIZE", "501 5.5.4"),
        ("MAIL FROM:<> SIZE=1 SIZE=1", "501 5.5.4"),
        ("MAIL FROM:<> =1", "501 5.5.4"),
        ("MAIL FROM:<> SMTPUTF8=1", "501 5.5.4"),
        ("MAIL FROM:<> BODY=BINARYMIME", "555 5.5.4"),
        ("MAIL FROM:<> BODY=9BIT", "501 5.5.4"),
        ("MAIL FROM:<> FOO=BAR", "555 5.5.4"),
        ("MAIL FROM:<> ENVID=a+0D+0AQUIT", "501 5.5.4"),
        ("MAIL FROM:<> ENVID=a+0d", "501 5.5.4"),
        ("MAIL FROM:<> ENVID=a+4", "501 5.5.4"),
        ("MAIL FROM:<> ENVID=a=b", "501 5.5.4"),
        ("MAIL FROM:<> AUTH=a+40b.example", "ok"),
        ("MAIL FROM:<> AUTH=a+00b", "501 5.5.4"),
        ("RCPT TO:<>", "553 5.1.3"),
        ("RCPT TO:<@a.example,@b.example:c@d.example>", "553 5.1.3"),
        ("RCPT TO:<c@d@school.example>", "553 5.1.3"),
        ("RCPT TO:<p(c)@home.example>", "553 5.1.3"),
        ("RCPT TO:<p @home.example>", "553 5.1.3"),
        ("RCPT TO:p@home.example", "501 5.5.4"),
        ("RCPT TO:<Postmaster>", "ok"),
        ("RCPT TO:<a@b.example> NOTIFY=NEVER,SUCCESS", "501 5.5.4"),
        ("RCPT TO:<a@b.example> NOTIFY=DELAY,DELAY", "501 5.5.4"),
        ("RCPT TO:<a@b.example> ORCPT=rfc822;a+0Ab", "501 5.5.4"),
        ("RCPT TO:<a@b.example> ORCPT=rfc822;a+C2+85b", "501 5.5.4"),
        ("RCPT TO:<a@b.example> ORCPT=a@b", "501 5.5.4"),
        ("RCPT TO:<a@b.example> SIZE=1", "555 5.5.4"),
        ("AUTH", "501 5.5.4"),
        ("AUTH PLAIN x y", "501 5.5.4"),
        ("VRFY", "501 5.5.4"),
    ] {
        assert_eq!(code(line), answer, "{line}");
    }
    for line in [
        "BDAT",
        "BDAT x",
        "BDAT -1",
        "BDAT +1",
        "BDAT 1 LAST x",
        "BDAT 1 FIRST",
        "BDAT  1",
        "BDAT 18446744073709551616",
        "BDAT 1\0",
    ] {
        assert_eq!(Command::parse(line.as_bytes()), Err(CommandError::Chunk), "{line}");
    }
    assert_eq!(Command::parse(b"EHLO \xff"), Err(CommandError::NotText));
    assert_eq!(Command::parse(format!("NOOP {}", "a".repeat(3000)).as_bytes()), Err(CommandError::TooLong));
    assert!(Command::parse(format!("AUTH PLAIN {}", "a".repeat(9000)).as_bytes()).is_ok());
}

proptest! {
    /// Whatever comes in is read or refused, and what is said about it is one line.
    #[test]
    fn no_line_breaks_the_reader(line in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Err(why) = Command::parse(&line) {
            prop_assert!((500..=555).contains(&why.reply().code));
        }
    }

    /// The same for what looks like a command.
    #[test]
    fn no_argument_breaks_the_reader(verb in "(MAIL FROM:<|RCPT TO:<|AUTH |BDAT |EHLO )", rest in "[ -~äЖ\\r\\n\\x00]{0,80}(> ?[A-Z]{0,8}=?[ -~]{0,40})?") {
        match Command::parse(format!("{verb}{rest}").as_bytes()) {
            Ok(Command::Rcpt(rcpt)) => prop_assert!(!rcpt.parameters.orcpt.unwrap_or_default().contains(['\r', '\n', '\0'])),
            Ok(Command::Mail(mail)) => prop_assert!(!mail.path.to_string().contains(['\r', '\n', '\0'])),
            Ok(_) => {}
            Err(why) => prop_assert!(why.reply().to_wire().lines().count() == 1),
        }
    }
}
