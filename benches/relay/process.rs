//! What a process and its children used, out of /proc.

use std::collections::HashSet;
use std::io::Write;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Default)]
pub struct Usage {
    pub cpu: Duration,
    /// Bytes resident at the most so far, all processes together.
    pub peak_memory: u64,
}

/// What a process and all its descendants have used so far, those that ended included.
pub fn usage(root: u32) -> Usage {
    let mut all: HashSet<u32> = [root].into();
    let processes = processes();
    while let Some(child) = processes.iter().find(|p| all.contains(&p.parent) && !all.contains(&p.id)) {
        all.insert(child.id);
    }
    let mut usage = Usage::default();
    for process in processes.iter().filter(|p| all.contains(&p.id)) {
        usage.cpu += process.cpu;
        usage.peak_memory += peak_memory(process.id);
    }
    usage
}

/// The median time of an fsync of 8 KB in the folder where temporary files are made.
pub fn fsync_time() -> String {
    let mut file = tempfile::tempfile().expect("a temporary file");
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            file.write_all(&[1; 8192]).expect("room on the disk");
            let started = Instant::now();
            file.sync_data().expect("fsync works");
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    format!("p50 {:.2} ms, p99 {:.2} ms", times[100].as_secs_f64() * 1e3, times[198].as_secs_f64() * 1e3)
}

struct Process {
    id: u32,
    parent: u32,
    cpu: Duration,
}

fn processes() -> Vec<Process> {
    let ids = std::fs::read_dir("/proc").expect("/proc is there").flatten();
    ids.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(read).collect()
}

fn read(id: u32) -> Option<Process> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields[11..15].iter().filter_map(|f| f.parse::<u64>().ok()).sum(); // own and reaped children's, user and system
    Some(Process { id, parent: fields[1].parse().ok()?, cpu: Duration::from_millis(ticks * 10) })
}

fn peak_memory(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) * 1024
}
