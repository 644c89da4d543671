//! Advice with the facts of the case: which number to stay below, which name was meant, what listens at which port.
//!
//! In: the cause found and the case. Out: sentences that go before those which help against every failure of the kind.
//! Nothing is said where the facts were not read, or do not agree with the cause.

use super::case::Case;
use super::read::parameters;
use super::rules::facts;
use crate::cause::Cause;
use crate::nearest::nearest;
use crate::presented::Shape;

/// What listens at a port of this machine where nobody has changed it, and how it is started.
const USUAL: [(u16, &str); 10] = [
    (11434, "Ollama, which `ollama serve` starts"),
    (1234, "LM Studio, whose server is started in its Developer tab or with `lms server start`"),
    (8000, "vLLM, which `vllm serve MODEL` starts"),
    (4000, "a LiteLLM proxy or a Tollgate (`tollgate up`)"),
    (8080, "llama.cpp (`llama-server`) or LocalAI"),
    (30000, "SGLang, which `python -m sglang.launch_server` starts"),
    (1337, "Jan, whose API server is started in its settings"),
    (5000, "text-generation-webui, with its option `--api`"),
    (5001, "KoboldCpp"),
    (3000, "Open WebUI or Text Generation Inference in a container"),
];
/// Longer names are not shown.
const NAME_MAX: usize = 100;

/// What the facts of `case` say about getting rid of `cause`.
pub(super) fn of(cause: &Cause, case: &Case) -> Vec<String> {
    let advice = match cause.slug {
        "context_length_exceeded" => context(case),
        "max_tokens_too_large" => most_output(case),
        "request_exceeds_tpm" | "upstream_request_exceeds_tpm" => too_large_per_minute(case),
        "credits_below_max_tokens" => affordable(case),
        "image_too_large" | "payload_too_large" | "request_too_large" => bytes(case),
        "param_unknown"
        | "param_unsupported"
        | "param_missing"
        | "param_invalid_type"
        | "param_out_of_range"
        | "temperature_unsupported"
        | "response_format_unsupported"
        | "max_completion_tokens_required" => parameter(cause.slug, case),
        "key_not_a_key" | "key_quoted" => presented(case),
        "key_invalid" | "auth_header_wrong_name" => other_header(case),
        "permission_denied" | "bedrock_model_access" => permissions(case),
        "endpoint_not_found" => newer_server(case),
        "connection_refused" | "connection_refused_local" => refused(case),
        "localhost_in_container" => outside(case),
        "model_not_pulled" => written(case)
            .filter(|name| name != "ollama")
            .map(|name| format!("Run `ollama pull {name}`, then repeat the request")),
        "dns_failure" => host(case).map(|host| format!("Check the name `{host}`, letter by letter: `nslookup {host}`")),
        "azure_deployment_not_found" => deployment(case),
        slug if slug.contains("rate_limit") || slug == "insufficient_quota" => wait(case),
        _ => None,
    };
    advice.into_iter().collect()
}

fn context(case: &Case) -> Option<String> {
    let limit = case.numbers.limit.filter(|limit| *limit >= 100.0)?;
    let asked = case.numbers.requested.filter(|asked| *asked > limit);
    Some(match asked {
        Some(asked) => format!(
            "Take at least {} tokens off: the request comes to {}, and the limit is {}",
            count(asked - limit),
            count(asked),
            count(limit)
        ),
        None => format!("Keep the input and its max_tokens together within {} tokens", count(limit)),
    })
}

fn most_output(case: &Case) -> Option<String> {
    let limit = case.numbers.limit.filter(|limit| *limit >= 1.0)?;
    let asked = case.numbers.requested.filter(|asked| *asked > limit);
    let instead = asked.map_or_else(String::new, |asked| format!(" instead of {}", count(asked)));
    Some(format!("Set max_tokens to {} or less{instead}", count(limit)))
}

fn too_large_per_minute(case: &Case) -> Option<String> {
    let (limit, asked) = over(case)?;
    Some(format!(
        "Make the request smaller by at least {} tokens, input and max_tokens together: it asks for {} and {} are allowed \
         in a minute, so waiting does not help",
        count(asked - limit),
        count(asked),
        count(limit)
    ))
}

fn affordable(case: &Case) -> Option<String> {
    let (limit, asked) = over(case)?;
    Some(format!("Set max_tokens to {} or less instead of {}, or add credit", count(limit), count(asked)))
}

fn bytes(case: &Case) -> Option<String> {
    let (limit, asked) = over(case)?;
    // A smaller number is one of pixels.
    let unit = if limit >= 100_000.0 { " bytes" } else { "" };
    Some(format!("Bring it from {} down to {}{unit} or less", count(asked), count(limit)))
}

/// What is allowed and what was asked for, where that is more.
fn over(case: &Case) -> Option<(f64, f64)> {
    let (limit, asked) = (case.numbers.limit?, case.numbers.requested?);
    (asked > limit && limit > 0.0).then_some((limit, asked))
}

fn wait(case: &Case) -> Option<String> {
    let numbers = case.numbers;
    let pause = numbers.wait.filter(|wait| *wait > 0.0 && *wait < 1e7).map(duration);
    let room = match (numbers.limit, numbers.used, numbers.requested) {
        (Some(limit), Some(used), Some(asked)) if limit > 0.0 => Some(format!(
            "of {} allowed {} were used, and this request asks for {}",
            count(limit),
            count(used),
            count(asked)
        )),
        _ => None,
    };
    match (pause, room) {
        (Some(pause), Some(room)) => Some(format!("Wait {pause} before the next try: {room}")),
        (Some(pause), None) => Some(format!("Wait {pause} before the next try, as the answer says")),
        (None, Some(room)) => Some(format!("Wait until there is room for it: {room}")),
        (None, None) => None,
    }
}

fn parameter(slug: &str, case: &Case) -> Option<String> {
    if let Some((old, new)) = replaced(case) {
        return Some(format!("Send `{new}` instead of `{old}`, as the answer says"));
    }
    // A place in a list says less than the name of what is there.
    let is_place = |name: &str| name.rsplit('.').next().is_some_and(|last| last.parse::<u32>().is_ok());
    let fields = || case.params.iter().filter(|name| is_field(name));
    let name = fields().find(|name| !is_place(name)).or_else(|| fields().next())?;
    let shown = as_pasted(name, case);
    let is_path = name.contains(['.', '[']);
    let meant = || nearest(name, parameters().iter().copied()).filter(|known| !is_path && *known != name);
    match slug {
        "param_missing" => Some(format!("Send `{shown}`")),
        "param_unsupported" => Some(format!("Leave `{shown}` out for this model, or choose a model that takes it")),
        "param_invalid_type" => Some(format!("Correct the type of `{shown}`: {}", wanted(case)?)),
        "param_unknown" if parameters().contains(&name.as_str()) => {
            Some(format!("Leave `{shown}` out: this server does not take it"))
        }
        "param_unknown" => Some(match meant() {
            Some(known) => format!("Write `{known}` instead of `{shown}`, if that is meant"),
            None => format!("Remove `{shown}`, which this API does not know there"),
        }),
        _ => None,
    }
}

/// Two names of which the message says that the second is to stand for the first: `'x' … has moved to 'y'`.
fn replaced(case: &Case) -> Option<(String, String)> {
    const BEFORE: [&str; 7] =
        ["moved to ", "renamed to ", "replaced by ", "replaced with ", "superseded by ", "is now called ", "is now "];
    case.sentences.iter().find_map(|sentence| {
        let (said, behind) = BEFORE.iter().find_map(|words| sentence.text.split_once(words))?;
        let new = quoted(behind).filter(|(before, _)| before.trim().is_empty())?.1;
        let old = quoted(said)?.1;
        (old != new && is_field(old) && is_field(new)).then(|| (old.to_owned(), new.to_owned()))
    })
}

/// The first name in quotation marks, and what stands before it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    const MARKS: [char; 3] = ['\'', '`', '"'];
    let open = text.find(MARKS)?;
    let inner = &text[open + 1..];
    let name = &inner[..inner.find(MARKS)?];
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.[]-".contains(&b));
    is_name.then_some((&text[..open], name))
}

/// Which type was asked for, and which came, where codes say so: `"expected": "object", "received": "undefined"`.
fn wanted(case: &Case) -> Option<String> {
    let word_behind = |name: &str| {
        case.sentences.iter().find_map(|s| {
            let word = s.normal.split_once(name)?.1.split(' ').next()?;
            (word.len() > 2 && word.bytes().all(|b| b.is_ascii_alphabetic())).then(|| word.to_owned())
        })
    };
    let (expected, received) = (word_behind(" expected ")?, word_behind(" received ")?);
    let is_type = |word: &str| {
        ["object", "array", "string", "number", "integer", "boolean", "undefined", "null", "list", "float"]
            .contains(&word)
    };
    (is_type(&expected) && is_type(&received)).then(|| format!("expected is `{expected}`, and `{received}` came"))
}

fn presented(case: &Case) -> Option<String> {
    let shape = case.keys.iter().find_map(|key| key.shape.as_ref())?;
    match shape {
        Shape::NotAKey(what) => Some(format!("Send the bare key: what arrived is {what}")),
        Shape::Quoted(mark) => Some(format!("Send the key without the quotation marks ({mark}) around it")),
        _ => None,
    }
}

/// Anthropic takes keys in one header and tokens of a login in the other, and refuses each in the other's place.
fn other_header(case: &Case) -> Option<String> {
    let says = |words: &str| case.sentences.iter().any(|s| s.normal.contains(words));
    if says("sk-ant-oat") && says("x-api-key") {
        return Some(
            "Send it as `Authorization: Bearer`: it is the OAuth token of a login, and `x-api-key` takes API keys alone"
                .to_owned(),
        );
    }
    (says("invalid bearer token") && case.is_about("anthropic")).then(|| {
        "Send an API key of Anthropic in the header `x-api-key`: `Authorization: Bearer` takes OAuth tokens alone"
            .to_owned()
    })
}

/// The actions of a policy that a message names: `bedrock:InvokeModel`, `aws-marketplace:Subscribe`.
fn permissions(case: &Case) -> Option<String> {
    const SERVICES: [&str; 8] = ["bedrock", "aws-marketplace", "sagemaker", "iam", "sts", "kms", "s3", "bedrock-agent"];
    const SHOWN: usize = 4;
    let is_action = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'*')
    };
    let mut actions: Vec<String> = Vec::new();
    for sentence in &case.sentences {
        let mut words = sentence.text.split(|c: char| !(c.is_ascii_alphanumeric() || ":-*".contains(c))).peekable();
        while let Some(word) = words.next() {
            let Some((service, name)) = word.split_once(':') else { continue };
            // Some logs put a blank behind the colon.
            let name = if name.is_empty() { words.peek().copied().unwrap_or_default() } else { name };
            let action = format!("{service}:{name}");
            if SERVICES.contains(&service) && is_action(name) && !actions.contains(&action) {
                actions.push(action);
            }
        }
    }
    actions.truncate(SHOWN);
    (!actions.is_empty())
        .then(|| format!("Allow `{}` in the policy of the role or user that calls", actions.join("` and `")))
}

/// A server of one's own may be older than the path.
fn newer_server(case: &Case) -> Option<String> {
    let path =
        case.addresses.iter().filter(|a| facts::is_local(a) && a.path.starts_with('/')).map(|a| &a.path).next_back()?;
    let path = path.split('?').next().filter(|path| path.len() > 1 && path.len() <= NAME_MAX)?;
    Some(format!("Update the server: an older version of it may not have `{path}` yet"))
}

/// A model is at fault and not its field; a body is not one of its fields.
fn is_field(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_MAX && !matches!(name, "model" | "body" | "input.messages")
}

fn refused(case: &Case) -> Option<String> {
    let address = case.addresses.iter().find(|a| a.port.is_some() && !a.host.is_empty())?;
    let (host, port) = (&address.host, address.port?);
    let is_local = ["localhost", "127.", "0.0.0.0", "host.docker.internal", "::1", "[::1]"];
    let usual = USUAL.iter().find(|(usual, _)| *usual == port).map(|(_, what)| *what);
    Some(match usual.filter(|_| is_local.iter().any(|local| host.starts_with(local))) {
        Some(usual) => {
            format!("Start what is to listen at {host}:{port}; the usual server at port {port} is {usual}")
        }
        None => format!("Start the server that is to listen at {host}:{port}, or correct host and port"),
    })
}

fn outside(case: &Case) -> Option<String> {
    let port = case.addresses.iter().find_map(|a| a.port)?;
    let usual =
        USUAL.iter().find(|(usual, _)| *usual == port).map_or_else(String::new, |(_, what)| format!(" ({what})"));
    Some(format!(
        "Call host.docker.internal:{port} from within the container, or the name of the service that listens at port \
         {port}{usual}"
    ))
}

fn host(case: &Case) -> Option<&str> {
    let named = case.addresses.iter().filter(|a| a.host.contains('.') && a.host.len() <= NAME_MAX);
    let host = named.max_by_key(|a| a.called)?.host.as_str();
    let is_name = host.bytes().any(|b| b.is_ascii_alphabetic());
    (is_name && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))).then_some(host)
}

fn deployment(case: &Case) -> Option<String> {
    let path = case.addresses.iter().find_map(|a| a.path.split_once("/deployments/"))?.1;
    let name = path.split(['/', '?']).next().filter(|name| !name.is_empty() && name.len() <= NAME_MAX)?;
    Some(format!(
        "Create a deployment called `{name}` in this resource, or put the name of one that is there in its place"
    ))
}

/// The model that the text names first, as it is written there.
pub(super) fn written(case: &Case) -> Option<String> {
    let name = case.models.iter().find(|name| !name.is_empty() && name.len() <= NAME_MAX)?;
    Some(as_pasted(name, case).to_owned())
}

/// A name in the letters of the text.
fn as_pasted<'c>(name: &'c str, case: &'c Case) -> &'c str {
    let found = case.sentences.iter().find_map(|sentence| {
        let at = sentence.text.to_ascii_lowercase().find(&name.to_ascii_lowercase())?;
        sentence.text.get(at..at + name.len())
    });
    found.unwrap_or(name)
}

/// A number of tokens, bytes or requests; parts of one are money.
fn count(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.2}") }
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1000.0),
        s if s < 120.0 => format!("{} s", (s * 10.0).ceil() / 10.0),
        s if s < 7200.0 => format!("{} min", (s / 60.0).ceil()),
        s => format!("{} h", (s / 3600.0).ceil()),
    }
}

#[cfg(test)]
mod tests {
    use crate::explain::{Context, explain};

    #[test]
    fn the_first_thing_to_do_names_the_numbers_and_names_of_the_case() {
        for (text, expected) in [
            (
                "openai.BadRequestError: This model's maximum context length is 8192 tokens. However, your messages \
                 resulted in 9412 tokens. Please reduce the length of the messages.",
                "Take at least 1220 tokens off: the request comes to 9412, and the limit is 8192",
            ),
            (
                "openai 400: max_tokens is too large: 200000. This model supports at most 16384 completion tokens, \
                 whereas you provided 200000.",
                "Set max_tokens to 16384 or less instead of 200000",
            ),
            (
                "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 1500. \
                 Please try again in 9.816s.",
                "Wait 9.9 s before the next try: of 30000 allowed 29000 were used, and this request asks for 1500",
            ),
            (
                "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 41500.",
                "Make the request smaller by at least 11500 tokens, input and max_tokens together: it asks for 41500 \
                 and 30000 are allowed in a minute, so waiting does not help",
            ),
            (
                r#"{"error":{"message":"Unknown parameter: 'temprature'.","type":"invalid_request_error","param":"temprature","code":"unknown_parameter"}}"#,
                "Write `temperature` instead of `temprature`, if that is meant",
            ),
            (
                "openai.APIConnectionError: connect ECONNREFUSED 127.0.0.1:11434 (ollama)",
                "Start what is to listen at 127.0.0.1:11434; the usual server at port 11434 is Ollama, which `ollama \
                 serve` starts",
            ),
            (
                "OpenAI 400: Unsupported parameter: 'response_format'. In the Responses API, this parameter has moved \
                 to 'text.format'.",
                "Send `text.format` instead of `response_format`, as the answer says",
            ),
            (
                "groq 400 'messages.3' : for 'role:user' the following must be satisfied[('messages.3' : property \
                 'tool_calls' is unsupported)]",
                "Remove `tool_calls`, which this API does not know there",
            ),
            (
                "xai 400: Argument not supported on this model: presencePenalty",
                "Leave `presencePenalty` out for this model, or choose a model that takes it",
            ),
            (
                "bedrock: User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel on resource: \
                 arn:aws:bedrock:us-east-1::foundation-model/x",
                "Allow `bedrock:InvokeModel` in the policy of the role or user that calls",
            ),
            (
                "anthropic 401 {'type': 'authentication_error', 'message': 'Invalid bearer token'}",
                "Send an API key of Anthropic in the header `x-api-key`: `Authorization: Bearer` takes OAuth tokens \
                 alone",
            ),
            (
                "anthropic 401 invalid x-api-key; key in use: sk-ant-oat01-FAKEabcdef", // tollgate:allow
                "Send it as `Authorization: Bearer`: it is the OAuth token of a login, and `x-api-key` takes API keys \
                 alone",
            ),
            (
                "$ curl http://localhost:11434/api/chat -d '{}'\n404 page not found",
                "Update the server: an older version of it may not have `/api/chat` yet",
            ),
            (
                "Incorrect API key provided: ${sk-FAK****9qL}.",
                "Send the bare key: what arrived is a key in the brackets of a template",
            ),
            (
                r#"{"error":"model \"Qwen2.5-Coder:32b\" not found, try pulling it first"} (ollama)"#,
                "Run `ollama pull Qwen2.5-Coder:32b`, then repeat the request",
            ),
        ] {
            let found = explain(text, &Context::default());

            assert_eq!(found.to_json()["fixes"][0], expected, "{} {text}", found.cause.slug);
        }
    }

    #[test]
    fn where_no_fact_was_read_the_advice_is_that_of_the_cause() {
        for text in
            ["openai 429 rate limit reached", "openai: maximum context length exceeded", "openai: unknown parameter"]
        {
            let found = explain(text, &Context::default());

            assert!(found.advice.is_empty(), "{:?}", found.advice);
        }
    }
}
