//! Whether a mail tells the password of what it protects: then it protects nothing.
//!
//! In: the texts that people read in a mail. Out: yes or no. A word that means password must be followed closely by something that may be
//! one: "the password is Heron42", "Passwort: …". That it comes by telephone, or is the usual one, tells nothing.

use std::sync::LazyLock;

use regex::Regex;

/// A word for password, what may stand between, and what may be one.
static TOLD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let word = r"pass\s?(?:word|code|phrase|key)|pwd|p/w|pw|pin";
    let between = r#"(?:\s+(?:for|to|of|on)\s+(?:the|this|that|it|these|open|both|all|your)?(?:\s+\S+){0,4}?)?\s*(?:is|are|was|will be|:|=|-|–)+\s*(?:just\s+|simply\s+)?[:=]?\s*["'“‘`(]*"#;
    Regex::new(&format!(r"(?i)\b(?:{word})s?{between}(\S{{4,40}})")).ok()
});

/// Words that stand where a password would and are none.
const NO_PASSWORDS: [&str; 44] = [
    "sent",
    "send",
    "being",
    "following",
    "follow",
    "follows",
    "coming",
    "given",
    "protected",
    "required",
    "needed",
    "available",
    "known",
    "unknown",
    "different",
    "same",
    "usual",
    "your",
    "the",
    "this",
    "that",
    "with",
    "from",
    "will",
    "have",
    "been",
    "attached",
    "below",
    "above",
    "shared",
    "agreed",
    "provided",
    "separate",
    "separately",
    "under",
    "called",
    "what",
    "which",
    "where",
    "changed",
    "wrong",
    "correct",
    "already",
    "told",
];

/// Whether a text tells one.
pub(super) fn is_told(text: &str) -> bool {
    let Some(told) = TOLD.as_ref() else { return false };
    told.captures_iter(text).filter_map(|found| found.get(1)).any(|candidate| may_be(candidate.as_str()))
}

/// A word in lower case alone may be one too, unless it is a word that sentences go on with.
fn may_be(candidate: &str) -> bool {
    let bare = candidate.trim_matches(|c: char| ".,;:!?)\"'”’`".contains(c));
    bare.chars().count() >= 4 && !NO_PASSWORDS.contains(&bare.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::is_told;

    #[test]
    fn a_password_in_the_same_mail_is_seen() {
        let told = [
            "The password is Heron42",
            "Password: sunflower",
            "pwd = Xy9!kk",
            "The password for the attached file is: 'Kestrel-7'",
            "passcode - 482913",
            "Please note the password to open it is Oakfield2026.",
            "The PIN is 4829",
            "Pass word: blue-heron",
        ];
        for text in told {
            assert!(is_told(text), "{text}");
        }
    }

    #[test]
    fn what_only_speaks_of_passwords_is_not() {
        let not = [
            "The password will follow by telephone.",
            "I shall ring you with the password.",
            "The file is password protected.",
            "The password is the usual one.",
            "The password is being sent separately.",
            "Please reset your password.",
            "The password is known to you.",
            "Spin is important",
        ];
        for text in not {
            assert!(!is_told(text), "{text}");
        }
    }
}
