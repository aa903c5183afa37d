//! What rules cost: 200 rules with 5,000 words, judging a mail of 20 KB, against judging it by no rule.
//!
//! Prints what they add for a mail in text, one in HTML and one in another script. `cargo bench --bench rules`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on stops, and says where")]

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use schoolgate::base::{Address, BodyKind, Envelope, ListenerKind, Origin, Recipient, Ref, ReversePath, Submission, Timestamp};
use schoolgate::config;
use schoolgate::message::Message;
use schoolgate::policy::Rules;

const RULES: usize = 200;
const WORDS: usize = 25;
const OCTETS: usize = 20 << 10;
const ROUNDS: usize = 300;
/// What the rules may add.
const ALLOWED: Duration = Duration::from_micros(300);

const SCHOOL: &str = r#"
schema = 1
[school]
name = "Oakfield School"
domains = ["oakfield.example"]
postmaster = "it@oakfield.example"
hostname = "mail.oakfield.example"
[store]
path = "data"
key_file = "master.key"
[[listen]]
kind = "relay"
address = "127.0.0.1:2525"
trusted = ["127.0.0.0/8"]
[antivirus]
clamd = "off"
[[route]]
name = "default"
host = "smtp.provider.example"
"#;

fn main() {
    let mut words = Syllables(7);
    let none = Rules::compile(&read(SCHOOL));
    let began = Instant::now();
    let many = Rules::compile(&read(&format!("{SCHOOL}{}", rules(&mut words))));
    println!("{RULES} rules with {} words: compiled in {:.0} ms", RULES * WORDS, began.elapsed().as_secs_f64() * 1e3);
    let text: String = body(|| words.word(2));
    let html = format!("<html><body><p>{}</p></body></html>", text.replace("\r\n", "<br>\r\n"));
    let typeset = text.replace("ra", "\u{2019}").replace("so", "\u{e9}");
    let other: String = body(|| ["привет", "школа", "родители", "собрание"][words.next() % 4].to_owned());
    for (what, kind, body) in [
        ("text", "plain", text),
        ("HTML", "html", html),
        ("text with accents and curly quotes", "plain", typeset),
        ("text in Cyrillic", "plain", other),
    ] {
        let mail = submission(kind, &body);
        let (without, with) = (time(&none, &mail), time(&many, &mail));
        let added = with.saturating_sub(without);
        let verdict = if added < ALLOWED { "within" } else { "over" };
        println!(
            "{what}, {} KB: {:.3} ms added to {:.3} ms ({verdict} {:.1} ms)",
            mail.raw.len() >> 10,
            ms(added),
            ms(without),
            ms(ALLOWED)
        );
    }
}

/// The median time of judging; the mail is opened anew each time, as nothing may be left over from the time before.
fn time(rules: &Rules, mail: &Submission) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let message = Message::parse(mail.raw.clone());
            let began = Instant::now();
            let verdicts = rules.judge(mail, &message);
            let took = began.elapsed();
            assert!(verdicts.rules.iter().all(|verdict| !verdict.matched()), "a word was found that is not there");
            took
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Rules of the kind schools write, each with words of its own: three syllables or a phrase of two words.
fn rules(words: &mut Syllables) -> String {
    let mut text = String::new();
    for number in 0..RULES {
        let list: Vec<String> =
            (0..WORDS).map(|n| if n % 5 == 0 { words.word(3) + "q " + &words.word(3) } else { words.word(3) + "q" }).collect();
        write!(text, "[[rule]]\nid = \"r{number}\"\nwhen.to = \"outside\"\nwhen.words = {list:?}\ndo.keep = \"ordinary\"\n")
            .unwrap();
    }
    text
}

fn body(mut word: impl FnMut() -> String) -> String {
    let mut text = String::new();
    while text.len() < OCTETS {
        text.push_str(&word());
        text.push_str(if text.len() % 72 < 8 { "\r\n" } else { " " });
    }
    text
}

fn read(text: &str) -> config::Config {
    config::parse(text, Path::new("/nowhere/config.toml")).unwrap_or_else(|mistakes| panic!("{mistakes}")).config
}

fn submission(kind: &str, body: &str) -> Submission {
    let from = Address::parse("staff@oakfield.example").unwrap();
    let to = Address::parse("parent@example.com").unwrap();
    let raw = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: Lunch menu\r\nMIME-Version: 1.0\r\nContent-Type: text/{kind}; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    );
    let received_at = Timestamp::UNIX_EPOCH;
    Submission {
        reference: Ref::new(received_at, [0; 3]),
        received_at,
        envelope: Envelope {
            reverse_path: ReversePath::Address(from),
            recipients: vec![Recipient::new(to)],
            body: BodyKind::EightBit,
            smtputf8: false,
            ret: None,
            envid: None,
        },
        origin: Origin {
            listener: ListenerKind::Relay,
            client: ([127, 0, 0, 1], 25).into(),
            helo: "bench".to_owned(),
            esmtp: true,
            tls: None,
            account: None,
        },
        raw: Bytes::from(raw),
    }
}

/// Words out of syllables, the same in every run.
struct Syllables(usize);

impl Syllables {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn word(&mut self, syllables: usize) -> String {
        const ALL: [&str; 16] =
            ["ra", "so", "ten", "lu", "mi", "kor", "ba", "den", "fi", "gal", "hu", "jo", "pel", "vi", "wan", "zy"];
        (0..syllables).map(|_| ALL[self.next() % ALL.len()]).collect()
    }
}
