//! Mails with attachments, as a client writes them.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::gateway::OFFICE;

/// One attachment as it stands in a mail: its header fields and its body, encoded.
pub struct File {
    pub head: String,
    pub body: String,
}

impl File {
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        Self::lines_of(name, bytes, 76)
    }

    /// In base64 with lines of another length.
    pub fn lines_of(name: &str, bytes: &[u8], width: usize) -> Self {
        let encoded = BASE64_STANDARD.encode(bytes);
        let lines = encoded.as_bytes().chunks(width).map(String::from_utf8_lossy);
        let head = format!(
            "Content-Type: application/octet-stream; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n"
        );
        Self { head, body: lines.collect::<Vec<_>>().join("\r\n") }
    }
}

/// A mail of the office with these.
pub fn mail(to: &str, files: &[File]) -> String {
    let mut text = format!(
        "From: {OFFICE}\r\nTo: {to}\r\nSubject: Forms\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n\
         --edge\r\nContent-Type: text/plain\r\n\r\nPlease find the forms attached.\r\n"
    );
    for File { head, body } in files {
        text.push_str(&format!("--edge\r\n{head}\r\n{body}\r\n"));
    }
    text + "--edge--\r\n"
}
