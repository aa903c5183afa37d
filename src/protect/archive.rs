//! A mail as a file that a password opens: an AES-256 zip (WinZip AE-2), in a mail that says how to open it.
//!
//! In: a mail, a password, the words of the mail around it. Out: the bytes of that mail. The names and sizes of what is in a
//! zip stand in clear, also where it is encrypted; so the outer archive holds one entry, `message.zip`, and that one the
//! page and the files ([`page`]). 7-Zip, WinZip, WinRAR, Keka and The Unarchiver open it; Windows Explorer and the macOS
//! Finder do not open AES, so the words have to say which program does. Fails on a password that is too short, and where
//! a library does.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{AesMode, CompressionMethod, ZipWriter};

use super::{Cover, Why, columns, cover, page, password};
use crate::base::Secret;
use crate::message::Message;

/// The mail around the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its subject, which must tell nothing.
    pub subject: String,
    /// Its text: what this is, who tells the password, and which program opens it.
    pub text: String,
}

impl Default for Notice {
    fn default() -> Self {
        Self {
            subject: "A protected message for you".to_owned(),
            text: "The message is in the attached file, protected by a password. The sender will tell you the password by telephone;\n\
                   if they have not yet, please ask them. It is never sent by mail.\n\n\
                   To open it:\n\
                   1. Save the attached file.\n\
                   2. Open it with 7-Zip on Windows (free, www.7-zip.org), Keka or The Unarchiver on a Mac, or ZArchiver or iZip\n\
                   on a phone. What Windows and macOS bring along does not open it.\n\
                   3. Type the password with its hyphens. In it is message.zip; open that too, then message.html.\n"
                .to_owned(),
        }
    }
}

/// The mail, readable for whoever has the password.
///
/// # Errors
/// The password is too short, or a library fails.
pub fn encrypt(message: &Message, password: &Secret, notice: &Notice) -> Result<Vec<u8>, Why> {
    let password = password::judge(password)?;
    let inner = contents(&page::unsealed(message)).map_err(Why::failed)?;
    let outer = locked(&inner, password).map_err(Why::failed)?;
    drop(inner);
    let boundary = columns::boundary()?;
    // Of the mail's own header nothing is inside but what the page shows; the subject is the notice's, also where there was none.
    let mut mail = Cover { subject: Some(notice.subject.clone()) }.outside(message);
    if message.subjects().is_empty() {
        mail.extend_from_slice(format!("Subject: {}\r\n", cover::encoded(&notice.subject)).as_bytes());
    }
    mail.extend_from_slice(
        format!("Content-Type: multipart/mixed;\r\n boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n").as_bytes(),
    );
    mail.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    columns::base64(&mut mail, lines(&notice.text).as_bytes());
    mail.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
    mail.extend_from_slice(
        b"Content-Type: application/zip; name=\"protected.zip\"\r\nContent-Transfer-Encoding: base64\r\n\
          Content-Disposition: attachment; filename=\"protected.zip\"\r\n\r\n",
    );
    columns::base64(&mut mail, &outer);
    mail.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Ok(mail)
}

/// The inner archive: the page and every file. Its times are the format's first, which tell nothing.
fn contents(message: &Message) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    zip.start_file("message.html", packed)?;
    zip.write_all(page::document(message).as_bytes())?;
    for attachment in page::attachments(message) {
        let Some(part) = message.parts().get(attachment.part) else { continue };
        zip.start_file(&attachment.name, packed)?;
        zip.write_all(&message.decoded(part))?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The outer archive. Written as a stream: then `zip` writes AE-2, which has no checksum of the plain bytes by which somebody
/// could tell that they guessed them.
fn locked(inner: &[u8], password: &str) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new_stream(Vec::with_capacity(inner.len() + 512));
    let sealed =
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored).with_aes_encryption(AesMode::Aes256, password);
    zip.start_file("message.zip", sealed)?;
    zip.write_all(inner)?;
    Ok(zip.finish()?.into_inner())
}

/// A text with the line ends of mail.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
