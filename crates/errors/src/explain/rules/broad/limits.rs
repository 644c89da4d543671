//! What is counted, and in which period.

use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    Rule::new("rate_limit_requests", 4.2)
        .says(&[concat!(request_words!(), "&", per_minute!(), "&", exceeded!(), "& !per day|daily|token|images")])
        .only_of_an_api(),
    Rule::new("rate_limit_requests", 3.6)
        .says(&["slow down|cooling off|cool down|calls within|requests within|anfragelimit|anfragenlimit|too fast|too quickly|too often|too frequent|back off|backoff|throttl|zu schnell|trop vite|muy rápido|terlalu"])
        .only_of_an_api(),
    Rule::new("rate_limit_tokens", 4.6)
        .says(&[concat!(token_words!(), "&", per_minute!(), "&", exceeded!(), "& !per day|daily|bigger than|larger than")])
        .only_of_an_api(),
    Rule::new("rate_limit_tokens", 4.0).says(&[concat!(token_words!(), "&", per_minute!())]).statuses(&[429]),
    Rule::new("rate_limit_daily", 4.8)
        .says(&[concat!(per_day!(), "&", exceeded!(), "&", request_words!(), "|", token_words!(), "|limit|quota|cap.|allowance")])
        .only_of_an_api(),
    Rule::new("rate_limit_daily", 4.0).says(&[per_day!()]).statuses(&[429]).only_of_an_api(),
    Rule::new("rate_limit_images", 4.8)
        .says(&[concat!("image|picture|photo|bild|imagen|imagem|immagin|изображен|画像|图片|图像|이미지 &", per_minute!(), "&", exceeded!())])
        .only_of_an_api(),
    Rule::new("rate_limit_free_tier", 5.0)
        .says(&[concat!(
            "free plan|free tier|free account|free user|free key|free version|free model|trial plan|trial account|trial key|hobby plan|\
             starter plan|kostenlos|gratuit|gratis|gratuito|gratuita|бесплатн|無料|免费|무료 &",
            exceeded!(),
            "& !credit|balance"
        )])
        .statuses(&[429])
        .only_of_an_api(),
    Rule::new("request_exceeds_tpm", 6.2)
        .says(&[concat!(
            token_words!(),
            "&",
            per_minute!(),
            "& never|by itself|alone|on its own|a single request|one request|single call|bigger than|larger than|in one go & !try again in|used"
        )])
        .only_of_an_api(),
    Rule::new("concurrency_limit", 4.8)
        .says(&[concat!(at_once!(), "&", exceeded!(), "|wait|only")])
        .statuses(&[429])
        .only_of_an_api(),
    Rule::new("concurrency_limit", 4.2)
        .says(&[concat!(at_once!(), "&", exceeded!(), "&", request_words!(), "|stream|session|connection|job|limit")])
        .only_of_an_api(),
    Rule::new("provider_overloaded", 4.6)
        .says(&[concat!(busy!(), "& !memory|disk|gpu memory|quota|credit")])
        .statuses(&[503, 529])
        .only_of_an_api(),
    Rule::new("provider_overloaded", 4.0)
        .says(&[concat!(
            busy!(),
            "& retry|try again|later|moment|currently|wait|minutes|dropped|rejected|später|plus tard|más tarde|mais tarde|più tardi|позже|\
             後ほど|稍后|稍後|나중 & !memory|disk|quota|credit"
        )])
        .only_of_an_api(),
    Rule::new("provider_overloaded", 5.0)
        .says(&["gpu|gpus|cluster|capacity|servers|nodes|workers|machines|pool & occupied|fully|exhausted|full.|all busy|taken|no room|no more & !memory|out of memory"])
        .statuses(&[429, 503, 529])
        .only_of_an_api(),
    Rule::new("insufficient_quota", 4.2)
        .says(&["quota|할당량|配额|クォータ|квот|kontingent|cuota|cota. & 요금제|결제|套餐|账单|プラン|請求|тариф|оплат|tarif|abrechnung|plan|factur|fatura|billing & !free|gratuit"])
        .statuses(&[429])
        .only_of_an_api(),
    Rule::new("billing_not_active", 5.0).says(&["facturation|facturación|faturamento|fatturazione|abrechnung|биллинг|결제 계정|课金|計費 & activer|activar|ativar|attivare|aktivier|включ|활성|有効|启用|enable"]).only_of_an_api(),
    Rule::new("credits_exhausted", 4.6).says(&["credit|credits & left|remaining & needs|need|requires|costs", "balance|prepaid|guthaben|余额 & negative|below zero|为 0|is 0|minus"]).only_of_an_api(),
    Rule::new("account_deactivated", -3.0).says(&["balance|prepaid|credit|credits|ceiling|monthly|budget|spend & negative|burned|used|reached|spent"]),
    Rule::new("gateway_budget_exceeded", 5.0).says(&["team|virtual key|project|tenant|user. & usd|eur|$|dollar & ceiling|cap.|budget|burned|spent|monthly"]).only_of_an_api(),
    Rule::new("concurrency_limit", 4.4).says(&[concat!(at_once!(), "& only|of 1|of 2|of 3|of 4|of 5|taken|max|may run|can run")]).statuses(&[429]).only_of_an_api(),
    Rule::new("rate_limit_daily", 4.4).says(&["24-hour|24 hour|daily|day. & allotment|spent|allowance|renews|used up"]).statuses(&[429]).only_of_an_api(),
    // Money.
    Rule::new("insufficient_quota", 4.6)
        .says(&[concat!(
            "quota|allowance|allotment|contingent|kontingent|cuota|cota.|квот|配额|クォータ|할당량|premium request & not enough|insufficient|\
             run dry|ran out|run out|depleted|used up|used: 100|100%|empty|nothing left|none left|no remaining|is gone|consumed|"
            , exceeded!(),
            "& plan|billing|subscription|upgrade|account|month|organization|organisation|abonnement|forfait|facturation|facturación|\
             abrechnung|тариф|套餐|账户 & !free|per minute|per day|daily|requests per"
        )])
        .only_of_an_api(),
    Rule::new("insufficient_quota", 4.0)
        .says(&["quota & not enough|insufficient|empty|depleted|run dry|none left|used up|100% & !disk|storage|memory"])
        .only_of_an_api(),
    Rule::new("credits_exhausted", 4.6)
        .says(&[
            "wallet|balance|credit|funds|prepaid|guthaben|solde|saldo|crédit|crédito|баланс|средств|残高|余额|额度|잔액|크레딧 & empty|zero|\
             negative|depleted|exhausted|insufficient|not enough|too low|ran out|run out|used up|none left|nothing left|is gone|leer|\
             aufgebraucht|vide|épuisé|agotad|insuficient|esgotad|esaurit|пуст|недостаточно|исчерпан|不足|为0|为零|用完|耗尽|부족 & !load|\
             memory|max_tokens",
            "top up|topup|deposit|recharge|refill|add funds|add credit|buy credit|purchase credit|充值|aufladen|recharger|recargar|recarregar|\
             ricaricar|пополн|チャージ|충전 & wallet|balance|account|credit|funds|continue|keep using|guthaben|solde|saldo|баланс|账户|余额|额度",
        ])
        .only_of_an_api(),
    Rule::new("billing_not_active", 6.2)
        .says(&["billing & requires|required|must be|to be|needs|please|has to be & enable|enabled|activate|activated|set up|turned on & !free|credit"])
        .only_of_an_api(),
    Rule::new("billing_not_active", 4.8)
        .says(&[
            "invoice|bill.|payment|card.|rechnung|zahlung|facture|paiement|factura|pago|fatura|pagamento|счет|оплат|账单|付款|支払 & could not|\
             unpaid|overdue|past due|failed|declined|expired|outstanding|not collected|succeeds|offen|überfällig|impayé|vencid|pendiente|\
             pendente|scadut|просроч|逾期|失败|未払 & paused|suspended|access|disabled|blocked|stopped|until|api|gesperrt|suspend|bloque|\
             sospes|приостанов|暂停|停止",
        ])
        .only_of_an_api(),
    Rule::new("gateway_budget_exceeded", 4.8)
        .says(&["spend|spent|cost|spending & cap.|budget|ceiling|allowance & team|key.|user|project|tenant|virtual & exceed|reached|over|rejected|blocked|used up"])
        .only_of_an_api(),
    Rule::new("rate_limit_tokens", 3.2).says(&[token_words!()]).statuses(&[429]).when(counts_no_window),
];

/// The tokens are not those of a model's window or of an output limit.
fn counts_no_window(case: &Case) -> bool {
    !facts::mentions(case, &["context", "max_tokens", "credential", "access token", "api token", "balance", "credit"])
        && facts::mentions(case, &["tokens", "tpm", "токен", "トークン"])
}
