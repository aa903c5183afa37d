//! The byte stream to a next hop, as mail-send reads and writes it.
//!
//! In: a TCP connection, plain or under TLS. Out: exactly one whole reply for each time one is read, and everything written
//! between two flushes in as few segments as possible.
//! Invariants: a reply is well formed (RFC 5321 section 4.2.1: every line three digits, the same ones) and within
//! `limits::UPSTREAM_REPLY_OCTETS`, or it is an error; a host that says more than it was asked is an error at the next command,
//! so replies and commands can never fall out of step; nothing read before a TLS handshake is left after it.
//! What can fail: the stream, as `io::Error` with a sentence for the operator. It does not time anything: its user does.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::ProtocolVersion;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::base::hash::sha256_hex;
use crate::base::{TlsFacts, limits};

/// Bytes gathered before they are written although nobody has flushed.
const OUTBOX_OCTETS: usize = 64 << 10;
/// Octets of a reply that mail-send may see: its parser refuses more than 4,096, where we only wish to read less.
const SHOWN_OCTETS: usize = 3500;

/// A connection to a next hop.
pub(super) struct Wire {
    channel: Channel,
    /// Read and not yet part of a reply that was handed out.
    inbox: Vec<u8>,
    /// Where in the inbox the first line begins that has not been looked at.
    line_start: usize,
    /// The last whole reply, as it came.
    reply: Vec<u8>,
    /// What mail-send sees of it, and how much of that it has read.
    shown: Vec<u8>,
    shown_read: usize,
    outbox: Vec<u8>,
    outbox_sent: usize,
}

enum Channel {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    /// A connection in clear.
    pub(super) fn plain(stream: TcpStream) -> Self {
        Self::over(Channel::Plain(stream))
    }

    /// A connection under TLS.
    pub(super) fn tls(stream: TlsStream<TcpStream>) -> Self {
        Self::over(Channel::Tls(Box::new(stream)))
    }

    fn over(channel: Channel) -> Self {
        Self {
            channel,
            inbox: Vec::new(),
            line_start: 0,
            reply: Vec::new(),
            shown: Vec::new(),
            shown_read: 0,
            outbox: Vec::new(),
            outbox_sent: 0,
        }
    }

    /// The TCP connection, for the TLS handshake. What was read from it before is forgotten (RFC 3207 section 6), so nothing
    /// that came in clear can be taken for something said under TLS.
    pub(super) fn into_tcp(self) -> Option<TcpStream> {
        match self.channel {
            Channel::Plain(stream) => Some(stream),
            Channel::Tls(_) => None,
        }
    }

    /// Whether the connection is under TLS.
    pub(super) fn is_tls(&self) -> bool {
        matches!(self.channel, Channel::Tls(_))
    }

    /// What is known of the TLS session, where there is one.
    pub(super) fn tls_facts(&self) -> Option<TlsFacts> {
        let Channel::Tls(stream) = &self.channel else { return None };
        let (_, session) = stream.get_ref();
        let version = session.protocol_version().map(|version| match version {
            ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
            ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
            other => format!("{other:?}"),
        })?;
        let suite = session.negotiated_cipher_suite()?.suite();
        let cipher = suite.as_str().unwrap_or("unknown").replace("TLS13_", "TLS_");
        Some(TlsFacts::new(version, cipher))
    }

    /// SHA-256 of the other side's certificate, where it showed one.
    pub(super) fn certificate(&self) -> Option<String> {
        let Channel::Tls(stream) = &self.channel else { return None };
        stream.get_ref().1.peer_certificates()?.first().map(|certificate| sha256_hex(certificate))
    }

    /// The last reply, whole and as it came.
    pub(super) fn last_reply(&self) -> &[u8] {
        &self.reply
    }

    /// Whether the other side has said no more than it was asked.
    pub(super) fn in_step(&self) -> bool {
        self.inbox.is_empty()
    }

    /// Whether everything written has left this stream, so that the other side may have it.
    pub(super) fn all_sent(&self) -> bool {
        self.outbox.is_empty()
    }

    fn poll_outbox(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.outbox.get(self.outbox_sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.channel).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.outbox_sent += n,
            }
        }
        self.outbox.clear();
        self.outbox_sent = 0;
        Poll::Ready(Ok(()))
    }

    /// Reads until the inbox holds a whole reply, and moves it out.
    fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(end) = self.reply_end()? {
                self.reply = self.inbox.drain(..end).collect();
                self.line_start = 0;
                self.shown = cut_to(&self.reply, SHOWN_OCTETS);
                self.shown_read = 0;
                return Poll::Ready(Ok(()));
            }
            if self.inbox.len() > limits::UPSTREAM_REPLY_OCTETS {
                return Poll::Ready(Err(garbage("it sent a reply without end")));
            }
            let mut space = [0u8; 2048];
            let mut buf = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut self.channel).poll_read(cx, &mut buf))?;
            if buf.filled().is_empty() {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it closed the connection")));
            }
            self.inbox.extend_from_slice(buf.filled());
        }
    }

    /// Where the first whole reply in the inbox ends, if there is one.
    fn reply_end(&mut self) -> io::Result<Option<usize>> {
        loop {
            let rest = self.inbox.get(self.line_start..).unwrap_or_default();
            let code = self.inbox.get(..3).unwrap_or_default();
            if rest.len() >= 3 && !(is_code(rest) && rest.starts_with(code)) {
                return Err(garbage("what it said is not an SMTP reply"));
            }
            let Some(length) = rest.iter().position(|&b| b == b'\n').map(|at| at + 1) else { return Ok(None) };
            let is_last = match rest.get(3) {
                Some(b'-') => false,
                Some(b' ' | b'\r' | b'\n') if length > 3 => true,
                _ => return Err(garbage("what it said is not an SMTP reply")),
            };
            self.line_start += length;
            if is_last {
                return Ok(Some(self.line_start));
            }
        }
    }
}

/// Three digits, the first of 2 to 5 (RFC 5321 section 4.2.1).
fn is_code(line: &[u8]) -> bool {
    matches!(line, [b'2'..=b'5', b, c, ..] if b.is_ascii_digit() && c.is_ascii_digit())
}

fn garbage(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// A reply of at most about `room` octets with the same code: lines that no longer fit are left out, a last line cut.
fn cut_to(reply: &[u8], room: usize) -> Vec<u8> {
    if reply.len() <= room {
        return reply.to_vec();
    }
    let mut out = Vec::with_capacity(room);
    for line in reply.split_inclusive(|&b| b == b'\n') {
        let is_last = line.get(3) != Some(&b'-');
        if out.len() + line.len() <= room - 256 {
            out.extend_from_slice(line);
        } else if is_last {
            out.extend_from_slice(line.get(..250).unwrap_or(line).trim_ascii_end());
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if wire.shown_read >= wire.shown.len() {
            ready!(wire.poll_reply(cx))?;
        }
        let rest = wire.shown.get(wire.shown_read..).unwrap_or_default();
        let n = rest.len().min(buf.remaining());
        buf.put_slice(rest.get(..n).unwrap_or_default());
        wire.shown_read += n;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        if !wire.inbox.is_empty() {
            return Poll::Ready(Err(garbage("it said more than it was asked")));
        }
        if wire.outbox.len() >= OUTBOX_OCTETS {
            ready!(wire.poll_outbox(cx))?;
        }
        let n = buf.len().min(OUTBOX_OCTETS);
        wire.outbox.extend_from_slice(buf.get(..n).unwrap_or_default());
        Poll::Ready(Ok(n))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        ready!(wire.poll_outbox(cx))?;
        Pin::new(&mut wire.channel).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        ready!(wire.poll_outbox(cx))?;
        Pin::new(&mut wire.channel).poll_shutdown(cx)
    }
}

impl AsyncRead for Channel {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Channel {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
