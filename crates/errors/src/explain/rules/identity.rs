//! Rules for causes in who calls: expiry and revocation of keys and tokens, organizations, accounts, regions, clouds.

use super::seen::{is_aws_for_models, is_google_for_models};
use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // Keys that were valid once.
    Rule::new("key_revoked", 6.2).says(&[
        concat!(key_words!(), "|key.|consumer &", disabled!(), "& !account|organization|expired|budget|billing|api has not been|\
                key based|key-based|disabled by default|credits|requests from|requests to|parse|access token could not|authentication is disabled"),
        "reported as leaked|has been leaked|found in public|publicly exposed|exposed key",
        "key. & is blocked|was revoked",
        "令牌 & 状态不可用|禁用|封禁|删除",
    ])
    .when(is_google_for_models)
    .of_an_api(),
    Rule::new("key_revoked", 6.4).says(&["consumer & api_key & suspended|disabled"]).when(is_google_for_models),
    Rule::new("key_revoked", 6.0).says(&["api key & leaked|exposed publicly"]),
    Rule::new("key_revoked", 6.6).codes(&["consumer_suspended"]).when(is_google_for_models),
    Rule::new("key_revoked", 6.4).codes(&["key_revoked", "api_key_revoked", "key_disabled", "api_key_disabled", "token_disabled",
        "api_key_blocked", "key_blocked"]).of_an_api(),
    Rule::new("key_expired", 6.4)
        .says(&[concat!(key_words!(), "|key. &", expired!(), "& !oauth|security token|access token|session|jwt|credit|certificate|\
                        quota|subscription has|signature|refresh|access_token|id_token|id token|sso|login|log in|license key|incorrect or|错误或")])
        .of_an_api(),
    Rule::new("key_expired", 6.4).codes(&["expired_api_key", "api_key_expired", "key_expired", "apikeyexpired", "expired_key",
        "token_expired_key"]).of_an_api(),
    Rule::new("key_expired", 6.4).says(&["aadsts7000222|client secret keys & expired|provided", "expired key|key expiry time"])
        .of_an_api(),
    Rule::new("oauth_token_expired", 6.3).says(&[
        concat!("oauth|access token|access_token|id token|id_token|jwt|session token|refresh token|refresh_token|login token|\
                 user token|bearer token|token has|token is|token expired|your session|authentication token|登录|token already|\
                 ide token|copilot token|credentials|auth token &", expired!(),
                "& !security token|aws|sso|context|tokens per|max_tokens|令牌已过期"),
        "invalid_grant|reauthentication & expired|revoked|needed|required|refresh",
        "aadsts50173|aadsts700082|aadsts70043|aadsts70008|aadsts50078",
        "refresh & token|credentials & failed|could not|can not|unable & !sso|aws",
        "gcloud auth|reauthentication is needed|please log in again|sign in again|re-authenticate|reauthenticate & \
         token|credentials|session|expired|login",
        "has no refresh token",
        "oauth token|oauth access token|refresh token|session token|login session & revoked|invalidated|no longer valid|was reset",
    ])
    .of_an_api(),
    Rule::new("oauth_token_expired", 6.3).codes(&["token_expired", "access_token_expired", "expired_token", "invalid_grant",
        "oauth_token_expired", "jwt_expired", "session_expired", "expiredauthenticationtoken"]).of_an_api(),
    Rule::new("oauth_token_expired", 6.0).exceptions(&["tokenexpirederror", "refresherror", "expiredsignatureerror"])
        .of_an_api(),
    Rule::new("oauth_token_expired", 5.2)
        .says(&["invalid authentication credentials & oauth 2 access token|oauth2 access token & !not supported by this"])
        .of_an_api(),
    // It worked for as long as a token lasts.
    Rule::new("oauth_token_expired", 7.2).statuses(&[401]).when(worked_for_an_hour).of_an_api(),
    // Google's answer to any key in the header of tokens: its own keys go into `x-goog-api-key`.
    Rule::new("auth_header_wrong_name", 5.8)
        .says(&["invalid authentication credentials & oauth 2 access token|oauth2 access token"])
        .when(is_google_for_models)
        .of_an_api(),
    // Organizations and projects named in headers.
    Rule::new("org_mismatch", 6.5).says(&[
        "openai-organization|organization header|organization id|org id|organization & should match|does not match|not match|\
         mismatch|different organization|another organization",
        "no such organization|organization not found|unknown organization|invalid organization|organization does not exist|\
         organization is invalid|not a valid organization",
        "organization & invalid|not found|does not exist|no such & header|openai-organization|org-|org_id",
        "token tenant|tenant & not match|mismatch|wrong",
    ])
    .of_an_api(),
    Rule::new("org_mismatch", 6.5).codes(&["mismatched_organization", "invalid_organization", "organization_not_found"]),
    Rule::new("project_mismatch", 6.6).says(&[
        "openai-project|project header|project id & should match|not match|mismatch|invalid|no such|not found & !organization id|vertex|google|model",
        "no such project|project not found|invalid project & header|api key|openai-project|proj_",
    ])
    .of_an_api(),
    Rule::new("project_mismatch", 6.6).codes(&["mismatched_project", "invalid_project", "project_not_found"]),
    Rule::new("org_not_member", 6.6).says(&[
        "member of an organization|member of any organization|not a member of|no longer a member|not belong to any organization|\
         not part of an organization|not a member & !project member|reader|writer",
    ])
    .of_an_api(),
    Rule::new("org_not_member", 6.6).codes(&["no_organization", "not_organization_member", "user_not_in_organization"]),
    Rule::new("key_insufficient_scopes", 6.5).says(&[
        "missing scope|missing scopes|insufficient scope|insufficient authentication scopes|insufficient_scope|required scope|\
         lacks the scope|lacks scope|not have the scope|scopes",
        "restricted api key|restricted key|read-only key|read only key & permission|scope|not allowed|can not",
        "api key|token. & not have|lacks|insufficient|without|missing|requires & permission|scope|role & !model. access|location|resource",
        "permission is required to access|models permission|inference permission|insufficient permissions to call inference|\
         sufficient permissions to call",
        "requests to this api & are blocked",
        "insufficient permissions for this operation",
    ])
    .of_an_api(),
    Rule::new("key_insufficient_scopes", 6.5).codes(&["insufficient_permissions", "missing_scope", "insufficient_scope",
        "access_token_scope_insufficient", "api_key_service_blocked", "missing_scopes"]).of_an_api(),
    Rule::new("ip_not_allowed", 6.5).says(&[
        "ip address|ip not|your ip|client ip|source ip|ip range|from this ip|ip whitelist|ip allowlist|ip is|ip白名单|ip地址|ip 地址|\
         ip-adresse|adresse ip|dirección ip & not authorized|not allowed|not permitted|not in|not on|denied|restriction|restricted|\
         blocked|is not|whitelist|allowlist|allow-list|allow list|unauthorized|forbidden|不在|不允许|限制|拒绝|白名单|autoris|permitid \
         & !automated queries|rate limit|too many",
        "virtual network & firewall|denied|rules",
        "public access is disabled|public network access & disabled|private endpoint|configure",
        "this ip|one ip|same ip|per ip & already|another key|another account|one key|one account|multiple accounts & !rate limit|too many requests",
        "requests from referer|requests from this|http referrer|referer restriction & blocked|restriction|not allowed",
    ])
    .of_an_api(),
    Rule::new("ip_not_allowed", 6.5).codes(&["ip_not_authorized", "ip_not_allowed", "api_key_ip_address_blocked",
        "api_key_http_referrer_blocked", "ip_restricted", "access_from_ip_not_allowed"]),
    // Accounts.
    Rule::new("account_deactivated", 6.5).says(&[
        concat!("account|organization|organisation|workspace|user.|your access|team. |账号|账户|用户|konto.|compte.|cuenta.|аккаунт|conta. &",
                disabled!(), "& !model|feature|api key was|generative language api|service account key|quota|access point|\
                budget|disabled by default|tool|deployment|content|streaming|thinking|was blocked|cors|restricted api key|scopes|account team|account manager|response is"),
        "access was terminated|access has been terminated|violation of our policies",
        "账号异常|账户异常|用户已被封禁|账号已被",
    ])
    .of_an_api(),
    Rule::new("account_deactivated", 6.3).says(&[
        "project|workspace|tenant|organization & archived|deactivated|has been deleted|was deleted|has been disabled|suspended|on hold & !model|vector|file|api has|index",
    ])
    .of_an_api(),
    Rule::new("account_deactivated", 6.5).codes(&["project_archived", "workspace_archived", "organization_archived"]),
    Rule::new("account_deactivated", 6.5).codes(&["account_deactivated", "deactivated_account", "organization_restricted",
        "account_suspended", "organization_disabled", "access_terminated", "account_disabled", "user_deactivated",
        "accountoverdueerror_suspended", "account_banned", "user_suspended"]),
    Rule::new("region_unsupported", 6.6).says(&[
        "country|region|territory|location|jurisdiction|国家|地区|区域|land.|pays|país|стран|регион|国や地域 & not supported|unsupported|\
         not available|is not supported|not served|not offered|not allowed|restricted|unavailable|isn t supported|不支持|不可用|受限|nicht unterstützt|\
         nicht verfügbar|non pris en charge|pas disponible|no compatible|no disponible|не поддержива|недоступ|não suportad|não disponível \
         & !model. |parameter|param |models|file|deployment|publisher model|location parameter|api version|regional|format",
        "not available in your country|not available in your region|access from your country|access from your region|your location",
        "country region or territory|user location",
    ])
    .of_an_api(),
    Rule::new("region_unsupported", 6.8).says(&["country region or territory not supported|user location is not supported"]),
    Rule::new("region_unsupported", 6.8).codes(&["unsupported_country_region_territory", "unsupported_country",
        "unsupported_region", "region_not_supported", "request_forbidden", "unsupportedregion", "country_not_supported"]),
    Rule::new("region_unsupported", 5.0).says(&["request not allowed & !cors|method"]).of_an_api(),
    // Google.
    Rule::new("gcp_api_disabled", 6.8).codes(&["service_disabled"]).when(is_google_for_models),
    Rule::new("gcp_api_disabled", 6.8).says(&[
        "api & has not been used in project|not been used in project|is not enabled|not enabled & project|enable|console & \
         !model|inference profile|tool|quota",
        "generative language api|vertex ai api|aiplatform.googleapis.com|generativelanguage.googleapis.com & disabled|not enabled|\
         not been used|enable",
    ])
    .when(is_google_for_models),
    Rule::new("gcp_api_disabled", -5.0).says(&["billing & must be enabled|to be enabled|has to be enabled|not enabled|enable billing|is disabled"]),
    Rule::new("permission_denied", 6.0).says(&[
        "permission & denied on resource",
        "caller|service account|principal|identity & not have|lacks|without|missing|required & permission|role|access|data action",
        "not authorized to perform|not authorised to perform|explicit deny|identity-based policy|service control policy",
        "principal does not have access|lacks the required data action",
        "consumer_invalid|user_project_denied|iam_permission_denied|quota project",
    ])
    .when(super::seen::is_of_models),
    Rule::new("permission_denied", 6.0).codes(&["iam_permission_denied", "consumer_invalid", "user_project_denied",
        "authorizationfailed"]).of_an_api(),
    Rule::new("permission_denied", 4.6).codes(&["permission_denied", "permissiondenied", "accessdeniedexception", "accessdenied",
        "permission_error", "access_denied", "permissiondeniederror", "forbidden"])
        .when(is_google_for_models).of_an_api(),
    Rule::new("permission_denied", 4.4).says(&[concat!(not_allowed!(), "& permission|role|iam|policy|operation|action|resource|perform|权限")])
        .of_an_api(),
    Rule::new("permission_denied", 3.0).statuses(&[403]).says(&[concat!(not_allowed!(), "|forbidden")]).of_an_api(),
    Rule::new("permission_denied", 3.2).says(&["access denied|access is denied|forbidden|permission denied|not authorized|not authorised & !model|country|region|key|token"])
        .only_of_an_api(),
    Rule::new("permission_denied", 2.5).exceptions(&["permissiondeniederror", "permissiondenied", "forbiddenexception"])
        .of_an_api(),
    Rule::new("permission_denied", 2.3).statuses(&[403]).of_an_api(),
    // AWS.
    Rule::new("aws_token_expired", 6.6).says(&[
        "security token & expired",
        "sso|sts|aws|session & token|session|credentials & expired|refresh failed & !oauth|copilot|claude code",
        "the sso session & expired|invalid",
    ])
    .when(is_aws_for_models)
    .of_an_api(),
    Rule::new("aws_token_expired", 6.9)
        .says(&["session token|security token & invalid|not valid|not found|malformed & !included"])
        .providers(&["bedrock", "aws"])
        .when(is_aws_for_models),
    Rule::new("aws_token_expired", 6.6).codes(&["expiredtoken", "expiredtokenexception", "requestexpired"]).when(is_aws_for_models),
    Rule::new("aws_token_expired", 6.6)
        .exceptions(&["expiredtokenexception", "expiredtoken", "ssotokenloaderror", "unauthorizedssotokenerror",
            "tokenretrievalerror", "ssoprovidererror", "tokenprovidererror"])
        .when(is_aws_for_models),
    Rule::new("aws_credentials_invalid", 6.4).says(&[
        "security token included & invalid",
        "aws access key|access key id|aws_access_key_id|access key & invalid|not exist|not found|wrong|incorrect & !calculated|empty|not set",
        "aws & credential & invalid|not valid|could not be validated|incorrect",
    ])
    .when(is_aws_for_models),
    Rule::new("aws_credentials_invalid", 6.4)
        .codes(&["unrecognizedclientexception", "invalidclienttokenid", "invalidaccesskeyid", "notauthorized_aws",
            "invalididentitytoken", "incompletesignature", "incompletesignatureexception"])
        .when(is_aws_for_models),
    Rule::new("aws_credentials_invalid", 6.4)
        .exceptions(&["unrecognizedclientexception", "invalidclienttokenid"])
        .when(is_aws_for_models),
    Rule::new("aws_signature_mismatch", 6.5).says(&[
        "request signature & not match|calculated|mismatch",
        "signature we calculated|canonical string for this request|string-to-sign|credential should be scoped",
    ])
    .when(is_aws_for_models),
    // Every service of AWS signs; only one serves models.
    Rule::new("aws_signature_mismatch", -3.0).when(|case| case.api_signs == 0),
    Rule::new("aws_signature_mismatch", 6.2)
        .codes(&["signaturedoesnotmatch", "invalidsignatureexception"]).when(is_aws_for_models),
    Rule::new("aws_signature_mismatch", 6.2)
        .exceptions(&["signaturedoesnotmatch", "invalidsignatureexception"]).when(is_aws_for_models),
    // Clocks.
    Rule::new("clock_skew", 7.2).says(&[
        "signature & expired|not yet current & is now|earlier than|later than|now",
        "request time|requesttimetooskewed|difference between & too large|too skewed|server time|current time",
        "certificate|cert & not yet valid|not valid before",
        "token used too early|used before issued|issued in the future|not yet valid (nbf)|immature signature|nbf|iat",
        "clock|system time|local time|device time & skew|wrong|incorrect|sync|not in sync|out of sync|drift|check|ahead|behind",
        "short-lived token & reasonable timeframe|iat and exp",
        "时间 & 偏差|不同步|误差|时钟|时间戳",
        "timestamp is|timestamp too|request timestamp|timestamp out|timestamp expired|x-amz-date|timestamp in & too old|expired|skew|future|out of range|invalid|range",
    ])
    .when(is_aws_for_models)
    .of_an_api(),
    Rule::new("clock_skew", 6.6)
        .says(&[
            "signature|hmac|x-date|x-tc-timestamp|date header|request time & out of date|has expired|is expired|differ|skew|too far|not within|not synchron|\
             five minutes|15 minutes|300 seconds & !access token|api key expired|security token|certificate",
        ])
        .when(is_aws_for_models)
        .of_an_api(),
    Rule::new("clock_skew", 7.4).says(&[
        "signature expired & is now earlier|is now later",
        "signature not yet current",
        "requesttimetooskewed|request time and the current time is too large",
    ])
    .when(is_aws_for_models),
    Rule::new("clock_skew", 7.2).codes(&["requesttimetooskewed"]).when(is_aws_for_models),
    Rule::new("clock_skew", 7.0).os_errors(&["cert_not_yet_valid"]).of_an_api(),
    // Browsers.
    Rule::new("browser_key_exposure", 6.8).says(&[
        "browser-like environment|dangerouslyallowbrowser|dangerously_allow_browser|dangerouslyallowapi",
        "secret & api|key|credentials & browser|client-side|client side & expos|risk|disabled|attack",
    ]),
    Rule::new("cors_blocked", 7.0).says(&[
        "cors & blocked|policy|not allowed|must set|preflight|error|failed|header|request",
        "access-control-allow-origin|cross-origin request blocked|same origin policy|cross-origin & missing|not present|header|\
         disallows|blocked|reason|reading",
        "anthropic-dangerous-direct-browser-access",
        "content security policy|connect-src & violates|refused|directive|blocked",
        "origin & is not allowed by|not allowed by access-control",
    ])
    .of_an_api(),
    // Ollama asks for no key: what it forbids is an origin.
    Rule::new("cors_blocked", 5.8).statuses(&[403]).providers(&["ollama"]).when(is_answer_of_ollama),
    Rule::new("cors_blocked", 6.0).says(&["origin & chrome-extension|moz-extension|extension|app//|tauri|capacitor|http /localhost"]).statuses(&[403]).of_an_api(),
    Rule::new("cors_blocked", 5.0).says(&["preflight & fail|not pass|blocked|403|405", "跨域"]).of_an_api(),
    Rule::new("anthropic_version_missing", 7.0).says(&["anthropic-version & is required|missing|must|not provided|needs|header required"])
        .when(|c| !c.sentences.iter().any(|s| s.normal.contains("anthropic-version: 2023") && s.normal.contains("curl"))),
    Rule::new("anthropic_version_missing", 5.5).says(&["anthropic-version & invalid|not valid|unsupported|unknown"]),
];

/// A cloud that is called with tokens of an hour, and a time of about one that it went well: `up for 70 minutes`.
fn worked_for_an_hour(case: &Case) -> bool {
    const TOKENS: [&str; 4] = ["vertex", "gemini", "azure", "copilot"];
    /// Minutes.
    const LASTED: std::ops::Range<u32> = 50..100;
    let is_hour = |normal: &str| {
        let hours = ["an hour ", "one hour ", "first hour ", "1 hour ", "every hour ", "hourly ", "3600 "];
        hours.iter().any(|hour| normal.contains(hour))
            || normal.split(" min").take(4).any(|before| {
                before.rsplit(' ').next().and_then(|word| word.parse().ok()).is_some_and(|n: u32| LASTED.contains(&n))
            }) && normal.contains(" min")
    };
    TOKENS.iter().any(|provider| case.is_about(provider)) && case.sentences.iter().any(|s| is_hour(&s.normal))
}

/// Nothing says that something in front of Ollama refused, or its cloud, where subscriptions count.
fn is_answer_of_ollama(case: &Case) -> bool {
    const OTHERS: [&str; 11] = [
        "cloud",
        "subscription",
        "upgrade",
        "sign in",
        "api key",
        "nginx",
        "proxy",
        "forbidden by",
        "permission",
        "plan",
        "unauthorized",
    ];
    !case.sentences.iter().any(|s| OTHERS.iter().any(|word| s.normal.contains(word)))
}
