//! A database file that is only read: what redb writes stays in memory.
//!
//! redb repairs a file when it opens one after a crash, and checks one only for a writer. A view through an [`Overlay`]
//! lets it do both and leaves the file as it is: to look at a file before it is believed, to take what is sound out of a
//! damaged one, and to go on reading after a write has failed, when redb refuses to use its own handle any more.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use redb::StorageBackend;

/// What is kept of the file at a time, bytes; redb's own page.
const BLOCK_BYTES: usize = 4096;

pub(super) struct Overlay<R>(Mutex<Contents<R>>);

struct Contents<R> {
    base: R,
    /// How much of the base still counts.
    base_bytes: u64,
    bytes: u64,
    /// Whole blocks that were written, by their number in the file.
    written: BTreeMap<u64, Box<[u8; BLOCK_BYTES]>>,
}

impl<R: Read + Seek> Overlay<R> {
    pub fn new(mut base: R) -> io::Result<Self> {
        let bytes = base.seek(SeekFrom::End(0))?;
        Ok(Self(Mutex::new(Contents { base, base_bytes: bytes, bytes, written: BTreeMap::new() })))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Contents<R>) -> T) -> T {
        // Nothing in here panics half way.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<R: Read + Seek> Contents<R> {
    fn block(&mut self, number: u64) -> io::Result<Box<[u8; BLOCK_BYTES]>> {
        if let Some(block) = self.written.get(&number) {
            return Ok(block.clone());
        }
        let mut block = Box::new([0; BLOCK_BYTES]);
        let start = number * BLOCK_BYTES as u64;
        let there = usize::try_from(self.base_bytes.saturating_sub(start)).unwrap_or(usize::MAX).min(BLOCK_BYTES);
        self.base.seek(SeekFrom::Start(start))?;
        self.base.read_exact(&mut block[..there])?;
        Ok(block)
    }

    /// Hands each block of a range to `each`, with where the range lies in the block and where the block's part lies in
    /// the range.
    fn each_block(
        &mut self,
        offset: u64,
        length: usize,
        mut each: impl FnMut(&mut Self, u64, std::ops::Range<usize>, std::ops::Range<usize>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut done = 0;
        while done < length {
            let at = offset + done as u64;
            let within = usize::try_from(at % BLOCK_BYTES as u64).expect("less than a block");
            let count = (BLOCK_BYTES - within).min(length - done);
            each(self, at / BLOCK_BYTES as u64, within..within + count, done..done + count)?;
            done += count;
        }
        Ok(())
    }
}

impl<R: Read + Seek + Send + 'static> StorageBackend for Overlay<R> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.with(|contents| contents.bytes))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.with(|contents| {
            if offset.checked_add(out.len() as u64).is_none_or(|end| end > contents.bytes) {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            contents.each_block(offset, out.len(), |contents, number, in_block, in_range| {
                out[in_range].copy_from_slice(&contents.block(number)?[in_block]);
                Ok(())
            })
        })
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.with(|contents| {
            if bytes < contents.bytes {
                // What is cut off must not come back when the file grows again.
                contents.base_bytes = contents.base_bytes.min(bytes);
                let cut = bytes.div_ceil(BLOCK_BYTES as u64);
                contents.written.split_off(&cut);
                let within = usize::try_from(bytes % BLOCK_BYTES as u64).expect("less than a block");
                if let Some(last) = contents.written.get_mut(&(bytes / BLOCK_BYTES as u64)) {
                    last[within..].fill(0);
                }
            }
            contents.bytes = bytes;
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.with(|contents| {
            contents.each_block(offset, data.len(), |contents, number, in_block, in_range| {
                let mut block = contents.block(number)?;
                block[in_block].copy_from_slice(&data[in_range]);
                contents.written.insert(number, block);
                Ok(())
            })
        })
    }
}

impl<R> fmt::Debug for Overlay<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overlay")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(overlay: &Overlay<Cursor<Vec<u8>>>, offset: u64, length: usize) -> Vec<u8> {
        let mut out = vec![0xff; length];
        overlay.read(offset, &mut out).unwrap();
        out
    }

    #[test]
    fn what_is_written_is_read_and_the_file_stays_as_it_is() {
        let file: Vec<u8> = (0..10_000_u32).map(|number| (number % 251) as u8).collect();
        let overlay = Overlay::new(Cursor::new(file.clone())).unwrap();
        assert_eq!(read(&overlay, 0, file.len()), file);
        let mut expected = file.clone();
        for (offset, text) in [(4_090, &b"across a border"[..]), (0, b"first"), (9_998, b"ok")] {
            overlay.write(offset, text).unwrap();
            let start = usize::try_from(offset).unwrap();
            expected[start..start + text.len()].copy_from_slice(text);
        }
        assert_eq!(read(&overlay, 0, file.len()), expected);
        assert!(overlay.read(9_999, &mut [0; 2]).is_err(), "past the end");
        assert_eq!(overlay.with(|contents| contents.base.get_ref().clone()), file);
    }

    #[test]
    fn what_was_cut_off_does_not_come_back() {
        let overlay = Overlay::new(Cursor::new(vec![7; 9_000])).unwrap();
        overlay.write(4_000, &[8; 200]).unwrap();
        overlay.set_len(4_050).unwrap();
        overlay.set_len(9_000).unwrap();
        assert_eq!(read(&overlay, 3_999, 52), [&[7][..], &[8; 50], &[0]].concat());
        assert_eq!(read(&overlay, 5_000, 4_000), vec![0; 4_000]);
    }
}
