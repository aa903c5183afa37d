//! Mail on its way and mail held.
pub mod job;
pub use job::{Demand, Job, JobId, NewJob, Outcome, State};
