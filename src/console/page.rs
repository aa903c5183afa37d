//! The pages themselves: the one place of the console where HTML stands.
//!
//! In: what a link leads to. Out: whole pages. `maud` escapes every value that is put in; what is not escaped is our own stylesheet.
//! The pages need no script, work by keyboard and with a screen reader, and fit a telephone (WCAG 2.2 AA). The words are for
//! teachers: no jargon, what happens next, and nothing to be afraid of.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ring::digest::{SHA256, digest};

use super::form::{Form, Missing};
use crate::base::limits;
use crate::config::{AfterHold, School};
use crate::pipeline::letter::moment;
use crate::queue::{Decided, Demand, Job, Linked, State};

const STYLE: &str = include_str!("page.css");

/// What a page may load and do: our stylesheet by its hash, and our own form. Nothing else.
pub(super) static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'; form-action 'self'"))
});

/// The form as somebody left it, and what it lacks.
pub(super) struct Filled {
    pub(super) form: Form,
    pub(super) missing: Option<Missing>,
    /// The encryption that is offered.
    pub(super) encryption: Option<Demand>,
}

impl Filled {
    /// Nothing chosen yet.
    pub(super) fn blank(encryption: Option<Demand>) -> Self {
        Self { form: Form::default(), missing: None, encryption }
    }
}

impl Missing {
    /// What to do about it, and which field it is about.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Choice => ("Please choose one of the three.", "encrypted"),
            Self::Reason => ("Please write why it is all right to send it.", "reason"),
            Self::Brevity => ("Please say it in fewer words: 500 characters at most.", "reason"),
            Self::Encryption => ("It cannot be sent encrypted from here at the moment. Please choose another.", "as-it-is"),
        }
    }
}

/// What waits, and the question.
pub(super) fn held(school: &School, linked: &Linked, filled: &Filled) -> Markup {
    let title = "Your mail is waiting for you";
    let shown = if filled.missing.is_some() { format!("Not done yet: {title}") } else { title.to_owned() };
    let content = html! {
        @if let Some(missing) = filled.missing {
            @let (words, field) = missing.words();
            div.wrong role="alert" { h2 { "Nothing has been done yet" } p { a href={ "#" (field) } { (words) } } }
        }
        h1 { (title) }
        p { "It has not left the school yet. Please have a look, and choose what should happen to it." }
        (facts(linked))
        (question(filled))
    };
    layout(school, &shown, &content, Some(linked.reference.as_str()))
}

fn facts(linked: &Linked) -> Markup {
    let received = linked.jobs.first().map(|job| moment(job.received_at));
    html! {
        dl {
            div { dt { "Subject" } dd { (linked.subject) } }
            div { dt { "To" } (recipients(&linked.jobs)) }
            @if let Some(received) = received { div { dt { "Written" } dd { (received) } } }
            div { dt { "Why it waits" } @for why in reasons(&linked.jobs) { dd { (why) } } }
            div { dt { "If you do nothing" } dd { (end(&linked.jobs)) } }
        }
    }
}

/// All recipients; a long list folds.
fn recipients(jobs: &[Job]) -> Markup {
    const SHOWN: usize = 6;
    let all: Vec<String> = jobs.iter().flat_map(Job::addresses).map(|address| address.to_string()).collect();
    html! {
        @if all.len() <= SHOWN + 1 {
            @for address in &all { dd { (address) } }
        } @else {
            @for address in all.iter().take(SHOWN) { dd { (address) } }
            dd { details { summary { "and " (all.len() - SHOWN) " more" } ul { @for address in all.iter().skip(SHOWN) { li { (address) } } } } }
        }
    }
}

/// The words of each rule that holds a copy, none twice.
fn reasons(jobs: &[Job]) -> Vec<&str> {
    let mut reasons: Vec<&str> = Vec::new();
    for job in jobs {
        if let State::Held { why, .. } = &job.copy.state
            && !reasons.contains(&why.as_str())
        {
            reasons.push(why);
        }
    }
    reasons
}

fn end(jobs: &[Job]) -> String {
    let ends = jobs.iter().filter_map(|job| match &job.copy.state {
        State::Held { until, then, .. } => Some(((*until)?, *then)),
        State::Waiting { .. } => None,
    });
    match ends.min_by_key(|(until, _)| *until) {
        Some((until, AfterHold::Release)) => format!("It is sent on {}.", moment(until)),
        Some((until, AfterHold::Refuse)) => format!("It is not sent. You can decide until {}.", moment(until)),
        None => "It goes on waiting for you.".to_owned(),
    }
}

fn question(filled: &Filled) -> Markup {
    html! {
        form method="post" {
            fieldset {
                legend { "What should happen to it?" }
                @if filled.encryption.is_some() {
                    (choice(filled, Form::ENCRYPTED, "Send it encrypted", &html! {
                        "It leaves the school only over a connection whose other end has proved who it is, so nobody can read it on "
                        "that way. If there is no such connection, it is not sent, and you get a report."
                    }, None))
                }
                (choice(filled, Form::AS_IT_IS, "Send it as it is, because …", &html! {
                    "It goes the usual way. Your reason is kept with the school’s record of this mail."
                }, Some(reason(filled))))
                (choice(filled, Form::STOP, "Don’t send it", &html! { "Nobody gets it. You can always write another one." }, None))
            }
            button type="submit" { "Confirm" }
        }
    }
}

fn choice(filled: &Filled, word: &str, label: &str, hint: &Markup, more: Option<Markup>) -> Markup {
    let is_chosen = filled.form.choice == word;
    html! {
        div.choice {
            input type="radio" name="choice" id=(word) value=(word) required checked[is_chosen] aria-describedby={ (word) "-hint" };
            label for=(word) { (label) }
            p.hint id={ (word) "-hint" } { (hint) }
            @if let Some(more) = more { (more) }
        }
    }
}

fn reason(filled: &Filled) -> Markup {
    let flaw = filled.missing.filter(|missing| matches!(missing, Missing::Reason | Missing::Brevity));
    html! {
        div.reason {
            label for="reason" { "Why is it all right to send it?" }
            @if let Some(flaw) = flaw { p.mistake #reason-mistake { (flaw.words().0) } }
            textarea #reason name="reason" rows="3" maxlength=(limits::REASON_CHARACTERS) autocomplete="off"
                aria-invalid=[flaw.map(|_| "true")] aria-describedby=[flaw.map(|_| "reason-mistake")] { (filled.form.reason) }
        }
    }
}

/// The answer to a choice.
pub(super) fn decided_now(school: &School, linked: &Linked, decided: Decided) -> Markup {
    let (title, text) = match decided {
        Decided::Encrypted => (
            "It is on its way, encrypted",
            "It leaves the school only over a connection whose other end has proved who it is. If it cannot, you get a report.",
        ),
        Decided::AsItIs => ("It is on its way", "Your reason is kept with the school’s record of this mail."),
        Decided::Stopped => ("It will not be sent", "Nobody gets it. If you change your mind, please write it again."),
    };
    let content = html! {
        h1 { (title) }
        p { "Thank you. " (text) }
        dl { div { dt { "Subject" } dd { (linked.subject) } } div { dt { "To" } (recipients(&linked.jobs)) } }
        p { "There is nothing more to do, and you can close this page." }
    };
    layout(school, title, &content, Some(linked.reference.as_str()))
}

/// A link that was used already.
pub(super) fn decided_before(school: &School, decided: Decided) -> Markup {
    let text = match decided {
        Decided::Encrypted => "You chose to send this mail encrypted.",
        Decided::AsItIs => "You chose to send this mail as it is.",
        Decided::Stopped => "You chose not to send this mail.",
    };
    plain(school, "This was decided already", &html! { p { (text) " There is nothing more to do." } })
}

/// Somebody was quicker, between the look and the deed.
pub(super) fn overtaken(school: &School) -> Markup {
    plain(
        school,
        "This was decided already",
        &html! { p { "Somebody was a moment quicker, and nothing more was done." } (ask(school)) },
    )
}

/// One page for every link that leads nowhere, whatever the reason.
pub(super) fn not_valid(school: &School) -> Markup {
    let text =
        "The mail may have been decided about by somebody else, its time to wait may be over, or the link was not copied whole.";
    plain(school, "This link is no longer valid", &html! { p { (text) } (ask(school)) })
}

pub(super) fn not_from_here(school: &School) -> Markup {
    let text = "What came here was not the form of this page. Please open the link in your letter again, and choose there.";
    plain(school, "Nothing has been done", &html! { p { (text) } (ask(school)) })
}

pub(super) fn suspended(school: &School) -> Markup {
    plain(school, "Your account cannot send mail now", &html! { p { "Your mail still waits." } (ask(school)) })
}

pub(super) fn wait_first(school: &School) -> Markup {
    let text = "Too many links that are not valid came from where you are. Please try again in a minute.";
    plain(school, "Please wait a little", &html! { p { (text) } (ask(school)) })
}

pub(super) fn not_now(school: &School) -> Markup {
    let text = "Your choice could not be kept safely just now, and nothing has been done. Your mail still waits.";
    plain(school, "Please try again in a few minutes", &html! { p { (text) } (ask(school)) })
}

pub(super) fn nothing_here(school: &School) -> Markup {
    plain(school, "There is no such page", &html! { p { "Please open the link in your letter." } (ask(school)) })
}

fn ask(school: &School) -> Markup {
    html! { p { "If you are unsure, please ask the school’s IT technician at " (school.postmaster) "." } }
}

fn plain(school: &School, title: &str, text: &Markup) -> Markup {
    layout(school, title, &html! { h1 { (title) } (text) }, None)
}

fn layout(school: &School, title: &str, content: &Markup, reference: Option<&str>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – " (school.name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { (school.name) }
                main { (content) }
                @if let Some(reference) = reference {
                    footer { p { "Questions? Please ask the IT technician at " (school.postmaster) ", and name the reference " (reference) "." } }
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
