//! Causes in accounts, organizations and cloud identities: who the caller is to a provider, beyond the key itself.

use super::credentials::INCORRECT_KEY;
use super::snippets;
use super::wires::NOT_ANSWERED;
use crate::cause::{Party, Retry, Wire};

const fn forbidden(code: Option<&'static str>, sentence: &'static str) -> Wire {
    Wire::new(403, "permission_error", code, sentence)
}

causes! {
    Credentials:

    KEY_NOT_CONFIGURED {
        slug: "key_not_configured",
        title: "The SDK refused to start: no key is configured",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[],
        without_status: true,
        wire: NOT_ANSWERED,
        explanation: "The client library found no key in its arguments or in the environment, so nothing was sent.",
        remedy: "Set the environment variable that this SDK reads (OPENAI_API_KEY for OpenAI's), or pass the key to \
            the client.",
        reasons: &[
            "The environment variable is not set in this process: OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or \
                GOOGLE_API_KEY, GROQ_API_KEY, MISTRAL_API_KEY, OPENROUTER_API_KEY, AZURE_OPENAI_API_KEY",
            "The .env file is not loaded, misnamed or in another folder",
            "The client is created while a module is imported, before the .env file is loaded",
            "The variable was set in one shell, and the program runs in another one, a service, a container or an IDE",
            "A framework such as LangChain or LlamaIndex falls back to OpenAI for embeddings although another model is \
                used",
        ],
        checks: &[
            "Print whether the variable is set in the failing process, not its value: \
                `python -c \"import os; print('OPENAI_API_KEY' in os.environ)\"`",
            "Compare the variable's name letter by letter with the one that the SDK names in its message",
            "Look whether dotenv is loaded before the client is created",
        ],
        remedies: &[
            "Set the variable: `export OPENAI_API_KEY=…` (PowerShell: `$env:OPENAI_API_KEY = '…'`), then restart the \
                program",
            "Pass the key explicitly: `OpenAI(api_key=…)` in Python, `new OpenAI({ apiKey })` in Node",
            "Call load_dotenv(), or start Node with --env-file=.env, before the client is built",
            "In Docker pass it on: `docker run -e OPENAI_API_KEY`, or `environment:` in compose",
            "For a local server without keys (Ollama, vLLM, LM Studio) set any dummy value: the SDK insists on one",
        ],
        snippets: &[snippets::KEY_ENV_SHELL, snippets::DOTENV_PYTHON, snippets::DOTENV_NODE],
        retry_advice: "Repeating it does not help: nothing was sent, so set the variable first.",
        recognised: "The SDK raises an error before any request: it names the option or environment variable that is \
            not set.",
        example: "openai.OpenAIError: The api_key client option must be set either by passing api_key to the client or \
            by setting the OPENAI_API_KEY environment variable",
        related: &["key_missing", "key_empty", "key_undefined", "sdk_version_mismatch"],
    }

    GATEWAY_KEY_INVALID {
        slug: "gateway_key_invalid",
        title: "The gateway in between does not know this virtual key",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 400, 403],
        wire: INCORRECT_KEY,
        explanation: "A gateway in front of the provider (LiteLLM, one-api or another one) refused the key, because it \
            takes its own virtual keys only.",
        remedy: "Use a virtual key that this very gateway issued, and leave the provider's key with the gateway.",
        reasons: &[
            "A provider's key was sent to a gateway that issues virtual keys of its own",
            "The virtual key was deleted, blocked, or belongs to another installation (staging, production)",
            "The gateway's database was reset, or its master key or salt was changed",
            "The gateway has no database, or lost it (LiteLLM: `No connected db`): it then takes its master key alone",
            "The key lacks the prefix that the gateway expects: LiteLLM wants keys that start with `sk-`",
        ],
        checks: &[
            "Compare the key's prefix with those that the gateway issues",
            "Ask the gateway for the key: for LiteLLM `GET /key/info`, for this gateway `tollgate keys list`",
            "Look whether base URL and key come from the same place",
        ],
        remedies: &[
            "Create a new virtual key in the gateway (LiteLLM: `POST /key/generate`) and replace the old one",
            "Point the base URL at the provider if you mean to use the provider's own key",
            "For the operator: check that the gateway reaches the database in which its keys are kept",
        ],
        retry_advice: "Repeating it does not help: use a key of this gateway.",
        recognised: "The text names a virtual key, a token table or a gateway's own key prefix.",
        example: "{\"error\":{\"message\":\"Authentication Error, Invalid proxy server token passed. Received API Key \
            = sk-...abcd, Unable to find token in cache or \
            `LiteLLM_VerificationTokenTable`\",\"type\":\"token_not_found_in_db\",\"param\":\"key\",\"code\":\"401\"}}",
        related: &["key_invalid", "key_wrong_provider", "gateway_budget_exceeded"],
    }

    AZURE_KEY_OR_ENDPOINT {
        slug: "azure_key_or_endpoint",
        title: "Azure key and endpoint do not belong together",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: Wire::new(
            401,
            "invalid_request_error",
            Some("401"),
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for \
                an active subscription and use a correct regional API endpoint for your resource.",
        ),
        explanation: "Azure does not accept this key at this endpoint: each key is valid for one resource only.",
        remedy: "Copy key and endpoint from the same page of the same Azure resource (Keys and Endpoint).",
        reasons: &[
            "The key is that of another Azure resource, region or subscription",
            "A key of OpenAI's platform (`sk-…`) was sent to an Azure endpoint",
            "The key was regenerated, or the subscription is not active",
            "An Azure AI Foundry or Cognitive Services endpoint was used with the key of an Azure OpenAI resource",
            "A Microsoft Entra token was sent in `api-key`, or a key as `Authorization: Bearer`",
        ],
        checks: &[
            "Compare AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY with the page Keys and Endpoint of the resource",
            "`az cognitiveservices account keys list --name RESOURCE --resource-group GROUP`",
            "Look whether the key goes into the header `api-key`",
        ],
        remedies: &[
            "Use the key and the endpoint of the same Azure resource",
            "Send the key as `api-key: …`, and an Entra token as `Authorization: Bearer …` with the scope \
                https://cognitiveservices.azure.com/.default",
            "Unset OPENAI_API_KEY where the Azure client picks it up instead of AZURE_OPENAI_API_KEY",
        ],
        snippets: &[snippets::AZURE_PYTHON, snippets::AZURE_NODE, snippets::AZURE_CURL],
        retry_advice: "Repeating it does not help: take key and endpoint from the same resource.",
        recognised: "Azure speaks of an invalid subscription key or a wrong API endpoint.",
        example: "{\"error\":{\"code\":\"401\",\"message\":\"Access denied due to invalid subscription key or wrong \
            API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API \
            endpoint for your resource.\"}}",
        related: &[
            "azure_endpoint_misconfigured",
            "azure_deployment_not_found",
            "key_wrong_provider",
            "auth_header_wrong_name",
        ],
    }

    ORG_NOT_MEMBER {
        slug: "org_not_member",
        title: "The key's owner is not a member of an organization",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403],
        wire: Wire::new(
            401,
            "invalid_request_error",
            None,
            "You must be a member of an organization to use the API. Please contact us through our help center at {docs}.",
        ),
        explanation: "The user to whom the key belongs is not, or is no longer, a member of an organization at the \
            provider.",
        remedy: "Have the user invited to the organization again, or create a project key there.",
        reasons: &[
            "The user was removed from the organization or left it",
            "A legacy user key is still in use after the move to project keys",
            "The account is new, and its organization was never completed",
        ],
        checks: &[
            "Look at the members in the organization's settings (platform.openai.com, Settings, People)",
            "Log in as the key's owner and look which organizations are offered",
        ],
        remedies: &[
            "Ask an owner of the organization for an invitation",
            "Create a new API key in a project, or for a service account, which does not depend on a person's \
                membership",
            "Remove a stale organization header or OPENAI_ORG_ID",
        ],
        retry_advice: "Repeating it does not help: join an organization, or use another key.",
        recognised: "The server says that the caller must be a member of an organization.",
        example: "{\"error\":{\"message\":\"You must be a member of an organization to use the API. Please contact us \
            through our help center.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
        related: &["org_mismatch", "key_revoked", "account_deactivated"],
    }

    ACCOUNT_DEACTIVATED {
        slug: "account_deactivated",
        title: "The account or organization is deactivated or restricted",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403, 400, 429],
        wire: Wire::new(
            401,
            "invalid_request_error",
            Some("account_deactivated"),
            "You have been deactivated; this may be due to an account deletion, or action taken by an administrator or \
                owner of this organization. Please contact us through our help center at {docs}.",
        ),
        explanation: "The provider has closed, suspended or restricted the account or organization that owns the key; \
            no key of it works.",
        remedy: "Contact the provider's support from the owner's address, and use an account in good standing \
            meanwhile.",
        reasons: &[
            "The provider found a violation of its policies, or took the traffic for abuse",
            "An invoice stayed unpaid, or a payment was charged back",
            "The account was deleted, or an administrator disabled the organization or the user",
            "The key was bought from a reseller, and its account was closed",
        ],
        checks: &[
            "Read the e-mails of the account's owner, also those taken for spam",
            "Log in to the dashboard of the account and look for a notice",
            "Try another key of the same organization: if none works, it is the account and not the key",
        ],
        remedies: &[
            "Appeal to, or ask, the provider's support; a new key of the same account does not help",
            "Settle what is open in billing",
            "Use a key of another account or organization meanwhile, and fail over to another provider",
        ],
        retry_advice: "Repeating it does not help, and neither does a new key: the account has to be restored.",
        recognised: "The server says that the account or organization is deactivated, terminated, suspended or \
            restricted.",
        example: "The OpenAI account associated with this API key has been deactivated. Please check your email for \
            more information. (code: account_deactivated)",
        related: &["key_revoked", "billing_not_active", "org_not_member"],
    }

    PERMISSION_DENIED {
        slug: "permission_denied",
        title: "The identity lacks a cloud permission (IAM)",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403],
        wire: forbidden(Some("permission_denied"), "The caller does not have permission to perform this operation."),
        explanation: "The cloud knows who calls, but this identity has not been granted the permission that the call \
            needs.",
        remedy: "Grant the identity the role that has the permission, in the project, subscription or account that is \
            called.",
        reasons: &[
            "The service account, role or user lacks the IAM permission",
            "The call goes to another project, subscription, account or region than the role was granted in",
            "A policy of the organization, a permission boundary or a VPC endpoint policy denies it",
            "The role was granted minutes ago and has not taken effect yet",
            "A local server such as Ollama refuses a browser or extension whose origin is not on its list (OLLAMA_ORIGINS)",
        ],
        checks: &[
            "Read which permission and resource the message names",
            "Who calls: `gcloud auth list`, `aws sts get-caller-identity`, `az account show`",
            "What it may do: `gcloud projects get-iam-policy PROJECT`, or the IAM policy simulator of AWS",
        ],
        remedies: &[
            "Vertex AI: grant roles/aiplatform.user (Vertex AI User) to the service account in that project",
            "Bedrock: allow the actions bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream on the model's \
                or inference profile's ARN",
            "Azure with Entra ID: give the role Cognitive Services OpenAI User on the resource",
            "Select the right project, subscription or profile (GOOGLE_CLOUD_PROJECT, AWS_PROFILE)",
        ],
        snippets: &[snippets::GCP_SHELL, snippets::AWS_SHELL],
        retry_advice: "Repeating it does not help until the permission is granted; a fresh grant takes a minute or \
            two.",
        recognised: "A cloud names the identity, and a permission or action that it lacks: PERMISSION_DENIED, `is not \
            authorized to perform`.",
        example: "{\"error\":{\"code\":403,\"message\":\"Permission 'aiplatform.endpoints.predict' denied on resource \
            '//aiplatform.googleapis.com/projects/demo/locations/us-central1/publishers/google/models/gemini-2.5-flash' \
            (or it may not exist).\",\"status\":\"PERMISSION_DENIED\"}}",
        related: &["gcp_api_disabled", "bedrock_model_access", "key_insufficient_scopes", "aws_credentials_invalid"],
    }

    GCP_API_DISABLED {
        slug: "gcp_api_disabled",
        title: "The Google API is not enabled in the project",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[403],
        wire: forbidden(
            Some("service_disabled"),
            "Generative Language API has not been used in this project before or it is disabled. Enable it, then retry. \
                If you enabled this API recently, wait a few minutes.",
        ),
        explanation: "Google's project to which the credential belongs has not enabled the API that was called.",
        remedy: "Enable the API in that project, wait a few minutes, and repeat the call; behind a gateway, its operator has to do \
                 so.",
        reasons: &[
            "The Generative Language API (generativelanguage.googleapis.com) or the Vertex AI API \
                (aiplatform.googleapis.com) is not enabled in this project",
            "It was enabled a few minutes ago",
            "The key or service account belongs to another project than you think",
            "The key's API restrictions leave this API out",
        ],
        checks: &[
            "Open the activation link in the message and compare its project number with yours",
            "`gcloud services list --enabled --project PROJECT`",
        ],
        remedies: &[
            "Enable it: `gcloud services enable generativelanguage.googleapis.com --project PROJECT` (Vertex AI: \
                aiplatform.googleapis.com), then wait a few minutes and retry",
            "Use a key of a project in which the API is enabled, for instance one made in Google AI Studio",
            "Add the API to the key's API restrictions",
        ],
        snippets: &[snippets::GCP_SHELL],
        retry_advice: "Repeating it helps once the API is enabled, and only after a few minutes.",
        recognised: "Google says SERVICE_DISABLED, or that an API has not been used in a project before.",
        example: "Generative Language API has not been used in project 123456789 before or it is disabled. Enable it \
            by visiting \
            https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=123456789 \
            then retry.",
        related: &["permission_denied", "key_invalid"],
    }

    OAUTH_TOKEN_EXPIRED {
        slug: "oauth_token_expired",
        title: "The access token has expired",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: Wire::new(
            401,
            "authentication_error",
            Some("token_expired"),
            "Your authentication token has expired. Please try signing in again.",
        ),
        explanation: "What was sent is a short-lived access token and not an API key, and its lifetime is over.",
        remedy: "Sign in again or refresh the token, and let servers use an API key or a service account.",
        reasons: &[
            "An OAuth or login token was used beyond its lifetime, mostly an hour",
            "The refresh token was revoked, used by another process, or the refresh failed",
            "A token was copied into a configuration file by hand (`gcloud auth print-access-token`)",
            "The clock of this machine is wrong",
        ],
        checks: &[
            "Decode the token's `exp`, if it is a JWT, and compare it with the time now (`date +%s`)",
            "Look into the program's log for a failed refresh",
        ],
        remedies: &[
            "Sign in again: `codex login`, `claude /login`, `gcloud auth login`, `az login`",
            "Let the SDK refresh it: credentials objects of google-auth or azure-identity instead of a fixed text",
            "Use an API key for servers and CI",
        ],
        retry_advice: "Repeating it with the same token does not help: get a new token, then send it again.",
        recognised: "The server says that a token (not a key) is expired, or that one has to sign in again.",
        example: "{\"error\":{\"message\":\"Provided authentication token is expired. Please try signing in \
            again.\",\"type\":null,\"code\":\"token_expired\",\"param\":null},\"status\":401}",
        related: &["key_expired", "aws_token_expired", "clock_skew"],
    }

    AWS_CREDENTIALS_INVALID {
        slug: "aws_credentials_invalid",
        title: "AWS does not recognise the credentials",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403, 400],
        without_status: true,
        wire: forbidden(
            Some("UnrecognizedClientException"),
            "The security token included in the request is invalid.",
        ),
        explanation: "AWS knows no such access key, or temporary credentials came without their session token.",
        remedy: "Provide a valid access key id with its secret, and for temporary credentials the session token too.",
        reasons: &[
            "The access key id is mistyped, deleted or inactive",
            "Temporary credentials (access key ids that begin with ASIA) were used without AWS_SESSION_TOKEN",
            "A stale AWS_SESSION_TOKEN in the environment is sent along with a permanent key",
            "The credentials are of another partition (China, GovCloud), or of a service that imitates AWS",
            "A Bedrock API key or another provider's key was put in the place of AWS credentials",
        ],
        checks: &[
            "`aws sts get-caller-identity` with the same credentials, in the same process environment",
            "Look which source wins: environment, profile, container or instance role (`aws configure list`)",
            "Compare the beginning of the access key id: AKIA is permanent, ASIA temporary",
        ],
        remedies: &[
            "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary credentials, AWS_SESSION_TOKEN together",
            "Unset AWS_SESSION_TOKEN when you use a permanent access key",
            "Create a new access key, or let the SDK use the role of the machine or an SSO profile (`aws sso login`)",
            "Give a Bedrock API key as AWS_BEARER_TOKEN_BEDROCK",
        ],
        snippets: &[snippets::AWS_SHELL],
        retry_advice: "Repeating it does not help: correct the credentials first.",
        recognised: "AWS says UnrecognizedClientException or InvalidClientTokenId: the security token is invalid.",
        example: "botocore.exceptions.ClientError: An error occurred (UnrecognizedClientException) when calling the \
            InvokeModel operation: The security token included in the request is invalid.",
        related: &["aws_token_expired", "aws_signature_mismatch", "permission_denied"],
    }

    AWS_TOKEN_EXPIRED {
        slug: "aws_token_expired",
        title: "The temporary AWS credentials have expired",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403, 400],
        without_status: true,
        wire: forbidden(Some("ExpiredTokenException"), "The security token included in the request is expired"),
        explanation: "The credentials came from STS or SSO, and their lifetime is over.",
        remedy: "Refresh the STS or SSO session; an expired token cannot be used again.",
        reasons: &[
            "Credentials of AWS STS or SSO were copied into the environment and passed their lifetime",
            "A program that runs for long keeps the session of its start",
            "The refresh failed, since the SSO login itself has expired",
        ],
        checks: &[
            "`aws sts get-caller-identity` in the same environment",
            "`aws configure export-credentials` shows the Expiration",
            "Look whether AWS_SESSION_TOKEN is set by hand, since it then is never refreshed",
        ],
        remedies: &[
            "Refresh the session: `aws sso login`, or assume the role again (`aws sts assume-role`)",
            "Unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, so that the SDK's provider chain \
                (profile, instance or container role) refreshes expired credentials by itself",
            "Restart the process that holds the expired token",
        ],
        snippets: &[snippets::AWS_SHELL],
        retry_advice: "Repeating it with the same token does not help: refresh the session, then send it again.",
        recognised: "AWS says ExpiredToken or that the security token is expired.",
        example: "botocore.exceptions.ClientError: An error occurred (ExpiredTokenException) when calling the Converse \
            operation: The security token included in the request is expired",
        related: &["aws_credentials_invalid", "clock_skew", "oauth_token_expired"],
    }

    AWS_SIGNATURE_MISMATCH {
        slug: "aws_signature_mismatch",
        title: "The AWS request signature does not match",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403],
        wire: forbidden(
            Some("InvalidSignatureException"),
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
                Key and signing method. Consult the service documentation for details.",
        ),
        explanation: "AWS calculated another signature than the one sent: the secret key is wrong, or the request was \
            changed after it was signed.",
        remedy: "Use the secret that belongs to the access key id, and let nothing change the request after it is \
            signed.",
        reasons: &[
            "AWS_SECRET_ACCESS_KEY is wrong: characters such as + and / got lost, or a newline came along",
            "Access key id and secret are of different pairs",
            "A proxy changed host, path, query or headers after signing",
            "The request was signed for another region or service than it was sent to (bedrock, bedrock-runtime)",
            "A path with a colon, such as that of a model id, was encoded twice",
        ],
        checks: &[
            "`aws sts get-caller-identity` with the same secret: if that works, the secret is right",
            "Compare region and service in the Credential part of the Authorization header with the host called",
            "Call past the proxy",
        ],
        remedies: &[
            "Enter the secret access key again, or create a new pair",
            "Let the AWS SDK sign, with the region of the endpoint (AWS_REGION)",
            "Configure the proxy to pass host, path and signed headers on unchanged",
        ],
        snippets: &[snippets::AWS_SHELL],
        retry_advice: "Repeating it does not help: correct the secret or the signing first.",
        recognised: "AWS says SignatureDoesNotMatch or InvalidSignatureException and speaks of the signature it \
            calculated.",
        example: "InvalidSignatureException: The request signature we calculated does not match the signature you \
            provided. Check your AWS Secret Access Key and signing method.",
        related: &["aws_credentials_invalid", "clock_skew"],
    }

    CLOCK_SKEW {
        slug: "clock_skew",
        title: "The machine's clock is wrong",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403, 400, 401],
        without_status: true,
        wire: forbidden(
            Some("RequestTimeTooSkewed"),
            "The difference between the request time and the current time is too large.",
        ),
        explanation: "Signatures, tokens and certificates hold for a span of time, and the sender's clock lies outside \
            it.",
        remedy: "Set the clock of the machine that calls by NTP and repeat the call.",
        reasons: &[
            "The system clock differs by more than five minutes from the server's",
            "A virtual machine, a WSL system or a container's host was paused and its clock fell behind",
            "The time was set by hand as local time instead of UTC",
        ],
        checks: &[
            "Compare `date -u` with the Date header of any answer: `curl -sI https://api.openai.com | grep -i ^date`",
            "`timedatectl` (Linux) shows whether NTP is active; Windows: `w32tm /query /status`",
        ],
        remedies: &[
            "Synchronise the clock with NTP: `timedatectl set-ntp true`, `chronyc makestep`, Windows `w32tm /resync`, \
                WSL `hwclock -s` or `wsl --shutdown`",
            "Restart a virtual machine or Docker Desktop after sleep, then retry",
        ],
        snippets: &[snippets::CLOCK_SHELL],
        retry_advice: "Repeating it helps once the clock is right.",
        recognised: "A signature, token or certificate lies outside its span of time: `Signature expired … is now \
            earlier than …`, `Token used too early`, `certificate is not yet valid`.",
        example: "InvalidSignatureException: Signature expired: 20260301T080000Z is now earlier than 20260301T081500Z \
            (20260301T082000Z - 5 min.)",
        related: &["aws_token_expired", "aws_signature_mismatch", "oauth_token_expired", "tls_certificate_invalid"],
    }

    ANTHROPIC_VERSION_MISSING {
        slug: "anthropic_version_missing",
        title: "The anthropic-version header is missing",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::invalid(400, "anthropic-version: header is required"),
        explanation: "Anthropic's own API wants the header `anthropic-version` in every request, and this one has \
            none.",
        remedy: "Send `anthropic-version: 2023-06-01` with every request, or use Anthropic's SDK.",
        reasons: &[
            "The Messages API is called directly, with curl or an HTTP library, without the version header",
            "An OpenAI client, or a tool set to custom endpoint, is pointed at Anthropic's native endpoint \
                /v1/messages",
            "A proxy removes headers that it does not know",
        ],
        checks: &[
            "Print the names of the headers that leave your program",
            "Look at the path: /v1/messages is the native API",
        ],
        remedies: &[
            "Add the header `anthropic-version: 2023-06-01`, besides `x-api-key` and `content-type`",
            "Use the official anthropic SDK, which sends it",
            "With an OpenAI client use the compatible base URL https://api.anthropic.com/v1/ and /chat/completions",
        ],
        snippets: &[snippets::ANTHROPIC_CURL, snippets::ANTHROPIC_PYTHON],
        retry_advice: "Repeating it does not help: add the header.",
        recognised: "The error names the header anthropic-version.",
        example: "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"anthropic-version: \
            header is required\"}}",
        related: &["auth_header_wrong_name", "headers_not_sent"],
    }
}
