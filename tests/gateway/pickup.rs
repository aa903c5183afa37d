//! Secure messages on the school's own page, with the real program: from the notice to the answer, and everything that must not
//! open one.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use schoolgate::base::hash::sha256_hex;
use serde_json::Value;

mod chromium;
mod walk;

use crate::console::browser::{Page, ask};
use crate::world::archived::Archived;
use crate::world::clamd::Clamd;
use crate::world::gateway::{OFFICE, PASSWORD, files};
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, free_port, wait_until};

const PARENT: &str = "parent@example.com";
const OTHER: &str = "other@example.com";
/// What nobody on the way may read.
const TEXT: &str = "Sam has been seen by the nurse.";

const RULES: &str = r#"
[[rule]]
id = "notice"
when.to       = "outside"
do.disclaimer = "standard"
[[rule]]
id    = "confidential"
about = "CONFIDENTIAL in the subject is read on the school's page"
when.to           = "outside"
when.subject_word = "confidential"
do.encrypt        = "pickup"
on_error          = "hold"
[[rule]]
id    = "programs"
about = "No programs"
when.attachment_type = "exe"
do.reject            = "Please do not send programs"
on_error             = "hold"
"#;

const NOTICE: &str =
    "Dear family,\n\n{sender.name} has written to you. Open {link} until {until}.\n\nNot for you? {not_me}\nHelp: {help}\n";

/// A red square.
const LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAIAAADYYG7QAAAAOklEQVR42u3OQQ0AAAgEoGtiABua3hbOBxsByFS/EiEhISEhISEhISEhISEhISEhISEhISEhISGhOwu/reRbrZ+qjAAAAABJRU5ErkJggg==";

/// A school with pickup pages.
struct School {
    gateway: Gateway,
    upstream: Upstream,
    pages: u16,
}

/// A message that waits, by the links in the letters about it.
struct Waiting {
    reference: String,
    /// `/p/LINK`
    path: String,
    /// `/sent/LINK`
    sent: String,
}

impl School {
    fn open(more: &str) -> Self {
        let (upstream, pages) = (Upstream::start(), free_port());
        let mut gateway = Gateway::prepare(upstream.port, "");
        std::fs::write(gateway.path("notice.txt"), NOTICE).unwrap();
        std::fs::write(gateway.path("help.txt"), "Ring the office.\n\nWe are there from 8 to 4.\n").unwrap();
        std::fs::write(gateway.path("logo.png"), BASE64_STANDARD.decode(LOGO).unwrap()).unwrap();
        let keep = if more.contains("keep") { "" } else { "keep = \"7d\"\n" };
        let section = format!(
            "[pickup]\naddress = \"127.0.0.1:{pages}\"\npublic_url = \"http://127.0.0.1:{pages}\"\n{keep}colour = \"#7a1f2b\"\n\
             notice_file = \"notice.txt\"\nhelp_file = \"help.txt\"\nlogo = \"logo.png\"\n"
        );
        gateway.write_config(upstream.port, &format!("{section}{more}{RULES}"));
        gateway.add_account(OFFICE, PASSWORD);
        gateway.serve();
        Self { gateway, upstream, pages }
    }

    /// Sends a mail as it is written; its reference.
    fn send(&self, to: &[&str], mail: &str) -> String {
        let mut session = Session::open(self.gateway.relay);
        session.begin(to);
        session.say(format!("{mail}\r\n.\r\n").as_bytes());
        let reply = session.reply();
        assert!(reply.starts_with("250 2.0.0 "), "{reply}");
        reply.trim().rsplit(' ').next().unwrap().to_owned()
    }

    /// Sends a confidential mail to one parent, and opens the letters about it.
    fn wait_on_page(&self) -> Waiting {
        self.wait_on_page_for(PARENT, &plain(PARENT))
    }

    fn wait_on_page_for(&self, to: &str, mail: &str) -> Waiting {
        let known = self.letters(to).len();
        let reference = self.send(&[to], mail);
        let notice = self.letter(to, known, "/p/");
        let sent = wait_until("the letter to the sender", Duration::from_secs(30), || {
            self.letters(OFFICE).into_iter().find(|text| text.contains(&reference) && text.contains("/sent/"))
        });
        Waiting { reference, path: link(&notice, "/p/"), sent: link(&sent, "/sent/") }
    }

    fn letters(&self, to: &str) -> Vec<String> {
        self.upstream.taken().into_iter().filter(|mail| mail.to == [to]).map(|mail| readable(&mail.text())).collect()
    }

    /// The first letter to somebody after so many that has these words.
    fn letter(&self, to: &str, after: usize, words: &str) -> String {
        wait_until(&format!("a letter to {to} with \"{words}\""), Duration::from_secs(30), || {
            self.letters(to).into_iter().skip(after).find(|text| text.contains(words))
        })
    }

    fn get(&self, path: &str, cookie: &str) -> Page {
        ask(self.pages, "GET", path, &[("Cookie", cookie)], "")
    }

    fn post(&self, path: &str, cookie: &str, form: &str) -> Page {
        let fields = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", "null"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Cookie", cookie),
        ];
        ask(self.pages, "POST", path, &fields, form)
    }

    /// Sends the form of a reply as a browser does.
    fn reply(&self, path: &str, cookie: &str, text: &str, attached: &[(&str, &str)]) -> Page {
        let mut body = format!("--xyz\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{text}\r\n");
        for (name, content) in attached {
            body.push_str(&format!(
                "--xyz\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n{content}\r\n"
            ));
        }
        body.push_str("--xyz--\r\n");
        let fields = [("Content-Type", "multipart/form-data; boundary=xyz"), ("Origin", "null"), ("Cookie", cookie)];
        ask(self.pages, "POST", &format!("{path}/reply"), &fields, &body)
    }

    /// Asks for a code and reads it in the letter.
    fn code(&self, path: &str, to: &str) -> String {
        let known = self.letters(to).len();
        let asked = self.post(&format!("{path}/code"), "", "");
        assert_eq!((asked.code, asked.field("location")), (303, Some(format!("{path}/code").as_str())), "{asked:?}");
        digits(&self.letter(to, known, "Your code to open"))
    }

    /// Proves the address; the cookie.
    fn enter(&self, path: &str, to: &str) -> String {
        let code = self.code(path, to);
        let opened = self.post(&format!("{path}/open"), "", &format!("code={code}"));
        assert_eq!((opened.code, opened.field("location")), (303, Some(path)), "{opened:?}");
        cookie(&opened)
    }

    fn events(&self, reference: &str, name: &str) -> Vec<Value> {
        let shown = self.gateway.json(&["queue", "show", reference, "--json"]);
        let all = shown["events"].as_array().unwrap().iter().map(|entry| entry["event"].clone());
        all.filter(|event| event["event"] == name).collect()
    }
}

fn plain(to: &str) -> String {
    format!(
        "From: \"Ms Office\" <{OFFICE}>\r\nTo: {to}\r\nSubject: Confidential: Sam\r\nMessage-ID: <sam@oakfield.example.sch.uk>\r\n\r\n{TEXT}"
    )
}

/// A mail with an HTML body and one file, whose fields try what they can.
fn hostile(to: &str) -> String {
    format!(
        "From: \"<script>alert(1)</script>\" <{OFFICE}>\r\nTo: {to}\r\nSubject: Confidential: <img src=x onerror=alert(2)>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p onclick=\"alert(3)\">{TEXT}</p><script>alert(4)</script><img src=\"https://tracker.example/pixel.png\" onerror=\"alert(5)\">\
         <a href=\"javascript:alert(6)\">press</a><style>p{{background:url(https://tracker.example/css)}}</style>\
         <form action=\"https://tracker.example\"><input name=p></form><iframe src=\"https://tracker.example\"></iframe>\
         <svg onload=\"alert(7)\"></svg><base href=\"https://tracker.example/\"><meta http-equiv=refresh content=\"0;url=https://tracker.example\">\
         \r\n--b\r\nContent-Type: text/html; name=\"\"\r\n\
         Content-Disposition: attachment; filename=\"../../<svg onload=alert(8)>.html\"\r\n\r\n<script>alert(9)</script>\r\n--b--"
    )
}

/// The text of a letter, out of its quoted-printable form.
fn readable(text: &str) -> String {
    text.replace("=\r\n", "").replace("=3D", "=").replace("\r\n", "\n")
}

/// A link in a letter, from its path on.
fn link(letter: &str, beginning: &str) -> String {
    let (_, rest) = letter.split_once(beginning).unwrap_or_else(|| panic!("no {beginning} in {letter}"));
    let secret: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    assert_eq!(secret.len(), 40, "160 bits: {letter}");
    format!("{beginning}{secret}")
}

/// The code in a letter.
fn digits(letter: &str) -> String {
    let word = letter.split_whitespace().find(|word| word.len() == 8 && word.bytes().all(|b| b.is_ascii_digit()));
    word.unwrap_or_else(|| panic!("no code in {letter}")).to_owned()
}

fn wrong(code: &str) -> String {
    format!("{:08}", (code.parse::<u64>().unwrap() + 1) % 100_000_000)
}

fn cookie(page: &Page) -> String {
    page.field("set-cookie").and_then(|set| set.split(';').next()).unwrap_or_default().to_owned()
}

fn assert_guarded(page: &Page) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(page.field(name), Some(value), "{name}: {}", page.head);
    }
    let policy = page.field("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
}

/// That none of these words stands in any file of the gateway's folder, nor in what its archive keeps.
fn assert_nowhere(school: &School, secrets: &[&str]) {
    for file in files(school.gateway.folder.path()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for secret in secrets {
            assert!(memchr::memmem::find(&bytes, secret.as_bytes()).is_none(), "{secret} stands in {}", file.display());
        }
    }
    let archived = Archived::of(&school.gateway);
    for record in archived.records() {
        let copies: Vec<Vec<u8>> = record.copies.iter().map(|copy| copy.bytes(&record.raw)).collect();
        for secret in secrets {
            let found = std::iter::once(&record.raw[..]).chain(copies.iter().map(Vec::as_slice));
            assert!(
                !found.into_iter().any(|bytes| memchr::memmem::find(bytes, secret.as_bytes()).is_some()),
                "{secret} is archived"
            );
        }
    }
    for (name, body) in archived.events() {
        assert!(!secrets.iter().any(|secret| body.contains(secret)), "{name}: {body}");
    }
}

#[test]
fn a_parent_opens_reads_saves_and_answers_and_the_sender_hears_of_it() {
    let school = School::open("");
    let reference = school.send(
        &[PARENT, "head@oakfield.example.sch.uk"],
        &format!(
            "From: \"Ms Office\" <{OFFICE}>\r\nTo: {PARENT}\r\nSubject: Confidential: Sam\r\nMessage-ID: <sam@oakfield.example.sch.uk>\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{TEXT}\r\n\
             --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"plan of care.pdf\"\r\n\r\n%PDF-plan\r\n--b--"
        ),
    );
    let inside = school.upstream.wait_for_mail_to("head@oakfield.example.sch.uk").text();
    assert!(inside.contains(TEXT), "people inside get it as it is: {inside}");
    let notice = school.letter(PARENT, 0, "Dear family");
    for words in ["Ms Office has written to you", "/not-me\n", "/help\n", "Auto-Submitted: auto-generated", "Reply-To: <office@"]
    {
        assert!(notice.contains(words), "{words}: {notice}");
    }
    for secret in [TEXT, "Sam", "nurse", "plan of care"] {
        assert!(!notice.replace("sam@oakfield", "").contains(secret), "{secret}: {notice}");
    }
    let path = link(&notice, "/p/");
    let to_sender = school.letter(OFFICE, 0, "Sent securely: Confidential: Sam");
    assert!(to_sender.contains(PARENT), "{to_sender}");

    // Robots follow links: nothing is opened, mailed or used up.
    for method in ["GET", "HEAD", "GET"] {
        for page in ["", "/code", "/not-me"] {
            let page = ask(school.pages, method, &format!("{path}{page}"), &[], "");
            assert_eq!(page.code, 200);
            assert_guarded(&page);
        }
    }
    for page in ["/text", "/file/1", "/all", "/reply"] {
        let page = school.get(&format!("{path}{page}"), "");
        assert_eq!((page.code, page.field("location")), (303, Some(path.as_str())), "{page:?}");
    }
    let logo = school.get("/logo", "");
    assert_eq!((logo.code, logo.field("content-type")), (200, Some("image/png")));
    assert_guarded(&logo);
    let help = school.get("/help", "");
    assert!(help.body.contains("Ring the office.") && help.body.contains("The code does not arrive"), "{}", help.body);
    for page in ["/open", "/leave"] {
        assert_eq!(school.get(&format!("{path}{page}"), "").code, 405);
    }
    let door = school.get(&path, "");
    for words in ["Oakfield School", "p•••@example.com", "Send me a code", "do not forward", "not for me", "lang=\"en-GB\""]
    {
        assert!(door.body.contains(words), "{words}: {}", door.body);
    }
    assert!(!door.body.contains(PARENT) && !door.body.contains("Ms Office") && !door.body.contains("Sam"), "{}", door.body);
    assert_eq!(school.letters(PARENT).len(), 1, "no code was mailed");
    assert!(school.events(&reference, "pickup-opened").is_empty());

    // The code comes by mail, opens once, and a wrong one opens nothing.
    let code = school.code(&path, PARENT);
    let no = school.post(&format!("{path}/open"), "", &format!("code={}", wrong(&code)));
    assert!(no.code == 422 && no.body.contains("That code is not right") && cookie(&no).is_empty(), "{no:?}");
    let yes = school.post(&format!("{path}/open"), "", &format!("code={code}"));
    let set = yes.field("set-cookie").unwrap_or_default();
    assert_eq!(yes.code, 303);
    for word in ["HttpOnly", "Secure", "SameSite=Strict", &format!("Path={path};")] {
        assert!(set.contains(word), "{word}: {set}");
    }
    let cookie = cookie(&yes);
    assert_eq!(school.post(&format!("{path}/open"), "", &format!("code={code}")).code, 422, "once");
    let receipt = school.letter(OFFICE, 0, "has opened your secure message for the first time");
    assert!(receipt.contains(PARENT) && receipt.contains(&reference), "{receipt}");

    let page = school.get(&path, &cookie);
    assert_guarded(&page);
    for words in
        ["Confidential: Sam", "Ms Office", "plan of care.pdf", "Reply securely", "sandbox=\"allow-popups", "(zip)", "Finish"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let text = school.get(&format!("{path}/text"), &cookie);
    assert!(text.body.contains(TEXT) && text.body.contains("This message is from Oakfield School."), "{}", text.body);
    assert!(text.field("content-security-policy").unwrap().contains("sandbox"));
    let file = school.get(&format!("{path}/file/1"), &cookie);
    assert!(file.body.starts_with("%PDF-plan"), "{file:?}");
    assert!(file.field("content-disposition").unwrap().starts_with("attachment; filename=\"plan of care.pdf\""), "{}", file.head);
    assert_eq!(school.get(&format!("{path}/file/2"), &cookie).code, 404);
    let all = school.get(&format!("{path}/all"), &cookie);
    assert!(all.body.starts_with("PK") && all.field("content-disposition").unwrap().contains("message.zip"), "{}", all.head);

    // The answer.
    let form = school.get(&format!("{path}/reply"), &cookie);
    assert!(form.body.contains(OFFICE) && form.body.contains("multipart/form-data"), "{}", form.body);
    let sent = school.reply(&path, &cookie, "Dear Ms Office,\r\nthank you. Zoë", &[("answer.txt", "signed by us")]);
    assert!(sent.code == 200 && sent.body.contains("Your reply has been sent"), "{sent:?}");
    let answer = wait_until("the reply", Duration::from_secs(30), || {
        school.upstream.taken().into_iter().find(|mail| mail.text().contains("X-Schoolgate-Pickup-Reply"))
    });
    assert_eq!(answer.to, [OFFICE]);
    let answer = answer.text();
    for words in
        ["Subject: Re: Confidential: Sam", "Reply-To: <parent@example.com>", "<sam@oakfield.example.sch.uk>", "answer.txt"]
    {
        assert!(answer.contains(words), "{words}: {answer}");
    }
    assert!(answer.contains("it@oakfield.example.sch.uk") && answer.starts_with("Received: "), "{answer}");

    // What the ledger has of it all.
    let made = school.events(&reference, "pickup-made");
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["recipient"], PARENT);
    let ways = school.events(&reference, "encrypted");
    assert_eq!((ways[0]["method"].as_str(), ways[0]["recipients"][0].as_str()), (Some("pickup"), Some(PARENT)));
    assert_eq!(school.events(&reference, "pickup-opened")[0]["proof"], "code");
    let replied =
        wait_until("the entry", Duration::from_secs(10), || school.events(&reference, "pickup-replied").into_iter().next());
    assert_eq!(replied["recipient"], PARENT);

    // Finishing ends it.
    let left = school.post(&format!("{path}/leave"), &cookie, "");
    assert!(left.code == 200 && left.field("set-cookie").unwrap().contains("Max-Age=0"), "{left:?}");
    assert_eq!(school.get(&format!("{path}/text"), &cookie).code, 303);

    let secrets = [&path["/p/".len()..], &link(&to_sender, "/sent/")["/sent/".len()..], &code];
    assert_nowhere(&school, &secrets);
    assert!(!school.gateway.log().contains(TEXT) && !school.gateway.log().contains("plan of care"), "{}", school.gateway.log());
}

#[test]
fn a_sender_takes_it_back_or_sets_a_passphrase() {
    let school = School::open("");
    let mail = school.wait_on_page();
    let page = school.get(&mail.sent, "");
    assert!(page.code == 200 && page.body.contains(PARENT) && page.body.contains("Not opened."), "{page:?}");
    let id = page.body.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let act = |what: &str| school.post(&mail.sent, "", &format!("id={id}&{what}"));
    assert_eq!(act("do=passphrase&passphrase=short").code, 422);
    assert_eq!(act("do=passphrase&passphrase=Green+otter+lamp").code, 303);
    let door = school.get(&mail.path, "");
    assert!(door.body.contains("Passphrase") && !door.body.contains("Send me a code"), "{}", door.body);
    assert_eq!(school.post(&format!("{}/code", mail.path), "", "").code, 303);
    let open = |typed: &str| school.post(&format!("{}/open", mail.path), "", &format!("passphrase={typed}"));
    assert_eq!(open("Green+otter").code, 422);
    let yes = open("green++OTTER+lamp");
    assert_eq!(yes.code, 303);
    assert!(school.get(&format!("{}/text", mail.path), &cookie(&yes)).body.contains(TEXT));
    assert_eq!(school.letters(PARENT).len(), 1, "no code was mailed");
    assert_eq!(school.events(&mail.reference, "pickup-opened")[0]["proof"], "passphrase");

    let kept = || files(&school.gateway.path("store/aside")).len();
    assert_eq!(kept(), 1);
    assert_eq!(act("do=revoke").code, 303);
    assert!(school.get(&mail.sent, "").body.contains("You took it back, and it has been destroyed"));
    let lost = school.get(&mail.path, &cookie(&yes));
    let never = school.get(&format!("/p/{}", "0".repeat(40)), "");
    assert_eq!(lost.without_date(), never.without_date(), "one answer for all links that lead nowhere");
    assert_eq!((lost.code, kept()), (404, 0));
    assert_eq!(school.events(&mail.reference, "pickup-revoked")[0]["by"], OFFICE);
}

#[test]
fn whoever_it_is_not_for_says_so_and_the_sender_hears() {
    let school = School::open("");
    let mail = school.wait_on_page();
    assert_eq!(school.get(&format!("{}/not-me", mail.path), "").code, 200);
    assert_eq!(school.get(&mail.path, "").code, 200, "asking closes nothing");
    let told = school.post(&format!("{}/not-me", mail.path), "", "");
    assert!(told.code == 200 && told.body.contains("Thank you for telling us"), "{told:?}");
    assert_eq!(school.get(&mail.path, "").code, 404);
    let letter = school.letter(OFFICE, 0, "says that it is not meant for them");
    assert!(letter.contains(PARENT) && letter.contains("Nobody had opened it"), "{letter}");
    assert_eq!(school.events(&mail.reference, "not-me").len(), 1);
}

#[test]
fn links_that_lead_nowhere_are_answered_alike_and_then_slowly() {
    let school = School::open("");
    let mail = school.wait_on_page();
    let secret = mail.path["/p/".len()..].to_owned();
    let altered = format!("{}{}", &secret[..39], if secret.ends_with('0') { '1' } else { '0' });
    let sent = &mail.sent["/sent/".len()..];
    let never = school.get(&format!("/p/{}", "a".repeat(40)), "").without_date();
    assert_eq!(never.0, 404);
    for bad in [altered.as_str(), &secret[..39], &secret.to_uppercase(), &format!("{secret}0"), "..%2f..", "%00", "x", sent] {
        assert_eq!(school.get(&format!("/p/{bad}"), "").without_date(), never, "{bad}");
    }
    assert_eq!(school.get(&format!("/sent/{secret}"), "").without_date(), never, "a recipient's link is no sender's");
    for page in ["/code", "/open", "/not-me", "/reply", "/leave"] {
        assert_eq!(school.post(&format!("/p/{altered}{page}"), "", "code=12345678").code, 404, "{page}");
    }
    let held_up = (0..60).any(|n| school.get(&format!("/p/{n:040}"), "").code == 429);
    assert!(held_up, "whoever tries link after link waits");
    assert_eq!(school.letters(PARENT).len(), 1);
}

#[test]
fn guessing_codes_ends_and_asking_for_them_too() {
    let school = School::open("");
    let mail = school.wait_on_page();
    let open = format!("{}/open", mail.path);
    let code = school.code(&mail.path, PARENT);
    let first = school.post(&open, "", &format!("code={}", wrong(&code)));
    for _ in 0..4 {
        assert_eq!(school.post(&open, "", &format!("code={}", wrong(&code))).code, 422);
    }
    let right = school.post(&open, "", &format!("code={code}"));
    assert_eq!(right.without_date(), first.without_date(), "five wrong ones, and the right one is void; nothing tells it apart");
    let answers: Vec<_> = (0..8).map(|_| school.post(&format!("{}/code", mail.path), "", "").without_date()).collect();
    assert!(
        answers.iter().all(|answer| *answer == answers[0] && answer.0 == 303),
        "the answer does not tell whether a code was mailed"
    );
    let all = wait_until("the codes", Duration::from_secs(30), || {
        let count = school.letters(PARENT).len();
        (count >= 6).then_some(count)
    });
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!((all, school.letters(PARENT).len()), (6, 6), "the notice, and five codes in an hour");
    let newest = digits(school.letters(PARENT).last().unwrap());
    let second = school.wait_on_page_for(OTHER, &plain(OTHER));
    assert_eq!(school.post(&format!("{}/open", second.path), "", &format!("code={newest}")).code, 422, "of another message");
    let in_code = school.enter(&second.path, OTHER);
    assert_eq!(school.get(&format!("{}/text", mail.path), &in_code).code, 303, "a session is for one message");
    assert!(school.get(&format!("{}/text", second.path), &in_code).body.contains(TEXT));
}

#[test]
fn what_a_mail_holds_runs_nowhere_and_fetches_nothing() {
    let school = School::open("");
    let mail = school.wait_on_page_for(PARENT, &hostile(PARENT));
    let cookie = school.enter(&mail.path, PARENT);
    let page = school.get(&mail.path, &cookie);
    for raw in ["<script", "<img src=x", "<svg", "onerror=alert(2)>"] {
        assert!(!page.body.contains(raw), "{raw}: {}", page.body);
    }
    let text = school.get(&format!("{}/text", mail.path), &cookie);
    assert!(text.body.contains(TEXT), "{}", text.body);
    for raw in [
        "alert(",
        "javascript:",
        "tracker.example/pixel",
        "tracker.example/css",
        "<form",
        "<iframe",
        "<svg",
        "<base",
        "http-equiv",
        "onclick",
    ] {
        assert!(!text.body.contains(raw), "{raw}: {}", text.body);
    }
    let file = school.get(&format!("{}/file/1", mail.path), &cookie);
    let disposition = file.field("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; ") && !disposition.contains('/') && !disposition.contains('<'), "{disposition}");
    assert_eq!(file.field("content-type"), Some("application/octet-stream"));
    assert!(file.field("content-security-policy").unwrap().contains("sandbox"));
    for page in ["/file/0", "/file/-1", "/file/99999999999999999999", "/file/..%2f..%2fmaster.key"] {
        assert_eq!(school.get(&format!("{}{page}", mail.path), &cookie).code, 404, "{page}");
    }
}

#[test]
fn a_reply_adds_no_field_goes_to_its_sender_alone_and_obeys_the_rules() {
    let school = School::open("");
    let mail = school.wait_on_page();
    let cookie = school.enter(&mail.path, PARENT);
    assert_eq!(school.reply(&mail.path, "", "Hello", &[]).code, 303, "without a session");
    assert_eq!(school.reply(&mail.path, &cookie, "  ", &[]).code, 422);
    let sent = school.reply(
        &mail.path,
        &cookie,
        "Bcc: x@evil.example\r\n\r\n.\r\nMAIL FROM:<x@evil.example>\r\n",
        &[("a%22%0D%0ABcc: x@evil.example%0D%0A.txt", "hi"), ("..\\..\\b.txt", "ho")],
    );
    assert_eq!(sent.code, 200, "{sent:?}");
    let answer = wait_until("the reply", Duration::from_secs(30), || {
        school.upstream.taken().into_iter().find(|mail| mail.text().contains("X-Schoolgate-Pickup-Reply"))
    });
    assert_eq!(answer.to, [OFFICE]);
    let text = answer.text();
    let (header, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(!header.to_lowercase().contains("bcc") && !header.contains("evil"), "{text}");
    assert!(!body.contains("\r\n.\r\nMAIL FROM") || body.contains("Content-Transfer-Encoding: quoted-printable"), "{text}");
    let inner = body.lines().filter(|line| line.starts_with("Content-") || line.starts_with(' '));
    assert!(inner.clone().count() > 5 && !body.contains("\\b.txt") && !body.contains("\nBcc: x@evil.example  .txt"), "{text}");
    let program = school.reply(&mail.path, &cookie, "Please run this", &[("tool.exe", "MZ not really")]);
    assert!(program.code == 422 && program.body.contains("Please do not send programs"), "{program:?}");
    assert!(program.body.contains("Please run this") && program.body.contains("Nothing has been sent yet"), "{}", program.body);
    for (fields, body) in [
        (
            vec![
                ("Content-Type", "multipart/form-data; boundary=xyz"),
                ("Origin", "https://evil.example"),
                ("Cookie", cookie.as_str()),
            ],
            "--xyz--\r\n",
        ),
        (vec![("Content-Type", "text/plain"), ("Cookie", cookie.as_str())], "x"),
        (vec![("Content-Type", "multipart/form-data; boundary=xyz"), ("Cookie", cookie.as_str())], "--xyz\r\nnonsense"),
    ] {
        let refused = ask(school.pages, "POST", &format!("{}/reply", mail.path), &fields, body);
        assert!((400..500).contains(&refused.code), "{refused:?}");
    }
    let crossed = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(ask(school.pages, "POST", &format!("{}/not-me", mail.path), &crossed, "").code, 403);
    assert_eq!(school.get(&mail.path, "").code, 200);
}

#[test]
fn a_reply_with_a_virus_is_refused() {
    let Some(clamd) = Clamd::start() else { return };
    let rule = "[[rule]]\nid = \"virus\"\nabout = \"No viruses\"\nwhen.attachment = \"infected\"\ndo.reject = \"It holds a virus\"\non_error = \"defer\"\n";
    let school = School::open(&format!("{}{rule}", clamd.section()));
    let mail = school.wait_on_page();
    let cookie = school.enter(&mail.path, PARENT);
    let eicar = schoolgate::scan::eicar();
    let refused = school.reply(&mail.path, &cookie, "See this", &[("photo.txt", &String::from_utf8_lossy(&eicar))]);
    assert!(refused.code == 422 && refused.body.contains("It holds a virus"), "{refused:?}");
    assert_eq!(school.reply(&mail.path, &cookie, "See this", &[("photo.txt", "clean")]).code, 200);
}

#[test]
fn the_store_without_the_link_opens_nothing() {
    let school = School::open("");
    let mail = school.wait_on_page();
    school.letter(OFFICE, 0, "/sent/");
    let aside = files(&school.gateway.path("store/aside"));
    assert_eq!(aside.len(), 1);
    let sealed = std::fs::read(&aside[0]).unwrap();
    assert!(memchr::memmem::find(&sealed, b"nurse").is_none());
    assert_nowhere(&school, &[&mail.path["/p/".len()..], &mail.sent["/sent/".len()..]]);
    // Its hash, which is all that the store has, is no link.
    let hash = sha256_hex(&mail.path.as_bytes()["/p/".len()..]);
    assert_eq!(school.get(&format!("/p/{}", &hash[..40]), "").code, 404);
    // A changed bit is noticed, and the way back is the sender's.
    let mut changed = sealed.clone();
    changed[3] ^= 1;
    std::fs::write(&aside[0], changed).unwrap();
    let cookie = school.enter(&mail.path, PARENT);
    assert_eq!(school.get(&format!("{}/text", mail.path), &cookie).code, 503);
    std::fs::write(&aside[0], sealed).unwrap();
    assert!(school.get(&format!("{}/text", mail.path), &cookie).body.contains(TEXT));
}

#[test]
fn what_has_come_to_its_end_is_destroyed_with_its_key() {
    let school = School::open("keep = \"6s\"\n");
    let mail = school.wait_on_page();
    assert_eq!(school.get(&mail.path, "").code, 200);
    let cookie = school.enter(&mail.path, PARENT);
    wait_until("its end", Duration::from_secs(20), || (school.get(&mail.path, &cookie).code == 404).then_some(()));
    assert_eq!(school.get(&format!("{}/text", mail.path), &cookie).code, 404);
    assert_eq!(school.post(&format!("{}/open", mail.path), "", "code=12345678").code, 404);
    wait_until("the sweep", Duration::from_secs(90), || {
        let gone = files(&school.gateway.path("store/aside")).is_empty();
        (gone && !school.events(&mail.reference, "pickup-expired").is_empty()).then_some(())
    });
    assert!(school.get(&mail.sent, "").body.contains("Its time is over, and it has been destroyed"));
}

#[test]
fn each_recipient_has_a_link_of_their_own_and_a_program_sends_none() {
    let school = School::open("");
    let reference = school.send(&[PARENT, OTHER], &plain(&format!("{PARENT}, {OTHER}")));
    let (one, other) = (link(&school.letter(PARENT, 0, "/p/"), "/p/"), link(&school.letter(OTHER, 0, "/p/"), "/p/"));
    assert_ne!(one, other);
    assert_eq!(school.events(&reference, "pickup-made").len(), 2);
    let cookie = school.enter(&one, PARENT);
    assert_eq!(school.get(&format!("{other}/text"), &cookie).code, 303);
    // Nobody at the school sent it, so nobody could read the answers: held, never plain.
    let mut session = Session::open(school.gateway.relay);
    assert!(
        session.command("MAIL FROM:<>").starts_with("250") && session.command(&format!("RCPT TO:<{PARENT}>")).starts_with("250")
    );
    assert!(session.command("DATA").starts_with("354"));
    session.say(format!("{}\r\n.\r\n", plain(PARENT)).as_bytes());
    assert!(session.reply().starts_with("250 "));
    let queue = school.gateway.json(&["queue", "list", "--json"]);
    assert!(queue.to_string().contains("no mailbox at the school for receipts and replies"), "{queue}");
}

#[test]
fn a_rule_that_names_pages_that_are_not_there_is_a_mistake() {
    let gateway = Gateway::prepare(25, RULES);
    let said = gateway.run(&["check"], "");
    let text = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(!said.status.success() && text.contains("no pages where people outside could pick it up"), "{text}");
    let good = School::open("");
    let mail = good.gateway.path("mail.eml");
    std::fs::write(&mail, plain(PARENT)).unwrap();
    let said = good.gateway.json(&["explain", "--json", "--from", OFFICE, "--to", PARENT, mail.to_str().unwrap()]);
    assert_eq!(said["copies"][0]["encrypt"], "pickup", "{said:#}");
    assert!(!good.gateway.path("store/aside").exists(), "explain seals nothing");
}
