//! Bytes in and out, in Bitcoin's manner: little endian integers, `CompactSize` counts, no padding.
//!
//! Decoding reads strangers' bytes. It never panics, never allocates more than the input could fill, and accepts one
//! encoding a value: what decodes re-encodes to the same bytes.

/// Why bytes are not a value. Structural validity, the first of the three levels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the bytes end before the value does")]
    Truncated,
    #[error("{0} bytes follow the value")]
    TrailingBytes(usize),
    #[error("a count is not in its shortest form")]
    NonMinimalCount,
    #[error("a count of {count} is above the limit of {limit}")]
    CountTooLarge { count: u64, limit: u64 },
    #[error("unknown {what} {value}")]
    Unknown { what: &'static str, value: u32 },
    #[error("text is not UTF-8")]
    NotUtf8,
    #[error("an amount is above the maximum")]
    AmountTooLarge,
}

/// Room that a value is encoded in; longer ones make more.
const USUAL_BYTES: usize = 128;

pub trait Encode {
    fn encode(&self, out: &mut Vec<u8>);

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(USUAL_BYTES);
        self.encode(&mut out);
        out
    }
}

pub trait Decode: Sized {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Decodes a value that takes up all of `bytes`.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}

/// What is left to read of some bytes.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (head, tail) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.rest = tail;
        Ok(head)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (head, tail) = self.rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.rest = tail;
        Ok(*head)
    }

    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        Ok(self.array::<1>()?[0])
    }

    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A `CompactSize` integer of at most `limit`; longer forms than needed are refused (as Bitcoin Core does).
    pub fn count(&mut self, limit: usize) -> Result<usize, DecodeError> {
        let (count, least) = match self.u8()? {
            0xfd => (u64::from(u16::from_le_bytes(self.array()?)), 0xfd),
            0xfe => (u64::from(self.u32()?), 0x1_0000),
            0xff => (self.u64()?, 0x1_0000_0000),
            small => (u64::from(small), 0),
        };
        if count < least {
            return Err(DecodeError::NonMinimalCount);
        }
        let limit_u64 = limit as u64;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= limit)
            .ok_or(DecodeError::CountTooLarge { count, limit: limit_u64 })
    }

    /// `CompactSize` many values, at most `limit`. Room is made as they arrive, not as the count promises.
    pub fn list<T: Decode>(&mut self, limit: usize) -> Result<Vec<T>, DecodeError> {
        let count = self.count(limit)?;
        let mut values = Vec::with_capacity(count.min(self.rest.len()).min(1024));
        for _ in 0..count {
            values.push(T::decode(self)?);
        }
        Ok(values)
    }

    /// Text of at most `limit` bytes.
    pub fn text(&mut self, limit: usize) -> Result<&'a str, DecodeError> {
        let count = self.count(limit)?;
        let bytes = self.take(count)?;
        std::str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8)
    }

    /// A byte that is 0 or 1.
    pub fn flag(&mut self) -> Result<bool, DecodeError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(DecodeError::Unknown { what: "yes or no", value: other.into() }),
        }
    }

    /// What [`encode_option`] wrote.
    pub fn option<T>(
        &mut self,
        decode: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        if self.flag()? { decode(self).map(Some) } else { Ok(None) }
    }

    /// Whatever is left.
    pub fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes(self.rest.len())) }
    }
}

/// A flag, and the value if there is one.
pub fn encode_option<T>(value: Option<T>, out: &mut Vec<u8>, encode: impl FnOnce(T, &mut Vec<u8>)) {
    out.push(value.is_some().into());
    if let Some(value) = value {
        encode(value, out);
    }
}

/// Appends `count` as `CompactSize` in its shortest form.
pub fn encode_count(count: usize, out: &mut Vec<u8>) {
    let count = count as u64;
    if count < 0xfd {
        out.push(count.to_le_bytes()[0]);
    } else if count <= 0xffff {
        out.push(0xfd);
        out.extend(&count.to_le_bytes()[..2]);
    } else if count <= 0xffff_ffff {
        out.push(0xfe);
        out.extend(&count.to_le_bytes()[..4]);
    } else {
        out.push(0xff);
        out.extend(count.to_le_bytes());
    }
}

pub fn encode_list<T: Encode>(values: &[T], out: &mut Vec<u8>) {
    encode_count(values.len(), out);
    for value in values {
        value.encode(out);
    }
}

pub fn encode_text(text: &str, out: &mut Vec<u8>) {
    encode_count(text.len(), out);
    out.extend(text.as_bytes());
}

/// Types that are an array of bytes and encode as just these.
macro_rules! encode_as_array {
    ($($name:ident),*) => {$(
        impl $crate::primitives::Encode for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                out.extend(self.0);
            }
        }

        impl $crate::primitives::Decode for $name {
            fn decode(reader: &mut $crate::primitives::Reader<'_>) -> Result<Self, $crate::primitives::DecodeError> {
                Ok(Self(reader.array()?))
            }
        }
    )*};
}

pub(super) use encode_as_array;

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn count(bytes: &[u8]) -> Result<usize, DecodeError> {
        Reader::new(bytes).count(usize::MAX)
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn count_round_trips_at_its_borders() {
        for value in [0, 1, 0xfc, 0xfd, 0xffff, 0x1_0000, 0xffff_ffff] {
            let mut bytes = Vec::new();
            encode_count(value, &mut bytes);
            assert_eq!(count(&bytes), Ok(value));
        }
    }

    /// CASES 7.
    #[wasm_bindgen_test(unsupported = test)]
    fn count_refuses_longer_forms() {
        for bytes in [&[0xfd, 0xfc, 0][..], &[0xfe, 0xff, 0xff, 0, 0], &[0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]] {
            assert_eq!(count(bytes), Err(DecodeError::NonMinimalCount));
        }
    }

    /// CASES 8: the count alone is refused; nothing is allocated for it.
    #[wasm_bindgen_test(unsupported = test)]
    fn huge_count_is_refused_before_allocating() {
        let bytes = [0xff; 9];
        assert!(matches!(
            Reader::new(&bytes).list::<super::super::Txid>(50_000),
            Err(DecodeError::CountTooLarge { .. })
        ));
    }
}
