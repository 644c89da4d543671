//! What messages carry: roles, calls of tools, images, files and what a safety system thinks of it.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("role_unsupported", 4.8)
        .says(&[concat!(
            "role|rolle|rôle|rol.|ruolo|papel|função|роль|роли|角色|ロール|역할 &",
            "system|developer|tool|function|assistant|user|model & ",
            refused!(), "|", unrecognized!(), "|allowed values|must be one of|one of",
            "& !alternate|consecutive|iam|permission|in a row|access"
        )])
        .only_of_an_api(),
    Rule::new("role_order_invalid", 4.8)
        .says(&[
            "two|twice|consecutive|successive|same|in a row|back to back|nacheinander|hintereinander|consécutifs|seguidos|consecutiv|подряд|连续|連続 & \
             user|assistant & messages|turns|role|entries|nachrichten|rollen|mensajes|mensagens|сообщени|消息|メッセージ",
            "alternat|abwechsel|altern|чередова|交替|交互 & user|assistant|role|turn|message|角色",
        ])
        .only_of_an_api(),
    Rule::new("messages_format_invalid", 4.6)
        .says(&[
            "content part|content block|content item|part kind|part of kind|content type|message part & unrecognized|unknown|unsupported|not known|not recognized|\
             invalid.|unexpected & !application/json|header|thinking|empty|image/",
            "input tag & found using & expected tags",
            "messages|contents|message content & must be|expected|has to be|should be & array|list|string|object & !non-empty|empty|string too long",
        ])
        .only_of_an_api(),
    Rule::new("message_empty_content", 4.6)
        .says(&["message|content|prompt|nachricht|inhalt|contenu|mensaje|contenido|mensagem|conteúdo|сообщени|消息|内容|メッセージ & empty|blank|whitespace|no text|without text|leer|vide|vacío|vacía|vazio|vazia|vuoto|пуст|为空|空の|空です & !response|answer|body|list|array|embed|input"])
        .statuses(&[400, 422])
        .only_of_an_api(),
    Rule::new("tool_result_orphan", 5.0)
        .says(&[
            "tool_call_id|tool_use_id|call_id|tool result|tool_result|tool message|tool output|function output|function response & nothing|never|\
             no earlier|no previous|no prior|does not belong|belongs to no|without a call|without a matching call|not requested|not asked|did not ask|did not request|orphan|unmatched|\
             dangling|refers to & !no output|no result|did not have|unanswered|missing output",
        ])
        .only_of_an_api(),
    Rule::new("tool_results_missing", 5.0)
        .says(&[
            "tool_call|tool_calls|tool_use|tool call|tool calls|function call|call_id & unanswered|never answered|not answered|no answer|no result|without result|\
             lacks a result|lack a result|no output|without output|pending|awaiting|still open|left open|not resolved|unresolved|needs a result & !unexpected|orphan|thought",
        ])
        .only_of_an_api(),
    Rule::new("tool_name_invalid", 5.0)
        .says(&["tool|function|werkzeug|herramienta|outil|ferramenta|инструмент|工具|関数 & name.|named|namen|nom.|nombre|nome|имя|名称|名前 & dot|space|blank|character|letters|digit|underscore|hyphen|regex|pattern|longer than|too long|starts with|begin with|leerzeichen|zeichen|caractère|caracter|символ|字符|文字 & !not found|unknown|model name"])
        .only_of_an_api(),
    Rule::new("too_many_tools", 5.0)
        .says(&["tools|functions|function declarations|function definitions|tool definitions|工具 & too many|at most|no more than|more than|maximum|exceed|limit & 64|100|128|256|512|1024|at a time|per request|number & !name|token|characters|iterations|per min|output"])
        .only_of_an_api(),
    Rule::new("tool_schema_invalid", 4.8)
        .says(&["schema|parameters|properties|items & tool|function|functions|tools|toolspec & not a valid|invalid.|not defined|must be|missing|not allowed|not supported|unsupported|malformed|ungültig|invalide|no válid|inválid|некоррект|无效 & !response_format|name."])
        .only_of_an_api(),
    Rule::new("tool_schema_invalid", 4.2)
        .says(&["json schema|json-schema|jsonschema & not a valid|invalid.|malformed|unsupported & !response|output|structured"])
        .only_of_an_api(),
    Rule::new("response_format_unsupported", 4.8)
        .says(&[concat!("structured output|structured outputs|response_format|response format|json mode|json_object|json_schema|response_schema|output schema|结构化输出 &", refused!(), "& !additionalproperties|properties|keyword|the word")])
        .only_of_an_api(),
    Rule::new("json_word_missing", 6.2)
        .says(&["mention|contain|include|say|word|write|use the & json & prompt|message|messages|instruction|system & json_object|json mode|response_format & !schema|json_schema"])
        .only_of_an_api(),
    Rule::new("thought_signature_missing", 6.0)
        .says(&["thought|thinking & signature & functioncall|function call|function_call|tool call & stripped|missing|lost|without|dropped|removed|absent|required|not sent|invalid."])
        .only_of_an_api(),
    // Images.
    Rule::new("image_url_not_supported", 6.5)
        .says(&["http link|http links|https link|web link|image link|image links|remote url|remote urls|http url|http urls|by url|from a url|of type url|url source & not accepted|not supported|cannot|can not|not allowed|unsupported|refused|not available|supply|pass|send|use & base64|bytes|inline|data uri|data url|image|picture"])
        .only_of_an_api(),
    Rule::new("image_url_unreachable", 5.0)
        .says(&["image|picture|photo|bild|imagen|imagem|изображен|图片|画像 & url|link|address|http|адрес|链接 & 403|404|410|500|timeout|timed out|could not|cannot|can not|unable|failed|not reachable|unreachable|no answer|returned & !base64|not supported|not accepted|does not support"])
        .only_of_an_api(),
    Rule::new("image_too_large", 5.0)
        .says(&["image|picture|photo|bild|imagen|imagem|изображен|图片|画像 & px|pixel|mb|megabyte|bytes|resolution|wide|high|tall & above|too large|too big|exceed|more than|larger than|over|maximum|limit|can take|at most|zu groß|超过|过大 & !minimum|per min|too small"])
        .only_of_an_api(),
    Rule::new("image_invalid", 4.8)
        .says(&["image|picture|photo|bild|imagen|imagem|изображен|图片|画像 & corrupt|damaged|truncated|broken|not an image|not a valid|unreadable|cannot be read|could not be read|cannot be opened|could not be opened|heic|tiff|bmp|svg|avif|beschädigt|corromp|dañad|повреж|损坏|破損 & !http|download|url"])
        .only_of_an_api(),
    // Files and audio.
    Rule::new("file_not_found", 4.8)
        .says(&["file|upload|attachment|document|vector store & file-|file_|files/|vs_|assistant|container|uploaded & not found|does not exist|no such|deleted|expired|gone|missing|unknown|no longer & !no such file or directory|enoent|gguf|.py"])
        .only_of_an_api(),
    Rule::new("file_too_large", 4.8)
        .says(&["file|audio|recording|pdf|video|upload|datei|fichier|archivo|arquivo|файл|文件|ファイル & mb|mib|gb|megabyte|bytes|minutes|hours|pages & exceed|too large|too big|larger than|more than|longer than|over|limit|maximum|at most|cannot be uploaded|can not be uploaded|got|zu groß|trop|demasiado|слишком|超过 & !token|image"])
        .only_of_an_api(),
    Rule::new("audio_format_invalid", 5.0)
        .says(&["audio|recording|speech|voice|sound|input_audio|音频|音声 & container|codec|format|sample rate|channels|encoding|bitrate|decode|decoded|unreadable & unrecognized|not recognized|unknown|not accepted|not supported|unsupported|could not|cannot|can not|only|must be|invalid. & !response_format|model does not"])
        .only_of_an_api(),
    Rule::new("batch_input_invalid", 5.0)
        .says(&["batch|jsonl|custom_id & line|every request|each request|every line|each line|all requests|same model|same endpoint|endpoint|custom_id|duplicate|differs|mismatch & must|has to|should|differs|differ|not|invalid.|duplicate|more than one|unique & !batch size|embed"])
        .only_of_an_api(),
    // Embeddings.
    Rule::new("dimensions_unsupported", 5.2)
        .says(&["dimensions|dimension|output_dimension|output_dimensionality|matryoshka & choose|chosen|cannot|can not|fixed|omit|not support|not supported|unsupported|only|always|ignored|shorten|shortened|reduce|truncat & embed|embedding|voyage|bge|ada-002|model|matryoshka|e5 & !vector|index|collection|column|image|pixel|expected"])
        .only_of_an_api(),
    Rule::new("embedding_input_invalid", 4.8)
        .says(&["embed|embedding|embeddings|text-embedding & empty|blank|null|too many|at most|number of texts|batch size|no more than|more than|may not exceed|list of|vide|leer|пуст|为空 & texts|text|inputs|input|strings|items|batch|documents & !dimension|token|tokens"])
        .only_of_an_api(),
    // Safety.
    Rule::new("content_policy", 4.6)
        .says(&[
            "prompt|request|content|output|response|input|answer|message|image|内容|输入|输出|请求 & rejected|refused|blocked|withheld|intercepted|stopped|declined|拦截|拒绝|\
             abgelehnt|blockiert|rejeté|bloqué|rechazad|bloquead|rifiutat|bloccat|отклон|заблок|ブロック|拒否 & high risk|risk|unsafe|harmful|sensitive|policy|safety|\
             guideline|moderation|inappropriate|violence|sexual|安全|敏感|违规|违反|richtlinie|sicherheit|politique|sécurité|política|seguridad|segurança|sicurezza|политик|\
             безопасн|ポリシー|安全性 & !cloudflare|organization|cors|ip address|security policy|waf|access policy|password",
        ])
        .only_of_an_api(),
];
