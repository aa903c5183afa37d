//! The system calls that a child may make: those that computing takes, reading standard input and writing standard output.
//!
//! A list of what is allowed, since the kernel grows new calls every year. What is not on it is refused with EPERM and not answered
//! with death: the C library and crates try small things by themselves (a file under /proc, a time zone) and go on without, and a
//! release of either that tries one more must not turn every file into one "the reader died of". Nothing is lost by it: a reader that was
//! taken over can ask as often as it likes. Even a file that was left open to it cannot be used, since only 0 is read and 1 written.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition as Condition, SeccompFilter,
    SeccompRule,
};

/// Calls that may be made however they are meant.
const FREE: [i64; 22] = [
    // memory
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    // time and chance
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_sched_yield,
    // locks
    libc::SYS_futex,
    // its own signals: an overflowing stack is one
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    // the end
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Puts the filter on; nothing where the kernel has none, or this processor is not known to it.
#[must_use]
pub fn apply() -> Option<()> {
    seccompiler::apply_filter(&program()?).ok()
}

fn program() -> Option<BpfProgram> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = FREE.iter().map(|call| (*call, Vec::new())).collect();
    rules.extend(bound()?);
    let processor = std::env::consts::ARCH.try_into().ok()?;
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(rules, refused, SeccompAction::Allow, processor).ok()?.try_into().ok()
}

/// Calls that may be made with some arguments only.
fn bound() -> Option<Vec<(i64, Vec<SeccompRule>)>> {
    let is = |argument, value: u64| Condition::new(argument, Len::Dword, Op::Eq, value).ok();
    let masked = |argument, mask: u64, value: u64| Condition::new(argument, Len::Dword, Op::MaskedEq(mask), value).ok();
    let one = |call, conditions: Vec<Condition>| Some((call, vec![SeccompRule::new(conditions).ok()?]));
    let (executable, anonymous) = (number(libc::PROT_EXEC), number(libc::MAP_ANONYMOUS));
    Some(vec![
        one(libc::SYS_read, vec![is(0, 0)?])?,
        one(libc::SYS_write, vec![is(0, 1)?])?,
        // Memory that is no file and never becomes code.
        one(libc::SYS_mmap, vec![masked(2, executable, 0)?, masked(3, anonymous, anonymous)?])?,
        one(libc::SYS_mprotect, vec![masked(2, executable, 0)?])?,
        // `abort` sends a signal to itself.
        one(libc::SYS_tgkill, vec![is(0, u64::from(std::process::id()))?])?,
    ])
}

fn number(flag: libc::c_int) -> u64 {
    u64::from(flag.unsigned_abs())
}
