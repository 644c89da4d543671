//! Reads error objects of every provider and library by what their members are called.
//!
//! In: an object. Out: messages, codes, statuses, parameters, addresses, models and headers in the notes. A text in a
//! member that holds more than a message is peeled in turn.

use super::notes::Notes;
use super::object::Value;
use super::{addresses, har, layers, numbers, os_errors};
use crate::explain::case::{Address, Standing};

/// Values of one object that are read.
const MEMBERS_MAX: usize = 2000;

/// A longer text is not one message.
const MESSAGE_MAX_BYTES: usize = 2000;

/// What a member is, by its name in lower case without separators.
enum Meaning {
    Message,
    Code,
    Param,
    Model,
    Provider,
    Address,
    Headers,
    RequestHeaders,
    RequestBody,
    Number,
    /// What shows that something else went well, or where it happened: not read.
    Aside,
    /// A name without a meaning of its own.
    Other,
}

fn meaning(name: &str) -> Meaning {
    match name {
        "message" | "msg" | "errormessage" | "errormsg" | "errordescription" | "detail" | "details" | "description"
        | "title" | "raw" | "statustext" | "statusmessage" | "mappedmessage" | "err" | "body" | "responsebody"
        | "response" | "responsetext" | "responsedata" | "content" | "text" | "failurereason" | "lasterror"
        | "innerexception" | "innererror" | "grpcmessage" | "exceptionmessage" | "exception" | "cause" | "stderr"
        | "errors" | "upstreammessage" | "providermessage" | "usermessage" | "reasonphrase" | "output" | "log"
        | "event" | "hint" | "info" | "tbmsg" | "excinfo" | "bodytext" | "errortext" | "rawmessage" => Meaning::Message,
        "code" | "type" | "status" | "reason" | "errorcode" | "errortype" | "errorclass" | "kind" | "name"
        | "subtype" | "sqlstate" | "errno" | "error" | "statuscode" | "httpstatus" | "httpstatuscode" | "httpcode"
        | "grpcstatus" | "responsecode" | "responsestatus" | "finishreason" | "blockreason" | "stopreason"
        | "category" | "syscall" | "fault" | "codename" | "errname" | "exceptiontype" | "exctype" | "innercode"
        | "errorkind" | "xamznerrortype" | "quotaid" | "quotametric" | "limitname" | "limittype" => Meaning::Code,
        "param" | "loc" | "field" | "fieldname" | "parameter" | "propertypath" | "property" | "pointer"
        | "fieldpath" | "target" | "argument" => Meaning::Param,
        "model" | "modelid" | "deployment" | "modelname" | "engine" | "deploymentname" | "deploymentid"
        | "azuredeployment" | "modelversion" | "responsemodel" | "requestedmodel" => Meaning::Model,
        "provider" | "providername" | "llmprovider" | "customllmprovider" | "upstreamprovider" | "vendor" => {
            Meaning::Provider
        }
        "url" | "baseurl" | "hostname" | "host" | "address" | "endpoint" | "uri" | "apibase" | "path"
        | "azureendpoint" | "requesturl" | "instance" | "origin" => Meaning::Address,
        "headers" | "responseheaders" | "rawheaders" => Meaning::Headers,
        "requestheaders" => Meaning::RequestHeaders,
        "requestbody" | "requestbodyvalues" | "requestbodyjson" | "postdata" | "payload" | "requestdata" => {
            Meaning::RequestBody
        }
        "retrydelay" | "retryafter" | "retryafterseconds" | "limit" | "used" | "requested" | "quotavalue"
        | "quotalimitvalue" | "estimatedtime" | "retryafterms" => Meaning::Number,
        "stack" | "stacktrace" | "traceback" | "filename" | "lineno" | "line" | "function" | "pid" | "level"
        | "timestamp" | "time" | "ts" | "thread" | "logger" | "usage" | "id" | "object" | "created" => Meaning::Aside,
        _ => Meaning::Other,
    }
}

/// Notes what an object says. Out: whether it has a message, itself or inside.
pub(super) fn read(value: &Value, depth: u8, notes: &mut Notes) -> bool {
    match value {
        Value::Object(members) => object(members, depth, notes),
        Value::List(values) => {
            values.iter().take(MEMBERS_MAX).fold(false, |said, value| read(value, depth, notes) | said)
        }
        Value::Text(text) => told(text, depth, notes),
        Value::Word(_) => false,
    }
}

fn object(members: &[(String, Value)], depth: u8, notes: &mut Notes) -> bool {
    if is_request(members) {
        super::http::request_value(&Value::Object(members.to_vec()), notes);
        return false;
    }
    if is_headers(members) {
        headers(members, notes);
    }
    let named = |(name, value)| (plain_name(name), value);
    let members: Vec<(String, &Value)> = members.iter().take(MEMBERS_MAX).map(|(n, v)| named((n, v))).collect();
    notes.grammar(members.iter().map(|(name, _)| name.as_str()));
    notes.reports_error |= members.iter().any(|(name, value)| name == "error" && is_told(value));
    if har::is_exchange(&members) {
        return har::exchange(&members, depth, notes);
    }
    // What stands inside comes first, so that a wrapper's own message is known as such.
    let mut inside = false;
    for (name, value) in &members {
        if matches!(value, Value::Object(_) | Value::List(_)) {
            inside |= nested(name, value, depth, notes);
        }
    }
    let mut said = inside;
    for (name, value) in &members {
        match value {
            Value::Text(text) => said |= text_member(name, text, depth, inside, notes),
            Value::Word(word) => word_member(name, word, depth, notes),
            Value::Object(_) | Value::List(_) => {}
        }
    }
    port_of_address(&members, notes);
    leftover(&members, depth, notes);
    said
}

/// Whether the members are headers of an answer, whatever they are called together: two names that only such have.
fn is_headers(members: &[(String, Value)]) -> bool {
    const HEADERS: &str = "alt-svc|cf-ray|cf-cache-status|cf-mitigated|content-encoding|transfer-encoding|retry-after|x-request-id|\
         x-envoy-upstream-service-time|strict-transport-security|x-powered-by|apim-request-id|www-authenticate|report-to|\
         x-amzn-requestid|x-amzn-errortype|x-ratelimit-limit-requests|x-ratelimit-remaining-requests|x-ratelimit-remaining-tokens";
    // Most names have no dash, and looking for each takes longer.
    let is_one = |name: &str| name.contains('-') && HEADERS.split('|').any(|header| name.eq_ignore_ascii_case(header));
    members.iter().take(MEMBERS_MAX).filter(|(name, _)| is_one(name)).nth(1).is_some()
}

fn headers(members: &[(String, Value)], notes: &mut Notes) {
    for (name, value) in members {
        if let Value::Text(value) | Value::Word(value) = value {
            super::http::answer_header(name, value, notes);
        }
    }
}

/// Whether this is what was sent, shown beside the answer: a model with what it is to read, and nothing of an answer.
fn is_request(members: &[(String, Value)]) -> bool {
    const ANSWERED: &str =
        "error|errors|message|code|status|statusCode|detail|choices|id|object|created|cause|response";
    let has = |wanted: &str| members.iter().any(|(name, _)| name == wanted);
    has("model")
        && ["messages", "prompt", "input", "contents"].into_iter().any(has)
        && !ANSWERED.split('|').any(has)
        && !members.iter().any(|(_, value)| holds_answer(value))
}

/// Whether an answer stands inside: of a request that was cut off, what follows is read as a part.
fn holds_answer(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| {
            matches!(name.as_str(), "error" | "errors" | "detail" | "message") || holds_answer(value)
        }),
        Value::List(values) => values.iter().any(holds_answer),
        Value::Text(_) | Value::Word(_) => false,
    }
}

/// Whether a member says something: `"error": null` and `"error": ""` do not.
fn is_told(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.len() > "none".len(),
        Value::Object(members) => !members.is_empty(),
        Value::List(_) | Value::Word(_) => false,
    }
}

/// The short members that are not messages, in one sentence: a quota's name says what is limited.
fn leftover(members: &[(String, &Value)], depth: u8, notes: &mut Notes) {
    const SHORT_BYTES: usize = 160;
    let mut words = String::new();
    for (name, value) in members {
        let shown = matches!(meaning(name), Meaning::Code | Meaning::Param | Meaning::Other | Meaning::Number);
        if let Value::Text(text) | Value::Word(text) = value
            && shown
            && !text.is_empty()
            && text.len() < SHORT_BYTES
            && !text.contains([' ', '{'])
            && words.len() < 1000
        {
            words.push_str(name);
            words.push_str(": ");
            words.push_str(text);
            words.push_str(", ");
        }
    }
    notes.sentence(words.trim_end_matches(", "), Standing::Around, depth);
}

fn plain_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(40).collect()
}

fn nested(name: &str, value: &Value, depth: u8, notes: &mut Notes) -> bool {
    match (meaning(name), value) {
        (Meaning::Param, Value::List(parts)) => {
            notes.param(&location(parts));
            false
        }
        // Zod's `path`: where in the body the value is.
        (Meaning::Address, Value::List(parts)) if name == "path" => {
            notes.param(&location(parts));
            false
        }
        (Meaning::Headers, Value::Object(members)) => {
            headers(members, notes);
            false
        }
        (Meaning::RequestHeaders, Value::Object(members)) => {
            for (name, value) in members {
                if let Value::Text(value) | Value::Word(value) = value {
                    super::http::request_header(name, value, notes);
                }
            }
            false
        }
        (Meaning::RequestBody, value) => {
            super::http::request_value(value, notes);
            false
        }
        (Meaning::Aside, _) => false,
        // A Tollgate server has said already what is wrong.
        (_, Value::Object(members)) if name == "diagnosis" => {
            let cause = members.iter().find(|(name, _)| name == "cause");
            if let Some((_, Value::Text(cause))) = cause {
                notes.case.diagnosed = Some(cause.clone());
            }
            false
        }
        _ => read(value, depth.saturating_add(1), notes),
    }
}

/// FastAPI's `loc` and the paths of others: `["body", "messages", 0, "content"]`.
fn location(parts: &[Value]) -> String {
    let text = |value: &Value| match value {
        Value::Text(text) | Value::Word(text) => text.clone(),
        Value::Object(_) | Value::List(_) => String::new(),
    };
    let parts: Vec<String> = parts.iter().map(text).collect();
    let start = usize::from(parts.len() > 1 && matches!(parts[0].as_str(), "body" | "query" | "header"));
    parts[start..].join(".")
}

fn text_member(name: &str, text: &str, depth: u8, inside: bool, notes: &mut Notes) -> bool {
    match meaning(name) {
        Meaning::Code if is_code(text) => {
            code(name, text, depth, notes);
            false
        }
        Meaning::Message | Meaning::Code => {
            if inside && !layers::has_layers(text) {
                notes.sentence(text, Standing::Text, depth);
                true
            } else {
                told(text, depth, notes)
            }
        }
        // Some put the sentence where the name belongs.
        Meaning::Param if is_sentence(text) => told(text, depth, notes),
        Meaning::Param => {
            notes.param(&text.replace(" -> ", ".").trim_start_matches("body.").replace(['\'', '`'], ""));
            false
        }
        Meaning::Model => {
            if is_code(text) {
                notes.model(depth, text);
            } else {
                notes.sentence(text, Standing::Text, depth);
            }
            false
        }
        Meaning::Provider => {
            notes.provider(text);
            false
        }
        Meaning::Address => {
            addresses::named(name, text, notes);
            false
        }
        Meaning::Number => {
            numbers::member(name, text, notes);
            false
        }
        Meaning::RequestBody => {
            super::http::request_body(text, notes);
            false
        }
        Meaning::Aside => false,
        Meaning::Headers | Meaning::RequestHeaders | Meaning::Other => {
            if text.contains('{') {
                layers::read(text, depth.saturating_add(1), notes);
            } else if text.ends_with(".googleapis.com") {
                addresses::named(name, text, notes);
            } else if text.contains(' ') {
                notes.sentence(text, Standing::Text, depth);
            }
            false
        }
    }
}

/// A message; its words, and what it says with them.
fn told(text: &str, depth: u8, notes: &mut Notes) -> bool {
    // A message of several lines is one message.
    if !text.contains('{') && !super::page::looks_like(text) && text.len() < MESSAGE_MAX_BYTES {
        super::prose::message(&text.split_whitespace().collect::<Vec<_>>().join(" "), depth, notes);
    }
    if layers::has_layers(text) {
        layers::read(text, depth.saturating_add(1), notes);
    }
    !text.trim().is_empty()
}

fn word_member(name: &str, word: &str, depth: u8, notes: &mut Notes) {
    match meaning(name) {
        Meaning::Number => numbers::member(name, word, notes),
        Meaning::Param if inner(word) != word => notes.param(inner(word)),
        Meaning::Model if is_code(word) => notes.model(depth, word),
        Meaning::Message if word.contains(' ') => notes.sentence(word, Standing::Text, depth),
        Meaning::Code => {
            code(name, word, depth, notes);
            if word.contains(' ') {
                notes.sentence(word, Standing::Text, depth);
            }
        }
        _ => {}
    }
}

/// Words that people read, as against a path of names: `body -> messages -> 0`.
fn is_sentence(text: &str) -> bool {
    text.split_whitespace().count() > 3 && !text.contains("->")
}

/// A word that programs compare, as against a sentence that people read.
fn is_code(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.len() <= 120 && !text.contains(char::is_whitespace) && !text.contains(['{', '<'])
}

/// A code, a type, a status or a number of any of them.
pub(super) fn code(name: &str, value: &str, depth: u8, notes: &mut Notes) {
    let value = inner(value);
    let value = value.trim().trim_matches(['\'', '"', '`', ',', '*', '(', '\\']);
    let nothing = ["null", "none", "undefined", "nil", "error", "true", "false", "object", "", "[object]", "n/a"];
    if nothing.contains(&value.to_ascii_lowercase().as_str())
        || !is_code(value)
        || !value.contains(char::is_alphanumeric)
    {
        return;
    }
    if let Ok(number) = value.parse::<i64>() {
        match u16::try_from(number) {
            Ok(status @ 100..=599) if !matches!(name, "errno" | "name" | "line") => notes.status(depth, status),
            _ => {
                if let Some(found) = os_errors::by_number(number) {
                    notes.os_error(found);
                }
            }
        }
        return;
    }
    if let Some(found) = os_errors::by_name(value) {
        notes.os_error(found);
    }
    // `ValidationException:http://internal.amazon.com/…`
    let value = value.split(":http").next().unwrap_or(value);
    let last = value.rsplit(['.', '#', '/']).next().unwrap_or(value);
    if last.ends_with("Error") || last.ends_with("Exception") {
        notes.exception(last);
    }
    let is_error = last.ends_with("Error") || last.ends_with("Exception") || last.contains('_');
    if name == "name" && !is_error {
        return;
    }
    notes.code(depth, if last.len() > 2 && !value.contains("://") { last } else { value });
}

/// The text in `Some(String("model_not_found"))` and `Optional("x")`.
fn inner(value: &str) -> &str {
    let open = ["Some(", "Optional(", "String("].iter().any(|wrapper| value.starts_with(wrapper));
    let quoted = value.split('"').nth(1);
    quoted.filter(|_| open).unwrap_or(value)
}

/// `address: '127.0.0.1', port: 11434`, as Node prints both.
fn port_of_address(members: &[(String, &Value)], notes: &mut Notes) {
    let get = |wanted: &[&str]| {
        members.iter().find(|(name, _)| wanted.contains(&name.as_str())).and_then(|(_, value)| match value {
            Value::Text(text) | Value::Word(text) => Some(text.clone()),
            Value::Object(_) | Value::List(_) => None,
        })
    };
    let (host, port) = (get(&["address", "hostname", "host"]), get(&["port"]));
    if let (Some(host), Some(port)) = (host, port.and_then(|p| p.parse().ok())) {
        notes.address(Address { host: host.to_lowercase(), port: Some(port), called: true, ..Address::default() });
    }
}
