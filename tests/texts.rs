//! The page's texts (`frontend/locales`): every language has the same ones with the same arguments, the page's code asks for
//! each of them, and for no other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

/// Folders of `frontend/locales`, the first of which the others are held against.
const LANGUAGES: [&str; 4] = ["en", "de", "es", "zh"];
/// What asks for a text, in the code.
const MACRO: &str = "text!(";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace").to_owned()
}

#[track_caller]
fn check_none(what: &str, found: impl IntoIterator<Item = String>) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

/// The arguments of each text by its key, and in which file it stands.
type Texts = BTreeMap<String, (String, BTreeSet<String>)>;

/// All texts of a language, and what is wrong with how they are written.
fn texts(language: &str) -> (Texts, Vec<String>) {
    let mut texts = Texts::new();
    let mut wrong = Vec::new();
    let folder = root().join("frontend/locales").join(language);
    for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("the folder is readable").path();
        let file = path.file_stem().expect("files have names").to_string_lossy().into_owned();
        let content = fs::read_to_string(&path).expect("texts are UTF-8");
        read(&file, &content, &mut texts, &mut wrong);
    }
    (texts, wrong.into_iter().map(|wrong| format!("{language}: {wrong}")).collect())
}

fn read(file: &str, content: &str, texts: &mut Texts, wrong: &mut Vec<String>) {
    let resource = fluent_syntax::parser::parse(content).unwrap_or_else(|(resource, errors)| {
        wrong.extend(errors.iter().map(|error| format!("{file}.ftl: {error}")));
        resource
    });
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let key = message.id.name.to_owned();
        // So that one sees in the code which file a page needs.
        if !key.starts_with(&format!("{}-", file.replace('_', "-"))) {
            wrong.push(format!("{file}.ftl: {key} does not begin with the file's name"));
        }
        let Some(pattern) = message.value.filter(|_| message.attributes.is_empty()) else {
            wrong.push(format!("{file}.ftl: {key} is not one text"));
            continue;
        };
        let mut arguments = BTreeSet::new();
        if !in_pattern(&pattern, &mut arguments) {
            wrong.push(format!("{file}.ftl: {key} has more of Fluent's language than the page reads"));
        }
        if texts.insert(key.clone(), (file.to_owned(), arguments)).is_some() {
            wrong.push(format!("{file}.ftl: {key} is there twice"));
        }
    }
}

/// Collects the arguments of a text. False: the page would not understand it.
fn in_pattern(pattern: &Pattern<&str>, arguments: &mut BTreeSet<String>) -> bool {
    pattern.elements.iter().all(|element| match element {
        PatternElement::TextElement { .. } => true,
        PatternElement::Placeable { expression: Expression::Inline(inline) } => in_inline(inline, arguments),
        PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
            let is_argument = matches!(selector, InlineExpression::VariableReference { .. });
            is_argument
                && in_inline(selector, arguments)
                && variants.iter().all(|variant| in_pattern(&variant.value, arguments))
        }
    })
}

fn in_inline(inline: &InlineExpression<&str>, arguments: &mut BTreeSet<String>) -> bool {
    match inline {
        InlineExpression::VariableReference { id } => {
            arguments.insert(id.name.to_owned());
            true
        }
        InlineExpression::StringLiteral { .. } => true,
        _ => false,
    }
}

/// A piece of Rust: a character of code, or a string literal as it is written, without its quotes.
#[derive(Debug, PartialEq)]
enum Piece {
    Code(char),
    Literal(String),
}

/// Code without its comments.
fn pieces(source: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some(quote) = ["'\"'", "'\\\"'", "'\\''"].into_iter().find(|quote| rest.starts_with(quote)) {
            rest = &rest[quote.len()..];
        } else if first == '"' {
            let end = end_of_literal(&rest[1..]);
            pieces.push(Piece::Literal(rest[1..=end].to_owned()));
            rest = &rest[end + 2..];
        } else {
            pieces.push(Piece::Code(first));
            rest = &rest[first.len_utf8()..];
        }
    }
    pieces
}

/// How many bytes there are before the quote that ends a literal.
fn end_of_literal(rest: &str) -> usize {
    let mut is_escaped = false;
    let ends = |c: char| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    };
    rest.find(ends).expect("a literal ends")
}

/// What the code asks for: keys with the names of the arguments that it gives.
fn asked(source: &str) -> Vec<(String, BTreeSet<String>)> {
    let pieces = pieces(source);
    let code: String = pieces.iter().map(|piece| if let Piece::Code(c) = piece { *c } else { '"' }).collect();
    let chars: Vec<char> = code.chars().collect();
    let wanted: Vec<char> = MACRO.chars().collect();
    let starts = (0..chars.len()).filter(|at| {
        let is_whole = at.checked_sub(1).is_none_or(|before| !chars[before].is_alphanumeric() && chars[before] != '_');
        is_whole && chars[*at..].starts_with(&wanted)
    });
    starts.filter_map(|start| call(&pieces[start + wanted.len()..])).collect()
}

/// The key and the arguments' names of a call that begins after its parenthesis.
fn call(pieces: &[Piece]) -> Option<(String, BTreeSet<String>)> {
    let mut pieces = pieces.iter().skip_while(|piece| matches!(piece, Piece::Code(c) if c.is_whitespace()));
    let Piece::Literal(key) = pieces.next()? else { return None };
    let mut arguments = BTreeSet::new();
    let (mut depth, mut name) = (0, Some(String::new()));
    for piece in pieces {
        let Piece::Code(c) = piece else { continue };
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => name = Some(String::new()),
            '=' if depth == 0 => arguments.extend(name.take().filter(|name| !name.is_empty())),
            c if depth == 0 && !c.is_whitespace() => {
                if let Some(name) = &mut name {
                    name.push(*c);
                }
            }
            _ => {}
        }
    }
    Some((key.clone(), arguments))
}

/// What is shown without being a text: names, of this project, of algorithms, of keys on a keyboard.
const NAMES: [&str; 16] = [
    "Tabchain",
    // What the lab calls parameters.
    "block bytes",
    "smaller side",
    "Argon2id",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "Delete",
    "End",
    "Enter",
    "Escape",
    "Home",
    "PageDown",
    "PageUp",
    "Tab",
];
/// What may stand before a literal that nobody sees.
const UNSEEN: [&str; 13] = [
    MACRO,
    "expect(",
    "panic!(",
    "log(",
    "log_error(",
    "log_error(&format!(",
    "reason=",
    "class=",
    "class=format!(",
    "class=(",
    "style=",
    "href=",
    "href=format!(",
];
/// What a person sees, of the page's sources. The workers speak to the page in values, and to the console in English.
const SEEN: [&str; 9] = [
    "app.rs",
    "components/",
    "explore/source.rs",
    "pages/",
    "pages.rs",
    "programs.rs",
    "state/",
    "state.rs",
    "words.rs",
];

/// Literals that look like words for people and are no texts: two words side by side, or one that begins as a sentence does.
fn words_in_code(source: &str) -> Vec<String> {
    let code = source.split("mod tests {").next().expect("a split has a first part");
    let mut before = String::new();
    let mut found = Vec::new();
    for piece in pieces(code) {
        match piece {
            Piece::Code(c) => before.extend(Some(c).filter(|c| !c.is_whitespace())),
            Piece::Literal(literal) => {
                if are_words(&literal) && !UNSEEN.iter().any(|unseen| before.ends_with(unseen)) {
                    found.push(literal);
                }
                before.push('"');
            }
        }
    }
    found
}

fn are_words(literal: &str) -> bool {
    let is_word = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_alphabetic());
    let words: Vec<&str> = literal.split(' ').map(|word| word.trim_matches(|c: char| ".,:;!?".contains(c))).collect();
    let is_sentence = words.windows(2).any(|pair| is_word(pair[0]) && is_word(pair[1]));
    let begins_one =
        is_word(words[0]) && words[0].starts_with(char::is_uppercase) && words[0][1..] == words[0][1..].to_lowercase();
    (is_sentence || (begins_one && words[0].len() > 2)) && !NAMES.contains(&literal)
}

/// The page's sources, by their paths below the root.
fn sources() -> Vec<(String, String)> {
    let mut folders = vec![root().join("frontend/src")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the page has sources") {
            let path = entry.expect("the folder is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
                sources.push((name, fs::read_to_string(&path).expect("sources are UTF-8")));
            }
        }
    }
    sources.sort();
    sources
}

#[test]
fn every_language_has_the_same_texts_with_the_same_arguments() {
    let (first, wrong) = texts(LANGUAGES[0]);
    check_none("written wrongly", wrong);
    assert!(first.len() > 10, "the texts were found");
    for language in &LANGUAGES[1..] {
        let (other, wrong) = texts(language);
        check_none("written wrongly", wrong);
        let missing = first.keys().filter(|key| !other.contains_key(*key));
        check_none(&format!("missing in {language}"), missing.cloned());
        let more = other.keys().filter(|key| !first.contains_key(*key));
        check_none(&format!("in {language} alone"), more.cloned());
        let differ = first.iter().filter(|(key, text)| other[*key] != **text);
        check_none(&format!("another file or other arguments in {language}"), differ.map(|(key, _)| key.clone()));
    }
}

#[test]
fn the_code_asks_for_every_text_and_for_no_other() {
    let (texts, _) = texts(LANGUAGES[0]);
    let mut unused: BTreeSet<&String> = texts.keys().collect();
    let mut wrong = Vec::new();
    for (path, source) in sources() {
        for (key, given) in asked(&source) {
            unused.remove(&key);
            match texts.get(&key) {
                None => wrong.push(format!("{path}: {key} is in no file")),
                Some((_, wanted)) if *wanted != given => {
                    wrong.push(format!("{path}: {key} takes {wanted:?} and is given {given:?}"));
                }
                Some(_) => {}
            }
        }
    }
    check_none("asked for wrongly", wrong);
    check_none("nobody asks for", unused.into_iter().cloned());
}

#[test]
fn what_a_person_reads_is_a_text() {
    let is_seen = |path: &str| SEEN.iter().any(|seen| path.starts_with(&format!("frontend/src/{seen}")));
    let sources = sources().into_iter().filter(|(path, _)| is_seen(path));
    let found = sources
        .flat_map(|(path, source)| words_in_code(&source).into_iter().map(move |words| format!("{path}: {words}")));
    check_none("words in the code, which only those who read English can read", found);
}

#[test]
fn calls_and_files_are_read_as_written() {
    let source = r#"
        // text!("comment-only")
        let a = text!("a-plain"); context!("not-this"); let quote = '"';
        view! { <p>{move || text!(
            "a-more",
            count = words::grouped(f(1, x == 2)),
            name = format!("{a}, b = {}", 1),
        )}</p> }"#;
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    let expected = [("a-plain".to_owned(), names(&[])), ("a-more".to_owned(), names(&["count", "name"]))];
    assert_eq!(asked(source), expected);

    let source = r#"view! { <p class="two words" title="Height">"Up to date"{text!("a-plain")}{format!("{a} H/s")}</p> }
        x.expect("it is there"); "SHA-256d"; "Tabchain"; "{} went back"
        #[cfg(test)]\nmod tests { "Not seen" }"#;
    assert_eq!(words_in_code(&source.replace("\\n", "\n")), ["Height", "Up to date", "{} went back"]);

    let (mut texts, mut wrong) = (Texts::new(), Vec::new());
    read(
        "a",
        "a-x = { $n ->\n    [one] { $name }\n   *[other] { $m }\n}\nb-y = { NUMBER($n) }\na-z = { $open\n",
        &mut texts,
        &mut wrong,
    );
    assert_eq!(texts["a-x"].1, names(&["m", "n", "name"]));
    assert_eq!(wrong.len(), 3, "another name, a function, a brace that is not closed: {wrong:?}");
}
