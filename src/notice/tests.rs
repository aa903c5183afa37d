use crate::config::{Disclaimer, IfImpossible, NoticePlace};

use super::Placeholders;

/// A notice with the words given, in both forms.
pub(super) fn disclaimer(text: &str) -> Disclaimer {
    Disclaimer {
        name: "standard".to_owned(),
        text: text.to_owned(),
        html: format!("<p>{text}</p>"),
        place: NoticePlace::End,
        once_per_thread: false,
        if_impossible: IfImpossible::SendWithout,
    }
}

pub(super) fn sender() -> Placeholders {
    Placeholders {
        sender_name: "A. Teacher".to_owned(),
        sender_address: "teacher@oakfield.example.sch.uk".to_owned(),
        school_name: "Oakfield School".to_owned(),
    }
}
