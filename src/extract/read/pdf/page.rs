//! Draws a page: which letters stand where.
//!
//! In: a page, and the layers that are off. Out: letters in the order in which they are drawn, each with its place on the line it is drawn
//! along. Forms (pages in pages) are drawn where they stand, each chain of them to a bound, so that one that holds itself ends. What is
//! written in white or behind a picture is text like any other. Time is linear in the octets of the drawing, which are bounded.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::font::{Font, Fonts};
use super::stream;
use crate::base::limits;
use crate::extract::contents::Unread;
use crate::extract::read::Draft;

/// Forms in forms that are drawn.
const DEPTH: usize = 12;
/// Forms of one page that are drawn.
const FORMS: usize = 2_000;
/// Steps to an ancestor that hands its resources down.
const ANCESTORS: usize = 64;

/// A letter on the page.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub text: String,
    /// Along the line: where it begins and ends.
    pub from: f32,
    pub to: f32,
    /// Across the lines, upwards.
    pub base: f32,
    pub size: f32,
    /// Which way the line runs, in sixteenths of a turn.
    pub turn: i8,
    /// Stands in a layer that is off.
    pub hidden: bool,
    /// The first since the pen was put somewhere else.
    pub is_first: bool,
}

/// All letters of a page.
#[derive(Default)]
pub(super) struct Drawn {
    pub letters: Vec<Letter>,
    /// Codes of which nobody says what they draw.
    pub unknown: usize,
}

/// Layers that are off, and what was asked of others that refer to them: a list of layers is gone through once.
#[derive(Default)]
pub(super) struct Layers {
    off: HashSet<ObjectId>,
    /// By the address of the object.
    asked: HashMap<usize, bool>,
}

impl Layers {
    pub(super) fn new(off: HashSet<ObjectId>) -> Self {
        Self { off, asked: HashMap::new() }
    }

    /// A layer, or a membership of which all layers are off.
    fn is_off(&mut self, document: &Document, layer: &Object) -> bool {
        let Self { off, asked } = self;
        let is_listed = |object: &Object| object.as_reference().is_ok_and(|id| off.contains(&id));
        let look = || {
            let members = document.dereference(layer).ok().and_then(|(_, object)| object.as_dict().ok()?.get(b"OCGs").ok());
            members.is_some_and(|members| match members {
                Object::Array(list) => !list.is_empty() && list.iter().all(is_listed),
                single => is_listed(single),
            })
        };
        is_listed(layer) || *asked.entry(std::ptr::from_ref(layer).addr()).or_insert_with(look)
    }
}

/// A transformation (section 8.3.3).
type Matrix = [f32; 6];
const STRAIGHT: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

/// What is saved and brought back (section 8.4.2).
#[derive(Clone)]
struct State {
    place: Matrix,
    font: Option<Rc<Font>>,
    size: f32,
    spacing: f32,
    word_spacing: f32,
    scale: f32,
    leading: f32,
    rise: f32,
}

/// A drawing whose operations are being followed: the page's own, or a form's.
struct Drawing<'d> {
    /// The form's object; nothing for the page.
    form: Option<ObjectId>,
    operations: std::vec::IntoIter<Operation>,
    resources: Option<&'d Dictionary>,
    state: State,
    saved: Vec<State>,
    /// Marked content that is open, and whether it is hidden; how many of them are.
    marks: Vec<bool>,
    hidden_marks: usize,
    hidden: bool,
}

struct Pen<'d, 'f> {
    document: &'d Document,
    layers: &'f mut Layers,
    fonts: &'f mut Fonts,
    text: Matrix,
    line: Matrix,
    /// The pen was put somewhere, and nothing was drawn since.
    is_moved: bool,
    octets: usize,
    forms: usize,
    drawn: Drawn,
}

/// Draws a page.
pub(super) fn draw(
    document: &Document,
    page: ObjectId,
    layers: &mut Layers,
    fonts: &mut Fonts,
    draft: &mut Draft,
) -> Result<Drawn, Unread> {
    let broken = || Unread::Broken("a page".to_owned());
    let dictionary = document.get_dictionary(page).map_err(|_| broken())?;
    let mut content = Vec::new();
    for id in document.get_page_contents(page) {
        let Ok(part) = document.get_object(id).and_then(Object::as_stream) else { continue };
        content.extend(stream::content(part, draft)?);
        content.push(b'\n');
        if content.len() > limits::PDF_PAGE_OCTETS {
            return Err(Unread::Bound("a longer drawing of a page than is read".to_owned()));
        }
    }
    let mut pen = Pen {
        document,
        layers,
        fonts,
        text: STRAIGHT,
        line: STRAIGHT,
        is_moved: true,
        octets: 0,
        forms: 0,
        drawn: Drawn::default(),
    };
    let resources = resources(document, dictionary);
    let mut open = vec![pen.drawing(&content, resources, State::new(), false)?];
    while let Some(drawing) = open.last_mut() {
        let Some(operation) = drawing.operations.next() else {
            open.pop();
            continue;
        };
        let inner = pen.follow(drawing, &operation, draft)?;
        if pen.drawn.letters.len() > limits::PDF_PAGE_LETTERS {
            return Err(Unread::Bound("more letters on a page than are read".to_owned()));
        }
        let Some(inner) = inner else { continue };
        let holds_itself = open.iter().any(|outer| outer.form.is_some() && outer.form == inner.form);
        if !holds_itself && open.len() < DEPTH {
            open.push(inner);
        }
    }
    Ok(pen.drawn)
}

/// The page's own resources, or those of the nearest ancestor that has some (section 7.7.3.4).
fn resources<'d>(document: &'d Document, page: &'d Dictionary) -> Option<&'d Dictionary> {
    let parent = |page: &&'d Dictionary| page.get_deref(b"Parent", document).and_then(Object::as_dict).ok();
    let mut line = std::iter::successors(Some(page), parent).take(ANCESTORS);
    line.find_map(|page| page.get_deref(b"Resources", document).and_then(Object::as_dict).ok())
}

impl State {
    fn new() -> Self {
        Self { place: STRAIGHT, font: None, size: 1.0, spacing: 0.0, word_spacing: 0.0, scale: 1.0, leading: 0.0, rise: 0.0 }
    }
}

fn number(operation: &Operation, place: usize) -> f32 {
    let value = operation.operands.get(place).and_then(|value| value.as_float().ok()).unwrap_or_default();
    if value.is_finite() { value } else { 0.0 }
}

fn matrix(values: &[Object]) -> Option<Matrix> {
    let mut matrix = STRAIGHT;
    for (to, value) in matrix.iter_mut().zip(values) {
        *to = value.as_float().ok().filter(|value| value.is_finite())?;
    }
    (values.len() >= 6).then_some(matrix)
}

impl<'d> Pen<'d, '_> {
    fn drawing(
        &mut self,
        content: &[u8],
        resources: Option<&'d Dictionary>,
        state: State,
        hidden: bool,
    ) -> Result<Drawing<'d>, Unread> {
        self.octets += content.len();
        if self.octets > limits::PDF_PAGE_OCTETS {
            return Err(Unread::Bound("a longer drawing of a page than is read".to_owned()));
        }
        let operations = Content::decode(content).map_err(|_| Unread::Broken("the drawing of a page".to_owned()))?.operations;
        Ok(Drawing {
            form: None,
            operations: operations.into_iter(),
            resources,
            state,
            saved: Vec::new(),
            marks: Vec::new(),
            hidden_marks: 0,
            hidden,
        })
    }

    /// Follows one operation; a form is a drawing of its own.
    fn follow(
        &mut self,
        drawing: &mut Drawing<'d>,
        operation: &Operation,
        draft: &mut Draft,
    ) -> Result<Option<Drawing<'d>>, Unread> {
        match operation.operator.as_str() {
            "q" if drawing.saved.len() < 512 => drawing.saved.push(drawing.state.clone()),
            "Q" => drawing.state = drawing.saved.pop().unwrap_or_else(|| drawing.state.clone()),
            "cm" => {
                if let Some(matrix) = matrix(&operation.operands) {
                    drawing.state.place = times(&matrix, &drawing.state.place);
                }
            }
            "BDC" | "BMC" => {
                let hidden = self.is_hidden(drawing, operation);
                drawing.marks.push(hidden);
                drawing.hidden_marks += usize::from(hidden);
            }
            "EMC" => drawing.hidden_marks -= usize::from(drawing.marks.pop().unwrap_or_default()),
            "Do" => return self.form(drawing, operation, draft),
            "Tf" => {
                drawing.state.size = number(operation, 1);
                let font = operation.operands.first().and_then(|name| name.as_name().ok());
                drawing.state.font = match font.and_then(|name| self.resource(drawing, b"Font", name)) {
                    Some(font) => Some(self.fonts.get(self.document, font, draft)?),
                    None => None,
                };
            }
            _ => self.write(drawing, operation),
        }
        Ok(None)
    }

    /// Operations on text (section 9.3 and 9.4).
    fn write(&mut self, drawing: &mut Drawing, operation: &Operation) {
        self.is_moved |= matches!(operation.operator.as_str(), "BT" | "Td" | "TD" | "Tm" | "T*" | "'" | "\"");
        match operation.operator.as_str() {
            "BT" => (self.text, self.line) = (STRAIGHT, STRAIGHT),
            "Tc" => drawing.state.spacing = number(operation, 0),
            "Tw" => drawing.state.word_spacing = number(operation, 0),
            "Tz" => drawing.state.scale = number(operation, 0) / 100.0,
            "TL" => drawing.state.leading = number(operation, 0),
            "Ts" => drawing.state.rise = number(operation, 0),
            "Td" => self.move_line(number(operation, 0), number(operation, 1)),
            "TD" => {
                drawing.state.leading = -number(operation, 1);
                self.move_line(number(operation, 0), number(operation, 1));
            }
            "Tm" => {
                if let Some(matrix) = matrix(&operation.operands) {
                    (self.text, self.line) = (matrix, matrix);
                }
            }
            "T*" => self.move_line(0.0, -drawing.state.leading),
            "Tj" => self.show(drawing, operation.operands.first()),
            "'" => {
                self.move_line(0.0, -drawing.state.leading);
                self.show(drawing, operation.operands.first());
            }
            "\"" => {
                drawing.state.word_spacing = number(operation, 0);
                drawing.state.spacing = number(operation, 1);
                self.move_line(0.0, -drawing.state.leading);
                self.show(drawing, operation.operands.get(2));
            }
            "TJ" => {
                let items = operation.operands.first().and_then(|list| list.as_array().ok());
                for item in items.into_iter().flatten() {
                    match item.as_float() {
                        Ok(back) => self.advance(-back / 1000.0 * drawing.state.size * drawing.state.scale),
                        Err(_) => self.show(drawing, Some(item)),
                    }
                }
            }
            _ => {}
        }
    }

    fn move_line(&mut self, x: f32, y: f32) {
        self.line = times(&[1.0, 0.0, 0.0, 1.0, x, y], &self.line);
        self.text = self.line;
    }

    fn advance(&mut self, by: f32) {
        self.text = times(&[1.0, 0.0, 0.0, 1.0, by, 0.0], &self.text);
    }

    fn show(&mut self, drawing: &Drawing, string: Option<&Object>) {
        let state = &drawing.state;
        let Some((font, string)) = state.font.as_ref().zip(string.and_then(|string| string.as_str().ok())) else { return };
        let hidden = drawing.hidden || drawing.hidden_marks > 0;
        for letter in font.letters(string) {
            let stretch = state.spacing + if letter.is_space { state.word_spacing } else { 0.0 };
            let by = (letter.width * state.size + stretch) * state.scale;
            let begin = times(&[state.size, 0.0, 0.0, state.size, 0.0, state.rise], &times(&self.text, &state.place));
            if letter.text.contains(char::REPLACEMENT_CHARACTER) {
                self.drawn.unknown += 1;
            } else if !letter.text.is_empty() {
                let is_first = std::mem::take(&mut self.is_moved);
                let letter = placed(letter.text, &begin, letter.width * state.scale);
                self.drawn.letters.push(Letter { hidden, is_first, ..letter });
            }
            self.advance(by);
        }
    }

    /// A resource by its kind and name.
    fn resource(&self, drawing: &Drawing<'d>, kind: &[u8], name: &[u8]) -> Option<&'d Object> {
        let all = drawing.resources?.get_deref(kind, self.document).and_then(Object::as_dict).ok()?;
        all.get(name).ok()
    }

    /// Whether marked content belongs to a layer that is off.
    fn is_hidden(&mut self, drawing: &Drawing<'d>, operation: &Operation) -> bool {
        let is_layer = operation.operands.first().and_then(|tag| tag.as_name().ok()).is_some_and(|tag| tag == b"OC");
        let name = operation.operands.get(1).and_then(|name| name.as_name().ok());
        let layer = name.filter(|_| is_layer).and_then(|name| self.resource(drawing, b"Properties", name));
        layer.is_some_and(|layer| self.layers.is_off(self.document, layer))
    }

    fn form(&mut self, drawing: &Drawing<'d>, operation: &Operation, draft: &mut Draft) -> Result<Option<Drawing<'d>>, Unread> {
        let name = operation.operands.first().and_then(|name| name.as_name().ok());
        let object = name.and_then(|name| self.resource(drawing, b"XObject", name));
        let form =
            object.and_then(|object| self.document.dereference(object).ok()).and_then(|(_, object)| object.as_stream().ok());
        let Some(form) = form.filter(|form| is_form(form)) else { return Ok(None) };
        self.forms += 1;
        if self.forms > FORMS {
            return Err(Unread::Bound("more drawings in drawings than are read".to_owned()));
        }
        let content = stream::content(form, draft)?;
        let own = form.dict.get_deref(b"Resources", self.document).and_then(Object::as_dict).ok();
        let mut state = drawing.state.clone();
        let matrix =
            form.dict.get_deref(b"Matrix", self.document).and_then(Object::as_array).ok().and_then(|values| matrix(values));
        if let Some(matrix) = matrix {
            state.place = times(&matrix, &state.place);
        }
        let hidden = drawing.hidden
            || drawing.hidden_marks > 0
            || form.dict.get(b"OC").is_ok_and(|layer| self.layers.is_off(self.document, layer));
        let mut inner = self.drawing(&content, own.or(drawing.resources), state, hidden)?;
        inner.form = object.and_then(|object| object.as_reference().ok());
        Ok(Some(inner))
    }
}

fn is_form(stream: &Stream) -> bool {
    stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Form")
}

/// A letter on its line: places are turned so that the line runs to the right.
fn placed(text: String, at: &Matrix, width: f32) -> Letter {
    let size = at[0].hypot(at[1]).max(0.001);
    let (cos, sin) = (at[0] / size, at[1] / size);
    let along = at[4] * cos + at[5] * sin;
    let base = at[5] * cos - at[4] * sin;
    // A mirrored page has its lines upside down.
    let size = size.min(10_000.0);
    let turn = (sin.atan2(cos) / std::f32::consts::TAU * 16.0).round() as i8;
    Letter { text, from: along, to: along + width * size, base, size, turn, hidden: false, is_first: false }
}
