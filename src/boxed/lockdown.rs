//! The walls of a child, raised before it reads its first octet, in the only thread it has.
//!
//! Four of them, each of which holds alone: bounds on memory, CPU, files and processes (rlimits); no way to more rights
//! (`no_new_privs`, and no capability where it may be laid down); no file, port or foreign process (Landlock); and no system call but those that computing takes (seccomp, [`filter`]).
//! The first two every kernel has, and without them the child ends at once; the others are taken where the kernel has them, and
//! [`Walls`] says which it had. The child dies with the thread that started it, and is the first that the kernel ends when memory is short.

use std::io;

use landlock::{ABI, Access, AccessFs, AccessNet, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::process::{Resource, Rlimit, Signal};
use rustix::thread::{CapabilitySet, CapabilitySets};
use serde::{Deserialize, Serialize};

use super::filter;
use crate::base::limits;

/// Which walls stand round a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    pub landlock: Landlock,
    /// The filter of system calls.
    pub filter: bool,
    /// Files that were open beside the three usual ones; 0, unless whoever started the gateway left some open to every child.
    pub inherited: usize,
}

/// How much of Landlock the kernel has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Landlock {
    Fully,
    /// An older kernel: files, but not ports or signals.
    Partly,
    None,
}

/// Raises the walls round this process.
///
/// # Errors
/// The kernel refuses a bound or `no_new_privs`.
pub fn raise() -> io::Result<Walls> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    std::env::set_current_dir("/")?;
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000"); // where /proc is absent nothing is lost but the order
    let inherited = inherited();
    rustix::thread::set_no_new_privs(true)?;
    bounds()?;
    no_capabilities();
    let landlock = landlock();
    // Only now: Landlock opens a file to say what it wants.
    at_most(Resource::Nofile, 0)?;
    Ok(Walls { landlock, filter: filter::apply().is_some(), inherited })
}

/// What is open now beside standard input, output and error, and the folder that is being read here.
fn inherited() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, |open| open.count().saturating_sub(4))
}

fn bounds() -> io::Result<()> {
    at_most(Resource::As, limits::BOX_MEMORY)?;
    at_most(Resource::Stack, limits::BOX_STACK)?;
    at_most(Resource::Cpu, limits::BOX_CPU.as_secs())?;
    at_most(Resource::Fsize, 0)?;
    at_most(Resource::Nproc, 0)?;
    at_most(Resource::Memlock, 0)?;
    no_dump()
}

/// Even where the gateway is root, or may open low ports: what a child does not need it does not have (capabilities(7)). Where a filter
/// round the gateway forbids to say so, as in our unit, it keeps the leave for low ports, and no call to use it with.
fn no_capabilities() {
    let none = CapabilitySet::empty();
    let _ = rustix::thread::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none });
}

/// A dump would hold what the child was reading. Where dumps go to a program, core(5) knows no bound but 1, which is its word for
/// "none"; where that may not be set any more, 0 keeps it from becoming a file.
fn no_dump() -> io::Result<()> {
    let one = Rlimit { current: Some(1), maximum: Some(1) };
    rustix::process::setrlimit(Resource::Core, one).map_or_else(|_| at_most(Resource::Core, 0), Ok)
}

/// Lowers a bound; one that is lower already stays.
fn at_most(what: Resource, most: u64) -> io::Result<()> {
    let now = rustix::process::getrlimit(what);
    let lower = |bound: Option<u64>| Some(bound.map_or(most, |bound| bound.min(most)));
    let new = Rlimit { current: lower(now.current), maximum: lower(now.maximum) };
    Ok(rustix::process::setrlimit(what, new)?)
}

/// All that Landlock knows is handled, and nothing is allowed.
fn landlock() -> Landlock {
    let abi = ABI::V6;
    let restricted = Ruleset::default()
        .set_compatibility(landlock::CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(abi)))
        .and_then(|rules| rules.scope(Scope::from_all(abi)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self);
    match restricted.map(|status| status.ruleset) {
        Ok(RulesetStatus::FullyEnforced) => Landlock::Fully,
        Ok(RulesetStatus::PartiallyEnforced) => Landlock::Partly,
        Ok(RulesetStatus::NotEnforced) | Err(_) => Landlock::None,
    }
}
