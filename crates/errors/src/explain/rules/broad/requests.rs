//! Parameters, bodies and lengths.

use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    // Lengths.
    Rule::new("context_length_exceeded", 4.4)
        .says(&[
            concat!(prompt_words!(), "&", token_words!(), "|context|window|fenster|ventana|fenêtre|janela|finestra|окно|上下文|コンテキスト &",
                too_long!(),
                "& !per min|per day|rate|tpm.|quota|output|max_tokens|completion tokens|schema|tool_call|csrf|file|image|credit|balance|key.|array"),
            concat!("window|fenster|ventana|fenêtre|janela|окно & ", token_words!(), "|k & ", too_long!()),
        ])
        .only_of_an_api(),
    Rule::new("context_length_exceeded", 4.0)
        .says(&[concat!(token_words!(), "& !per min|per day|rate limit|tpm.|output|max_tokens|completion|credit|balance")])
        .when(|case| facts::asks_more_than_allowed(case) && !case.status_is(&[429]))
        .only_of_an_api(),
    Rule::new("max_tokens_too_large", 4.6)
        .says(&[concat!(
            "max_tokens|max_completion_tokens|max_output_tokens|maxoutputtokens|max_new_tokens|maxtokens|max tokens|output limit|\
             output budget &",
            bounds!(), "|", too_long!(),
            "& !positive|negative|minimum|at least|instead|unsupported|not supported|credit|afford|balance|per min|prompt|input"
        )])
        .only_of_an_api(),
    Rule::new("max_completion_tokens_required", 5.2)
        .says(&["max_completion_tokens & max_tokens & replace|rename|reject|former|latter|old name|new name|rather than|instead|in place of|statt|à la place|en lugar|em vez|вместо|代替|改用"]),
    // Temperature and other parameters that models differ in.
    Rule::new("temperature_unsupported", 4.8)
        .says(&[concat!("temperature|temperatur|température|temperatura|температур|温度 &", refused!(), "|default|only 1|nur 1 & !between|range|less than|greater than|at most")])
        .only_of_an_api(),
    Rule::new("param_unsupported", 4.0)
        .says(&[concat!(tuning_words!(), "&", refused!(), "& !role|between|range|tool_result|image|token|not found|file")])
        .only_of_an_api(),
    Rule::new("param_unsupported", 3.6)
        .says(&[concat!("parameter|parámetro|paramètre|parâmetro|параметр|参数|パラメータ|매개변수|argument &", refused!(), "& !value|content|format|image|file")])
        .only_of_an_api(),
    // Names.
    Rule::new("param_unknown", 4.4)
        .says(&[concat!(
            "parameter|parámetro|paramètre|parâmetro|parametro|параметр|参数|パラメータ|매개변수|argument|property|properties|request field|\
             body field|feld|champ|campo|поле|字段|フィールド|keyword &",
            unrecognized!(),
            "& !api key|model name|tool_use_id|role|__init__|schema|image"
        )])
        .only_of_an_api(),
    // Bounds and types of what a parameter of the request is named as.
    Rule::new("param_out_of_range", 4.4)
        .says(&[concat!("temperature|", tuning_words!(), "&", bounds!(), "& !required|tokens|image|not support|unsupported|must be an|string|array")])
        .only_of_an_api(),
    Rule::new("param_out_of_range", 3.4)
        .says(&[concat!(bounds!(), "& !token|tokens|image|file|schema|tool|characters")])
        .statuses(&[400, 422])
        .when(names_tuning),
    Rule::new("param_invalid_type", 4.5)
        .says(&[concat!("temperature|max_tokens|max_completion_tokens|stream.|model.|dimensions|tool_choice|", tuning_words!(), "&", type_words!(), "&", wanted_other!(),
            "& !messages|content|between|too long|schema|empty|pattern|too many|matryoshka|vector")])
        .only_of_an_api(),
    Rule::new("param_missing", 4.4)
        .says(&[
            concat!("required|mandatory|obligatory|pflicht|obligatoire|requis|obligatori|obrigatóri|обязательн|必須|必填|必需|필수 &",
                "parameter|field|property|argument|member|feld|champ|campo|parámetro|paramètre|parâmetro|параметр|поле|参数|字段|パラメータ|フィールド|매개변수|필드 &",
                missing!(), "|not there|left out|omitted|lacks & !api key|header|permission|scope"),
            "required parameter|required field|required member & missing",
        ])
        .only_of_an_api(),
    Rule::new("param_missing", 5.9).says(&["required parameter & missing & input.messages|input.prompt|model|messages"]),
    // Bodies.
    Rule::new("json_body_invalid", 4.2)
        .says(&[
            "json|body|payload & trailing comma|unexpected token|unexpected end|unterminated|expecting|syntax error|syntaxerror|malformed|not well-formed|\
             parse error|parseerror|could not be parsed|can not be parsed|cannot be parsed|not parseable|not parsable|invalid escape|\
             bad control|missing brace|missing quote|missing comma|single quotes|ungültig|nicht gelesen|invalide|mal formé|no válido|mal formad|\
             inválido|malformato|некоррект|неверн|不正な|无效|格式错误|解析失败|잘못된 & !<|html|doctype|response|model output|tool|schema|base64|surrogate|utf-8|\
             content-type",
        ])
        .statuses(&[400, 422])
        .only_of_an_api(),
    Rule::new("json_body_encoding", 4.6)
        .says(&["utf-8|utf8|unicode|surrogate|encoding|charset|utf-16|latin-1|codepoint|code point & invalid|malformed|broken|bad|illegal|lone|unpaired|truncated|cannot be decoded|could not be decoded & body|json|payload|request|string & !response|base64|header|authorization"])
        .statuses(&[400, 422])
        .only_of_an_api(),
    Rule::new("content_type_wrong", 4.6)
        .says(&["application/json & expected|must be|required|send|set|use|need & text/plain|form|urlencoded|multipart|octet-stream|content-type|content type|media type & !text/html"])
        .only_of_an_api(),
    Rule::new("body_too_large", 4.4)
        .says(&["body|payload|request|upload|posted & mb|mib|megabyte|bytes|kb & exceed|too large|too big|larger than|more than|over|limit|maximum|at most & !image|audio|file|token|video|pdf|document"])
        .only_of_an_api(),
    Rule::new("streaming_required", 4.8)
        .says(&["stream=true|stream: true|stream true|stream to true|streaming|streamed|stream mode|流式 & must|only|required|need|has to|enable|turn on|switch on|force|muss|doit|debe|deve|должен|必须|仅|只 & !tool|requires --|verified|disconnected|interrupted"])
        .statuses(&[400, 422])
        .only_of_an_api(),
];

/// The parameter named is one of those that steer a generation.
fn names_tuning(case: &Case) -> bool {
    const NAMES: [&str; 12] = [
        "temperature",
        "top_p",
        "top_k",
        "n",
        "presence_penalty",
        "frequency_penalty",
        "repetition_penalty",
        "min_p",
        "logit_bias",
        "top_logprobs",
        "best_of",
        "seed",
    ];
    case.params.iter().any(|param| NAMES.contains(&param.as_str()))
}
