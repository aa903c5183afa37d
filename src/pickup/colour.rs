//! The school's colour, so that it can be read: made darker or lighter until it has the contrast that WCAG 2.2 asks for (1.4.3: 4.5 to 1).

/// Red, green, blue.
pub(super) type Colour = [u8; 3];

const BLACK: Colour = [0; 3];
const WHITE: Colour = [255; 3];
/// What text needs against what is behind it, and a little more for rounding.
const ENOUGH: f64 = 4.6;

/// The colour, or the nearest one on its way to black or white that can be read on these.
pub(super) fn readable(colour: Colour, on: &[Colour]) -> Colour {
    let is_dark = on.iter().all(|behind| luminance(*behind) < 0.18);
    let end = if is_dark { WHITE } else { BLACK };
    let steps = (0..=20u8).map(|step| mix(colour, end, step));
    steps.into_iter().find(|mixed| on.iter().all(|behind| contrast(*mixed, *behind) >= ENOUGH)).unwrap_or(end)
}

/// Black or white, whichever can be read on it.
pub(super) fn ink_on(colour: Colour) -> Colour {
    if contrast(WHITE, colour) >= contrast(BLACK, colour) { WHITE } else { BLACK }
}

/// As CSS writes it.
pub(super) fn css([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// `step` twentieths of the way to `end`.
fn mix(from: Colour, end: Colour, step: u8) -> Colour {
    let one = |a: u8, b: u8| (u16::from(a) * u16::from(20 - step) + u16::from(b) * u16::from(step)) / 20;
    let [a, b, c] = from;
    let [x, y, z] = end;
    [one(a, x), one(b, y), one(c, z)].map(|value| u8::try_from(value).unwrap_or(u8::MAX))
}

/// WCAG 2.2, "contrast ratio".
fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// WCAG 2.2, "relative luminance".
fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = colour.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::{BLACK, WHITE, contrast, css, ink_on, readable};

    #[test]
    fn every_colour_can_be_read() {
        for colour in [[255, 255, 0], [255, 0, 0], [0, 0, 0], [255, 255, 255], [28, 91, 76], [128, 128, 128], [0, 0, 255]] {
            let (light, dark) = (readable(colour, &[WHITE, [246, 244, 239]]), readable(colour, &[[27, 34, 37], [20, 25, 27]]));
            assert!(contrast(light, WHITE) >= 4.5 && contrast(light, [246, 244, 239]) >= 4.5, "{colour:?} {light:?}");
            assert!(contrast(dark, [27, 34, 37]) >= 4.5, "{colour:?} {dark:?}");
            assert!(contrast(ink_on(light), light) >= 4.5 && contrast(ink_on(dark), dark) >= 4.5);
        }
        assert_eq!(readable([28, 91, 76], &[WHITE]), [28, 91, 76], "what can be read stays");
        assert_eq!((css([28, 91, 76]), ink_on(BLACK)), ("#1c5b4c".to_owned(), WHITE));
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 0.01);
    }
}
