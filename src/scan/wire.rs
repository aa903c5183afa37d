//! The connection to clamd, under the commands of `clamav-client`.
//!
//! In: an address and bytes. Out: what clamd said. clamd ends a stream that is too long by saying so and closing, while we still write:
//! the write fails and the answer would be lost. So a write that breaks is swallowed and noted, and the answer is read if it can
//! be. Invariants: no more is read once an answer has `SCAN_REPLY_OCTETS`. There is no timeout here: whoever asks has one around it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use clamav_client::tokio::TransportProtocol;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use crate::base::limits;
use crate::config::ClamdAddress;

/// Octets sent at a time.
const CHUNK: usize = 64 << 10;

/// What came back for a stream.
#[derive(Debug)]
pub(super) struct Heard {
    pub reply: Vec<u8>,
    /// clamd closed the connection before it had everything.
    pub cut: bool,
}

/// Sends bytes to be scanned.
///
/// # Errors
/// There is no way to clamd.
pub(super) async fn instream(address: &ClamdAddress, bytes: &[u8]) -> io::Result<Heard> {
    let way = Way { address, cut: Arc::default() };
    let reply = clamav_client::tokio::scan_buffer(bytes, &way, Some(CHUNK)).await?;
    Ok(Heard { reply, cut: way.cut.load(Ordering::Relaxed) })
}

/// Whether clamd answers at all.
///
/// # Errors
/// There is no way to clamd, or what is there answers otherwise.
pub(super) async fn ping(address: &ClamdAddress) -> io::Result<()> {
    let way = Way { address, cut: Arc::default() };
    match clamav_client::tokio::ping(&way).await?.as_slice() {
        [b'P', b'O', b'N', b'G', b'\0'] => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "what answers there is not clamd")),
    }
}

/// `ClamAV 1.4.3/27000/Mon Nov 23 10:24:33 2026`, the last two only where there are signatures of its makers.
///
/// # Errors
/// There is no way to clamd.
pub(super) async fn version(address: &ClamdAddress) -> io::Result<String> {
    let way = Way { address, cut: Arc::default() };
    let reply = clamav_client::tokio::get_version(&way).await?;
    Ok(String::from_utf8_lossy(&reply).trim_end_matches(['\0', '\n']).to_owned())
}

/// Why there is no way, with the address.
pub(super) fn why(address: &ClamdAddress, error: &io::Error) -> String {
    match (error.kind(), address) {
        (io::ErrorKind::NotFound, ClamdAddress::Unix(path)) => format!("there is no socket {}", path.display()),
        (io::ErrorKind::PermissionDenied, ClamdAddress::Unix(path)) => {
            format!("this user may not use the socket {}", path.display())
        }
        (io::ErrorKind::ConnectionRefused, _) => format!("nobody answers at {address}"),
        _ => format!("{address}: {error}"),
    }
}

struct Way<'a> {
    address: &'a ClamdAddress,
    cut: Arc<AtomicBool>,
}

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// One connection.
struct Line {
    stream: Box<dyn Duplex>,
    /// Octets of the answer that are still taken.
    room: u64,
    cut: Arc<AtomicBool>,
}

impl TransportProtocol for Way<'_> {
    type Stream = Line;

    async fn connect(&self) -> io::Result<Line> {
        let stream: Box<dyn Duplex> = match self.address {
            ClamdAddress::Unix(path) => Box::new(UnixStream::connect(path).await?),
            ClamdAddress::Tcp { host, port } => Box::new(TcpStream::connect((host.as_str(), *port)).await?),
        };
        Ok(Line { stream, room: limits::SCAN_REPLY_OCTETS, cut: Arc::clone(&self.cut) })
    }
}

impl Line {
    fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }
}

/// The other side has closed.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted)
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_cut() {
            return Poll::Ready(Ok(bytes.len()));
        }
        match ready!(Pin::new(&mut self.stream).poll_write(context, bytes)) {
            Err(error) if is_gone(&error) => {
                self.cut.store(true, Ordering::Relaxed);
                Poll::Ready(Ok(bytes.len()))
            }
            done => Poll::Ready(done),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_cut() { Poll::Ready(Ok(())) } else { Pin::new(&mut self.stream).poll_flush(context) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.room == 0 {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "its answer does not end")));
        }
        let before = into.filled().len();
        let mut done = ready!(Pin::new(&mut self.stream).poll_read(context, into));
        if done.as_ref().is_err_and(is_gone) {
            // Linux tells once that the other side left bytes unread; its last words can be read after that.
            done = ready!(Pin::new(&mut self.stream).poll_read(context, into));
        }
        self.room = self.room.saturating_sub((into.filled().len() - before) as u64);
        match done {
            Err(error) if is_gone(&error) => Poll::Ready(Ok(())), // the end, without a word
            done => Poll::Ready(done),
        }
    }
}
