//! The configuration as the rooms use it: every value read, checked and made absolute. No secret is in it, only file names.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;

use crate::base::{Address, Domain, ListenerKind, Timestamp};
use crate::detect::{self, Confidence};
use crate::extract::Kind;

/// A whole configuration, known to be sound: all names used exist, all values are in range.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from, absolute.
    pub file: PathBuf,
    /// SHA-256 of all that was read (the file and the lists it names), in hexadecimal: the name of this rule set.
    pub hash: String,
    pub school: School,
    pub store: Store,
    pub listen: Vec<Listen>,
    /// By name; `default` is among them.
    pub routes: BTreeMap<String, Route>,
    pub limits: Limits,
    /// `[[sender]]`, by [`Address::key`].
    pub senders: BTreeMap<String, Sender>,
    pub lists: BTreeMap<String, List>,
    pub disclaimers: BTreeMap<String, Disclaimer>,
    pub antivirus: Antivirus,
    /// In the order written.
    pub rules: Vec<Rule>,
    /// In the order written; the last has no condition.
    pub retention: Vec<Retention>,
    /// `[ops]`: where `/metrics`, `/healthz` and `/readyz` listen.
    pub ops: Ops,
    /// `[console]`: pages for staff; none where the section is left out.
    pub console: Option<Console>,
    /// `[pickup]`: pages for people outside; none where the section is left out.
    pub pickup: Option<Pickup>,
    /// `[ledger] witness`: who gets each checkpoint by mail.
    pub witness: Option<Address>,
    /// Every file it was read from, absolute: itself, lists, notices.
    pub sources: Vec<PathBuf>,
}

impl Config {
    /// Whose ledger it is, as checkpoints say it.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}/schoolgate", self.school.hostname)
    }
}

/// `[school]`.
#[derive(Clone, Debug)]
pub struct School {
    pub name: String,
    /// Inside.
    pub domains: Vec<Domain>,
    /// Outside, but agreed in writing.
    pub partners: Vec<Domain>,
    /// Who is told when something needs a person.
    pub postmaster: Address,
    /// In the greeting and in `Received`.
    pub hostname: Domain,
    /// Its own published telephone and account numbers, figures only: they are nobody's.
    pub numbers: Vec<String>,
}

/// `[store]`.
#[derive(Clone, Debug)]
pub struct Store {
    pub path: PathBuf,
    pub key_file: PathBuf,
}

/// One `[[listen]]`.
#[derive(Clone, Debug)]
pub struct Listen {
    pub kind: ListenerKind,
    pub address: SocketAddr,
    /// Certificate chain and key, PEM.
    pub tls: Option<TlsFiles>,
    /// Networks that may send without signing in (`relay` and `journal` only).
    pub trusted: Vec<Network>,
    /// Balancers whose PROXY protocol v2 header is believed, and demanded.
    pub proxy_from: Vec<Network>,
    /// Whose mail a `relay` takes; where people sign in it says nothing, for there the account decides.
    pub senders: Senders,
    /// How a `journal` reads what comes in.
    pub journal: Journal,
}

/// What of a mail at a `journal` listener is the mail, and what its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Whether journal reports are unwrapped.
    pub reports: bool,
    /// Header fields that tell the envelope of a copy, in lower case; none where SMTP tells it.
    pub envelope_header: Vec<String>,
    /// The addresses that copies are sent to; with none, mail to anybody is taken.
    pub only_to: Vec<Address>,
    /// Whether the certificates of people outside who sign their mail are taken in, to encrypt to them.
    pub learn_keys: bool,
}

impl Default for Journal {
    fn default() -> Self {
        Self { reports: true, envelope_header: Vec::new(), only_to: Vec::new(), learn_keys: false }
    }
}

/// `senders` of a relay listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Senders {
    /// The machines that may relay are trusted to know their senders.
    #[default]
    Any,
    /// Envelope sender, From and Sender must be of the school's domains.
    School,
}

/// `certificate` and `key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// An IP network such as `10.0.0.0/8`; a bare address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    pub address: std::net::IpAddr,
    pub prefix: u8,
}

/// One `[[route]]`.
#[derive(Clone, Debug)]
pub struct Route {
    pub name: String,
    pub next_hop: NextHop,
    pub tls: RouteTls,
    pub sign_in: Option<UpstreamSignIn>,
    /// Further trust anchors (PEM), beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Connections at a time.
    pub connections: usize,
    /// For `kind = "mx"`: by recipient domain, the names that a host of it may prove to have.
    pub pins: BTreeMap<Domain, Vec<Domain>>,
    /// Of copies that demand a verified connection: whether the next hop is told to demand one too (RFC 8689).
    pub requiretls: RequireTls,
    /// Name and value of fields that every copy by this route carries: what an encrypting relay goes by.
    pub add_header: Vec<(String, String)>,
}

/// Whether a copy that demands a verified connection takes that demand along (RFC 8689).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RequireTls {
    /// Never.
    Off,
    /// Where the next hop offers it.
    #[default]
    WhereOffered,
    /// A next hop that does not offer it does not get the copy.
    Demanded,
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextHop {
    /// `host` and `port`: a smarthost.
    Host { host: String, port: u16 },
    /// `kind = "mx"`: the MX hosts of each recipient's domain (RFC 5321 section 5.1).
    Mx { port: u16 },
}

/// How a route is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteTls {
    /// Never.
    None,
    /// STARTTLS when offered, any certificate.
    Opportunistic,
    /// STARTTLS demanded, certificate verified for the host's name.
    Verified,
    /// TLS from the first byte, certificate verified for the host's name.
    Implicit,
}

/// `user` and `password_file`; the file is read at each connection, so a change needs no reload.
#[derive(Clone, Debug)]
pub struct UpstreamSignIn {
    pub user: String,
    pub password_file: PathBuf,
}

/// `[limits]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one mail.
    pub message_size: u64,
    /// Recipients of one mail.
    pub recipients: usize,
    /// Mails of one sender in an hour. Not written, it is `limits::MESSAGES_PER_HOUR` for who signs in, and none for relayed mail.
    pub messages_per_hour: Option<u32>,
    /// Recipients of one sender in an hour; not written, likewise `limits::RECIPIENTS_PER_HOUR`.
    pub recipients_per_hour: Option<u32>,
}

/// One `[[sender]]`: what an account, or a reverse path of relayed mail, may do beyond the usual.
#[derive(Clone, Debug)]
pub struct Sender {
    pub address: Address,
    /// Further addresses of the same person.
    pub aliases: Vec<Address>,
    /// Others' addresses and domains that this one may send as (`"@list"` is opened already).
    pub may_send_as: Vec<SendAs>,
    pub limits: SenderLimits,
}

/// A value of `may_send_as`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendAs {
    Address(Address),
    /// The domain itself, not its sub-domains.
    Domain(Domain),
}

/// `limits` of a `[[sender]]`; what is not written is as in `[limits]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderLimits {
    pub messages_per_hour: Option<u32>,
    pub recipients_per_hour: Option<u32>,
    /// Recipients of one mail.
    pub recipients: Option<usize>,
}

/// `[list.NAME]`: people and domains, or words.
#[derive(Clone, Debug, Default)]
pub struct List {
    pub addresses: Vec<Address>,
    pub domains: Vec<Domain>,
    pub words: Vec<String>,
    pub roll: Option<RollFile>,
}

/// `csv` and `columns` of a list: the export of the school's roll, and what its columns are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollFile {
    pub csv: PathBuf,
    /// Our word for a column, and the file's.
    pub columns: Vec<(String, String)>,
}

/// `[disclaimer.NAME]`: the school's confidentiality notice.
#[derive(Clone, Debug)]
pub struct Disclaimer {
    pub name: String,
    /// The text form, placeholders not yet filled in, lines parted by `\n`.
    pub text: String,
    /// The HTML form; made from the text where none is given.
    pub html: String,
    pub place: NoticePlace,
    /// Left out where the quoted part of a reply shows it already.
    pub once_per_thread: bool,
    pub if_impossible: IfImpossible,
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticePlace {
    End,
    AboveQuote,
}

/// What becomes of a mail that cannot take the notice (signed, encrypted, no body).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfImpossible {
    SendWithout,
    /// A new mail with the notice, the original attached.
    Wrap,
    Hold,
    Reject,
}

/// `[antivirus]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Antivirus {
    /// None where `"off"` is written out.
    pub clamd: Option<ClamdAddress>,
    /// For one scan: connect, send and reply together.
    pub timeout: Duration,
    /// clamd's own configuration, where it is not the usual file.
    pub clamd_conf: Option<PathBuf>,
}

/// Where clamd listens; shown as it is written in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClamdAddress {
    Unix(PathBuf),
    Tcp { host: String, port: u16 },
}

impl std::fmt::Display for ClamdAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
        }
    }
}

/// One `[[rule]]`.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: String,
    pub about: String,
    pub mode: Mode,
    pub when: Fields,
    /// The rule does not match where this does; nothing written means never.
    pub unless: Option<Fields>,
    pub act: Actions,
    pub on_error: Option<OnError>,
    pub tests: Vec<RuleTest>,
    /// Line of `[[rule]]` in the file, from 1.
    pub line: usize,
}

/// `mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Enforce,
    /// Matches are recorded; nothing changes. Until the end of that day.
    Watch {
        until: jiff::civil::Date,
    },
    Off,
}

/// `on_error`: what happens when a rule's part cannot do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    Hold,
    Reject,
    Defer,
    Send,
}

/// The fields of one `when` or `unless`: all that are given must be true; values inside one list are alternatives.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    pub to: Option<Vec<Party>>,
    pub from: Option<Vec<Party>>,
    pub from_or_to: Option<Vec<Party>>,
    pub subject_word: Option<Vec<String>>,
    /// In subject, displayed bodies and names of attachments.
    pub words: Option<Vec<String>>,
    pub kind: Option<Vec<MailKind>>,
    /// Bytes.
    pub size_over: Option<u64>,
    pub recipients_over: Option<usize>,
    pub header: Option<Vec<HeaderTest>>,
    /// Outside addresses that a recipient would see.
    pub visible_outside_over: Option<usize>,
    /// Whether what the mail says of its sender disagrees.
    pub sender_mismatch: Option<bool>,
    pub lookalike: Option<Lookalike>,
    pub first_contact: Option<Contact>,
    pub attachment: Option<Vec<AttachmentTest>>,
    pub attachment_type: Option<Vec<TypeTest>>,
    pub data: Option<Vec<DataTest>>,
    /// Distinct values, at least.
    pub data_count: Option<usize>,
    /// Distinct persons, more than this.
    pub people_over: Option<usize>,
    pub data_confidence: Option<Confidence>,
    pub protected: Option<bool>,
    pub any_of: Option<Vec<Fields>>,
    pub all_of: Option<Vec<Fields>>,
}

impl Fields {
    /// Whether they ask for a word in the subject, at any depth.
    #[must_use]
    pub fn asks_subject_word(&self) -> bool {
        let mut branches = self.any_of.iter().chain(&self.all_of).flatten();
        self.subject_word.is_some() || branches.any(Self::asks_subject_word)
    }

    /// Every word asked for in the subject, at any depth.
    #[must_use]
    pub fn subject_words(&self) -> Vec<&String> {
        let branches = self.any_of.iter().chain(&self.all_of).flatten();
        self.subject_word.iter().flatten().chain(branches.flat_map(Self::subject_words)).collect()
    }
}

/// Who is meant by a value of `to`, `from`, `from_or_to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    Inside,
    /// Everyone not inside, partners too.
    Outside,
    Partners,
    Address(Address),
    /// The domain itself, not its sub-domains; `*.example.org` is its sub-domains.
    Domain(Domain),
    SubDomains(Domain),
    /// Free mail providers: the shipped list and `[list.webmail]`.
    Webmail,
    /// Country-code domains but the United Kingdom's and the Crown dependencies', and `[list.abroad]`.
    Abroad,
    /// A `[list.NAME]` with addresses or domains.
    List(String),
}

/// A value of `lookalike`: whose domains a recipient's may be mistaken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookalike {
    /// `true`: the school's own, its partners', and those it often writes to.
    Known,
    Of(Vec<Domain>),
}

/// A value of `first_contact`: whose first mail to a recipient it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    Sender,
    School,
}

/// A value of `attachment`: what may be the matter with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentTest {
    Infected,
    /// The scanner did not see it: it is off, out of order, or the file is larger than it reads.
    Unscanned,
    /// Opens with a password or key only.
    Protected,
    /// An archive in which some files are protected and some are not.
    PartlyProtected,
    /// Broken, or more than is looked at: its text was not read, or not to its end.
    Unreadable,
    /// Programs, scripts, shortcuts, installers, disk images.
    Executable,
    Macro,
    ArchiveBomb,
    /// HTML with script, a PDF with script or an action.
    ActiveContent,
    EmbeddedObject,
    /// Loads something from outside when it is opened.
    RemoteContent,
    /// The name's ending promises another type.
    TypeMismatch,
    /// A double ending, a right-to-left override.
    MisleadingName,
}

impl AttachmentTest {
    /// Every value, with its word in the configuration.
    pub const WORDS: [(&'static str, Self); 13] = [
        ("infected", Self::Infected),
        ("unscanned", Self::Unscanned),
        ("protected", Self::Protected),
        ("partly-protected", Self::PartlyProtected),
        ("unreadable", Self::Unreadable),
        ("executable", Self::Executable),
        ("macro", Self::Macro),
        ("archive-bomb", Self::ArchiveBomb),
        ("active-content", Self::ActiveContent),
        ("embedded-object", Self::EmbeddedObject),
        ("remote-content", Self::RemoteContent),
        ("type-mismatch", Self::TypeMismatch),
        ("misleading-name", Self::MisleadingName),
    ];

    /// The word in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, test)| *test == self).map_or("", |(word, _)| word)
    }
}

/// A value of `data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataTest {
    Kind(detect::Kind),
    /// Whatever names or describes a person by itself: not contact data, birth dates and names alone.
    Personal,
    Financial,
    SpecialCategory,
    /// Whatever is on the school's own roll, a `[list.NAME]` with `csv`.
    Roll(String),
}

/// A value of `attachment_type`: a kind by its word, a media type, or the ending of a name; what fits in one way fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeTest {
    /// As the configuration has it.
    pub written: String,
    /// What it is by content.
    pub kinds: Vec<Kind>,
    /// `application/pdf`, `image/*`.
    pub media: Option<String>,
    /// In lower case, without the dot.
    pub ending: Option<String>,
}

/// A value of `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailKind {
    AutoReply,
    Bounce,
    Calendar,
    MailingList,
    Signed,
    Encrypted,
}

/// A value of `header`: `"Name"` is true where the field stands, `"Name: regex"` where its decoded value matches.
#[derive(Clone, Debug)]
pub struct HeaderTest {
    pub name: String,
    pub matches: Option<Regex>,
}

/// `do`.
#[derive(Clone, Debug, Default)]
pub struct Actions {
    /// Name of a `[disclaimer.NAME]`.
    pub disclaimer: Option<String>,
    /// Text with `{rule.about}`, `{ref}` …
    pub reject: Option<String>,
    pub defer: Option<String>,
    pub hold: Option<HoldFor>,
    /// Name of a route.
    pub route: Option<String>,
    pub copy_to: Vec<Address>,
    /// Name and value.
    pub add_header: Vec<(String, String)>,
    pub notify: Vec<Notified>,
    /// What people outside see of each other.
    pub recipients: Option<Privacy>,
    /// Ways of encryption, tried in this order for each recipient outside; none where nothing is asked.
    pub encrypt: Vec<Method>,
    /// Whether the word of `subject_word` leaves the subject of what goes outside.
    pub remove_word: bool,
    /// Id of a retention class.
    pub keep: Option<String>,
}

/// A value of `encrypt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Only over a connection whose other end has proved its name.
    TlsVerified,
    Smime,
    Openpgp,
    /// As an archive that a password opens.
    PasswordArchive,
    /// Kept here, to be read on a page by whoever proves their address.
    Pickup,
    /// `route:NAME`: by a relay that encrypts.
    Route(String),
}

impl Method {
    /// Whether the mail itself is encrypted before anything leaves.
    #[must_use]
    pub fn is_of_content(&self) -> bool {
        matches!(self, Self::Smime | Self::Openpgp | Self::PasswordArchive | Self::Pickup)
    }
}

impl std::fmt::Display for Method {
    /// As the configuration has it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TlsVerified => f.write_str("tls-verified"),
            Self::Smime => f.write_str("smime"),
            Self::Openpgp => f.write_str("openpgp"),
            Self::PasswordArchive => f.write_str("password-archive"),
            Self::Pickup => f.write_str("pickup"),
            Self::Route(name) => write!(f, "route:{name}"),
        }
    }
}

/// `recipients` and `visible_to`: what people outside see of each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privacy {
    pub way: PrivacyWay,
    /// What `To` names then; the sender where nothing is written.
    pub visible_to: Option<Address>,
}

/// A value of `recipients`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivacyWay {
    Bcc,
    /// A copy for each person, that names nobody else.
    IndividualCopies,
}

/// A value of `notify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notified {
    Sender,
    Postmaster,
    Address(Address),
}

/// `hold_for`, `after`, `then`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldFor {
    pub whom: Holder,
    /// How long it waits for a decision; for ever where nothing is written.
    pub after: Option<Duration>,
    /// What then becomes of it.
    pub then: AfterHold,
}

/// Who decides about a held mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    Sender,
    Technician,
    Approver,
}

impl Holder {
    /// The word in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Technician => "technician",
            Self::Approver => "approver",
        }
    }
}

/// `then`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AfterHold {
    Release,
    #[default]
    Refuse,
}

/// One `[[rule.test]]`: a mail in a few words, and whether this rule matches it.
#[derive(Clone, Debug)]
pub struct RuleTest {
    pub from: Address,
    pub to: Vec<Address>,
    /// Further header lines: `Cc`, `Reply-To` … as written.
    pub headers: Vec<(String, String)>,
    pub subject: String,
    pub body: String,
    /// Whether everyone in it has written to everyone before; nobody has where it is not said.
    pub known: bool,
    /// The one attachment it has, if any.
    pub attachment: Option<TestAttachment>,
    pub expect: Expect,
    /// Line of `expect` in the file, from 1.
    pub line: usize,
    /// Column of `expect`, in characters, from 1.
    pub column: usize,
}

/// The attachment of a rule test: no file, but what would be known of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestAttachment {
    pub name: String,
    pub such: Vec<AttachmentTest>,
}

/// What a rule test expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// `"match"`: for at least one recipient.
    Match,
    /// `"no match"`: for none.
    NoMatch,
    /// An action by its name, such as `"reject"`, `"hold"`, `"disclaimer"`, `"route"`: the rule matches and does that.
    Action(String),
}

/// One `[[retention]]`.
#[derive(Clone, Debug)]
pub struct Retention {
    pub id: String,
    pub when: Option<Fields>,
    pub keep: Keep,
}

impl Retention {
    /// When a mail of this class that was received then may go. Counted in the calendar, in UTC, so that six months are six
    /// months; past the end of the calendar is its end.
    #[must_use]
    pub fn ends(&self, received: Timestamp) -> Timestamp {
        let received = received.to_zoned(jiff::tz::TimeZone::UTC);
        received.checked_add(self.keep.0).map_or(Timestamp::MAX, |end| end.timestamp())
    }
}

/// How long a class is kept, in the calendar's terms: six months is not 180 days.
#[derive(Clone, Copy, Debug)]
pub struct Keep(pub jiff::Span);

/// `[ops]`.
#[derive(Clone, Debug, Default)]
pub struct Ops {
    /// Nothing listens where no address is given.
    pub address: Option<SocketAddr>,
    pub log: LogFormat,
}

/// `[console]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// Where it listens, in plain HTTP.
    pub address: SocketAddr,
    /// Where people reach it.
    pub public_url: PublicUrl,
}

/// `[pickup]`.
#[derive(Clone, Debug)]
pub struct Pickup {
    /// Where it listens, in plain HTTP.
    pub address: SocketAddr,
    /// Where people outside reach it.
    pub public_url: PublicUrl,
    /// How long a message can be picked up.
    pub keep: Keep,
    /// The school's colour; ours where none is given.
    pub colour: Option<[u8; 3]>,
    pub logo: Option<Logo>,
    /// The school's words in the notice, with `{link}`; ours where none are given.
    pub notice: Option<String>,
    /// The school's words on the help page, below ours.
    pub help: Option<String>,
}

/// A picture, read with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    pub media: &'static str,
    pub bytes: bytes::Bytes,
}

/// `public_url`: what links in letters begin with. Scheme, host, port and path, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    origin: usize,
}

/// `log = "human" | "json"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Human,
    Json,
}

impl Config {
    /// The `[[sender]]` of an address.
    #[must_use]
    pub fn sender(&self, address: &Address) -> Option<&Sender> {
        self.senders.get(&address.key())
    }

    /// Rules that watch though the last day of it is over.
    pub fn watched_out(&self, today: jiff::civil::Date) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| matches!(rule.mode, Mode::Watch { until } if until < today))
    }

    /// Whose mail is taken without a sign-in: the school's alone where no relay listener takes others'.
    #[must_use]
    pub fn relay_senders(&self) -> Senders {
        let mut relays = self.listen.iter().filter(|listen| listen.kind == ListenerKind::Relay).map(|listen| listen.senders);
        let first = relays.next().unwrap_or_default();
        if relays.all(|senders| senders == first) { first } else { Senders::Any }
    }
}

impl PublicUrl {
    /// Made by the reader alone, which has looked at it; `origin` is how many octets scheme, host and port take.
    pub(super) fn new(text: String, origin: usize) -> Self {
        Self { text, origin }
    }

    /// The address of a page below it, whose path begins with a slash.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The path that all its pages begin with, without a slash at its end.
    #[must_use]
    pub fn path(&self) -> &str {
        self.text.get(self.origin..).unwrap_or_default()
    }

    /// Whether a browser's `Origin` names it (RFC 6454 section 7).
    #[must_use]
    pub fn is_origin(&self, origin: &str) -> bool {
        let own = self.text.get(..self.origin).unwrap_or_default();
        let bare = own.strip_suffix(if own.starts_with("https:") { ":443" } else { ":80" }).unwrap_or(own);
        bare.eq_ignore_ascii_case(origin)
    }
}

impl Sender {
    /// Whether it may send as this address.
    #[must_use]
    pub fn may_send_as(&self, address: &Address) -> bool {
        self.address.same_as(address)
            || self.aliases.iter().any(|alias| alias.same_as(address))
            || self.may_send_as.iter().any(|other| match other {
                SendAs::Address(other) => other.same_as(address),
                SendAs::Domain(domain) => domain == address.domain(),
            })
    }
}

impl Network {
    /// Whether an address lies in it; an IPv4-mapped IPv6 address counts as its IPv4 address.
    #[must_use]
    pub fn contains(&self, ip: std::net::IpAddr) -> bool {
        use std::net::IpAddr::{V4, V6};
        match (self.address, ip.to_canonical()) {
            (V4(net), V4(ip)) => prefix_equal(u128::from(net.to_bits()) << 96, u128::from(ip.to_bits()) << 96, self.prefix),
            (V6(net), V6(ip)) => prefix_equal(net.to_bits(), ip.to_bits(), self.prefix),
            _ => false,
        }
    }
}

fn prefix_equal(a: u128, b: u128, prefix: u8) -> bool {
    (a ^ b).checked_shr(128 - u32::from(prefix)).unwrap_or(0) == 0
}
