use bytes::Bytes;

use super::{Facts, Flaw, Look, STYLE, door, help, masked, message, reply, sent};
use crate::base::{Ref, Timestamp};
use crate::message::Message;
use crate::policy::sample;
use crate::protect::page::attachments;
use crate::protect::pickup::{Link, Pickup};

fn look(name: &str) -> Look {
    let mut config = sample::config(vec![]);
    config.school.name = name.to_owned();
    Look::of(&config)
}

fn pickup() -> Pickup {
    let reference = Ref::new(Timestamp::from_second(1_800_000_000).unwrap(), [1, 2, 3]);
    Pickup::sample(reference, sample::address("a@school.test"), sample::address("\"<b>x\"@x.test"))
}

#[test]
fn everything_that_is_put_in_is_escaped() {
    let (look, link, pickup) = (look("<i>School</i>"), Link::new().unwrap(), pickup());
    let mail = "From: \"<b>Eve</b>\" <a@school.test>\r\nSubject: </title><script>alert(1)</script>\r\nContent-Type: application/pdf; \
         name=\"<img src=x onerror=alert(1)>.pdf\"\r\n\r\nx\r\n";
    let mail = Message::parse(Bytes::from_static(mail.as_bytes()));
    let facts = Facts::of(&mail, &attachments(&mail));
    let refused = Flaw::Refused("<script>no</script>".to_owned());
    for page in [
        door(&look, &link, &pickup, None),
        message(&look, &link, &pickup, &facts),
        reply(&look, &link, &pickup, ("</textarea><script>x", Some(&refused))),
        sent(&look, &link, std::slice::from_ref(&pickup), None),
        help(&look, Some("<script>own</script>")),
    ] {
        let page = page.into_string();
        for raw in ["<i>", "<b>", "<script", "<img", "onerror=alert(1)>"] {
            assert!(!page.contains(raw), "{raw}: {page}");
        }
    }
}

#[test]
fn the_door_tells_nothing_of_the_message() {
    let page = door(&look("S"), &Link::new().unwrap(), &pickup(), None).into_string();
    assert!(!page.contains("a@school.test") && !page.contains("x\"@x.test"), "{page}");
    assert_eq!(masked(&sample::address("parent@example.com")), "p•••@example.com");
}

#[test]
fn the_policy_lets_in_our_styles_and_nothing_that_runs() {
    let look = look("S");
    let policy = look.policy();
    let policy = policy.to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("script"), "{policy}");
    for style in [STYLE, &look.colours] {
        assert!(!style.contains("url(") && !style.contains('<'), "the stylesheet is put in as it is");
    }
}
