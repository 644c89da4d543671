use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn the_form_of_a_name_tells_whose_it_is() {
    assert_told(&[
        (
            "model_not_pulled",
            &[
                "ERROR:root:Error: <404> - model 'llama3.2:1b' not found",
                "ResponseError: model \"qwen2.5-coder:7b\" not found",
                "chat failed: model 'mixtral:8x7b' does not exist",
                "404 模型 deepseek-r1:14b 不存在",
            ],
        ),
        (
            "model_wrong_provider",
            &[
                "[API Error: countTokens is infeasible for projects/p/locations/us-east5/publishers/google/models/claude-sonnet-4@20250514 (Status: INVALID_ARGUMENT)]",
                "404 Publisher Model `projects/p/locations/europe-west1/publishers/google/models/llama-3.3-70b-instruct-maas` was not found",
            ],
        ),
    ]);
}

#[test]
fn a_header_that_a_program_printed_tells_of_a_challenge() {
    assert_told(&[(
        "waf_blocked",
        &[
            "[API] Upstream response status: 403\n[API] Upstream headers: {\n  'alt-svc': 'h3=\":443\"',\n  'cf-mitigated': 'challenge',\n  'cf-ray': '8-HKG',\n",
            "openai 403 {\"cf-ray\": \"9-FRA\", \"cf-mitigated\": \"challenge\", \"content-type\": \"text/html\"}",
        ],
    )]);
}

#[test]
fn other_names_with_a_colon_are_not_tags() {
    assert_unknown(&["model car:sedan not found", "image nginx:latest not found"]);
}
