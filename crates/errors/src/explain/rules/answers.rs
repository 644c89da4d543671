//! Rules for causes in what came back: a page instead of JSON, an object without what was expected.

use crate::explain::case::Case;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("html_instead_of_json", 6.2).says(&[
        "unexpected token & <|doctype|html|a.|an error",
        "invalid character < looking|unexpected character encountered while parsing value <|unexpected character < in json",
        "json.parse & unexpected character|unexpected token",
        "doctype|<html|<head|text/html|html page|html response|returned html|got html|received html|an html|html document & json|parse|content-type|content type|\
         unexpected|mimetype|instead|expected|decode",
        "is not valid json & doctype|<|html|upstream|internal s|an error|bad gateway|request en|the page|error|not found|unexpected token & !request body|body is not",
        "unexpected content type|unexpected content-type|unexpected mimetype & html|text",
        "wrong content type|invalid content type|invalid content-type|contenttypeerror & text/html|text/plain|html & !image_url",
    ])
    .of_an_api(),
    Rule::new("html_instead_of_json", 5.4).says(&[
        "is not valid json|not valid json|not a valid json|invalid json response|non-json response|failed to parse json|could not decode json|\
         unable to parse json|failed to parse response|json decode & !request body|body of your request|schema|tool|payload|arguments|output|could not parse the json body",
        "expecting value: line 1 column 1|expecting value line 1 column 1|expected value at line 1 column 1|unexpected end of json input|unexpected eof & !request body",
    ])
    .of_an_api(),
    // Gson, of what does not begin as JSON does.
    Rule::new("html_instead_of_json", 5.6)
        .says(&["to accept malformed json|malformedjsonexception|setlenient|expected begin_object but was string & line 1 column 1|malformed & !request body"])
        .of_an_api(),
    Rule::new("html_instead_of_json", 4.2).exceptions(&["jsondecodeerror", "contenttypeerror", "jsonparseexception",
        "ai_jsonparseerror", "apiresponsevalidationerror"]).of_an_api(),
    Rule::new("html_instead_of_json", 3.6).when(|c| c.page.is_some()).of_an_api(),
    // The page of Google's edge, before any API.
    Rule::new("html_instead_of_json", 5.6)
        .when(|c| c.page.as_deref().is_some_and(|page| page.contains(" forbidden 1 ")))
        .of_an_api(),
    Rule::new("response_shape_unexpected", 6.0).says(&[
        "keyerror & choices|message|content|data.|candidates|usage",
        "no attribute|has no attribute & choices|message|content & !module openai|module",
        "can not read property|can not read properties|is not an object|can not access property|can t access property|is undefined|undefined is not & choices|message.|\
         content|delta|candidates|0.",
        "list index out of range|index out of range|not subscriptable|not iterable|undefined index|undefined array key|undefined offset|nil pointer|\
         no implicit conversion|undefined method|index out of bounds & choices|candidates|completion|response_data|response.|resp.choices|res.choices|response.choices|\
         completion.choices|result.choices|data.choices|output.choices",
        "missing field & choices|id.|object|created|model|candidates|usage",
        "choices & missing|none|null|empty|required|not found|undefined|no |not exist|lacks|without|not present|缺少|为空",
        "invalid response|unexpected response|unexpected format|malformed response|type validation failed|invalid_type|not match & choices|expected|shape|schema|openai|provider|chat completion & \
         !request|for function|response_format|tool",
        "field required & choices",
        "unexpected non-whitespace character after json|extra data|trailing data|trailing characters & !request body|schema",
    ])
    .when(|c| c.api_signs > 0 || speaks_of_choices(c)),
    Rule::new("response_shape_unexpected", 5.0).exceptions(&["ai_typevalidationerror", "typevalidationerror",
        "apiresponsevalidationerror", "ai_invalidresponsedataerror"]).of_an_api(),
    Rule::new("response_shape_unexpected", 4.2)
        .says(&["can not read property|can not read properties & undefined|null & reading", "nonetype object is not subscriptable|\
            nonetype object is not iterable|nonetype object has no attribute"])
        .when(speaks_of_choices),
    // What came could be read, and lacks what the client's types want.
    Rule::new("response_shape_unexpected", 6.3).says(UNDESERIALIZED).of_an_api(),
    Rule::new("stream_interrupted", -6.0).says(UNDESERIALIZED),
    Rule::new("response_shape_unexpected", 7.2).says(UNDECODED).of_an_api(),
    Rule::new("response_shape_unexpected", 7.2)
        .exceptions(&["missingfieldexception", "jsondecodingexception", "unrecognizedpropertyexception", "mismatchedinputexception",
            "jsondataexception", "checkedfromjsonexception", "decodingerror"])
        .when(|case| !case.status_is(&[400, 422]))
        .of_an_api(),
    // A call that nobody waited for has no answer yet, whatever is asked of it.
    Rule::new("response_shape_unexpected", -6.0).says(&["coroutine object|promise object & has no attribute|not subscriptable"]),
    Rule::new("response_shape_unexpected", -4.8).says(&["keyerror & choices", "can not read properties & undefined & choices"])
        .when(names_one_member),
];

/// Rust's clients read an answer through types, and say so with the words for one that broke off.
const UNDESERIALIZED: &[&str] = &[
    "error decoding response body|deserialization error|failed to deserialize response|failed to parse response & missing field|invalid type|invalid value|\
     unknown variant|unknown field|duplicate field|did not match any variant & !request body|target type",
];

/// So do the decoders of Swift, Kotlin, Java, C#, Go, Dart and PHP, each in its own words.
const UNDECODED: &[&str] = &[
    "keynotfound|valuenotfound|typemismatch|datacorrupted & codingkeys|decodingerror|codingpath|debugdescription",
    "no value associated with key|expected to decode & codingkeys|codingkey|decodingerror|debugdescription|but found",
    "the data couldnt be read|the data could not be read|data couldn t be read & missing|correct format|it is missing",
    "required for type|are required for type & serial name",
    "can not deserialize|unrecognized field & chatcompletion|response|choice|choices|completion|embedding|usage|candidates & !request",
    "json can not unmarshal|json cannot unmarshal|can not unmarshal & go struct field|go value of type & response|chatcompletion|completion|choice|usage|\
     embedding|candidate & !request|parameters|schema",
    "json value could not be converted|can not convert the json|error converting value & system.|path & !request",
    "is not a subtype of type & null|map|string|list",
    "undefined array key|undefined property|undefined index & choices|candidates|content|usage|output|id.",
];

/// Nothing but the name of one member was seen, which any program may have.
fn names_one_member(case: &Case) -> bool {
    speaks_of_choices(case) && case.api_signs < 2 && case.providers.is_empty() && case.sentences.len() == 1
}

fn speaks_of_choices(case: &Case) -> bool {
    case.sentences.iter().any(|s| s.normal.contains("choices"))
}
