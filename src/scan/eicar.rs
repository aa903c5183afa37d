//! The test file that every virus scanner finds (eicar.org). It is kept back to front, or scanners would take this very program away.

const BACKWARDS: &[u8; 68] = br"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X";

/// The file's 68 bytes.
#[must_use]
pub fn eicar() -> Vec<u8> {
    BACKWARDS.iter().rev().copied().collect()
}

#[cfg(test)]
mod tests {
    /// MD5 of the file, as its publisher gives it, is in `fixtures/clamav`; here the digest that we have a function for.
    #[test]
    fn it_is_the_file() {
        let digest = crate::base::hash::sha256_hex(&super::eicar());
        assert_eq!(digest, "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f");
    }
}
