//! Models, money, streams.

use std::time::Duration;

use tollgate_doctor::{Check, Need, Question, Report};
use tollgate_testing::upstream::Received;
use tollgate_testing::{Answer, Upstream};

use crate::stage::{assert_only, assert_well, chunk, error, look, openai, path, provider, question, said};

async fn completing(answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Report {
    let upstream = provider().await;
    upstream.otherwise(move |received| match received.line().starts_with("POST") {
        true => answer(received),
        false => openai(received),
    });
    look(&question(upstream.base_url())).await
}

#[tokio::test]
async fn a_mistyped_model_is_told_with_the_nearest() {
    let upstream = provider().await;
    let typo = Question { model: Some("gpt-4o-mni".to_owned()), ..question(upstream.base_url()) };

    let asked = look(&typo).await;
    let unasked = look(&Question { spends: false, ..typo }).await;

    for report in [asked, unasked] {
        assert_only(&report, Check::Model, "model_not_found");
        assert!(said(&report, Check::Model).contains("did you mean gpt-4o-mini?"), "{}", said(&report, Check::Model));
    }
}

#[tokio::test]
async fn a_model_that_answers_without_being_listed_is_no_finding() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match received.line().starts_with("POST") {
        true if received.text().contains("\"stream\":true") => crate::stage::stream(),
        true => Answer::usual(),
        false => openai(received),
    });

    let report = look(&Question { model: Some("an-alias".to_owned()), ..question(upstream.base_url()) }).await;

    assert!(report.is_well(), "{:#}", report.to_json());
}

#[tokio::test]
async fn a_spent_quota_is_told_from_a_rate_limit() {
    let quota = completing(|_| {
        error(
            429,
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
            "insufficient_quota",
        )
    })
    .await;
    let rate = completing(|_| {
        error(
            429,
            "Rate limit reached for gpt-4o-mini in organization org-demo on requests per min (RPM): Limit 3, Used 3, \
             Requested 1. Please try again in 20s.",
            "requests",
            "rate_limit_exceeded",
        )
        .header("retry-after", "20")
    })
    .await;

    assert_only(&quota, Check::Quota, "insufficient_quota");
    assert_only(&rate, Check::RateLimits, "rate_limit_requests");
}

#[tokio::test]
async fn a_model_without_vision_is_told_where_vision_is_needed() {
    let upstream = provider().await;
    upstream.otherwise(|received| match received.text().contains("image_url") {
        true => error(
            400,
            "Invalid content type. image_url is only supported by certain models.",
            "invalid_request_error",
            "",
        ),
        false => openai(received),
    });
    let needing = |spends| Question {
        model: Some("gpt-3.5-turbo".to_owned()),
        needs: vec![Need::Vision],
        spends,
        ..question(upstream.base_url())
    };

    let asked = look(&needing(true)).await;
    let by_table = look(&needing(false)).await;

    assert_only(&asked, Check::Parameters, "model_no_vision");
    assert_only(&by_table, Check::Parameters, "model_no_vision");
}

#[tokio::test]
async fn a_model_that_wants_another_name_for_max_tokens_gets_it() {
    let report = completing(|received| {
        let text = received.text();
        match text.contains("\"max_tokens\"") {
            true => error(
                400,
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                "invalid_request_error",
                "unsupported_parameter",
            ),
            false => openai(received),
        }
    })
    .await;

    assert!(report.is_well(), "{:#}", report.to_json());
    assert!(said(&report, Check::Parameters).contains("max_completion_tokens"));
}

#[tokio::test]
async fn a_stream_that_is_kept_back_until_it_is_whole_is_told() {
    let report = completing(|received| match received.text().contains("\"stream\":true") {
        true => {
            let whole: String =
                ["1", " 2", " 3", " 4", " 5", " 6"].iter().map(|text| format!("data: {}\n\n", chunk(text))).collect();
            Answer::text(200, "text/event-stream", format!("{whole}data: [DONE]\n\n")).late(Duration::from_millis(700))
        }
        false => openai(received),
    })
    .await;

    assert_only(&report, Check::Streaming, "stream_buffered");
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_told() {
    let report = completing(|received| match received.text().contains("\"stream\":true") {
        true => Answer::stream().event(&chunk("1")).event(&chunk(" 2")).cut(),
        false => openai(received),
    })
    .await;

    assert_only(&report, Check::Streaming, "stream_interrupted");
}

#[tokio::test]
async fn a_server_that_fails_at_completions_alone_is_told_there() {
    let report = completing(|_| Answer::text(502, "text/html", "<html><h1>502 Bad Gateway</h1><hr>nginx</html>")).await;

    assert_only(&report, Check::Completion, "bad_gateway");
}

#[tokio::test]
async fn a_stream_that_is_quick_after_a_long_thought_is_well() {
    let report = completing(|received| match received.text().contains("\"stream\":true") {
        true => {
            let begun = Answer::stream().think(Duration::from_millis(1200));
            let pause = Duration::from_millis(2);
            (0..24).fold(begun, |answer, word| answer.event(&chunk(&word.to_string())).think(pause)).event("[DONE]")
        }
        false => openai(received),
    })
    .await;

    assert!(report.is_well(), "{:#}", report.to_json());
}

#[tokio::test]
async fn a_list_of_models_that_comes_too_late_is_a_timeout() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match received.header("authorization") {
        None => openai(received),
        Some(_) => crate::stage::list().late(Duration::from_secs(4)),
    });

    let report = look(&Question { patience: Duration::from_millis(400), ..question(upstream.base_url()) }).await;

    assert_only(&report, Check::Authentication, "timeout");
}

#[tokio::test]
async fn a_model_of_embeddings_is_asked_for_one_whether_or_not_its_name_is_known() {
    for name in ["text-embedding-3-small", "vectors"] {
        let upstream = provider().await;
        upstream.otherwise(|received| match path(received).as_str() {
            "/v1/embeddings" => Answer::json(200, r#"{"data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":1}}"#),
            "/v1/models" => openai(received),
            _ => error(
                404,
                "This is not a chat model and thus not supported in the v1/chat/completions endpoint.",
                "",
                "",
            ),
        });

        let report = look(&Question { model: Some(name.to_owned()), ..question(upstream.base_url()) }).await;

        assert_well(&report);
        assert_eq!((report.spent.completions, report.spent.input_tokens), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn a_thinker_that_is_cut_off_by_our_own_thrift_is_well() {
    let report = completing(|_| {
        let message = "Could not finish the message because max_tokens or model output limit was reached. Please try again \
                       with higher max_tokens.";
        error(400, message, "invalid_request_error", "")
    })
    .await;

    assert!(report.is_well(), "{:#}", report.to_json());
}

#[tokio::test]
async fn an_error_with_the_status_of_a_success_is_told_by_its_words() {
    let report = completing(|_| {
        error(
            200,
            "You exceeded your current quota, please check your plan and billing details.",
            "insufficient_quota",
            "insufficient_quota",
        )
    })
    .await;

    assert_only(&report, Check::Quota, "insufficient_quota");
}

#[tokio::test]
async fn a_region_that_is_not_served_is_not_the_models_fault() {
    let report = completing(|_| {
        error(
            403,
            "Country, region, or territory not supported",
            "request_forbidden",
            "unsupported_country_region_territory",
        )
    })
    .await;

    assert_only(&report, Check::Completion, "region_unsupported");
}

#[tokio::test]
async fn a_stream_that_ends_in_order_and_without_its_end_is_told() {
    let report = completing(|received| match received.text().contains("\"stream\":true") {
        true => Answer::stream().event(&chunk("1")).event(&chunk(" 2")),
        false => openai(received),
    })
    .await;

    assert_only(&report, Check::Streaming, "stream_interrupted");
}

#[tokio::test]
async fn a_model_that_is_not_downloaded_is_told_by_its_own_name_and_with_the_nearest() {
    let upstream = Upstream::start().await;
    upstream.otherwise(|received| match path(received).as_str() {
        "/v1/models" => Answer::json(200, r#"{"object":"list","data":[{"id":"llama3.2:latest"},{"id":"qwen2.5:7b"}]}"#),
        _ => error(404, "model \"llama3\" not found, try pulling it first", "api_error", ""),
    });

    let report = look(&Question { model: Some("llama3".to_owned()), ..question(upstream.base_url()) }).await;

    assert_only(&report, Check::Model, "model_not_pulled");
    let advice = said(&report, Check::Model);
    assert!(advice.contains("`ollama pull llama3`, or did you mean llama3.2:latest?"), "{advice}");
}
