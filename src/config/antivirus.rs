//! `[antivirus]`: where clamd listens. No scanner is a choice, so `"off"` has to be written out.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::mistake::nearest;
use super::model::{Antivirus, ClamdAddress};
use super::reader::{Reader, Table, Value};
use crate::base::{Domain, limits};

pub(super) const ANTIVIRUS: &[&str] = &["clamd", "timeout", "clamd_conf"];

/// Both ways to write it.
const WAYS: &str = "\"unix:/run/clamav/clamd.ctl\" to scan with clamd, or clamd = \"off\" to scan nothing";

/// Reads `[antivirus]`.
pub(super) fn read<'t>(r: &mut Reader<'t>, root: &Table<'t>) -> Option<Antivirus> {
    let section = r.need_section(root, "antivirus", &format!("clamd = {WAYS}"))?;
    let table = r.open(&section, "[antivirus]", ANTIVIRUS, &[])?;
    let clamd = r.need(&table, "clamd", WAYS).and_then(|v| clamd(r, &v));
    let timeout = table.get("timeout").map_or(Some(limits::SCAN_TIME), |v| timeout(r, &v));
    let clamd_conf = table
        .get("clamd_conf")
        .and_then(|v| r.file_at_start(&v, false, "it is clamd's own, for its limits; take the key out if clamd runs elsewhere"));
    Some(Antivirus { clamd: clamd?, timeout: timeout?, clamd_conf })
}

fn timeout<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Duration> {
    let time = r.duration(value)?;
    if !(Duration::from_secs(1)..=limits::SCAN_TIME_LONGEST).contains(&time) {
        r.wrong(&value.span, format!("`timeout` must be from 1s to {}m", limits::SCAN_TIME_LONGEST.as_secs() / 60))
            .help("the sender's program waits for the answer meanwhile; \"30s\" is usual");
        return None;
    }
    Some(time)
}

/// Some(None) is `"off"`.
#[expect(clippy::option_option, reason = "the outer one is the cursor's: a mistake was noted")]
fn clamd<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Option<ClamdAddress>> {
    let text = r.line_of_text(value)?;
    match text.split_once(':') {
        _ if text == "off" => Some(None),
        Some(("unix", path)) => unix(r, value, path).map(Some),
        Some(("tcp", rest)) => tcp(r, value, rest).map(Some),
        _ => {
            let meant = meant(&text);
            r.wrong(&value.span, format!("`clamd` cannot be \"{text}\"")).help(format!("write clamd = {WAYS}")).suggest(meant);
            None
        }
    }
}

fn unix<'t>(r: &mut Reader<'t>, value: &Value<'t>, path: &str) -> Option<ClamdAddress> {
    let path = PathBuf::from(path);
    if path.is_absolute() {
        return Some(ClamdAddress::Unix(path));
    }
    r.wrong(&value.span, "the socket of clamd needs its whole path, from / on")
        .help("`LocalSocket` in /etc/clamav/clamd.conf says where it is; Debian has \"unix:/run/clamav/clamd.ctl\"");
    None
}

fn tcp<'t>(r: &mut Reader<'t>, value: &Value<'t>, rest: &str) -> Option<ClamdAddress> {
    let Some((host, port)) = rest.rsplit_once(':').filter(|(host, _)| !host.is_empty() && !host.ends_with(':')) else {
        let suggestion = host(rest).map(|_| format!("tcp:{rest}:3310"));
        r.wrong(&value.span, "`clamd` lacks the port").help("write \"tcp:HOST:PORT\"; 3310 is usual").suggest(suggestion);
        return None;
    };
    let number = port.parse().ok().filter(|port: &u16| *port > 0 && rest.ends_with(&port.to_string()));
    match (host_of(host), number) {
        (Some(host), Some(port)) => return Some(ClamdAddress::Tcp { host, port }),
        (_, None) => r.wrong(&value.span, format!("\"{port}\" is not a port: it is from 1 to 65535; 3310 is usual")),
        (None, _) => r.wrong(&value.span, format!("\"{host}\" is neither an IP address nor the name of a host")),
    };
    None
}

/// A host as it is written, IPv6 in brackets.
fn host_of(text: &str) -> Option<String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().ok().map(|address| address.to_string()),
        None => host(text),
    }
}

fn host(text: &str) -> Option<String> {
    Domain::parse(text).ok().filter(|domain| !domain.is_literal()).map(|_| text.to_owned())
}

/// What may have been meant: a path or an address without its prefix, or a prefix gone wrong.
fn meant(text: &str) -> Option<String> {
    if text.starts_with('/') {
        return Some(format!("unix:{text}"));
    }
    if text.parse::<SocketAddr>().is_ok() {
        return Some(format!("tcp:{text}"));
    }
    match text.split_once(':') {
        Some((prefix, rest)) => nearest(prefix, ["unix", "tcp"]).map(|right| format!("{right}:{rest}")),
        None => nearest(text, ["off"]),
    }
}
