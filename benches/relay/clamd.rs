//! A clamd of its own with the signatures of `fixtures/clamav`, and a clamav-milter by which Postfix asks it.

use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Clamd {
    folder: tempfile::TempDir,
    child: Child,
}

pub struct Milter {
    port: u16,
    child: Child,
}

/// Starts one; nothing where it is not installed.
pub fn start() -> Option<Clamd> {
    let program = Path::new("/usr/sbin/clamd");
    if !program.exists() {
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().display();
    std::fs::create_dir(folder.path().join("signatures")).expect("room on the disk");
    for name in ["schoolgate.hdb", "schoolgate.ndb"] {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clamav").join(name);
        std::fs::copy(ours, folder.path().join("signatures").join(name)).expect("our signatures");
    }
    let conf = format!(
        "Foreground yes\nDatabaseDirectory {root}/signatures\nTemporaryDirectory {root}\nLocalSocket {root}/clamd.ctl\nStreamMaxLength 64M\n\
         MaxFileSize 64M\nMaxThreads 20\nMaxQueue 100\n"
    );
    std::fs::write(folder.path().join("clamd.conf"), conf).expect("room on the disk");
    let child = run(program, &folder.path().join("clamd.conf"));
    let socket = folder.path().join("clamd.ctl");
    wait_for(|| UnixStream::connect(&socket).is_ok());
    Some(Clamd { folder, child })
}

impl Clamd {
    /// The `[antivirus]` of a gateway that asks it.
    pub fn section(&self) -> String {
        let root = self.folder.path().display();
        format!("[antivirus]\nclamd = \"unix:{root}/clamd.ctl\"\nclamd_conf = \"{root}/clamd.conf\"\n")
    }

    /// Starts a milter in front of it; nothing where none is installed.
    pub fn milter(&self) -> Option<Milter> {
        let program = Path::new("/usr/sbin/clamav-milter");
        if !program.exists() {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let conf = format!(
            "Foreground yes\nMilterSocket inet:{port}@127.0.0.1\nClamdSocket unix:{}/clamd.ctl\nOnInfected Reject\nOnFail Defer\n",
            self.folder.path().display()
        );
        let file = self.folder.path().join("milter.conf");
        std::fs::write(&file, conf).expect("room on the disk");
        let child = run(program, &file);
        wait_for(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Milter { port, child })
    }
}

impl Milter {
    /// What Postfix must be told of it.
    pub fn main_cf(&self) -> String {
        format!("smtpd_milters = inet:127.0.0.1:{}\nmilter_default_action = tempfail\n", self.port)
    }
}

fn run(program: &Path, conf: &Path) -> Child {
    let mut command = Command::new(program);
    command.arg("--config-file").arg(conf).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program runs")
}

fn wait_for(mut is_there: impl FnMut() -> bool) {
    for _ in 0..600 {
        if is_there() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the scanner does not answer after a minute");
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

impl Drop for Clamd {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

impl Drop for Milter {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}
