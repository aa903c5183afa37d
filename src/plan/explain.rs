//! What would happen to a mail and why, as data: the shape of `explain --json`.
//!
//! In: a mail, its verdicts (best those of [`Rules::judge_aloud`]) and its plan. Out: an [`Explanation`]; its `Display` is for
//! people, its serde form for scripts. The hash of a copy is that of the bytes as they would leave; it is worked out only here.

use serde::Serialize;

use super::explain_files::{self, FileLine};
use super::{Copy, Decision, Plan, Refusal};
use crate::base::Submission;
use crate::base::hash::sha256_hex;
use crate::config::{Config, Holder, Mode, Rule};
use crate::extract::file_name;
use crate::message::Edits;
use crate::policy::{Evidence, Known, Rules, Side, Spot, Verdict, Verdicts};
use crate::queue::State;

/// Everything about one mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    #[serde(rename = "ref")]
    pub reference: String,
    /// Empty for the null path.
    pub from: String,
    pub recipients: Vec<RecipientLine>,
    pub rules: Vec<RuleLine>,
    pub attachments: Vec<FileLine>,
    pub findings: Vec<Finding>,
    pub reply: ReplyLine,
    pub copies: Vec<CopyLine>,
    pub held: Vec<HeldLine>,
    pub refused: Vec<RefusedLine>,
    pub notify: Vec<NotifyLine>,
    pub keep: KeepLine,
    /// `accepted`, `refused` or `deferred`.
    pub decision: &'static str,
}

/// One recipient of the envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecipientLine {
    pub address: String,
    pub side: Side,
}

/// One rule, and what decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleLine {
    pub id: String,
    pub about: String,
    pub mode: &'static str,
    pub matched: bool,
    /// For whom it matches.
    pub recipients: Vec<String>,
    /// What decided, none twice.
    pub because: Vec<String>,
    /// The same for each recipient.
    pub each: Vec<EachLine>,
}

/// One rule for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EachLine {
    pub recipient: String,
    pub matched: bool,
    pub because: Vec<String>,
}

/// What a detector found, masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub kind: &'static str,
    /// The number of the part; `subject`.
    pub part: String,
    /// The file it stands in, or whose name it stands in, as people are shown it.
    pub file: Option<String>,
    pub confidence: &'static str,
    pub masked: String,
    /// Quoted from an earlier mail.
    pub quoted: bool,
    /// The row of the school's roll.
    pub pupil: Option<u32>,
}

/// The SMTP reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplyLine {
    pub code: u16,
    /// With the enhanced code, as it follows the three digits.
    pub text: String,
}

/// One copy that goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopyLine {
    pub recipients: Vec<String>,
    pub route: String,
    /// The way of encryption.
    pub encrypt: Option<String>,
    /// Which rule asks for it, and why the ways before it are not open.
    pub encrypt_because: Vec<String>,
    pub edits: Vec<String>,
    /// Of a copy whose mail is encrypted: before that, for no two encryptions are alike.
    pub sha256: String,
    /// What became of each notice.
    pub notices: Vec<String>,
    /// The rule whose `copy_to` made it.
    pub copied_by: Option<String>,
}

/// One copy that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldLine {
    pub recipients: Vec<String>,
    #[serde(rename = "for")]
    pub whom: Holder,
    pub rule: String,
    pub why: String,
    pub route: String,
    /// How it would leave.
    pub encrypt: Option<String>,
    pub encrypt_because: Vec<String>,
    pub edits: Vec<String>,
    pub sha256: String,
    pub notices: Vec<String>,
}

/// One recipient who is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedLine {
    pub recipient: String,
    pub rule: String,
    pub text: String,
}

/// Somebody who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotifyLine {
    pub to: String,
    pub rule: String,
}

/// How long it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeepLine {
    pub id: String,
    pub until: String,
}

/// Explains a plan.
#[must_use]
pub fn explain(config: &Config, rules: &Rules, submission: &Submission, verdicts: &Verdicts, plan: &Plan) -> Explanation {
    let envelope = &submission.envelope;
    let to: Vec<String> = envelope.recipients.iter().map(|to| to.address.to_string()).collect();
    let sided =
        envelope.recipients.iter().map(|to| RecipientLine { address: to.address.to_string(), side: rules.side(&to.address) });
    let ruled = config.rules.iter().zip(&verdicts.rules);
    Explanation {
        reference: submission.reference.to_string(),
        from: envelope.reverse_path.to_string(),
        recipients: sided.collect(),
        rules: ruled.map(|(rule, verdict)| rule_line(rule, verdict, &to)).collect(),
        attachments: Vec::new(),
        findings: verdicts.data.iter().map(finding).collect(),
        reply: ReplyLine { code: plan.reply.code, text: format!("{} {}", plan.reply.enhanced, plan.reply.text) },
        copies: plan.copies.iter().filter(|copy| !copy.is_held()).map(|copy| copy_line(copy, submission)).collect(),
        held: plan.copies.iter().filter_map(|copy| held_line(copy, submission)).collect(),
        refused: plan.refused.iter().map(refused_line).collect(),
        notify: plan.notify.iter().map(|n| NotifyLine { to: n.to.to_string(), rule: n.rule.clone() }).collect(),
        keep: KeepLine { id: plan.keep.id.clone(), until: plan.keep.until.to_string() },
        decision: match plan.decision {
            Decision::Accepted => "accepted",
            Decision::Refused { .. } => "refused",
            Decision::Deferred { .. } => "deferred",
        },
    }
}

fn finding(evidence: &Evidence) -> Finding {
    let (part, file) = match &evidence.spot {
        Spot::Subject => ("subject".to_owned(), None),
        Spot::Body(part) | Spot::FileName { part } => (part.clone(), None),
        Spot::File { part, path } => (part.clone(), Some(file_name::shown(&path.join(" / ")))),
    };
    Finding {
        kind: evidence.finding.kind.word(),
        part,
        file,
        confidence: evidence.finding.confidence.word(),
        masked: evidence.finding.masked.clone(),
        quoted: evidence.is_quoted,
        pupil: evidence.finding.pupil.map(|pupil| pupil.0),
    }
}

impl Explanation {
    /// With what was found out beforehand.
    #[must_use]
    pub fn knowing(mut self, known: &Known) -> Self {
        self.attachments = explain_files::lines(known);
        self
    }
}

fn rule_line(rule: &Rule, verdict: &Verdict, to: &[String]) -> RuleLine {
    let each = to.iter().zip(&verdict.each).map(|(recipient, opinion)| EachLine {
        recipient: recipient.clone(),
        matched: opinion.matched,
        because: verdict.because.iter().chain(&opinion.because).cloned().collect(),
    });
    RuleLine {
        id: rule.id.clone(),
        about: rule.about.clone(),
        mode: match rule.mode {
            Mode::Enforce => "enforce",
            Mode::Watch { .. } => "watch",
            Mode::Off => "off",
        },
        matched: verdict.matched(),
        recipients: verdict.recipients().filter_map(|at| to.get(at).cloned()).collect(),
        because: verdict.reasons(),
        each: each.collect(),
    }
}

fn copy_line(copy: &Copy, submission: &Submission) -> CopyLine {
    CopyLine {
        recipients: names(copy),
        route: copy.job.route.clone(),
        encrypt: method(copy),
        encrypt_because: because(copy),
        edits: edit_lines(copy),
        sha256: hash(copy, submission),
        notices: notice_lines(copy),
        copied_by: copy.copied_by.clone(),
    }
}

fn held_line(copy: &Copy, submission: &Submission) -> Option<HeldLine> {
    let State::Held { rule, why, whom, .. } = &copy.job.state else { return None };
    Some(HeldLine {
        recipients: names(copy),
        whom: *whom,
        rule: rule.clone(),
        why: why.clone(),
        route: copy.job.route.clone(),
        encrypt: method(copy),
        encrypt_because: because(copy),
        edits: edit_lines(copy),
        sha256: hash(copy, submission),
        notices: notice_lines(copy),
    })
}

fn refused_line(refusal: &Refusal) -> RefusedLine {
    RefusedLine { recipient: refusal.recipient.address.to_string(), rule: refusal.rule.clone(), text: refusal.text.clone() }
}

fn names(copy: &Copy) -> Vec<String> {
    copy.job.recipients.iter().map(|to| to.address.to_string()).collect()
}

fn edit_lines(copy: &Copy) -> Vec<String> {
    copy.all_edits().map(|edit| edit.what.clone()).collect()
}

fn hash(copy: &Copy, submission: &Submission) -> String {
    let all: Edits = copy.all_edits().cloned().collect();
    sha256_hex(&all.apply(&submission.raw))
}

fn method(copy: &Copy) -> Option<String> {
    copy.encrypt.as_ref().map(|encryption| encryption.method.to_string())
}

fn because(copy: &Copy) -> Vec<String> {
    let Some(encryption) = &copy.encrypt else { return Vec::new() };
    let rule = format!("rule {} asks for encryption", encryption.rule);
    [rule].into_iter().chain(encryption.passed_over.iter().map(|why| format!("not by {why}"))).collect()
}

fn notice_lines(copy: &Copy) -> Vec<String> {
    copy.notices.iter().map(|noticed| format!("\"{}\" {}", noticed.disclaimer, super::outcome_text(&noticed.outcome))).collect()
}
