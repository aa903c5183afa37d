//! The commands of one transaction, written out (RFC 5321, RFC 1870, RFC 6152, RFC 6531, RFC 3461, RFC 8689).
//!
//! Pure. In: the envelope of a copy and what the next hop offers. Out: command lines, each ending in its only CRLF, or the reason
//! why this mail cannot go there ([`Unfit`]). Nothing of the envelope is copied raw: addresses are printed by their type,
//! parameters are written as xtext, and a line that still held a control character would not be said at all.

use smtp_proto::{EXT_8BIT_MIME, EXT_DSN, EXT_REQUIRE_TLS, EXT_SIZE, EXT_SMTP_UTF8};

use crate::base::envelope::to_xtext;
use crate::base::{Recipient, Ret};
use crate::config::RequireTls;
use crate::queue::NewJob;

/// Octets of a command line that we say. Longer ones come only from hostile parameters.
const LINE_OCTETS: usize = 2000;

/// Why a mail cannot be handed to this next hop, with the enhanced code for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    pub(super) status: &'static str,
    pub(super) why: String,
}

/// What of a mail's bytes matters for its commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traits {
    pub(super) octets: u64,
    /// A byte beyond ASCII, anywhere.
    pub(super) eight_bit: bool,
    /// A byte beyond ASCII in the header.
    pub(super) eight_bit_header: bool,
}

impl Traits {
    /// Looks a mail over.
    pub(super) fn of(content: &[u8]) -> Self {
        let eight_bit = !content.is_ascii();
        let eight_bit_header = eight_bit && !header_of(content).is_ascii();
        Self { octets: content.len() as u64, eight_bit, eight_bit_header }
    }
}

/// The header of a mail, without the empty line.
pub(super) fn header_of(content: &[u8]) -> &[u8] {
    let end = content.windows(4).position(|four| four == b"\r\n\r\n").map_or(content.len(), |at| at + 2);
    content.get(..end).unwrap_or(content)
}

/// Whether the copy needs SMTPUTF8 (RFC 6531 section 3.4): its client said so, and something in it is beyond ASCII.
pub(super) fn needs_smtputf8(copy: &NewJob, recipients: &[&Recipient], traits: Traits) -> bool {
    let addresses_ascii =
        copy.reverse_path.address().is_none_or(|a| a.is_ascii()) && recipients.iter().all(|r| r.address.is_ascii());
    !addresses_ascii || (copy.smtputf8 && traits.eight_bit_header)
}

/// `MAIL FROM`.
pub(super) fn mail(copy: &NewJob, recipients: &[&Recipient], traits: Traits, offers: u32, size: u64) -> Result<String, Unfit> {
    let offered = |extension: u32| offers & extension != 0;
    if offered(EXT_SIZE) && size != 0 && traits.octets > size {
        let why = format!("the mail has {} octets, and the next hop takes {size} at most", traits.octets);
        return Err(Unfit { status: "5.3.4", why });
    }
    let mut line = format!("MAIL FROM:<{}>", copy.reverse_path);
    if offered(EXT_SIZE) {
        line.push_str(&format!(" SIZE={}", traits.octets));
    }
    // RFC 6152 section 3 would have us convert for a host without 8BITMIME. That would break signatures; the mail goes as it is,
    // as it does from most servers today.
    if offered(EXT_8BIT_MIME) && traits.eight_bit {
        line.push_str(" BODY=8BITMIME");
    }
    if needs_smtputf8(copy, recipients, traits) {
        if !offered(EXT_SMTP_UTF8) {
            let why = "an address or header of this mail is written in letters beyond ASCII, and the next hop does not take that";
            return Err(Unfit { status: "5.6.7", why: why.into() });
        }
        line.push_str(" SMTPUTF8");
    }
    if offered(EXT_DSN) {
        match copy.ret {
            Some(Ret::Full) => line.push_str(" RET=FULL"),
            Some(Ret::Headers) => line.push_str(" RET=HDRS"),
            None => {}
        }
        if let Some(envid) = &copy.envid {
            line.push_str(&format!(" ENVID={}", to_xtext(envid)));
        }
    }
    finish(line)
}

/// `MAIL FROM` with the demand that the next hop demands verified TLS as well (RFC 8689 section 4.2.1), where it takes that.
pub(super) fn onward(mut line: String, wanted: RequireTls, offers: u32) -> Result<String, Unfit> {
    let offered = offers & EXT_REQUIRE_TLS != 0;
    match wanted {
        RequireTls::Off => {}
        RequireTls::WhereOffered | RequireTls::Demanded if offered => line.insert_str(line.trim_end().len(), " REQUIRETLS"),
        RequireTls::WhereOffered => {}
        RequireTls::Demanded => {
            let why =
                "the next hop does not promise to keep this mail encrypted on its way onward (REQUIRETLS), as the route demands";
            return Err(Unfit { status: "5.7.30", why: why.into() });
        }
    }
    Ok(line)
}

/// `RCPT TO`.
pub(super) fn rcpt(recipient: &Recipient, offers: u32) -> Result<String, Unfit> {
    let mut line = format!("RCPT TO:<{}>", recipient.address);
    if offers & EXT_DSN != 0 {
        if let Some(notify) = recipient.notify {
            let wishes = [("SUCCESS", notify.success), ("FAILURE", notify.failure), ("DELAY", notify.delay)];
            let wishes: Vec<&str> = wishes.into_iter().filter(|(_, on)| *on).map(|(word, _)| word).collect();
            let wishes = if wishes.is_empty() { "NEVER".to_owned() } else { wishes.join(",") };
            line.push_str(&format!(" NOTIFY={wishes}"));
        }
        if let Some((kind, address)) = recipient.orcpt.as_deref().and_then(|orcpt| orcpt.split_once(';')) {
            line.push_str(&format!(" ORCPT={};{}", to_xtext(kind), orcpt_text(kind, address)));
        }
    }
    finish(line)
}

/// The address of an ORCPT in its own coding: xtext, or for the type `utf-8` that of RFC 6533 section 3.
pub(super) fn orcpt_text(kind: &str, address: &str) -> String {
    if !kind.eq_ignore_ascii_case("utf-8") {
        return to_xtext(address);
    }
    let mut out = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '+' | '=' | '\\' => out.push_str(&format!("\\x{{{:X}}}", u32::from(c))),
            '!'..='~' => out.push(c),
            c => out.push_str(&format!("\\x{{{:X}}}", u32::from(c))),
        }
    }
    out
}

fn finish(mut line: String) -> Result<String, Unfit> {
    if line.len() > LINE_OCTETS || line.chars().any(char::is_control) {
        return Err(Unfit { status: "5.5.4", why: "the envelope of this mail cannot be written as an SMTP command".into() });
    }
    line.push_str("\r\n");
    Ok(line)
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
