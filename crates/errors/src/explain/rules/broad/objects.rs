//! What a refused request is about, where only the object is known: a status that says *refused* and one word.
//!
//! The lowest rules of all: a guess that is right more often than not, and that any word more overrules.

use crate::explain::case::Case;
use crate::explain::rule::Rule;

const REFUSED: &[u16] = &[400, 422];

pub(super) const RULES: &[Rule] = &[
    Rule::new("temperature_unsupported", 2.6).says(&["temperature|temperatur|température|temperatura|температур|温度 & !stream"]).statuses(REFUSED).only_of_an_api(),
    Rule::new("temperature_unsupported", 4.0)
        .says(&["temperature|temperatur|température|temperatura|температур|温度 & modif|ändern|changed|seule|solo|nur|лишь|только|のみ|只能|only"])
        .only_of_an_api(),
    Rule::new("param_unsupported", 2.3).says(&[concat!(tuning_words!(), "& !stream true|stream false")]).statuses(REFUSED).only_of_an_api(),
    Rule::new("param_unknown", 4.6)
        .says(&["no such field|no such parameter|no such property|no such argument|not one of the accepted|isn t one of the accepted|not among the accepted|no field|no parameter & !model|role|tool"])
        .statuses(REFUSED)
        .only_of_an_api(),
    Rule::new("param_out_of_range", 3.4).says(&[concat!("temperature|", tuning_words!(), "& illegal|allowed|höchstens|mindestens|au plus|como máximo|no máximo|не больше|以下|以内|不超过")]).only_of_an_api(),
    Rule::new("param_invalid_type", 4.4)
        .says(&[concat!("max_tokens|max_completion_tokens|temperature|stream.|", tuning_words!(), "& wants|want|needs|erhalten|arrived|came|reçu|recibi|recebi|получен &", type_words!())])
        .only_of_an_api(),
    Rule::new("param_missing", 4.0)
        .says(&["model.|max_tokens|messages|prompt|input & es fehlt|fehlt|lacks|left out|omitted|manque|manquant|falta|faltante|ausente|manca|отсутствует|не указан|缺少|がありません|누락"])
        .only_of_an_api(),
    Rule::new("context_length_exceeded", 3.8).says(&["ctx|context|window|tokens|messages length|prompt length & !per min|tpm."]).statuses(&[413]).only_of_an_api(),
    Rule::new("context_length_exceeded", 3.8)
        .says(&["context|ctx|window|slot & token|tokens|prompt|messages & !per min|per day|rate|max_tokens|quota"])
        .when(|case| !case.status_is(&[429, 401, 403]) && compares_large_numbers(case))
        .only_of_an_api(),
    // Messages.
    Rule::new("messages_format_invalid", 4.2).says(&["messages & ought to|wants|want|needs to be|arrived & list|array|dict|object|string"]).only_of_an_api(),
    Rule::new("message_empty_content", 4.8).says(&["whitespace|blank|empty|vide|leer|vacío|пуст & turn|user message|message|text|content & !image|response|body"]).statuses(REFUSED).only_of_an_api(),
    Rule::new("role_unsupported", 2.4).says(&["role|rolle|rôle|роль|角色"]).statuses(REFUSED).only_of_an_api(),
    Rule::new("role_order_invalid", 4.2)
        .says(&["dialogue|dialog|conversation|turns|history|messages & open with|opens with|start with|starts with|begin with|begins with|follow one another|beginnen|commencer|empezar|começar|начинаться & user|assistant"])
        .only_of_an_api(),
    Rule::new("tool_results_missing", 4.2)
        .says(&["tool call|tool calls|tool_call|tool_use|function call & left without|without an answer|without a reply|before the next|never got|unreplied|no reply"])
        .only_of_an_api(),
    Rule::new("tool_result_orphan", 5.1).says(&["tool_result|tool result|tool message|tool output & has no|have no|without & tool_use|tool_call|tool call|call. & turn before|before|earlier|previous"]).only_of_an_api(),
    Rule::new("tool_schema_invalid", 4.1)
        .says(&["parameters|schema|esquema|schéma|schema|схема|スキーマ|模式 & function|tool|función|fonction|função|funktion|функци|werkzeug|関数|工具|函数 & !response_format|name."])
        .statuses(REFUSED)
        .only_of_an_api(),
    Rule::new("too_many_tools", 5.0).says(&["tools|functions & ceiling|cap.|at most|passed|given|maximum & 128|64|256|512|100"]).only_of_an_api(),
    Rule::new("thinking_block_missing", 4.4).says(&["thinking|reasoning_content|reasoning & assistant|turn|tool call|tool_use|message & without|came back|lost|dropped|stripped|missing & !signature|rs_|item"]).only_of_an_api(),
    // Bodies.
    Rule::new("json_body_invalid", 4.0)
        .says(&["json & body|payload|request|request-body|anfrage|corps|cuerpo|corpo|тело|本文|请求体 & not|isn t|kein|pas|no es|não é|не является|不是|ではありません|unquoted|invalid & !response|model output|schema|tool|surrogate|utf-8|unicode"])
        .statuses(REFUSED)
        .only_of_an_api(),
    Rule::new("json_body_encoding", 4.7).says(&["utf-8|utf8|unicode & not|isn t|0x|bytes|invalid & body|payload|request|json|prompt"]).statuses(REFUSED).only_of_an_api(),
    // Images, files and embeddings.
    Rule::new("image_invalid", 2.2).says(&["image|picture|photo|bild|imagen|imagem|изображен|图片|画像"]).statuses(REFUSED).only_of_an_api(),
    Rule::new("image_invalid", 4.2).says(&["image|picture|photo|bild|imagen|imagem|immagine|изображен|图片|画像 & beschädigt|corromp|dañad|danneggiat|повреж|损坏|破損|damaged|corrupt|garbled"]).only_of_an_api(),
    Rule::new("image_too_large", 5.0).says(&["image|picture|photo|bild|imagen|изображен|图片|画像 & mb|mib|megabyte|megapixel|px & weighs|allowed|cap.|wiegt|pèse|pesa|erlaubt|permitted|admitted"]).only_of_an_api(),
    Rule::new("image_url_not_supported", 6.3).says(&["image|images|picture|pictures|photo & as bytes|as base64|inline|bytes & links|link|url|urls & refused|not|must|only"]).only_of_an_api(),
    Rule::new("image_base64_invalid", 5.0).says(&["base64|data url|data uri & garbage|expected|broken|cut|comma|padding|damaged|illegal & !only|http"]).statuses(REFUSED).only_of_an_api(),
    Rule::new("dimensions_unsupported", 4.4).says(&["dimensions=|dimensions & fixed|not possible|vector size|can not|only & !vs|index|collection"]).only_of_an_api(),
    Rule::new("embedding_dimension_mismatch", 5.0).says(&["vector length|vector lengths|vector size|vector sizes|embedding size|embedding length & vs|versus|against|differ|match|but"]).only_of_an_api(),
    Rule::new("embedding_input_invalid", 4.2).says(&["embed|embeddings|text-embedding|jina & element|entry|item|text & blank|empty|null|missing"]).only_of_an_api(),
    Rule::new("file_too_large", 5.0).says(&["file|audio|recording|video|upload|datei|fichier|archivo|файл & mb|mib|gb & weighs|cap.|allowed|ceiling|wiegt|pèse|pesa"]).only_of_an_api(),
    Rule::new("batch_input_invalid", 4.6).says(&["custom_id & same|row|rows|line|lines|twice|again"]).only_of_an_api(),
    // What was stored.
    Rule::new("previous_response_not_found", 4.6).says(&["resp_ & nothing|no.|not|gone|unknown|expired|lost & !rs_|msg_"]).statuses(&[400, 404]).only_of_an_api(),
    Rule::new("run_in_progress", 5.4).says(&["thread_|thread|run_ & busy|wait for|occupied|another run|unfinished"]).only_of_an_api(),
];

/// Two different numbers of a size that windows have.
fn compares_large_numbers(case: &Case) -> bool {
    case.sentences.iter().any(|sentence| {
        let mut large = sentence
            .normal
            .split(' ')
            .filter_map(|word| word.parse::<u64>().ok())
            .filter(|n| (1000..10_000_000).contains(n));
        let first = large.next();
        first.is_some() && large.any(|n| Some(n) != first)
    })
}
