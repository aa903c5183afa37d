//! An explanation for people: who it is for, each rule with what decided it, and what would be done.

use std::fmt;

use super::explain::{CopyLine, Explanation, Finding, HeldLine, RuleLine};
use crate::config::Holder;
use crate::notice::Outcome;

/// Findings of one kind in one place that are shown, masked.
const SHOWN: usize = 5;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = if self.from.is_empty() { "<> (nobody: a report)" } else { &self.from };
        writeln!(f, "From  {from}")?;
        for to in &self.recipients {
            writeln!(f, "To    {} ({})", to.address, to.side.name())?;
        }
        if !self.attachments.is_empty() {
            writeln!(f, "\nAttachments")?;
        }
        self.attachments.iter().try_for_each(|file| writeln!(f, "  {file}"))?;
        write_findings(f, &self.findings)?;
        writeln!(f, "\nRules")?;
        if self.rules.is_empty() {
            writeln!(f, "  none")?;
        }
        self.rules.iter().try_for_each(|rule| write_rule(f, rule))?;
        writeln!(f, "\nWhat happens")?;
        self.copies.iter().try_for_each(|copy| write_copy(f, copy))?;
        self.held.iter().try_for_each(|held| write_held(f, held))?;
        for refused in &self.refused {
            writeln!(f, "  refused for {}: {}", refused.recipient, refused.text)?;
        }
        if self.decision == "deferred" {
            writeln!(f, "  put off for everyone; the sender's server tries again")?;
        }
        for told in &self.notify {
            writeln!(f, "  {} is told (rule {})", told.to, told.rule)?;
        }
        if self.decision == "accepted" {
            writeln!(f, "  kept as \"{}\" until {}", self.keep.id, self.keep.until)?;
        }
        writeln!(f, "\nReply {} {}", self.reply.code, self.reply.text)
    }
}

/// Findings of one kind and confidence in one place share a line.
fn write_findings(f: &mut fmt::Formatter<'_>, findings: &[Finding]) -> fmt::Result {
    let place = |one: &Finding| match (&one.file, one.part.as_str()) {
        (Some(file), _) => format!("in {file}"),
        (None, "subject") => "in the subject".to_owned(),
        (None, _) if one.quoted => "in the quoted text".to_owned(),
        (None, _) => "in the text".to_owned(),
    };
    let mut groups: Vec<(&str, &str, String, Vec<&str>)> = Vec::new();
    for one in findings {
        let at = place(one);
        match groups.iter_mut().find(|(kind, confidence, spot, _)| (*kind, *confidence, spot) == (one.kind, one.confidence, &at))
        {
            Some((.., masked)) => masked.push(&one.masked),
            None => groups.push((one.kind, one.confidence, at, vec![&one.masked])),
        }
    }
    if !groups.is_empty() {
        writeln!(f, "\nPersonal data")?;
    }
    for (kind, confidence, at, masked) in groups {
        let more = if masked.len() > SHOWN { format!(" and {} more", masked.len() - SHOWN) } else { String::new() };
        let shown: Vec<&str> = masked.into_iter().take(SHOWN).collect();
        writeln!(f, "  {kind} ({confidence}) {at}: {}{more}", shown.join(", "))?;
    }
    Ok(())
}

fn write_rule(f: &mut fmt::Formatter<'_>, rule: &RuleLine) -> fmt::Result {
    let matched = if rule.matched { "matches" } else { "does not match" };
    let mode = match rule.mode {
        "watch" => " (only watched: changes nothing)",
        "off" => " (off: changes nothing)",
        _ => "",
    };
    writeln!(f, "  {} {matched}{mode}: {}", rule.id, rule.about)?;
    for each in &rule.each {
        let mark = if each.matched { "yes" } else { "no " };
        writeln!(f, "    {mark} {}", each.recipient)?;
        if each.because.is_empty() {
            writeln!(f, "        it asks for nothing")?;
        }
        each.because.iter().try_for_each(|reason| writeln!(f, "        {reason}"))?;
    }
    Ok(())
}

fn write_copy(f: &mut fmt::Formatter<'_>, copy: &CopyLine) -> fmt::Result {
    let by = copy.copied_by.as_ref().map(|rule| format!(" (copy_to of rule {rule})")).unwrap_or_default();
    writeln!(f, "  sent by route \"{}\" to {}{by}", copy.route, copy.recipients.join(", "))?;
    write_encryption(f, copy.encrypt.as_ref(), &copy.encrypt_because)?;
    write_changes(f, &copy.edits, &copy.notices, &copy.sha256)
}

fn write_encryption(f: &mut fmt::Formatter<'_>, method: Option<&String>, because: &[String]) -> fmt::Result {
    let Some(method) = method else { return Ok(()) };
    writeln!(f, "    encrypted: {method}")?;
    because.iter().try_for_each(|why| writeln!(f, "        {why}"))
}

fn write_held(f: &mut fmt::Formatter<'_>, held: &HeldLine) -> fmt::Result {
    let whom = match held.whom {
        Holder::Sender => "the sender",
        Holder::Technician => "the technician",
        Holder::Approver => "the approver",
    };
    writeln!(f, "  held for {}, until {whom} decides (rule {}: {})", held.recipients.join(", "), held.rule, held.why)?;
    write_encryption(f, held.encrypt.as_ref(), &held.encrypt_because)?;
    write_changes(f, &held.edits, &held.notices, &held.sha256)
}

fn write_changes(f: &mut fmt::Formatter<'_>, edits: &[String], notices: &[String], sha256: &str) -> fmt::Result {
    writeln!(f, "    changes: {}", edits.join(", "))?;
    for notice in notices {
        writeln!(f, "    notice: {notice}")?;
    }
    writeln!(f, "    sha256: {sha256}")
}

/// An outcome for people and the ledger.
#[must_use]
pub fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Added => "added".to_owned(),
        Outcome::AlreadyThere => "already there".to_owned(),
        Outcome::Exempt(why) => format!("exempt: {why}"),
        Outcome::Impossible(why) => format!("impossible: {why}"),
    }
}
