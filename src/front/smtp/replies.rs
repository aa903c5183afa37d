//! What the front says of its own accord, in one place. What a rule or the store says comes from the gate.

use super::scan::Fault;
use crate::base::{Domain, Reply, limits};

pub fn greeting(host: &Domain) -> Reply {
    Reply::new(220, "", format!("{host} ESMTP ready"))
}

pub fn ok() -> Reply {
    Reply::new(250, "2.0.0", "ok")
}

pub fn sender_ok() -> Reply {
    Reply::new(250, "2.1.0", "sender ok")
}

pub fn recipient_ok() -> Reply {
    Reply::new(250, "2.1.5", "recipient ok")
}

pub fn go_ahead() -> Reply {
    Reply::new(354, "", "send the mail; end it with a dot on a line of its own")
}

pub fn chunk_ok(octets: u64) -> Reply {
    Reply::new(250, "2.0.0", format!("{octets} octets received"))
}

pub fn goodbye() -> Reply {
    Reply::new(221, "2.0.0", "goodbye")
}

pub fn help() -> Reply {
    Reply::new(214, "2.0.0", "see RFC 5321; the school's postmaster helps people")
}

/// RFC 5321 section 3.5.3: neither confirmed nor denied.
pub fn cannot_verify() -> Reply {
    Reply::new(252, "2.0.0", "send a mail and see")
}

pub fn not_offered() -> Reply {
    Reply::new(502, "5.5.1", "this is not offered here")
}

/// The command does not fit what went before it.
pub fn out_of_order(why: &'static str) -> Reply {
    Reply::new(503, "5.5.1", why)
}

pub fn no_recipients() -> Reply {
    Reply::new(554, "5.5.1", "no valid recipients")
}

pub fn sign_in_needed() -> Reply {
    Reply::new(530, "5.7.0", "sign in first")
}

pub fn tls_needed() -> Reply {
    Reply::new(530, "5.7.0", "say STARTTLS and sign in first")
}

pub fn sign_in_needs_tls() -> Reply {
    Reply::new(538, "5.7.11", "signing in needs encryption: say STARTTLS first")
}

pub fn relay_denied() -> Reply {
    Reply::new(550, "5.7.1", "relaying denied: this address is not in a trusted network")
}

pub fn not_the_journal() -> Reply {
    Reply::new(550, "5.7.1", "copies are not taken for this address")
}

pub fn utf8_needed() -> Reply {
    Reply::new(553, "5.6.7", "an address beyond ASCII needs SMTPUTF8 with MAIL FROM")
}

pub fn too_many_recipients(limit: usize) -> Reply {
    Reply::new(452, "4.5.3", format!("too many recipients; {limit} fit into one mail, send to the others in another"))
}

pub fn too_big(limit: u64) -> Reply {
    Reply::new(552, "5.3.4", format!("the mail is too big; at most {limit} octets are accepted"))
}

pub fn no_room() -> Reply {
    Reply::new(451, "4.3.1", "too much mail is being received at present; try again in a few minutes")
}

pub fn cannot_carry(fault: Fault) -> Reply {
    Reply::new(554, "5.6.0", fault.to_string())
}

// Endings.

pub fn bare_line_end() -> Reply {
    Reply::new(521, "5.5.2", "a CR or LF stood alone; lines end in CRLF")
}

pub fn long_line() -> Reply {
    Reply::new(500, "5.5.6", format!("the line is longer than {} octets", limits::AUTH_LINE_OCTETS))
}

pub fn spoke_first() -> Reply {
    Reply::new(554, "5.5.1", "you spoke before the greeting")
}

pub fn not_smtp() -> Reply {
    Reply::new(554, "5.5.2", "this is not SMTP")
}

/// RFC 2920 section 3.1 (DATA) and RFC 3207 section 4 (STARTTLS): both must be the last of their group.
pub fn spoke_out_of_turn() -> Reply {
    Reply::new(554, "5.5.0", "you sent more before this command was answered")
}

pub fn too_many_errors() -> Reply {
    Reply::new(421, "4.7.0", "too many errors")
}

pub fn too_many_idle_commands() -> Reply {
    Reply::new(421, "4.7.0", "too many commands without a mail")
}

pub fn too_many_mails() -> Reply {
    Reply::new(421, "4.7.0", "enough mails in one session; please connect again")
}

pub fn timed_out() -> Reply {
    Reply::new(421, "4.4.2", "you took too long")
}

pub fn stopping() -> Reply {
    Reply::new(421, "4.3.2", "the gateway is being stopped or restarted; try again in a minute")
}

// Signing in (RFC 4954 section 6).

pub fn welcome() -> Reply {
    Reply::new(235, "2.7.0", "signed in")
}

pub fn sign_in_refused() -> Reply {
    Reply::new(535, "5.7.8", "name and password do not belong together")
}

pub fn sign_in_unavailable() -> Reply {
    Reply::new(454, "4.7.0", "signing in is not possible at present; try again in a few minutes")
}

pub fn sign_in_cancelled() -> Reply {
    Reply::new(501, "5.7.0", "cancelled")
}

pub fn sign_in_malformed() -> Reply {
    Reply::new(501, "5.5.2", "this response cannot be decoded")
}

pub fn unknown_mechanism() -> Reply {
    Reply::new(504, "5.5.4", "only PLAIN and LOGIN are offered")
}

/// A challenge of an AUTH exchange, already in base64.
pub fn challenge(base64: &'static str) -> Reply {
    Reply::new(334, "", base64)
}
