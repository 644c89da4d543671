//! OpenAI's sentences that several causes share, word for word; links to its site are `{docs}`.

/// 401 without a key.
pub(super) const NO_KEY: &str = "You didn't provide an API key. You need to provide your API key in an Authorization \
    header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if \
    you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key \
    from {docs}.";

/// 401 `invalid_api_key`.
pub(super) const WRONG_KEY: &str = "Incorrect API key provided: {key}. You can find your API key at {docs}.";

/// 401 for a key without the permission.
pub(super) const SCOPES: &str = "You have insufficient permissions for this operation. Missing scopes: {scopes}. Check \
    that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if \
    you're using a restricted API key, that it has the necessary scopes.";

/// 404 `model_not_found`.
pub(super) const NO_MODEL: &str = "The model `{model}` does not exist or you do not have access to it.";

/// 403 `model_not_found`.
pub(super) const NO_ACCESS: &str = "Project `{project}` does not have access to model `{model}`";

/// 400 for a body that is not JSON.
pub(super) const NOT_JSON: &str = "We could not parse the JSON body of your request. (HINT: This likely means you \
    aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid \
    JSON. If you have trouble figuring out how to fix this, please contact us through our help center at {docs}.)";

/// 404 for a path that is none.
pub(super) const INVALID_URL: &str = "Invalid URL ({method} {path})";

/// 405.
pub(super) const METHOD: &str =
    "Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)";

/// 500.
pub(super) const SORRY: &str = "The server had an error while processing your request. Sorry about that!";

/// 503 `server_is_overloaded`.
pub(super) const OVERLOADED: &str = "Our servers are currently overloaded. Please try again later.";

/// 429 `insufficient_quota`.
pub(super) const QUOTA: &str = "You exceeded your current quota, please check your plan and billing details.";

/// The same with its second sentence, as most accounts get it.
pub(super) const QUOTA_WITH_LINK: &str = "You exceeded your current quota, please check your plan and billing details. \
    For more information on this error, read the docs: {docs}.";
