//! Which kind of text a text is.
//!
//! In: a file without a mark in its bytes, and its name's ending. Out: a kind, where it is text. Marks that stand at a fixed place decide
//! first, then strong marks of languages, then the ending, then whether every line has the same columns. Only the beginning is looked at,
//! but for JSON, which is one thing to its end.

use std::borrow::Cow;

use crate::extract::charset;
use crate::extract::kind::Kind;

/// Octets that are looked at.
const SAMPLE: usize = 16 << 10;
/// Lines whose columns are counted.
const LINES: usize = 30;

/// Which kind of text; nothing where it is no text.
pub(super) fn kind(bytes: &[u8], ending: &str) -> Option<Kind> {
    let head = head(bytes)?;
    let text = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let lower = text.to_ascii_lowercase();
    let kind = begun(&lower)
        .or_else(|| markup(&lower, ending))
        .or_else(|| script(&lower, ending))
        .or_else(|| mail(text))
        .or_else(|| json(text, bytes))
        .or_else(|| named(&lower, ending))
        .or_else(|| has_columns(&head, ending).then_some(Kind::Csv))
        .unwrap_or(Kind::Text);
    Some(kind)
}

/// The beginning as text, if it is any.
fn head(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let mut sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    if charset::encoding(bytes).is_none() {
        // A letter cut in two at the end is no reason to read the rest in another charset.
        if sample.len() < bytes.len()
            && let Err(error) = std::str::from_utf8(sample)
            && error.error_len().is_none()
        {
            sample = &sample[..error.valid_up_to()];
        }
    }
    let text = charset::text(sample);
    let is_odd =
        |c: char| (c.is_control() && !matches!(c, '\t' | '\r' | '\n' | '\u{c}' | '\u{1a}' | '\u{1b}')) || c == '\u{fffd}';
    let (all, odd) = text.chars().fold((0_usize, 0_usize), |(all, odd), c| (all + 1, odd + usize::from(is_odd(c))));
    // A stray control is no disguise: what is mostly text is read as text.
    (odd * 33 <= all).then_some(text)
}

/// What its first words say.
fn begun(lower: &str) -> Option<Kind> {
    let beginnings = [
        ("begin:vcalendar", Kind::Calendar),
        ("begin:vcard", Kind::VCard),
        ("-----begin pgp ", Kind::PgpMessage),
        ("-----begin pkcs7", Kind::Pkcs7),
        ("-----begin cms", Kind::Pkcs7),
        ("#!", Kind::Script),
        ("@echo off", Kind::Script),
        ("<?php", Kind::Script),
        ("<%@", Kind::Script),
        ("windows registry editor version", Kind::Script),
        ("regedit4", Kind::Script),
        ("[internetshortcut", Kind::Shortcut),
        ("[desktop entry]", Kind::Shortcut),
        ("# disk descriptorfile", Kind::DiskImage),
        ("%!ps", Kind::PostScript),
        ("{\\rt", Kind::Rtf),
    ];
    let begun = beginnings.iter().find(|(mark, _)| lower.starts_with(mark)).map(|(_, kind)| *kind);
    let has = |mark: &str| lower.contains(mark);
    begun.or_else(|| match () {
        () if has("\n[internetshortcut]") => Some(Kind::Shortcut),
        () if lower.starts_with("[shell]") && has("command=") => Some(Kind::Shortcut),
        () if lower.starts_with("[.shellclassinfo]") => Some(Kind::Shortcut),
        () if (has("full address:s:") || has("alternate shell:s:")) && has("\n") => Some(Kind::Shortcut),
        () if has("[version]") && has("signature") && (has("$chicago$") || has("$windows nt$")) => Some(Kind::Script),
        () if has("-----begin pgp message-----") || has("-----begin pgp signed message-----") => Some(Kind::PgpMessage),
        () => None,
    })
}

/// Markup, by its root element.
fn markup(lower: &str, ending: &str) -> Option<Kind> {
    let root = root(lower);
    let has = |mark: &str| lower.contains(mark);
    let is_html_by_name = ["html", "htm", "xhtml", "shtml"].contains(&ending);
    let Some(root) = root else {
        let is_page = has("<html") || has("<script") || has("<body") || is_html_by_name;
        return is_page.then(|| if has("<hta:application") { Kind::Script } else { Kind::Html });
    };
    let local = root.rsplit(':').next().unwrap_or(root);
    Some(match local {
        _ if has("<hta:application") => Kind::Script,
        "job" | "package" | "component" | "scriptlet" if has("<script") => Kind::Script,
        "mmc_consolefile" => Kind::Script,
        "pcsettings" | "librarydescription" | "persistedquery" => Kind::Shortcut,
        "plist" if has("<key>url</key>") => Kind::Shortcut,
        "svg" => Kind::Svg,
        "document" if has("opendocument.spreadsheet") => Kind::Ods,
        "document" if has("opendocument.presentation") => Kind::Odp,
        "document" if has("opendocument.graphics") => Kind::Odg,
        "document" if has("opendocument.text") => Kind::Odt,
        _ if is_html_element(root) || is_html_by_name || has("<html") => Kind::Html,
        _ if lower.starts_with("<?xml") || has("</") || has("/>") => Kind::Xml,
        _ => return None,
    })
}

/// The name of the first element, behind declarations and comments.
fn root(lower: &str) -> Option<&str> {
    let mut rest = lower;
    while let Some(after) = rest.strip_prefix('<') {
        let end = if let Some(comment) = after.strip_prefix("!--") {
            comment.find("-->").map(|at| after.len() - comment.len() + at + 2)
        } else if after.starts_with("!doctype html") {
            return Some("html");
        } else if after.starts_with('!') {
            declared(after)
        } else if after.starts_with('?') {
            after.find('>')
        } else {
            let end = after.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(after.len());
            return after.get(..end).filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        };
        rest = after.get(end? + 1..)?.trim_start();
    }
    None
}

/// The end of a declaration, which may hold others in brackets.
fn declared(after: &str) -> Option<usize> {
    let end = after.find('>')?;
    match after.find('[').filter(|open| *open < end) {
        Some(open) => after.get(open..)?.find("]>").map(|at| open + at + 1),
        None => Some(end),
    }
}

fn is_html_element(name: &str) -> bool {
    let elements = [
        "html",
        "head",
        "body",
        "div",
        "p",
        "table",
        "script",
        "meta",
        "style",
        "title",
        "span",
        "br",
        "a",
        "b",
        "i",
        "u",
        "center",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "img",
        "iframe",
        "form",
        "ul",
        "ol",
        "li",
        "tr",
        "td",
        "hr",
        "pre",
        "blockquote",
        "base",
        "section",
        "main",
        "article",
        "header",
        "footer",
        "nav",
        "input",
        "button",
        "link",
        "object",
        "embed",
        "strong",
        "em",
    ];
    elements.contains(&name)
}

/// Scripts without a mark at the beginning: their own calls, two of them, since a lesson on them names one. A text that says in its name
/// that it is a text does not run.
fn script(lower: &str, ending: &str) -> Option<Kind> {
    let languages: [&[&str]; 4] = [
        &["\n@echo off", "\nset ", "%~dp0", "%comspec%", "\nstart /", "cmd /c ", "\ngoto ", "%temp%", "\ncall "],
        &[
            "new-object ",
            "invoke-expression",
            "invoke-webrequest",
            "downloadstring(",
            "iex(",
            "iex (",
            "[convert]::",
            "-encodedcommand",
            "$env:",
        ],
        &["createobject(", "wscript.", "\non error resume next", "\ndim ", "\nend sub", "execute(", "getobject("],
        &["new activexobject(", "wscript.", "eval(", "string.fromcharcode(", "unescape(", "\nvar ", ".shellexecute("],
    ];
    let strong = [
        "@echo off",
        "%comspec%",
        "invoke-expression",
        "downloadstring(",
        "createobject(",
        "new activexobject(",
        "wscript.",
        "iex(",
        "-encodedcommand",
    ];
    let count = |marks: &[&str]| marks.iter().filter(|mark| lower.contains(**mark)).count();
    let is_strong = strong.iter().any(|mark| lower.contains(mark)) && languages.iter().any(|marks| count(marks) >= 2);
    let is_prose = Kind::with_ending(ending).any(|kind| matches!(kind, Kind::Text | Kind::Csv | Kind::Mail));
    (is_strong && !is_prose).then_some(Kind::Script)
}

/// A mail: fields from its first line on, two of them known (RFC 5322 section 3.6), or the separator of a box of mails (RFC 4155).
fn mail(text: &str) -> Option<Kind> {
    let known = [
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "received",
        "return-path",
        "reply-to",
        "sender",
        "delivered-to",
        "x-mailer",
        "dkim-signature",
        "content-transfer-encoding",
        "references",
        "in-reply-to",
        "bcc",
        "x-sender",
        "x-unsent",
    ];
    // What a person copies into a text has no such fields, or none but these.
    let spoken = ["from", "to", "cc", "subject", "date", "bcc", "sender"];
    let is_box = text.starts_with("From ");
    let mut found = Vec::new();
    for line in text.lines().skip(usize::from(is_box)) {
        let is_folded = line.starts_with([' ', '\t']);
        let name = line.split_once(':').map(|(name, _)| name.trim_end().to_ascii_lowercase());
        match name.filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic())) {
            Some(name) => found.extend(known.contains(&name.as_str()).then_some(name)),
            None if is_folded && !found.is_empty() => {}
            None => break,
        }
    }
    found.sort();
    found.dedup();
    let is_technical = found.iter().any(|name| !spoken.contains(&name.as_str()));
    (found.len() >= 2 && (is_technical || is_box || found.len() >= 4)).then_some(Kind::Mail)
}

/// One value of JSON to the end; deep nesting ends the look, and it is text then.
fn json(text: &str, bytes: &[u8]) -> Option<Kind> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let whole = charset::text(bytes);
    serde_json::from_str::<serde::de::IgnoredAny>(&whole).is_ok().then_some(Kind::Json)
}

/// Kinds that look the same: the ending decides.
fn named(lower: &str, ending: &str) -> Option<Kind> {
    let decides = [Kind::Script, Kind::Csv];
    let is_mail =
        ["eml", "mht", "mhtml", "mbox"].contains(&ending) && lower.lines().next().is_some_and(|line| line.contains(':'));
    let named = Kind::with_ending(ending).find(|kind| decides.contains(kind));
    // A `.tab` may be of any program; columns decide.
    named.filter(|_| ending != "tab").or_else(|| is_mail.then_some(Kind::Mail))
}

/// Whether each line has the same number of columns: by tab or semicolon two lines, by comma three, without a space after each as in prose.
fn has_columns(head: &str, ending: &str) -> bool {
    let is_text_by_name = Kind::with_ending(ending).any(|kind| kind == Kind::Text);
    let complete = if head.len() >= SAMPLE / 2 { head.rsplit_once('\n').map_or(head, |(all, _)| all) } else { head };
    let lines: Vec<&str> = complete.lines().filter(|line| !line.trim().is_empty()).take(LINES).collect();
    [('\t', 2), (';', 2), (',', 3)].into_iter().any(|(mark, least)| {
        let counts: Vec<usize> = lines.iter().map(|line| columns(line, mark)).collect();
        let most = counts.iter().copied().max().unwrap_or_default();
        let same = counts.iter().filter(|count| **count == most).count();
        let is_prose = mark == ',' && lines.iter().filter(|line| line.contains(", ")).count() * 3 > lines.len();
        let least = if is_text_by_name { least + 1 } else { least };
        lines.len() >= least && most >= 2 && same * 10 >= lines.len() * 8 && !is_prose
    })
}

/// Columns of a line, quotes counted as one.
fn columns(line: &str, mark: char) -> usize {
    let mut quoted = false;
    let marks = line.chars().filter(|c| {
        quoted ^= *c == '"';
        *c == mark && !quoted
    });
    marks.count() + 1
}
