//! Words that every room uses: addresses, envelopes, hashes, replies, references, limits.
//!
//! Nothing here reads a clock, a disk or a network, and nothing here imports another room.

pub mod address;
pub mod base64_lines;
pub mod base64_text;
pub mod envelope;
pub mod hash;
pub mod header_name;
pub mod limits;
pub mod line;
pub mod reference;
pub mod reply;
pub mod room;
pub mod secret;
pub mod submission;

pub use address::{Address, Domain, ReversePath};
pub use envelope::{BodyKind, Envelope, Notify, Recipient, Ret};
pub use jiff::Timestamp;
pub use line::one_line;
pub use reference::Ref;
pub use reply::Reply;
pub use room::{Ration, Room};
pub use secret::Secret;
pub use submission::{Assurance, ListenerKind, Origin, Submission, TlsFacts, TlsProof};
