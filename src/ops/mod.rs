//! Being operated: log lines, metrics, health, the service manager, and `doctor`.
//!
//! In: what the other rooms say about themselves. Out: text for the person who keeps the gateway running. Nothing here
//! decides anything about a mail, and nothing here is ever shown content, passwords or keys.

pub mod bounded;
pub mod doctor;
pub mod health;
pub mod holder;
pub mod log;
pub mod metrics;
pub mod process;
pub mod remedy;
pub mod systemd;
pub mod visitor;
