//! A Rust file as `tidy` reads it: by its text, without a parser, and good enough for code that `cargo fmt` has laid out.

use std::path::Path;

/// One file of `src`.
pub struct Source {
    /// From the root, with `/`.
    pub path: String,
    /// The first name under `src`.
    pub room: String,
    /// The whole file.
    pub text: String,
    /// The file up to its tests.
    pub code: String,
}

/// A function, its first line (from 1) and its length from there to the closing brace.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

impl Source {
    pub fn read(root: &Path, path: String) -> Self {
        let text = std::fs::read_to_string(root.join(&path)).unwrap();
        let under = path.trim_start_matches("src/").trim_end_matches(".rs");
        let room = under.split('/').next().unwrap_or_default().to_owned();
        let code = without_tests(&text);
        Self { path, room, text, code }
    }

    /// Every path after `crate::` in the code, with its line; groups in braces are taken apart.
    pub fn imports(&self) -> Vec<(usize, String)> {
        let bare = strip(&self.code);
        let mut found = Vec::new();
        for (at, _) in bare.match_indices("crate::") {
            let is_whole_word = !bare[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
            if is_whole_word {
                let line = bare[..at].matches('\n').count() + 1;
                found.extend(paths(&bare[at + "crate::".len()..]).into_iter().map(|path| (line, path)));
            }
        }
        found
    }
}

/// The file without its tests: up to a `#[cfg(test)]` whose item is a module written out in it.
fn without_tests(text: &str) -> String {
    let written_out = test_modules(text)
        .find(|(_, item)| item.split_once(['{', ';']).is_some_and(|(head, _)| item[head.len()..].starts_with('{')));
    text[..written_out.map_or(text.len(), |(at, _)| at)].to_owned()
}

/// The modules that are there for tests alone: where each begins, and its text from the word `mod`.
fn test_modules(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("#[cfg(test)]").filter_map(|(at, mark)| {
        let mut item = text[at + mark.len()..].trim_start();
        while item.starts_with("#[") {
            item = item.split_once('\n')?.1.trim_start();
        }
        let item = ["pub(crate) ", "pub(super) ", "pub "].iter().find_map(|word| item.strip_prefix(word)).unwrap_or(item);
        item.starts_with("mod ").then_some((at, item))
    })
}

/// The files, from the root, of the modules that `path` declares for tests alone and that stand beside it.
pub fn test_files(path: &str, text: &str) -> Vec<String> {
    let folder = if path.ends_with("/mod.rs") || path == "src/lib.rs" {
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    } else {
        path.trim_end_matches(".rs")
    };
    let names = test_modules(text).filter_map(|(_, item)| item.strip_prefix("mod ")?.split_once(';'));
    names.map(|(name, _)| format!("{folder}/{}.rs", name.trim())).collect()
}

/// The paths that a `use` tree begins with: `a::{b, c::D}` gives `a::b` and `a::c::D`.
fn paths(tree: &str) -> Vec<String> {
    let name: String = tree.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
    let rest = &tree[name.len()..];
    if rest.starts_with('{') && (name.is_empty() || name.ends_with("::")) {
        return branches(&rest[1..]).iter().flat_map(|branch| paths(branch.trim())).map(|path| format!("{name}{path}")).collect();
    }
    vec![name.trim_end_matches(':').to_owned()]
}

/// The parts between the commas of a group, up to its closing brace.
fn branches(group: &str) -> Vec<String> {
    let (mut depth, mut parts, mut part) = (0usize, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {
                depth = if c == '{' { depth + 1 } else { depth - usize::from(c == '}') };
                part.push(c);
            }
        }
    }
    parts.push(part);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// The code with comments, strings and character literals blanked out, each line keeping its number.
pub fn strip(code: &str) -> String {
    let mut bare = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let skipped = skipped_here(rest, bare.chars().last());
        if skipped > 0 {
            bare.extend(rest[..skipped].chars().filter(|c| *c == '\n'));
            bare.push(' ');
            rest = &rest[skipped..];
        } else {
            bare.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    bare
}

/// Length of the comment or literal that begins here; zero where none does.
fn skipped_here(rest: &str, before: Option<char>) -> usize {
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |end| end + 2);
    }
    let raw = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')).filter(|_| !in_word);
    if let Some(after) = raw {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let start = rest.len() - after.len() + hashes + 1;
            let close = format!("\"{}", "#".repeat(hashes));
            return rest[start..].find(&close).map_or(rest.len(), |end| start + end + close.len());
        }
    }
    match rest.as_bytes()[0] {
        b'"' => quoted(rest, '"'),
        b'\'' if !in_word => character(rest),
        b'\'' => character(rest).min(if before == Some('b') { usize::MAX } else { 0 }),
        _ => 0,
    }
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character literal; zero for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => quoted(rest, '\''),
        Some(_) => chars.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

/// Every function with a body.
pub fn functions(code: &str) -> Vec<Function> {
    let bare = strip(code);
    let lines: Vec<&str> = bare.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = function_name(line)
            && let Some(length) = body_length(&lines[at..])
        {
            found.push(Function { name, line: at + 1, lines: length });
        }
    }
    found
}

/// The name after `fn`, where the line declares a function.
fn function_name(line: &str) -> Option<String> {
    let mut words = line.split_whitespace().skip_while(|word| {
        matches!(*word, "pub" | "async" | "const" | "unsafe" | "extern" | "default")
            || word.starts_with("pub(")
            || word.ends_with("super)")
    });
    let name = (words.next() == Some("fn")).then(|| words.next()).flatten()?;
    Some(name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

/// Lines up to the brace that closes the first one; nothing where a `;` ends it before.
fn body_length(lines: &[&str]) -> Option<usize> {
    let (mut depth, mut inside) = (0usize, 0usize);
    for (at, line) in lines.iter().enumerate() {
        for c in line.chars() {
            match c {
                '(' | '[' => inside += 1,
                ')' | ']' => inside = inside.saturating_sub(1),
                ';' if depth == 0 && inside == 0 => return None,
                '{' => depth += 1,
                '}' if depth <= 1 => return Some(at + 1),
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    None
}

#[test]
fn groups_of_imports_are_taken_apart() {
    assert_eq!(paths("base::{Address, limits}, x"), ["base::Address", "base::limits"]);
    assert_eq!(paths("{base::A, queue::{job, State}};"), ["base::A", "queue::job", "queue::State"]);
    assert_eq!(paths("ledger::Event::Started {"), ["ledger::Event::Started"]);
}

#[test]
fn what_is_no_code_is_no_import_and_no_panic() {
    let code = "//! crate::a\nlet s = \"crate::b .unwrap()\"; let r = r#\"a \" crate::c\"#; let c = '\"'; fn f<'a>(x: &'a str) { crate::d::e() }\n";
    let source = Source { path: String::new(), room: String::new(), text: String::new(), code: code.to_owned() };
    assert_eq!(source.imports(), [(2, "d::e".to_owned())]);
    assert!(!strip(code).contains("unwrap"));
}

#[test]
fn functions_are_measured_to_their_closing_brace() {
    let code = "trait T { fn none(&self);\n}\npub async fn one(\n    a: [u8; 2],\n) {\n    if a { '}' } else { \"}\" }\n}\nfn two() {}\n";
    let found = functions(code);
    assert_eq!(found.iter().map(|f| (f.name.as_str(), f.line, f.lines)).collect::<Vec<_>>(), [("one", 3, 5), ("two", 8, 1)]);
}

#[test]
fn tests_within_a_file_are_no_code() {
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {\n}\n"), "a\n");
    let beside = "a\n#[cfg(test)]\npub(crate) mod sample;\nfn c() {}\n";
    assert_eq!(without_tests(beside), beside);
    assert_eq!(test_files("src/room/mod.rs", beside), ["src/room/sample.rs"]);
    assert_eq!(test_files("src/room/noun.rs", beside), ["src/room/noun/sample.rs"]);
    assert_eq!(without_tests("a\n#[cfg(test)]\nfn b() {}\n"), "a\n#[cfg(test)]\nfn b() {}\n");
}
