//! Content that a safety system or a filter refused.

use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    Rule::new("content_policy", 5.2).codes(&[
        "content_policy_violation",
        "invalid_prompt",
        "moderation_blocked",
        "data_inspection_failed",
        "datainspectionfailed",
        "content_policy",
        "safety",
        "prohibited_content",
        "sensitive_words_detected",
        "sensitivecontentdetected",
        "inputtextsensitivecontentdetected",
        "outputtextsensitivecontentdetected",
        "content_blocked",
        "content_moderation",
        "image_generation_user_error",
        "guardrail_intervened",
        "recitation",
        "blocklist",
        "cyber_policy_violation",
        "violation_of_policy",
    ]),
    Rule::new("content_policy", 5.2)
        .says(&[
            "flagged|violat|violating|violates|violation|rejected|refused|disallowed & usage policy|usage policies|content policy|safety system|\
             content policies|our policies|acceptable use|moderation|safety policies|usage guidelines|safety|terms of & !regex|unique|constraint|\
             foreign key|account|organization has been|data policy",
            "blocked|blocks|blocking|filtered|stopped|refused & safety|prohibited_content|prohibited content|recitation|blocklist|moderation|\
             sensitive|harm|spii|harm_category|guardrail|guardrails|inappropriate & !cloudflare|guardrail restrictions",
            "inappropriate content|sensitive content|sensitive information|unsafe content|harmful content|offensive content|harm_category|prohibited \
             content|explicit content|inappropriate & input|output|prompt|request|data|content|may contain|detected|contain",
            "data may contain inappropriate|datainspection|data_inspection_failed|content exists risk|content_policy_violation",
            "flagged & prompt|input|request|content|moderation|categories & !feature",
            "finish_reason|finishreason|finish reason & safety|prohibited_content|recitation|blocklist|content_filter",
            "valid part & none were returned|finish_reason|safety",
            "finishreasonsafety|blocked: candidate|content filtering policy|blocked by content filtering",
            "response was blocked|prompt was blocked|block_reason|blockreason|candidate was blocked",
            "moderation & blocked|failed|flagged|violation|required moderation",
            "real people|likeness|copyright & policy|violat|guardrail|blocked|refus",
            "safety filter|safety setting|responsible ai & prohibited|blocked|violat|threshold|filtered|refus",
            "敏感|不安全|违规|不当|违反|有害|审核 & 内容|词|信息|输入|输出",
            "sensitive_words_detected|sensitive words",
            "richtlinie & verst|verletz|blockiert",
            "politique & contenu|violation",
            "política & contenido|conteúdo|viola|infring",
            "ポリシー & 違反",
            "политик & нарушен|контент",
        ])
        .of_an_api(),
    Rule::new("content_policy", 5.4).says(&[
        "data may contain inappropriate|datainspectionfailed|data_inspection_failed|content exists risk|输入或生成内容|finishreasonsafety",
    ]),
    // Why a model of images or text ended, by the name that the API gives it.
    Rule::new("content_policy", 5.8).says(&["image_safety|image_prohibited_content|image_recitation|prohibited_content|spii.|blocklist|safety_blocked|safety_violation|content_moderation|\
        content_blocked|prompt_blocked|moderation_blocked|unsafe_content|sensitive_content|nsfw_content|nsfw content"]).of_an_api(),
    Rule::new("content_policy", 5.2).when(|case| facts::code_of(case, &["image", "content", "prompt", "output", "input", "text"],
        &["safety", "sensitive", "prohibited", "unsafe", "moderat", "inappropriate", "nsfw", "policy"])).of_an_api(),
    Rule::new("content_policy", 4.0).exceptions(&["contentpolicyviolationerror", "blockedpromptexception", "stopcandidateexception", "contentfilterfinishreasonerror"]),
    // One gateway calls every refusal by Azure so.
    Rule::new("content_policy", -3.0).says(&["invalid schema|additionalproperties|unsupported parameter"]),
    Rule::new("content_filter_azure", 6.4)
        .says(&["azure & content management policy|content filter|content_filter|content filtering|filtered|content safety|responsible ai"]),
    Rule::new("content_filter_azure", 6.2).codes(&["responsibleaipolicyviolation", "contentfilter"]),
    Rule::new("content_filter_azure", 6.0).says(&[
        "content management policy",
        "responsibleaipolicyviolation|content_filter_result|content_filter_results|content_filter_offsets",
        "jailbreak|self_harm|hate|violence|sexual & filtered & severity|true|detected",
        "triggering & content filter|content filtering",
    ]),
    Rule::new("content_filter_azure", 5.4).codes(&["content_filter"]),
    Rule::new("content_filter_azure", 2.0).codes(&["content_filter", "content_policy_violation"]).providers(&["azure"]),
    Rule::new("content_filter_azure", -2.5).says(&["invalid schema|additionalproperties"]),
];
