//! Schoolgate under test: the real program, with a relay listener and the notice rule.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use super::{Peer, Usage, process};

pub struct Gateway {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

pub fn start(sink: u16) -> Gateway {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let config = include_str!("gateway.toml").replace("@PORT@", &port.to_string()).replace("@SINK@", &sink.to_string());
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
