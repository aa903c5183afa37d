//! Postfix under test: an instance of its own from a temporary folder, relaying to the sink.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use super::{Peer, Usage, process};

pub struct Postfix {
    port: u16,
    master: u32,
    folder: tempfile::TempDir,
}

pub fn available() -> bool {
    Path::new("/usr/lib/postfix/sbin/master").exists()
}

/// Starts it; `more` are further lines of `main.cf`.
pub fn start(sink: u16, more: &str) -> Postfix {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let path = folder.path();
    for sub in ["etc", "spool", "data"] {
        std::fs::create_dir(path.join(sub)).expect("room on the disk");
    }
    let root = path.display().to_string();
    std::fs::write(path.join("etc/main.cf"), main_cf(&root, sink) + more).expect("room on the disk");
    std::fs::write(path.join("etc/master.cf"), include_str!("master.cf").replace("@PORT@", &port.to_string()))
        .expect("room on the disk");
    run(Command::new("chmod").arg("755").arg(path));
    run(Command::new("chown").arg("postfix").arg(path.join("data")));
    run(Command::new("postfix").arg("-c").arg(path.join("etc")).arg("start"));
    let pid = std::fs::read_to_string(path.join("spool/pid/master.pid")).expect("Postfix wrote its process id");
    Postfix { port, master: pid.trim().parse().expect("a process id"), folder }
}

fn main_cf(root: &str, sink: u16) -> String {
    format!(
        "compatibility_level = 3.6\nqueue_directory = {root}/spool\ndata_directory = {root}/data\ncommand_directory = /usr/sbin\n\
         daemon_directory = /usr/lib/postfix/sbin\nmyhostname = mail.oakfield.example.sch.uk\nmydestination =\nmynetworks = 127.0.0.0/8\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nrelayhost = [127.0.0.1]:{sink}\nsmtp_tls_security_level = none\n\
         smtpd_tls_security_level = none\nmessage_size_limit = 52428800\nmaillog_file = {root}/log\nmaillog_file_prefixes = {root}\n\
         smtpd_client_connection_count_limit = 0\nsmtpd_client_connection_rate_limit = 0\nalias_maps =\nlocal_recipient_maps =\n"
    )
}

fn run(command: &mut Command) {
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Peer for Postfix {
    fn name(&self) -> &'static str {
        "postfix"
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn usage(&self) -> Usage {
        process::usage(self.master)
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = Command::new("postfix").arg("-c").arg(self.folder.path().join("etc")).arg("stop").output();
    }
}
