//! The real program, with a configuration, a key and a certificate of its own in a temporary folder.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::{free_port, wait_until};

/// Who the common configuration tells of what needs a person.
pub const POSTMASTER: &str = "it@oakfield.example.sch.uk";
pub const OFFICE: &str = "office@oakfield.example.sch.uk";
pub const PASSWORD: &str = "correct horse battery";

pub struct Gateway {
    pub folder: tempfile::TempDir,
    pub relay: u16,
    pub submission: u16,
    pub submissions: u16,
    pub ops: u16,
    child: Option<Child>,
}

const CONFIG: &str = include_str!("config.toml");

impl Gateway {
    /// A folder with everything that `serve` needs; rules and further sections are added to the common configuration.
    pub fn prepare(upstream: u16, sections: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let gateway =
            Self { folder, relay: free_port(), submission: free_port(), submissions: free_port(), ops: free_port(), child: None };
        gateway.write_certificate();
        gateway.write_config(upstream, sections);
        gateway.succeed(&["key", "new", gateway.path("master.key").to_str().expect("a plain path")], "");
        gateway
    }

    /// Prepares and starts it, with one account.
    pub fn start(upstream: u16, sections: &str) -> Self {
        let mut gateway = Self::prepare(upstream, sections);
        gateway.add_account(OFFICE, PASSWORD);
        gateway.serve();
        gateway
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn config(&self) -> PathBuf {
        self.path("config.toml")
    }

    pub fn write_config(&self, upstream: u16, sections: &str) {
        let ports = [
            ("@RELAY@", self.relay),
            ("@SUBMISSION@", self.submission),
            ("@SUBMISSIONS@", self.submissions),
            ("@OPS@", self.ops),
            ("@UPSTREAM@", upstream),
        ];
        let config = ports.iter().fold(CONFIG.to_owned(), |text, (name, port)| text.replace(name, &port.to_string()));
        let off = if sections.contains("[antivirus]") { "" } else { "[antivirus]\nclamd = \"off\"" };
        let config = config.replace("@ANTIVIRUS@", off).replace("@SECTIONS@", sections);
        std::fs::write(self.config(), config).expect("room on the disk");
    }

    fn write_certificate(&self) {
        let names = vec!["localhost".to_owned(), "mail.oakfield.example.sch.uk".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        std::fs::write(self.path("certificate.pem"), made.cert.pem()).expect("room on the disk");
        std::fs::write(self.path("certificate.key"), made.signing_key.serialize_pem()).expect("room on the disk");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(self.path("certificate.key"), private).expect("a file of ours");
    }

    pub fn add_account(&self, address: &str, password: &str) {
        let config = self.config();
        self.succeed(&["user", "add", address, "--config", config.to_str().expect("a plain path")], &format!("{password}\n"));
    }

    /// Starts `serve` and waits until it is ready.
    pub fn serve(&mut self) {
        self.serve_with(&[]);
    }

    /// The same, with more in its environment.
    pub fn serve_with(&mut self, environment: &[(&str, &str)]) {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).expect("room on the disk");
        let mut serve = Self::program();
        serve.envs(environment.iter().copied());
        serve.arg("serve").arg("--config").arg(self.config()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(serve.spawn().expect("the program starts"));
        let relay = self.relay;
        wait_until("the gateway listens", Duration::from_secs(20), || {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "serve ended with {ended:?}: {}", self.log());
            TcpStream::connect(("127.0.0.1", relay)).ok()
        });
        wait_until("the gateway is ready", Duration::from_secs(20), || self.is_ready().then_some(()));
    }

    /// Whether `/readyz` says so: the ports are open a moment before.
    fn is_ready(&self) -> bool {
        let Ok(mut page) = TcpStream::connect(("127.0.0.1", self.ops)) else { return false };
        let mut answer = String::new();
        let asked = page.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        asked.and_then(|()| page.read_to_string(&mut answer)).is_ok() && answer.starts_with("HTTP/1.1 200")
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the gateway runs").id()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status().expect("kill runs");
        assert!(sent.success(), "signal {name} reaches the gateway");
    }

    /// SIGKILL: no goodbye.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("the gateway runs");
        child.kill().expect("the gateway can be killed");
        child.wait().expect("the gateway ends");
    }

    /// SIGTERM, and the exit code once it has ended.
    pub fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        let mut child = self.child.take()?;
        wait_until("the gateway stops", Duration::from_secs(30), || child.try_wait().ok().flatten()).code()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    pub fn program() -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_schoolgate"));
        program.env_remove("SCHOOLGATE_CONFIG").env_remove("SCHOOLGATE_LOG");
        program
    }

    /// Runs a command with this gateway's configuration added at the end, and gives its output whatever it is.
    pub fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Self::program();
        command.args(arguments).env("SCHOOLGATE_CONFIG", self.config());
        output(command, input)
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub fn succeed(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "schoolgate {arguments:?} failed ({}): {said}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout)
        );
        String::from_utf8(output.stdout).expect("output is UTF-8")
    }

    /// Runs a command that prints one JSON document.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.succeed(arguments, "")).expect("one JSON document")
    }
}

/// Runs a command with text on its standard input.
pub fn output(mut command: Command, input: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).ok(); // a command that refuses at once does not read it
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

/// The files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            _ => found.push(entry.path()),
        }
    }
    found
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
