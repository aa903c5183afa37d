//! Every bound of the gateway in one file, with its unit and its reason.

use std::time::Duration;

// Addresses: RFC 5321 section 4.5.3.1.
/// Octets of a local part.
pub const LOCAL_PART_OCTETS: usize = 64;
/// Octets of a domain.
pub const DOMAIN_OCTETS: usize = 255;
/// Octets of one label of a domain (RFC 1035).
pub const LABEL_OCTETS: usize = 63;

// Protocol: RFC 5321 section 4.5.3.1.4 and following, RFC 4954 section 4 for AUTH.
/// Octets of a command line with its CRLF. The RFC asks for 512 and more for extensions; 2,048 is what Postfix takes.
pub const COMMAND_LINE_OCTETS: usize = 2048;
/// Octets of an AUTH response line (RFC 4954 asks for 12,288).
pub const AUTH_LINE_OCTETS: usize = 12_288;
/// Octets of one line of a mail with its CRLF. RFC 5322 says 998; real clients send more, and they are left alone.
pub const MAIL_LINE_OCTETS: usize = 1 << 20;
/// Bad commands in one session before it is closed with 421.
pub const BAD_COMMANDS: u32 = 20;
/// Commands that do no work (NOOP, RSET, EHLO, VRFY …) in a row before the session is closed with 421.
pub const IDLE_COMMANDS: u32 = 100;
/// Refused recipients in one session before it is closed with 421.
pub const REFUSED_RECIPIENTS: u32 = 100;
/// Recipients beyond the limit of a mail that are answered 452 before the session is closed; a list sent in good faith fits.
pub const EXCESS_RECIPIENTS: u32 = 1000;
/// Failed sign-ins in one session before it is closed with 421.
pub const FAILED_SIGN_INS: u32 = 3;
/// Mails in one session before the client is asked to come again.
pub const MAILS_PER_SESSION: u32 = 1000;
/// Connections from one address at a time.
pub const CONNECTIONS_PER_ADDRESS: usize = 50;
/// Connections in all at a time; one more is answered 421.
pub const CONNECTIONS: usize = 1000;
/// Time a client may take for one command (RFC 5321 section 4.5.3.2.7 says five minutes).
pub const COMMAND_TIME: Duration = Duration::from_secs(300);
/// Time for the TLS handshake.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(30);
/// Time without a byte during DATA (RFC 5321 section 4.5.3.2.5 says three minutes).
pub const DATA_BLOCK_TIME: Duration = Duration::from_secs(180);
/// Time for one mail in all, however steadily it drips.
pub const MAIL_TIME: Duration = Duration::from_secs(30 * 60);
/// Time to write one reply to a client that does not read.
pub const REPLY_TIME: Duration = Duration::from_secs(60);
/// Longest delay of the answer to a failed sign-in: clients give up after a minute or so.
pub const SIGN_IN_DELAY: Duration = Duration::from_secs(30);
/// Time in which a client that was turned away may finish its sentence; closing at once would lose it our reply.
pub const LINGER_TIME: Duration = Duration::from_secs(5);
/// Time that mails under way get when the gateway stops; systemd kills after 90 seconds.
pub const STOP_TIME: Duration = Duration::from_secs(60);
/// Octets of a PROXY header after its fixed part; the addresses take 36, the rest are TLVs nobody needs.
pub const PROXY_HEADER_OCTETS: usize = 1024;
/// How often certificate files are looked at for a change.
pub const CERTIFICATE_POLL: Duration = Duration::from_secs(5);
/// Bytes of mail being received in all sessions together; beyond it DATA is answered 451 (`back-pressure`, not death).
pub const MAIL_BYTES_IN_FLIGHT: usize = 192 << 20;
/// `Received` fields after which a mail is held to be in a loop (RFC 5321 section 6.3 says at least 100).
pub const RECEIVED_FIELDS: usize = 100;

// Mail structure.
/// Depth of nested parts that are read; what lies deeper is one opaque part and a flaw.
pub const PART_DEPTH: usize = 64;
/// Parts of one mail that are read.
pub const PARTS: usize = 10_000;
/// Header fields of one mail that are read, those of all its parts together; each costs about a hundred bytes of memory.
pub const FIELDS: usize = 100_000;
/// Octets of a field's name; a longer word before a colon is no field (a line may have 998 in all, RFC 5322 section 2.1.1).
pub const FIELD_NAME_OCTETS: usize = 998;
/// Parameters of one `Content-Type` or `Content-Disposition` that are read, each piece of a long one counted (RFC 2231).
pub const PARAMETERS: usize = 128;
/// Mailboxes of the fields of one name that are read, twenty times the recipients a mail may have.
pub const MAILBOXES: usize = 10_000;
/// Octets of a header in which names of recipients are looked for, once for each copy: five hundred mailboxes take some forty thousand.
pub const SEARCHED_HEADER_OCTETS: usize = 256 << 10;
/// Octets of a calendar entry, or of a header under a signature, in which names of recipients are looked for.
pub const SEARCHED_PART_OCTETS: usize = 4 << 20;
/// Octets of one line that we write ourselves (RFC 5322 section 2.1.1).
pub const WRITTEN_LINE_OCTETS: usize = 998;

// Attachments.
/// Files in files that are opened; what lies deeper is named and not read.
pub const FILE_DEPTH: usize = 8;
/// Files of one attachment that are opened, entries of its archives counted.
pub const FILES_IN_ATTACHMENT: usize = 10_000;
/// Octets that one attachment may unpack to, in all its files together.
pub const UNPACKED_OCTETS: u64 = 256 << 20;
/// How many times its packed size a file may unpack to; text packs to a twentieth at best, a bomb to a thousandth.
pub const UNPACKED_RATIO: u64 = 200;
/// Octets that anything may unpack to, whatever the ratio: small files pack well.
pub const UNPACKED_FREE: u64 = 4 << 20;
/// Octets of text that are taken out of one attachment: some thousand pages.
pub const EXTRACTED_TEXT_OCTETS: usize = 8 << 20;
/// Cells of all tables of one attachment that are taken out of it: each is a text of its own and takes some sixty octets of memory,
/// however little stands in it.
pub const EXTRACTED_CELLS: usize = 1 << 20;
/// Octets of memory that what is in the attachments of one mail may take until it is judged: one attachment of the largest kind, or
/// some thousands of pages in several. What would take more is not read.
pub const CONTENTS_OF_MAIL: usize = 96 << 20;
/// The same for all mails together that are being judged; beyond it a mail is answered 451. With `MAIL_BYTES_IN_FLIGHT`, held twice while
/// a mail is stored and once more as decoded attachments, this stays under the 2 GB of the systemd unit.
pub const CONTENTS_IN_FLIGHT: usize = 256 << 20;
/// Time in which the attachments of a mail are opened and scanned; what has not had its turn then is unread or unscanned. Clients wait
/// ten minutes for the answer after the final dot (RFC 5321 section 4.5.3.2.6).
pub const INSPECTION_TIME: Duration = Duration::from_secs(6 * 60);
/// Pages of one PDF that are read.
pub const PDF_PAGES: usize = 2_000;
/// Octets of one page's drawing, its forms counted, that are read; each is some ten octets of memory.
pub const PDF_PAGE_OCTETS: usize = 8 << 20;
/// Letters of one page of a PDF that are read.
pub const PDF_PAGE_LETTERS: usize = 200_000;
/// Cells of one sheet of a workbook, the empty ones between them counted: some tens of megabytes of memory.
pub const SHEET_CELLS: usize = 4 << 20;
/// Time after which nothing more of an attachment is opened; what was read until then counts.
pub const READING_TIME: Duration = Duration::from_secs(10);
/// Attachments of one mail that are opened; a mail with more is no letter.
pub const ATTACHMENTS_READ: usize = 1000;

// The box: what one child that reads attachments may use.
/// Octets of address space: what an attachment may unpack to, twice over while a buffer grows, and the program itself.
pub const BOX_MEMORY: u64 = 768 << 20;
/// Octets of stack: what Linux gives a program by itself.
pub const BOX_STACK: u64 = 8 << 20;
/// CPU time of a child in all; the kernel ends it then, even where the gateway is stopped and cannot.
pub const BOX_CPU: Duration = Duration::from_secs(120);
/// CPU time after which a child is replaced, so that the next file has what it needs until `BOX_CPU`.
pub const BOX_CPU_WORN: Duration = Duration::from_secs(60);
/// Octets that a child may keep in memory between two files; one that has grown beyond is replaced.
pub const BOX_GROWN: u64 = 128 << 20;
/// Time by the clock for one attachment, after which its child is killed; twice what the reader allows itself (`READING_TIME`).
pub const BOX_TIME: Duration = Duration::from_secs(20);
/// Time for a child to start and raise its walls; some milliseconds on an idle machine.
pub const BOX_START: Duration = Duration::from_secs(10);
/// Time for an idle child to end when it is told that there is no more.
pub const BOX_STOP: Duration = Duration::from_secs(2);
/// Files that one child reads before it is replaced.
pub const BOX_JOBS: u32 = 200;
/// Octets of an answer: the text of an attachment as JSON, and the names of its files.
pub const BOX_ANSWER_OCTETS: usize = 24 << 20;
/// Octets of a file's name that the box is told, from its end, for that says what the file claims to be.
pub const BOX_NAME_OCTETS: usize = 1024;
/// Children at least and at most, whatever the number of processors.
pub const BOX_CHILDREN: std::ops::RangeInclusive<usize> = 2..=8;

// Virus scanning.
/// Time for one scan where `[antivirus]` says nothing: connect, send and answer together.
pub const SCAN_TIME: Duration = Duration::from_secs(30);
/// Longest time for one scan; a client waits ten minutes for the answer to its mail (RFC 5321 section 4.5.3.2.6).
pub const SCAN_TIME_LONGEST: Duration = Duration::from_secs(5 * 60);
/// Scans at a time, over all mails; clamd has ten threads unless told otherwise (`MaxThreads`).
pub const SCANS: usize = 8;
/// Octets of one answer of clamd; the name of a virus takes some dozens.
pub const SCAN_REPLY_OCTETS: u64 = 4096;
/// Characters of a virus's name.
pub const VIRUS_NAME: usize = 120;
/// Octets that a clamd is believed to look into whose configuration cannot be read here: beyond its `MaxFileSize` it would say clean
/// without a look. Debian writes 25 MB.
pub const SCAN_ASSUMED_OCTETS: u64 = 25 << 20;
/// Octets of `clamd.conf`.
pub const CLAMD_CONF_OCTETS: u64 = 1 << 20;
/// Scans in a row that got no answer, after which the scanner rests.
pub const SCAN_FAILURES: u32 = 3;
/// First rest of a scanner that gives no answer; each next one is twice as long. clamd takes some ten seconds to start.
pub const SCANNER_REST_FIRST: Duration = Duration::from_secs(5);
/// Longest rest of a scanner that gives no answer.
pub const SCANNER_REST_LONGEST: Duration = Duration::from_secs(60);
/// Time for a look at the scanner's health, within the three seconds of a check.
pub const SCANNER_LOOK_TIME: Duration = Duration::from_millis(2500);
/// How long a scanner that was seen to find what it should is not asked again by `/healthz`.
pub const SCANNER_WELL_FOR: Duration = Duration::from_secs(30);
/// The same for one that was not well: monitors should see soon that it works again.
pub const SCANNER_ILL_FOR: Duration = Duration::from_secs(5);

// Delivery: times of RFC 5321 section 4.5.3.2, and of section 4.5.4.1 for the retries.
/// Connect and TLS handshake.
pub const CONNECT_TIME: Duration = Duration::from_secs(60);
/// Greeting, EHLO, MAIL, RCPT: five minutes each.
pub const UPSTREAM_COMMAND_TIME: Duration = Duration::from_secs(300);
/// DATA initiation.
pub const UPSTREAM_DATA_TIME: Duration = Duration::from_secs(120);
/// The reply after the final dot.
pub const UPSTREAM_FINAL_TIME: Duration = Duration::from_secs(600);
/// Bytes of one reply from upstream, all its lines together.
pub const UPSTREAM_REPLY_OCTETS: usize = 64 << 10;
/// An upstream connection kept for the next mail.
pub const UPSTREAM_IDLE_TIME: Duration = Duration::from_secs(5);
/// Mails over one upstream connection.
pub const MAILS_PER_UPSTREAM: u32 = 100;
/// Connections to one route at a time.
pub const CONNECTIONS_PER_ROUTE: usize = 20;
/// Recipients in one transaction with a next hop; every host must take a hundred (RFC 5321 section 4.5.3.1.8).
pub const RECIPIENTS_PER_TRANSACTION: usize = 100;
/// Time without progress while a mail is written to a next hop (RFC 5321 section 4.5.3.2.5).
pub const UPSTREAM_BLOCK_TIME: Duration = Duration::from_secs(180);
/// First rest of a next hop that cannot be reached; each next one is twice as long.
pub const ROUTE_REST_FIRST: Duration = Duration::from_secs(30);
/// Longest rest of a next hop that cannot be reached.
pub const ROUTE_REST_LONGEST: Duration = Duration::from_secs(5 * 60);
/// Longest wait of a mail that was put off only because its next hop rests.
pub const RESTING_RETRY_LONGEST: Duration = Duration::from_secs(15 * 60);
/// Octets of an MTA-STS policy (RFC 8461 section 3.2 asks for a bound, and names this one).
pub const STS_POLICY_OCTETS: usize = 64 << 10;
/// Time to look one up and to fetch it, each; mail waits for it.
pub const STS_FETCH_TIME: Duration = Duration::from_secs(30);
/// Domains of which it is remembered whether their hosts can be verified.
pub const WARRANTS_REMEMBERED: usize = 10_000;
/// Time that a mail waits, before it is answered, to learn whether the hosts of its recipients' domains can be verified.
pub const WARRANTS_WAITED_FOR: Duration = Duration::from_secs(10);
/// Domains of one mail that are asked about then.
pub const WARRANTS_PER_MAIL: usize = 50;

/// Time that open deliveries get to end when the gateway stops.
pub const DELIVERY_STOP_TIME: Duration = Duration::from_secs(25);
/// Octets of a mail that a report returns whole (RET=FULL); of a longer one it returns the header.
pub const RETURNED_OCTETS: usize = 256 << 10;
/// Octets of a header that a report returns.
pub const RETURNED_HEADER_OCTETS: usize = 32 << 10;
/// First wait before a retry; each next one is twice as long.
pub const RETRY_FIRST: Duration = Duration::from_secs(5 * 60);
/// Longest wait between two tries.
pub const RETRY_LONGEST: Duration = Duration::from_secs(4 * 3600);
/// Age at which the sender hears of a delay.
pub const DELAY_REPORT_AFTER: Duration = Duration::from_secs(4 * 3600);
/// Age at which a mail is given up (RFC 5321 section 4.5.4.1: at least four to five days).
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(5 * 24 * 3600);

// Sending.
/// Mails that somebody who signs in may send in an hour, where `[limits]` says nothing.
pub const MESSAGES_PER_HOUR: u32 = 300;
/// Recipients of somebody who signs in, in an hour, where `[limits]` says nothing.
pub const RECIPIENTS_PER_HOUR: u32 = 1000;
/// Senders whose mails of the last hour are counted at a time; more are the reverse paths of a relay that
/// makes them up, and are counted together.
pub const SENDERS_COUNTED: usize = 100_000;

// The console: pages for staff.
/// Connections at a time; browsers open some six each, and a web server in front shares them.
pub const CONSOLE_CONNECTIONS: usize = 64;
/// Life of one connection, however it is used; a browser opens another by itself.
pub const CONSOLE_CONNECTION_TIME: Duration = Duration::from_secs(30);
/// Octets of a form as it is sent: a reason of the full length, each of its characters percent-encoded.
pub const FORM_OCTETS: usize = 16 << 10;
/// Characters of a reason that somebody gives on a page.
pub const REASON_CHARACTERS: usize = 500;
/// Characters of a subject that a link remembers for its page.
pub const LINK_SUBJECT_CHARACTERS: usize = 200;
/// How long a page still says what was decided on it.
pub const DECIDED_LINK_TIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// Time that every "no longer valid" takes, so that it does not tell a link of old from one that never was.
pub const INVALID_LINK_TIME: Duration = Duration::from_millis(300);
/// Links that are not valid, from one address, before it has to wait; a whole school may share one address.
pub const INVALID_LINKS: u32 = 50;

// Pickup pages: secure messages for people outside.
/// Connections at a time, and the life of each: a reply with photographs from a phone takes minutes.
pub const PICKUP_CONNECTIONS: usize = 128;
pub const PICKUP_CONNECTION_TIME: Duration = Duration::from_secs(10 * 60);
/// Messages that are opened or built at a time; each takes several times its size in memory.
pub const PICKUP_AT_WORK: usize = 4;
/// How long a one-time code can be used.
pub const CODE_TIME: Duration = Duration::from_secs(15 * 60);
/// Wrong entries of one code before it is void.
pub const CODE_TRIES: u32 = 5;
/// Codes that are mailed for one message in an hour, and to one address in an hour.
pub const CODES_PER_MESSAGE: usize = 5;
pub const CODES_PER_ADDRESS: usize = 10;
/// Wrong codes or passphrases for one message in a day before nothing opens it for the rest of that day: with eight digits a guesser who
/// has the link needs some thousand years.
pub const WRONG_PROOFS_PER_DAY: u32 = 20;
/// Messages whose codes are remembered, and sessions, at a time.
pub const PICKUP_REMEMBERED: usize = 10_000;
/// How long somebody stays signed in on a pickup page.
pub const PICKUP_SESSION_TIME: Duration = Duration::from_secs(60 * 60);
/// Characters of a passphrase that a sender sets.
pub const PASSPHRASE_CHARACTERS: std::ops::RangeInclusive<usize> = 8..=200;
/// Characters of the text of a reply.
pub const PICKUP_REPLY_CHARACTERS: usize = 100_000;
/// Octets of a reply as it is sent, its files included, whatever the size of a mail may be.
pub const PICKUP_REPLY_OCTETS: usize = 50 << 20;
/// Files of one reply.
pub const PICKUP_REPLY_FILES: usize = 50;
/// Replies to one message in a day.
pub const PICKUP_REPLIES_PER_DAY: usize = 20;
/// How long a closed pickup message is still listed for its sender.
pub const CLOSED_PICKUP_TIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// Age from which a sealed file that no row names is removed: its mail was never committed.
pub const ORPHAN_TIME: Duration = Duration::from_secs(3600);
/// Octets of the school's logo.
pub const LOGO_OCTETS: u64 = 256 << 10;

// Keys of recipients.
/// Octets of a file of certificates or OpenPGP keys: keys with a thousand signatures of others are a few hundred thousand.
pub const KEY_FILE_OCTETS: u64 = 1 << 20;
/// Octets of a signature with its certificates, as it stands in a mail.
pub const SIGNATURE_OCTETS: usize = 1 << 20;

// The archive: journal reports and files to import.
/// Octets of a journal report's text: ten thousand recipients on a line each.
pub const JOURNAL_TEXT_OCTETS: usize = 2 << 20;
/// Octets of a journal report beside the mail in it; what holds more is kept whole.
pub const JOURNAL_WRAPPING_OCTETS: usize = 4 << 20;
/// Recipients that are read out of a journal report.
pub const JOURNAL_RECIPIENTS: usize = 10_000;
/// Characters of a recipient in a journal report; an X.500 name takes some two hundred.
pub const JOURNAL_NAME_CHARACTERS: usize = 1_000;
/// Octets of one mail out of a file, unpacked; five times what a mail server usually takes.
pub const IMPORTED_MAIL_OCTETS: usize = 256 << 20;
/// Mails that an import commits at once.
pub const IMPORT_BATCH_MAILS: usize = 100;
/// Octets of mail from which on an import commits what it has.
pub const IMPORT_BATCH_OCTETS: usize = 16 << 20;
/// Characters of an mbox's `From ` line that are kept with its mail.
pub const FROM_LINE_CHARACTERS: usize = 500;

// Store.
/// Free bytes under which new mail is answered 452, well before the disk is full.
pub const DISK_RESERVE: u64 = 256 << 20;

/// Octets of a backup's manifest: a million files.
pub const MANIFEST_OCTETS: u64 = 256 << 20;

// Keeping
/// Encoded octets from which on a part of a mail is kept once for all mails of its partition.
pub const SHARED_PART_OCTETS: usize = 16 << 10;

// Search.
/// Octets of a mail's own text that are indexed: some two hundred pages.
pub const INDEXED_BODY_OCTETS: usize = 1 << 20;
/// Octets from the beginning of a mail in which its own text is looked for; behind them stand files.
pub const INDEXED_WITHIN_OCTETS: usize = 8 << 20;
/// Octets of the text of all files of a mail that are indexed.
pub const INDEXED_FILES_OCTETS: usize = 4 << 20;
/// Octets of a mail from which on the index waits with it, so that it does not lie in memory for delivery and for the index at once.
pub const INDEX_LATER_OCTETS: u64 = 8 << 20;
/// How long it waits with such a mail.
pub const INDEX_LATER: Duration = Duration::from_secs(60);
/// Mails that the index takes in with one commit.
pub const INDEX_BATCH: usize = 200;
/// Octets of text after which a commit is made all the same: a bound on memory.
pub const INDEX_BATCH_OCTETS: usize = 16 << 20;
/// Hits of one page of a search.
pub const HITS: usize = 1_000;
/// Characters of a snippet.
pub const SNIPPET_CHARACTERS: usize = 200;
/// Characters of a query, as typed and in its canonical form; what people ask is some hundred.
pub const QUERY_CHARACTERS: usize = 10_000;
/// Brackets within brackets in a query, in its canonical form too: a bound on recursion.
pub const QUERY_DEPTH: usize = 32;
/// Conditions of one query, each alternative counted.
pub const QUERY_TERMS: usize = 200;
/// Words that `NEAR/n` may let lie between two.
pub const NEAR_WORDS: u32 = 1000;
/// Characters of one word of the index; longer runs are no words of a language and are cut.
pub const SEARCH_WORD_CHARACTERS: usize = 64;

// Configuration.
/// Octets of `config.toml`: a thousand rules and more.
pub const CONFIG_OCTETS: u64 = 4 << 20;
/// Octets of one form of a notice; it is added to every mail.
pub const NOTICE_OCTETS: u64 = 64 << 10;
/// Octets of the export of a school's roll: a hundred thousand pupils with a dozen columns take some 20 MB.
pub const ROLL_OCTETS: u64 = 64 << 20;
/// Octets of a file of addresses: some hundred thousand lines.
pub const LIST_FILE_OCTETS: u64 = 16 << 20;

/// Characters of a subject from which the trigger word is still taken out: the search is quadratic in them.
pub const REMOVED_WORD_SUBJECT_CHARACTERS: usize = 1_000;
/// Message-IDs of `In-Reply-To` and `References` that are looked up, the last of them: they are the nearest.
pub const THREAD_IDS: usize = 64;

/// Days that a case may last.
pub const CASE_DAYS: i64 = 366;
/// Octets of a case's purpose.
pub const PURPOSE_OCTETS: usize = 2000;
