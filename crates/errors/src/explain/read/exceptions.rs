//! Finds classes of exceptions, in the forms of every language.
//!
//! In: a line. Out: class names in the notes, without their modules.

use super::notes::Notes;

/// Classes whose names do not end as others do.
const OTHERS: [&str; 42] = [
    "Timeout",
    "ReadTimeout",
    "ConnectTimeout",
    "WriteTimeout",
    "PoolTimeout",
    "RequestTimeout",
    "RemoteDisconnected",
    "IncompleteRead",
    "ResourceExhausted",
    "PermissionDenied",
    "InvalidArgument",
    "DeadlineExceeded",
    "ServiceUnavailable",
    "FailedPrecondition",
    "Unauthenticated",
    "NotFound",
    "TooManyRequests",
    "Unauthorized",
    "BadRequest",
    "Forbidden",
    "GatewayTimeout",
    "BadGateway",
    "MissingSchema",
    "InvalidURL",
    "InvalidSchema",
    "UnsupportedProtocol",
    "ConnectionRefused",
    "ConnectionReset",
    "ConnectionTimeout",
    "SocketTimeout",
    "TooManyRedirects",
    "ConnectionClosed",
    "BrokenPipe",
    "InternalServerException",
    "ContextWindowExceeded",
    "RateLimitExceeded",
    "ThrottlingException",
    "AccessDenied",
    "RetriesExceeded",
    "ExpiredToken",
    "EOFError",
    "ClientDisconnect",
];

/// Notes the classes that a line names.
pub(super) fn in_text(text: &str, notes: &mut Notes) {
    words(text).filter(|word| is_class(word)).for_each(|word| notes.exception(word));
    go(text, notes);
}

/// A frame names a class where it makes the exception: `at APIError.generate`, `raise openai.RateLimitError(`.
pub(super) fn in_frame(text: &str, notes: &mut Notes) {
    let text = text.strip_prefix("at ").or_else(|| text.strip_prefix("raise ")).unwrap_or("");
    let Some(word) = words(text).next() else { return };
    let class = word.strip_suffix(".generate").unwrap_or(word);
    if is_class(class) {
        notes.exception(class);
    }
}

/// Whether a line begins with an exception and its message: `openai.RateLimitError: …`, `Error: …`.
pub(super) fn heads(text: &str) -> bool {
    let text = text.trim_start();
    let text = ["Uncaught ", "Unhandled ", "Caused by: ", "Exception: ", "[", "(", "PHP Fatal error:  "]
        .iter()
        .fold(text, |text, start| text.strip_prefix(start).unwrap_or(text));
    let Some(word) = words(text).next().filter(|word| text.starts_with(word)) else { return false };
    let rest = &text[word.len()..];
    (is_class(word) || matches!(word, "Error" | "Exception" | "error")) && rest.starts_with([':', '(', ' ', '['])
}

/// Words as class names with their modules are written.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "_.$\\".contains(c))).filter(|word| word.len() > 3)
}

fn is_class(word: &str) -> bool {
    let name = word.trim_end_matches('.').rsplit(['.', '$', '\\']).next().unwrap_or(word);
    let name = name.strip_prefix("AI_").unwrap_or(name);
    if name.len() < 6 || name.len() > 80 {
        return false;
    }
    let capital = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    let ends = (name.ends_with("Error") && name.len() > 5) || (name.ends_with("Exception") && name.len() > 9);
    let fault = name.ends_with("Fault") && name.len() > 8;
    let mixed = name.bytes().any(|b| b.is_ascii_lowercase());
    // All of the others begin with a capital too.
    capital && (mixed && (ends || fault) || OTHERS.contains(&name) && (word.contains('.') || qualified(name)))
}

/// Whether a name of [`OTHERS`] can be nothing but a class: it is of two words.
fn qualified(name: &str) -> bool {
    name.bytes().filter(u8::is_ascii_uppercase).count() > 1 && name.len() > 10
}

/// `&openai.APIError{…}`, `*url.Error`.
fn go(text: &str, notes: &mut Notes) {
    for start in ["*url.Error", "*net.OpError", "*net.DNSError"] {
        if text.contains(start) {
            notes.exception(start.trim_start_matches('*').rsplit('.').next().unwrap_or(start));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut notes = Notes::default();
        in_text(text, &mut notes);
        notes.case.exceptions
    }

    #[test]
    fn classes_lose_their_modules() {
        for (text, class) in [
            ("openai.error.RateLimitError: Rate limit", "ratelimiterror"),
            ("com.theokanning.openai.OpenAiHttpException: This is", "openaihttpexception"),
            ("RetryError [AI_RetryError]: Failed", "retryerror"),
            ("System.Net.Http.HttpRequestException: No such host", "httprequestexception"),
            ("google.api_core.exceptions.ResourceExhausted: 429", "resourceexhausted"),
            ("raised Timeout: x openai.Timeout: y", "timeout"),
            ("PHP Fatal error: Uncaught OpenAI\\Exceptions\\ErrorException: x", "errorexception"),
        ] {
            assert!(found(text).contains(&class.to_owned()), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn words_of_prose_are_not_classes() {
        assert_eq!(found("Error: the Error was an Exception, NotFound errors and a Timeout"), Vec::<String>::new());
    }

    #[test]
    fn a_line_that_begins_with_a_class_is_a_message() {
        assert!(heads("openai.RateLimitError: x"));
        assert!(heads("Caused by: java.net.ConnectException: Connection refused"));
        assert!(heads("Error: 404 Not Found"));
        assert!(!heads("An error occurred"));
    }
}
