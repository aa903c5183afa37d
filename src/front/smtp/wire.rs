//! The connection: lines in, replies out.
//!
//! Replies gather until there is nothing more to read, and leave in one write (RFC 2920 section 3.2). A line ends in CRLF; a CR or LF
//! that stands alone is an [`Ending`], since two programs could read it in two ways. The buffers of an idle session are small.
//! What can fail: the network, the client's patience and ours; each is an [`Ending`] that goes into the event of the end.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::base::{Reply, TlsFacts, limits};
use crate::front::Patience;

/// Octets read at once while commands are awaited; a pipelined group fits.
const COMMAND_READ: usize = 2 << 10;
/// Octets read at once at the start of a body, where a usual mail fits, and later in it.
const BODY_READ: (usize, usize) = (16 << 10, 64 << 10);
/// Replies that may wait for the client to stop talking.
const OUTPUT: usize = 16 << 10;
/// What a client that was turned away may still send before it is cut off.
const LINGER_OCTETS: usize = 64 << 20;

/// A client's connection with what was read and not yet used, and what was said and not yet sent.
pub struct Wire {
    stream: Stream,
    input: BytesMut,
    output: BytesMut,
    patience: Patience,
    /// When the mail under way must be done.
    deadline: Option<Instant>,
    /// Whether the last read of a body filled the buffer: then more is read at once.
    full: bool,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// During and after a handshake that failed.
    Gone,
}

/// Why a session ended.
#[derive(Debug)]
pub enum Ending {
    /// The client said QUIT.
    Quit,
    /// The client closed the connection.
    Left,
    /// The client took too long.
    TimedOut,
    /// A CR or LF stood alone in a command.
    BareLineEnd,
    /// A line was longer than any that is allowed.
    LongLine,
    /// The client was turned away, with this reply.
    TurnedAway(Reply),
    /// The gateway stops.
    Stopping,
    /// The TLS handshake failed.
    Handshake(io::Error),
    Broken(io::Error),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quit => f.write_str("quit"),
            Self::Left => f.write_str("the client closed the connection"),
            Self::TimedOut => f.write_str("the client took too long"),
            Self::BareLineEnd => f.write_str("a CR or LF stood alone in a command"),
            Self::LongLine => f.write_str("a line was too long"),
            Self::TurnedAway(reply) => write!(f, "turned away: {reply}"),
            Self::Stopping => f.write_str("the gateway stops"),
            Self::Handshake(why) => write!(f, "the TLS handshake failed: {why}"),
            Self::Broken(why) => write!(f, "the connection broke: {why}"),
        }
    }
}

impl Wire {
    /// A connection in the clear.
    #[must_use]
    pub fn new(stream: TcpStream, patience: Patience) -> Self {
        let (input, output) = (BytesMut::new(), BytesMut::new());
        Self { stream: Stream::Plain(stream), input, output, patience, deadline: None, full: false }
    }

    /// Does the TLS handshake. Nothing that was read before it is kept, and no name is either: the session starts anew.
    ///
    /// # Errors
    /// [`Ending::Handshake`] or [`Ending::TimedOut`].
    pub async fn handshake(&mut self, acceptor: TlsAcceptor) -> Result<TlsFacts, Ending> {
        self.flush().await?;
        self.input = BytesMut::new();
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(Ending::Handshake(io::Error::other("TLS within TLS")));
        };
        let accepted = timeout(self.patience.handshake, acceptor.accept(stream)).await.map_err(|_| Ending::TimedOut)?;
        let stream = accepted.map_err(Ending::Handshake)?;
        let facts = facts(&stream);
        self.stream = Stream::Tls(Box::new(stream));
        Ok(facts)
    }

    /// Whether the client speaks before it is spoken to (RFC 5321 section 3.1 lets the server speak first).
    ///
    /// # Errors
    /// [`Ending::Left`] or [`Ending::Broken`].
    pub async fn speaks_first(&mut self, within: Duration) -> Result<bool, Ending> {
        self.input.reserve(COMMAND_READ);
        match timeout(within, self.stream.read_buf(&mut self.input)).await {
            Err(_) => Ok(false),
            Ok(read) => heard(read).map(|()| true),
        }
    }

    /// The next line without its CRLF. What was said before is sent first, if the line is not here yet.
    ///
    /// # Errors
    /// Any [`Ending`] that a line can bring about.
    pub async fn line(&mut self) -> Result<BytesMut, Ending> {
        let until = self.until(self.patience.command);
        let mut searched = 0;
        loop {
            match memchr::memchr2(b'\r', b'\n', self.input.get(searched..).unwrap_or_default()).map(|at| at + searched) {
                Some(at) if at + 2 > limits::AUTH_LINE_OCTETS => return Err(Ending::LongLine),
                Some(at) => match (self.input.get(at), self.input.get(at + 1)) {
                    (Some(b'\r'), Some(b'\n')) => {
                        let line = self.input.split_to(at);
                        self.input.advance(2);
                        return Ok(line);
                    }
                    (Some(b'\r'), None) => searched = at,
                    _ => return Err(Ending::BareLineEnd),
                },
                None if self.input.len() >= limits::AUTH_LINE_OCTETS => return Err(Ending::LongLine),
                None => searched = self.input.len(),
            }
            self.input.reserve(COMMAND_READ);
            self.fill(until).await?;
        }
    }

    /// Waits until there is something of a body to read.
    ///
    /// # Errors
    /// Any [`Ending`] that reading can bring about.
    pub async fn block(&mut self) -> Result<(), Ending> {
        if !self.input.is_empty() {
            return Ok(());
        }
        self.input.reserve(if self.full { BODY_READ.1 } else { BODY_READ.0 });
        let room = self.input.capacity();
        self.fill(self.until(self.patience.block)).await?;
        self.full = self.input.len() == room;
        Ok(())
    }

    /// What was read and not yet used.
    #[must_use]
    pub fn input(&self) -> &[u8] {
        &self.input
    }

    /// Marks so many octets of the input as used.
    pub fn used(&mut self, octets: usize) {
        self.input.advance(octets.min(self.input.len()));
    }

    /// Sets the time by which the mail under way must be done, if it is not set yet.
    pub fn mail_begins(&mut self) {
        self.deadline.get_or_insert_with(|| Instant::now() + self.patience.mail);
    }

    /// The mail is done: no deadline, and no memory kept for it.
    pub fn mail_ends(&mut self) {
        self.deadline = None;
        self.full = false;
        if self.input.is_empty() {
            self.input = BytesMut::new();
        }
    }

    /// Says something; it is sent when there is nothing more to read.
    pub fn say(&mut self, reply: &Reply) {
        self.output.extend_from_slice(reply.to_wire().as_bytes());
    }

    /// Says several lines under one code (RFC 5321 section 4.2.1).
    pub fn say_lines(&mut self, code: u16, lines: &[String]) {
        for (i, line) in lines.iter().enumerate() {
            let mark = if i + 1 == lines.len() { ' ' } else { '-' };
            self.output.extend_from_slice(format!("{code}{mark}{line}\r\n").as_bytes());
        }
    }

    /// Sends what was said.
    ///
    /// # Errors
    /// [`Ending::TimedOut`] where the client does not read, or [`Ending::Broken`].
    pub async fn flush(&mut self) -> Result<(), Ending> {
        if self.output.is_empty() {
            return Ok(());
        }
        let (stream, output) = (&mut self.stream, &mut self.output);
        let sending = async {
            while !output.is_empty() {
                stream.write_buf(output).await?;
            }
            stream.flush().await
        };
        match timeout(self.patience.reply, sending).await {
            Err(_) => Err(Ending::TimedOut),
            Ok(sent) => sent.map_err(Ending::Broken),
        }
    }

    /// Sends what was said if much of it waits: a client that never stops talking must not fill our memory.
    ///
    /// # Errors
    /// As [`Wire::flush`].
    pub async fn relieve(&mut self) -> Result<(), Ending> {
        if self.output.len() < OUTPUT { Ok(()) } else { self.flush().await }
    }

    /// Ends the connection. A client that still talks is listened to for a while: the network throws away a reply that is
    /// followed by a closed door.
    pub async fn close(mut self, listen: bool) {
        if self.flush().await.is_err() || timeout(self.patience.reply, self.stream.shutdown()).await.is_err() || !listen {
            return;
        }
        let listening = async {
            let mut heard = self.input.len();
            while heard < LINGER_OCTETS {
                self.input.clear();
                self.input.reserve(COMMAND_READ);
                match self.stream.read_buf(&mut self.input).await {
                    Ok(0) | Err(_) => break,
                    Ok(octets) => heard += octets,
                }
            }
        };
        let _ = timeout(self.patience.linger, listening).await;
    }

    fn until(&self, patience: Duration) -> Instant {
        let until = Instant::now() + patience;
        self.deadline.map_or(until, |deadline| deadline.min(until))
    }

    async fn fill(&mut self, until: Instant) -> Result<(), Ending> {
        self.flush().await?;
        let read = timeout_at(until, self.stream.read_buf(&mut self.input)).await;
        heard(read.map_err(|_| Ending::TimedOut)?)
    }
}

/// What a read means. A client that leaves TLS without close_notify has left all the same: no mail ends with the connection.
fn heard(read: io::Result<usize>) -> Result<(), Ending> {
    match read {
        Ok(0) => Err(Ending::Left),
        Ok(_) => Ok(()),
        Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => Err(Ending::Left),
        Err(why) => Err(Ending::Broken(why)),
    }
}

/// The facts for `Received` and the ledger, in the names that RFC 8314 section 4.3 and IANA use.
fn facts(stream: &TlsStream<TcpStream>) -> TlsFacts {
    let (_, session) = stream.get_ref();
    let version = session.protocol_version().and_then(|version| version.as_str()).unwrap_or_default();
    let cipher = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or_default();
    TlsFacts::new(version.replace('_', "."), cipher.replace("TLS13_", "TLS_"))
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, to),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, to),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, from),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, from),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }
}
