//! The PROXY protocol, version 2 (haproxy's `proxy-protocol.txt`, section 2.2), as balancers put before a connection.
//!
//! In: the first bytes of a connection from a peer in `proxy_from`; nobody else's are read as a header. Out: the address that the
//! client has at the balancer. Exactly the header is read, so what follows is the session's. Version 1 is not read: it has no length
//! and ends in CRLF, like SMTP. What can fail: [`ProxyError`]; the connection is dropped without an answer and an event says why.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::base::limits;

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// Why a PROXY header could not be used.
#[derive(Debug)]
pub enum ProxyError {
    /// The connection does not begin with the signature of version 2.
    Missing,
    /// A version, command, family or length that the protocol does not have, or that SMTP cannot come by.
    Malformed,
    TimedOut,
    Broken(io::Error),
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no PROXY v2 header came; let the balancer send it, or take it out of proxy_from"),
            Self::Malformed => f.write_str("the PROXY header is malformed; the balancer must send version 2 over TCP"),
            Self::TimedOut => f.write_str("the PROXY header did not come in time"),
            Self::Broken(why) => write!(f, "the connection broke during the PROXY header: {why}"),
        }
    }
}

impl From<io::Error> for ProxyError {
    fn from(why: io::Error) -> Self {
        Self::Broken(why)
    }
}

/// Reads the header. Nothing for LOCAL, by which a balancer speaks for itself (health checks).
///
/// # Errors
/// [`ProxyError`].
pub async fn read(stream: &mut (impl AsyncRead + Unpin), within: Duration) -> Result<Option<SocketAddr>, ProxyError> {
    tokio::time::timeout(within, read_header(stream)).await.unwrap_or(Err(ProxyError::TimedOut))
}

async fn read_header(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, ProxyError> {
    let mut signature = [0; 12];
    stream.read_exact(&mut signature).await?;
    if &signature != SIGNATURE {
        return Err(ProxyError::Missing);
    }
    let [command, family, high, low] = {
        let mut rest = [0; 4];
        stream.read_exact(&mut rest).await?;
        rest
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > limits::PROXY_HEADER_OCTETS {
        return Err(ProxyError::Malformed);
    }
    let mut addresses = vec![0; length];
    stream.read_exact(&mut addresses).await?;
    match command {
        0x20 => Ok(None),
        0x21 => source(family, &addresses).map(Some).ok_or(ProxyError::Malformed),
        _ => Err(ProxyError::Malformed),
    }
}

/// The source address: TCP over IPv4 (0x11) or IPv6 (0x21); it stands first, the ports after both addresses.
fn source(family: u8, block: &[u8]) -> Option<SocketAddr> {
    let (ip, port): (IpAddr, &[u8]) = match family {
        0x11 => (<[u8; 4]>::try_from(block.get(..4)?).ok()?.into(), block.get(8..12)?),
        0x21 => (<[u8; 16]>::try_from(block.get(..16)?).ok()?.into(), block.get(32..36)?),
        _ => return None,
    };
    let port = u16::from_be_bytes([*port.first()?, *port.get(1)?]);
    Some(SocketAddr::new(ip.to_canonical(), port))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ProxyError, SIGNATURE, read};

    const SECOND: Duration = Duration::from_secs(1);

    fn header(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
        let length = u16::try_from(block.len()).unwrap().to_be_bytes();
        [SIGNATURE, &[command, family][..], &length, block].concat()
    }

    #[tokio::test]
    async fn the_client_address_is_read_and_nothing_after_it() {
        let block = [192, 0, 2, 1, 10, 0, 0, 1, 0x30, 0x39, 0, 25, 4, 0, 1, 9];
        let bytes = [header(0x21, 0x11, &block), b"EHLO".to_vec()].concat();
        let mut stream = bytes.as_slice();
        assert_eq!(read(&mut stream, SECOND).await.unwrap(), Some("192.0.2.1:12345".parse().unwrap()));
        assert_eq!(stream, b"EHLO");
        let mut six = [0; 36];
        six[15] = 1;
        six[33] = 7;
        assert_eq!(read(&mut header(0x21, 0x21, &six).as_slice(), SECOND).await.unwrap(), Some("[::1]:7".parse().unwrap()));
        assert_eq!(read(&mut header(0x20, 0, &[]).as_slice(), SECOND).await.unwrap(), None);
    }

    #[tokio::test]
    async fn other_headers_are_refused() {
        for bytes in [
            header(0x11, 0x11, &[0; 12]),
            header(0x22, 0x11, &[0; 12]),
            header(0x21, 0x12, &[0; 12]),
            header(0x21, 0x00, &[]),
            header(0x21, 0x11, &[0; 11]),
            header(0x21, 0x21, &[0; 35]),
            header(0x21, 0x11, &[0; 2000]),
        ] {
            assert!(matches!(read(&mut bytes.as_slice(), SECOND).await, Err(ProxyError::Malformed)), "{bytes:?}");
        }
        let first = b"PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n";
        assert!(matches!(read(&mut first.as_slice(), SECOND).await, Err(ProxyError::Missing)));
        assert!(matches!(read(&mut &header(0x21, 0x11, &[0; 12])[..20], SECOND).await, Err(ProxyError::Broken(_))));
    }
}
