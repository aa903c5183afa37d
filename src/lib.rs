//! Schoolgate: the gate through which a school's mail leaves. `ARCHITECTURE.md` is the map; the modules stand in the order of the flow.

pub mod base;
pub mod config;

pub mod boxed;
pub mod detect;
pub mod extract;
pub mod front;
pub mod message;
pub mod notice;
pub mod plan;
pub mod policy;
pub mod scan;

pub mod access;
pub mod archive;
pub mod contacts;
pub mod ledger;
pub mod protect;
pub mod queue;
pub mod search;
pub mod store;
pub mod threads;

pub mod backup;

pub mod deliver;
pub mod pipeline;

pub mod cli;
pub mod console;
pub mod demo;
pub mod gateway;
pub mod ops;
pub mod pickup;
