//! The world around the gateway in tests: the real program in a folder of its own, an upstream that keeps what it takes, and
//! the shared folder of real mail where it is there. Everything listens on free ports of loopback and is stopped by its process id.
#![allow(dead_code)] // each test module uses its own part of it

pub mod archived;
pub mod attached;
pub mod clamd;
pub mod gateway;
pub mod rules;
pub mod session;
pub mod upstream;

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use gateway::Gateway;
pub use upstream::Upstream;

/// A port that nobody listens on, and that no other test is given while this process lives.
///
/// It lies below the ports that the system gives out by itself, and a locked file says whose it is: tests run beside each other,
/// and between the choice of a port and its use another might have taken it.
pub fn free_port() -> u16 {
    static CLAIMS: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let folder = std::env::temp_dir().join("schoolgate-test-ports");
    std::fs::create_dir_all(&folder).expect("room on the disk");
    let start = std::process::id() as usize * 97;
    let mut claims = CLAIMS.lock().unwrap_or_else(PoisonError::into_inner);
    for offset in 0..20_000 {
        let port = 11_000 + ((start + offset * 7) % 20_000) as u16;
        let claim = File::create(folder.join(port.to_string())).expect("room on the disk");
        if claim.try_lock().is_ok() && std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            claims.push(claim);
            return port;
        }
    }
    panic!("loopback has no free port");
}

/// Looks again and again until there is something to see; gives up with a sentence after `most`.
pub fn wait_until<T>(what: &str, most: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + most;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < give_up, "waited {most:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A file or folder of the real mail beside the project; says so and gives nothing where it is absent.
pub fn shared(name: &str) -> Option<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = ["../shared", "../../shared"].iter().map(|up| here.join(up).join(name)).find(|path| path.exists());
    if found.is_none() {
        println!("skipped: ../shared/{name} is not here");
    }
    found
}

/// Whether a program is installed; says so where it is not.
pub fn installed(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).chain(["/usr/sbin".into()]).any(|folder| folder.join(program).exists());
    if !found {
        println!("skipped: {program} is not installed (scripts/setup installs it)");
    }
    found
}
