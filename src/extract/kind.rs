//! What a file is, by its content. In: bytes. Out: a [`Kind`]; the file's name and declared type are not asked.
//!
//! The table below gives each kind its word (for rules and people), its media type and the endings that its files bear.

use serde::{Deserialize, Serialize};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    // text
    Text,
    Csv,
    Html,
    Xml,
    Svg,
    Rtf,
    Calendar,
    VCard,
    Mail,
    Json,
    // documents
    Docx,
    Xlsx,
    Pptx,
    Odt,
    Ods,
    Odp,
    Odg,
    Doc,
    Xls,
    Ppt,
    Xlsb,
    Pdf,
    PostScript,
    OutlookMessage,
    Tnef,
    OneNote,
    Publisher,
    Visio,
    Access,
    IWork,
    Epub,
    /// An Office document under a password, of which nothing more can be told (MS-OFFCRYPTO section 2.3).
    EncryptedOffice,
    /// A mail under rights management (`message.rpmsg`).
    RightsManaged,
    /// An OLE compound file of another kind.
    Ole,
    // protected mail
    Pkcs7,
    PgpMessage,
    // archives
    Zip,
    Tar,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    SevenZip,
    Rar,
    Cab,
    Arj,
    Lzh,
    Ace,
    UnixCompress,
    // what runs
    WindowsProgram,
    Elf,
    MachO,
    DosProgram,
    JavaArchive,
    JavaClass,
    AndroidPackage,
    WindowsInstaller,
    Script,
    Shortcut,
    DiskImage,
    CompiledHelp,
    // what holds no text
    Jpeg,
    Png,
    Gif,
    Bmp,
    Tiff,
    Webp,
    Heic,
    Icon,
    Metafile,
    Audio,
    Video,
    Font,
    // the rest
    Empty,
    Unknown,
}

/// What rules and people may know of a kind.
struct Row {
    kind: Kind,
    /// For rules and people: `docx`.
    word: &'static str,
    media: &'static str,
    /// Endings that files of this kind bear, without the dot; the first is the usual one.
    endings: &'static [&'static str],
}

const fn row(kind: Kind, word: &'static str, media: &'static str, endings: &'static [&'static str]) -> Row {
    Row { kind, word, media, endings }
}

const ROWS: &[Row] = &[
    row(Kind::Text, "text", "text/plain", &["txt", "text", "log", "md", "ini", "conf", "asc"]),
    row(Kind::Csv, "csv", "text/csv", &["csv", "tsv", "tab"]),
    row(Kind::Html, "html", "text/html", &["html", "htm", "xhtml", "mht", "mhtml", "shtml"]),
    row(Kind::Xml, "xml", "application/xml", &["xml", "xsd", "xsl", "ctf", "rss"]),
    row(Kind::Svg, "svg", "image/svg+xml", &["svg"]),
    row(Kind::Rtf, "rtf", "application/rtf", &["rtf", "doc"]),
    row(Kind::Calendar, "calendar", "text/calendar", &["ics", "vcs", "ical", "ifb"]),
    row(Kind::VCard, "vcard", "text/vcard", &["vcf", "vcard"]),
    row(Kind::Mail, "mail", "message/rfc822", &["eml", "mht", "mhtml", "mbox"]),
    row(Kind::Json, "json", "application/json", &["json"]),
    row(
        Kind::Docx,
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx", "docm", "dotx", "dotm"],
    ),
    row(
        Kind::Xlsx,
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["xlsx", "xlsm", "xltx", "xltm", "xlam"],
    ),
    row(
        Kind::Pptx,
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["pptx", "pptm", "ppsx", "ppsm", "potx", "potm", "ppam"],
    ),
    row(Kind::Odt, "odt", "application/vnd.oasis.opendocument.text", &["odt", "ott", "odm", "fodt"]),
    row(Kind::Ods, "ods", "application/vnd.oasis.opendocument.spreadsheet", &["ods", "ots", "fods"]),
    row(Kind::Odp, "odp", "application/vnd.oasis.opendocument.presentation", &["odp", "otp", "fodp"]),
    row(Kind::Odg, "odg", "application/vnd.oasis.opendocument.graphics", &["odg", "otg", "odf", "odc"]),
    row(Kind::Doc, "doc", "application/msword", &["doc", "dot"]),
    row(Kind::Xls, "xls", "application/vnd.ms-excel", &["xls", "xlt", "xla", "xlm"]),
    row(Kind::Ppt, "ppt", "application/vnd.ms-powerpoint", &["ppt", "pps", "pot", "ppa"]),
    row(Kind::Xlsb, "xlsb", "application/vnd.ms-excel.sheet.binary.macroenabled.12", &["xlsb"]),
    row(Kind::Pdf, "pdf", "application/pdf", &["pdf"]),
    row(Kind::PostScript, "postscript", "application/postscript", &["ps", "eps", "ai"]),
    row(Kind::OutlookMessage, "msg", "application/vnd.ms-outlook", &["msg", "oft"]),
    row(Kind::Tnef, "tnef", "application/ms-tnef", &["dat", "tnef"]),
    row(Kind::OneNote, "onenote", "application/onenote", &["one", "onepkg", "onetoc2"]),
    row(Kind::Publisher, "publisher", "application/x-mspublisher", &["pub"]),
    row(Kind::Visio, "visio", "application/vnd.visio", &["vsd", "vsdx", "vsdm"]),
    row(Kind::Access, "access", "application/x-msaccess", &["mdb", "accdb", "accde", "mde"]),
    row(Kind::IWork, "iwork", "application/vnd.apple.iwork", &["pages", "numbers", "key"]),
    row(Kind::Epub, "epub", "application/epub+zip", &["epub"]),
    row(
        Kind::EncryptedOffice,
        "encrypted-office",
        "application/encrypted",
        &["docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "xlsb", "dotx", "xltx", "potx", "ppsx"],
    ),
    row(Kind::RightsManaged, "rpmsg", "application/x-microsoft-rpmsg-message", &["rpmsg"]),
    row(Kind::Ole, "ole", "application/x-ole-storage", &["ole", "bin", "wps", "mpp", "sdw", "snp", "db", "msp", "mst"]),
    row(Kind::Pkcs7, "pkcs7", "application/pkcs7-mime", &["p7m", "p7s", "p7c", "p7b"]),
    row(Kind::PgpMessage, "pgp", "application/pgp-encrypted", &["pgp", "gpg", "asc", "sig"]),
    row(Kind::Zip, "zip", "application/zip", &["zip", "zipx"]),
    row(Kind::Tar, "tar", "application/x-tar", &["tar"]),
    row(Kind::Gzip, "gzip", "application/gzip", &["gz", "tgz", "emz", "wmz", "svgz"]),
    row(Kind::Bzip2, "bzip2", "application/x-bzip2", &["bz2", "tbz", "tbz2"]),
    row(Kind::Xz, "xz", "application/x-xz", &["xz", "txz", "lzma"]),
    row(Kind::Zstd, "zstd", "application/zstd", &["zst"]),
    row(Kind::SevenZip, "7z", "application/x-7z-compressed", &["7z"]),
    row(Kind::Rar, "rar", "application/vnd.rar", &["rar", "r00"]),
    row(Kind::Cab, "cab", "application/vnd.ms-cab-compressed", &["cab", "onepkg"]),
    row(Kind::Arj, "arj", "application/x-arj", &["arj"]),
    row(Kind::Lzh, "lzh", "application/x-lzh-compressed", &["lzh", "lha"]),
    row(Kind::Ace, "ace", "application/x-ace-compressed", &["ace"]),
    row(Kind::UnixCompress, "compress", "application/x-compress", &["z"]),
    row(
        Kind::WindowsProgram,
        "windows-program",
        "application/vnd.microsoft.portable-executable",
        &["exe", "dll", "scr", "cpl", "com", "ocx", "sys", "pif", "drv", "xll", "wll", "ax", "efi", "mui"],
    ),
    row(Kind::Elf, "elf", "application/x-elf", &["elf", "so", "o", "run", "ko"]),
    row(Kind::MachO, "mach-o", "application/x-mach-binary", &["dylib", "bundle"]),
    row(Kind::DosProgram, "dos-program", "application/x-dosexec", &["com", "exe", "pif"]),
    row(Kind::JavaArchive, "jar", "application/java-archive", &["jar", "war", "ear"]),
    row(Kind::JavaClass, "java-class", "application/java-vm", &["class"]),
    row(Kind::AndroidPackage, "apk", "application/vnd.android.package-archive", &["apk", "xapk", "aab"]),
    row(Kind::WindowsInstaller, "windows-installer", "application/x-msi", &["msi", "msp", "msix", "appx", "mst"]),
    row(
        Kind::Script,
        "script",
        "text/x-script",
        &[
            "bat",
            "cmd",
            "ps1",
            "psm1",
            "psd1",
            "ps1xml",
            "vbs",
            "vbe",
            "vb",
            "js",
            "jse",
            "mjs",
            "wsf",
            "wsh",
            "wsc",
            "sct",
            "hta",
            "sh",
            "bash",
            "csh",
            "py",
            "pyw",
            "pl",
            "rb",
            "php",
            "reg",
            "inf",
            "ws",
            "msc",
            "scpt",
            "applescript",
            "ksh",
            "command",
        ],
    ),
    row(
        Kind::Shortcut,
        "shortcut",
        "application/x-ms-shortcut",
        &[
            "lnk",
            "url",
            "scf",
            "website",
            "webloc",
            "desktop",
            "library-ms",
            "search-ms",
            "settingcontent-ms",
            "rdp",
            "appref-ms",
        ],
    ),
    row(
        Kind::DiskImage,
        "disk-image",
        "application/x-iso9660-image",
        &["iso", "img", "vhd", "vhdx", "vmdk", "dmg", "udf", "qcow2", "vdi", "wim"],
    ),
    row(Kind::CompiledHelp, "compiled-help", "application/vnd.ms-htmlhelp", &["chm", "hlp"]),
    row(Kind::Jpeg, "jpeg", "image/jpeg", &["jpg", "jpeg", "jpe", "jfif"]),
    row(Kind::Png, "png", "image/png", &["png", "apng"]),
    row(Kind::Gif, "gif", "image/gif", &["gif"]),
    row(Kind::Bmp, "bmp", "image/bmp", &["bmp", "dib"]),
    row(Kind::Tiff, "tiff", "image/tiff", &["tif", "tiff", "dng", "nef", "cr2"]),
    row(Kind::Webp, "webp", "image/webp", &["webp"]),
    row(Kind::Heic, "heic", "image/heic", &["heic", "heif", "avif"]),
    row(Kind::Icon, "icon", "image/x-icon", &["ico", "cur"]),
    row(Kind::Metafile, "metafile", "image/wmf", &["wmf", "emf"]),
    row(
        Kind::Audio,
        "audio",
        "audio/*",
        &["mp3", "wav", "ogg", "oga", "m4a", "flac", "wma", "aac", "opus", "mid", "midi", "aif", "aiff", "amr"],
    ),
    row(
        Kind::Video,
        "video",
        "video/*",
        &["mp4", "mov", "avi", "mkv", "webm", "wmv", "m4v", "mpg", "mpeg", "3gp", "flv", "ogv", "ts"],
    ),
    row(Kind::Font, "font", "font/*", &["ttf", "otf", "woff", "woff2", "eot"]),
    row(Kind::Empty, "empty", "application/x-empty", &[]),
    row(Kind::Unknown, "unknown", "application/octet-stream", &[]),
];

impl Kind {
    fn row(self) -> &'static Row {
        // A test holds the table against the enum; the last row is for what has none.
        ROWS.iter().find(|row| row.kind == self).unwrap_or(&ROWS[ROWS.len() - 1])
    }

    /// The word for rules and people: `docx`.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// The media type (IANA, or the one in use).
    #[must_use]
    pub fn media(self) -> &'static str {
        self.row().media
    }

    /// The endings that its files bear, without the dot, in lower case.
    #[must_use]
    pub fn endings(self) -> &'static [&'static str] {
        self.row().endings
    }

    /// The kinds whose files bear an ending, in lower case without the dot.
    pub fn with_ending(ending: &str) -> impl Iterator<Item = Self> {
        ROWS.iter().filter(move |row| row.endings.contains(&ending)).map(|row| row.kind)
    }

    /// Every word that a rule may say, in the order of the table.
    pub fn words() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|row| row.word)
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.word == word).map(|row| row.kind)
    }

    /// Whether it runs when it is opened.
    #[must_use]
    pub fn runs(self) -> bool {
        matches!(
            self,
            Self::WindowsProgram
                | Self::Elf
                | Self::MachO
                | Self::DosProgram
                | Self::JavaArchive
                | Self::JavaClass
                | Self::AndroidPackage
                | Self::WindowsInstaller
                | Self::Script
                | Self::Shortcut
                | Self::DiskImage
                | Self::CompiledHelp
        )
    }

    /// Whether it is a picture, sound, film or font: no reader finds text in it.
    #[must_use]
    pub fn holds_no_text(self) -> bool {
        matches!(
            self,
            Self::Jpeg
                | Self::Png
                | Self::Gif
                | Self::Bmp
                | Self::Tiff
                | Self::Webp
                | Self::Heic
                | Self::Icon
                | Self::Metafile
                | Self::Audio
                | Self::Video
                | Self::Font
                | Self::Empty
        )
    }
}
