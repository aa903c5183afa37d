//! The archive's own work: taking in mail that the gateway did not carry (`journal`, `import`); keeping mail as long as it must be kept and
//! no longer (`retention`, `holds`, `purge`).
//!
//! In: mails as journal listeners and files give them. Out: their bytes, envelope and provenance, ready to be kept. Keeping is the
//! store's work, and which retention class is the rules'; the pipeline joins them.

pub mod clock;
pub mod export;
pub mod holds;
pub mod import;
pub mod journal;
mod keeping_sql;
pub mod proof;
pub mod purge;
pub mod retention;
pub mod stats;
pub mod verify;

#[cfg(test)]
mod keeping_tests;
