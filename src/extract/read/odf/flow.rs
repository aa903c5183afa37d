//! The XML of OpenDocument, part by part: one walk reads text documents, sheets, slides and their properties (ODF 1.4 part 3).

use std::collections::HashSet;

use super::super::document::date;
use super::super::document::story::Story;
use super::super::document::xml::{Element, Token, walk};
use super::super::{Draft, Spot, Trait, Unread};

/// How often a cell that repeats is written out; sheets end in cells that repeat a thousand times.
const REPEATS: u32 = 16;
/// Spaces that one element may stand for.
const SPACES: u32 = 64;
/// Counts and dates that programs note for themselves.
const COUNTS: [&str; 6] = ["generator", "editing-cycles", "editing-duration", "print-date", "printed-by", "document-statistic"];

/// What is known across the parts of a document.
pub(super) struct Flow {
    base: Spot,
    is_paged: bool,
    /// Styles that hide, as family and name.
    hidden_styles: HashSet<(String, String)>,
}

impl Flow {
    pub(super) fn new(base: Spot, is_paged: bool) -> Self {
        Self { base, is_paged, hidden_styles: HashSet::new() }
    }

    /// For the next part.
    pub(super) fn part(&mut self, base: Spot) -> &mut Self {
        self.base = base;
        self
    }

    /// Reads a part.
    pub(super) fn read(&mut self, bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
        let mut reader = Reader::new(self, draft);
        let walked = walk(bytes, |token| match token {
            Token::Start(name, element) => reader.start(name, element),
            Token::End(name) => reader.end(name),
            Token::Text(text) => {
                reader.text(text);
                Ok(())
            }
        });
        let Reader { story, draft, links, formulas, .. } = reader;
        draft.labelled(Spot::Hidden, "formulas", formulas)?;
        draft.labelled(Spot::Hidden, "links", links)?;
        walked.and(story.finish(draft))
    }
}

struct Reader<'f, 'd, 'b> {
    flow: &'f mut Flow,
    draft: &'d mut Draft<'b>,
    story: Story,
    /// The style that is being defined.
    style: Option<(String, String)>,
    /// Of each open element that can hide, whether it does.
    hides: Vec<bool>,
    hidden: usize,
    /// Open elements whose text is none.
    silent: usize,
    paragraphs: usize,
    /// The property that is being read, and its text.
    property: Option<(String, String)>,
    in_meta: bool,
    in_forms: bool,
    in_annotation: bool,
    column: u32,
    repeats: u32,
    row_repeats: u32,
    /// The value of the open cell, where it is put in another form than the shown.
    value: Option<Value>,
    links: String,
    /// Formulas and conditions that hold words.
    formulas: String,
}

/// A cell's value (ODF 1.4 part 3, 19.389 and following).
enum Value {
    Date(String),
    Number(String),
    /// Shown only where the cell has no text of its own.
    Other(String),
}

impl<'f, 'd, 'b> Reader<'f, 'd, 'b> {
    fn new(flow: &'f mut Flow, draft: &'d mut Draft<'b>) -> Self {
        Self {
            story: Story::new(flow.base),
            flow,
            draft,
            style: None,
            hides: Vec::new(),
            hidden: 0,
            silent: 0,
            paragraphs: 0,
            property: None,
            in_meta: false,
            in_forms: false,
            in_annotation: false,
            column: 0,
            repeats: 1,
            row_repeats: 1,
            value: None,
            links: String::new(),
            formulas: String::new(),
        }
    }

    fn start(&mut self, name: &str, element: &Element) -> Result<(), Unread> {
        if self.in_meta {
            self.property = Some((element.get("name").unwrap_or_else(|| name.to_owned()), String::new()));
            return Ok(());
        }
        match name {
            "p" | "h" => {
                self.paragraphs += 1;
                self.hide_by_style("paragraph", element, false);
            }
            "span" => self.hide_by_style("text", element, false),
            "section" => self.hide_by_style("section", element, element.is("display", "none")),
            "page" => self.hide_by_style("drawing-page", element, false),
            "s" => self.write(&" ".repeat(element.number("c").unwrap_or(1).min(SPACES) as usize)),
            "tab" => self.write("\t"),
            "line-break" => self.write("\n"),
            "table" | "table-row" | "table-column" | "table-cell" | "covered-table-cell" => {
                return self.start_table(name, element);
            }
            "annotation" => {
                self.in_annotation = true;
                self.story.open(Spot::Comment, None);
            }
            "note" | "notes" => self.story.open(Spot::Note, None),
            "tracked-changes" => self.story.open(Spot::Deleted, None),
            "header" | "header-left" | "header-first" | "footer" | "footer-left" | "footer-first" => {
                self.story.open(Spot::Margin, None)
            }
            "text-box" if !self.flow.is_paged => self.story.open(Spot::TextBox, None),
            "binary-data" | "number-style" | "date-style" | "time-style" | "currency-style" | "percentage-style"
            | "boolean-style" | "text-style" | "settings" | "date" | "date-string" | "note-citation" | "title" | "desc" => {
                return self.start_silent(name);
            }
            "meta" => self.in_meta = true,
            "forms" => self.in_forms = true,
            _ => return self.start_rare(name, element),
        }
        Ok(())
    }

    /// Text that is none of the flow: numbers' formats, pictures in letters, the names of pictures.
    fn start_silent(&mut self, name: &str) -> Result<(), Unread> {
        self.silent += 1;
        if matches!(name, "title" | "desc") {
            self.property = Some(("alternative text".to_owned(), String::new()));
        }
        Ok(())
    }

    fn start_rare(&mut self, name: &str, element: &Element) -> Result<(), Unread> {
        match name {
            "style" => self.style = element.get("family").zip(element.get("name")),
            "text-properties" | "table-properties" | "drawing-page-properties" | "section-properties" => self.define(element),
            "a" | "image" | "floating-frame" | "table-source" | "cell-range-source" | "section-source" | "object"
            | "template" => {
                self.link(name, element);
            }
            "object-ole" | "plugin" | "applet" | "dde-source" | "dde-connection-decl" => self.draft.mark(Trait::EmbeddedObject),
            "event-listener" if element.is("language", "ooo:script") => self.draft.mark(Trait::Macro),
            "hidden-text" | "hidden-paragraph" | "user-field-decl" => self.aside(element.get("string-value")),
            "content-validation" => self.formula(element.get("condition")),
            "named-expression" => self.formula(element.get("expression")),
            "label" => self.form_text(element, &["value"])?,
            "list-level-style-number" => self.aside(element.get("num-prefix").filter(|text| text.len() > 3)),
            _ if self.in_forms => self.form_text(element, &["label", "current-value", "value", "title", "help-text"])?,
            _ => {}
        }
        Ok(())
    }

    /// A style that hides (20.383 text, 20.315 tables, 20.250 slides).
    fn define(&mut self, element: &Element) {
        let hides = element.is("display", "none") || element.is("display", "false") || element.is("visibility", "hidden");
        if hides && let Some(style) = &self.style {
            self.flow.hidden_styles.insert(style.clone());
        }
    }

    fn is_hidden(&self, family: &str, element: &Element) -> bool {
        !self.flow.hidden_styles.is_empty()
            && element.get("style-name").is_some_and(|style| self.flow.hidden_styles.contains(&(family.to_owned(), style)))
    }

    fn hide_by_style(&mut self, family: &str, element: &Element, hides: bool) {
        let hides = hides || self.is_hidden(family, element);
        self.hides.push(hides);
        self.hidden += usize::from(hides);
    }

    fn link(&mut self, name: &str, element: &Element) {
        let Some(target) = element.get("href") else { return };
        let is_inside = target.starts_with(['#', '.']) || !target.contains(':') && !target.starts_with("//");
        if is_inside {
            return;
        }
        if name != "a" && !target.to_ascii_lowercase().starts_with("file:///") {
            self.draft.mark(Trait::RemoteContent);
        }
        self.links.push_str(&target);
        self.links.push('\n');
    }

    fn formula(&mut self, formula: Option<String>) {
        if let Some(formula) = formula.filter(|formula| formula.contains('"') || formula.contains("://")) {
            self.formulas.push_str(&formula);
            self.formulas.push('\n');
        }
    }

    fn form_text(&mut self, element: &Element, attributes: &[&str]) -> Result<(), Unread> {
        let label = element.get("name").unwrap_or_default();
        for text in attributes.iter().filter_map(|attribute| element.get(attribute)) {
            if label.is_empty() {
                self.draft.text(Spot::FormField, text)?
            } else {
                self.draft.labelled(Spot::FormField, &label, text)?
            }
        }
        Ok(())
    }

    fn aside(&mut self, text: Option<String>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.story.aside(Spot::Hidden, &text);
            self.story.aside(Spot::Hidden, "\n");
        }
    }

    fn start_table(&mut self, name: &str, element: &Element) -> Result<(), Unread> {
        let is_away = |element: &Element| element.is("visibility", "collapse") || element.is("visibility", "filter");
        match name {
            "table" => {
                self.column = 0;
                let spot = (element.is("display", "false") || self.is_hidden("table", element)).then_some(Spot::Hidden);
                return self.story.open_named_table(self.draft, spot, element.get("name"));
            }
            "table-row" => {
                self.story.next_row();
                if is_away(element) {
                    self.story.hide_row();
                }
                self.row_repeats = element.number("number-rows-repeated").unwrap_or(1).max(1);
            }
            "table-column" => {
                let last = self.column.saturating_add(element.number("number-columns-repeated").unwrap_or(1).max(1));
                if is_away(element) {
                    self.story.hide_columns(self.column..=last - 1);
                }
                self.column = last;
            }
            _ => self.start_cell(element),
        }
        Ok(())
    }

    fn start_cell(&mut self, element: &Element) {
        (self.repeats, self.value) = (1, None);
        let (mut number, mut formula) = (None, None);
        element.each(|name, value| match name {
            "number-columns-repeated" => self.repeats = value.trim().parse().unwrap_or(1).max(1),
            "date-value" => self.value = Some(Value::Date(value.to_owned())),
            "value" => number = Some(Value::Number(value.to_owned())),
            "string-value" | "boolean-value" | "time-value" => self.value = Some(Value::Other(value.to_owned())),
            "formula" => formula = Some(value.to_owned()),
            _ => {}
        });
        self.value = self.value.take().or(number);
        self.formula(formula);
    }

    fn end(&mut self, name: &str) -> Result<(), Unread> {
        if self.in_meta {
            return self.end_property(name);
        }
        match name {
            "p" | "h" => {
                self.paragraphs = self.paragraphs.saturating_sub(1);
                self.shows();
                self.story.paragraph();
            }
            "span" | "section" | "page" => self.shows(),
            "table-cell" | "covered-table-cell" => self.end_cell(),
            "table-row" => self.story.skip_rows(std::mem::replace(&mut self.row_repeats, 1) - 1),
            "table" => return self.story.close_table(self.draft),
            "annotation" => {
                self.in_annotation = false;
                return self.story.close(self.draft);
            }
            "note" | "notes" | "tracked-changes" | "header" | "header-left" | "header-first" | "footer" | "footer-left"
            | "footer-first" => return self.story.close(self.draft),
            "text-box" if !self.flow.is_paged => return self.story.close(self.draft),
            "binary-data" | "number-style" | "date-style" | "time-style" | "currency-style" | "percentage-style"
            | "boolean-style" | "text-style" | "settings" | "date" | "date-string" | "note-citation" => {
                self.silent = self.silent.saturating_sub(1)
            }
            "title" | "desc" => {
                self.silent = self.silent.saturating_sub(1);
                return self.end_property(name);
            }
            "creator" if self.in_annotation => self.story.text("\n"),
            "style" => self.style = None,
            "forms" => self.in_forms = false,
            _ => {}
        }
        Ok(())
    }

    fn shows(&mut self) {
        let hid = self.hides.pop().unwrap_or(false);
        self.hidden = self.hidden.saturating_sub(usize::from(hid));
    }

    fn end_property(&mut self, name: &str) -> Result<(), Unread> {
        if name == "meta" {
            self.in_meta = false;
        }
        let Some((label, text)) = self.property.take() else { return Ok(()) };
        let text = if matches!(name, "date" | "creation-date") { date::of_iso(text.trim()) } else { text };
        if COUNTS.contains(&name) { Ok(()) } else { self.draft.labelled(Spot::Property, &label, text) }
    }

    /// Dates come as dates and numbers with all their digits, whatever the cell's format makes of them.
    fn end_cell(&mut self) {
        let (value, repeats) = (self.value.take(), std::mem::replace(&mut self.repeats, 1));
        let Some(cell) = self.story.cell() else { return };
        let shown = cell.trim();
        let is_short = |shown: &str| shown.is_empty() || shown.contains("E+") || shown.contains('#');
        match value {
            Some(Value::Date(iso)) => *cell = date::of_iso(&iso),
            Some(Value::Number(number)) if is_short(shown) => {
                *cell = number.parse().map_or(number, super::super::document::number::plain);
            }
            Some(Value::Other(other)) if shown.is_empty() => *cell = other,
            _ => {}
        }
        if cell.trim().is_empty() {
            self.story.close_cell();
            self.story.skip_columns(repeats - 1);
            return;
        }
        let text = cell.clone();
        self.story.close_cell();
        for _ in 1..repeats.min(REPEATS) {
            self.story.text(&text);
            self.story.close_cell();
        }
        self.story.skip_columns(repeats.saturating_sub(REPEATS));
    }

    fn text(&mut self, text: &str) {
        if let Some((_, property)) = &mut self.property {
            property.push_str(text);
        } else if self.silent > 0 {
        } else if self.paragraphs > 0 {
            self.write(text);
        } else if !text.trim().is_empty() {
            self.loose(text);
        }
    }

    fn write(&mut self, text: &str) {
        if self.hidden > 0 { self.story.aside(Spot::Hidden, text) } else { self.story.text(text) }
    }

    /// Text outside of paragraphs: who wrote a comment, the source of a macro, a formula.
    fn loose(&mut self, text: &str) {
        if self.in_annotation {
            self.story.text(text);
            self.story.text("\n");
        } else {
            self.aside(Some(text.to_owned()));
        }
    }
}
