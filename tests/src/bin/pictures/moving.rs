//! Pictures as the browser takes them, put one after the other into one WebP file. Nothing is encoded here: the frames keep their
//! bytes, and only the boxes around them are written, as Google's "WebP Container Specification" says (RFC 9649, section 2.7).

/// The container has 24 bits for a frame's time.
const MAX_MILLIS: u32 = (1 << 24) - 1;
/// In `VP8X`: there is more than one picture.
const ANIMATED: u8 = 0x02;
/// In `ANMF`: the frame replaces what was there.
const REPLACES: u8 = 0x02;

pub struct Moving {
    width: u32,
    height: u32,
    /// The chunk with a picture's bits, and how long it stays, milliseconds.
    frames: Vec<(Vec<u8>, u32)>,
}

impl Moving {
    /// Of frames that are all so large, pixels.
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, frames: Vec::new() }
    }

    /// A picture as a WebP file of its own, shown for `millis`; one that is the same as the last prolongs that.
    pub fn push(&mut self, picture: &[u8], millis: u32) {
        let bits = bits(picture);
        match self.frames.last_mut() {
            Some((last, time)) if *last == bits => *time = (*time + millis).min(MAX_MILLIS),
            _ => self.frames.push((bits, millis.min(MAX_MILLIS))),
        }
    }

    /// The file; it plays for ever.
    pub fn file(&self) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        let mut canvas = vec![ANIMATED, 0, 0, 0];
        canvas.extend(three(self.width - 1));
        canvas.extend(three(self.height - 1));
        chunk(&mut body, *b"VP8X", &canvas);
        // No background; without end.
        chunk(&mut body, *b"ANIM", &[0; 6]);
        for (bits, millis) in &self.frames {
            let mut frame = vec![0; 6];
            frame.extend(three(self.width - 1));
            frame.extend(three(self.height - 1));
            frame.extend(three(*millis));
            frame.push(REPLACES);
            frame.extend(bits);
            chunk(&mut body, *b"ANMF", &frame);
        }
        let mut file = Vec::new();
        chunk(&mut file, *b"RIFF", &body);
        file
    }
}

/// The chunk of a still picture that holds its bits, with its head.
fn bits(picture: &[u8]) -> Vec<u8> {
    let mut rest = picture.get(12..).expect("a WebP file has a head of 12 bytes");
    while let Some((head, body)) = rest.split_at_checked(8) {
        let length = u32::from_le_bytes(*head.last_chunk().expect("8 bytes end in 4"));
        let padded = usize::try_from(length.next_multiple_of(2)).expect("a picture fits into memory");
        if head.starts_with(b"VP8 ") || head.starts_with(b"VP8L") {
            return rest[..8 + padded].to_vec();
        }
        rest = &body[padded..];
    }
    panic!("the browser's picture has no bits");
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], body: &[u8]) {
    out.extend(kind);
    out.extend(u32::try_from(body.len()).expect("a picture is less than 4 GB").to_le_bytes());
    out.extend(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}

fn three(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A still picture with an odd number of bytes, as `VP8 ` alone or behind another chunk.
    fn still(byte: u8, extended: bool) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        if extended {
            chunk(&mut body, *b"VP8X", &[0; 10]);
        }
        chunk(&mut body, *b"VP8 ", &[byte; 5]);
        let mut file = Vec::new();
        chunk(&mut file, *b"RIFF", &body);
        file
    }

    #[test]
    fn frames_keep_their_bits_and_equal_ones_stay_longer() {
        let mut moving = Moving::new(300, 200);
        moving.push(&still(1, false), 250);
        moving.push(&still(1, true), 250);
        moving.push(&still(2, true), 100);
        let file = moving.file();
        assert_eq!(&file[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize, file.len() - 8);
        let frames: Vec<_> =
            file.windows(4).enumerate().filter(|(_, kind)| kind == b"ANMF").map(|(at, _)| at).collect();
        assert_eq!(frames.len(), 2);
        let first = &file[frames[0] + 8..];
        assert_eq!(&first[6..15], &[43, 1, 0, 199, 0, 0, 244, 1, 0], "300 by 200 pixels for 500 ms");
        assert_eq!(&first[16..16 + 14], b"VP8 \x05\0\0\0\x01\x01\x01\x01\x01\0");
    }
}
