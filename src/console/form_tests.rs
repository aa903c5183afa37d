use super::{Form, Missing};
use crate::queue::{Choice, Demand};

const TLS: Option<Demand> = Some(Demand::VerifiedTls);

fn chosen(body: &str) -> Result<Choice, Missing> {
    Form::read(body.as_bytes()).choice(TLS)
}

#[test]
fn each_choice_is_read() {
    assert_eq!(chosen("choice=encrypted&reason="), Ok(Choice::Encrypted(Demand::VerifiedTls)));
    assert_eq!(chosen("choice=stop"), Ok(Choice::Stop));
    let why = "Mrs Smith asked for it".to_owned();
    assert_eq!(chosen("reason=+Mrs%20Smith+asked++for+it%0A&choice=as-it-is"), Ok(Choice::AsItIs { why }));
    assert_eq!(Form::read(b"choice=encrypted").choice(None), Err(Missing::Encryption));
}

#[test]
fn a_reason_says_something_and_is_no_essay() {
    for empty in ["", "+++", "%0D%0A", "...", "%E2%80%8B", "%E2%80%AE"] {
        assert_eq!(chosen(&format!("choice=as-it-is&reason={empty}")), Err(Missing::Reason), "{empty}");
    }
    assert!(chosen(&format!("choice=as-it-is&reason={}", "%C3%A9".repeat(500))).is_ok());
    assert_eq!(chosen(&format!("choice=as-it-is&reason={}", "a".repeat(501))), Err(Missing::Brevity));
}

#[test]
fn a_reason_is_one_line_that_runs_one_way() {
    let form = Form::read("reason=fine%0D%0ABcc:+x@example.com%1B%5B2J%E2%80%AEtxt%00".as_bytes());
    assert_eq!(form.reason, "fine Bcc: x@example.com [2J txt");
}

#[test]
fn anything_else_is_no_choice() {
    for body in
        ["", "choice=", "choice=Encrypted", "choice=release", "{\"choice\":\"stop\"}", "choice=%00&choice=stop", "\u{0}%%%&&&=="]
    {
        assert_eq!(chosen(body), Err(Missing::Choice), "{body}");
    }
}
