//! The fields of `do`.

use super::fields::{self, is_field_name};
use super::mistake::nearest;
use super::model::{Actions, AfterHold, HoldFor, Holder, Method, Notified, Privacy, PrivacyWay};
use super::reader::{Reader, Span, Table, Value};
use super::rule;
use crate::base::{Address, header_name};

pub(super) const ACTIONS: &[&str] = &[
    "disclaimer",
    "reject",
    "defer",
    "hold_for",
    "after",
    "then",
    "route",
    "copy_to",
    "add_header",
    "notify",
    "keep",
    "encrypt",
    "recipients",
    "visible_to",
    "remove_word",
    "incident",
];
/// Those of [`ACTIONS`] that this version cannot do.
pub(super) const LATER: [&str; 1] = ["incident"];
const PLACEHOLDERS: [&str; 5] = ["rule.about", "ref", "attachment", "virus", "found"];
/// Reads one `do`.
pub(super) fn read<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Actions> {
    let table = r.open(
        value,
        "`do`",
        ACTIONS,
        &[
            (fields::FIELDS, "this is a condition: write it behind `when.`, not `do.`"),
            (rule::RULE, "this belongs to the rule itself, beside `id`"),
        ],
    )?;
    for key in LATER {
        if table.get(key).is_some() {
            r.later(&table.key_span(key), &format!("`{key}`"));
        }
    }
    Some(Actions {
        disclaimer: disclaimer(r, &table),
        reject: table.get("reject").and_then(|v| reply_text(r, &v)),
        defer: table.get("defer").and_then(|v| reply_text(r, &v)),
        hold: hold(r, &table),
        route: route(r, &table),
        copy_to: table.get("copy_to").map(|v| copy_to(r, &v)).unwrap_or_default(),
        add_header: table.get("add_header").map(|v| r.each(&v, header_line)).unwrap_or_default(),
        notify: table.get("notify").map(|v| notify(r, &v)).unwrap_or_default(),
        recipients: recipients(r, &table),
        encrypt: table.get("encrypt").map(|v| encrypt(r, &v)).unwrap_or_default(),
        remove_word: table.get("remove_word").and_then(|v| r.flag(&v)).unwrap_or(false),
        keep: keep(r, &table),
    })
}

fn disclaimer<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<String> {
    let v = table.get("disclaimer")?;
    let name = r.text(&v)?;
    let names = std::mem::take(&mut r.names.disclaimers);
    let known = r.defined(&v.span, &name, &names, "disclaimer ([disclaimer.NAME])");
    r.names.disclaimers = names;
    known.then_some(name)
}

fn route<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<String> {
    let v = table.get("route")?;
    let name = r.text(&v)?;
    let names = std::mem::take(&mut r.names.routes);
    let known = r.defined(&v.span, &name, &names, "[[route]]");
    r.names.routes = names;
    known.then_some(name)
}

/// Ways of encryption, each once.
fn encrypt<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Vec<Method> {
    let mut methods: Vec<Method> = Vec::new();
    r.each(value, |r, item| {
        let method = method(r, item)?;
        if methods.contains(&method) {
            r.warn(&item.span, format!("\"{method}\" stands twice; it is tried once")).help("take one out");
        } else {
            methods.push(method);
        }
        Some(())
    });
    methods
}

fn method<'t>(r: &mut Reader<'t>, item: &Value<'t>) -> Option<Method> {
    const WORDS: [(&str, Method); 5] = [
        ("tls-verified", Method::TlsVerified),
        ("smime", Method::Smime),
        ("openpgp", Method::Openpgp),
        ("password-archive", Method::PasswordArchive),
        ("pickup", Method::Pickup),
    ];
    let text = r.text(item)?;
    if let Some(name) = text.strip_prefix("route:") {
        return encrypting_route(r, item, name.trim());
    }
    let known = WORDS.into_iter().find(|(word, _)| *word == text).map(|(_, method)| method);
    if known.is_none() {
        let is_route = r.names.routes.contains(&text).then(|| format!("route:{text}"));
        let suggestion = is_route.or_else(|| nearest(&text, WORDS.map(|(word, _)| word)));
        r.wrong(&item.span, format!("`encrypt` cannot be \"{text}\""))
            .suggest(suggestion)
            .help("it is \"tls-verified\", \"smime\", \"openpgp\", \"password-archive\", \"pickup\" or \"route:NAME\", or a list of them");
    }
    if known == Some(Method::Pickup) && !r.names.pickup {
        r.wrong(&item.span, "there are no pages where people outside could pick it up")
            .help("write [pickup] with address and public_url, or take \"pickup\" out");
    }
    known
}

/// `"route:NAME"`. A relay that encrypts is reached by an encrypted way too, unless it stands beside us.
fn encrypting_route<'t>(r: &mut Reader<'t>, item: &Value<'t>, name: &str) -> Option<Method> {
    let names = std::mem::take(&mut r.names.routes);
    let known = r.defined(&item.span, name, &names, "[[route]]");
    r.names.routes = names;
    if r.names.clear_routes.iter().any(|clear| clear == name) {
        r.warn(&item.span, format!("mail goes to the relay of route `{name}` in clear, or to whoever takes its place"))
            .help("write tls = \"verified\" there, unless the relay runs on this machine");
    }
    known.then(|| Method::Route(name.to_owned()))
}

fn keep<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<String> {
    let v = table.get("keep")?;
    let id = r.text(&v)?;
    let ids = std::mem::take(&mut r.names.retention);
    let known = r.defined(&v.span, &id, &ids, "[[retention]]");
    r.names.retention = ids;
    known.then_some(id)
}

/// The text of a refusal: on one line in the end, with placeholders that exist.
fn reply_text<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<String> {
    let text = r.text(value)?.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.chars().any(char::is_control) {
        r.wrong(&value.span, format!("`{}` is the sentence that the sender reads; it must not be empty", value.key));
        return None;
    }
    if text.len() > 1000 {
        r.wrong(&value.span, format!("`{}` must be at most 1000 bytes, so that every mail program shows it", value.key));
        return None;
    }
    placeholders(r, value, &text);
    Some(text)
}

fn placeholders<'t>(r: &mut Reader<'t>, value: &Value<'t>, text: &str) {
    let words = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word);
    for word in words {
        if !PLACEHOLDERS.contains(&word) {
            let suggestion = nearest(word, PLACEHOLDERS).map(|word| format!("{{{word}}}"));
            r.wrong(&value.span, format!("there is no placeholder {{{word}}}"))
                .suggest(suggestion)
                .help("there are {rule.about}, {ref}, {attachment}, {virus} and {found}");
        }
    }
}

/// `hold_for` with `after` and `then`.
fn hold<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<HoldFor> {
    const WHOM: [(&str, Holder); 3] =
        [("sender", Holder::Sender), ("technician", Holder::Technician), ("approver", Holder::Approver)];
    const THEN: [(&str, AfterHold); 2] = [("release", AfterHold::Release), ("refuse", AfterHold::Refuse)];
    let whom = table.get("hold_for");
    let after = table.get("after").map(|v| r.duration(&v));
    let then = table.get("then").map(|v| r.word(&v, &THEN));
    for (key, given) in [("after", after.is_some()), ("then", then.is_some())] {
        if given && whom.is_none() {
            r.lacking(&table.key_span(key), format!("`{key}` says how long a mail is held, but nothing here holds one"))
                .help("write do.hold_for = \"technician\"");
        }
    }
    if then.is_some() && after.is_none() && whom.is_some() {
        r.lacking(&table.key_span("then"), "`then` needs `after`: it says what happens when nobody has decided in time")
            .help("write do.after = \"3d\"");
    }
    let written = whom?;
    let whom = r.word(&written, &WHOM)?;
    if whom == Holder::Sender && !r.names.console {
        r.warn(&written.span, "without a [console] the sender has no page to decide on, and is told to ask the technician")
            .help("write [console] with address and public_url");
    }
    Some(HoldFor { whom, after: after.flatten(), then: then.flatten().unwrap_or_default() })
}

/// `recipients` with `visible_to`.
fn recipients<'t>(r: &mut Reader<'t>, table: &Table<'t>) -> Option<Privacy> {
    const WAYS: [(&str, PrivacyWay); 2] = [("bcc", PrivacyWay::Bcc), ("individual-copies", PrivacyWay::IndividualCopies)];
    let written = table.get("recipients");
    let way = written.as_ref().and_then(|v| r.word(v, &WAYS));
    let shown = table.get("visible_to");
    let visible_to = shown.as_ref().and_then(|v| r.address(v));
    if shown.is_some() && written.is_none() {
        r.lacking(&table.key_span("visible_to"), "`visible_to` says what stands in To, but nothing here hides the recipients")
            .help("write do.recipients = \"bcc\"");
    }
    if shown.is_some() && way == Some(PrivacyWay::IndividualCopies) {
        r.warn(&table.key_span("visible_to"), "`visible_to` has no use here: each copy names its own recipient in To")
            .help("take it out, or write do.recipients = \"bcc\"");
    }
    Some(Privacy { way: way?, visible_to })
}

/// Addresses; `"@list"` stands for the addresses of that list.
fn copy_to<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Vec<Address> {
    let all = r.each(value, |r, item| match names_a_list(item) {
        true => Some(addresses_of_list(r, item)),
        false => r.address(item).map(|address| vec![address]),
    });
    all.into_iter().flatten().collect()
}

fn names_a_list(item: &Value<'_>) -> bool {
    item.it.as_str().is_some_and(|text| text.starts_with('@'))
}

fn addresses_of_list<'t>(r: &mut Reader<'t>, item: &Value<'t>) -> Vec<Address> {
    let name = item.it.as_str().unwrap_or_default().trim_start_matches('@');
    let Some(list) = fields::known_list(r, item, name) else { return Vec::new() };
    if list.addresses.is_empty() {
        r.lacking(&item.span, format!("the list `{name}` holds no addresses"))
            .help(format!("write addresses = [\"…\"] in [list.{name}]"));
    }
    list.addresses
}

/// `"Name: value"`.
pub(super) fn header_line<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<(String, String)> {
    let (name, content) = header_pair(r, value)?;
    if let Err(why) = header_name::for_rules(&name) {
        r.wrong(&value.span, why).help("write a name of your own, such as \"X-School-Checked: yes\"");
        return None;
    }
    Some((name, content))
}

/// A header line as written, in ASCII.
pub(super) fn header_pair<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<(String, String)> {
    let text = r.line_of_text(value)?;
    let pair = text.split_once(':').map(|(name, content)| (name.trim(), content.trim()));
    let sound =
        pair.filter(|(name, content)| is_field_name(name) && !content.is_empty() && content.is_ascii() && text.len() <= 998);
    if sound.is_none() {
        r.wrong(&value.span, format!("`{}` must be a header line in plain ASCII, at most 998 bytes", value.key))
            .help("write \"Name: value\", such as \"X-School-Checked: yes\"");
    }
    sound.map(|(name, content)| (name.to_owned(), content.to_owned()))
}

/// Who is told; `"@list"` stands for the addresses of that list.
fn notify<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Vec<Notified> {
    let all = r.each(value, |r, item| match names_a_list(item) {
        true => Some(addresses_of_list(r, item).into_iter().map(Notified::Address).collect()),
        false => notified(r, item).map(|one| vec![one]),
    });
    all.into_iter().flatten().collect()
}

fn notified<'t>(r: &mut Reader<'t>, value: &Value<'t>) -> Option<Notified> {
    let text = r.text(value)?;
    match text.as_str() {
        "sender" => Some(Notified::Sender),
        "postmaster" => Some(Notified::Postmaster),
        _ if text.contains('@') => r.address(value).map(Notified::Address),
        _ => {
            let suggestion = nearest(&text, ["sender", "postmaster"]);
            r.wrong(&value.span, format!("`notify` cannot be \"{text}\""))
                .suggest(suggestion)
                .help("it is \"sender\", \"postmaster\", an address or \"@list\"");
            None
        }
    }
}

/// The first action written that stops a mail or encrypts it, and so may fail in a way that needs an answer beforehand.
pub(super) fn stops(value: &Value<'_>) -> Option<(&'static str, Span)> {
    let table = Table::of(value, "`do`", ACTIONS)?;
    ["reject", "hold_for", "defer", "encrypt"]
        .into_iter()
        .find(|key| table.get(key).is_some())
        .map(|key| (key, table.key_span(key)))
}

/// Where an action is written in a `do`.
pub(super) fn place(value: &Value<'_>, key: &'static str) -> Option<Span> {
    let table = Table::of(value, "`do`", ACTIONS)?;
    table.get(key).map(|_| table.key_span(key))
}
