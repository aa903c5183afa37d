use proptest::prelude::*;

use super::*;

/// The definition of RFC 9162 section 2.1.1, word for word.
fn naive(entries: &[Vec<u8>]) -> Node {
    match entries {
        [] => digest_of(&[]),
        [one] => digest_of(&[&[0], one]),
        _ => {
            let mut half = 1;
            while half * 2 < entries.len() {
                half *= 2;
            }
            digest_of(&[&[1], &naive(&entries[..half]), &naive(&entries[half..])])
        }
    }
}

/// Section 2.1.3.1.
fn naive_path(at: usize, entries: &[Vec<u8>]) -> Vec<Node> {
    if entries.len() <= 1 {
        return Vec::new();
    }
    let half = entries.len().next_power_of_two() / 2;
    if at < half {
        [naive_path(at, &entries[..half]), vec![naive(&entries[half..])]].concat()
    } else {
        [naive_path(at - half, &entries[half..]), vec![naive(&entries[..half])]].concat()
    }
}

/// Section 2.1.4.1.
fn naive_subproof(old: usize, entries: &[Vec<u8>], whole: bool) -> Vec<Node> {
    if old == entries.len() {
        return if whole { Vec::new() } else { vec![naive(entries)] };
    }
    let half = entries.len().next_power_of_two() / 2;
    if old <= half {
        [naive_subproof(old, &entries[..half], whole), vec![naive(&entries[half..])]].concat()
    } else {
        [naive_subproof(old - half, &entries[half..], false), vec![naive(&entries[..half])]].concat()
    }
}

fn entries(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|number| format!("entry {number}").into_bytes()).collect()
}

#[test]
fn ledger_tree_has_the_roots_that_others_compute() {
    // Test vectors of certificate transparency's own implementations, for these eight inputs.
    let inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let bytes =
        |hex: &str| (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect::<Vec<u8>>();
    let inputs: Vec<Vec<u8>> = inputs.iter().map(|hex| bytes(hex)).collect();
    let hex = |node: Node| crate::base::hash::hex(&node);
    assert_eq!(hex(root(&inputs[..0])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(hex(root(&inputs[..1])), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_eq!(hex(root(&inputs)), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

#[test]
fn ledger_tree_proofs_of_every_small_tree_hold_and_are_those_of_the_definition() {
    for size in 1..40_usize {
        let all = entries(size);
        let (whole, grown) = (root(&all), Grown::new(&all));
        assert_eq!((whole, grown.root()), (naive(&all), whole), "{size}");
        for index in 0..size {
            let proof = inclusion(&all, index as u64).unwrap();
            assert_eq!(proof.path, naive_path(index, &all), "{index} of {size}");
            assert_eq!(grown.inclusion(index as u64).unwrap(), proof, "{index} of {size}");
            assert!(proof.proves(&all[index], &whole), "{index} of {size}");
            assert!(!proof.proves(b"another", &whole));
        }
        for old in 1..=size {
            let proof = consistency(&all, old as u64).unwrap();
            assert_eq!(proof, naive_subproof(old, &all, true), "{old} of {size}");
            let older = root(&all[..old]);
            assert!(is_consistent((old as u64, &older), (size as u64, &whole), &proof), "{old} of {size}");
        }
    }
    assert_eq!(inclusion(&entries(3), 3), None);
    assert_eq!(consistency(&entries(3), 4), None);
}

proptest! {
    #[test]
    fn ledger_tree_proofs_hold_for_one_log_and_for_no_other(size in 2..300_usize, at in any::<prop::sample::Index>(), old in any::<prop::sample::Index>(),
                                                            changed in any::<prop::sample::Index>(), bit in 0..256_usize) {
        let all = entries(size);
        let (whole, at, old) = (root(&all), at.index(size), old.index(size - 1) + 1);
        prop_assert_eq!(whole, naive(&all));
        let proof = inclusion(&all, at as u64).unwrap();
        prop_assert!(proof.proves(&all[at], &whole));
        let moved = Inclusion { index: (at as u64 + 1) % size as u64, ..proof.clone() };
        prop_assert!(!moved.proves(&all[at], &whole));
        if !proof.path.is_empty() {
            let mut wrong = proof.clone();
            let which = changed.index(wrong.path.len());
            wrong.path[which][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!wrong.proves(&all[at], &whole));
        }
        // A log in which something early was changed is not what the older one grew into.
        let mut forged = all.clone();
        forged[changed.index(old)].push(b'!');
        let (older, forged_root) = (root(&all[..old]), root(&forged));
        let proof = consistency(&forged, old as u64).unwrap();
        prop_assert!(!is_consistent((old as u64, &older), (size as u64, &forged_root), &proof));
        let proof = consistency(&all, old as u64).unwrap();
        prop_assert!(is_consistent((old as u64, &older), (size as u64, &whole), &proof));
    }
}
