//! Rules for codes that one vendor alone uses, most of them numbers that say nothing by themselves.
//!
//! A number counts with a word of its meaning beside it, or with its vendor, since other systems number their errors too.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // Zhipu: 10xx of keys, 11xx of accounts, 12xx of requests, 13xx of limits.
    Rule::new("key_invalid", 6.0).tells(
        "code 1000.|code 1002.|code 1004. & 身份验证|authorization|authentication|token|令牌|验证 & !未收到|missing",
    ),
    Rule::new("key_invalid", 6.9).says(&["令牌已过期或验证不正确"]),
    Rule::new("credits_exhausted", 6.2).tells("code 1113.|1113. & balance|余额|欠费|recharge|充值|resource package"),
    Rule::new("model_not_found", 6.0).tells("code 1211. & 模型|model"),
    Rule::new("param_missing", 5.0).tells("code 1213.|code 1214. & 参数|param & !content"),
    Rule::new("message_empty_content", 6.2).tells("code 1213.|code 1214. & prompt|messages & content = |content="),
    Rule::new("context_length_exceeded", 6.0).tells("code 1261. & prompt|超长|长度|long"),
    Rule::new("content_policy", 6.0).tells("code 1301. & 敏感|不安全|sensitive|unsafe|content"),
    Rule::new("concurrency_limit", 6.2).tells("code 1302. & 并发|concurren"),
    Rule::new("rate_limit_requests", 6.0).tells("code 1302.|code 1303. & 频率|速率|rate|frequen & !并发|concurren"),
    Rule::new("param_out_of_range", 5.0).tells("code 1210. & 参数|parameter"),
    Rule::new("account_deactivated", 6.0).tells("code 1112.|code 1120.|code 1121. & account|账户|账号|locked|锁定"),
    Rule::new("model_access_tier", 6.4).tells("code 1311.|status_code 2061.|statuscode 2061. & plan|套餐|subscription"),
    Rule::new("rate_limit_daily", 6.0)
        .tells("code 1308.|status_code 2056.|statuscode 2056. & limit|限额|上限 & reset|hour|小时|window"),
    Rule::new("rate_limit_daily", 6.0).tells("code 1304. & 今日|当日|daily|day"),
    Rule::new("provider_overloaded", 6.0).tells("code 1305.|code 1312. & 访问量|过大|请求|busy|overload|traffic"),
    // MiniMax, in `base_resp`.
    Rule::new("key_invalid", 6.0).tells("statuscode 1004.|status_code 1004. & login fail|api secret|auth|secret key"),
    Rule::new("credits_exhausted", 6.2).says(&["insufficient balance & 1008."]),
    Rule::new("rate_limit_requests", 6.0).tells("statuscode 1002. & rate|limit|rpm|频率"),
    Rule::new("rate_limit_tokens", 6.0).tells("statuscode 1039. & token|tpm"),
    Rule::new("content_policy", 6.0).tells("statuscode 1026.|statuscode 1027. & sensitive|敏感|content"),
    Rule::new("key_invalid", 6.0).tells("statuscode 2049. & key"),
    // SiliconFlow: five digits.
    Rule::new("model_not_found", 6.0).tells("code 20012. & model & not exist"),
    Rule::new("credits_exhausted", 6.2).tells("code 30001. & balance"),
    Rule::new("context_length_exceeded", 6.0).tells("code 20015. & prompt_tokens|max_seq_len|length"),
    // Qianfan: 336xxx.
    Rule::new("provider_overloaded", 6.2).tells("336100.|336101. & busy|overload|try again"),
    Rule::new("role_order_invalid", 6.2).tells("336006. & messages|odd|role|even"),
    Rule::new("context_length_exceeded", 6.2).tells("336007.|336103. & length|long|prompt"),
    Rule::new("oauth_token_expired", 6.0).tells("code 110.|code 111.|errorcode 110.|errorcode 111. & access token"),
    Rule::new("key_invalid", 5.8).says(&["unknown client id"]).providers(&["qianfan"]),
    // Watsonx.
    Rule::new("key_missing", 6.0).codes(&["authentication_no_token"]),
    Rule::new("oauth_token_expired", 6.5).codes(&["authentication_token_expired"]),
    Rule::new("key_invalid", 5.5).codes(&["authentication_token_not_valid"]),
    Rule::new("insufficient_quota", 6.0).codes(&["token_quota_reached"]),
    Rule::new("model_deprecated", 6.5).codes(&["model_withdrawn", "model_retired", "model_sunset"]),
    Rule::new("model_not_found", 6.0).codes(&["model_not_supported"]).says(&["model"]),
    // Volcengine.
    Rule::new("model_access_tier", 6.2).codes(&["modelnotopen"]),
    Rule::new("model_not_found", 6.0).codes(&["invalidendpointormodel.notfound", "invalidendpointormodel"]),
    // DashScope.
    Rule::new("quota_exhausted_ambiguous", 6.0).says(&["allocated quota exceeded & increase your quota"]),
    Rule::new("image_url_unreachable", 6.2)
        .says(&["failed to download|download the media|can not download & multimodal|media|image|presigned"])
        .of_an_api(),
    // Tencent Cloud.
    Rule::new("ip_not_allowed", 6.6).says(&["source ip|request ip & whitelist|allowlist|white list & !added"]),
    Rule::new("concurrency_limit", 6.2).says(&["并发数|并发 & 超过|超出|过高|上限|限制"]),
    // NVIDIA: a model is a function of its cloud.
    Rule::new("model_not_found", 6.4).says(&["function & not found for account"]),
    Rule::new("service_unavailable", 6.2).says(&["degraded function & invoked"]),
    Rule::new("concurrency_limit", 6.2)
        .says(&["simultaneous requests|worker local total request limit & reached|limit"]),
    // Workers AI, Databricks, Snowflake, xAI, Portkey.
    Rule::new("account_deactivated", 6.2).says(&["service unavailable for account"]),
    Rule::new("model_not_found", 6.6).codes(&["endpoint_not_found"]).says(&["databricks|model"]),
    Rule::new("permission_denied", 6.0).says(&["role & lacks & database role|cortex_user|privilege"]).of_an_api(),
    Rule::new("credits_exhausted", 6.8).says(&["team & have any credits|not have any credits|purchase & credits"]),
    Rule::new("gateway_budget_exceeded", 6.4)
        .says(&["virtual key & usage limit|usage limits|budget & exhausted|exceeded|reached"]),
    // Voyage, TEI, Mistral and others by what they alone say.
    Rule::new("embedding_input_invalid", 6.2)
        .says(&[
            "input must be a non-empty string|inputs must not be empty|every input must be",
            "batch|input|example & index & is empty|empty string & !arguments|tool",
        ])
        .of_an_api(),
    Rule::new("role_order_invalid", 6.2).codes(&["invalid_request_message_order"]),
    Rule::new("role_order_invalid", 6.2).says(&[
        "unexpected role & after role",
        "role & directly after|consecutive|twice in a row|right after & assistant|user|same",
        "messages & must be an odd number|odd number of|must alternate",
    ]),
    Rule::new("content_type_wrong", 6.0).says(&["expected request with content-type"]),
    Rule::new("quota_exhausted_ambiguous", 5.2)
        .says(&["resource has been exhausted & check quota", "resource exhausted & try again later"]),
    Rule::new("key_revoked", 6.8).says(&[
        "reported as leaked|key & was leaked|has been leaked",
        "access token|api key & was revoked|has been revoked|revoked by",
    ]),
    Rule::new("context_length_exceeded", 6.4)
        .says(&["requires a sequence length & maximum", "requested generation length & not possible"]),
    Rule::new("run_in_progress", 6.2).says(&["thread & already running & finish|strategy|wait|run"]),
];
