//! The pages themselves: the one place of this room where HTML stands.
//!
//! In: what a link leads to, and what somebody typed. Out: whole pages. `maud` escapes every value that is put in; what is not escaped is
//! our own stylesheet, and the text of a message that `protect::page` has sanitised, which stands alone in a frame. No script; works by
//! keyboard and with a screen reader, and fits a telephone (WCAG 2.2 AA). The words are for parents, at home, in a hurry, who may read
//! English as their second language.

use axum::http::HeaderValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ring::digest::{SHA256, digest};

use super::colour::{self, Colour};
use crate::base::{Address, limits};
use crate::config::Config;
use crate::message::Message;
use crate::pipeline::letter::moment;
use crate::protect::page::Attachment;
use crate::protect::pickup::{Closed, Link, Pickup};

const STYLE: &str = include_str!("page.css");
/// Our colour, where the school has not given its own.
const COLOUR: Colour = [0x1c, 0x5b, 0x4c];
/// What the accent stands on: sheet and paper, by day and by night; as in `page.css`.
const LIGHT: [Colour; 2] = [[0xff, 0xfe, 0xfb], [0xf6, 0xf4, 0xef]];
const DARK: [Colour; 2] = [[0x1b, 0x22, 0x25], [0x14, 0x19, 0x1b]];
/// How the text of a mail looks in its frame: mails are made for white paper.
const FRAME_STYLE: &str = "html{color-scheme:light;background:#fff;color:#1b1b1b}\
    body{font:1rem/1.5 system-ui,sans-serif;margin:1rem;overflow-wrap:anywhere}img{max-width:100%;height:auto}\
    .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\
    blockquote{margin-left:.5rem;padding-left:.75rem;border-left:3px solid #888}table{max-width:100%}";

/// What all pages of a school have in common.
#[derive(Clone, Debug)]
pub(super) struct Look {
    school: String,
    /// What paths begin with, without a slash at its end.
    base: String,
    has_logo: bool,
    /// Whether files are scanned.
    scans: bool,
    /// The school's colour as a stylesheet.
    colours: String,
}

/// How somebody proves that the message is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Code,
    Passphrase,
}

impl Proof {
    /// The word in the ledger.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Passphrase => "passphrase",
        }
    }
}

/// What is wrong with a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Empty,
    TooLong,
    TooManyFiles,
    TooLarge(usize),
    TooOften,
    /// By a rule of the school, in its words.
    Refused(String),
}

impl Flaw {
    fn words(&self) -> String {
        match self {
            Self::Empty => "Please write something, or choose a file.".to_owned(),
            Self::TooLong => "Your text is too long. Please write it in a document, and attach that.".to_owned(),
            Self::TooManyFiles => format!("Please choose {} files at most.", limits::PICKUP_REPLY_FILES),
            Self::TooLarge(most) => {
                format!(
                    "Your files are too large: together they may have {} MB. Please choose fewer or smaller ones.",
                    most >> 20
                )
            }
            Self::TooOften => "You have sent many replies today. Please go on tomorrow, or telephone the school.".to_owned(),
            Self::Refused(why) => format!("The school’s mail system did not take your reply: {why}"),
        }
    }
}

/// What is wrong with a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SentFlaw {
    Length,
    TooLate,
}

/// What the page of a message says above and below its text.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    subject: String,
    from: String,
    date: Option<String>,
    files: Vec<String>,
}

impl Facts {
    pub(super) fn of(message: &Message, files: &[Attachment]) -> Self {
        let subject = message.subjects().into_iter().next().filter(|subject| !subject.trim().is_empty());
        Self {
            subject: subject.unwrap_or_else(|| "Message without a subject".to_owned()),
            from: message.values("from").into_iter().next().unwrap_or_default(),
            date: message.date().map(moment),
            files: files.iter().map(|file| file.name.clone()).collect(),
        }
    }
}

impl Look {
    pub(super) fn of(config: &Config) -> Self {
        let pickup = config.pickup.as_ref();
        let own = pickup.and_then(|pickup| pickup.colour).unwrap_or(COLOUR);
        Self {
            school: config.school.name.clone(),
            base: pickup.map(|pickup| pickup.public_url.path().to_owned()).unwrap_or_default(),
            has_logo: pickup.is_some_and(|pickup| pickup.logo.is_some()),
            scans: config.antivirus.clamd.is_some(),
            colours: colours(own),
        }
    }

    /// What a page may load and do: our two stylesheets by their hashes, the logo, the frame, and our own forms.
    pub(super) fn policy(&self) -> HeaderValue {
        let hash = |style: &str| BASE64_STANDARD.encode(digest(&SHA256, style.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}' 'sha256-{}'; img-src 'self'; frame-src 'self'; form-action 'self'; \
             frame-ancestors 'none'; base-uri 'none'",
            hash(STYLE),
            hash(&self.colours)
        );
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'; form-action 'self'"))
    }

    /// A path below a message; `rest` is empty or begins with a slash.
    pub(super) fn of_message(&self, link: &Link, rest: &str) -> String {
        format!("{}/p/{}{rest}", self.base, link.reveal())
    }

    pub(super) fn of_sender(&self, link: &Link) -> String {
        format!("{}/sent/{}", self.base, link.reveal())
    }
}

/// The accent by day and by night, and what is written on it.
fn colours(own: Colour) -> String {
    let rule = |on: &[Colour]| {
        let accent = colour::readable(own, on);
        format!(":root{{--accent:{};--on-accent:{}}}", colour::css(accent), colour::css(colour::ink_on(accent)))
    };
    format!("{}@media (prefers-color-scheme:dark){{{}}}", rule(&LIGHT), rule(&DARK))
}

/// `/`: nobody comes here by a link of ours.
pub(super) fn front(look: &Look) -> Markup {
    let text = html! {
        p { "People outside the school read confidential messages here." }
        p { "If you got a letter by e-mail about such a message, please open the link in that letter." }
    };
    plain(look, &format!("Secure messages from {}", look.school), &text)
}

/// The help page: ours, with the school's own words on top.
pub(super) fn help(look: &Look, own: Option<&str>) -> Markup {
    let text = html! {
        @if let Some(own) = own {
            @for paragraph in own.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) { p.own { (paragraph.trim()) } }
        }
        h2 { "How do I open a message?" }
        ol {
            li { "Open the link in the letter that we sent you by e-mail." }
            li { "Choose “Send me a code”. A second e-mail brings you a code of eight digits." }
            li { "Type the code on the page. The message opens." }
        }
        p { "If the sender gave you a passphrase, for example by telephone, the page asks for that instead, and there is no code." }
        h2 { "The code does not arrive" }
        p { "Wait a minute or two, and look in your spam or junk folder. The code goes to the address that our letter came to, and nowhere else. "
            "You can ask for another; only the newest counts, and each is good for 15 minutes. After a few in one hour no more are sent for a while." }
        h2 { "The link does not work" }
        p { "Messages are kept for a limited time, and the sender can take them back. Copy the whole link: it is long. If it still does not "
            "work, please ask the sender to send the message again." }
        h2 { "Can somebody else read it for me?" }
        p { "Not with the link alone: the code goes to your address. If you want somebody else to have it, please ask the school." }
        h2 { "How do I know that it is genuine?" }
        p { "We never ask for a password, for bank details, or for the code by telephone. If you are not sure, telephone the school on a number "
            "that you know from elsewhere." }
        h2 { "I still cannot open it" }
        p { "Please telephone the school office, or ask the sender for another way." }
    };
    plain(look, "Help with secure messages", &text)
}

/// What the link shows to whoever has it: no sender, no subject, the address half hidden.
pub(super) fn door(look: &Look, link: &Link, pickup: &Pickup, wrong: Option<Proof>) -> Markup {
    let title = "A secure message for you";
    let content = html! {
        (mistake(wrong, "passphrase"))
        h1 { (title) }
        p { (look.school) " has a confidential message for " strong { (masked(&pickup.recipient)) } ". You can open it until " (moment(pickup.ends)) "." }
        @if pickup.passphrase.is_some() {
            form method="post" action=(look.of_message(link, "/open")) {
                label for="passphrase" { "Passphrase" }
                p.hint #passphrase-hint { "The sender has told you a passphrase, most likely by telephone. Capital letters do not matter." }
                input #passphrase type="password" name="passphrase" required autocomplete="off" maxlength="400"
                    aria-describedby="passphrase-hint" aria-invalid=[wrong.map(|_| "true")];
                button type="submit" { "Open the message" }
            }
        } @else {
            p { "To make sure that it is you, we send a code to that address." }
            form method="post" action=(look.of_message(link, "/code")) { button type="submit" { "Send me a code" } }
            p { a href=(look.of_message(link, "/code")) { "I have a code already" } }
        }
        (warning(look, link))
    };
    layout(look, &shown(title, wrong.is_some()), &content)
}

/// Where the code is typed.
pub(super) fn code(look: &Look, link: &Link, pickup: &Pickup, wrong: Option<Proof>) -> Markup {
    let title = "Type your code";
    let content = html! {
        (mistake(wrong, "code"))
        h1 { (title) }
        p { "If you asked for a code, it is on its way to " strong { (masked(&pickup.recipient)) } ". It can take a minute or two; please look in "
            "your spam folder as well. Please leave this page open." }
        form method="post" action=(look.of_message(link, "/open")) {
            label for="code" { "Code" }
            p.hint #code-hint { "Eight digits, out of the newest e-mail" }
            input #code type="text" name="code" required inputmode="numeric" autocomplete="one-time-code" maxlength="20"
                aria-describedby="code-hint" aria-invalid=[wrong.map(|_| "true")];
            button type="submit" { "Open the message" }
        }
        h2 { "No code yet?" }
        p { "A new code makes the one before it useless. After a few in one hour no more are sent for a while." }
        form method="post" action=(look.of_message(link, "/code")) { button.second type="submit" { "Send me another code" } }
        (warning(look, link))
    };
    layout(look, &shown(title, wrong.is_some()), &content)
}

fn mistake(wrong: Option<Proof>, field: &str) -> Markup {
    let words = match wrong {
        None => return html! {},
        Some(Proof::Code) => "That code is not right, or its time is over. Please type it again, or ask for another one.",
        Some(Proof::Passphrase) => "That is not the passphrase. Please try again, or ask the sender.",
    };
    html! { div.wrong role="alert" { h2 { "It did not open" } p { a href={ "#" (field) } { (words) } } } }
}

fn shown(title: &str, is_wrong: bool) -> String {
    if is_wrong { format!("Not open yet: {title}") } else { title.to_owned() }
}

fn warning(look: &Look, link: &Link) -> Markup {
    html! {
        div.aside {
            p { "This link is for you alone. Please do not forward it: nobody else can open the message with it." }
            p { a href=(look.of_message(link, "/not-me")) { "This message is not for me" } }
        }
    }
}

/// An open message.
pub(super) fn message(look: &Look, link: &Link, pickup: &Pickup, facts: &Facts) -> Markup {
    let text = look.of_message(link, "/text");
    let content = html! {
        h1 dir="auto" { (facts.subject) }
        dl {
            div { dt { "From" } dd dir="auto" { (facts.from) } }
            @if let Some(date) = &facts.date { div { dt { "Written" } dd { (date) } } }
            div { dt { "For" } dd { (pickup.recipient) } }
            div { dt { "Here until" } dd { (moment(pickup.ends)) } }
        }
        h2 #text { "Message" }
        iframe src=(text) title="Text of the message" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" {}
        p.small { a href=(text) target="_blank" rel="noopener noreferrer" { "Show the text on a page of its own" } }
        @if !facts.files.is_empty() {
            h2 { "Attachments" }
            ul.files {
                @for (number, name) in facts.files.iter().enumerate() {
                    li { a href=(look.of_message(link, &format!("/file/{}", number + 1))) download { (name) } }
                }
            }
        }
        p { a href=(look.of_message(link, "/all")) download { "Save the message and everything with it (zip)" } }
        div.acts {
            a.button href=(look.of_message(link, "/reply")) { "Reply securely" }
            form method="post" action=(look.of_message(link, "/leave")) { button.second type="submit" { "Finish" } }
        }
        div.aside {
            p { "Please be careful whom you show this to: it is confidential. On a computer that others use, choose “Finish” when you are done." }
            p { a href=(look.of_message(link, "/not-me")) { "This message is not for me" } }
        }
    };
    layout(look, &facts.subject, &content)
}

/// What stands in the frame; `fragment` is sanitised.
pub(super) fn frame(fragment: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Text of the message" }
                style { (PreEscaped(FRAME_STYLE)) }
            }
            body { main { h1.unseen { "Text of the message" } (PreEscaped(fragment)) } }
        }
    }
}

/// The form of a reply, with what was typed.
pub(super) fn reply(look: &Look, link: &Link, pickup: &Pickup, (text, flaw): (&str, Option<&Flaw>)) -> Markup {
    let title = "Reply securely";
    let content = html! {
        @if let Some(flaw) = flaw {
            div.wrong role="alert" {
                h2 { "Nothing has been sent yet" }
                p { a href="#text" { (flaw.words()) } }
                @if !text.is_empty() { p { "Your text is still here. Files have to be chosen again." } }
            }
        }
        h1 { (title) }
        p { "Your reply goes to " strong { (pickup.sender) } " and to nobody else." }
        form method="post" action=(look.of_message(link, "/reply")) enctype="multipart/form-data" {
            label for="text" { "Your reply" }
            textarea #text name="text" rows="10" dir="auto" aria-invalid=[flaw.map(|_| "true")] { (text) }
            label for="files" { "Files (if you want)" }
            p.hint #files-hint { "Photographs and documents." @if look.scans { " Each is checked for viruses." } }
            input #files type="file" name="files" multiple aria-describedby="files-hint";
            button type="submit" { "Send the reply" }
        }
        p { a href=(look.of_message(link, "")) { "Back to the message" } }
    };
    layout(look, &if flaw.is_some() { format!("Not sent yet: {title}") } else { title.to_owned() }, &content)
}

pub(super) fn replied(look: &Look, link: &Link) -> Markup {
    let text = html! {
        p { "Thank you. Your reply is on its way to the sender." }
        p { a href=(look.of_message(link, "")) { "Back to the message" } }
    };
    plain(look, "Your reply has been sent", &text)
}

/// The question before a message is closed.
pub(super) fn not_me(look: &Look, link: &Link, pickup: &Pickup) -> Markup {
    let text = html! {
        p { "We sent this link to " strong { (masked(&pickup.recipient)) } ". If you do not know what it is about, or you are not the person "
            "who should read it, please tell us." }
        p { "Then nobody can open the message with this link any more, and the sender hears of it. You need not do anything else." }
        form method="post" action=(look.of_message(link, "/not-me")) { button type="submit" { "It is not for me" } }
        p { a href=(look.of_message(link, "")) { "It is for me: go back" } }
    };
    plain(look, "Is this message not for you?", &text)
}

pub(super) fn thanks_not_me(look: &Look) -> Markup {
    let text = html! { p { "Nobody can open the message any more, and the sender has been told. Please delete the letter with the link." } };
    plain(look, "Thank you for telling us", &text)
}

pub(super) fn left(look: &Look) -> Markup {
    let text = html! { p { "To read the message again, open the link in our letter once more. You will need a new code." } };
    plain(look, "You have finished", &text)
}

/// The sender's page: how things stand with each recipient.
pub(super) fn sent(look: &Look, link: &Link, all: &[Pickup], flaw: Option<(&str, SentFlaw)>) -> Markup {
    let title = "Your secure message";
    let reference = all.first().map(|pickup| pickup.reference.to_string()).unwrap_or_default();
    let content = html! {
        @if let Some((id, flaw)) = flaw {
            @let words = match flaw {
                SentFlaw::Length => "A passphrase has 8 characters at least; three or four words are good.",
                SentFlaw::TooLate => "It was opened or closed meanwhile, so a passphrase would be of no use.",
            };
            div.wrong role="alert" { h2 { "Nothing has been done yet" } p { a href={ "#passphrase-" (id) } { (words) } } }
        }
        h1 { (title) }
        p { "This is about your mail " (reference) ". The people below read it on a page of the school." }
        @for pickup in all { (one_sent(look, link, pickup)) }
    };
    layout(look, &if flaw.is_some() { format!("Not done yet: {title}") } else { title.to_owned() }, &content)
}

fn one_sent(look: &Look, link: &Link, pickup: &Pickup) -> Markup {
    let action = look.of_sender(link);
    let field = format!("passphrase-{}", pickup.id);
    let whom = pickup.recipient.to_string();
    html! {
        section.card {
            h2 { (whom) }
            p { (standing(pickup)) }
            @if pickup.closed.is_none() {
                @if pickup.opened_at.is_none() {
                    details {
                        summary { @if pickup.passphrase.is_some() { "Change the passphrase" } @else { "Set a passphrase" } }
                        form method="post" action=(action) {
                            input type="hidden" name="id" value=(pickup.id);
                            label for=(field) { "Passphrase for " (whom) }
                            p.hint id={ (field) "-hint" } {
                                "It takes the place of the code by mail. Tell it by telephone or in person, never by mail. 8 characters at least."
                            }
                            input id=(field) type="text" name="passphrase" required autocomplete="off" minlength="8" maxlength="200"
                                aria-describedby={ (field) "-hint" };
                            button.second type="submit" name="do" value="passphrase" { "Set the passphrase" }
                        }
                    }
                }
                form method="post" action=(action) {
                    input type="hidden" name="id" value=(pickup.id);
                    button.second type="submit" name="do" value="revoke" aria-label={ "Take it back from " (whom) } { "Take it back" }
                }
            }
        }
    }
}

fn standing(pickup: &Pickup) -> String {
    let opened = pickup.opened_at.map(|at| format!("First opened at {}.", moment(at)));
    let opened = opened.unwrap_or_else(|| "Not opened.".to_owned());
    let proof = if pickup.passphrase.is_some() { " They need the passphrase that you set." } else { "" };
    match pickup.closed {
        None => format!("{opened} It can be opened until {}.{proof}", moment(pickup.ends)),
        Some(Closed::Expired) => format!("{opened} Its time is over, and it has been destroyed."),
        Some(Closed::Revoked) => format!("{opened} You took it back, and it has been destroyed."),
        Some(Closed::NotMe) => format!("{opened} Somebody said that it is not for them, and it has been destroyed."),
    }
}

/// One page for every link that leads nowhere, whatever the reason.
pub(super) fn not_valid(look: &Look) -> Markup {
    let text = html! {
        p { "Its time may be over, the sender may have taken the message back, or the link was not copied whole." }
        p { "Please open the link in our letter again. If that does not help, ask the sender to send the message once more." }
    };
    plain(look, "This link does not lead to a message", &text)
}

pub(super) fn not_from_here(look: &Look) -> Markup {
    let text = html! { p { "What came here was not the form of this page. Please open the link in our letter again." } };
    plain(look, "Nothing has been done", &text)
}

pub(super) fn wait_first(look: &Look) -> Markup {
    let text = html! { p { "Too much that was not right came from where you are. Please try again in a minute." } };
    plain(look, "Please wait a little", &text)
}

pub(super) fn not_now(look: &Look) -> Markup {
    let text = html! { p { "Something of ours does not work just now. Nothing is lost." } };
    plain(look, "Please try again in a few minutes", &text)
}

pub(super) fn nothing_here(look: &Look) -> Markup {
    plain(look, "There is no such page", &html! { p { "Please open the link in our letter." } })
}

/// Enough of an address to know whether it is one's own.
fn masked(address: &Address) -> String {
    let first: String = address.local().chars().take(1).collect();
    format!("{first}•••@{}", address.domain())
}

fn plain(look: &Look, title: &str, text: &Markup) -> Markup {
    layout(look, title, &html! { h1 { (title) } (text) })
}

fn layout(look: &Look, title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – " (look.school) }
                style { (PreEscaped(STYLE)) }
                style { (PreEscaped(&look.colours)) }
            }
            body {
                header {
                    @if look.has_logo { img src={ (look.base) "/logo" } alt=""; }
                    span { (look.school) }
                }
                main { (content) }
                footer { p { a href={ (look.base) "/help" } { "Help with secure messages" } } }
            }
        }
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
