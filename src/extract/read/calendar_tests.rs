use crate::extract::contents::Spot;
use crate::extract::read::corpus_tests::{opened, said};

#[test]
fn entries_are_read_with_their_files() {
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Review\\, Ada\r\n  Lee\r\nATTENDEE;CN=\"Lee: Bo\":mailto:b@example.com\r\n\
        ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=n.txt:V29yZHM=\r\nX-ALT-DESC;FMTTYPE=text/html:<p>Plan<br>B</p>\r\n\
        DTSTART:20261130T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let found = opened("a.ics", calendar.as_bytes());
    let text = said(&found[0], Spot::Body);
    assert!(text.contains("SUMMARY: Review, Ada Lee\nATTENDEE: Lee: Bo <mailto:b@example.com>"), "{text}");
    assert!(text.contains("Plan\nB") && text.contains("DTSTART: 20261130T090000Z") && !text.contains("UID"));
    assert_eq!((found[1].name(), said(&found[1], Spot::Body).as_str()), ("n.txt", "Words"));
}
