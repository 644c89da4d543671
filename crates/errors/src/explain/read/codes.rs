//! Finds codes of errors that stand in lines without a name before them.
//!
//! In: a line. Out: codes in the notes: `(invalid_request_error: unsupported_parameter)`, `429 RESOURCE_EXHAUSTED`,
//! `An error occurred (ValidationException)`.

use super::notes::Notes;

/// Codes whose words are not said otherwise; in lower case.
const KNOWN: [&str; 44] = [
    "insufficient_quota",
    "invalid_api_key",
    "rate_limit_exceeded",
    "rate_limit_error",
    "model_not_found",
    "model_decommissioned",
    "context_length_exceeded",
    "unsupported_parameter",
    "unsupported_value",
    "unknown_parameter",
    "missing_required_parameter",
    "invalid_request_error",
    "invalid_value",
    "invalid_type",
    "invalid_json_schema",
    "invalid_function_parameters",
    "invalid_image_url",
    "invalid_image_format",
    "content_policy_violation",
    "content_filter",
    "overloaded_error",
    "authentication_error",
    "not_found_error",
    "permission_error",
    "api_error",
    "billing_not_active",
    "billing_hard_limit_reached",
    "account_deactivated",
    "insufficient_credits",
    "mismatched_organization",
    "mismatched_project",
    "unsupported_country_region_territory",
    "previous_response_not_found",
    "resource_exhausted",
    "invalid_argument",
    "permission_denied",
    "failed_precondition",
    "deadline_exceeded",
    "api_key_invalid",
    "service_disabled",
    "consumer_suspended",
    "string_above_max_length",
    "array_above_max_length",
    "invalid_organization",
];
/// Google's, which are also words: in capitals alone.
const CAPITALS: [&str; 5] = ["UNAUTHENTICATED", "UNAVAILABLE", "NOT_FOUND", "INTERNAL", "ABORTED"];

/// Notes the codes in a line.
pub(super) fn in_text(text: &str, depth: u8, notes: &mut Notes) {
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| word.len() > 7) {
        let known = word.contains('_') && KNOWN.iter().any(|known| known.eq_ignore_ascii_case(word));
        if known || CAPITALS.contains(&word) {
            notes.code(depth, word);
        }
    }
    if let Some((_, rest)) = text.split_once("error occurred (")
        && let Some((code, _)) = rest.split_once(')')
        && code.len() < 80
        && code.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        notes.code(depth, code);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::case_of;

    #[test]
    fn codes_are_found_without_their_names() {
        for (text, code) in [
            ("HTTP 400 (invalid_request_error: unsupported_parameter)", "unsupported_parameter"),
            ("google.genai.errors.ClientError: 429 RESOURCE_EXHAUSTED.", "resource_exhausted"),
            ("An error occurred (ValidationException) when calling the Converse operation", "validationexception"),
            ("invalid_api_key\nIncorrect API key", "invalid_api_key"),
            ("ApiError { message: \"x\", code: Some(String(\"model_not_found\")) }", "model_not_found"),
        ] {
            assert!(case_of(text).code_is(&[code]), "{text}: {:?}", case_of(text).codes);
        }
    }

    #[test]
    fn words_of_prose_are_not_codes() {
        assert!(case_of("The service is unavailable because of an internal error").codes.is_empty());
    }
}
