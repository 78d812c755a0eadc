//! Signatures name their arguments: no tuple pattern stands in one.

use super::{none_of, sources};
use anyhow::Result;
use std::path::Path;

/// Fails when a function of the checkout takes a tuple apart in its signature.
///
/// # Errors
/// With every breach as one sentence.
pub fn check(root: &Path) -> Result<()> {
    none_of(sources(root)?.iter().flat_map(|(path, text)| of_file(path, text)).collect())
}

/// Every breach of one file.
fn of_file(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let mut breaches = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let is_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let Some((name, arguments)) = signature(&code[at + 3..]).filter(|_| is_word) else {
            continue;
        };
        if split(arguments).into_iter().any(is_tuple_pattern) {
            let line = code[..at].matches('\n').count() + 1;
            breaches.push(format!(
                "{path}:{line}: the signature of {name} takes a tuple apart: give each argument a name, or make a struct of them"
            ));
        }
    }
    breaches
}

/// Name and arguments of the function whose name `code` begins with; `None` for a type `fn`.
fn signature(code: &str) -> Option<(&str, &str)> {
    let code = code.trim_start();
    let end = code.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    let (name, mut rest) = code.split_at(end);
    rest = rest.trim_start();
    if rest.starts_with('<') {
        rest = rest[inside(rest)?.len() + 2..].trim_start();
    }
    let is_named = !name.is_empty() && rest.starts_with('(');
    inside(rest).filter(|_| is_named).map(|arguments| (name, arguments))
}

/// What stands between the bracket that `code` begins with and its partner.
fn inside(code: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, step) in depths(code) {
        depth += step;
        if depth == 0 {
            return code.get(1..at);
        }
    }
    None
}

/// The arguments of a list.
fn split(list: &str) -> Vec<&str> {
    let (mut arguments, mut from, mut depth) = (Vec::new(), 0, 0);
    for (at, step) in depths(list) {
        depth += step;
        if depth == 0 && list.as_bytes()[at] == b',' {
            arguments.push(&list[from..at]);
            from = at + 1;
        }
    }
    arguments.push(&list[from..]);
    arguments
}

/// Where brackets open (1) and close (-1) and commas stand (0).
fn depths(code: &str) -> impl Iterator<Item = (usize, i32)> {
    code.bytes().enumerate().filter_map(|(at, byte)| match byte {
        b'(' | b'[' | b'{' | b'<' => Some((at, 1)),
        // The end of an arrow is none of a bracket.
        b'>' if at > 0 && matches!(code.as_bytes()[at - 1], b'-' | b'=') => None,
        b')' | b']' | b'}' | b'>' => Some((at, -1)),
        b',' => Some((at, 0)),
        _ => None,
    })
}

/// Whether an argument is a tuple pattern with its type.
fn is_tuple_pattern(argument: &str) -> bool {
    let mut argument = argument.trim_start();
    while let Some(behind) = argument.strip_prefix('#') {
        argument = inside(behind).map_or("", |inner| &behind[inner.len() + 2..]).trim_start();
    }
    argument.trim_start_matches(['&', ' ']).starts_with('(')
}

/// The text with spaces in the place of comments, strings and characters.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let before = code.chars().next_back();
        let length = passed_over(rest, before);
        if length == 0 {
            code.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        }
        let (over, after) = rest.split_at(length);
        code.extend(over.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = after;
    }
    code
}

/// Bytes of the comment, string or character that `text` begins with; 0 for anything else. `before`
/// is what stands before it.
fn passed_over(text: &str, before: Option<char>) -> usize {
    let to = |end: &str, from: usize| {
        text[from..].find(end).map_or(text.len(), |n| from + n + end.len())
    };
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return to("*/", 2);
    }
    if text.starts_with('"') {
        return quoted(text, '"');
    }
    let is_raw = text.starts_with("r\"") || text.starts_with("r#");
    if is_raw && !before.is_some_and(|c| c.is_alphanumeric() && c != 'b' || c == '_') {
        let fences = text[1..].len() - text[1..].trim_start_matches('#').len();
        return if text[1 + fences..].starts_with('"') {
            to(&format!("\"{}", "#".repeat(fences)), 2 + fences)
        } else {
            0
        };
    }
    // A lifetime has no second quote right behind its first letter.
    let mut letters = text.chars();
    match (letters.next(), letters.next(), letters.next()) {
        (Some('\''), Some('\\'), _) => quoted(text, '\''),
        (Some('\''), Some(letter), Some('\'')) => 2 + letter.len_utf8(),
        _ => 0,
    }
}

/// Bytes of a literal between two quotes, in which a backslash takes the next sign's meaning away.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signatures_of_this_checkout_name_their_arguments() {
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    }

    #[test]
    fn a_planted_tuple_pattern_is_found_with_its_place() {
        let text = "//! A file.\n\nfn plain(a: u8, of: (u8, u8)) {}\n\n    pub fn planted<T: Fn(u8) -> u8>(\n        a: u8,\n        (b, c): (u8, u8),\n    ) {}\n";
        assert_eq!(
            of_file("core/src/lib.rs", text),
            [
                "core/src/lib.rs:5: the signature of planted takes a tuple apart: give each argument a name, or make a struct of them"
            ]
        );
    }

    #[test]
    fn every_form_of_a_breach_is_found() {
        for text in [
            "fn a((b, c): (u8, u8)) {}",
            "unsafe fn a(&self, (b, mut c): (*const f32, usize)) {}",
            "fn a(b: &[(u8, u8)], &(c, d): &(u8, u8)) {}",
            "fn a<'a, const N: usize>(#[allow(unused)] (b, c): (u8, &'a [u8; N])) {}",
            "fn a(b: impl Fn(u8) -> u8, (): ()) {}",
            "const A: char = '\"'; const B: &str = r#\"\"\"#; fn a((b, c): (u8, u8)) {}",
        ] {
            assert_eq!(of_file("lib.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_is_no_signature_may_have_them() {
        for text in [
            "fn a(b: (u8, u8)) { let (c, d) = b; }",
            "fn a() { (0..3).zip(0..3).map(|(b, c)| b + c); }",
            "fn a(b: fn((u8, u8)) -> u8, c: [u8; 2]) {}",
            "// fn a((b, c): (u8, u8)) {}",
            "/* fn a((b, c): (u8, u8)) {} */",
            "const A: &str = \"fn a((b, c): (u8, u8)) {}\";",
            "struct A<F>(F) where F: Fn((u8, u8));",
        ] {
            assert_eq!(of_file("lib.rs", text), [""; 0], "{text}");
        }
    }
}
