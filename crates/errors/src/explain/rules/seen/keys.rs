//! Questions about what was sent as a key.

use crate::explain::case::{Case, EchoedKey};
use crate::presented::Shape;

/// Whether something was presented as a key that has this shape.
pub(in crate::explain::rules) fn key_is(case: &Case, is: fn(&Shape) -> bool) -> bool {
    case.keys.iter().filter_map(|key| key.shape.as_ref()).any(is)
}

/// Whether a key was shown and none of those shown is anything else than a key.
pub(in crate::explain::rules) fn key_is_real(case: &Case) -> bool {
    let real = |key: &EchoedKey| key.shape.is_none();
    !case.keys.is_empty() && case.keys.iter().all(real)
}

/// A key in clear that ends long before any vendor's does: `sk-abc`.
pub(in crate::explain::rules) fn key_is_cut_off(case: &Case) -> bool {
    const LEAST: usize = 20;
    let whole = |shown: &str| !shown.contains(['*', '…', '.']);
    key_is_real(case)
        && case.keys.iter().any(|key| {
            let shown = key.shown.trim();
            shown.starts_with("sk-") && whole(shown) && shown.len() < LEAST
        })
}

/// `Illegal header value b'Bearer '`: nothing behind the word.
pub(in crate::explain::rules) fn bearer_was_empty(case: &Case) -> bool {
    let sent = case
        .request_headers
        .iter()
        .any(|(name, value)| name == "authorization" && value.trim().eq_ignore_ascii_case("bearer"));
    let said = |text: &str| {
        let (_, rest) = text.split_once("eader value ")?;
        let value = rest.trim_start_matches('b').trim_start_matches(['\'', '"', '\\']);
        let behind = value.strip_prefix("Bearer")?;
        Some(behind.starts_with(' ') && behind.trim_start().starts_with(['\'', '"', '\\']))
    };
    // `"Authorization: Bearer "`, the quotation mark right behind.
    let quoted = |text: &str| {
        let lower = text.to_ascii_lowercase();
        [
            "authorization: bearer \"",
            "authorization: bearer '",
            "authorization: 'bearer '",
            "\"authorization\": \"bearer \"",
        ]
        .iter()
        .any(|form| lower.contains(form))
    };
    let mut speaking = case.sentences.iter().filter(|s| s.normal.contains("bearer"));
    sent || speaking.clone().any(|s| said(&s.text) == Some(true) || quoted(&s.text))
        || speaking.any(|s| {
            case.api_signs > 0
                && s.normal.ends_with(" illegal header value b bearer ")
                && s.text.trim_end().ends_with("Bearer")
        })
}

/// `'ascii' codec can't encode character … in position 7`, `ByteString … index 7`: the first letter behind `Bearer `.
pub(in crate::explain::rules) fn first_of_bearer(case: &Case) -> bool {
    encoding_refusals(case).any(|at| at == 7)
}

/// The same at any other place, where something says that it is about a header.
pub(in crate::explain::rules) fn header_cannot_hold(case: &Case) -> bool {
    const HEADERS: [&str; 6] = ["header", "bearer", "bytestring", "authorization", "api key", "api_key"];
    let headers = || case.sentences.iter().any(|s| HEADERS.iter().any(|word| s.normal.contains(word)));
    encoding_refusals(case).any(|at| at < 8 || headers())
}

/// Something could not be encoded, near the start.
pub(in crate::explain::rules) fn wants_python_key(case: &Case) -> bool {
    encoding_refusals(case).any(|at| at < 60)
}

/// A client of Python writes bodies as JSON, which holds every character, and headers in ASCII: the place is within the
/// length of `Bearer ` and a key, and no output of the program's own is spoken of.
pub(in crate::explain::rules) fn client_cannot_encode(case: &Case) -> bool {
    const KEY_MAX: u32 = 180;
    const OUTPUT: [&str; 6] = [" print", "stdout", " write", " open ", "logging", "csv"];
    let says = |word: &str| case.sentences.iter().any(|s| s.normal.contains(word));
    says(" ascii codec ")
        && !case.providers.is_empty()
        && encoding_refusals(case).any(|at| at < KEY_MAX)
        && !OUTPUT.into_iter().any(says)
}

/// The places at which a character could not be encoded.
fn encoding_refusals(case: &Case) -> impl Iterator<Item = u32> + '_ {
    case.sentences.iter().filter_map(|s| {
        let n = s.normal.as_str();
        let encodes =
            n.contains(" codec can not encode ") || n.contains("bytestring") || n.contains(" ordinal not in ");
        if !encodes {
            return None;
        }
        let body = n.contains("surrogates not allowed") || n.contains("utf-8 codec");
        let (_, rest) = n.split_once(" position ").or_else(|| n.split_once(" at index "))?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!body).then(|| digits.parse().ok()).flatten()
    })
}

/// The request's `Authorization` was a key without a scheme.
pub(in crate::explain::rules) fn authorization_lacks_bearer(case: &Case) -> bool {
    case.request_headers.iter().any(|(name, value)| {
        let value = value.trim();
        name == "authorization" && !value.is_empty() && !value.contains(' ')
    }) || case.sentences.iter().any(|s| {
        let n = s.normal.as_str();
        // Few sentences have the word, and a search that splits is dear to prepare.
        n.contains(" authorization ")
            && n.split(" authorization ")
                .skip(1)
                .any(|rest| ["sk-", "gsk_", "xai-", "aiza"].iter().any(|start| rest.starts_with(start)))
    })
}

/// `Authorization: Bearer {'api_key': …`: an object in the place of the key.
pub(in crate::explain::rules) fn unquoted_bearer(case: &Case) -> bool {
    let object = |text: &str| {
        ["Bearer {", "bearer {", "Bearer [object", "Bearer <"].iter().any(|start| {
            text.split_once(start).is_some_and(|(_, rest)| {
                !rest.trim_start_matches(['{', '$', '<']).to_ascii_uppercase().starts_with("YOUR")
                    && !rest.to_ascii_lowercase().starts_with("token")
                    && !rest.to_ascii_lowercase().starts_with("key")
                    && !rest.to_ascii_lowercase().starts_with("api")
            })
        })
    };
    case.request_headers.iter().any(|(_, value)| object(value))
        || case.sentences.iter().any(|s| s.normal.contains("bearer") && object(&s.text))
}

/// The request's `Authorization` was `Basic …`.
pub(in crate::explain::rules) fn authorization_was_basic(case: &Case) -> bool {
    let basic = |value: &str| value.trim_start().get(..6).is_some_and(|start| start.eq_ignore_ascii_case("basic "));
    case.request_headers.iter().any(|(name, value)| name == "authorization" && basic(value))
        || (case.status_is(&[401, 403])
            && case
                .sentences
                .iter()
                .any(|s| s.normal.contains(" authorization basic ") || s.normal.contains(" authorization: basic ")))
}

/// The key went out in one of the other headers than the one that the service asks for.
pub(in crate::explain::rules) fn other_header_was_sent(case: &Case) -> bool {
    if case.request_headers.is_empty() {
        return false;
    }
    let sent = |name: &str| case.request_headers.iter().any(|(n, value)| n == name && !value.trim().is_empty());
    let refused = case.status_is(&[400, 401, 403])
        || case.sentences.iter().any(|s| s.normal.contains("api key") || s.normal.contains("x-api-key"));
    let asks = |words: &[&str]| case.sentences.iter().any(|s| words.iter().any(|w| s.normal.contains(w)));
    let custom = sent("x-api-key") || sent("api-key") || sent("x-goog-api-key");
    let bearer = sent("authorization");
    let missing = asks(&[
        "required",
        "missing",
        "not provide",
        "no api key",
        "need to provide",
        "no auth",
        "unregistered",
        "must provide",
        "not provided",
    ]);
    if bearer && !custom {
        return asks(&["x-api-key", "api-key header", "x-goog-api-key", "unregistered callers"])
            || (missing && (case.is_about("anthropic") || case.is_about("azure")));
    }
    refused
        && missing
        && custom
        && !bearer
        && !(sent("x-api-key") && case.is_about("anthropic"))
        && !(sent("api-key") && case.is_about("azure"))
}

/// The key stands in the address, and the service found none.
pub(in crate::explain::rules) fn key_was_in_url(case: &Case) -> bool {
    const NAMES: [&str; 10] = [
        "?api_key=",
        "&api_key=",
        "?apikey=",
        "&apikey=",
        "?api-key=",
        "&api-key=",
        "?token=",
        "?key=sk-",
        "&key=sk-",
        "?access_token=",
    ];
    let refused = || {
        case.status_is(&[400, 401, 403])
            || case.sentences.iter().any(|s| s.normal.contains("api key") || s.normal.contains("unauthorized"))
    };
    let named = |text: &str| {
        // What all names have, before the text is read for each.
        text.contains(['?', '&']) && text.contains('=') && {
            let text = text.to_ascii_lowercase();
            NAMES.iter().any(|name| text.contains(name))
        }
    };
    let in_path = || case.addresses.iter().any(|a| named(&a.path));
    let in_text = || {
        case.sentences.iter().any(|s| named(&s.text))
            && case
                .sentences
                .iter()
                .any(|s| s.text.contains("://") || s.text.contains("POST ") || s.text.contains("GET "))
    };
    case.api_signs > 0 && !case.is_about("gemini") && refused() && (in_path() || in_text())
}

/// `KeyError: 'OPENAI_API_KEY'`, `ANTHROPIC_API_KEY is not set`: a variable's name with words of its absence.
pub(in crate::explain::rules) fn names_unset_variable(case: &Case) -> bool {
    const ENDS: [&str; 9] = [
        "_api_key",
        "_access_key_id",
        "_secret_access_key",
        "_api_token",
        "_auth_token",
        "hf_token",
        "openai_key",
        "google_application_credentials",
        "_access_token",
    ];
    const ABSENT: [&str; 36] = [
        "os.environ",
        " no ",
        "keyerror",
        "not set",
        "not found",
        "missing",
        "must be set",
        "please set",
        "is required",
        "defined",
        "undefined",
        "not exist",
        "empty",
        "no value",
        "did not find",
        "not provided",
        "not configured",
        "is null",
        "no such",
        "unset",
        "must set",
        "set the ",
        "need to set",
        "could not find",
        "notpresent",
        "setting the",
        "can not find",
        "没有设置",
        "未设置",
        "未配置",
        "not present",
        "to be set",
        "nicht gesetzt",
        "non définie",
        "no está",
        "requires",
    ];
    // What all ends have.
    let may_name = |n: &str| n.contains('_') && ["_key", "_token", "_cred"].iter().any(|part| n.contains(part));
    case.sentences.iter().filter(|s| may_name(&s.normal)).any(|s| {
        let n = s.normal.as_str();
        let named = n.split(' ').any(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
            ENDS.iter().any(|end| word.ends_with(end)) && word.len() < 60 && !word.contains('=')
        });
        let echoed = n.contains(" provided ") && n.contains(" incorrect ");
        // It is set, and what stands in it is refused.
        let refused = [" belongs to ", " disabled ", " suspended ", " revoked "].iter().any(|word| n.contains(word));
        named && !echoed && !refused && ABSENT.iter().any(|word| n.contains(word))
    })
}

/// `OPENAI_API_KEY: ` or `OPENAI_API_KEY=` with nothing behind, as builds print their environment.
pub(in crate::explain::rules) fn blank_variable(case: &Case) -> bool {
    case.sentences.iter().any(|s| {
        let Some(name) = s.text.trim().strip_suffix([':', '=']) else { return false };
        let name = name.rsplit(' ').next().unwrap_or_default();
        let is_name = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        is_name && (name.ends_with("_KEY") || name.ends_with("_TOKEN"))
    })
}

/// Anthropic asks for `x-api-key`, and `Authorization: Bearer …` is what was sent.
pub(in crate::explain::rules) fn asked_with_another_header(case: &Case) -> bool {
    let bearer = |s: &crate::explain::case::Sentence| s.normal.starts_with(" authorization bearer ");
    case.sentences.iter().any(bearer)
}

/// The head of the request is shown (`_header: 'POST … HTTP/1.1\r\n…'`), and no key is in it.
pub(in crate::explain::rules) fn sent_without_authorization(case: &Case) -> bool {
    case.api_signs > 0
        && case.sentences.iter().any(|s| {
            let n = s.normal.as_str();
            n.contains("http/1.1")
                && n.contains("host")
                && n.contains("post")
                && n.contains("header")
                && !["authorization", "api-key", "x-goog"].iter().any(|name| n.contains(name))
        })
}

/// A key of Anthropic's console went out as `Authorization: Bearer sk-ant-api…`, where only tokens of OAuth are read.
pub(in crate::explain::rules) fn sent_as_bearer(case: &Case) -> bool {
    let bearer = |value: &str| value.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
    case.request_headers
        .iter()
        .any(|(name, value)| name == "authorization" && bearer(value) && value.contains("sk-ant-api"))
}

/// A call of curl is shown with its address, and no option of it carries a key.
pub(in crate::explain::rules) fn sent_by_curl_without_key(case: &Case) -> bool {
    const CARRIES: [&str; 9] =
        ["authorization", "api-key", "api_key", "apikey", "bearer", " -u ", " --user ", "--oauth2-bearer", "token="];
    let is_call = case.sentences.iter().any(|s| s.normal.starts_with(" curl ") || s.normal.contains(" $ curl "));
    let carries = |text: &str| CARRIES.iter().any(|option| text.contains(option));
    is_call
        && case.keys.is_empty()
        && !case.request_headers.iter().any(|(name, _)| carries(name))
        && !case.sentences.iter().any(|s| carries(&s.normal))
}
