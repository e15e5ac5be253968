//! The checksum of the POSIX `cksum` utility, which every system has: the script recognises the
//! files by it.

/// What `cksum` prints for these bytes on its standard input: the CRC and the number of bytes.
pub(super) fn cksum(bytes: &[u8]) -> String {
    format!("{} {}", crc(bytes), bytes.len())
}

/// The CRC of IEEE Std 1003.1, `cksum`: the bytes, then their number, least significant byte first
/// and without leading zeros, most significant bit first.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    let mut length = bytes.len();
    let length = std::iter::from_fn(|| {
        let byte = (length & 0xff) as u8;
        (length != 0).then(|| {
            length >>= 8;
            byte
        })
    });
    !bytes.iter().copied().chain(length).fold(0, step)
}

fn step(crc: u32, byte: u8) -> u32 {
    (0..8).fold(crc ^ (u32::from(byte) << 24), |crc, _| {
        if crc & 0x8000_0000 == 0 { crc << 1 } else { (crc << 1) ^ 0x04c1_1db7 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_the_utility_prints() {
        for (text, expected) in [
            ("", "4294967295 0"),
            ("\n", "3515105045 1"),
            ("123456789", "930766865 9"),
            ("mounts:\r\n- location: ü\n", "975661291 24"),
        ] {
            assert_eq!(cksum(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(cksum(&[b'a'; 70_000]), "3508083167 70000");
    }
}
