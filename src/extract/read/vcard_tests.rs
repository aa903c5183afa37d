use crate::extract::contents::Spot;
use crate::extract::read::corpus_tests::{opened, said};

#[test]
fn cards_old_and_new_are_read() {
    let cards = "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Lee;Zo=C3=\n=AB\nEND:VCARD\n\
        BEGIN:VCARD\nVERSION:4.0\nN:Ash;Tobin;;Mr;\nitem1.ADR;TYPE=home:;;1 High St;Oldham;;OL1;UK\nNOTE:first\\nsecond\nEND:VCARD\n";
    let found = opened("a.vcf", cards.as_bytes());
    assert_eq!(found[0].blocks.len(), 2, "a block for each card");
    assert_eq!(said(&found[0], Spot::Body), "N: Zoë Lee\nN: Mr Tobin Ash\nADR: 1 High St, Oldham, OL1, UK\nNOTE: first\nsecond");
}
