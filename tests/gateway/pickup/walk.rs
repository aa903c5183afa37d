//! The same walk in a real browser, by keyboard alone: from the link to the secure reply, at the size of a telephone and of a desktop, by
//! day and by night, with axe's opinion of every page. `SCHOOLGATE_PICTURES=FOLDER` keeps a picture of each.

use std::path::PathBuf;

use super::chromium::{Chromium, axe};
use super::*;

/// A walk, and what axe says on the way.
struct Walk {
    browser: Chromium,
    axe: String,
    name: &'static str,
    wrong: Vec<String>,
}

impl Walk {
    /// Looks at the page that is there.
    fn look(&mut self, page: &str) {
        let found = self.browser.axe(&self.axe);
        self.wrong.extend(found.into_iter().map(|found| format!("{page} ({}): {found}", self.name)));
        if self.browser.is_too_wide() {
            self.wrong.push(format!("{page} ({}): wider than the window", self.name));
        }
        if let Some(folder) = std::env::var_os("SCHOOLGATE_PICTURES") {
            self.browser.picture(&PathBuf::from(folder).join(format!("{page}-{}.png", self.name)));
        }
    }
}

const LETTER: &str = "<h2>Plan of care for Sam</h2><p>Dear Ms Example,</p><p>Sam has been seen by the nurse. The plan of care is attached; \
    please read it, sign the last page and send it back.</p><table border=1><tr><th>Day</th><th>Time</th></tr><tr><td>Monday</td><td>9:15</td></tr>\
    </table><p>Kind regards<br>Office</p>";

fn letter() -> String {
    format!(
        "From: \"Ms Office\" <{OFFICE}>\r\nTo: {PARENT}\r\nDate: Thu, 26 Nov 2026 08:00:00 +0000\r\nSubject: Confidential: Sam's plan of care\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{LETTER}\r\n\
         --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"plan of care.pdf\"\r\n\r\n%PDF-plan\r\n--b--"
    )
}

#[test]
fn a_browser_walks_from_the_link_to_the_reply_and_axe_finds_nothing() {
    let Some(script) = axe() else { return };
    for (name, width, height, scheme) in
        [("phone", 360, 740, "light"), ("desktop", 1280, 900, "light"), ("night", 390, 844, "dark")]
    {
        let Some(mut browser) = Chromium::start() else { return };
        browser.size(width, height);
        browser.scheme(scheme);
        let school = School::open("");
        let mail = school.wait_on_page_for(PARENT, &letter());
        let walk = Walk { browser, axe: script.clone(), name, wrong: Vec::new() };
        let wrong = walk_through(walk, &school, &mail);
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(school.events(&mail.reference, "pickup-replied").len(), 1);
    }
}

fn walk_through(mut walk: Walk, school: &School, mail: &Waiting) -> Vec<String> {
    let site = format!("http://127.0.0.1:{}", school.pages);
    for (page, path) in [("front", "/"), ("help", "/help"), ("lost", "/p/x"), ("not-me", &format!("{}/not-me", mail.path))] {
        walk.browser.go(&format!("{site}{path}"));
        walk.look(page);
    }
    walk.browser.go(&format!("{site}{}", mail.path));
    walk.browser.sees("A secure message for you");
    walk.look("door");
    let known = school.letters(PARENT).len();
    walk.browser.tab_to("Send me a code");
    walk.browser.enter();
    walk.browser.sees("Type your code");
    walk.look("code");
    let code = digits(&school.letter(PARENT, known, "Your code to open"));
    walk.browser.tab_to("Code");
    walk.browser.types(&wrong(&code));
    walk.browser.enter();
    walk.browser.sees("That code is not right");
    walk.look("wrong-code");
    walk.browser.tab_to("Code");
    walk.browser.types(&code);
    walk.browser.enter();
    walk.browser.sees("Sam's plan of care");
    walk.look("message");
    walk.browser.tab_to("Reply securely");
    walk.browser.enter();
    walk.browser.sees("Your reply goes to");
    walk.look("reply");
    walk.browser.tab_to("Your reply");
    walk.browser.types("Thank you. It is signed.");
    walk.browser.choose("#files", "signed plan.txt", b"signed");
    walk.browser.tab_to("Send the reply");
    walk.browser.enter();
    walk.browser.sees("Your reply has been sent");
    walk.look("replied");
    let answer = wait_until("the reply", Duration::from_secs(30), || {
        school.upstream.taken().into_iter().find(|mail| mail.text().contains("X-Schoolgate-Pickup-Reply"))
    });
    assert!(answer.text().contains("It is signed.") && answer.text().contains("signed plan.txt"), "{}", answer.text());
    walk.browser.go(&format!("{site}{}/text", mail.path));
    walk.browser.shows_again(); // in its sandbox no script runs, not even axe
    walk.look("text");
    walk.browser.go(&format!("{site}{}", mail.sent));
    walk.look("sent");
    walk.browser.go(&format!("{site}{}", mail.path));
    walk.browser.tab_to("Finish");
    walk.browser.enter();
    walk.browser.sees("You have finished");
    walk.look("finished");
    walk.wrong
}
