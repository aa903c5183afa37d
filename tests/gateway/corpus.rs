//! Real mail that nobody here wrote goes through the real program; a program that nobody here wrote says what came out changed.

use std::path::Path;
use std::process::Command;

use crate::world::rules::NOTICE;
use crate::world::{Gateway, Upstream, gateway::output, installed, shared};

/// Every mail of `../shared/corpora/mail` is answered, and what was accepted comes out with the notice and nothing else changed.
#[test]
fn nothing_changes_that_should_not() {
    let (Some(corpus), Some(tools)) = (shared("corpora/mail"), shared("tools")) else { return };
    if !installed("python3") {
        return;
    }
    let upstream = Upstream::start();
    let gateway = Gateway::start(upstream.port, NOTICE);
    let log = gateway.path("replay.jsonl");
    let accepted = replay(&tools, &corpus, gateway.relay, &log);
    assert!(accepted > 100, "only {accepted} mails of the corpus were accepted");
    let out = gateway.path("out");
    std::fs::create_dir(&out).expect("room on the disk");
    for (number, mail) in upstream.wait_for(accepted).iter().enumerate() {
        std::fs::write(out.join(format!("{number:04}.eml")), &mail.content).expect("room on the disk");
    }
    let mut compare = Command::new("python3");
    // Bcc never leaves (RFC 5322 section 3.6.3); a wrapped mail is not asked for here.
    compare
        .arg(tools.join("compare.py"))
        .arg(&corpus)
        .arg(&out)
        .args(["--disclaimer", "--allow", "bcc,resent-bcc", "--log"])
        .arg(&log);
    let found = output(compare, "");
    assert!(found.status.success(), "{}{}", String::from_utf8_lossy(&found.stdout), String::from_utf8_lossy(&found.stderr));
}

fn replay(tools: &Path, corpus: &Path, port: u16, log: &Path) -> usize {
    let mut replay = Command::new("python3");
    replay.arg(tools.join("replay.py")).arg(corpus).args(["127.0.0.1", &port.to_string()]);
    replay.args(["--from", "office@oakfield.example.sch.uk", "--to", "parent@example.com", "--reuse", "20", "--log"]).arg(log);
    let done = output(replay, "");
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "not every mail was answered: {said}");
    let lines = std::fs::read_to_string(log).expect("the log of the replay");
    lines.lines().filter(|line| final_code(line) == Some(250)).count()
}

fn final_code(line: &str) -> Option<u64> {
    let record: serde_json::Value = serde_json::from_str(line).ok()?;
    record.get("code").and_then(serde_json::Value::as_u64)
}
