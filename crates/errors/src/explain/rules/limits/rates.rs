//! Limits per minute, per day, at once, and of free tiers.

use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::explain::rules::facts;

/// Some word for a limit on a rate.
const SAYS_RATE: &[&str] = &[
    "rate limit|rate_limit|rate-limit|ratelimit|too many request|toomanyrequests|throttl|throttling",
    "request & too frequent|too fast|too quickly",
    "请求过于频繁|请求频率|频率过高|限流|速率限制|访问频率|调用频率|请求过多|請求過於頻繁|过于频繁",
    "zu viele anfragen|ratenbegrenzung|ratenlimit",
    "trop de requêtes|limite de débit",
    "demasiadas solicitudes|demasiadas peticiones|límite de velocidad|límite de tasa",
    "muitas solicitações|muitas requisições|limite de taxa",
    "リクエストが多すぎ|レート制限|レートリミット",
    "слишком много запросов|превышен лимит запросов|ограничение скорости",
];

/// Codes for too many requests.
const RATE_CODES: &[&str] = &[
    "rate_limit_exceeded",
    "rate_limit_error",
    "rate_limited",
    "rate_limit_reached_error",
    "rate_limit",
    "ratelimitreached",
    "too_many_requests",
    "toomanyrequests",
    "toomanyrequestsexception",
    "throttlingexception",
    "throttling",
    "throttling.ratequota",
    "throttling.burstrate",
    "limit_requests",
    "requests",
];

/// Somebody waited for a place among those that run, and got none.
const WAITED_FOR_A_SLOT: &[&str] = &[
    "concurrent request slot|concurrency slot|concurrency permit|request slot|free slot|open slot|available slot|inference slot|for a slot|for slot|semaphore|concurrency limiter & \
     timed out|timeout|time out|waiting|waited|gave up|acquire|acquiring & !save|cache slot",
];

pub(super) const RULES: &[Rule] = &[
    // One request over the limit per minute: no wait helps.
    Rule::new("request_exceeds_tpm", 6.5)
        .says(&["rate limit|tokens per min|tpm.|token per minute|tokens per day|tpd.|tokens & per & minute|limit & requested"])
        .when(|case| facts::asks_more_than_allowed(case) && counts_tokens_over_time(case)),
    Rule::new("request_exceeds_tpm", 6.0)
        .codes(&["rate_limit_exceeded", "tokens", "rate_limit_error"])
        .when(|case| facts::asks_more_than_allowed(case) && counts_tokens_over_time(case)),
    Rule::new("request_exceeds_tpm", 6.0).says(&[
        "request too large & tokens per min|tpm.|organization|service tier|token rate|tier",
        "input or output tokens must be reduced",
        "request & larger|exceeds|too large|bigger & tokens per min|tpm.|per-minute token|token per minute|per minute & \
         !used|would exceed|try again in|rate limit of",
        "single request & exceed & rate limit|token limit|per minute|minute",
    ]),
    Rule::new("rate_limit_tokens", 5.0)
        .says(&["quota|limit"])
        .when(|case| facts::mentions(case, &["tokensperm", "tokens_per_m", "token_count"]) && facts::mentions(case, &["perminute", "per_minute"])),
    Rule::new("rate_limit_requests", 5.0)
        .says(&["quota|limit"])
        .when(|case| facts::mentions(case, &["requestsperminute", "requests_per_minute", "generaterequestsperminute"])),
    // Tokens per minute.
    Rule::new("rate_limit_tokens", 5.2)
        .says(&[
            "tokens per min|token per min|tokens-per-minute|tokens_per_minute|per-minute token|token rate limit|tokens/min|\
             tpm.|token rate",
            "too many tokens & !maximum|context|total number|prompt",
            "token & per & minute & limit|quota|exceed",
            "token & rate limit|rate_limit",
            "token & time frame|time window|given period|period of time|time period|time interval|rolling window & exceed|limit|\
             maximum|allowed",
            "number of request tokens & per-minute|per minute|rate limit",
            "token limit is exceeded & try again|retry",
            "token quota & minute|per-minute",
            "allocated quota exceeded|throttling.allocationquota & !free",
            "每分钟 & token|tokens",
            "token_rate_limit|token_limit_per_minute|modelaccounttpmratelimitexceeded|tpm_limit|tpm limit",
            "input_tokens_per_minute|output_tokens_per_minute|tokens_per_model_per_minute|input_token_count|\
             tokensperminute",
        ])
        .of_an_api(),
    Rule::new("rate_limit_tokens", 5.6).says(&["too many tokens & wait before trying again & !day"]),
    Rule::new("rate_limit_tokens", 3.5)
        .codes(&["tokens", "tokens_per_minute", "token_rate_limit_exceeded", "tpm_exceeded", "*tpmratelimitexceeded"]),
    Rule::new("rate_limit_tokens", 5.0).codes(&["throttling.allocationquota", "limit_tokens", "*tpmexceeded"]),
    Rule::new("rate_limit_tokens", -2.5).says(&["per day|tpd.|daily|perday"]),
    Rule::new("rate_limit_tokens", 1.5)
        .says(&["rate limit"])
        .when(|case| facts::period_is_a_minute(case) && case.numbers.limit.is_some_and(|limit| limit >= 1000.0)),
    Rule::new("rate_limit_tokens", 3.0)
        .codes(RATE_CODES)
        .when(|case| header_is_used_up(case, "tokens")),
    // Requests per minute.
    Rule::new("rate_limit_requests", 5.0)
        .says(&[
            "requests per min|request per min|requests-per-minute|requests_per_minute|rpm.|request/min|requests/min|\
             requests per second|requests per 10 seconds|rps.|qps.|calls / minute|calls per minute|call rate|\
             requests per hour|requests / minute|per-minute request|request rate",
            "requests & rate limit & exceeded|reached|your|hit & !token",
            "request limit & per minute|minute|second|reached|exceeded & !day|daily",
            "requests|calls & per|each & minute|second|hour & limit|quota|exceed|only|allowed",
            "perminuteper|requestsperminute|requests_per_minute|generaterequestsperminute",
            "rate limit of & per & s|seconds|sec|minute & exceeded",
            "每分钟|每秒 & 请求|次|调用",
        ])
        .of_an_api(),
    Rule::new("rate_limit_requests", -2.0)
        .says(&["per day|rpd.|daily|perday|tokens per min|tpm.|images per min|token rate limit|concurren|tokens per|86400s"]),
    Rule::new("rate_limit_requests", 5.0)
        .says(&["would exceed your account|organization & rate limit & !token|connection", "userbymodelbyminute"]),
    Rule::new("rate_limit_requests", 5.2).codes(&["throttling.ratequota", "throttling.burstrate", "limit_requests"]),
    // Of the services of one cloud, the one for models alone answers so with 429.
    Rule::new("rate_limit_requests", 4.8).codes(&["throttlingexception"]).statuses(&[429]),
    Rule::new("rate_limit_requests", 5.0).says(&["request rejected & 429", "throttling.ratequota|throttling.burstrate"]),
    Rule::new("rate_limit_requests", 5.2).says(&["too many requests & please wait before trying again"]),
    Rule::new("rate_limit_requests", 3.4).codes(RATE_CODES).of_an_api(),
    Rule::new("rate_limit_requests", 3.2)
        .exceptions(&["ratelimiterror", "toomanyrequestserror", "throttlingexception", "toomanyrequestsexception"])
        .of_an_api(),
    Rule::new("rate_limit_requests", 3.2).says(SAYS_RATE).of_an_api(),
    Rule::new("rate_limit_requests", 2.3).statuses(&[429]).of_an_api(),
    Rule::new("rate_limit_requests", 1.8).statuses(&[429]),
    Rule::new("rate_limit_requests", 1.0).when(|case| case.status_is(&[429]) && facts::waits_shortly(case)),
    Rule::new("rate_limit_requests", 1.5).codes(RATE_CODES).when(|case| header_is_used_up(case, "requests")),
    // Without a unit: bad request bodies that speak of "requests" are something else.
    Rule::new("rate_limit_requests", -1.5).statuses(&[400, 401, 403, 404, 422, 500]),
    // Per day.
    Rule::new("rate_limit_daily", 6.0)
        .says(&[
            "requests per day|request per day|tokens per day|rpd.|tpd.|per-day|requests-per-day|requests_per_day|\
             tokens_per_day|per 86400s|calls per day|messages per day|requests/day|tokens/day|images per day",
            "daily & limit|quota|rate limit|allowance|cap & exceeded|reached|exhausted|hit|used up|used|over|exceed",
            "limit|quota & exceeded|reached|hit & per day|a day|for today|today|24 hours|tomorrow",
            "perdayper|requestsperday|tokensperday|generaterequestsperday|per_day",
            "too many tokens per day",
            "userbymodelbyday",
            "今日|每日|每天|当日|當日 & 上限|限额|用完|超|次数|额度|配额",
            "tageslimit|tageskontingent",
            "limite quotidienne|quota quotidien",
            "límite diario|cuota diaria",
            "limite diário|cota diária",
            "1日あたり|日次",
            "дневной лимит|суточный лимит|лимит на день",
        ])
        .of_an_api(),
    Rule::new("rate_limit_daily", 6.0)
        .says(&["quota|limit"])
        .when(|case| facts::mentions(case, &["perday", "per_day", "per-day"])),
    Rule::new("rate_limit_daily", -1.5).when(|case| facts::mentions(case, &["free_tier", "freetier", "free-models-per"])),
    Rule::new("rate_limit_daily", -1.5).says(&["free_tier|freetier|free-models|free tier|free plan|free quota"]),
    Rule::new("rate_limit_daily", 6.0).says(&["userbymodelbyday", "rate limit of & per 86400s", "organization tpd|organization rpd"]),
    Rule::new("rate_limit_daily", 5.0).codes(&["usage_limit_reached", "daily_limit_exceeded", "tpd", "rpd"]),
    Rule::new("insufficient_quota", 4.8).says(&["extra usage is required"]).of_an_api(),
    Rule::new("rate_limit_daily", 5.2).says(&["claude|codex|chatgpt|cursor & usage limit & reached|hit|exceeded"]),
    Rule::new("rate_limit_daily", 4.8)
        .says(&[
            "usage limit|usage cap|message cap & reached|hit & reset|resets|try again at|try again in|day|hour|upgrade",
            "5-hour|5 hour|weekly|per week|five-hour & limit & reached|hit|exceeded",
            "5 小时|5小时 & 上限|限额",
        ])
        .of_an_api(),
    Rule::new("rate_limit_daily", 5.4)
        .says(&["rate limit|limit & used & requested|limit reached|limit exceeded"])
        .when(facts::period_is_a_day),
    Rule::new("rate_limit_daily", 4.6)
        .statuses(&[429])
        .when(|case| facts::waits_long(case) && !facts::asks_more_than_allowed(case))
        .of_an_api(),
    // Images per minute.
    Rule::new("rate_limit_images", 6.2).says(&[
        "images per min|image per min|images/min|ipm.|images-per-minute|images_per_minute|input-images",
        "images & per & minute & limit|exceed|rate",
    ]),
    Rule::new("rate_limit_images", 5.0).codes(&["images", "input-images", "ipm_exceeded"]).statuses(&[429]),
    // Free tiers.
    Rule::new("rate_limit_free_tier", 6.4)
        .says(&[
            "free_tier|freetier|free-models-per|free-tier & quota|limit|exceed|metric|request|token|per",
            "free & tier|plan|model|models|quota|allowance|usage|trial|period & limit|exceeded|exhausted|reached|not \
             have|no.|only|used up|restricted|not available|rate limited|expired & !trial expired",
            "trial key & limited|limit",
            "trial & key|account|plan & limited to|rate limit|calls",
            "free allocated quota|allocationquota.freetieronly|freetieronly|setlimitexceeded",
            "free time limit|free quota tier|free tier limits|free daily",
            "upgrade & free|paid & rate limit|requests per day|quota",
            "免费 & 额度|次数|限制|用完|用尽|上限|配额",
            "adding a payment method & rate limit & limit 3|limit 200",
        ])
        .of_an_api(),
    Rule::new("rate_limit_free_tier", 6.4)
        .says(&["quota|limit|exceed|rate|exhausted"])
        .when(|case| facts::mentions(case, &["free_tier", "freetier", "free-tier", "free-models-per"])),
    Rule::new("rate_limit_free_tier", -2.0).codes(&["insufficient_quota"]),
    Rule::new("rate_limit_free_tier", -2.5).says(&["temporarily rate-limited upstream|rate-limited upstream"]),
    Rule::new("rate_limit_free_tier", 5.0).codes(&["allocationquota.freetieronly", "free_tier_limit", "setlimitexceeded"]),
    Rule::new("rate_limit_free_tier", 4.5).says(&["quota|limit|rate"]).statuses(&[429]).when(facts::allows_nothing),
    // No detail at all.
    Rule::new("quota_exhausted_ambiguous", 3.8).codes(&["resource_exhausted", "resourceexhausted"]),
    Rule::new("quota_exhausted_ambiguous", 3.8).exceptions(&["resourceexhausted", "resourceexhaustedexception"]),
    Rule::new("quota_exhausted_ambiguous", 4.6)
        .says(&[
            "resource|resources & exhausted & !memory|gpu|pool|worker|file",
            "resource_exhausted|resource exhausted",
            "check quota",
            "quota exceeded & aiplatform|generativelanguage|vertex|base_model|base model",
            "quota exceeded & !pull & !disk|storage|per minute|per day|perday|perminute|current quota|free",
            "servicequotaexceededexception|service quota",
            "quota & limit & exceeded|reached & metric",
        ])
        .of_an_api(),
    Rule::new("quota_exhausted_ambiguous", 5.0).says(&["resource has been exhausted & check quota"]),
    Rule::new("quota_exhausted_ambiguous", 5.2)
        .says(&["resource exhausted|resource_exhausted|resource has been exhausted"])
        .when(|case| facts::mentions(case, &["vertex-ai", "generative-ai", "generativelanguage", "aiplatform"])),
    Rule::new("quota_exhausted_ambiguous", 3.0).says(&["current quota"]).codes(&["resource_exhausted"]),
    Rule::new("quota_exhausted_ambiguous", -1.5)
        .when(|case| facts::mentions(case, &["free_tier", "freetier", "perday", "perminute", "per_minute", "per_day", "per minute", "per day"])),
    Rule::new("quota_exhausted_ambiguous", 5.0)
        .says(&["exhausted|used up|ran out of|run out of|out of|exceeded & your capacity|your allowance|capacity on this model|your usage|your share & !memory|credit|balance|tokens per|per minute|per day|disk"])
        .statuses(&[429, 403, 402])
        .of_an_api(),
    Rule::new("provider_overloaded", -4.0).says(&["your capacity"]),
    Rule::new("rate_limit_requests", -1.5).says(&["input tokens per minute|output tokens per minute & !requests per"]),
    Rule::new("timeout", -3.0).says(&["timeout while downloading|timed out while downloading & http|https|image|file|url"]),
    Rule::new("quota_exhausted_ambiguous", 1.2).statuses(&[429]).of_an_api(),
    Rule::new("quota_exhausted_ambiguous", 2.6).says(&["quota & exceed|exhaust|limit"]).statuses(&[429]),
    // At the same time.
    Rule::new("concurrency_limit", 6.0)
        .says(&[
            "concurren|parallel|simultaneous & request|connection|call|limit|session|task|job & too many|limit|exceed|\
             maximum|max|reached|only|allowed & !limiter|create",
            "max parallel|max_parallel|maxparallel|inflightbatchsizeexceeded",
            "request reached & max & concurrency|organization concurrency",
            "userconcurrentrequests|concurrent_request|concurrency_limit",
            "too many & in flight|in-flight|at the same time|at once",
            "并发 & 过高|上限|超|限制|过多|数",
            "gleichzeitig & anfragen|zu viele|limit",
            "simultané & requête|limite",
            "同時 & リクエスト|上限",
            "одновременн & запрос",
        ])
        .of_an_api(),
    Rule::new("concurrency_limit", 5.5).codes(&[
        "concurrency_limit_exceeded",
        "concurrent_request_limit",
        "concurrency_limit",
        "too_many_concurrent_requests",
        "max_parallel_requests",
        "userconcurrentrequests",
        "inflightbatchsizeexceeded",
        "limit_concurrency",
    ]),
    Rule::new("concurrency_limit", 5.2).says(&["too many concurrent requests"]).statuses(&[429]),
    Rule::new("concurrency_limit", 5.6).says(&["并发数过高", "max organization concurrency|organization concurrency"]),
    // A server that lets so many in and keeps the others waiting, until they give up.
    Rule::new("concurrency_limit", 6.6).says(WAITED_FOR_A_SLOT).only_of_an_api(),
    Rule::new("timeout", -4.0).says(WAITED_FOR_A_SLOT),
    Rule::new("gateway_timeout", -4.0).says(WAITED_FOR_A_SLOT),
    // Every other one, no period.
    Rule::new("rate_limit_requests", -5.0).says(&["every second call|every second request|every second time|every other"]),
    // An aggregator's upstream.
    Rule::new("upstream_rate_limited", 6.2).says(&[
        "rate-limited upstream|rate limited upstream|rate-limited by upstream|upstream rate limit|upstream_rate_limit",
        "provider rate limit|provider rate-limit|error from provider|from upstream & rate limit|rate-limit|too many requests",
        "upstream|provider|backend|channel & rate limit|rate-limit|rate_limit|429|too many requests|throttled & own key|\
         upstream|shared|integrations",
        "add your own key & rate limit",
        "no deployments available & try again|cooldown",
        "all & provider|channel|deployment|keys|accounts & rate limit|rate-limit|cooldown|429|cooling",
        "当前分组上游负载已饱和|上游负载已饱和|上游 & 限流|429|频率|饱和",
    ]),
    Rule::new("upstream_rate_limited", 4.2)
        .says(&["provider returned error|upstream error|upstream returned"])
        .statuses(&[429]),
    Rule::new("upstream_rate_limited", 3.0).says(&["upstream|provider returned"]).codes(RATE_CODES),
];

/// The limit is one on tokens in a period, not the size of a model's window.
fn counts_tokens_over_time(case: &Case) -> bool {
    let says = |words: &str| case.sentences.iter().any(|s| s.normal.contains(words));
    let over_time = says("tokens per") || says(" tpm") || says("per minute") || says("request too large");
    over_time || (case.code_is(&["tokens", "rate_limit_exceeded"]) && !says("context"))
}

/// Whether the headers of the answer say that nothing remains of this.
fn header_is_used_up(case: &Case, what: &str) -> bool {
    case.headers.iter().any(|(name, value)| name.contains("remaining") && name.ends_with(what) && value.trim() == "0")
}
