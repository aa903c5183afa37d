//! The archive's own work: taking in mail that the gateway did not carry (`journal`, `import`).
//!
//! In: mails as journal listeners and files give them. Out: their bytes, envelope and provenance, ready to be kept. Keeping is the
//! store's work, and which retention class is the rules'; the pipeline joins them.

pub mod export;
pub mod import;
pub mod journal;
pub mod stats;
