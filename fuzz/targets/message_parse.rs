//! A mail is taken into its parts: never a panic, and every part lies within the mail.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use schoolgate::base::limits;
use schoolgate::message::Message;

fuzz_target!(|data: &[u8]| {
    let mail = Message::parse(Bytes::copy_from_slice(data));
    assert_eq!(mail.raw(), data);
    assert!((1..=limits::PARTS).contains(&mail.parts().len()));
    for part in mail.parts() {
        assert!(mail.body(part).len() <= data.len());
        assert!(mail.ancestors(part).count() <= limits::PART_DEPTH);
    }
    mail.bodies();
    mail.kinds(false);
});
