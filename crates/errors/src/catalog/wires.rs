//! Other forms in which OpenAI tells a cause, for [`crate::Diagnosis::with_wire`].
//!
//! A cause has one form by itself; where OpenAI words the same mistake differently by parameter or by account, the
//! exact sentence stands here.

use super::credentials;
use super::sentences::{QUOTA, SORRY};
use crate::cause::Wire;

/// For causes that no server tells, since nothing was sent or an answer never came ([`crate::Cause::statuses`] is empty).
/// Were one ever told, it would be as a fault of ours, and never as a success.
pub const NOT_ANSWERED: Wire = Wire::new(500, "server_error", None, SORRY);

/// For a header in which OpenAI sees no key at all.
pub const NO_KEY_GIVEN: Wire = credentials::NO_KEY_GIVEN;

/// For a text that OpenAI takes for a wrong key; fact `key`.
pub const INCORRECT_KEY: Wire = credentials::INCORRECT_KEY;

/// `param_missing` for `model`.
pub const MODEL_MISSING: Wire = Wire::invalid(400, "you must provide a model parameter");

/// `param_out_of_range` for a whole number above its maximum; facts `maximum`, `got`.
pub const INTEGER_ABOVE_MAX: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("integer_above_max_value"),
    "Invalid '{param}': integer above maximum value. Expected a value <= {maximum}, but got {got} instead.",
);

/// `param_out_of_range` for a whole number below its minimum; facts `minimum`, `got`.
pub const INTEGER_BELOW_MIN: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("integer_below_min_value"),
    "Invalid '{param}': integer below minimum value. Expected a value >= {minimum}, but got {got} instead.",
);

/// `param_out_of_range` for a number above its maximum; facts `maximum`, `got`.
pub const DECIMAL_ABOVE_MAX: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("decimal_above_max_value"),
    "Invalid '{param}': decimal above maximum value. Expected a value <= {maximum}, but got {got} instead.",
);

/// `param_out_of_range` for a number below its minimum; facts `minimum`, `got`.
pub const DECIMAL_BELOW_MIN: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("decimal_below_min_value"),
    "Invalid '{param}': decimal below minimum value. Expected a value >= {minimum}, but got {got} instead.",
);

/// `param_unknown` as the chat and embeddings APIs say it; fact `name`.
pub const UNKNOWN_ARGUMENT: Wire = Wire::invalid(400, "Unrecognized request argument supplied: {name}");

/// `endpoint_not_found` outside `/v1`; facts `method`, `path`.
pub const UNKNOWN_URL: Wire = Wire::new(
    404,
    "invalid_request_error",
    Some("unknown_url"),
    "Unknown request URL: {method} {path}. Please check the URL for typos, or see the docs at {docs}.",
);

/// `model_wrong_endpoint` as embeddings say it of a model that makes none.
pub const NO_EMBEDDINGS: Wire = Wire::invalid(403, "You are not allowed to generate embeddings from this model");

/// `model_wrong_endpoint` as completions say it of a model that writes nothing.
pub const NO_SAMPLING: Wire = Wire::invalid(403, "You are not allowed to sample from this model");

/// `model_wrong_endpoint` as moderations say it; fact `model`.
pub const NO_MODERATION: Wire =
    Wire::invalid(400, "Invalid value for 'model' = {model}. Please check the OpenAI documentation and try again.")
        .with_param("model");

/// `context_length_exceeded` where the answer's room counts too; facts `limit`, `used`, `prompt`, `completion`.
pub const CONTEXT_WITH_COMPLETION: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("context_length_exceeded"),
    "This model's maximum context length is {limit} tokens. However, you requested {used} tokens ({prompt} in the \
     messages, {completion} in the completion). Please reduce the length of the messages or completion.",
)
.with_param("messages");

/// `context_length_exceeded` as completions and embeddings say it; facts `limit`, `used`, `prompt`, `completion`.
pub const CONTEXT_OF_PROMPT: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("context_length_exceeded"),
    "This model's maximum context length is {limit} tokens, however you requested {used} tokens ({prompt} in your \
     prompt; {completion} for the completion). Please reduce your prompt; or completion length.",
);

/// `context_length_exceeded` as the Responses API says it.
pub const CONTEXT_OF_INPUT: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("context_length_exceeded"),
    "Your input exceeds the context window of this model. Please adjust your input and try again.",
)
.with_param("input");

/// `max_tokens_too_large` for whichever of its names was sent; facts `got`, `maximum`.
pub const OUTPUT_TOO_LARGE: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("invalid_value"),
    "{param} is too large: {got}. This model supports at most {maximum} completion tokens, whereas you provided {got}.",
);

/// `response_format_unsupported` as the Responses API says it.
pub const TEXT_FORMAT_UNSUPPORTED: Wire =
    Wire::invalid(400, "Invalid parameter: 'text.format' of type 'json_schema' is not supported with this model.")
        .with_param("text.format");

/// `role_unsupported` for a model without system messages; fact `got`.
pub const ROLE_OF_MODEL: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("unsupported_value"),
    "Unsupported value: '{param}' does not support '{got}' with this model.",
);

/// `param_out_of_range` for `dimensions`; facts `got`, `maximum`.
pub const DIMENSIONS_TOO_MANY: Wire =
    Wire::invalid(400, "Invalid value for 'dimensions' = {got}. Must be less than or equal to {maximum}.");

/// `image_url_unreachable` for a host that was too slow; fact `url`.
pub const IMAGE_TIMEOUT: Wire =
    Wire::new(400, "invalid_request_error", Some("invalid_image_url"), "Timeout while downloading {url}.");

/// `credits_exhausted` as OpenAI says it.
pub const CREDIT_BALANCE_EXHAUSTED: Wire =
    Wire::new(429, "insufficient_quota", Some("credit_balance_exhausted"), QUOTA);

/// `insufficient_quota` for the organization's spend limit.
pub const ORGANIZATION_SPEND_LIMIT: Wire =
    Wire::new(429, "insufficient_quota", Some("organization_spend_limit_exceeded"), QUOTA);

/// `insufficient_quota` for the project's spend limit.
pub const PROJECT_SPEND_LIMIT: Wire = Wire::new(429, "insufficient_quota", Some("project_spend_limit_exceeded"), QUOTA);

/// `insufficient_quota` for the usage limit that OpenAI sets for an organization.
pub const ORGANIZATION_USAGE_LIMIT: Wire =
    Wire::new(429, "insufficient_quota", Some("organization_usage_limit_exceeded"), QUOTA);

/// `model_not_found` as some endpoints say it of reasoning models; fact `model`.
pub const MODEL_NOT_FOUND_O_SERIES: Wire =
    Wire::new(400, "invalid_request_error", Some("model_not_found"), "The requested model '{model}' does not exist.")
        .with_param("model");

/// `billing_not_active` where a limit of the account was the reason.
pub const BILLING_HARD_LIMIT: Wire =
    Wire::new(400, "invalid_request_error", Some("billing_hard_limit_reached"), "Billing hard limit has been reached");

/// `rate_limit_requests` for traffic that grew too fast.
pub const SLOW_DOWN: Wire = Wire::new(429, "rate_limit_error", Some("slow_down"), "Slow down");

/// `image_url_unreachable` as the Responses API says it of a host that was too slow; fact `url`.
pub const IMAGE_TIMEOUT_RESPONSES: Wire =
    Wire::new(400, "invalid_request_error", Some("invalid_value"), "Timeout while downloading {url}.")
        .with_param("url");

/// The same of a download that failed; fact `url`.
pub const IMAGE_DOWNLOAD_RESPONSES: Wire =
    Wire::new(400, "invalid_request_error", Some("invalid_value"), "Error while downloading {url}.").with_param("url");

/// `image_invalid` for an uploaded file of another type.
pub const IMAGE_FILE_MIMETYPE: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("unsupported_file_mimetype"),
    "Invalid file 'image': unsupported mimetype ('application/octet-stream'). Supported file formats are 'image/jpeg', \
     'image/png', and 'image/webp'.",
)
.with_param("image");

/// `content_policy` as the images API says it.
pub const IMAGE_CONTENT_POLICY: Wire = Wire::new(
    400,
    "image_generation_user_error",
    Some("moderation_blocked"),
    "Your request was rejected as a result of our safety system. Your request may contain content that is not allowed by \
     our safety system.",
);

/// `provider_overloaded` of a single model; fact `request`.
pub const MODEL_OVERLOADED: Wire = Wire::new(
    503,
    "server_error",
    None,
    "That model is currently overloaded with other requests. You can retry your request, or contact us through our help \
     center at {docs} if the error persists. (Please include the request ID {request} in your message.)",
);
