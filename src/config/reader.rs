//! A cursor over the parsed file that collects mistakes and goes on, so that one run names them all.
//!
//! In: the TOML document with the place of every key and value. Out: [`Table`]s and [`Value`]s for the files of this room that
//! know a section each. Invariants: a table's unknown keys are named when it is opened; a value that is not right gives one
//! mistake and `None`, never a default.

use std::ops::Range;
use std::path::{Path, PathBuf};

use ring::digest;
use toml::de::{DeTable, DeValue};

use super::mistake::{self, Mistake, Mistakes};
use super::model::List;
use crate::base::hash::hex;

pub(super) type Span = Range<usize>;

/// What all sections need while the file is being read.
pub(super) struct Reader<'t> {
    text: &'t str,
    /// As the user named it.
    file: String,
    /// Where relative paths begin.
    pub folder: PathBuf,
    /// For `watch_until`.
    pub today: jiff::civil::Date,
    /// The rule that is being read, to be named in its mistakes.
    pub rule: Option<String>,
    /// The lists, once they are read.
    pub lists: std::collections::BTreeMap<String, List>,
    pub names: Names,
    /// Files that must be there when the gateway starts.
    pub files: Vec<NamedFile>,
    /// Files that are part of the configuration, this one first.
    pub sources: Vec<PathBuf>,
    pub found: Mistakes,
    hash: digest::Context,
}

/// The names that other sections may use.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub disclaimers: Vec<String>,
    pub routes: Vec<String>,
    /// Routes that do not demand a verified connection.
    pub clear_routes: Vec<String>,
    pub retention: Vec<String>,
    /// Whether there is a [console], sound or not.
    pub console: bool,
    /// Whether there is a [pickup], sound or not.
    pub pickup: bool,
}

/// A file that the configuration names and that is opened only when the gateway starts.
#[derive(Clone, Debug)]
pub struct NamedFile {
    pub path: PathBuf,
    /// Whether nobody but its owner and group may read it.
    pub secret: bool,
    /// Where it is named, with the sentence still to be said.
    pub(super) place: Mistake,
    /// How to make it, where that is known.
    pub(super) remedy: &'static str,
}

/// One value and where it stands.
#[derive(Clone)]
pub(super) struct Value<'t> {
    /// For sentences, such as `port`.
    pub key: String,
    pub span: Span,
    pub it: &'t DeValue<'t>,
}

/// One section or inline table.
pub(super) struct Table<'t> {
    /// For sentences, such as `[school]`.
    pub title: String,
    pub span: Span,
    entries: &'t DeTable<'t>,
    known: &'static [&'static str],
}

/// Where a key that is unknown here is known: the words, and the sentence to say.
pub(super) type Elsewhere = (&'static [&'static str], &'static str);

impl<'t> Reader<'t> {
    pub fn new(text: &'t str, path: &Path, today: jiff::civil::Date) -> Self {
        let folder = std::path::absolute(path).ok().and_then(|p| p.parent().map(Path::to_owned)).unwrap_or_default();
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(text.as_bytes());
        Self {
            text,
            file: path.display().to_string(),
            folder,
            today,
            rule: None,
            lists: std::collections::BTreeMap::new(),
            names: Names::default(),
            files: Vec::new(),
            sources: vec![std::path::absolute(path).unwrap_or_else(|_| path.to_owned())],
            found: Mistakes::default(),
            hash,
        }
    }

    /// Notes a mistake.
    pub fn wrong(&mut self, span: &Span, message: impl Into<String>) -> &mut Mistake {
        let mistake = self.place(span, message);
        self.found.mistakes.push(mistake);
        let last = self.found.mistakes.len() - 1;
        &mut self.found.mistakes[last]
    }

    /// Notes that something is not there.
    pub fn lacking(&mut self, span: &Span, message: impl Into<String>) -> &mut Mistake {
        let mistake = self.wrong(span, message);
        mistake.of_absence = true;
        mistake
    }

    /// Notes what is allowed and likely not meant.
    pub fn warn(&mut self, span: &Span, message: impl Into<String>) -> &mut Mistake {
        let mistake = self.place(span, message);
        self.found.warnings.push(mistake);
        let last = self.found.warnings.len() - 1;
        &mut self.found.warnings[last]
    }

    /// A mistake of the file, not noted yet.
    pub fn place(&self, span: &Span, message: impl Into<String>) -> Mistake {
        let mut mistake = match span {
            Span { start: 0, end: 0 } => Mistake::of_file(&self.file, message),
            span => Mistake::within(&self.file, self.text, span.clone(), message),
        };
        mistake.rule.clone_from(&self.rule);
        mistake
    }

    /// Notes that something of the contract cannot be used yet.
    pub fn later(&mut self, span: &Span, what: &str) {
        self.wrong(span, format!("{what} is not available yet in this version"))
            .help("take it out, or put a # before it, until a version that has it is installed");
    }

    /// Line of a place, from 1.
    pub fn line(&self, span: &Span) -> usize {
        self.place(span, "").line
    }

    /// Opens the whole document.
    pub fn root(&mut self, entries: &'t DeTable<'t>, known: &'static [&'static str]) -> Table<'t> {
        let table = Table { title: "this file".to_owned(), span: 0..0, entries, known };
        self.unknown_keys(&table, &[]);
        table
    }

    /// Opens a table and names its unknown keys.
    pub fn open(
        &mut self,
        value: &Value<'t>,
        title: &str,
        known: &'static [&'static str],
        elsewhere: &[Elsewhere],
    ) -> Option<Table<'t>> {
        let Some(table) = Table::of(value, title, known) else {
            self.not_a_table(value, title);
            return None;
        };
        self.unknown_keys(&table, elsewhere);
        Some(table)
    }

    fn not_a_table(&mut self, value: &Value<'t>, title: &str) {
        let key = &value.key;
        match value.it {
            DeValue::Array(_) if title.starts_with('[') => self
                .wrong(&value.span, format!("there is only one {title}, so it stands in single brackets"))
                .help(format!("write {title}")),
            _ => self
                .wrong(&value.span, format!("`{key}` is a group of keys, not {}", kind(value.it)))
                .help(format!("write {key}.… = …, or {key} = {{ … }}")),
        };
    }

    fn unknown_keys(&mut self, table: &Table<'t>, elsewhere: &[Elsewhere]) {
        let unknown = table.entries.keys().filter(|key| !table.known.contains(&key.get_ref().as_ref()));
        for key in unknown {
            let (word, title) = (key.get_ref(), &table.title);
            let belongs = elsewhere.iter().find(|(words, _)| words.contains(&word.as_ref())).map(|(_, sentence)| *sentence);
            let suggestion = mistake::nearest(word, table.known.iter().copied());
            let help = if mistake::names_a_secret(word) {
                Some("a secret is always a file: write password_file = \"…\"".to_owned())
            } else if belongs.is_some() {
                belongs.map(str::to_owned)
            } else {
                suggestion.is_none().then(|| format!("known here: {}", table.known.join(", ")))
            };
            let suggestion = suggestion.filter(|_| belongs.is_none());
            let mistake = self.wrong(&key.span(), format!("unknown key `{word}` in {title}")).suggest(suggestion);
            mistake.help = help;
        }
    }

    /// A key that must be there.
    pub fn need(&mut self, table: &Table<'t>, key: &'static str, example: &str) -> Option<Value<'t>> {
        let value = table.get(key);
        if value.is_none() {
            self.lacking(&table.span, format!("`{key}` is missing in {}", table.title)).help(format!("write {key} = {example}"));
        }
        value
    }

    /// A section that must be there.
    pub fn need_section(&mut self, root: &Table<'t>, key: &'static str, keys: &str) -> Option<Value<'t>> {
        let value = root.get(key);
        if value.is_none() {
            self.lacking(&root.span, format!("the section [{key}] is missing")).help(format!("write [{key}] with {keys}"));
        }
        value
    }

    /// The sections of a list, whose title is such as `[[rule]]`.
    pub fn sections(&mut self, value: Option<Value<'t>>, title: &str) -> Vec<Value<'t>> {
        let Some(value) = value else { return Vec::new() };
        let message = match value.it {
            DeValue::Array(items) if !items.is_empty() => return items.iter().map(|item| value.inner(item)).collect(),
            DeValue::Array(_) => format!("`{}` is an empty list", value.key),
            DeValue::Table(_) => format!("there may be several of `{}`, so each stands in double brackets", value.key),
            other => format!("`{}` is a section, not {}", value.key, kind(other)),
        };
        self.wrong(&value.span, message).help(format!("write {title}"));
        Vec::new()
    }

    /// Each of the values of a list; one value alone counts as a list of one. An empty list is a mistake.
    pub fn each<T>(&mut self, value: &Value<'t>, mut read: impl FnMut(&mut Self, &Value<'t>) -> Option<T>) -> Vec<T> {
        let DeValue::Array(items) = value.it else {
            return read(self, value).into_iter().collect();
        };
        if items.is_empty() {
            self.wrong(&value.span, format!("`{}` is an empty list", value.key))
                .help("name at least one value, or leave the key out");
        }
        items.iter().filter_map(|item| read(self, &value.inner(item))).collect()
    }

    /// Reads a named list or text whole; what was read is part of the configuration's hash.
    pub fn contents(&mut self, value: &Value<'t>, most: u64) -> Option<(PathBuf, String)> {
        let path = self.path(value)?;
        let text = match read_file(&path, most) {
            Ok(text) => text,
            Err(why) => {
                let help = format!("relative paths start at {}", self.folder.display());
                self.wrong(&value.span, format!("`{}` cannot be read: {why}", path.display())).help(help);
                return None;
            }
        };
        self.hash.update(text.as_bytes());
        if !self.sources.contains(&path) {
            self.sources.push(path.clone());
        }
        Some((path, text))
    }

    /// Notes a file that must be there at start.
    pub fn file_at_start(&mut self, value: &Value<'t>, secret: bool, remedy: &'static str) -> Option<PathBuf> {
        let path = self.path(value)?;
        let place = self.place(&value.span, "");
        self.files.push(NamedFile { path: path.clone(), secret, place, remedy });
        Some(path)
    }

    /// SHA-256 of all that was read, in hexadecimal.
    pub fn hash(&self) -> String {
        hex(self.hash.clone().finish().as_ref())
    }
}

/// A text file, within bounds, without a byte order mark.
pub(super) fn read_file(path: &Path, most: u64) -> Result<String, String> {
    let facts = std::fs::metadata(path).map_err(|e| plain(&e))?;
    if !facts.is_file() {
        return Err("it is not a file".to_owned());
    }
    if facts.len() > most {
        return Err(format!("it is larger than {} KB", most >> 10));
    }
    let bytes = std::fs::read(path).map_err(|e| plain(&e))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        format!("line {line} is not UTF-8; save it as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

/// An error of the system, in plain words where there are any.
pub(super) fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "this user may not read it".to_owned(),
        _ => error.to_string(),
    }
}

/// What a value is, for sentences.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a group of keys",
    }
}

impl<'t> Value<'t> {
    fn inner(&self, item: &'t toml::Spanned<DeValue<'t>>) -> Self {
        Self { key: self.key.clone(), span: item.span(), it: item.get_ref() }
    }
}

impl<'t> Table<'t> {
    /// A value as a table, if it is one; unknown keys are not looked for.
    pub fn of(value: &Value<'t>, title: &str, known: &'static [&'static str]) -> Option<Self> {
        let DeValue::Table(entries) = value.it else { return None };
        Some(Self { title: title.to_owned(), span: value.span.clone(), entries, known })
    }

    /// A key's value.
    pub fn get(&self, key: &'static str) -> Option<Value<'t>> {
        debug_assert!(self.known.contains(&key), "{key} is not in the list of known keys");
        let value = self.entries.get(key)?;
        Some(Value { key: key.to_owned(), span: value.span(), it: value.get_ref() })
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where a key stands (not its value); the table's own place where it does not.
    pub fn key_span(&self, key: &str) -> Span {
        self.entries.get_key_value(key).map_or_else(|| self.span.clone(), |(key, _)| key.span())
    }
}

/// The entries of a table whose keys are names that the school chooses, such as `[list.NAME]`, in the order of the names.
pub(super) fn named<'t>(reader: &mut Reader<'t>, value: Option<Value<'t>>) -> Vec<(String, Value<'t>)> {
    let Some(value) = value else { return Vec::new() };
    let mut sections = Vec::new();
    if let DeValue::Table(entries) = value.it {
        for (key, item) in entries {
            let section = Value { key: format!("{}.{}", value.key, key.get_ref()), span: item.span(), it: item.get_ref() };
            if matches!(section.it, DeValue::Table(_)) {
                sections.push((key.get_ref().to_string(), section));
            } else {
                unnamed(reader, &value.key, &key.span());
            }
        }
    } else {
        unnamed(reader, &value.key, &value.span);
    }
    sections
}

/// The entries of an inline table whose keys the school chooses.
pub(super) fn entries<'t>(reader: &mut Reader<'t>, value: &Value<'t>, example: &str) -> Vec<(String, Value<'t>)> {
    let DeValue::Table(entries) = value.it else {
        reader
            .wrong(&value.span, format!("`{}` is a group of keys, not {}", value.key, kind(value.it)))
            .help(format!("write {example}"));
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, item) in entries {
        let inner = Value { key: format!("{}.{}", value.key, key.get_ref()), span: item.span(), it: item.get_ref() };
        found.push((key.get_ref().to_string(), inner));
    }
    found
}

fn unnamed(reader: &mut Reader<'_>, key: &str, span: &Span) {
    reader
        .wrong(span, format!("each `{key}` has a name, and its keys stand in a section of that name"))
        .help(format!("write [{key}.NAME], in single brackets, above its keys"));
}
