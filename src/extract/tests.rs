use bytes::Bytes;

use super::{Place, passages};
use crate::message::Message;

fn of(raw: &str, place: Place) -> String {
    let message = Message::parse(Bytes::from(raw.replace('\n', "\r\n")));
    let all =
        passages(&message).into_iter().filter(|passage| passage.place == place).map(|passage| passage.text.trim().to_owned());
    all.collect::<Vec<_>>().join("|").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(body: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\n\n{body}")
}

fn html(body: &str) -> String {
    format!("Content-Type: text/html; charset=utf-8\n\n{body}")
}

#[test]
fn marked_quotes_stand_apart_with_their_attribution() {
    let mail = text("Mine one.\n\nOn 3 Nov 2026 at 10:00, Ann Other\n<a@b.test> wrote:\n> theirs\n>> older\n\nMine two.\n");
    assert_eq!(of(&mail, Place::Body), "Mine one. Mine two.");
    assert_eq!(of(&mail, Place::Quoted), "On 3 Nov 2026 at 10:00, Ann Other <a@b.test> wrote: theirs older");
    let colon = text("Bring these:\n- pens\n");
    assert_eq!(of(&colon, Place::Body), "Bring these: - pens");
}

#[test]
fn what_stands_below_a_header_block_is_quoted() {
    let mail = text("Mine.\n\n-----Original Message-----\nFrom: Ann\nSent: Monday\nSubject: Trip\n\nTheirs.\n");
    assert_eq!(of(&mail, Place::Body), "Mine.");
    assert!(of(&mail, Place::Quoted).ends_with("Theirs."));
}

#[test]
fn html_is_read_without_tags_and_its_blocks_part_words() {
    let mail = html("<p>Hel<b>lo</b>&nbsp;w&ouml;rld</p><p>next<br>line</p><td>cell</td><td>other</td><!-- not this -->");
    assert_eq!(of(&mail, Place::Body), "Hello w\u{f6}rld next line cell other");
    let raw = html("<style>p { color: red }</style><script>evil()</script><title>no</title>seen<img alt='picture words'>");
    assert_eq!(of(&raw, Place::Body), "seen picture words");
}

#[test]
fn hidden_text_is_left_out_and_kept_in_a_second_reading() {
    let mail = html("con<span style='display: none'>xyz</span>fidential <i hidden>secret</i>");
    assert_eq!(of(&mail, Place::Body), "confidential");
    assert_eq!(of(&mail, Place::Unshown), "conxyzfidential secret");
    assert_eq!(of(&html("<p>plain</p>"), Place::Unshown), "");
}

#[test]
fn quotes_of_html_clients_stand_apart() {
    for quote in [
        "<blockquote type=\"cite\">theirs</blockquote>",
        "<div class=\"gmail_quote\">theirs</div>",
        "<div class=\"x\"><div class=\"moz-cite-prefix\">theirs</div></div>",
    ] {
        let mail = html(&format!("<div>mine</div>{quote}<div>and mine</div>"));
        assert_eq!(
            (of(&mail, Place::Body), of(&mail, Place::Quoted)),
            ("mine and mine".to_owned(), "theirs".to_owned()),
            "{quote}"
        );
    }
    let outlook = html("<p>mine</p><hr><div id=\"divRplyFwdMsg\"><b>From:</b> Ann</div><div>theirs</div>");
    assert_eq!(of(&outlook, Place::Body), "mine");
    assert!(of(&outlook, Place::Quoted).ends_with("theirs"));
    let border = html("<p>mine</p><div style='border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> Ann</p></div><p>theirs</p>");
    assert_eq!(of(&border, Place::Body), "mine");
    let named = html("<p>mine</p><p>On 3 Nov 2026, Ann wrote:</p><blockquote type=cite>theirs</blockquote>");
    assert_eq!(of(&named, Place::Body), "mine");
}

#[test]
fn a_block_quoted_in_passing_is_the_senders_own() {
    assert_eq!(of(&html("<blockquote>indented</blockquote>"), Place::Body), "indented");
}

#[test]
fn names_of_attachments_are_passages_and_flowed_words_run_on() {
    let mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; format=flowed; delsp=yes\n\nconfi \n\
                dential\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=\"report card.pdf\"\n\nx\n--b--\n";
    assert_eq!(of(mail, Place::Body), "confidential");
    assert_eq!(of(mail, Place::FileName), "report card.pdf");
}

#[test]
fn hostile_html_is_read_in_time() {
    for piece in ["<blockquote type=cite>", "</blockquote>", "<div><b>", "x<span style=display:none>y</span>", "<!--", "\n> :"] {
        let body = piece.repeat(200_000);
        let began = std::time::Instant::now();
        of(&html(&body), Place::Body);
        of(&text(&body), Place::Body);
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{piece}");
    }
}

#[test]
fn no_part_that_a_client_shows_is_a_hiding_place() {
    let parts = |kind: &str, second: &str| {
        format!(
            "Content-Type: multipart/{kind}; boundary=b\n\n--b\nContent-Type: text/plain\n\none\n--b\n{second}\n\ntwo\n--b--\n"
        )
    };
    assert_eq!(of(&parts("signed", "Content-Type: application/pkcs7-signature"), Place::Body), "one");
    for shown in [
        "Content-Type: text/plain; name=\"note.txt\"",
        "Content-Type: text/enriched",
        "Content-Type: text/calendar; method=REQUEST",
        "Content-Type: text/html\nContent-Disposition: inline; filename=x.html",
    ] {
        assert_eq!(of(&parts("mixed", shown), Place::Body), "one|two", "{shown}");
    }
    let attached = parts("mixed", "Content-Type: text/plain\nContent-Disposition: attachment; filename=x.txt");
    assert_eq!(of(&attached, Place::Body), "one", "the text of attachments is another matter");
    assert_eq!(of(&parts("mixed", "Content-Type: message/rfc822\n\nSubject: x"), Place::Body), "one");
}

proptest::proptest! {
    /// Whatever a body is made of, each of the sender's words is read, be it as own, hidden or quoted.
    #[test]
    fn odd_bodies_are_read_and_no_word_is_lost(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "<p>", "</p>", "<blockquote type=cite>", "</blockquote>", "<div class=gmail_quote>", "</div>", "<br>", "<hr>", "\u{e9}", "\n", "> ",
        "From: x\n", "Subject: y\n", "-----Original Message-----\n", "On 3 Nov, Ann wrote:\n", "<span hidden>", "</span>", "\u{feff}", ":",
    ]), 0..30)) {
        let body = pieces.concat();
        for raw in [html(&format!("{body}<p>word</p>{body}")), text(&format!("{body}\nword\n{body}"))] {
            let message = Message::parse(Bytes::from(raw));
            proptest::prop_assert!(passages(&message).iter().any(|passage| passage.text.contains("word")), "{body}");
        }
    }
}
