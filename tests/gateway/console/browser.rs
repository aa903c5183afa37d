//! What a browser does, as far as these tests need it: one request, one answer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
#[derive(Clone, Debug)]
pub struct Page {
    pub code: u16,
    pub head: String,
    pub body: String,
}

impl Page {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// Code, fields but the date, and body.
    pub fn without_date(&self) -> (u16, String, String) {
        let head: String =
            self.head.lines().filter(|line| !line.to_lowercase().starts_with("date:")).collect::<Vec<_>>().join("\n");
        (self.code, head, self.body.clone())
    }
}

/// Sends a request whose body has the length it says.
pub fn ask(port: u16, method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> Page {
    let mut server = TcpStream::connect(("127.0.0.1", port)).expect("the console listens");
    server.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket");
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in fields {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request.push_str(body);
    server.write_all(request.as_bytes()).ok(); // a server that refuses early need not read all
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer to {method} {path}: {answer:?}"));
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    Page { code, head: head.to_owned(), body: body.to_owned() }
}

pub fn get(port: u16, path: &str) -> Page {
    ask(port, "GET", path, &[], "")
}

/// Sends a form as our own page does.
pub fn post(port: u16, path: &str, form: &str) -> Page {
    let fields = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", "null"), ("Sec-Fetch-Site", "same-origin")];
    ask(port, "POST", path, &fields, form)
}
