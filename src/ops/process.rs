//! What this process and its disk use, as the kernel tells it. Every number may be missing; none can fail.

use std::path::Path;

/// The kernel counts CPU time in these for user space, whatever its own clock (`USER_HZ`, part of the Linux ABI).
const TICKS_PER_SECOND: f64 = 100.0;

/// Memory, CPU and open files of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Bytes in memory now (`VmRSS`).
    pub resident: u64,
    /// The most there ever were (`VmHWM`).
    pub resident_peak: u64,
    /// Seconds of CPU since the start, in user space and in the kernel.
    pub cpu_seconds: f64,
    pub threads: u64,
    pub open_files: u64,
}

/// Looks at this process. Numbers the system does not tell are zero.
#[must_use]
pub fn usage() -> Usage {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    Usage {
        resident: status_number(&status, "VmRSS:") << 10,
        resident_peak: status_number(&status, "VmHWM:") << 10,
        cpu_seconds: cpu_seconds(&stat),
        threads: status_number(&status, "Threads:"),
        open_files: std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64),
    }
}

/// Bytes that may still be written at a place, by others than root.
///
/// # Errors
/// What the system says about the place.
pub fn disk_free(place: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(place)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn status_number(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// `utime` and `stime` of `/proc/self/stat`: the 12th and 13th field after the name, which may itself hold brackets.
fn cpu_seconds(stat: &str) -> f64 {
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u32 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    f64::from(ticks) / TICKS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::{cpu_seconds, disk_free, usage};

    #[test]
    fn a_running_process_uses_something() {
        let now = usage();
        assert!(now.resident > 1 << 20 && now.resident_peak >= now.resident, "{now:?}");
        assert!(now.threads >= 1 && now.open_files >= 3, "{now:?}");
    }

    #[test]
    fn cpu_time_is_read_past_a_name_with_brackets() {
        assert!((cpu_seconds("7 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0") - 3.0).abs() < 1e-9);
        assert!(cpu_seconds("nonsense").abs() < 1e-9);
    }

    #[test]
    fn a_disk_has_a_number_of_free_bytes_and_a_missing_place_an_error() {
        assert!(disk_free(&std::env::temp_dir()).unwrap() > 0);
        assert!(disk_free(std::path::Path::new("/no/such/place")).is_err());
    }
}
