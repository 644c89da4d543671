//! The id of a response, by which it is asked for later.
//!
//! In: the bytes of an answer of `POST /responses`, or the first event of its stream; also the beginning of one. Out: the
//! id, where it stands in what has come.

use crate::json::{self, JsonError, Kind, Member};

/// The id in a whole answer, or in the beginning of one.
#[must_use]
pub fn id(body: &[u8]) -> Option<String> {
    member(body, |body, member| match (&*member.name, member.kind) {
        ("id", Kind::String) => json::string(body, member.value).map(std::borrow::Cow::into_owned),
        _ => None,
    })
}

/// The id in the data of an event that has the response in it.
#[must_use]
pub fn id_of_event(data: &[u8]) -> Option<String> {
    member(data, |data, member| match (&*member.name, member.kind) {
        ("response", Kind::Object) => id(&data[member.value]),
        _ => None,
    })
}

fn member(text: &[u8], find: impl Fn(&[u8], Member<'_>) -> Option<String>) -> Option<String> {
    let mut found = None;
    // What breaks off behind it is no matter here.
    let _ = json::members(text, |member| {
        if found.is_none() {
            found = find(text, member);
        }
        Ok::<(), JsonError>(())
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_that_of_the_response_and_not_of_an_item() {
        let body = br#"{"object":"response","output":[{"id":"msg_1"}],"id":"resp_1","x":{"id":"y"}}"#;

        assert_eq!(id(body).as_deref(), Some("resp_1"));
        assert_eq!(id(&body[..60]).as_deref(), Some("resp_1"), "of the beginning");
        assert_eq!(id(&body[..40]), None);
        let event = br#"{"type":"response.created","id":"no","response":{"id":"resp_2","output":[]}}"#;
        assert_eq!(id_of_event(event).as_deref(), Some("resp_2"));
        assert_eq!((id(b"null"), id_of_event(b"[]"), id(br#"{"id":7}"#)), (None, None, None));
    }
}
