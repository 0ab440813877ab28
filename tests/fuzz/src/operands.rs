//! Bytes as a program's text: whatever they are, they mean something, so that no mutation is wasted.

/// What is left to read. At the end there are only zeros.
#[derive(Debug)]
pub struct Operands<'a>(&'a [u8]);

impl<'a> Operands<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// An index below `len`, which is above 0.
    pub fn below(&mut self, len: usize) -> usize {
        usize::from(self.byte()) % len
    }

    /// An index counted from the end: 0 is the last one. Programs speak mostly of what they have just made.
    pub fn recent(&mut self, len: usize) -> usize {
        len - 1 - self.below(len)
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    /// At most `count` bytes.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(count.min(self.0.len()));
        self.0 = tail;
        head
    }

    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}
