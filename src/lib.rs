//! Schoolgate: the gate through which a school's mail leaves. `ARCHITECTURE.md` is the map; the modules stand in the order of the flow.
#![forbid(unsafe_code)]
#![warn(clippy::pedantic)]
#![allow(clippy::module_name_repetitions, clippy::must_use_candidate, clippy::missing_errors_doc)]

pub mod base;
pub mod config;
pub mod ledger;
pub mod message;
pub mod queue;
