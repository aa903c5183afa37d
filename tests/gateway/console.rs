//! Mail held for its sender, with the real program: the letter, the link in it, the page, each choice, and everything that must
//! not work.

use std::time::Duration;

pub mod browser;

use browser::{Page, ask, get, post};

use crate::world::gateway::OFFICE;
use crate::world::session::Session;
use crate::world::{Gateway, Upstream, free_port, wait_until};

/// A school whose rule holds every mail with marks for its sender.
struct School {
    upstream: Upstream,
    gateway: Gateway,
    console: u16,
}

/// A mail that waits, and the link in the letter about it.
struct Waiting {
    reference: String,
    path: String,
    letter: String,
}

const PARENT: &str = "parent@example.com";

const MARKS: &str = r#"
[[rule]]
id    = "marks"
about = "Marks go to people outside after a second look"
when.to           = "outside"
when.subject_word = ["marks"]
do.hold_for       = "sender"
do.after          = "2d"
on_error          = "hold"
"#;

fn console(port: u16) -> String {
    format!("[console]\naddress = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}/\"\n")
}

impl School {
    fn open(rules: &str) -> Self {
        Self::open_with(Upstream::start(), rules)
    }

    fn open_with(upstream: Upstream, rules: &str) -> Self {
        let console_port = free_port();
        let gateway = Gateway::start(upstream.port, &format!("{}{rules}", console(console_port)));
        Self { upstream, gateway, console: console_port }
    }

    /// Sends a mail that is held for its sender, and opens the letter about it.
    fn hold(&self, to: &[&str], subject: &str) -> Waiting {
        self.hold_for("waits for you to decide", to, subject)
    }

    fn hold_for(&self, whom: &str, to: &[&str], subject: &str) -> Waiting {
        let reply = Session::open(self.gateway.relay).send(to, subject, "The marks are enclosed.\r\n");
        assert!(reply.starts_with("250 2.0.0 "), "{reply}");
        let reference = reply.trim().rsplit(' ').next().expect("a reference").to_owned();
        let letter = wait_until("the letter to the sender", Duration::from_secs(20), || {
            let to_office = self.upstream.taken().into_iter().filter(|mail| mail.to == [OFFICE]);
            to_office.map(|mail| readable(&mail.text())).find(|text| text.contains(&reference) && text.contains(whom))
        });
        let token =
            letter.split_once("/held/").map(|(_, rest)| rest.chars().take_while(|c| !c.is_whitespace()).collect::<String>());
        Waiting { reference, path: format!("/held/{}", token.unwrap_or_default()), letter }
    }

    fn jobs(&self, reference: &str) -> Vec<serde_json::Value> {
        let queue = self.gateway.json(&["queue", "list", "--json"]);
        queue.as_array().expect("a list").iter().filter(|job| job["ref"] == reference).cloned().collect()
    }

    fn is_held(&self, reference: &str) -> bool {
        let jobs = self.jobs(reference);
        !jobs.is_empty() && jobs.iter().all(|job| job["state"] == "held")
    }

    /// The events of one name about a mail.
    fn events(&self, reference: &str, name: &str) -> Vec<serde_json::Value> {
        let shown = self.gateway.json(&["queue", "show", reference, "--json"]);
        let all = shown["events"].as_array().expect("events").iter().map(|entry| entry["event"].clone());
        all.filter(|event| event["event"] == name).collect()
    }

    fn arrived(&self, to: &str) -> usize {
        self.upstream.taken().iter().filter(|mail| mail.to.iter().any(|recipient| recipient == to)).count()
    }
}

/// The text of a letter, out of its quoted-printable form.
fn readable(text: &str) -> String {
    text.replace("=\r\n", "").replace("=3D", "=").replace("\r\n", "\n")
}

#[test]
fn a_sender_looks_says_why_and_sends_it_as_it_is() {
    let school = School::open(MARKS);
    let mail = school.hold(&[PARENT], "Marks of the spring term");
    for words in [
        "It waits for you to decide",
        "Why: Marks go to people outside",
        "If nobody decides before",
        "Opening the page does none of it",
    ] {
        assert!(mail.letter.contains(words), "{words} is missing: {}", mail.letter);
    }
    for method in ["GET", "HEAD", "GET"] {
        assert_eq!(ask(school.console, method, &mail.path, &[], "").code, 200);
    }
    let page = get(school.console, &mail.path);
    for words in [
        "Oakfield School",
        "Marks of the spring term",
        PARENT,
        "Marks go to people outside",
        "It is not sent. You can decide until",
        &mail.reference,
    ] {
        assert!(page.body.contains(words), "{words} is missing: {}", page.body);
    }
    assert!(school.is_held(&mail.reference) && school.arrived(PARENT) == 0, "looking changes nothing");

    for form in ["choice=as-it-is", "choice=as-it-is&reason=+", "reason=because", "", "choice=away"] {
        let page = post(school.console, &mail.path, form);
        assert!(page.code == 422 && page.body.contains("Nothing has been done yet"), "{form}: {page:?}");
    }
    assert!(school.is_held(&mail.reference), "a reason is required");

    let page = post(school.console, &mail.path, "choice=as-it-is&reason=The+parents+asked+for+them");
    assert!(page.code == 200 && page.body.contains("It is on its way"), "{page:?}");
    school.upstream.wait_for_mail_to(PARENT);
    let released = school.events(&mail.reference, "mail-released");
    assert_eq!(released.len(), 1);
    assert_eq!((&released[0]["by"], &released[0]["why"]), (&OFFICE.into(), &"The parents asked for them".into()));
    assert!(released[0].get("encrypt").is_none());

    let again = get(school.console, &mail.path);
    assert!(again.code == 200 && again.body.contains("This was decided already"), "{again:?}");
    for form in ["choice=stop", "choice=as-it-is&reason=again"] {
        assert_eq!(post(school.console, &mail.path, form).code, 409);
    }
    assert_eq!((school.arrived(PARENT), school.events(&mail.reference, "mail-released").len()), (1, 1));
}

#[test]
fn a_sender_does_not_send_it() {
    let school = School::open(MARKS);
    let mail = school.hold(&[PARENT], "Marks");
    let page = post(school.console, &mail.path, "choice=stop&reason=");
    assert!(page.code == 200 && page.body.contains("It will not be sent"), "{page:?}");
    assert!(school.jobs(&mail.reference).is_empty());
    let refused = school.events(&mail.reference, "mail-held-refused");
    assert_eq!((refused.len(), &refused[0]["by"]), (1, &OFFICE.into()));
    assert!(get(school.console, &mail.path).body.contains("You chose not to send this mail"));
    assert_eq!(school.arrived(PARENT), 0);
}

/// A route that takes TLS where it is offered.
fn sure(port: u16, ca: &str) -> String {
    format!(
        "{MARKS}do.route = \"sure\"\n[[route]]\nname = \"sure\"\nhost = \"localhost\"\nport = {port}\ntls = \"opportunistic\"\nca_file = \"{ca}\"\n"
    )
}

#[test]
fn encrypted_means_over_a_verified_connection() {
    let mut made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("upstream.pem"), folder.path().join("upstream.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let secure = Upstream::start_secure(&certificate, &key);
    let school = School::open(&sure(secure.port, certificate.to_str().unwrap()));
    let mail = school.hold(&[PARENT], "Marks");
    assert!(get(school.console, &mail.path).body.contains("proved who it is"));
    let page = post(school.console, &mail.path, "choice=encrypted&reason=");
    assert!(page.code == 200 && page.body.contains("on its way, encrypted"), "{page:?}");
    assert!(secure.wait_for_mail_to(PARENT).secure);
    let released = school.events(&mail.reference, "mail-released");
    assert_eq!((&released[0]["by"], &released[0]["encrypt"]), (&OFFICE.into(), &"tls-verified".into()));

    // The same host with a certificate that nothing vouches for.
    made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = folder.path().join("other.pem");
    std::fs::write(&other, made.cert.pem()).unwrap();
    let school = School::open(&sure(secure.port, other.to_str().unwrap()));
    let before = secure.taken().len();
    let mail = school.hold(&[PARENT], "Marks");
    assert_eq!(post(school.console, &mail.path, "choice=encrypted").code, 200);
    let why = wait_until("the try fails", Duration::from_secs(20), || {
        school.jobs(&mail.reference).first()?["last_error"].as_str().map(str::to_owned)
    });
    assert!(why.to_lowercase().contains("certificate"), "{why}");
    assert_eq!(secure.taken().len(), before, "nothing leaves over a connection that is not verified");
}

#[test]
fn encrypted_never_leaves_in_the_clear_and_holds_up_nobody_else() {
    let plain = Upstream::start();
    let school = School::open(&sure(plain.port, "certificate.pem"));
    let encrypted = school.hold(&[PARENT], "Marks");
    assert_eq!(post(school.console, &encrypted.path, "choice=encrypted").code, 200);
    let why = wait_until("the try fails", Duration::from_secs(20), || {
        school.jobs(&encrypted.reference).first()?["last_error"].as_str().map(str::to_owned)
    });
    assert!(why.contains("TLS"), "{why}");
    let other = school.hold(&["other@example.com"], "Marks");
    assert_eq!(post(school.console, &other.path, "choice=as-it-is&reason=agreed").code, 200);
    assert!(!plain.wait_for_mail_to("other@example.com").secure, "the route itself is well");
    assert!(plain.taken().iter().all(|mail| !mail.to.contains(&PARENT.to_owned())));
}

#[test]
fn encryption_is_not_offered_where_it_cannot_be_had() {
    let school = School::open(MARKS);
    let mail = school.hold(&[PARENT], "Marks");
    assert!(!get(school.console, &mail.path).body.contains("value=\"encrypted\""), "the route is set to no TLS");
    let page = post(school.console, &mail.path, "choice=encrypted");
    assert!(page.code == 422 && page.body.contains("cannot be sent encrypted"), "{page:?}");
    assert!(school.is_held(&mail.reference));
}

#[test]
fn a_link_that_is_not_valid_is_the_same_page_whatever_the_reason() {
    let over = MARKS.replace("2d", "1s").replace("\"marks\"", "\"quick\"");
    let school = School::open(&format!("{MARKS}{over}"));
    let mail = school.hold(&[PARENT], "Marks");
    let brief = school.hold(&[PARENT], "Quick");
    let decided = school.hold(&[PARENT], "Marks once more");
    school.gateway.succeed(&["queue", "release", &decided.reference, "--why", "agreed by telephone"], "");
    std::thread::sleep(Duration::from_millis(1100));
    let altered = |at: usize| {
        let mut path: Vec<char> = mail.path.chars().collect();
        path[at] = if path[at] == '0' { '1' } else { '0' };
        path.into_iter().collect::<String>()
    };
    let guess = format!("/held/{}", "0".repeat(40));
    let mut paths = vec![guess, brief.path.clone(), decided.path.clone(), format!("{}0", mail.path), format!("{}%00", mail.path)];
    paths.extend([
        altered(6),
        altered(20),
        altered(45),
        mail.path[..mail.path.len() - 1].to_owned(),
        mail.path.to_uppercase().replace("/HELD", "/held"),
    ]);
    paths.extend(["/held/%FF%FE".to_owned(), format!("/held/{}", "é".repeat(20)), "/held/..%2f..%2fetc%2fpasswd".to_owned()]);
    let first = get(school.console, &paths[0]).without_date();
    assert!(first.0 == 404 && first.2.contains("This link is no longer valid"), "{first:?}");
    for path in &paths {
        assert_eq!(get(school.console, path).without_date(), first, "{path}");
        let posted = post(school.console, path, "choice=as-it-is&reason=let+me+in");
        assert_eq!((posted.code, &posted.body), (404, &first.2), "{path}");
    }
    assert!(school.is_held(&mail.reference) && get(school.console, &mail.path).code == 200, "the link itself is unharmed");
    let why = &school.events(&decided.reference, "mail-released")[0]["why"];
    assert_eq!(why, "agreed by telephone");
}

#[test]
fn what_people_write_is_shown_and_never_obeyed() {
    let school = School::open(MARKS);
    let evil = "\"<img/src=x/onerror=alert(1)>\"@example.com";
    let mail = school.hold(&[evil], "Marks <script>alert('1')</script> \"quoted\" </title></dd>");
    let page = get(school.console, &mail.path);
    assert!(page.body.contains("Marks &lt;script&gt;") && page.body.contains("&lt;/title&gt;"), "{}", page.body);
    let long = format!("choice=as-it-is&reason={}", "%3C%2Ftextarea%3E%3Cscript%3Ealert(2)%3C%2Fscript%3E".repeat(20));
    let refused = post(school.console, &mail.path, &long);
    assert!(refused.code == 422 && refused.body.contains("&lt;/textarea&gt;&lt;script&gt;"), "{refused:?}");
    let reason = "fine%0D%0ABcc:+x@example.com%0D%0A%0D%0A%3Cscript%3E%1B%5B2J%E2%80%AE";
    let done = post(school.console, &mail.path, &format!("choice=as-it-is&reason={reason}"));
    assert_eq!(done.code, 200);
    for page in [&page, &refused, &done, &get(school.console, &mail.path)] {
        assert!(!page.body.contains("<script") && !page.body.contains("<img"), "{}", page.body);
    }
    let why = school.events(&mail.reference, "mail-released")[0]["why"].as_str().unwrap().to_owned();
    assert_eq!(why, "fine Bcc: x@example.com <script> [2J", "one line, without control characters");
    school.upstream.wait_for(2);
    for mail in school.upstream.taken() {
        assert!(mail.to.iter().all(|to| to != "x@example.com") && !mail.text().contains("\r\nBcc:"), "{}", mail.text());
    }
    let line = school.gateway.log().lines().find(|line| line.contains("mail-released")).expect("a log line").to_owned();
    assert!(line.contains("fine Bcc: x@example.com <script> [2J"), "{line}");
}

#[test]
fn only_our_own_form_acts() {
    let school = School::open(MARKS);
    let mail = school.hold(&[PARENT], "Marks");
    let form = "choice=as-it-is&reason=please";
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let own = format!("http://127.0.0.1:{}", school.console);
    let with = |fields: &[(&str, &str)], body: &str| ask(school.console, "POST", &mail.path, fields, body).code;
    assert_eq!(with(&[], form), 415);
    for other in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
        assert_eq!(with(&[("Content-Type", other)], form), 415);
    }
    assert_eq!(with(&[kind, ("Origin", "https://evil.example")], form), 403);
    assert_eq!(with(&[kind, ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")], form), 403);
    assert_eq!(with(&[kind], &format!("{form}&more={}", "x".repeat(20_000))), 413);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        assert_eq!(ask(school.console, method, &mail.path, &[kind], form).code, 405);
    }
    assert_eq!(get(school.console, &format!("{}?choice=stop", mail.path)).code, 200);
    assert!(school.is_held(&mail.reference), "nothing of this did anything");
    assert_eq!(with(&[kind, ("Origin", &own)], form), 200);
}

#[test]
fn every_answer_is_guarded() {
    let school = School::open(MARKS);
    let mail = school.hold(&[PARENT], "Marks");
    let answers: Vec<Page> = vec![
        get(school.console, &mail.path),
        get(school.console, "/held/nonsense"),
        get(school.console, "/"),
        ask(school.console, "PUT", &mail.path, &[], ""),
        post(school.console, &mail.path, ""),
        ask(school.console, "POST", &mail.path, &[], "x"),
    ];
    for page in answers {
        let policy = page.field("Content-Security-Policy").unwrap_or_default().to_owned();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        for part in ["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
        assert_eq!(page.field("Referrer-Policy"), Some("no-referrer"));
        assert_eq!(page.field("Cache-Control"), Some("no-store"));
        assert_eq!(page.field("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(page.field("Set-Cookie"), None);
        assert!(!page.body.contains("<script") && !page.body.contains("http"), "nothing of a third party: {}", page.body);
        let token = mail.path.trim_start_matches("/held/");
        assert!(!page.body.contains(token) && !page.head.contains(token), "no page repeats the secret");
    }
}

#[test]
fn the_secret_stands_nowhere_and_outlives_a_restart() {
    let mut school = School::open(MARKS);
    school.gateway.stop();
    school.gateway.serve_with(&[("SCHOOLGATE_LOG", "debug")]);
    let (kept, used) = (school.hold(&[PARENT], "Marks"), school.hold(&[PARENT], "Marks of another"));
    get(school.console, &used.path);
    assert_eq!(post(school.console, &used.path, "choice=stop").code, 200);
    let ledger = [&kept, &used].map(|mail| school.gateway.succeed(&["queue", "show", &mail.reference, "--json"], "")).concat();
    school.gateway.stop();
    let files = crate::world::gateway::files(&school.gateway.path("store"));
    assert!(files.len() >= 2, "{files:?}");
    for mail in [&kept, &used] {
        let token = mail.path.trim_start_matches("/held/");
        assert_eq!(token.len(), 40);
        assert!(!ledger.contains(token) && !school.gateway.log().contains(token));
        for file in &files {
            let bytes = std::fs::read(file).unwrap();
            assert!(memchr::memmem::find(&bytes, token.as_bytes()).is_none(), "the secret stands in {}", file.display());
        }
    }
    school.gateway.serve();
    assert!(get(school.console, &used.path).body.contains("You chose not to send this mail"));
    assert_eq!(post(school.console, &kept.path, "choice=stop").code, 200);
}

const SAFEGUARDING: &str = r#"
[[rule]]
id    = "council"
about = "Marks for the council are looked at by IT"
when.to           = "partners"
when.subject_word = ["marks"]
do.hold_for       = "technician"
on_error          = "hold"
"#;

#[test]
fn a_copy_that_waits_for_somebody_else_is_not_the_senders() {
    let marks = format!("{MARKS}unless.to = \"partners\"\n");
    let school = School::open(&format!("{marks}{SAFEGUARDING}"));
    let council = "clerk@council.example.gov.uk";
    let mail = school.hold(&[PARENT, council, "other@example.com"], "Marks");
    assert_eq!(school.jobs(&mail.reference).len(), 2);
    let page = get(school.console, &mail.path);
    assert!(
        page.body.contains(PARENT) && page.body.contains("other@example.com") && !page.body.contains(council),
        "{}",
        page.body
    );
    let told = wait_until("the letter to the technician", Duration::from_secs(20), || {
        school.upstream.taken().into_iter().find(|mail| mail.to == ["it@oakfield.example.sch.uk"])
    });
    let told = readable(&told.text());
    assert!(told.contains(council) && !told.contains("/held/") && !told.contains("Marks\n"), "{told}");
    assert!(told.contains(&format!("queue release {}", mail.reference)), "{told}");
    assert_eq!(post(school.console, &mail.path, "choice=as-it-is&reason=agreed").code, 200);
    school.upstream.wait_for_mail_to(PARENT);
    let left = school.jobs(&mail.reference);
    assert_eq!((left.len(), &left[0]["state"], &left[0]["recipients"][0]), (1, &"held".into(), &council.into()));
    assert_eq!(post(school.console, &mail.path, "choice=stop").code, 409);
    assert_eq!(school.arrived(council), 0);

    let theirs = school.hold_for("waits for the school's IT technician to decide", &[council], "Marks");
    assert_eq!(theirs.path, "/held/", "no link for a mail that is not theirs to decide: {}", theirs.letter);
}

#[test]
fn who_is_suspended_lets_nothing_go() {
    let school = School::open(MARKS);
    let mail = school.hold(&[PARENT], "Marks");
    school.gateway.succeed(&["user", "suspend", OFFICE, "--why", "a stolen password"], "");
    assert_eq!(get(school.console, &mail.path).code, 403);
    assert_eq!(post(school.console, &mail.path, "choice=as-it-is&reason=quick").code, 403);
    assert!(school.is_held(&mail.reference));
    school.gateway.succeed(&["user", "resume", OFFICE], "");
    assert_eq!(post(school.console, &mail.path, "choice=as-it-is&reason=all+is+well").code, 200);
}

#[test]
fn of_many_clicks_at_once_one_decides() {
    let school = School::open(MARKS);
    let mail = school.hold(&[PARENT], "Marks");
    let codes: Vec<u16> = std::thread::scope(|scope| {
        let click = |n: usize| if n.is_multiple_of(2) { "choice=stop" } else { "choice=as-it-is&reason=go" };
        let (port, path) = (school.console, &mail.path);
        let clicks: Vec<_> = (0..12).map(|n| scope.spawn(move || post(port, path, click(n)).code)).collect();
        clicks.into_iter().map(|click| click.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == 200).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 409).count(), 11, "{codes:?}");
    let decisions =
        school.events(&mail.reference, "mail-released").len() + school.events(&mail.reference, "mail-held-refused").len();
    assert_eq!(decisions, 1);
}

#[test]
fn whoever_tries_link_after_link_has_to_wait_and_nobody_else() {
    let school = School::open(MARKS);
    let mail = school.hold(&[PARENT], "Marks");
    let from = |visitor: &str, path: &str| ask(school.console, "GET", path, &[("X-Forwarded-For", visitor)], "");
    std::thread::scope(|scope| {
        for n in 0..60 {
            let from = &from;
            scope.spawn(move || from("192.0.2.66", &format!("/held/{n:040}")));
        }
    });
    let waits = from("192.0.2.66", &mail.path);
    assert!(waits.code == 429 && waits.field("Retry-After").is_some(), "{waits:?}");
    assert_eq!(from("192.0.2.67", &mail.path).code, 200);
}

#[test]
fn without_a_console_the_letter_says_whom_to_ask_and_check_warns() {
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, MARKS);
    assert!(Session::open(gateway.relay).send(&[PARENT], "Marks", "Enclosed.\r\n").starts_with("250 "));
    let letter = readable(&upstream.wait_for_mail_to(OFFICE).text());
    assert!(letter.contains("please answer this letter") && !letter.contains("/held/"), "{letter}");
    let said = gateway.run(&["check"], "");
    assert!(said.status.success());
    let said = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("without a [console] the sender has no page"), "{said}");
}

#[test]
fn the_console_is_neither_moved_nor_taken_away_under_its_readers() {
    let school = School::open(MARKS);
    let mail = school.hold(&[PARENT], "Marks");
    school.gateway.write_config(school.upstream.port, MARKS);
    school.gateway.signal("HUP");
    wait_until("the reload is refused", Duration::from_secs(15), || {
        school.gateway.log().contains("[console]'s address cannot change while the gateway runs").then_some(())
    });
    assert_eq!(get(school.console, &mail.path).code, 200, "the last good one stays in force");
    let renamed = console(school.console)
        .replace("127.0.0.1:{}/\"", "")
        .replace("public_url = \"http://127.0.0.1", "public_url = \"http://localhost");
    school.gateway.write_config(school.upstream.port, &format!("{renamed}{MARKS}"));
    school.gateway.signal("HUP");
    wait_until("the reload is taken", Duration::from_secs(15), || {
        school.gateway.log().contains("event=\"reloaded\"").then_some(())
    });
    let next = school.hold(&[PARENT], "Marks by another name");
    assert!(next.letter.contains(&format!("http://localhost:{}/held/", school.console)), "{}", next.letter);
}

#[test]
fn doctor_tries_the_port() {
    let school = School::open(MARKS);
    let report = school.gateway.run(&["doctor", "--json"], "");
    let report = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(report.contains(&format!("port 127.0.0.1:{}", school.console)), "{report}");
}
