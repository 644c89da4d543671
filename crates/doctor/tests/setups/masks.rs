//! What is hidden, and what has to be seen.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tollgate_doctor::{Check, Question, bundle};
use tollgate_testing::Upstream;

use crate::stage::{KEY, error, list, look, openai, provider, question, said};

#[tokio::test]
async fn a_key_in_the_query_of_the_base_url_is_in_no_report() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|_| list());
    let secret = "0123456789abcdef0123456789abcdef";
    let address = format!("{}?subscription-key={secret}&api-version=1", upstream.base_url());
    let question = Question { base_url: None, spends: false, ..question("") };
    let question = Question { variables: vec![("OPENAI_BASE_URL".to_owned(), address)], ..question };

    let report = look(&question).await;

    let text = format!("{}{}", report.to_json(), bundle(&question, &report));
    assert!(!text.contains(secret), "{text}");
    assert!(text.contains("api-version=1"), "{text}");
}

#[tokio::test]
async fn a_key_that_a_server_says_in_base64_is_masked() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match received.header("authorization") {
        None => openai(received),
        Some(value) => {
            error(401, &format!("Invalid token {}", STANDARD.encode(value)), "invalid_request_error", "invalid_api_key")
        }
    });
    let question = question(upstream.base_url());

    let report = look(&question).await;

    let text = format!("{}{}", report.to_json(), bundle(&question, &report));
    assert!(!text.contains(&STANDARD.encode(format!("Bearer {KEY}"))[12..40]), "{text}");
    assert!(text.contains("Invalid token ***"), "{text}");
}

#[tokio::test]
async fn a_word_instead_of_a_key_is_shown_as_it_is() {
    for word in ["undefined", "$OPENAI_API_KEY", "YOUR_API_KEY"] {
        let upstream = provider().await;
        let variables = vec![("OPENAI_API_KEY".to_owned(), word.to_owned())];

        let report = look(&Question { key: None, variables, ..question(upstream.base_url()) }).await;

        assert!(said(&report, Check::Key).contains(&format!("`{word}`")), "{}", said(&report, Check::Key));
    }
}

#[tokio::test]
async fn examples_in_advice_are_shown() {
    let upstream = provider().await;
    let quoted = Question { key: Some(format!("\"{KEY}\"")), ..question(upstream.base_url()) };

    let report = look(&quoted).await;

    let advice = said(&report, Check::Key);
    assert!(!advice.contains("***"), "{advice}");
    assert!(!report.to_json().to_string().contains(KEY));
}
