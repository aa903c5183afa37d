//! Opening a connection to a next hop: TCP, greeting, EHLO, TLS as the policy wants it, sign-in.
//!
//! In: hosts in order and what the connection must be like ([`Wish`]). Out: a [`Session`] ready for its first mail.
//! Invariants: under `verified` and `implicit` nothing but EHLO and STARTTLS is ever said in clear, and the certificate is good
//! for the host's configured name or for what else vouches for the host ([`Warrant`]); a password is never said in clear; what was
//! said before TLS is not believed after it (RFC 3207 section 4.2). What can fail: [`ConnectError`], always temporary, told to the
//! operator with the way to mend it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use mail_send::{Credentials, Error, SmtpClient};
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, EXT_START_TLS, EhloResponse};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::said::Said;
use super::trust::Trust;
use super::warrant::Warrant;
use super::wire::Wire;
use super::{Times, names::Names};
use crate::base::{Assurance, Domain, TlsFacts, TlsProof};
use crate::config::{RouteTls, UpstreamSignIn};

/// Addresses tried for one connection.
const ADDRESSES_TRIED: usize = 8;

/// After so many times the time for one connection, no further address is tried: a domain of many dead hosts must not hold up
/// the mail behind it.
const PATIENCE_FACTOR: u32 = 3;

/// A connection to a next hop that is ready for mail.
pub(super) struct Session {
    pub(super) client: SmtpClient<Wire>,
    /// What it offered in EHLO (bits of smtp-proto).
    pub(super) offers: u32,
    /// Octets of the largest mail it takes; 0 where it does not say (RFC 1870).
    pub(super) size: u64,
    /// Its name and address, for people.
    pub(super) host: String,
    pub(super) tls: Option<TlsFacts>,
    /// How the host has proven that it is the right one, where that was demanded.
    pub(super) proof: Option<TlsProof>,
    /// Mails carried so far.
    pub(super) mails: u32,
    /// Counts, by being held, how many sessions of a route are open.
    pub(super) _mark: Arc<()>,
}

/// What a connection must be like.
pub(super) struct Wish<'a> {
    pub(super) port: u16,
    pub(super) tls: RouteTls,
    pub(super) ca_file: Option<PathBuf>,
    /// What host and certificate are held against, where they must be verified.
    pub(super) warrant: &'a Warrant,
    pub(super) sign_in: Option<&'a UpstreamSignIn>,
    /// Our own name, for EHLO.
    pub(super) own_name: &'a Domain,
    /// Ports that this gateway itself listens on.
    pub(super) own_ports: &'a [u16],
    /// Whether a host that calls itself by our name is taken for ourselves (hosts found by MX).
    pub(super) greets_as_us_is_loop: bool,
}

/// Why there is no connection. All of it may pass, or be mended by a person.
#[derive(Debug)]
pub(super) enum ConnectError {
    Unresolved { host: String, why: String },
    Unreachable { host: String, why: String },
    Broke { host: String, stage: &'static str, why: String },
    Turned { host: String, stage: &'static str, said: Said },
    NoStartTls { host: String },
    Handshake { host: String, why: String, mend: &'static str },
    OurTrust(String),
    SignInInClear { host: String },
    NoSignIn { host: String },
    SignInRefused { host: String, user: String, said: Said },
    Password { file: PathBuf, why: String },
    Ourselves { host: String },
}

impl ConnectError {
    /// Whether the host is there and only takes no further connection for now.
    pub(super) fn is_crowded(&self) -> bool {
        matches!(self, Self::Turned { said, .. } if said.code / 100 == 4)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved { host, why } => {
                write!(f, "the name {host} has no address ({why}): check the route's host and this machine's DNS")
            }
            Self::Unreachable { host, why } => {
                write!(f, "{host} cannot be reached: {why}; check host and port of the route and the firewall")
            }
            Self::Broke { host, stage, why } => write!(f, "{host}, {stage}: {why}"),
            Self::Turned { host, stage, said } => write!(f, "{host} answered {stage} with: {said}"),
            Self::NoStartTls { host } => write!(
                f,
                "{host} does not offer STARTTLS, but this mail may only go over a verified connection; it was not sent in clear. \
                 Use a host or port that offers TLS (tls = \"implicit\" for port 465)"
            ),
            Self::Handshake { host, why, mend } => write!(f, "TLS with {host} failed: {why}; {mend}"),
            Self::OurTrust(why) => f.write_str(why),
            Self::SignInInClear { host } => write!(
                f,
                "the connection to {host} is not encrypted, so the password was not sent; set the route's tls to \"verified\" or \
                 \"implicit\", or remove its user"
            ),
            Self::NoSignIn { host } => {
                write!(f, "{host} offers no sign-in with PLAIN or LOGIN here; check the route's port, or remove its user")
            }
            Self::SignInRefused { host, user, said } => {
                write!(f, "{host} refused the sign-in of {user}: {said}; check the route's user and password_file")
            }
            Self::Password { file, why } => write!(f, "password_file {} cannot be used: {why}", file.display()),
            Self::Ourselves { host } => write!(f, "{host} is this gateway itself: the route leads in a circle"),
        }
    }
}

/// Opens a connection to the first of the hosts that lets us in.
pub(super) async fn connect(
    hosts: &[String],
    wish: &Wish<'_>,
    names: &dyn Names,
    trust: &Trust,
    times: &Times,
) -> Result<Session, ConnectError> {
    let mut last = None;
    let end = Instant::now() + times.connect * PATIENCE_FACTOR;
    for host in hosts {
        let addresses = match addresses(host, names, times).await {
            Ok(addresses) => addresses,
            Err(error) => {
                last = Some(error);
                continue;
            }
        };
        for address in addresses {
            if last.is_some() && Instant::now() >= end {
                break;
            }
            let attempt = Attempt { host, address: SocketAddr::new(address, wish.port), wish, trust, times };
            match attempt.run().await {
                Ok(session) => return Ok(session),
                Err(error) => last = Some(error),
            }
        }
    }
    Err(last.unwrap_or_else(|| ConnectError::Unresolved { host: String::new(), why: "no host is known".into() }))
}

async fn addresses(host: &str, names: &dyn Names, times: &Times) -> Result<Vec<IpAddr>, ConnectError> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let unresolved = |why: String| ConnectError::Unresolved { host: host.to_owned(), why };
    let mut found = timeout(times.connect, names.addresses(host))
        .await
        .map_err(|_| unresolved("the DNS does not answer".into()))?
        .map_err(unresolved)?;
    found.dedup();
    found.truncate(ADDRESSES_TRIED);
    if found.is_empty() { Err(unresolved("the DNS knows none".into())) } else { Ok(found) }
}

/// Whom one handshake trusts.
struct Trusting {
    connector: TlsConnector,
    /// The name that the host is asked for.
    name: String,
    /// Nothing where any certificate is taken.
    by: Option<Assurance>,
    /// The pinned name that it was, after the handshake.
    matched: Option<Arc<OnceLock<String>>>,
    /// What to do where it fails.
    mend: &'static str,
}

const OF_NAME: &str = "it must show a valid certificate for that name, or its issuer must stand in the route's ca_file";
const OF_POLICY: &str = "its domain's MTA-STS policy demands a valid certificate for that name";
const OF_RECORDS: &str =
    "its certificate must be the one that its TLSA records in the DNS name: its domain has to mend one of them";
const OF_PINS: &str = "it must show a valid certificate for one of the names that the route's pins give for its domain";

/// One try at one address.
struct Attempt<'a> {
    host: &'a str,
    address: SocketAddr,
    wish: &'a Wish<'a>,
    trust: &'a Trust,
    times: &'a Times,
}

impl Attempt<'_> {
    async fn run(&self) -> Result<Session, ConnectError> {
        match self.open(true).await {
            // RFC 7435: encryption that does not come about must not stop mail that may go in clear.
            Err(ConnectError::Handshake { .. }) if self.wish.tls == RouteTls::Opportunistic => self.open(false).await,
            other => other,
        }
    }

    async fn open(&self, start_tls: bool) -> Result<Session, ConnectError> {
        let stream = self.dial().await?;
        let mut client = SmtpClient { stream: Wire::plain(stream), timeout: self.times.command };
        let mut proof = None;
        if self.wish.tls == RouteTls::Implicit {
            (client, proof) = self.secure(client, &self.verifying()?).await?;
        }
        self.greeting(&mut client).await?;
        let mut offers = self.hello(&mut client).await?;
        if start_tls && let Some(trusting) = self.upgrade(&mut client, &offers).await? {
            (client, proof) = self.secure(client, &trusting).await?;
            offers = self.hello(&mut client).await?;
        }
        self.sign_in(&mut client, &offers).await?;
        let tls = client.stream.tls_facts();
        let host = if self.host == self.address.ip().to_string() {
            self.address.to_string()
        } else {
            format!("{} [{}]:{}", self.host, self.address.ip(), self.address.port())
        };
        Ok(Session {
            client,
            offers: offers.capabilities,
            size: size_of(&offers),
            host,
            tls,
            proof,
            mails: 0,
            _mark: Arc::default(),
        })
    }

    async fn dial(&self) -> Result<TcpStream, ConnectError> {
        let unreachable = |why: String| ConnectError::Unreachable { host: self.at(), why };
        let stream = timeout(self.times.connect, TcpStream::connect(self.address))
            .await
            .map_err(|_| unreachable("no answer".into()))?
            .map_err(|e| unreachable(e.to_string()))?;
        // Commands are gathered by us, so waiting for more to send only costs time.
        stream.set_nodelay(true).ok();
        let same_machine = stream.local_addr().is_ok_and(|near| near.ip() == self.address.ip());
        if same_machine && self.wish.own_ports.contains(&self.address.port()) {
            return Err(ConnectError::Ourselves { host: self.at() });
        }
        Ok(stream)
    }

    async fn greeting(&self, client: &mut SmtpClient<Wire>) -> Result<(), ConnectError> {
        let read = timeout(self.times.command, client.read()).await.unwrap_or(Err(Error::Timeout));
        read.map_err(|e| self.broke("greeting", &e))?;
        let said = Said::read(client.stream.last_reply());
        if said.is_yes() { Ok(()) } else { Err(ConnectError::Turned { host: self.at(), stage: "our connection", said }) }
    }

    /// EHLO, or HELO for a host that does not know it (RFC 5321 section 3.2).
    async fn hello(&self, client: &mut SmtpClient<Wire>) -> Result<EhloResponse<String>, ConnectError> {
        client.timeout = self.times.command;
        let answer = client.ehlo(self.wish.own_name.as_str()).await;
        let offers = match answer {
            Ok(offers) => offers,
            Err(Error::UnexpectedReply(reply)) if reply.code / 100 == 5 => {
                self.plain_hello(client).await?;
                EhloResponse::default()
            }
            Err(Error::UnexpectedReply(_)) => return Err(self.turned("EHLO", client)),
            Err(e) => return Err(self.broke("EHLO", &e)),
        };
        if self.wish.greets_as_us_is_loop && offers.hostname.eq_ignore_ascii_case(self.wish.own_name.as_str()) {
            return Err(ConnectError::Ourselves { host: self.at() });
        }
        Ok(offers)
    }

    async fn plain_hello(&self, client: &mut SmtpClient<Wire>) -> Result<(), ConnectError> {
        let reply = client.cmd(format!("HELO {}\r\n", self.wish.own_name)).await.map_err(|e| self.broke("HELO", &e))?;
        if reply.code / 100 == 2 { Ok(()) } else { Err(self.turned("HELO", client)) }
    }

    /// Says STARTTLS where the policy wants it; gives the connector to go on with.
    async fn upgrade(
        &self,
        client: &mut SmtpClient<Wire>,
        offers: &EhloResponse<String>,
    ) -> Result<Option<Trusting>, ConnectError> {
        let must = match self.wish.tls {
            RouteTls::None | RouteTls::Implicit => return Ok(None),
            RouteTls::Opportunistic => false,
            RouteTls::Verified => true,
        };
        if !offers.has_capability(EXT_START_TLS) {
            return if must { Err(ConnectError::NoStartTls { host: self.at() }) } else { Ok(None) };
        }
        let trusting = if must { self.verifying()? } else { self.trusting_any() };
        let reply = client.cmd("STARTTLS\r\n").await.map_err(|e| self.broke("STARTTLS", &e))?;
        match (reply.code, must) {
            (220, _) => Ok(Some(trusting)),
            (_, true) => Err(self.turned("STARTTLS", client)),
            (_, false) => Ok(None),
        }
    }

    /// Whom to trust, by what vouches for the host.
    fn verifying(&self) -> Result<Trusting, ConnectError> {
        let (ca_file, warrant) = (self.wish.ca_file.as_deref(), self.wish.warrant);
        let (name, by) = (self.host.to_owned(), Some(warrant.assurance()));
        let trusting = match warrant {
            Warrant::Name => {
                self.trust.verified(ca_file).map(|connector| Trusting { connector, name, by, matched: None, mend: OF_NAME })
            }
            Warrant::Sts(_) => {
                self.trust.verified(ca_file).map(|connector| Trusting { connector, name, by, matched: None, mend: OF_POLICY })
            }
            Warrant::Dane { domain, hosts } => {
                let records = hosts.get(self.host).map(Vec::as_slice).unwrap_or_default();
                let connector = self.trust.by_records(records, self.host, domain);
                connector.map(|connector| Trusting { connector, name, by, matched: None, mend: OF_RECORDS })
            }
            Warrant::Pin(names) => self.trust.pinned(ca_file, names).map(|(connector, matched)| {
                // A host that has several certificates shows the one for the name that it is asked for.
                let asked = names.iter().find(|pinned| pinned.as_str() == name).or(names.first());
                let name = asked.map(ToString::to_string).unwrap_or(name);
                Trusting { connector, name, by, matched: Some(matched), mend: OF_PINS }
            }),
        };
        trusting.map_err(ConnectError::OurTrust)
    }

    fn trusting_any(&self) -> Trusting {
        Trusting { connector: self.trust.any(), name: self.host.to_owned(), by: None, matched: None, mend: OF_NAME }
    }

    /// The TLS handshake, and what it proves.
    async fn secure(
        &self,
        client: SmtpClient<Wire>,
        trusting: &Trusting,
    ) -> Result<(SmtpClient<Wire>, Option<TlsProof>), ConnectError> {
        let handshake = |why: String| ConnectError::Handshake { host: self.at(), why, mend: trusting.mend };
        let stream = client.stream.into_tcp().ok_or_else(|| handshake("the connection is under TLS already".into()))?;
        let clear = SmtpClient { stream, timeout: self.times.connect };
        let secured = clear.into_tls(&trusting.connector, &trusting.name).await.map_err(|e| handshake(e.to_string()))?;
        let stream = Wire::tls(secured.stream);
        let proof = trusting.by.zip(stream.certificate()).map(|(by, certificate)| {
            let matched = trusting.matched.as_ref().and_then(|matched| matched.get());
            TlsProof { by, peer: matched.unwrap_or(&trusting.name).clone(), certificate, onward: false }
        });
        Ok((SmtpClient { stream, timeout: self.times.command }, proof))
    }

    async fn sign_in(&self, client: &mut SmtpClient<Wire>, offers: &EhloResponse<String>) -> Result<(), ConnectError> {
        let Some(sign_in) = self.wish.sign_in else { return Ok(()) };
        if !client.stream.is_tls() {
            return Err(ConnectError::SignInInClear { host: self.at() });
        }
        // Only these two: mail-send would begin others and then find that it cannot go on.
        let mut offers = offers.clone();
        offers.auth_mechanisms &= AUTH_PLAIN | AUTH_LOGIN;
        if offers.auth_mechanisms == 0 {
            return Err(ConnectError::NoSignIn { host: self.at() });
        }
        let password = password(sign_in).await?;
        let credentials = Credentials::Plain { username: sign_in.user.as_str(), secret: password.as_str() };
        match client.authenticate(&credentials, &offers).await {
            Ok(_) => Ok(()),
            Err(Error::AuthenticationFailed(_) | Error::UnexpectedReply(_)) => {
                let said = Said::read(client.stream.last_reply());
                Err(ConnectError::SignInRefused { host: self.at(), user: sign_in.user.clone(), said })
            }
            Err(e) => Err(self.broke("sign-in", &e)),
        }
    }

    fn at(&self) -> String {
        if self.host.parse::<IpAddr>().is_ok() {
            return self.address.to_string();
        }
        format!("{} ({})", self.host, self.address)
    }

    fn turned(&self, stage: &'static str, client: &SmtpClient<Wire>) -> ConnectError {
        ConnectError::Turned { host: self.at(), stage, said: Said::read(client.stream.last_reply()) }
    }

    fn broke(&self, stage: &'static str, error: &Error) -> ConnectError {
        ConnectError::Broke { host: self.at(), stage, why: why(error) }
    }
}

/// What went wrong with a connection, in words without mail-send's own.
pub(super) fn why(error: &Error) -> String {
    match error {
        Error::Io(e) => e.to_string(),
        Error::Timeout => "it did not answer in time".into(),
        Error::UnparseableReply => "what it said cannot be read".into(),
        other => other.to_string(),
    }
}

async fn password(sign_in: &UpstreamSignIn) -> Result<Zeroizing<String>, ConnectError> {
    let refused = |why: String| ConnectError::Password { file: sign_in.password_file.clone(), why };
    let text = tokio::fs::read_to_string(&sign_in.password_file).await.map_err(|e| refused(e.to_string()))?;
    let text = Zeroizing::new(text);
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(refused("it is empty".into()));
    }
    Ok(Zeroizing::new(password.to_owned()))
}

fn size_of(offers: &EhloResponse<String>) -> u64 {
    u64::try_from(offers.size).unwrap_or(u64::MAX)
}

impl Session {
    /// Says goodbye, without waiting long for the answer.
    pub(super) async fn quit(mut self) {
        self.client.timeout = Duration::from_secs(2);
        self.client.cmd("QUIT\r\n").await.ok();
        timeout(Duration::from_secs(1), tokio::io::AsyncWriteExt::shutdown(&mut self.client.stream)).await.ok();
    }
}
