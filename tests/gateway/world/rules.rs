//! Rules that several tests add to the common configuration.

/// Mail to people outside carries the notice.
pub const NOTICE: &str = r#"
[[rule]]
id    = "notice"
about = "Mail to people outside carries the school's notice"
mode  = "enforce"
when.to       = "outside"
do.disclaimer = "standard"
"#;

/// CONFIDENTIAL in the subject is held.
pub const CONFIDENTIAL: &str = r#"
[[rule]]
id    = "confidential"
about = "CONFIDENTIAL waits for the technician"
mode  = "enforce"
when.to           = "outside"
when.subject_word = ["confidential"]
do.hold_for       = "technician"
on_error          = "hold"
"#;
