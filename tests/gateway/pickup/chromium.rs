//! A browser without a window, driven by its DevTools protocol over a WebSocket (RFC 6455), as far as these tests need it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::world::{installed, wait_until};

/// A browser with one page open.
pub struct Chromium {
    child: Child,
    folder: tempfile::TempDir,
    socket: TcpStream,
    session: String,
    calls: u64,
}

impl Chromium {
    /// Starts one; nothing where none is installed.
    pub fn start() -> Option<Self> {
        if !installed("chromium") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut program = Command::new("chromium");
        program.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
        program.args(["--disable-background-networking", "--remote-debugging-port=0", "about:blank"]);
        program.arg(format!("--user-data-dir={}", folder.path().display())).env("HOME", folder.path());
        let child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let port = wait_until("chromium", Duration::from_secs(60), || {
            let said = std::fs::read_to_string(folder.path().join("DevToolsActivePort")).ok()?;
            let (port, path) = said.split_once('\n')?;
            Some((port.parse::<u16>().ok()?, path.trim().to_owned())).filter(|(_, path)| !path.is_empty())
        });
        let socket = open(port.0, &port.1);
        let mut chromium = Self { child, folder, socket, session: String::new(), calls: 0 };
        let target = chromium.call("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let session = chromium.call("Target.attachToTarget", json!({"targetId": target, "flatten": true}))["sessionId"].clone();
        chromium.session = session.as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "DOM", "Network"] {
            chromium.call(&format!("{domain}.enable"), json!({}));
        }
        Some(chromium)
    }

    /// The size of its window, as a telephone where it is small.
    pub fn size(&mut self, width: u32, height: u32) {
        let is_phone = width < 600;
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": if is_phone { 2 } else { 1 }, "mobile": is_phone});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// By day or by night.
    pub fn scheme(&mut self, name: &str) {
        self.call("Emulation.setEmulatedMedia", json!({"features": [{"name": "prefers-color-scheme", "value": name}]}));
    }

    pub fn go(&mut self, address: &str) {
        let went = self.call("Page.navigate", json!({"url": address}));
        assert!(went["errorText"].is_null(), "{went}");
        self.settled();
    }

    /// Waits until a page that has these words is there whole.
    pub fn sees(&mut self, words: &str) {
        let look = format!("document.readyState === 'complete' && document.body.innerText.includes({})", json!(words));
        for _ in 0..600 {
            if self.value(&look) == true {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("\"{words}\" is not to be seen: {}", self.value("document.body.innerText"));
    }

    /// Shows what the page holds on an empty page.
    pub fn shows_again(&mut self) {
        let html = self.value("document.documentElement.outerHTML");
        let went = self.call("Page.navigate", json!({"url": "about:blank"}));
        std::thread::sleep(Duration::from_millis(300));
        self.call(
            "Page.setDocumentContent",
            json!({"frameId": went["frameId"], "html": format!("<!DOCTYPE html>{}", html.as_str().unwrap())}),
        );
    }

    fn settled(&mut self) {
        for _ in 0..600 {
            if self.value("document.readyState === 'complete' && location.href !== 'about:blank'") == true {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the page does not load");
    }

    /// What an expression comes to.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", parameters);
        assert!(result["exceptionDetails"].is_null() || expression.starts_with("document."), "{expression:.80}: {result}");
        result["result"]["value"].clone()
    }

    /// Goes by the Tab key to the next control with this text or label.
    pub fn tab_to(&mut self, words: &str) {
        for _ in 0..60 {
            self.key("Tab", 9, "");
            let at = "(e => e === document.body ? '' : e.innerText || (e.labels && e.labels[0] && e.labels[0].innerText) || '')(document.activeElement)";
            if self.value(at).as_str().is_some_and(|text| text.contains(words)) {
                let ring = self.value("getComputedStyle(document.activeElement).outlineStyle");
                assert_eq!(ring, "solid", "where the keyboard is can be seen: {words}");
                return;
            }
        }
        panic!("the keyboard does not reach \"{words}\"");
    }

    pub fn enter(&mut self) {
        self.key("Enter", 13, "\r");
    }

    pub fn types(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text}));
    }

    fn key(&mut self, name: &str, code: u32, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code});
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Chooses a file in a field.
    pub fn choose(&mut self, selector: &str, name: &str, content: &[u8]) {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let root = self.call("DOM.getDocument", json!({}))["root"]["nodeId"].clone();
        let node = self.call("DOM.querySelector", json!({"nodeId": root, "selector": selector}))["nodeId"].clone();
        self.call("DOM.setFileInputFiles", json!({"nodeId": node, "files": [path]}));
    }

    /// What axe finds wrong by WCAG 2.2 AA and its best practices.
    pub fn axe(&mut self, axe: &str) -> Vec<String> {
        self.call("Runtime.evaluate", json!({"expression": axe}));
        let tags = json!(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
        let options = json!({"runOnly": {"type": "tag", "values": tags}, "iframes": false, "resultTypes": ["violations"]});
        let found = self.value(&format!(
            "axe.run(document, {options}).then(r => r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html).join(' ')))"
        ));
        found.as_array().unwrap_or_else(|| panic!("axe did not run: {found}")).iter().map(Value::to_string).collect()
    }

    /// Whether anything is wider than the window (WCAG 2.2, 1.4.10).
    pub fn is_too_wide(&mut self) -> bool {
        self.value("document.documentElement.scrollWidth > document.documentElement.clientWidth") == true
    }

    /// A picture of the page, for people to look at.
    pub fn picture(&mut self, path: &std::path::Path) {
        let shot = self.call("Page.captureScreenshot", json!({"format": "png", "captureBeyondViewport": true}));
        std::fs::write(path, BASE64_STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut request = json!({"id": self.calls, "method": method, "params": parameters});
        if !self.session.is_empty() {
            request["sessionId"] = json!(self.session);
        }
        send(&mut self.socket, request.to_string().as_bytes());
        loop {
            let answer: Value = serde_json::from_slice(&receive(&mut self.socket)).unwrap();
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// axe's script, as npm installs it; says so where it is not there.
pub fn axe() -> Option<String> {
    let root = Command::new("npm").args(["root", "--global"]).output().ok()?;
    let folder = PathBuf::from(String::from_utf8_lossy(&root.stdout).trim());
    let script = std::fs::read_to_string(folder.join("axe-core/axe.min.js")).ok();
    if script.is_none() {
        println!("skipped: axe-core is not installed (scripts/setup installs it)");
    }
    script
}

fn open(port: u16, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let hello = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    socket.write_all(hello.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
    socket
}

/// One text frame, masked with zeros.
fn send(socket: &mut TcpStream, text: &[u8]) {
    let mut frame = vec![0x81, 0x80 | 127];
    frame.extend((text.len() as u64).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(text);
    socket.write_all(&frame).unwrap();
}

fn receive(socket: &mut TcpStream) -> Vec<u8> {
    let mut message = Vec::new();
    loop {
        let [head, length] = read::<2>(socket);
        let length = match length & 0x7f {
            126 => u64::from(u16::from_be_bytes(read(socket))),
            127 => u64::from_be_bytes(read(socket)),
            short => u64::from(short),
        };
        let start = message.len();
        message.resize(start + length as usize, 0);
        socket.read_exact(&mut message[start..]).unwrap();
        if head & 0x80 != 0 {
            return message;
        }
    }
}

fn read<const N: usize>(socket: &mut TcpStream) -> [u8; N] {
    let mut octets = [0; N];
    socket.read_exact(&mut octets).unwrap();
    octets
}
