//! Texts about faults of servers and clients that do not fit.

use crate::explain::rules::tests::{assert_told, assert_unknown};

#[test]
fn faults_are_told_by_whose_they_are() {
    assert_told(&[
        (
            "server_error",
            &[
                "openai.InternalServerError: Error code: 500 - {'error': {'message': 'The server had an error while processing your request. Sorry about that!', 'type': 'server_error'}}",
                "gemini 500 INTERNAL: An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting",
                "bedrock InternalServerException: The system encountered an unexpected error during processing. Try your request again.",
            ],
        ),
        (
            "local_backend_crashed",
            &[
                "ollama 500: model runner has unexpectedly stopped, this may be due to resource limitations",
                "vllm: torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
                "LM Studio: The model has crashed without additional information. (Exit code: 137)",
                "ollama: model requires more system memory (9.2 GiB) than is available (5.1 GiB)",
            ],
        ),
    ]);
}

#[test]
fn clients_that_do_not_fit_are_told() {
    assert_told(&[(
        "sdk_version_mismatch",
        &[
            "AttributeError: module 'openai' has no attribute 'ChatCompletion'",
            "ModuleNotFoundError: No module named 'openai.error'",
            "TypeError: Client.__init__() got an unexpected keyword argument 'proxies' (openai)",
            "ImportError: cannot import name 'AsyncOpenAI' from 'openai'",
            "TypeError: openai.createChatCompletion is not a function",
            "TypeError: 'ChatCompletion' object is not subscriptable",
        ],
    )]);
}

#[test]
fn faults_of_other_software_are_left_alone() {
    assert_unknown(&[
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        "AttributeError: module 'numpy' has no attribute 'float'",
        "MySQL server has gone away",
        "Something went wrong. Please reload the page.",
    ]);
}

#[test]
fn calls_that_nobody_waited_for_and_requests_that_nobody_could_write_are_the_clients() {
    assert_told(&[(
        "sdk_version_mismatch",
        &[
            "AttributeError: 'coroutine' object has no attribute 'candidates'",
            "RuntimeWarning: coroutine 'AsyncMessages.create' was never awaited (anthropic)",
            "TypeError: 'coroutine' object is not iterable\n  for m in AsyncOpenAI().models.list()",
            "org.springframework.web.client.RestClientException: No HttpMessageConverter for com.example.ChatRequest and content type application/json: request type unknown (openai)",
        ],
    )]);
    assert_unknown(&["AttributeError: 'coroutine' object has no attribute 'fetchall'"]);
}
