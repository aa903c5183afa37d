//! How the parts of a package hang together: relationships (ECMA-376 part 2, 9.3), and the order of slides.
//!
//! In: parts of relationships. Out: which link leads to a part, and from where. What a link says about the outside is told at once: what is
//! loaded without being asked for, and the targets of all links as text.

use std::collections::HashMap;

use super::super::document::xml::{Token, walk};
use super::super::{Draft, Spot, Trait, Unread};

/// A link inside the package.
pub(super) struct Link {
    pub(super) id: String,
    /// The last word of its type, which strict and transitional files share: `worksheet`.
    pub(super) kind: String,
    /// The path of the part it leads from.
    pub(super) source: String,
    /// Its place among slides.
    pub(super) order: Option<usize>,
}

/// All links, by the paths they lead to, in lower case.
#[derive(Default)]
pub(super) struct Links(HashMap<String, Vec<Link>>);

impl Links {
    /// Links that lead to a part.
    pub(super) fn to(&self, path: &str) -> impl Iterator<Item = &Link> {
        self.0.get(&path.to_ascii_lowercase()).into_iter().flatten()
    }

    /// Links that lead from a part.
    pub(super) fn from(&self, path: &str) -> impl Iterator<Item = &Link> {
        self.0.values().flatten().filter(move |link| link.source == path)
    }

    /// Reads a part of relationships.
    pub(super) fn read(&mut self, bytes: &[u8], path: &str, draft: &mut Draft) -> Result<(), Unread> {
        let source = source_of(path);
        let mut targets = String::new();
        let walked = walk(bytes, |token| {
            let Token::Start("Relationship", element) = token else { return Ok(()) };
            let said = element.get("Type").unwrap_or_default();
            let kind = said.rsplit('/').next().unwrap_or_default().to_owned();
            let target = element.get("Target").unwrap_or_default();
            if element.is("TargetMode", "External") {
                if kind != "hyperlink" && is_remote(&target) {
                    draft.mark(Trait::RemoteContent);
                }
                targets.push_str(&target);
                targets.push('\n');
                return Ok(());
            }
            if matches!(kind.as_str(), "oleObject" | "package" | "control" | "aFChunk") {
                draft.mark(Trait::EmbeddedObject);
            }
            let id = element.get("Id").unwrap_or_default();
            let link = Link { id, kind, source: source.clone(), order: None };
            self.0.entry(resolved(&source, &target).to_ascii_lowercase()).or_default().push(link);
            Ok(())
        });
        draft.labelled(Spot::Hidden, "links", targets)?;
        walked
    }

    /// Reads the order of slides out of a presentation (19.2.1.34).
    pub(super) fn read_slides(&mut self, bytes: &[u8], path: &str) -> Result<(), Unread> {
        let mut orders: HashMap<String, usize> = HashMap::new();
        let walked = walk(bytes, |token| {
            if let Token::Start("sldId", element) = token {
                // `id` stands twice, once as a number and once with the relationship.
                let count = orders.len();
                element.each(|name, value| {
                    if name == "id" && value.parse::<u32>().is_err() {
                        orders.insert(value.to_owned(), count);
                    }
                });
            }
            Ok(())
        });
        for link in self.0.values_mut().flatten().filter(|link| link.source == path) {
            link.order = orders.get(&link.id).copied();
        }
        walked
    }
}

/// `xl/_rels/workbook.xml.rels` speaks of `xl/workbook.xml`.
fn source_of(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = folder.strip_suffix("_rels").unwrap_or(folder);
    format!("{folder}{}", name.strip_suffix(".rels").unwrap_or(name))
}

/// A target as a path in the package (RFC 3986 section 5.2, as far as parts need it).
fn resolved(source: &str, target: &str) -> String {
    let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") };
    let mut steps: Vec<&str> = Vec::new();
    for step in whole.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// Whether a target lies on another machine: a template in a folder of the writer's is none.
fn is_remote(target: &str) -> bool {
    let target = target.trim().to_ascii_lowercase().replace('\\', "/");
    let path = target.strip_prefix("file:").unwrap_or(&target);
    let is_share = path.starts_with("//") && !path.starts_with("///") || path.starts_with("////");
    let scheme = target.split_once("://").map_or("", |(scheme, _)| scheme);
    is_share || target.starts_with("mhtml:") || !matches!(scheme, "" | "file")
}
