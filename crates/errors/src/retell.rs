//! Retells a refusal that was found further in, by the sandbox: OpenAI's sentence, then the cause and the remedy.
//!
//! In: an error object with a sentence of OpenAI's, and a [`Diagnosis`]. Out: the same error as this gateway would have
//! written it, had it found the mistake itself. A real provider's words are never touched ([`crate::adopt`]).

use serde::Deserialize;

use crate::catalog;
use crate::diagnosis::Diagnosis;
use crate::render::{Show, error_body};

/// How addresses of OpenAI's begin in its sentences; what they lead to is not about this server.
const THEIRS: [&str; 2] = ["https://platform.openai.com/", "help.openai.com"];

#[derive(Deserialize)]
struct Body {
    error: ErrorObject,
}

#[derive(Deserialize)]
struct ErrorObject {
    message: String,
    #[serde(rename = "type")]
    kind: String,
    param: Option<String>,
    code: Option<String>,
}

/// The error in `body` with cause and remedy behind its sentence; `None` where it is not an error object of OpenAI's.
#[must_use]
pub fn retell(body: &[u8], d: &Diagnosis, show: Show, docs_base: &str) -> Option<Vec<u8>> {
    let Body { error } = serde_json::from_slice(body).ok()?;
    let docs = if show == Show::Off { d.index(docs_base) } else { d.docs(docs_base) };
    let sentence = with_link(error.message, &docs);
    // Of a cause that is not recognised, the catalogue knows less than the sentence.
    let message = match show == Show::Off || d.cause == &catalog::PROVIDER_REFUSED {
        true => sentence,
        false => d.message_after(sentence, docs_base),
    };
    Some(error_body(message, &error.kind, error.param.as_deref(), error.code.as_deref(), d, show, docs_base))
}

/// `sentence` with `docs` in the place of the first address of OpenAI's.
fn with_link(mut sentence: String, docs: &str) -> String {
    let Some(start) = THEIRS.iter().find_map(|theirs| sentence.find(theirs)) else { return sentence };
    let rest = &sentence[start..];
    let link = rest.split([' ', ')']).next().unwrap_or(rest).trim_end_matches('.');
    sentence.replace_range(start..start + link.len(), docs);
    sentence
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const RANGE: &str = r#"{"error":{"message":"Invalid 'n': integer above maximum value. Expected a value <= 128, but got 130 instead.","type":"invalid_request_error","param":"n","code":"integer_above_max_value"}}"#;

    fn explained(body: &str, d: &Diagnosis, show: Show) -> Value {
        serde_json::from_slice(&retell(body.as_bytes(), d, show, "http://here").unwrap()).unwrap()
    }

    #[test]
    fn cause_and_remedy_follow_the_sentence() {
        let d = Diagnosis::new(&catalog::PARAM_OUT_OF_RANGE).param("n").fact("got", "130").fact("maximum", "128");

        let error = &explained(RANGE, &d, Show::Body)["error"];

        assert_eq!(
            error["message"],
            "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 130 instead. `n` is 130, which \
             is outside what is allowed: at most 128. Keep `n` to at most 128."
        );
        assert_eq!((&error["param"], &error["code"]), (&"n".into(), &"integer_above_max_value".into()));
        assert_eq!(error["diagnosis"]["cause"], "param_out_of_range");
    }

    #[test]
    fn whoever_wants_no_diagnosis_gets_the_sentence_alone() {
        let d = Diagnosis::new(&catalog::PARAM_OUT_OF_RANGE);

        let error = &explained(RANGE, &d, Show::Off)["error"];

        assert!(error["message"].as_str().unwrap().ends_with("but got 130 instead."));
        assert_eq!(error.as_object().unwrap().len(), 4);
    }

    #[test]
    fn a_link_to_openai_s_site_leads_to_the_guide() {
        let body = r#"{"error":{"message":"'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference/embeddings.","type":"invalid_request_error","param":null,"code":null}}"#;

        let error = &explained(body, &Diagnosis::new(&catalog::EMBEDDING_INPUT_INVALID), Show::Header)["error"];

        let message = error["message"].as_str().unwrap();
        assert!(message.contains("reference: http://here/errors/embedding_input_invalid. "), "{message}");
    }

    #[test]
    fn other_forms_are_left_alone() {
        for body in ["", "{}", r#"{"error":"no"}"#, r#"{"error":{"message":1}}"#] {
            assert_eq!(retell(body.as_bytes(), &Diagnosis::new(&catalog::UNKNOWN), Show::Body, ""), None);
        }
    }
}
