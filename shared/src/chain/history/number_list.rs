//! Ascending numbers that are added and taken back at the end: the differences between them, seven bits a byte (LEB128), so that
//! transactions of one address that are close to each other take a byte each.

#[derive(Debug, Default)]
pub(super) struct NumberList {
    /// The first is the difference to zero. A number's last byte alone has its high bit clear, so that they are read from
    /// either end.
    differences: Vec<u8>,
    count: usize,
    last: u32,
}

const MORE: u8 = 0x80;

impl NumberList {
    /// `number` is above all that are here.
    pub fn push(&mut self, number: u32) {
        let mut rest = number - self.last;
        while rest >= u32::from(MORE) {
            self.differences.push(rest.to_le_bytes()[0] | MORE);
            rest >>= 7;
        }
        self.differences.push(rest.to_le_bytes()[0]);
        self.count += 1;
        self.last = number;
    }

    /// Takes the last one back.
    pub fn pop(&mut self) {
        let mut newest_first = self.newest_first();
        if newest_first.next().is_some() {
            let NewestFirst { differences, next, left } = newest_first;
            let length = differences.len();
            (self.count, self.last) = (left, next);
            self.differences.truncate(length);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn newest_first(&self) -> NewestFirst<'_> {
        NewestFirst { differences: &self.differences, next: self.last, left: self.count }
    }
}

#[derive(Debug, Default)]
pub(super) struct NewestFirst<'a> {
    /// Up to the next number.
    differences: &'a [u8],
    next: u32,
    left: usize,
}

impl Iterator for NewestFirst<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (last_byte, mut before) = self.differences.split_last()?;
        let mut difference = u32::from(*last_byte);
        while let Some((byte, rest)) = before.split_last().filter(|(byte, _)| **byte & MORE != 0) {
            difference = difference << 7 | u32::from(byte & !MORE);
            before = rest;
        }
        let number = self.next;
        self.differences = before;
        self.next -= difference;
        self.left -= 1;
        Some(number)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for NewestFirst<'_> {}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn it_gives_back_what_was_added_however_far_apart() {
        let numbers = [0, 1, 127, 128, 255, 16_511, 16_512, 3_000_000, u32::MAX - 1, u32::MAX];
        let mut list = NumberList::default();
        for (count, number) in (1..).zip(numbers) {
            list.push(number);
            let newest_first: Vec<u32> = numbers[..count].iter().rev().copied().collect();
            assert_eq!(list.newest_first().len(), count);
            assert_eq!(list.newest_first().collect::<Vec<_>>(), newest_first);
        }
        for count in (0..numbers.len()).rev() {
            list.pop();
            assert_eq!(
                list.newest_first().collect::<Vec<_>>(),
                numbers[..count].iter().rev().copied().collect::<Vec<_>>()
            );
        }
        assert!(list.is_empty() && list.differences.is_empty());
        list.push(7);
        assert_eq!(list.newest_first().collect::<Vec<_>>(), [7], "as if nothing had been there");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn neighbours_take_a_byte() {
        let mut list = NumberList::default();
        (0..1_000).for_each(|number| list.push(number * 100));
        assert_eq!(list.differences.len(), 1_000);
    }
}
