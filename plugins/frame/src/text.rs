//! What a person types into a value field, and how a value is written back.
//!
//! Every continuous parameter of the suite goes through here, so that "2.5", "2,5", "50 %", "-6 dB"
//! and "1.2 s" work in every host's text field and in the editor alike, and so that reading what
//! was written gives the same text again.

use std::sync::Arc;

/// From a plain value to its text, as nice-plug wants it.
pub type ToText = Arc<dyn Fn(f32) -> String + Send + Sync>;
/// From a text to a plain value, as nice-plug wants it; `None` leaves the parameter as it is.
pub type FromText = Arc<dyn Fn(&str) -> Option<f32> + Send + Sync>;

/// How a value is written and read.
#[derive(Clone)]
pub struct Format {
    /// Writes it.
    pub to_text: ToText,
    /// Reads it.
    pub from_text: FromText,
}

impl Format {
    /// One that writes and reads in these ways.
    #[must_use]
    pub fn new(
        to_text: impl Fn(f32) -> String + Send + Sync + 'static,
        from_text: impl Fn(&str) -> Option<f32> + Send + Sync + 'static,
    ) -> Self {
        Self { to_text: Arc::new(to_text), from_text: Arc::new(from_text) }
    }
}

/// A number and the unit that followed it, in lower case and without blanks.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// The number; minus infinity for "-inf".
    pub value: f32,
    /// The unit, for example `"db"`, `"%"`, `"ms"`; empty when there was none.
    pub unit: String,
}

/// Reads a number with an optional unit. Accepts a comma for the decimal point or, as in "1,000",
/// between thousands, and the typographic minus.
#[must_use]
pub fn quantity(text: &str) -> Option<Quantity> {
    let text = text.trim().replace('\u{2212}', "-").to_lowercase();
    if let Some(rest) = text.strip_prefix("-inf").or_else(|| text.strip_prefix("-∞")) {
        return Some(Quantity { value: f32::NEG_INFINITY, unit: rest.trim().to_owned() });
    }
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-')))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let value: f32 = with_point(number).parse().ok()?;
    value.is_finite().then(|| Quantity { value, unit: unit.trim().to_owned() })
}

/// A number as it is written in Rust: a comma is a decimal point, unless it stands between
/// thousands.
fn with_point(number: &str) -> String {
    let whole = number.trim_start_matches(['+', '-']);
    let whole = whole.split_once('.').map_or(whole, |(whole, _)| whole);
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let thousands = whole.contains(',')
        && (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3);
    number.replace(',', if thousands { "" } else { "." })
}

/// Decibels to a linear factor; minus infinity gives 0.
#[must_use]
pub fn db_to_factor(db: f32) -> f32 {
    10.0_f32.powf(db / 20.0)
}

/// A linear factor to decibels; 0 and less give minus infinity.
#[must_use]
pub fn factor_to_db(factor: f32) -> f32 {
    if factor > 0.0 { 20.0 * factor.log10() } else { f32::NEG_INFINITY }
}

/// A number with `digits` decimals that never reads "-0.00".
#[must_use]
pub fn rounded(value: f32, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let is_zero = text.starts_with('-') && text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    if is_zero { text[1..].to_owned() } else { text }
}

/// A plain factor such as a gain of a latent: "2.50"; reads "2.5", "2.5 x", "250 %" and "8 dB".
#[must_use]
pub fn factor() -> Format {
    Format::new(|value| rounded(value, 2), read_factor)
}

/// An amount to either side of 0: "+1.25"; reads "1.25", "-0.5" and "50 %".
#[must_use]
pub fn signed() -> Format {
    let show = |value: f32| {
        let text = rounded(value, 2);
        // What reads as 0 has no sign.
        if text.chars().any(|c| ('1'..='9').contains(&c)) && value > 0.0 {
            format!("+{text}")
        } else {
            text
        }
    };
    Format::new(show, read_factor)
}

fn read_factor(text: &str) -> Option<f32> {
    let Quantity { value, unit } = quantity(text)?;
    match unit.as_str() {
        "" | "x" | "×" => Some(value).filter(|value| value.is_finite()),
        "%" => Some(value / 100.0),
        "db" => Some(db_to_factor(value)),
        _ => None,
    }
}

/// A factor whose plain value is kept in decibels, so that its travel is exactly logarithmic: 20 dB
/// reads "10.0".
#[must_use]
pub fn factor_in_db() -> Format {
    Format::new(
        |db| {
            let factor = db_to_factor(db);
            rounded(factor, if factor < 9.995 { 2 } else { 1 })
        },
        |text| {
            let factor = read_factor(text)?;
            (factor > 0.0).then(|| factor_to_db(factor))
        },
    )
}

/// A level in decibels: "-6.0 dB"; reads "-6", "-6 dB" and "0.5 x".
#[must_use]
pub fn decibels() -> Format {
    Format::new(
        |db| format!("{} dB", rounded(db, 1)),
        |text| {
            let Quantity { value, unit } = quantity(text)?;
            match unit.as_str() {
                "" | "db" => Some(value.max(f32::MIN)),
                "x" | "×" => Some(factor_to_db(value).max(f32::MIN)),
                "%" => Some(factor_to_db(value / 100.0).max(f32::MIN)),
                _ => None,
            }
        },
    )
}

/// A share of 0 to 1, written in per cent: "50.0 %"; a bare number is per cent, and "-6 dB" works
/// too.
#[must_use]
pub fn percent() -> Format {
    percent_to(1)
}

/// The same with `digits` decimals.
#[must_use]
pub fn percent_to(digits: usize) -> Format {
    Format::new(
        move |share| format!("{} %", rounded(share * 100.0, digits)),
        |text| {
            let Quantity { value, unit } = quantity(text)?;
            match unit.as_str() {
                "" | "%" => Some(value / 100.0).filter(|share| share.is_finite()),
                "db" => Some(db_to_factor(value)),
                _ => None,
            }
        },
    )
}

/// A number with `digits` decimals and a unit: "2.00 Hz"; reads it with and without the unit.
#[must_use]
pub fn with_unit(unit: &'static str, digits: usize) -> Format {
    Format::new(
        move |value| format!("{} {unit}", rounded(value, digits)),
        move |text| {
            let Quantity { value, unit: found } = quantity(text)?;
            let is_ours = found.is_empty() || found == unit.to_lowercase();
            (is_ours && value.is_finite()).then_some(value)
        },
    )
}

/// A time in milliseconds, written in the unit that suits it: "35.0 ms", "1.20 s", "off" for 0.
#[must_use]
pub fn milliseconds() -> Format {
    Format::new(
        |ms| match ms {
            ms if ms < 0.05 => "off".to_owned(),
            ms if ms < 999.95 => format!("{} ms", rounded(ms, 1)),
            ms => format!("{} s", rounded(ms / 1000.0, 2)),
        },
        |text| {
            if text.trim().eq_ignore_ascii_case("off") {
                return Some(0.0);
            }
            let Quantity { value, unit } = quantity(text)?;
            match unit.as_str() {
                "" | "ms" => Some(value).filter(|ms| ms.is_finite()),
                "s" => Some(value * 1000.0).filter(|ms| ms.is_finite()),
                _ => None,
            }
        },
    )
}

/// A time in milliseconds that is never 0, to three figures: "8.0 ms", "250 ms", "1.20 s". Reads as
/// [`milliseconds`] does.
#[must_use]
pub fn duration() -> Format {
    let to_text = |ms: f32| match ms {
        ms if ms < 9.95 => format!("{} ms", rounded(ms, 1)),
        ms if ms < 999.5 => format!("{} ms", rounded(ms, 0)),
        ms => format!("{} s", rounded(ms / 1000.0, 2)),
    };
    Format { to_text: Arc::new(to_text), from_text: milliseconds().from_text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_read() {
        let factor = factor().from_text;
        assert_eq!(factor("2.5"), Some(2.5));
        assert_eq!(factor(" 2,5 x"), Some(2.5));
        assert_eq!(factor("50 %"), Some(0.5));
        assert!((factor("-6 dB").unwrap() - 0.5012).abs() < 1e-3);
        assert_eq!(factor("loud"), None);
        assert_eq!(factor(""), None);
        let percent = percent().from_text;
        assert_eq!(percent("50 %"), Some(0.5));
        assert_eq!(percent("50"), Some(0.5));
        let level = decibels().from_text;
        assert_eq!(level("\u{2212}6 dB"), Some(-6.0));
        assert!((level("0.5 x").unwrap() + 6.02).abs() < 0.01);
        assert_eq!(level("-inf dB"), Some(f32::MIN));
        let time = milliseconds().from_text;
        assert_eq!(time("1.5 s"), Some(1500.0));
        assert_eq!(time("off"), Some(0.0));
        for (text, ms) in
            [("1,000", 1000.0), ("-12,345,678.5", -12_345_678.5), ("0,125", 0.125), ("2,50", 2.5)]
        {
            assert_eq!(quantity(text).map(|quantity| quantity.value), Some(ms), "{text}");
        }
        for text in ["1,000,5", "1,,000", "1.5,000", ","] {
            assert_eq!(quantity(text), None, "{text}");
        }
        let drive = factor_in_db().from_text;
        assert!((drive("10").unwrap() - 20.0).abs() < 1e-4);
        assert_eq!(drive("0"), None);
    }

    #[test]
    fn text_and_value_round_trip() {
        let forms = [
            (factor(), 0.5, 5.5),
            (factor_in_db(), 0.0, 40.0),
            (decibels(), -24.0, 24.0),
            (percent(), 0.0, 1.0),
            (milliseconds(), 0.0, 5000.0),
            (duration(), 2.0, 10_000.0),
            (percent_to(2), 0.0, 0.05),
            (with_unit("Hz", 2), 0.01, 40.0),
            (with_unit("bins", 2), -60.0, 60.0),
        ];
        for (Format { to_text, from_text }, min, max) in forms {
            for step in 0..=1000 {
                let text = to_text(min + (max - min) * step as f32 / 1000.0);
                let again = to_text(from_text(&text).unwrap());
                assert_eq!(text, again);
            }
        }
    }

    #[test]
    fn no_negative_zero_is_written() {
        assert_eq!(rounded(-0.001, 2), "0.00");
        assert_eq!(rounded(-0.2, 1), "-0.2");
    }
}
