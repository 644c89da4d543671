//! Who calls: keys that ended, organizations, accounts, regions, clouds, clocks, browsers.

use crate::assert_told;

#[test]
fn a_key_that_ended_is_not_a_wrong_key() {
    assert_told(&[
        ("key_revoked", "xAI 403: Your API key is currently blocked. Contact support."),
        ("key_revoked", "openai: This API key has been revoked by an administrator (401)"),
        (
            "key_expired",
            r#"{"error":{"message":"Authentication Error - Expired Key. Key Expiry time 2026-01-01 and current time 2026-02-01","code":"401"}} litellm"#,
        ),
        ("key_expired", "OpenRouter: this api key has expired, create a new one. 401"),
        (
            "oauth_token_expired",
            r#"{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED","details":[{"reason":"ACCESS_TOKEN_EXPIRED"}]}} aiplatform.googleapis.com"#,
        ),
        (
            "oauth_token_expired",
            "google.auth.exceptions.RefreshError: Reauthentication is needed. Please run `gcloud auth application-default login` to reauthenticate. (vertexai)",
        ),
        ("oauth_token_expired", "Copilot chat: access token expired, sign in to GitHub again (401)"),
    ]);
}

#[test]
fn organizations_and_their_members_are_told_apart() {
    assert_told(&[
        ("org_mismatch", "openai 401: The OpenAI-Organization header does not match the organization of this API key"),
        ("org_mismatch", "openai.error.AuthenticationError: No such organization: org-FAKE."),
        (
            "project_mismatch",
            "Error code: 401 - {'error': {'message': 'OpenAI-Project header should match project for API key', 'code': 'mismatched_project'}}",
        ),
        ("project_mismatch", "openai: no such project: proj_FAKE, check the OpenAI-Project header and the API key"),
        (
            "org_not_member",
            "openai 401: you are no longer a member of the organization this key was made in; not a member",
        ),
        ("org_not_member", r#"{"error":{"message":"You must belong to an organization","code":"no_organization"}}"#),
        (
            "key_insufficient_scopes",
            r#"{"error":{"code":"no_permission","message":"The `models` permission is required to access this endpoint"}} https://models.github.ai 401"#,
        ),
        (
            "key_insufficient_scopes",
            r#"{"error":{"code":403,"message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED","details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}} generativelanguage.googleapis.com"#,
        ),
        (
            "ip_not_allowed",
            r#"{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}} x.openai.azure.com"#,
        ),
        (
            "ip_not_allowed",
            r#"{"error":{"code":"ip_not_authorized","message":"Your request came from an address outside the list"}}"#,
        ),
        (
            "account_deactivated",
            "anthropic 403: Your account has been disabled after an automatic review of your recent activities.",
        ),
        (
            "account_deactivated",
            r#"{"error":{"code":"1112","message":"您的账户已被锁定，账户已被冻结，请联系客服解锁"}} open.bigmodel.cn"#,
        ),
        ("region_unsupported", "Claude API: 403 Access from your country is not allowed"),
        (
            "region_unsupported",
            "gemini: Nutzung in deinem Land nicht verfügbar: Standort/Region nicht unterstützt (400 FAILED_PRECONDITION)",
        ),
    ]);
}

#[test]
fn clouds_tell_identity_and_permission() {
    assert_told(&[
        (
            "permission_denied",
            "An error occurred (AccessDeniedException) when calling the ConverseStream operation: User: arn:aws:iam::123456789012:user/app is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:eu-west-1::foundation-model/x because no identity-based policy allows it",
        ),
        (
            "permission_denied",
            r#"{"error":{"code":"PermissionDenied","message":"The principal `p` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation."}}"#,
        ),
        (
            "gcp_api_disabled",
            "google.api_core.exceptions.PermissionDenied: 403 Vertex AI API has not been enabled: reason: SERVICE_DISABLED aiplatform.googleapis.com",
        ),
        ("gcp_api_disabled", "Generative Language API is not enabled for project 12345, enable it in the console"),
        (
            "aws_credentials_invalid",
            "InvalidClientTokenId: The security token included in the request is invalid (bedrock-runtime)",
        ),
        (
            "aws_credentials_invalid",
            "Bedrock: the AWS Access Key Id you provided does not exist in our records. InvalidAccessKeyId",
        ),
        (
            "aws_token_expired",
            "botocore.exceptions.TokenRetrievalError: Error when retrieving token from sso: Token has expired and refresh failed (bedrock)",
        ),
        ("aws_token_expired", "ExpiredTokenException: The security token included in the request is expired"),
        (
            "aws_signature_mismatch",
            r#"bedrock 403 {"message":"The request signature we calculated does not match the signature you provided."}"#,
        ),
        (
            "aws_signature_mismatch",
            "InvalidSignatureException: Credential should be scoped to a valid region. (bedrock-runtime)",
        ),
        (
            "clock_skew",
            "bedrock: InvalidSignatureException: Signature not yet current: 20260101T101500Z is still later than 20260101T100500Z",
        ),
        (
            "clock_skew",
            "google.auth.exceptions.RefreshError: ('invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values', vertexai)",
        ),
        (
            "clock_skew",
            "openai.APIConnectionError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate is not yet valid",
        ),
    ]);
}

#[test]
fn browsers_refuse_in_their_own_words() {
    assert_told(&[
        ("browser_key_exposure", "Anthropic SDK: set dangerouslyAllowBrowser to run in a browser-like environment"),
        (
            "browser_key_exposure",
            "groq-sdk: This is disabled by default, as it risks exposing your secret API credentials to attackers; client-side use in a browser",
        ),
        (
            "cors_blocked",
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at https://api.openai.com/v1/chat/completions. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing).",
        ),
        (
            "cors_blocked",
            "Origin http://localhost:3000 is not allowed by Access-Control-Allow-Origin. Fetch API cannot load http://localhost:11434/api/chat",
        ),
        (
            "anthropic_version_missing",
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"The header anthropic-version must be set"}}"#,
        ),
        ("anthropic_version_missing", "400 anthropic-version: header is required (api.anthropic.com/v1/messages)"),
    ]);
}
