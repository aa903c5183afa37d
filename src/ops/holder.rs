//! Who holds a port that is taken: the name and number of the program, as far as this user may see.
//!
//! In: an address. Out: a [`Holder`], read from `/proc`; root sees every program, others only their own. Nothing fails: what
//! cannot be seen is nobody.

use std::net::{IpAddr, SocketAddr};

/// A program that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub program: String,
    pub pid: u32,
}

impl Holder {
    /// Whether it is a gateway like this one.
    #[must_use]
    pub fn is_schoolgate(&self) -> bool {
        self.program == "schoolgate"
    }
}

/// The program that listens where `address` wants to, if it can be seen.
#[must_use]
pub fn of(address: SocketAddr) -> Option<Holder> {
    let inodes = listening_inodes(address);
    processes().find_map(|pid| holds_any(pid, &inodes).then(|| Holder { program: name_of(pid), pid }))
}

/// The sockets that stand in the way: same port, and the same address or all addresses on either side.
fn listening_inodes(address: SocketAddr) -> Vec<u64> {
    let mut inodes = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        let listening = text.lines().skip(1).filter_map(read_line);
        inodes.extend(listening.filter(|(there, _)| overlaps(*there, address)).map(|(_, inode)| inode));
    }
    inodes
}

fn overlaps(there: SocketAddr, wanted: SocketAddr) -> bool {
    let (a, b) = (there.ip().to_canonical(), wanted.ip().to_canonical());
    there.port() == wanted.port() && (a == b || a.is_unspecified() || b.is_unspecified())
}

/// One line of `/proc/net/tcp`: local address, state (0A is listening) and inode of a listening socket.
fn read_line(line: &str) -> Option<(SocketAddr, u64)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    if *fields.get(3)? != "0A" {
        return None;
    }
    let (ip, port) = fields.get(1)?.split_once(':')?;
    let address = SocketAddr::new(read_ip(ip)?, u16::from_str_radix(port, 16).ok()?);
    Some((address, fields.get(9)?.parse().ok()?))
}

/// The kernel prints each 32 bits of an address as a number of the machine's own byte order.
fn read_ip(hex: &str) -> Option<IpAddr> {
    let mut bytes = Vec::with_capacity(16);
    for at in (0..hex.len()).step_by(8) {
        let word = u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?;
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    match bytes.len() {
        4 => Some(IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        16 => Some(IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?)),
        _ => None,
    }
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn holds_any(pid: u32, inodes: &[u64]) -> bool {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let mut sockets = files.filter_map(|file| {
        let target = std::fs::read_link(file.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse::<u64>().ok()
    });
    !inodes.is_empty() && sockets.any(|inode| inodes.contains(&inode))
}

/// The program's name, printable.
fn name_of(pid: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim().chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{of, read_line};

    #[test]
    fn a_port_of_our_own_is_ours() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(of(address).unwrap().pid, std::process::id());
        let everywhere = std::net::SocketAddr::new("0.0.0.0".parse().unwrap(), address.port());
        assert_eq!(of(everywhere).unwrap().pid, std::process::id());
        drop(listener);
        assert_eq!(of(address), None);
    }

    #[test]
    fn lines_that_are_not_as_expected_are_nobody() {
        for line in ["", "x", "0: 0100007F:0019 00000000:0000 01 0 0 0 0 0 7", "0: 01:0019 00000000:0000 0A 0 0 0 0 0 7"] {
            assert_eq!(read_line(line), None, "{line}");
        }
    }
}
