//! Turns of phrase for causes in who calls and what is called, where neither a code nor an object's own word is printed.
//!
//! Beneath the finer rules, like `callers`; these join a state (`on hold`, `read-only`, `left the API`) with the object.

use super::seen::{is_azure, is_local_server, message_names_model, names_ip_number};
use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // Credentials.
    Rule::new("key_missing", 5.9).says(&[
        "protected|requires authentication|requires auth|auth required|authentication is needed|must authenticate & supply|send|provide|include|attach|bearer|token|key",
        "no auth header|no auth token|no authentication header|no authentication was|no key was|no key in|no credential|no bearer|no api-key|no x-api-key",
        "authorization|token|api key|api_key|bearer|密钥|令牌 & 携带|附上|带上|付けて|含めて|포함",
    ])
    .of_an_api(),
    Rule::new("key_not_configured", 6.0).says(&[
        "load config|loading config|config file|configuration|settings|client option|preferences & api_key|api key|apikey|api-key & need|missing|must|lacks|no.|not set|required|without|empty \
         & !header|401|403|expired|invalid api",
        "please set|please configure|please enter|please add|you need to set|configure your|set your|enter your|add your & api_key|api key|apikey & !invalid|incorrect|wrong|expired|header|valid api key",
    ])
    .of_an_api(),
    Rule::new("key_invalid", 6.2).says(&["401 authorization required"]).providers(&["perplexity"]),
    Rule::new("key_revoked", 6.2).says(&[
        concat!(key_words!(), "|key. & turned off|switched off|withdrawn|cancelled|canceled|rotated out|was rotated|was rolled|taken out of|pulled by|désactivée|desactivada|desativada \
                & !model|feature|api has"),
    ])
    .of_an_api(),
    Rule::new("key_expired", 6.3).says(&[
        concat!(key_words!(), "|key. & lifetime|validity|valid until|valid till|end date|expiration date|ttl & ended|over.|elapsed|passed|past|ago|reached|exceeded & !oauth|access token|session"),
    ])
    .of_an_api(),
    Rule::new("key_missing", 6.0)
        .says(&["authorization|x-api-key|api-key.|bearer token & absent|not found|not there|not present|could not find|nowhere|was not in & !invalid|model"])
        .statuses(&[401, 403]).of_an_api(),
    Rule::new("key_revoked", 6.2).says(&["key.|keys|token. & public repository|public repo|found in public|shut off|shut down|was pulled & !model|api has|connection"])
        .of_an_api(),
    // Identity.
    Rule::new("org_mismatch", 6.2)
        .says(&["org.|org-|organization|organisation & differ|mismatch|do not match|does not match|not the same & key|header|token & !project"]).of_an_api(),
    Rule::new("key_insufficient_scopes", 6.2).says(&[
        "api key|key.|token. & read-only|read only|list only|limited to reading & can not|not allowed|inference|completions|create|may not",
        "api key|key.|token. & lacks|without|not include|not carry|missing|needs|not granted & grant|capability|scope|inference|:write|:read|model.request & !expired|x-api-key header",
    ])
    .of_an_api(),
    Rule::new("ip_not_allowed", 6.0)
        .says(&["came from|comes from|coming from|originat|called from|requests from|sent from & only|not|outside|refused|no.|blocked|denied"])
        .when(names_ip_number).of_an_api(),
    Rule::new("account_deactivated", 6.3).says(&[
        "account|workspace|organization|organisation|konto|compte|cuenta|conta.|учетная запись|аккаунт|アカウント|계정 & on hold|under review|pending review|pending a review|paused|\
         was closed|been closed|is closed|terminated|trust and safety|gesperrt|fermé|cerrada|encerrada|закрыт|停止|정지 & !model|request was|billing|payment|credit|balance",
    ])
    .of_an_api(),
    Rule::new("aws_token_expired", 6.6).says(&["aws sso login|aws-sso login", "sso|session credentials|temporary credentials & ran out|run out|lapsed|too old"])
        .of_an_api(),
    Rule::new("key_insufficient_scopes", 6.3).says(&["scope|scopes & lack|lacks|missing|without|needs|not granted|not carry & !api-version|variable"]).statuses(&[401, 403])
        .of_an_api(),
    Rule::new("ip_not_allowed", 6.0).says(&["address|caller|client & allowlist|allow list|allow-list|whitelist|white list"]).when(names_ip_number).of_an_api(),
    // Models.
    Rule::new("model_not_found", 4.7).says(&[concat!(not_there!(), "|not find|no trace of & !tool|file|image|deployment|parameter|route|path|endpoint|url|scope|permission|chat")])
        .when(message_names_model).of_an_api(),
    Rule::new("model_access_tier", 3.9).statuses(&[403]).when(message_names_model).of_an_api(),
    Rule::new("model_access_tier", 6.1).says(&["subscription|plan.|tier & not cover|not part of|not available on|not available in|not contain|reach|not come with & !rate limit|quota|per minute|per day"])
        .when(|c| !c.models.is_empty()).of_an_api(),
    Rule::new("project_lacks_model", 6.9).says(&["key.|token.|team|project|user & no rights|no right|not entitled|no grant|not cleared|not assigned & model|gpt-|claude|gemini|llama"])
        .of_an_api(),
    Rule::new("model_deprecated", 6.3).says(&["下线|退役|停服|淘汰|サービスを終了"]).when(|c| !c.models.is_empty()).of_an_api(),
    Rule::new("completion_model_on_chat", 7.2).says(&["not allowed to sample from this model", "can not do chat|can not chat|not do chat|not made for chat & !api key"]).of_an_api(),
    Rule::new("model_no_vision", 6.4).says(&["pictures|photos|images|image input|image parts & not accepted|not taken|not processed|not understood|not read & model|glm|gpt|claude|llama|deepseek|qwen & \
        !format|url|size|large"]).of_an_api(),
    Rule::new("model_name_mismatch_local", 6.4)
        .says(&["model & not the one|not the loaded|other model is|another model is|different model is & loaded|served|running"]).when(is_local_server),
    Rule::new("model_access_tier", 6.1).says(&[
        "limited beta|closed beta|private beta|private preview|limited preview|invite|invited|rollout|rolling out|not enrolled|early-access|preview program|let in|waiting list|not yet open",
    ])
    .when(|c| !c.models.is_empty()).of_an_api(),
    Rule::new("project_lacks_model", 6.9).says(&[
        "team|project|key.|group|user|workspace|department|customer & may only use|may only call|can only use|can only call|only allowed to use|restricted to the models|limited to the models|\
         allowed models|not on its list of models & !tool",
    ])
    .of_an_api(),
    Rule::new("model_deprecated", 6.2).statuses(&[410]).when(|c| !c.models.is_empty()).of_an_api(),
    Rule::new("org_verification_required", 6.8)
        .says(&["verified org|verified organi|unverified org|org verification|organization is not verified|org is not verified|not verified org"]).of_an_api(),
    Rule::new("chat_model_on_completions", 6.6)
        .tells("use the chat endpoint|chat endpoint instead|belongs on the chat|send it to chat|use chat completions & /v1/completions|v1/completions|completions. & !not a chat|/v1/responses")
        .of_an_api(),
    Rule::new("model_responses_only", 7.1).says(&["responses api|v1/responses|/v1/responses & only|exclusively|solely & !previous_response|conversation|store|not only|chat/completions"]).of_an_api(),
    Rule::new("model_no_vision", 7.1)
        .says(&["is not multimodal|not a multimodal|is text-only|is text only|has no vision|no vision support|without vision|lacks vision & image|image_url|picture|vision|photo"]).of_an_api(),
    Rule::new("model_loading", 6.3).says(&[
        concat!(model_words!(), "|weights & 読み込み中|ロード中|로딩 중|로드 중|불러오는|caricamento|laden gerade|wird gerade geladen|en cours de chargement|carregando|carregado|загружа|加载|启动中"),
    ])
    .of_an_api(),
    // Addresses.
    Rule::new("base_url_malformed", 7.4)
        .says(&["base_url|base url|baseurl|api_base|apibase|endpoint|api url & no scheme|without a scheme|without scheme|lacks a scheme|no protocol|lacks the scheme|lacks http|without http"]).of_an_api(),
    // Clouds.
    Rule::new("azure_api_version", 7.2)
        .says(&["introduced in|added in|available from|available since|starting with|first available|only from|came with & api-version|api version|api_version"])
        .when(is_azure),
    Rule::new("bedrock_inference_profile_required", 7.2)
        .says(&["on demand|on-demand & can not be invoked|not be invoked|can not invoke|not invocable|can not|not available & profile|bedrock|throughput"]).of_an_api(),
    // A model by another word for what is not there.
    Rule::new("model_not_found", 4.9).says(&[
        "model|engine & can not resolve|could not resolve|not resolve|nothing matches|matches nothing|did you mean|perhaps you meant|anything we|none of & !v1/chat|endpoint|url|host",
    ])
    .when(is_called).of_an_api(),
];

/// Whether an answer's status stands there that a name nobody knows gets.
fn is_called(case: &Case) -> bool {
    case.statuses.is_empty() || case.status_is(&[400, 404, 422])
}

#[cfg(test)]
mod tests;
