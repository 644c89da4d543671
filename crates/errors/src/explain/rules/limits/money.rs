//! Quota, prepaid credit, bills and the budgets of gateways.

use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    // A code that nobody has listed, by the words that it is made of.
    Rule::new("credits_exhausted", 6.8).when(|case| facts::code_of(case, NOT_ENOUGH, &["credit", "balance", "fund"])).of_an_api(),
    // A bound that the holder has set, or that a trial has.
    Rule::new("insufficient_quota", 6.8)
        .says(&[
            "inference limit|usage limit|consumption limit|spending limit|free allowance|free allocation|trial limit|free quota|trial quota|experience mode & reached|exceeded|used up|exhausted|hit & \
             paused|suspended|stopped|disabled|closed|activation|unavailable|turn off|adjust|continue & \
             !daily|per day|today|tomorrow|per minute|per min",
        ])
        .of_an_api(),
    Rule::new("insufficient_quota", 5.8).codes(&["setlimitexceeded", "set_limit_exceeded"]),
    // The account has no quota left.
    Rule::new("insufficient_quota", 5.0).codes(&[
        "insufficient_quota",
        "exceeded_current_quota_error",
        "quota_limit_reached",
        "insufficientquota",
        "quota_exceeded_error",
        "quota_exceeded",
    ]),
    Rule::new("insufficient_quota", 4.5)
        .says(&[
            "exceeded|exceeds|used up|exhausted|reached & current quota|your quota|account quota|usage quota",
            "insufficient_quota|insufficient quota|not enough quota",
            "quota & exceeded|exhausted & plan & billing|payment|subscription",
            "usage limit & plan|subscription|regain access|billing period|month",
            "reached & specified & usage limit",
            "premium request|premium model|premium interaction & quota|allowance|exceeded|exhausted|limit",
            "monthly|month & quota|usage limit|spending limit|spend limit & exceeded|reached|exhausted|hit",
            "free trial & expired|ended|used up",
            "超出|超过|用完|耗尽 & 当前配额|您的配额|总配额",
            "kontingent & überschritten|aufgebraucht|erschöpft",
            "quota & dépassé|épuisé",
            "cuota & excedid|superad|agotad",
            "cota & excedid|esgotad",
            "クォータ|利用枠 & 超|使い切",
            "квот & превышен|исчерпан",
        ])
        .of_an_api(),
    Rule::new("insufficient_quota", 5.2).says(&["exceeded your current quota|exceeded your account quota"]),
    Rule::new("insufficient_quota", 1.5).says(&["plan & billing detail"]).of_an_api(),
    Rule::new("insufficient_quota", 2.0)
        .says(&["check & billing|quota|credit|subscription"])
        .statuses(&[429, 402])
        .of_an_api(),
    // A provider's own code for money beneath the general type.
    Rule::new("insufficient_quota", -2.0).codes(&["insufficient_credits", "insufficient_balance", "insufficient_funds"]),
    Rule::new("insufficient_quota", -2.0).says(&["free_tier|freetier|free tier|per day|perday|perminute|free-models"]),
    Rule::new("insufficient_quota", -2.0)
        .when(|case| facts::mentions(case, &["free_tier", "freetier", "perday", "perminute", "generativelanguage.googleapis.com/generate"])),
    // Google says "current quota" of each of its limits and then names the one.
    Rule::new("insufficient_quota", -1.5).codes(&["resource_exhausted"]),
    // The prepaid balance is empty.
    Rule::new("credits_exhausted", 5.5)
        .codes(&[
            "insufficient_credits",
            "insufficient_balance",
            "insufficient_credit",
            "insufficient_funds",
            "insufficient_balance_error",
            "insufficientbalance",
            "credits_exhausted",
            "out_of_credits",
            "credit_limit_exceeded",
            "credit_limit",
            "insufficient_user_quota",
            "not_enough_balance",
            "balance_not_enough",
            "no_credits",
            "payment_required",
        ])
        .of_an_api(),
    Rule::new("credits_exhausted", 5.2)
        .says(&[
            "insufficient|not enough|low|lack|out of|no more|depleted|ran out|run out|exhausted|used up|used all|zero|\
             negative & credit|balance|funds & !memory|load|buffer|gpu & !more credits or fewer",
            "not have any|does not have|have no|never purchased|without & credit|balance|funds & !access",
            "no.|zero|none & balance|credit|credits|funds & left|remaining|available",
            "positive & credit|balance & required|need",
            "exceeded|reached|exhausted & included credits|free credits|monthly credits|credit limit|credit grant|\
             available credits",
            "top up|recharge|purchase|buy|add & credit|balance|funds & insufficient|continue|exhausted|below|required",
            "余额不足|额度不足|余额已用尽|额度已用尽|余额为|请充值|账户余额|餘額不足|已欠费|欠费|点数不足|积分不足",
            "guthaben & reicht|aufgebraucht|unzureichend|nicht genug|erschöpft",
            "solde|crédit & insuffisant|épuisé",
            "saldo|crédito & insuficiente|agotad|esgotad",
            "残高|クレジット & 不足|足り",
            "недостаточно & средств|кредит|баланс",
        ])
        .of_an_api(),
    Rule::new("credits_exhausted", 3.0).statuses(&[402]),
    Rule::new("credits_exhausted", 2.5).says(&["payment required"]).of_an_api(),
    Rule::new("credits_exhausted", -1.5).statuses(&[402]).says(&["model & not found|does not exist"]),
    Rule::new("credits_exhausted", 5.0)
        .says(&["requires|required|need & credits & have|remaining|left & !afford|fewer"])
        .of_an_api(),
    Rule::new("credits_exhausted", 5.4).says(&["used all available credits|credit balance is too low"]),
    // The balance does not cover max_tokens.
    Rule::new("credits_below_max_tokens", 6.5).says(&[
        "more credits|credit & fewer|lower|less|reduce & max_tokens|tokens",
        "can only afford",
        "afford & requested & token",
        "prompt tokens limit exceeded",
    ]),
    Rule::new("credits_below_max_tokens", 6.0)
        .says(&["balance|credit|quota & not cover|cover & max_tokens|completion|output token"]),
    // Bills.
    Rule::new("billing_not_active", 6.0).codes(&[
        "billing_not_active",
        "billing_hard_limit_reached",
        "arrearage",
        "accountoverdueerror",
        "billing_disabled",
        "account_overdue",
        "invalid_payment_instrument",
    ]),
    Rule::new("billing_not_active", 5.5)
        .says(&[
            "account|billing & not active & billing|bill|payment|invoice",
            "billing_not_active|billing_disabled|accountoverdueerror|arrearage|billing_hard_limit_reached",
            "billing & hard limit & reached",
            "billing account & disabled|not found|not active|closed|delinquent|absent",
            // `billing enabled` alone says that it is.
            "requires|required|set up|must|please|needs|enable billing|enable it & billing & enabled|enable|to be enabled & !api & !free",
            "overdue|unpaid|past due|past invoice|failed payment|payment failed|outstanding invoice|payment overdue",
            "valid payment|payment instrument|payment method & invalid.|required|missing|add|no valid|declined|expired & \
             !rate limit",
            "account & not in good standing|in good standing|arrears",
            "欠费停|账单逾期|账户欠费|逾期",
            "rechnung & überfällig|unbezahlt|offen",
        ])
        .of_an_api(),
    Rule::new("billing_not_active", 6.4)
        .says(&["suspended|deactivated|blocked|paused|disabled & payment|invoice|spending limit|unpaid & !policy"])
        .of_an_api(),
    Rule::new("billing_not_active", 5.8).says(&["not active & billing detail", "only accessible to billed users"]),
    Rule::new("account_deactivated", -2.5).says(&["billing detail"]),
    // A gateway's own budgets.
    Rule::new("gateway_budget_exceeded", 6.0).codes(&[
        "budget_exceeded",
        "exceededbudget",
        "exceededtokenbudget",
        "budget_exceeded_error",
        "pre_consume_token_quota_failed",
        "user_spend_limit_exceeded",
    ]),
    Rule::new("gateway_key_invalid", -3.0).says(&["spend limit|budget|usage limit|credit limit"]),
    Rule::new("gateway_budget_exceeded", 6.0).exceptions(&["budgetexceedederror"]),
    Rule::new("gateway_budget_exceeded", 5.6)
        .says(&[
            "budget & exceeded|exceed|over|reached|exhausted|crossed|used up|spent & !thinking|reasoning|latency|error \
             budget|retry budget|time budget",
            "over budget",
            "exceededbudget|budgetexceedederror|exceededtokenbudget|budget_exceeded",
            "max_budget|max budget & spend|cost|exceeded|current",
            "virtual key|team|end user|end-user|api key|token & spend limit|spending limit|usage limit|key limit|credit \
             limit & exceeded|reached|crossed|over & !plan",
            "key limit exceeded",
            "令牌额度|令牌余额|token quota|token remain quota & 不足|用尽|not enough|exceeded|耗尽",
        ])
        .of_an_api(),
    Rule::new("gateway_budget_exceeded", 2.0)
        .says(&["budget"])
        .providers(&["litellm", "portkey", "kong", "helicone", "tollgate"])
        .when(facts::asks_more_than_allowed),
];

/// How codes say that there is none of it left.
const NOT_ENOUGH: &[&str] = &[
    "insufficient",
    "not_enough",
    "notenough",
    "exhausted",
    "out_of",
    "outof",
    "no_",
    "low_",
    "negative",
    "empty",
    "depleted",
];
