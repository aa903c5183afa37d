//! Which header fields a rule may add to a mail: said by `check` before it happens, and asked again where it happens.

/// Fields that a rule must not write: they would forge the mail's trace, what others vouch for, or what stands once only.
const NOT_FOR_RULES: [&str; 16] = [
    "received",
    "received-spf",
    "return-path",
    "authentication-results",
    "dkim-signature",
    "domainkey-signature",
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "date",
    "message-id",
    "subject",
    "mime-version",
    "reply-to",
];

/// Whether a rule may add a header of that name.
///
/// # Errors
/// A sentence that says why not, for `check`.
pub fn for_rules(name: &str) -> Result<(), String> {
    let lower = name.to_ascii_lowercase();
    // RFC 5322 section 3.6.8.
    if name.is_empty() || name.len() > 76 || !name.bytes().all(|b| (b'!'..=b'~').contains(&b) && b != b':') {
        return Err("a header's name is 1 to 76 printable ASCII characters without a colon or a space".to_owned());
    }
    let family = ["content-", "resent-", "arc-"].iter().any(|start| lower.starts_with(start));
    if family || NOT_FOR_RULES.contains(&lower.as_str()) {
        return Err(format!(
            "a rule must not write the header \"{name}\": it is the mail's own, or what servers say of the mail"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::for_rules;

    #[test]
    fn what_belongs_to_the_mail_or_to_others_is_not_for_rules() {
        for name in
            ["", "A b", "A:", "Subject", "received", "DKIM-Signature", "Content-Type", "Resent-To", "ARC-Seal", "Reply-To"]
        {
            assert!(for_rules(name).is_err(), "{name}");
        }
        assert_eq!(for_rules("X-School"), Ok(()));
    }
}
