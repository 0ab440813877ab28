//! Server-sent events out of bytes, as the HTML standard has them, but for what this relay never sends: a byte order mark, and
//! carriage returns alone.

use serde_json::Value;

/// More than the relay keeps of all events together is none of its.
const MAX_PENDING_BYTES: usize = 4 * 1024 * 1024;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub name: String,
    /// JSON.
    pub data: String,
}

impl Message {
    /// Its data, with its name and id in it.
    pub fn to_json(&self) -> Option<Value> {
        let mut value: Value = serde_json::from_str(&self.data).ok()?;
        let fields = value.as_object_mut()?;
        fields.insert("event".to_owned(), self.name.clone().into());
        fields.insert("id".to_owned(), self.id.clone().into());
        Some(value)
    }
}

#[derive(Debug, Default)]
pub struct Parser {
    /// Of a line that has not ended.
    pending: Vec<u8>,
    name: String,
    data: Option<String>,
    id: Option<String>,
}

impl Parser {
    /// The events that end with these bytes. An error: no relay sends so long a line.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Vec<Message>, ()> {
        let mut messages = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.pending.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.pending);
            let line = String::from_utf8_lossy(&line);
            messages.extend(self.line(line.strip_suffix('\r').unwrap_or(&line)));
        }
        self.pending.extend_from_slice(rest);
        let waiting = self.pending.len() + self.data.as_ref().map_or(0, String::len);
        if waiting > MAX_PENDING_BYTES { Err(()) } else { Ok(messages) }
    }

    /// To resume after.
    pub fn last_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn line(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            let data = self.data.take()?;
            return Some(Message { id: self.id.clone().unwrap_or_default(), name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "id" => self.id = Some(value.to_owned()),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // `retry`, comments, and what may come one day.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const STREAM: &str = ": listening\nid: e-0\nretry: 2000\n\nid: e-1\nevent: block\ndata: {\"at\":1}\n\n: alive\n\n\
        id: e-2\r\nevent: gap\r\ndata: {\"at\":\r\ndata: 2}\r\n\r\nid: e-3\nevent: block\ndata: {\"at\":3";

    fn message(id: &str, name: &str, data: &str) -> Message {
        Message { id: id.into(), name: name.into(), data: data.into() }
    }

    #[test]
    fn pieces_of_any_size_give_the_same_events() {
        for piece in 1..STREAM.len() {
            let mut parser = Parser::default();
            let mut messages = Vec::new();
            for bytes in STREAM.as_bytes().chunks(piece) {
                messages.extend(parser.take(bytes).unwrap());
            }
            let expected = [message("e-1", "block", "{\"at\":1}"), message("e-2", "gap", "{\"at\":\n2}")];
            assert_eq!(messages, expected, "pieces of {piece}");
            assert_eq!(parser.last_id(), Some("e-3"));
        }
    }

    #[test]
    fn who_has_had_nothing_knows_where_to_go_on() {
        let mut parser = Parser::default();
        assert_eq!(parser.take(b": listening\nid: e-7\n\n"), Ok(Vec::new()));
        assert_eq!(parser.last_id(), Some("e-7"));
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut parser = Parser::default();
        let piece = vec![b'x'; 1024 * 1024];
        assert!((0..4).all(|_| parser.take(&piece).is_ok()));
        assert_eq!(parser.take(b"x"), Err(()));
    }
}
