use super::{Filled, POLICY, STYLE, decided_now, held};
use crate::base::{Envelope, Recipient, Ref, ReversePath, Timestamp};
use crate::config::{AfterHold, Holder, School};
use crate::console::form::{Form, Missing};
use crate::policy::sample;
use crate::queue::{Decided, Demand, Job, JobId, Linked, NewJob, State};

fn school(name: &str) -> School {
    School { name: name.to_owned(), ..sample::config(vec![]).school }
}

fn linked(recipients: usize, why: &[&str], until: Option<i64>, then: AfterHold) -> Linked {
    let at = |second| Timestamp::from_second(second).unwrap();
    let reference = Ref::new(at(1_700_000_000), [0, 0, 1]);
    let job = |(n, why): (usize, &&str)| {
        let to = (0..recipients).map(|n| Recipient::new(sample::address(&format!("p{n}@x.test")))).collect();
        let mut copy = NewJob::new(Envelope::new(ReversePath::Address(sample::address("a@school.test")), to), at(0));
        let (rule, whom) = ("marks".to_owned(), Holder::Sender);
        copy.state =
            State::Held { rule, why: (*why).to_owned(), whom, until: until.map(|until| at(until + n as i64 * 1000)), then };
        Job { id: JobId(n as i64), reference: reference.clone(), received_at: at(1_700_000_000), size: 1, copy }
    };
    let jobs = why.iter().enumerate().map(job).collect();
    let (sender, subject) = (sample::address("a@school.test"), "Tom & \"Jerry\" <b>".to_owned());
    Linked { reference, sender, subject, decided: None, jobs }
}

#[test]
fn everything_that_is_put_in_is_escaped() {
    let form = Form { choice: Form::AS_IT_IS.to_owned(), reason: "</textarea><script>".to_owned() };
    let filled = Filled { form, missing: Some(Missing::Brevity), encryption: None };
    let page = held(&school("<i>School</i>"), &linked(1, &["<u>why</u>"], None, AfterHold::Refuse), &filled).into_string();
    for raw in ["<i>", "<u>", "<b>", "<script"] {
        assert!(!page.contains(raw), "{raw}: {page}");
    }
    assert!(page.contains("Tom &amp; &quot;Jerry&quot; &lt;b&gt;") && page.contains("checked"), "{page}");
    assert!(page.contains("aria-invalid=\"true\"") && page.contains("href=\"#reason\""), "{page}");
}

#[test]
fn what_happens_without_a_decision_is_said_by_the_earliest_end() {
    let text =
        |until, then| held(&school("S"), &linked(1, &["one", "two", "one"], until, then), &Filled::blank(None)).into_string();
    assert!(text(None, AfterHold::Refuse).contains("It goes on waiting for you."));
    assert!(text(Some(1_800_000_000), AfterHold::Release).contains("It is sent on 15 January 2027"));
    let page = text(Some(1_800_000_000), AfterHold::Refuse);
    assert!(page.contains("It is not sent. You can decide until 15 January 2027"), "{page}");
    assert!(page.contains("<dd>one</dd><dd>two</dd></div>"), "each reason once: {page}");
}

#[test]
fn a_long_list_of_recipients_folds() {
    let page = |recipients| {
        decided_now(&school("S"), &linked(recipients, &["x"], None, AfterHold::Refuse), Decided::Stopped).into_string()
    };
    assert!(!page(7).contains("<details>") && page(7).contains("p6@x.test"));
    assert!(page(40).contains("and 34 more") && page(40).contains("<li>p39@x.test</li>"));
}

#[test]
fn encryption_is_offered_only_where_there_is_some() {
    let page =
        |encryption| held(&school("S"), &linked(1, &["x"], None, AfterHold::Refuse), &Filled::blank(encryption)).into_string();
    assert!(page(Some(Demand::VerifiedTls)).contains("value=\"encrypted\""));
    assert!(!page(None).contains("value=\"encrypted\""));
}

#[test]
fn the_policy_lets_in_the_stylesheet_and_nothing_else() {
    let policy = POLICY.to_str().unwrap();
    assert!(policy.contains("default-src 'none'; style-src 'sha256-") && !STYLE.contains("url("), "{policy}");
    assert!(!STYLE.contains("</") && !STYLE.contains('<'), "the stylesheet is put in as it is");
}
