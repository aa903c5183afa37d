//! The sample mails: each shows one thing that the gateway does.

/// One sample.
pub struct Sample {
    /// What it is, in the table.
    pub title: &'static str,
    pub to: &'static [&'static str],
    pub mail: &'static [u8],
}

macro_rules! sample {
    ($title:literal, $file:literal, $($to:literal),+) => {
        Sample { title: $title, to: &[$($to),+], mail: include_bytes!(concat!("../../fixtures/mail/demo/", $file)) }
    };
}

/// All of them, in the order they are sent.
pub const ALL: &[Sample] = &[
    sample!("plain text to a parent", "01-plain-to-a-parent.eml", "parent@example.com"),
    sample!("HTML and text, as Outlook writes it", "02-html-from-outlook.eml", "parent@example.com"),
    sample!("to a colleague", "03-to-a-colleague.eml", "caretaker@oakfield.example.sch.uk"),
    sample!("to the head and to a governor", "04-inside-and-outside.eml", "head@oakfield.example.sch.uk", "governor@example.org"),
    sample!("a reply with a quote", "05-reply-with-a-quote.eml", "parent@example.com"),
    sample!("signed (S/MIME)", "06-signed.eml", "bursar@council.example.gov.uk"),
    sample!("has the notice already", "07-notice-there-already.eml", "parent@example.com"),
    sample!("CONFIDENTIAL in the subject", "08-confidential.eml", "social.worker@example.org"),
    sample!("an automatic reply", "09-out-of-office.eml", "parent@example.com"),
    sample!("with a large file", "10-too-large.eml", "printer@example.net"),
    sample!("to somebody who is gone", "11-nobody-there.eml", "nobody@example.com"),
    sample!("base64, with an invitation", "12-base64-with-an-invitation.eml", "parent@example.com"),
    sample!("a program that is called a PDF", "13-program-called-pdf.eml", "parent@example.com"),
    sample!("a ZIP with a password", "14-zip-with-a-password.eml", "social.worker@example.org"),
];
