//! Messages as bytes. Page and worker are loaded together and never of two versions, so nothing names its fields: a struct is its
//! fields one after the other, an enum the number of its variant and then that one's fields.
//!
//! serde would read the same from JSON, and did: as code of the first load that was four times as much, because every struct brings
//! a reader of its names. The lists in [`super::fields`] name each field once, and the compiler refuses one that is left out.

use tabchain_shared::primitives::Reader;
use tabchain_shared::primitives::encode::{encode_count, encode_text};

/// What can be part of a message.
pub trait Pack: Sized {
    fn pack(&self, bytes: &mut Vec<u8>);

    /// `None` for what [`Pack::pack`] did not write.
    fn unpack(bytes: &mut Reader<'_>) -> Option<Self>;
}

/// Structs, by their fields.
macro_rules! pack_structs {
    ($($name:ty { $($field:ident),* $(,)? })*) => {$(
        impl Pack for $name {
            fn pack(&self, bytes: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.pack(bytes);)*
            }

            fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
                Some(Self { $($field: Pack::unpack(bytes)?),* })
            }
        }
    )*};
}

/// Structs around one value, by that.
macro_rules! pack_newtypes {
    ($($name:ident)*) => {$(
        impl Pack for $name {
            fn pack(&self, bytes: &mut Vec<u8>) {
                self.0.pack(bytes);
            }

            fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
                Pack::unpack(bytes).map(Self)
            }
        }
    )*};
}

/// Enums, by the numbers of their variants and the fields of each; fields without a name are given one here.
macro_rules! pack_enums {
    ($($name:ty {
        $($number:literal $variant:ident $({ $($field:ident),* })? $(( $($position:ident),* ))?),* $(,)?
    })*) => {$(
        impl Pack for $name {
            fn pack(&self, bytes: &mut Vec<u8>) {
                match self {$(
                    Self::$variant $({ $($field),* })? $(( $($position),* ))? => {
                        bytes.push($number);
                        $($($field.pack(bytes);)*)?
                        $($($position.pack(bytes);)*)?
                    }
                )*}
            }

            fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
                Some(match bytes.u8().ok()? {
                    $($number => {
                        $($(let $position = Pack::unpack(bytes)?;)*)?
                        Self::$variant $({ $($field: Pack::unpack(bytes)?),* })? $(( $($position),* ))?
                    })*
                    _ => return None,
                })
            }
        }
    )*};
}

/// What has bytes of its own on the wire.
macro_rules! pack_encoded {
    ($($name:ty)*) => {$(
        impl Pack for $name {
            fn pack(&self, bytes: &mut Vec<u8>) {
                self.encode(bytes);
            }

            fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
                Self::decode(bytes).ok()
            }
        }
    )*};
}

pub(crate) use {pack_encoded, pack_enums, pack_newtypes, pack_structs};

macro_rules! pack_numbers {
    ($($number:ty)*) => {$(
        impl Pack for $number {
            fn pack(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
                bytes.array().ok().map(Self::from_le_bytes)
            }
        }
    )*};
}

pack_numbers!(u8 u32 u64 i64 usize f64);

impl Pack for bool {
    fn pack(&self, bytes: &mut Vec<u8>) {
        bytes.push((*self).into());
    }

    fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
        bytes.flag().ok()
    }
}

impl Pack for String {
    fn pack(&self, bytes: &mut Vec<u8>) {
        encode_text(self, bytes);
    }

    fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
        bytes.text(usize::MAX).ok().map(str::to_owned)
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.is_some().pack(bytes);
        if let Some(value) = self {
            value.pack(bytes);
        }
    }

    fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
        Some(if bool::unpack(bytes)? { Some(T::unpack(bytes)?) } else { None })
    }
}

impl<T: Pack, E: Pack> Pack for Result<T, E> {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.is_ok().pack(bytes);
        match self {
            Ok(value) => value.pack(bytes),
            Err(error) => error.pack(bytes),
        }
    }

    fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
        Some(if bool::unpack(bytes)? { Ok(T::unpack(bytes)?) } else { Err(E::unpack(bytes)?) })
    }
}

impl<T: Pack> Pack for Box<T> {
    fn pack(&self, bytes: &mut Vec<u8>) {
        T::pack(self, bytes);
    }

    fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
        T::unpack(bytes).map(Self::new)
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, bytes: &mut Vec<u8>) {
        encode_count(self.len(), bytes);
        for value in self {
            value.pack(bytes);
        }
    }

    fn unpack(bytes: &mut Reader<'_>) -> Option<Self> {
        let count = bytes.count(usize::MAX).ok()?;
        // Room is made as values come: what another program posts here may begin with any count.
        let mut values = Self::new();
        for _ in 0..count {
            values.push(T::unpack(bytes)?);
        }
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn there_and_back<T: Pack + PartialEq + std::fmt::Debug>(value: &T) {
        let mut bytes = Vec::new();
        value.pack(&mut bytes);
        let mut reader = Reader::new(&bytes);
        assert_eq!(T::unpack(&mut reader).as_ref(), Some(value));
        assert!(reader.finish().is_ok(), "nothing is left");
        for end in 0..bytes.len() {
            assert_eq!(T::unpack(&mut Reader::new(&bytes[..end])), None, "{value:?}, {end} bytes of it");
        }
    }

    #[test]
    fn values_come_back_and_their_beginnings_are_nothing() {
        there_and_back(&(-5_i64));
        there_and_back(&f64::INFINITY);
        there_and_back(&Some("zwölf".to_owned()));
        there_and_back(&vec![Some(true), None, Some(false)]);
        there_and_back(&Err::<Box<u32>, _>(String::new()));
    }

    #[test]
    fn a_count_alone_takes_no_memory() {
        let mut bytes = Vec::new();
        encode_count(usize::MAX, &mut bytes);
        assert_eq!(Vec::<u64>::unpack(&mut Reader::new(&bytes)), None);
    }
}
