//! `style` attributes, of which only what fetches nothing, covers nothing and runs nothing is kept.

/// Properties that are kept; those that move things over others (`position`, `z-index`, `float`) are not among them.
const KEPT: [&str; 46] = [
    "background-color",
    "border",
    "border-bottom",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "color",
    "direction",
    "display",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "min-width",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
];

/// The declarations of a style that are kept, ready for an attribute; empty where none is.
pub(super) fn kept(style: &str) -> String {
    let mut out = String::new();
    for declaration in style.split(';') {
        let Some((property, value)) = declaration.split_once(':') else { continue };
        let (property, value) = (property.trim().to_ascii_lowercase(), value.trim());
        let property = if property == "background" { "background-color" } else { property.as_str() };
        if KEPT.contains(&property) && is_harmless(value) {
            out.push_str(property);
            out.push(':');
            out.push_str(value);
            out.push(';');
        }
    }
    out
}

/// Words, numbers and colours. No function but those of colours, so no `url()`; no escape, so no other way to write one; no
/// negative number, which would move a thing out of its place.
fn is_harmless(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '#' | '%' | '.' | ',' | '-' | '!' | '\'' | '"' | ')');
    let colours = ["rgba(", "rgb(", "hsla(", "hsl("];
    let bare = colours.iter().fold(value.to_ascii_lowercase(), |text, colour| text.replace(colour, ""));
    let is_negative =
        |word: &str| word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
    value.len() <= 256 && bare.chars().all(plain) && !bare.split([' ', ',']).any(is_negative)
}
