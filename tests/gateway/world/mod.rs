//! The world around the gateway in tests: the real program in a folder of its own, an upstream that keeps what it takes, and
//! the shared folder of real mail where it is there. Everything listens on free ports of loopback and is stopped by its process id.
#![allow(dead_code)] // each test module uses its own part of it

pub mod gateway;
pub mod session;
pub mod upstream;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

pub use gateway::Gateway;
pub use upstream::Upstream;

/// A port that nobody listens on now, given once by this process. It lies below those that the kernel gives to connections (from
/// 32768 on), or one of the many that tests open could take it before its gateway does.
pub fn free_port() -> u16 {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 20_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let start = std::process::id() % COUNT * 97; // other runs of these tests begin elsewhere
    let tried = std::iter::repeat_with(|| FIRST + (start + GIVEN.fetch_add(1, Relaxed)) % COUNT).take(COUNT as usize);
    tried.filter_map(|port| u16::try_from(port).ok()).find(is_free).expect("loopback has a free port")
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
