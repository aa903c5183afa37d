//! `doctor`: tries everything the config names, before a mail has to find out.
//!
//! In: a sound [`Config`], and findings that the caller already has. Out: a [`Report`], one line each: `ok`, `warn`, or `BAD`
//! with the way to mend it. It changes nothing: ports are opened and closed again, a scrap file is written and
//! removed, an upstream is signed in to and left with QUIT before any mail is named. Invariants: every wait is bounded; no finding
//! shows a password, a key or content. What can fail is what it is for; it never fails itself.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::remedy::{self, Fault};
use crate::config::Config;
use crate::deliver::{SystemNames, Warrants};

mod certificates;
mod choices;
mod clamd;
mod kept;
mod names;
mod place;
mod ports;
mod upstream;
mod vouching;

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Ok,
    /// Works now, but should be looked at.
    Warn,
    /// Does not work.
    Bad,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What was tried, such as `port 0.0.0.0:587` or `route default`.
    pub name: String,
    pub verdict: Verdict,
    /// What was found.
    pub text: String,
    /// The way to mend it, where it is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

/// All findings. As text it is one line each; as JSON one document `{"well", "findings": […]}`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Nothing is BAD.
    pub well: bool,
    pub findings: Vec<Finding>,
}

impl Finding {
    /// Something that is well.
    #[must_use]
    pub fn ok(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), verdict: Verdict::Ok, text: text.into(), mend: None }
    }

    /// Something to look at.
    #[must_use]
    pub fn warn(name: impl Into<String>, fault: Fault) -> Self {
        Self { name: name.into(), verdict: Verdict::Warn, text: fault.what, mend: Some(fault.mend) }
    }

    /// Something that does not work.
    #[must_use]
    pub fn bad(name: impl Into<String>, fault: Fault) -> Self {
        Self { name: name.into(), verdict: Verdict::Bad, text: fault.what, mend: Some(fault.mend) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Bad => "BAD ",
        };
        // Sentences of `remedy` stand alone in `serve`, and so begin with what they are about.
        match says_its_name(&self.text, &self.name) {
            true => write!(f, "{mark} {}", self.text)?,
            false => write!(f, "{mark} {}: {}", self.name, self.text)?,
        }
        self.mend.as_ref().map_or(Ok(()), |mend| write!(f, " — {mend}"))
    }
}

fn says_its_name(text: &str, name: &str) -> bool {
    text.strip_prefix("the ").unwrap_or(text).starts_with(name)
}

impl Report {
    fn new(findings: Vec<Finding>) -> Self {
        Self { well: findings.iter().all(|finding| finding.verdict != Verdict::Bad), findings }
    }

    /// The exit code of the command: 0 all well, 1 something is not.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.well)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

/// Tries everything. The config itself was read and checked by whoever calls; a config with mistakes never gets here.
/// `more` are findings of other rooms, shown after the store's.
pub async fn run(config: &Config, more: Vec<Finding>) -> Report {
    let mut findings = vec![config_itself(config)];
    findings.extend(place::look(config));
    let (kept, newest_entry) = kept::look(config, Timestamp::now()).await;
    findings.extend(kept);
    findings.push(place::clock(&config.store.path, Timestamp::now(), newest_entry));
    findings.extend(more);
    findings.extend(choices::look(config, jiff::Zoned::now().date()));
    findings.extend(ports::look(config).await);
    findings.extend(certificates::look(config, Timestamp::now()));
    for route in config.routes.values() {
        findings.extend(upstream::look(route, &config.school.hostname).await);
    }
    if let Ok(warrants) = Warrants::new(Arc::new(SystemNames::new()), None, Arc::new(Timestamp::now)) {
        findings.extend(vouching::look(config, &warrants).await);
    }
    findings.extend(clamd::look(config, Timestamp::now()).await);
    findings.extend(names::look(config).await);
    Report::new(findings)
}

fn config_itself(config: &Config) -> Finding {
    let short = config.hash.get(..12).unwrap_or(&config.hash);
    let text = format!(
        "{}, {}, {} in {} (rule set {short})",
        remedy::count(config.rules.len(), "rule"),
        remedy::count(config.routes.len(), "route"),
        remedy::count(config.listen.len(), "listener"),
        config.file.display()
    );
    Finding::ok("config", text)
}

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
