//! General words of credentials, identity, models and addresses, beneath the finer rules of those families.
//!
//! Each rule joins an object with what is said of it, in the words and languages that services use; it weighs less than
//! the rules that see a code, a form or a vendor's own words, and more than a bare status.

use super::facts;
use super::seen::{
    asked_with_another_header, blank_variable, deployment_without_version, deployments_twice, headers_as_options,
    is_azure, is_google_for_models, is_local_server, names_a_site_as_base, reads_the_answer, sent_as_bearer,
    sent_without_authorization,
};
use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    // Credentials.
    Rule::new("key_missing", 5.9).says(&[
        "request|call|client|caller|you|req. & carries no|carried no|contains no|contained no|has no|had no|without a|without any|without an|lacks|did not include|\
         not include|did not send|not send|came without|arrived without|omitted|forgot & credential|api key|key. header|token. header|authorization|\
         authentication|bearer|x-api-key & !permission|role|access to",
        "neither & authorization|x-api-key|api-key|api key|bearer",
        "not authenticated|unauthenticated|authentication required|authentication is required|authentication needed|login required & \
         send|add|include|supply|attach|provide|put|pass & token|key|header|bearer|authorization",
        "nagłówk|en-tête|entête|cabecera|cabeçalho|encabezado|kopfzeile|header|intestazione|заголов|ヘッダー|헤더|başlığı & \
         brak.|fehlt|fehlend|kein|manqu|absent|falta|ausente|sin.|отсутств|нет.|missing|übermittelt|mancant|manca.|ontbreekt|ありません|없|eksik & \
         autory|autori|autentic|authent|bearer|schlüssel|key|clé|clave|chave|авториз|認証|인증|yetki|token",
        concat!(key_words!(), "& kein|ohne|brak.|aucun|sans|sin.|sem.|geen|ontbreekt|mancante|nessun|eksik|없|なし|無し|нет. & !",
                not_of_a_key!(), "|gültig|valid|berechtigung|zugriff|acc"),
    ])
    .of_an_api(),
    Rule::new("key_missing", 6.2).says(&["unregistered callers|callers without established identity"]),
    Rule::new("key_empty", 7.6).says(&[
        "api_key|api key|openai_api_key|anthropic_api_key|gemini_api_key|groq_api_key|mistral_api_key|key.|token.|secret & set but empty|\
         is an empty string|an empty value|resolves to an empty|expanded to an empty|zero-length|is blank|len=0|length=0|secretlen 0|length is 0",
    ])
    .of_an_api(),
    Rule::new("key_empty", 7.2).says(&["not provide|missing|required|no api key|no auth|invalid api key|incorrect api key|unauthorized"])
        .when(blank_variable).of_an_api(),
    Rule::new("key_undefined", 6.9).says(&["bearer undefined.|bearer null.|bearer none.|bearer nan.|bearer nil."]).of_an_api(),
    Rule::new("key_quoted", 6.6).says(&[
        "with the quotes|with quotes|quotes around|quotation marks|including quotes|including the quotes|surrounding quotes|literal quotes|literal single|literal double|in single quotes|wrapped in quotes|\
         quotes are part|quote characters|anführungszeichen|guillemets|comillas|кавычк|引号|引用符 & api key|api_key|key.|gsk_|sk-|env|header|bearer|schlüssel|clé|clave|ключ \
         & !json|property|double quotes|schema",
    ])
    .of_an_api(),
    Rule::new("key_non_ascii", 6.0).says(&[
        "header|headers|authorization & iso-8859-1|code point|latin-1|latin1|non-latin|bytestring|non-ascii|non ascii|umlaut & !prompt|filename",
    ])
    .of_an_api(),
    Rule::new("auth_header_wrong_name", 6.6).says(&[
        "x-api-key|api-key.|apikey|x-goog-api-key|authorization & instead of|only reads|reads only|rather than|but expects|but needs|is ignored|\
         only looks at|looks only & x-api-key|api-key|authorization|bearer",
    ])
    .of_an_api(),
    Rule::new("auth_header_wrong_name", 6.9).says(&["x-api-key header is required|x-api-key is required|missing x-api-key|neither x-api-key"])
        .when(asked_with_another_header),
    Rule::new("auth_header_wrong_name", 6.9).codes(&["access_token_type_unsupported"]).of_an_api(),
    Rule::new("auth_header_malformed", 6.2).says(&[
        "token|authorization|header|credentials & expected bearer|expected: bearer|form bearer|format bearer|must be bearer|use the bearer|bearer <token|bearer <key|bearer <api \
         & invalid|malformed|expected|wrong|bad|format & !not provide|need to provide",
    ])
    .of_an_api(),
    Rule::new("auth_header_wrong_name", 6.9).says(&["invalid bearer token"]).when(sent_as_bearer),
    // A token of a login in the header for keys.
    Rule::new("auth_header_wrong_name", 7.4)
        .says(&["x-api-key & invalid|incorrect|unauthorized"])
        .when(|case| facts::mentions(case, &["sk-ant-oat"])),
    Rule::new("headers_not_sent", 6.9).statuses(&[401, 403]).when(sent_without_authorization),
    Rule::new("headers_not_sent", 6.9).when(headers_as_options).of_an_api(),
    // Identity.
    Rule::new("org_mismatch", 6.2).says(&[
        "organization|organisation|openai-organization & not the one|another|other than|different|does not own|not own|not belong|not match|belongs to & key|header \
         & !project|model|scope|role",
    ])
    .of_an_api(),
    Rule::new("project_mismatch", 6.6).says(&[
        "openai-project|project header|proj_ & not the one|another|other than|different|does not own|not own|not belong|not match|belongs to|created in & key|header",
    ])
    .of_an_api(),
    Rule::new("ip_not_allowed", 6.0).says(&[
        "ip address|ip-adresse|adresse ip|dirección ip|endereço ip|indirizzo ip|ip adresi|ip-адрес|ip адрес|ip 주소|adres ip|ip-adres|ipアドレス|client ip|source ip & \
         not|nicht|no está|n est pas|não|non|не|nie|niet|freigabeliste|liste blanche|lista blanca|allowlist|whitelist|outside|bloque|gesperrt|refus|許可|허용",
    ])
    .of_an_api(),
    Rule::new("region_unsupported", 6.3).says(&[
        "country|país|pays|land.|kraj|paese|국가|ülke|страна|стран|territory|territories|jurisdiction|geograph|国|where you are|your region & not|no está|nicht|n est pas|\
         não|non|nie|не|no se|unsupported|restricted|blocked|banned|sanction|outside|embargo & access|acceso|accès|zugriff|zugang|acesso|доступ|service|\
         serve|customers|available|verfügbar|supported|offered|permitid|allowed|dostęp|use & !model. |parameter|deployment",
    ])
    .of_an_api(),
    Rule::new("region_unsupported", 6.4).says(&["request not allowed"]).providers(&["anthropic"]),
    Rule::new("gcp_api_disabled", 6.2).says(&[
        "gemini api|vertex ai|generative language|aiplatform|generativelanguage & activate|turn on|switch on|enable it|not enabled|not been enabled|not activated|\
         disabled|aktivier|activar|activez & project|console|projekt|proyecto|projet|проект",
    ])
    .when(is_google_for_models),
    Rule::new("oauth_token_expired", 5.9).says(&[
        "log in again|login again|sign in again|log back in|sign back in|re-login|relogin|re-authenticate|reconnect your|重新登录|重新登陆|erneut anmelden|neu anmelden|\
         reconnectez|iniciar sesión de nuevo|войдите снова|再ログイン & token|session|sitzung|sesión|expired|abgelaufen|oauth|account|login|sign|登",
    ])
    .of_an_api(),
    // Models.
    Rule::new("model_not_found", 4.9).says(&[
        "not hosted|not served|not offered|not carried|no model called|no model named|no such model|any of our models|not one of our models|nothing called|not in our catalog|\
         not part of the catalog|not a model we|not known to & !responses api|chat completions|chat/completions|route|path",
    ])
    .when(names_a_model).of_an_api(),
    Rule::new("model_access_tier", 6.2).says(&[
        "tier|plan.|subscription|pro users|enterprise|paying customers|paid users|paid accounts|waitlist|beta program & only|requires|upgrade|not include|open to|available to|above|\
         or higher|limited to|reserved|exclusive|must be on & !rate limit|quota|service tier|service_tier|tokens per|requests per|free tier|too many|limit reached|per day|per minute|credits",
    ])
    .when(names_a_model).of_an_api(),
    Rule::new("model_deprecated", 6.5).says(&[
        "switched off|turned off|taken offline|sunset|end of support|end-of-support|phased out|withdrawn|abgeschaltet|abgekündigt|retiré|supprimé du|dado de baja|dada de baja|\
         отключен|отключён|wycofan|ritirat|サービス終了|지원 종료|지원이 종료|removed from service|out of service|reached its end|retirement date|was retired|no longer hosted|\
         no longer running & !parameter|api version|library|sdk|endpoint is",
    ])
    .when(names_a_model).of_an_api(),
    Rule::new("org_verification_required", 6.8).says(&[
        "confirm|verify|prove|validate|complete & identity of your organization|organization s identity|identity of the organization|organization verification|\
         organisation verification|id verification|identity verification|organization first",
    ])
    .of_an_api(),
    Rule::new("chat_model_on_completions", 6.8).says(&[
        "understands chat|understands only chat|chat messages|chat-only|chat only|chat model|only speaks chat|needs chat messages & /v1/completions|v1/completions|completions|legacy|prompt & !not a chat|/v1/responses",
    ])
    .of_an_api(),
    Rule::new("completion_model_on_chat", 6.9).says(&[
        "can not be used for chat|not be used for chat|not for chat|only for text completion|text completion only|completion-only|completions only|not chat-tuned|base model|not a chat & \
         chat|completion & !only supported in v1/responses",
    ])
    .of_an_api(),
    Rule::new("model_responses_only", 7.1).says(&[
        "responses api|v1/responses|/v1/responses & not offered|not served|not available|call|only|requires|switch to|through & chat completions|chat/completions & \
         !previous_response|conversation|store",
    ])
    .when(names_a_model).of_an_api(),
    Rule::new("model_not_serverless", 6.8).says(&["serverless & no.|not|without & deployment|model & !function|timeout|runtime"]).of_an_api(),
    Rule::new("model_no_vision", 6.6).says(&[
        "image|images|picture|bild|imagen|imágenes|imagens|изображ|картин|画像|이미지|图|obraz|afbeelding|immagin & text only|text-only|only accepts text|accepts text|only text|\
         unterstützt keine|versteht keine|no admite|no soporta|ne prend pas|não suporta|не поддержива|対応していません|지원하지|nie obsługuje|ondersteunt geen|non supporta|\
         can not see|can not look at|blind & !format|url|mime|size",
    ])
    .of_an_api(),
    Rule::new("model_no_tools", 6.5).says(&[
        "tools.|tool.|function call|function calling|function-calling|tool calling|tool-calling|herramientas|werkzeuge|outils|инструмент|ferramentas|도구|ツール|strumenti & can not be used|\
         can not be called|not implemented|unterstützt keine|no admite|no soporta|ne prend pas|não suporta|не поддержива|対応していません|지원하지|no tool support|can not call|\
         not trained for|without tool|not able to & !schema|parallel|format|name|both|together|role|id.|tool_call_id|tool result|image",
    ])
    .when(names_a_model).of_an_api(),
    Rule::new("model_not_pulled", 6.3).says(&[
        "not downloaded|not been downloaded|not pulled|not been pulled|have not pulled|not installed|not present locally|no local copy|download it|nicht heruntergeladen|no descargad|\
         pas téléchargé|не скачан|未下载 & !driver|cuda|package|module",
    ])
    .when(is_local_server),
    Rule::new("model_name_mismatch_local", 6.3).says(&["served model|serving|serves|loaded model|model loaded & asked|requested|request|wanted|got"])
        .when(|c| is_local_server(c) && names_a_model(c)),
    Rule::new("model_loading", 6.4).says(&[
        "shard|replica|instance|worker|backend|runner|pod.|gpu & warming up|still warming|still starting|cold start|still loading|loading weights|loading the weights|being loaded",
    ])
    .of_an_api(),
    // Clouds.
    Rule::new("azure_deployment_not_found", 6.8).says(&["deployment & no.|nothing & called|named|by that name|with that name"]).when(is_azure),
    Rule::new("azure_key_or_endpoint", 7.3)
        .says(&["key|credential & another resource|other resource|different resource|another region|different region|wrong region|wrong resource|andere ressource|autre ressource"])
        .when(is_azure),
    Rule::new("azure_endpoint_misconfigured", 8.0).statuses(&[404]).when(deployments_twice),
    Rule::new("azure_api_version", 7.0).says(&["resource not found"]).when(deployment_without_version),
    // Addresses and answers.
    Rule::new("base_url_malformed", 6.4).says(&["err_invalid_url & !image|file|audio|put", "invalid url & base|https|http|localhost|undefined & !post|get. /|image|file|audio|put"]).of_an_api(),
    Rule::new("base_url_wrong", 6.4).when(names_a_site_as_base).of_an_api(),
    Rule::new("endpoint_not_found", 5.6).says(&[
        concat!("route|rota.|ruta.|pfad|chemin|маршрут|путь|path|endpoint|endpunkt|url|地址|接口|パス|경로 &", not_there!(),
                "|nothing here & !repository|model|deployment|tool|image|file|organization|project|connect to|database|inference profile|api key|parameter"),
    ])
    .statuses(&[404]).of_an_api(),
    Rule::new("redirect_breaks_request", 7.3).says(&[
        "post & became get|became a get|becomes get|turned into get|turned into a get|changed to get|changed into get|rewritten to get|re-sent as get|resent as get",
    ])
    .of_an_api(),
    Rule::new("redirect_breaks_request", 6.4).says(&["err_too_many_redirects|too_many_redirects"]).of_an_api(),
    Rule::new("redirect_breaks_request", 6.4).os_errors(&["too_many_redirects"]).of_an_api(),
    Rule::new("response_shape_unexpected", 7.0).says(&[
        "unmarshal|deserialize|decode|deserialise|convert|parse & chatcompletionresponse|completionresponse|chatcompletion|chat_completion|messageresponse|.choices|response struct & \
         !request body|unexpected token",
    ]),
    Rule::new("response_shape_unexpected", 6.4).when(reads_the_answer),
];

/// Whether some model is named.
fn names_a_model(case: &Case) -> bool {
    !case.models.is_empty()
        || case.sentences.iter().any(|s| {
            let n = s.normal.as_str();
            ["model", "gpt-", "claude", "gemini", " o1", " o3", " o4-", "llama", "mistral", "qwen", "deepseek", "模型"]
                .iter()
                .any(|name| n.contains(name))
        })
}

#[cfg(test)]
mod tests;
