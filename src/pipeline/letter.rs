//! Letters of our own to staff: a mail is held, was partly refused, came before a rule that wants somebody told.
//!
//! In: facts of a plan. Out: the bytes of a plain mail, marked as automatic (RFC 3834) so that nothing answers it.
//! The words are the gateway's whole face towards teachers: kind, short, saying what happens next. They name the subject and
//! the recipients of the sender's own mail, and go to nobody but those whom the rule names.

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Mailbox;
use mail_builder::headers::raw::Raw;

use crate::access::Case;
use crate::base::{Address, Ref, Secret, Timestamp};
use crate::config::{AfterHold, Holder, PrivacyWay, School};
use crate::plan::Private;
use crate::protect::password;

/// What a letter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub to: Address,
    /// What it is called in the ledger: `held`, `waits`, `partly-refused`, `password`, `privacy`, `refused`, `notify`,
    /// `case-asked`, `case-decided`, `glass-broken`, `clock-doubted`, `archive-damaged`, `checkpoint`.
    pub kind: &'static str,
    subject: String,
    text: String,
}

/// What a letter tells of the mail that it is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    pub reference: &'a Ref,
    /// Empty where it is not known (a mail that waited is not opened again).
    pub subject: &'a str,
    pub received_at: Timestamp,
}

/// What waits of a mail: all copies that one and the same person decides about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    pub whom: Holder,
    pub recipients: Vec<Address>,
    /// Each rule's own words, none twice.
    pub why: Vec<String>,
    /// When the first of them is decided by itself, and how.
    pub ends: Option<(Timestamp, AfterHold)>,
}

/// A password, and whose mail it opens.
#[derive(Clone, Copy)]
pub struct Opens<'a> {
    pub recipients: &'a [Address],
    pub password: &'a Secret,
    /// Whether the mail waits for a decision yet.
    pub waits: bool,
}

impl Letter {
    /// To the sender: your mail waits for a decision. `page` is where they decide, where it is theirs and there is a page: a secret.
    #[must_use]
    pub fn held(to: Address, about: About<'_>, wait: &Wait, page: Option<&str>) -> Self {
        let whom = match wait.whom {
            Holder::Sender => "you",
            Holder::Technician => "the school's IT technician",
            Holder::Approver => "the head teacher",
        };
        let text = format!(
            "Your mail has not left the school yet. It waits for {whom} to decide.\n\n{}{}\n{}{}\nYou need not send it again.\n",
            facts(about, &wait.recipients),
            reasons(&wait.why),
            match (wait.whom, page) {
                (Holder::Sender, Some(page)) => by_page(page),
                (Holder::Sender, None) => BY_ASKING.to_owned(),
                _ => String::new(),
            },
            end(wait)
        );
        Self { to, kind: "held", subject: format!("Waiting: {}", about.subject), text }
    }

    /// To the technician: a mail waits for you. It names no subject, which is not theirs to read.
    #[must_use]
    pub fn waits(to: Address, about: About<'_>, from: &str, wait: &Wait) -> Self {
        let About { reference, .. } = about;
        let text = format!(
            "A mail has not left the school yet. It waits for you to decide.\n\nFrom: {from}\n{}{}\n{}\nTo see where it stands:\n    \
             schoolgate queue show {reference}\nTo let it go:\n    schoolgate queue release {reference} --why '…'\nNot to send it; its \
             sender is told why:\n    schoolgate queue refuse {reference} --why '…'\n",
            facts(About { subject: "", ..about }, &wait.recipients),
            reasons(&wait.why),
            end(wait)
        );
        Self { to, kind: "waits", subject: format!("Waits for you: mail {reference}"), text }
    }

    /// To the sender: some recipients get your mail, these do not.
    #[must_use]
    pub fn partly_refused(to: Address, about: About<'_>, refused: &[(Address, String)]) -> Self {
        let list: String = refused.iter().map(|(address, why)| format!("  {address}\n    {why}\n")).collect();
        let text = format!(
            "Your mail went to some of its recipients, but not to these:\n\n{list}\n{}\nThe others have it; please do not send it to them again.\n",
            facts(about, &[])
        );
        Self { to, kind: "partly-refused", subject: format!("Not sent to everyone: {}", about.subject), text }
    }

    /// To the sender: your recipients do not see each other; what was done, and that nothing is left to do.
    #[must_use]
    pub fn privacy(to: Address, about: About<'_>, done: &[Private]) -> Self {
        let each: String = done.iter().map(private).collect();
        let text = format!(
            "People outside the school do not see each other's addresses in your mail. The gate sees to that, and nobody is left \
             out.\n\n{each}\n{}\nColleagues inside the school see the list as you wrote it, and so does the copy in your own Sent \
             folder. You need not do anything. Next time, putting such addresses in Bcc does the same.\n",
            facts(about, &[])
        );
        Self { to, kind: "privacy", subject: format!("Addresses kept private: {}", about.subject), text }
    }

    /// To the sender: your mail is an archive that a password opens; tell it by telephone.
    #[must_use]
    pub fn passwords(to: Address, about: About<'_>, opens: &[Opens<'_>]) -> Self {
        let each: String = opens.iter().map(password).collect();
        let text = format!(
            "Your mail leaves the school as a file that only a password opens. Please tell the password to the people it is for, by \
             telephone or in person. Never send it by mail, not even in a second one: whoever reads their mail would have both.\n\n\
             {each}\n{}\nNobody else has been told it, and it cannot be looked up again: please keep this letter until the file has \
             been opened.\n",
            facts(about, &[])
        );
        Self { to, kind: "password", subject: format!("Password to tell by telephone: {}", about.subject), text }
    }

    /// To the sender: the mail that waited will not be sent.
    #[must_use]
    pub fn refused(to: Address, reference: &Ref, received_at: Timestamp, recipients: &[Address], why: &str) -> Self {
        let about = About { reference, subject: "", received_at };
        let text = format!(
            "Your mail waited for somebody's decision, and will not be sent.\n\n{}\nWhy: {why}\n",
            facts(about, recipients)
        );
        Self { to, kind: "refused", subject: format!("Not sent: your mail {reference}"), text }
    }

    /// To whomever a rule names in `notify`.
    #[must_use]
    pub fn notify(to: Address, about: About<'_>, from: &str, recipients: &[Address], rule: &str, why: &str) -> Self {
        let text = format!(
            "The rule `{rule}` asks that you be told of this mail.\n\nFrom: {from}\n{}\nWhy: {why}\n",
            facts(about, recipients)
        );
        Self { to, kind: "notify", subject: format!("Rule {rule}: {}", about.subject), text }
    }

    /// To an approver: somebody asks for leave to read.
    #[must_use]
    pub fn case_asked(to: Address, case: &Case) -> Self {
        let number = case.number;
        let text = format!(
            "{} asks for leave to read mail in the school's archive. It waits for you to decide.\n\n{}\nTo give it:\n    schoolgate case \
             approve {number} --as {to}\nOr for fewer days: add --until DATE. Not to give it; who asked is told why:\n    schoolgate case \
             refuse {number} --why '…' --as {to}\n",
            case.asked_by,
            case_facts(case)
        );
        Self { to, kind: "case-asked", subject: format!("Waits for you: case {number}"), text }
    }

    /// To who asked and who may read: it is decided.
    #[must_use]
    pub fn case_decided(to: Address, case: &Case) -> Self {
        let number = case.number;
        let approved = case.decided.as_ref().is_some_and(|decision| decision.approved);
        let why = case.decided.as_ref().and_then(|decision| decision.why.as_ref());
        let why = why.map(|why| format!("Why: {}\n", one_line(why))).unwrap_or_default();
        let (word, next) = match approved {
            true => (
                "is approved",
                format!(
                    "What it covers can be read until the end of its last day:\n    schoolgate archive search --case {number} --as {to} \
                     '…'\nEvery look is written down. Please close the case as soon as it is done:\n    schoolgate case close {number} --as {to}\n"
                ),
            ),
            false => ("is refused", "Nothing may be read by it.\n".to_owned()),
        };
        let text = format!("Case {number} {word}.\n\n{}{why}\n{next}", case_facts(case));
        Self { to, kind: "case-decided", subject: format!("Case {number} {word}"), text }
    }

    /// To every approver and the postmaster: somebody reads the archive without a case.
    #[must_use]
    pub fn glass_broken(to: Address, who: &str, reason: &str) -> Self {
        let text = format!(
            "Somebody reads the school's archive without an approved case.\n\nWho: {}\nReason: {}\n\nThis is meant for emergencies. If \
             you know nothing of one, please ask them, and the school's data protection officer, today. What they looked for stands in \
             the ledger.\n",
            one_line(who),
            crate::base::one_line(reason).take(1000).collect::<String>()
        );
        Self { to, kind: "glass-broken", subject: "The archive is read without a case".to_owned(), text }
    }

    /// A letter in words that are ready.
    #[must_use]
    pub(super) fn plain(to: Address, kind: &'static str, subject: String, text: String) -> Self {
        Self { to, kind, subject, text }
    }

    /// To the postmaster: nothing is purged until somebody has looked at the clock.
    #[must_use]
    pub fn clock_doubted(to: Address, before: Timestamp, after: Timestamp) -> Self {
        let text = format!(
            "Mail in the archive is due to be destroyed, and it was not: between {before:.0} and {after:.0} the gateway wrote nothing down. \
             Either it was off, or its clock has jumped, and mail must not be destroyed by a clock that is wrong.\n\nPlease look at the \
             machine's clock. If it is right, run\n    schoolgate archive purge --confirm-clock\nand the gateway goes on by itself from \
             then. Until then nothing is lost and nothing is destroyed.\n"
        );
        Self { to, kind: "clock-doubted", subject: "Nothing is purged until somebody looks at the clock".to_owned(), text }
    }

    /// To the postmaster: what the nightly verification found, each fault on a line of its own.
    #[must_use]
    pub fn archive_damaged(to: Address, faults: &[String], more: u64) -> Self {
        let mut list: String = faults.iter().map(|fault| format!("    {fault}\n")).collect();
        if more > 0 {
            list.push_str(&format!("    and {more} more\n"));
        }
        let text = format!(
            "Each night the mail gate recomputes what it keeps. Last night not all was as it was written:\n\n{list}\nMail goes on as before. A disk that \
             begins to fail looks like this, and so does somebody who changed a file. Please look at the disk first (smartctl, dmesg), keep the last \
             good backup from being overwritten, and run\n    schoolgate archive verify\nto see all of it. What is damaged can be taken from the backup: the \
             manual says how under \"Is all there?\".\n"
        );
        Self { to, kind: "archive-damaged", subject: "The mail archive is damaged".to_owned(), text }
    }

    /// To the witness: a checkpoint to keep.
    #[must_use]
    pub fn checkpoint(to: Address, note: &str) -> Self {
        let text = format!(
            "{note}\nPlease keep this mail. It says what the ledger and the archive of the mail gate are today; with it anybody can show later \
             that nothing before today was changed or taken away:\n    schoolgate archive verify --checkpoint FILE\n"
        );
        Self { to, kind: "checkpoint", subject: "Checkpoint of the mail gate's ledger".to_owned(), text }
    }

    /// The letter as a mail, from the school's postmaster.
    #[must_use]
    pub fn write(&self, school: &School, at: Timestamp, reference: &Ref) -> Vec<u8> {
        let from = Mailbox::new_address(Some(format!("Mail gate of {}", one_line(&school.name))), school.postmaster.to_string());
        let mail = MessageBuilder::new()
            .from(from)
            .to(Mailbox::new_address(None::<String>, self.to.to_string()))
            .subject(one_line(&self.subject))
            .date(at.as_second())
            .message_id(format!("{reference}@{}", school.hostname))
            .header("Auto-Submitted", Raw::new("auto-generated"))
            .text_body(self.text.as_str());
        mail.write_to_vec().unwrap_or_default() // writing to memory does not fail
    }
}

/// What a case is about, for those who decide and those who read.
fn case_facts(case: &Case) -> String {
    let mailboxes: Vec<String> = case.asked.mailboxes.iter().map(ToString::to_string).collect();
    let auditors: Vec<String> = case.asked.auditors.iter().map(ToString::to_string).collect();
    let purpose: String = crate::base::one_line(&case.asked.purpose).collect();
    format!(
        "Kind: {}\nMailboxes: {}\nReceived: {} to {}\nPurpose: {purpose}\nWho would read: {}\nUntil: {}\n",
        case.asked.kind.as_str(),
        mailboxes.join(", "),
        case.asked.from,
        case.asked.to,
        auditors.join(", "),
        case.asked.until
    )
}

/// Whose password it is, and how it is written and said.
fn password(opens: &Opens<'_>) -> String {
    let list: Vec<String> = opens.recipients.iter().map(ToString::to_string).collect();
    let written = opens.password.reveal_str().unwrap_or_default();
    let said = password::spoken(opens.password).replace('\n', "\n    ");
    let waits = if opens.waits { "It waits for a decision first; you are told of that apart.\n" } else { "" };
    format!("For: {}\n{waits}\nPassword:\n    {written}\nAs it is said, letter by letter:\n    {said}\n\n", list.join(", "))
}

/// How many people, what they see, and the rule's own words.
fn private(done: &Private) -> String {
    let people = match done.recipients.len() {
        1 => "One person".to_owned(),
        several => format!("{several} people"),
    };
    let way = match done.way {
        PrivacyWay::Bcc => "the mail without the list of addresses, as blind copies",
        PrivacyWay::IndividualCopies => "a copy that names nobody but its own recipient",
    };
    format!("{people}: {way}.\nWhy: {}\n", one_line(&done.about))
}

fn by_page(page: &str) -> String {
    format!(
        "To see it and decide, please open this page:\n\n    {page}\n\nThere you can send it encrypted, send it as it is and say why, or \
         not send it. Opening the page does none of it yet. The link is yours alone: please do not pass it on.\n\n"
    )
}

const BY_ASKING: &str = "To have it sent, please answer this letter: it reaches the IT technician, who needs the reference above. Say whether it may go, and \
     why.\n\n";

fn reasons(why: &[String]) -> String {
    why.iter().map(|why| format!("Why: {}\n", one_line(why))).collect()
}

/// What happens when nobody decides.
fn end(wait: &Wait) -> String {
    match &wait.ends {
        Some((at, AfterHold::Release)) => format!("If nobody decides before {}, it will be sent then.\n", moment(*at)),
        Some((at, AfterHold::Refuse)) => format!("If nobody decides before {}, it will not be sent.\n", moment(*at)),
        None => "It waits until somebody decides.\n".to_owned(),
    }
}

/// A moment as our letters and pages say it: by this machine's time zone, which it names.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%-d %B %Y, %H:%M %Z").to_string()
}

pub(super) fn facts(about: About<'_>, recipients: &[Address]) -> String {
    let mut text = String::new();
    if !about.subject.is_empty() {
        text.push_str(&format!("Subject: {}\n", one_line(about.subject)));
    }
    if !recipients.is_empty() {
        let list: Vec<String> = recipients.iter().map(ToString::to_string).collect();
        text.push_str(&format!("For: {}\n", list.join(", ")));
    }
    let sent = moment(about.received_at);
    text.push_str(&format!("Sent: {sent}\nReference: {}\n", about.reference));
    text
}

/// A subject is somebody's words: no line of it may become a field of ours.
fn one_line(text: &str) -> String {
    crate::base::one_line(text).take(200).collect()
}
