//! The properties of a document: core, extended and custom (ECMA-376 part 2, 11; part 1, 22.2 and 22.3).
//!
//! In: one of the three parts. Out: a labelled block for each property that says something about people or content; counts of words and
//! the like are left out.

use super::super::document::date;
use super::super::document::xml::{Token, walk};
use super::super::{Draft, Spot, Unread};

/// What programs count and note for themselves.
const COUNTS: [&str; 22] = [
    "Pages",
    "Words",
    "Characters",
    "CharactersWithSpaces",
    "Lines",
    "Paragraphs",
    "TotalTime",
    "AppVersion",
    "ScaleCrop",
    "LinksUpToDate",
    "SharedDoc",
    "HyperlinksChanged",
    "DocSecurity",
    "Slides",
    "Notes",
    "HiddenSlides",
    "MMClips",
    "PresentationFormat",
    "revision",
    "Application",
    "i4",
    "bool",
];

/// Reads one of the parts.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let mut label: Option<String> = None;
    let mut custom: Option<String> = None;
    let mut text = String::new();
    walk(bytes, |token| match token {
        Token::Start("property", element) => {
            custom = element.get("name");
            Ok(())
        }
        Token::End("property") => {
            custom = None;
            Ok(())
        }
        Token::Start(name, _) => {
            // The names of parts stand in a vector of the property that counts.
            if label.is_none()
                || !matches!(name, "vector" | "variant" | "lpstr" | "lpwstr" | "i2" | "i4" | "r8" | "bool" | "filetime")
            {
                label = Some(name.to_owned());
            }
            text.clear();
            Ok(())
        }
        Token::Text(words) => {
            text.push_str(words);
            Ok(())
        }
        Token::End(name) => {
            let words = std::mem::take(&mut text);
            let is_count = custom.is_none() && (COUNTS.contains(&name) || label.as_deref() == Some("HeadingPairs"));
            let said = custom.as_deref().or(label.as_deref()).unwrap_or(name);
            let words =
                if matches!(name, "created" | "modified" | "filetime" | "date") { date::of_iso(words.trim()) } else { words };
            if is_count { Ok(()) } else { draft.labelled(Spot::Property, said, words) }
        }
    })
}
