//! A real clamd with our own signatures in a folder of its own, and one that plays a part. Both listen on loopback or a socket in a
//! temporary folder, and are stopped by their process id.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{free_port, installed, wait_until};

/// What `fixtures/clamav` calls `Schoolgate.Test.Invented`.
pub const INVENTED: &str = "marzipan-over-haddock";

/// A clamd that runs, until it is dropped.
pub struct Clamd {
    folder: tempfile::TempDir,
    pub port: u16,
    child: Option<Child>,
}

impl Clamd {
    /// Starts one; nothing (and a line that says so) where it is not installed.
    pub fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// The same, with further lines of `clamd.conf`.
    pub fn start_with(options: &str) -> Option<Self> {
        let mut clamd = Self::prepare(options)?;
        clamd.run();
        Some(clamd)
    }

    /// One that does not run yet.
    pub fn prepare(options: &str) -> Option<Self> {
        if !installed("clamd") {
            return None;
        }
        let clamd = Self { folder: tempfile::tempdir().expect("a temporary folder"), port: free_port(), child: None };
        std::fs::create_dir(clamd.path("signatures")).expect("room on the disk");
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/clamav");
        for name in ["schoolgate.hdb", "schoolgate.ndb"] {
            std::fs::copy(ours.join(name), clamd.path("signatures").join(name)).expect("our signatures");
        }
        let folder = clamd.folder.path().display();
        let conf = format!(
            "Foreground yes\nDatabaseDirectory {folder}/signatures\nTemporaryDirectory {folder}\nLocalSocket {folder}/clamd.ctl\n\
             TCPAddr 127.0.0.1\nTCPSocket {}\nFixStaleSocket yes\n{options}\n",
            clamd.port
        );
        std::fs::write(clamd.path("clamd.conf"), conf).expect("room on the disk");
        Some(clamd)
    }

    /// Starts it, or starts it again, and waits until it answers.
    pub fn run(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).expect("room on the disk");
        let program = if Path::new("/usr/sbin/clamd").exists() { "/usr/sbin/clamd" } else { "clamd" };
        let mut command = Command::new(program);
        command.arg("--config-file").arg(self.path("clamd.conf")).stdin(Stdio::null()).stderr(log.try_clone().expect("a file"));
        self.child = Some(command.stdout(log).spawn().expect("clamd starts"));
        wait_until("clamd answers", Duration::from_secs(60), || {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(
                ended.is_none(),
                "clamd ended with {ended:?}: {}",
                std::fs::read_to_string(self.path("log")).unwrap_or_default()
            );
            self.answers().then_some(())
        });
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = UnixStream::connect(self.socket()) else { return false };
        let mut answer = Vec::new();
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a socket option");
        stream.write_all(b"zPING\0").and_then(|()| stream.read_to_end(&mut answer)).is_ok() && answer == b"PONG\0"
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn socket(&self) -> PathBuf {
        self.path("clamd.ctl")
    }

    /// The `[antivirus]` of a gateway that is to use it by its socket, and to know its limits.
    pub fn section(&self) -> String {
        let (socket, conf) = (self.socket(), self.path("clamd.conf"));
        format!("[antivirus]\nclamd = \"unix:{}\"\nclamd_conf = \"{}\"\n", socket.display(), conf.display())
    }

    /// Sends it a signal: `STOP` and `CONT` make it hang and go on.
    pub fn signal(&self, name: &str) {
        let pid = self.child.as_ref().expect("clamd runs").id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill runs").success());
    }

    /// Ends it at once, whether it hangs or not.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the actor does with one stream.
#[derive(Clone, Debug)]
pub enum Does {
    /// Takes the connection, and nothing more.
    Hang,
    /// Takes the whole stream and says this.
    Say(Vec<u8>),
    /// Says this at once and closes.
    SayEarly(Vec<u8>),
    /// Closes without a word after so many bytes.
    Cut(usize),
    /// Takes the whole stream and talks without end.
    Babble,
}

impl Does {
    pub fn say(text: &str) -> Self {
        Self::Say(text.as_bytes().to_vec())
    }
}

/// A clamd that plays a part: PING and VERSION are answered well unless it hangs.
#[derive(Clone)]
pub struct Actor {
    pub port: u16,
    stage: Arc<Stage>,
}

#[derive(Default)]
struct Stage {
    /// The last one stays for all further streams.
    script: Mutex<VecDeque<Does>>,
    streams: AtomicUsize,
    now: AtomicUsize,
    peak: AtomicUsize,
}

impl Actor {
    pub fn start(script: &[Does]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let actor = Self { port: listener.local_addr().expect("a bound address").port(), stage: Arc::default() };
        actor.play(script);
        let stage = actor.stage.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let stage = stage.clone();
                std::thread::spawn(move || stage.serve(client));
            }
        });
        actor
    }

    /// Another script from now on.
    pub fn play(&self, script: &[Does]) {
        *self.stage.script.lock().unwrap_or_else(PoisonError::into_inner) = script.iter().cloned().collect();
    }

    /// Streams that came, and the most of them at one time.
    pub fn seen(&self) -> (usize, usize) {
        (self.stage.streams.load(Ordering::SeqCst), self.stage.peak.load(Ordering::SeqCst))
    }
}

impl Stage {
    fn next(&self) -> Does {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let first = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
        first.expect("a script")
    }

    fn peek(&self) -> Does {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).front().cloned().expect("a script")
    }

    fn serve(&self, mut client: TcpStream) {
        let mut command = Vec::new();
        while command.last() != Some(&0) {
            let mut byte = [0];
            if client.read_exact(&mut byte).is_err() {
                return;
            }
            command.push(byte[0]);
        }
        match command.as_slice() {
            b"zINSTREAM\0" => {
                self.streams.fetch_add(1, Ordering::SeqCst);
                let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
                self.peak.fetch_max(now, Ordering::SeqCst);
                self.act(&mut client);
                self.now.fetch_sub(1, Ordering::SeqCst);
            }
            _ if matches!(self.peek(), Does::Hang) => hang(&mut client),
            b"zPING\0" => drop(client.write_all(b"PONG\0")),
            b"zVERSION\0" => drop(client.write_all(b"ClamAV 1.4.3/27000/Mon Nov 23 10:24:33 2020\0")),
            _ => {}
        }
    }

    fn act(&self, client: &mut TcpStream) {
        match self.next() {
            Does::Hang => hang(client),
            Does::Say(reply) => {
                if take_stream(client).is_some() {
                    std::thread::sleep(Duration::from_millis(5)); // so that scans at a time are seen to be so
                    let _ = client.write_all(&reply);
                }
            }
            Does::SayEarly(reply) => drop(client.write_all(&reply)),
            Does::Cut(after) => drop(client.read_exact(&mut vec![0; after])),
            Does::Babble => {
                take_stream(client);
                while client.write_all(&[b'x'; 4096]).is_ok() {}
            }
        }
    }
}

/// Waits until the other side has had enough.
fn hang(client: &mut TcpStream) {
    let _ = client.set_read_timeout(Some(Duration::from_secs(60)));
    while client.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
}

/// Chunks with their length before them, up to one of length nothing (clamd(8), INSTREAM).
fn take_stream(client: &mut TcpStream) -> Option<()> {
    loop {
        let mut length = [0; 4];
        client.read_exact(&mut length).ok()?;
        match u32::from_be_bytes(length) {
            0 => return Some(()),
            length => client.read_exact(&mut vec![0; length as usize]).ok()?,
        }
    }
}
