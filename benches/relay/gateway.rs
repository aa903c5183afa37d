//! Schoolgate under test: the real program, with a relay listener, the notice rule, and what else a run asks for.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use super::{Peer, Usage, process};

pub struct Gateway {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

/// Rules that open every attachment.
pub const ATTACHMENT_RULES: &str = r#"
[[rule]]
id    = "attachments"
about = "Programs, macros and bombs do not leave, and nothing that cannot be looked into"
when.to         = "outside"
when.attachment = ["executable", "macro", "archive-bomb", "protected", "unreadable"]
do.reject       = "{attachment} does not leave"
on_error        = "reject"

[[rule]]
id    = "words"
about = "These words do not leave"
when.to    = "outside"
when.words = ["marzipan over haddock"]
do.reject  = "not these words"
on_error   = "reject"
"#;

/// Starts it; `sections` stand before the routes, and `[antivirus]` is off where they do not say otherwise.
pub fn start(sink: u16, sections: &str) -> Gateway {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let config = include_str!("gateway.toml").replace("@PORT@", &port.to_string()).replace("@SINK@", &sink.to_string());
    let off = if sections.contains("[antivirus]") { "" } else { "[antivirus]\nclamd = \"off\"\n" };
    let config = config.replace("@SECTIONS@", &format!("{off}{sections}"));
    let file = folder.path().join("config.toml");
    std::fs::write(&file, config).expect("room on the disk");
    let program = env!("CARGO_BIN_EXE_schoolgate");
    let key =
        Command::new(program).args(["key", "new"]).arg(folder.path().join("master.key")).output().expect("the program runs");
    assert!(key.status.success(), "{}", String::from_utf8_lossy(&key.stderr));
    let log = std::fs::File::create(folder.path().join("log")).expect("room on the disk");
    let child = Command::new(program).arg("serve").arg("--config").arg(&file).stdin(Stdio::null()).stderr(log).spawn();
    Gateway { child: child.expect("the program runs"), port, _folder: folder }
}

impl Peer for Gateway {
    fn name(&self) -> &'static str {
        "schoolgate"
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn usage(&self) -> Usage {
        process::usage(self.child.id())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
