//! Schoolgate: the gate through which a school's mail leaves. `ARCHITECTURE.md` is the map; the modules stand in the order of the flow.

pub mod access;
pub mod base;
pub mod config;
pub mod deliver;
pub mod front;
pub mod ledger;
pub mod message;
pub mod notice;
pub mod ops;
pub mod plan;
pub mod policy;
pub mod queue;
pub mod store;
