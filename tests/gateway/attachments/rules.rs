//! Rules about attachments, through the real program without a scanner.
