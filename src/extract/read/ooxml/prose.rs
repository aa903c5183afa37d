//! Running text of documents and slides: WordprocessingML (ECMA-376 part 1, 17) and DrawingML (21.1), whose local names agree.
//!
//! In: a part, and where its text stands. Out: blocks: paragraphs, tables, boxes, comments, deleted and hidden words, fields, alternative
//! texts. Text nodes that no rule knows are text all the same. Hidden is what the run or its style calls so, not what is merely small or
//! white.

use std::collections::HashSet;

use super::super::document::story::Story;
use super::super::document::xml::{Element, Token, walk};
use super::super::{Draft, Spot, Trait, Unread};

/// Fields that say nothing that the text does not (17.16.5).
const PLAIN_FIELDS: [&str; 24] = [
    "PAGE",
    "NUMPAGES",
    "TOC",
    "REF",
    "PAGEREF",
    "SEQ",
    "DATE",
    "TIME",
    "STYLEREF",
    "SECTIONPAGES",
    "FILENAME",
    "AUTHOR",
    "TITLE",
    "CREATEDATE",
    "SAVEDATE",
    "PRINTDATE",
    "NOTEREF",
    "FORMTEXT",
    "FORMCHECKBOX",
    "FORMDROPDOWN",
    "SYMBOL",
    "SECTION",
    "EQ",
    "TC",
];

/// Where a part's text belongs.
#[derive(Clone, Copy)]
pub(super) struct Place<'s> {
    pub(super) base: Spot,
    /// Text nodes that are in no run.
    pub(super) loose: Spot,
    /// Styles that hide.
    pub(super) hidden_styles: &'s HashSet<String>,
}

/// What a text node is, by the element around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Loose,
    Run,
    Deleted,
    Field,
    /// Numbers of the layout.
    Layout,
}

struct Prose<'d, 'b, 's> {
    draft: &'d mut Draft<'b>,
    place: Place<'s>,
    story: Story,
    node: Node,
    paragraph_properties: usize,
    in_run_properties: bool,
    is_run_hidden: bool,
    is_paragraph_hidden: bool,
    /// Deletions that are open.
    deleted: usize,
    field: String,
    in_form_field: bool,
    in_control_data: bool,
}

/// Reads a part.
pub(super) fn read(bytes: &[u8], place: Place, draft: &mut Draft) -> Result<(), Unread> {
    let mut prose = Prose {
        draft,
        place,
        story: Story::new(place.base),
        node: Node::Loose,
        paragraph_properties: 0,
        in_run_properties: false,
        is_run_hidden: false,
        is_paragraph_hidden: false,
        deleted: 0,
        field: String::new(),
        in_form_field: false,
        in_control_data: false,
    };
    let walked = walk(bytes, |token| match token {
        Token::Start(name, element) => prose.start(name, element),
        Token::End(name) => prose.end(name),
        Token::Text(text) => {
            prose.text(text);
            Ok(())
        }
    });
    prose.end_field();
    let Prose { story, draft, .. } = prose;
    walked.and(story.finish(draft))
}

/// The styles of a document that hide what they are given to (17.7).
pub(super) fn hidden_styles(bytes: &[u8]) -> HashSet<String> {
    let (mut hidden, mut style) = (HashSet::new(), None);
    // A style sheet that breaks off hides what it hid until then.
    let _ = walk(bytes, |token| {
        match token {
            Token::Start("style", element) => style = element.get("styleId"),
            Token::End("style") => style = None,
            Token::Start("vanish", element) if element.is_switch_on() => hidden.extend(style.take()),
            _ => {}
        }
        Ok(())
    });
    hidden
}

impl Prose<'_, '_, '_> {
    fn start(&mut self, name: &str, element: &Element) -> Result<(), Unread> {
        self.node = Node::Loose;
        match name {
            "t" => self.node = Node::Run,
            "delText" => self.node = Node::Deleted,
            "instrText" | "delInstrText" => self.node = Node::Field,
            "posOffset" | "align" | "col" | "row" | "colOff" | "rowOff" | "pctWidth" | "pctHeight" | "pctPosHOffset"
            | "pctPosVOffset" | "fldData" | "binData" | "attrName" | "tableStyleId" => {
                self.node = Node::Layout;
            }
            "pPr" => self.paragraph_properties += 1,
            "rPr" => self.in_run_properties = true,
            "r" => self.is_run_hidden = false,
            "p" => self.is_paragraph_hidden = false,
            "del" | "moveFrom" => self.deleted += 1,
            "tab" if self.paragraph_properties == 0 => self.write("\t"),
            "br" | "cr" => self.write("\n"),
            "noBreakHyphen" => self.write("-"),
            "sym" => self.symbol(element),
            "vanish" | "rStyle" | "pStyle" => self.style(name, element),
            "tbl" | "tr" | "gridSpan" | "gridBefore" => return self.start_table(name, element),
            "txbxContent" => self.story.open(Spot::TextBox, None),
            "comment" | "cm" | "threadedComment" => self.story.open(Spot::Comment, element.get("author")),
            _ => return self.start_rare(name, element),
        }
        Ok(())
    }

    fn style(&mut self, name: &str, element: &Element) {
        match name {
            "vanish" => self.is_run_hidden |= self.in_run_properties && self.paragraph_properties == 0 && element.is_switch_on(),
            _ if self.place.hidden_styles.is_empty() => {}
            "rStyle" => self.is_run_hidden |= element.get("val").is_some_and(|style| self.place.hidden_styles.contains(&style)),
            _ => self.is_paragraph_hidden |= element.get("val").is_some_and(|style| self.place.hidden_styles.contains(&style)),
        }
    }

    fn start_table(&mut self, name: &str, element: &Element) -> Result<(), Unread> {
        match name {
            "tbl" => return self.story.open_table(self.draft),
            "tr" => self.story.next_row(),
            // A cell over two columns is one cell and one that is not there.
            "gridSpan" => self.story.span_columns(element.number("val").unwrap_or(1).clamp(1, 64) - 1),
            _ => self.story.skip_columns(element.number("val").unwrap_or(0).min(64)),
        }
        Ok(())
    }

    fn start_rare(&mut self, name: &str, element: &Element) -> Result<(), Unread> {
        match name {
            "fldSimple" => {
                self.field.push_str(&element.get("instr").unwrap_or_default());
                self.end_field();
            }
            "fldChar" => self.end_field(),
            "ffData" => self.in_form_field = true,
            "default" | "listEntry" | "helpText" | "statusText" if self.in_form_field => self.form_text(element, &["val"])?,
            "alias" | "tag" => self.form_text(element, &["val"])?,
            "listItem" => self.form_text(element, &["displayText", "value"])?,
            "docPr" | "cNvPr" => {
                for attribute in ["descr", "title"] {
                    let text = element.get(attribute).unwrap_or_default();
                    self.draft.labelled(Spot::Property, "alternative text", text)?;
                }
            }
            "textpath" => self.draft.text(Spot::TextBox, element.get("string").unwrap_or_default())?,
            "hyperlink" | "hlinkClick" => self.hide(element.get("tooltip")),
            "docVar" => self.hide(element.get("val")),
            // A numbering may bear words; `%1.` and bullets are none.
            "lvlText" => {
                self.hide(element.get("val").filter(|text| text.chars().filter(|char| char.is_alphabetic()).count() > 1))
            }
            "ClientData" => self.in_control_data = true,
            _ => {}
        }
        Ok(())
    }

    fn form_text(&mut self, element: &Element, attributes: &[&str]) -> Result<(), Unread> {
        let mut said: Vec<String> = attributes.iter().filter_map(|attribute| element.get(attribute)).collect();
        said.dedup();
        said.into_iter().filter(|text| text.parse::<f64>().is_err()).try_for_each(|text| self.draft.text(Spot::FormField, text))
    }

    fn hide(&mut self, text: Option<String>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.story.aside(Spot::Hidden, &text);
            self.story.aside(Spot::Hidden, "\n");
        }
    }

    /// A character by its number (17.3.3.30).
    fn symbol(&mut self, element: &Element) {
        let code = element.get("char").and_then(|code| u32::from_str_radix(&code, 16).ok());
        if let Some(char) = code.and_then(char::from_u32) {
            self.write(char.encode_utf8(&mut [0; 4]));
        }
    }

    fn end(&mut self, name: &str) -> Result<(), Unread> {
        self.node = Node::Loose;
        match name {
            "p" => {
                self.is_paragraph_hidden = false;
                self.story.paragraph();
            }
            "pPr" => self.paragraph_properties = self.paragraph_properties.saturating_sub(1),
            "rPr" => self.in_run_properties = false,
            "r" => self.is_run_hidden = false,
            "del" | "moveFrom" => self.deleted = self.deleted.saturating_sub(1),
            "tc" => self.story.close_cell(),
            "tbl" => return self.story.close_table(self.draft),
            "txbxContent" | "comment" | "cm" | "threadedComment" => return self.story.close(self.draft),
            "ffData" => self.in_form_field = false,
            "ClientData" => self.in_control_data = false,
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        match self.node {
            Node::Run => self.write(text),
            Node::Deleted => self.story.aside(Spot::Deleted, text),
            Node::Field => self.field.push_str(text),
            Node::Layout => {}
            Node::Loose => self.loose(text),
        }
    }

    fn write(&mut self, text: &str) {
        if self.deleted > 0 {
            self.story.aside(Spot::Deleted, text);
        } else if self.is_run_hidden || self.is_paragraph_hidden {
            self.story.aside(Spot::Hidden, text);
        } else {
            self.story.text(text);
        }
    }

    fn loose(&mut self, text: &str) {
        if self.in_control_data || text.trim().is_empty() {
            return;
        }
        if self.place.loose == self.place.base {
            self.story.text(text);
            self.story.text("\n");
        } else {
            self.story.aside(self.place.loose, text);
            self.story.aside(self.place.loose, "\n");
        }
    }

    /// A field's code may name a person, an address or a program (17.16.5).
    fn end_field(&mut self) {
        let field = std::mem::take(&mut self.field);
        let code = field.trim();
        let word = code.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if word.starts_with("DDE") {
            self.draft.mark(Trait::EmbeddedObject);
        }
        if word.starts_with("INCLUDE") && (code.contains("://") || code.contains("\\\\")) {
            self.draft.mark(Trait::RemoteContent);
        }
        if !code.is_empty() && (code.contains('"') || !PLAIN_FIELDS.contains(&word.as_str())) {
            self.hide(Some(code.to_owned()));
        }
    }
}
