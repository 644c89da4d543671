//! Every byte the provider can say, formatted once at the start: only the time in a stream's chunks is written later.

/// A chat completion of exactly 606 bytes, the body that every plain scenario carries.
pub(crate) const COMPLETION: &str = concat!(
    r#"{"id":"chatcmpl-Tb0000000000000000000000001","object":"chat.completion","created":1760000000,"#,
    r#""model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"#,
    r#""Tolls were first taken where a road met a river: a bridge costs money, a ford costs an afternoon, and "#,
    r#"people paid.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"#,
    r#""usage":{"prompt_tokens":21,"completion_tokens":27,"total_tokens":48,"#,
    r#""prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"#,
    r#""service_tier":"default","system_fingerprint":"fp_00000bench"}"#
);

const MODELS: &str = concat!(
    r#"{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1720000000,"owned_by":"bench"},"#,
    r#"{"id":"text-embedding-3-small","object":"model","created":1720000000,"owned_by":"bench"}]}"#
);

/// Dimensions of `text-embedding-3-small`.
const EMBEDDING_DIMENSIONS: u32 = 1536;
/// Digits of the time in nanoseconds since 1970: 19 from 2001 until 2286, so a chunk has a fixed length.
const STAMP_DIGITS: usize = 19;

/// All answers, heads included, ready to be written.
pub(crate) struct Answers {
    pub(crate) completion: Vec<u8>,
    pub(crate) embedding: Vec<u8>,
    pub(crate) models: Vec<u8>,
    pub(crate) unknown: Vec<u8>,
    pub(crate) malformed: Vec<u8>,
    pub(crate) no_length: Vec<u8>,
    /// Head of a stream and its first event, which names the role.
    pub(crate) stream_start: Vec<u8>,
    /// One content event, with zeros where the time belongs.
    pub(crate) content: Stamped,
    /// Last event, `[DONE]` and the end of the body.
    pub(crate) stream_end: Vec<u8>,
    /// The same with a usage event in between.
    pub(crate) stream_end_usage: Vec<u8>,
}

impl Answers {
    pub(crate) fn new(chunks: u32) -> Self {
        let error = |status: &str, message: &str, code: &str| {
            let body = format!(
                r#"{{"error":{{"message":"{message}","type":"invalid_request_error","param":null,"code":{code}}}}}"#
            );
            json(status, &body)
        };
        let stop = frame(&event(r#"[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]"#, ""));
        let usage = frame(&event(
            "[]",
            &format!(r#","usage":{{"prompt_tokens":21,"completion_tokens":{chunks},"total_tokens":{}}}"#, chunks + 21),
        ));
        let done = frame("data: [DONE]\n\n") + "0\r\n\r\n";
        Self {
            completion: json("200 OK", COMPLETION),
            embedding: json("200 OK", &embedding()),
            models: json("200 OK", MODELS),
            unknown: error("404 Not Found", "Invalid URL", r#""unknown_url""#),
            malformed: error("400 Bad Request", "We could not parse the JSON body of your request.", "null"),
            no_length: error("411 Length Required", "A body needs a Content-Length.", "null"),
            stream_start: stream_start(),
            content: Stamped::new(),
            stream_end: format!("{stop}{done}").into_bytes(),
            stream_end_usage: format!("{stop}{usage}{done}").into_bytes(),
        }
    }
}

/// An answer of known length.
pub(crate) fn json(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// A content event whose time can be set in place.
#[derive(Clone)]
pub(crate) struct Stamped {
    bytes: Vec<u8>,
    at: usize,
}

impl Stamped {
    fn new() -> Self {
        let zeros = "0".repeat(STAMP_DIGITS);
        let text = frame(&event(
            &format!(r#"[{{"index":0,"delta":{{"content":"t={zeros};"}},"logprobs":null,"finish_reason":null}}]"#),
            "",
        ));
        let at = text.find("t=0").expect("written two lines above") + 2;
        Self { bytes: text.into_bytes(), at }
    }

    /// The event as it is to be written, stamped with `unix_ns`.
    pub(crate) fn at(&mut self, unix_ns: u64) -> &[u8] {
        let mut rest = unix_ns;
        for digit in self.bytes[self.at..self.at + STAMP_DIGITS].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        &self.bytes
    }
}

fn stream_start() -> Vec<u8> {
    let role = event(
        r#"[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]"#,
        "",
    );
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n";
    format!("{head}{}", frame(&role)).into_bytes()
}

fn event(choices: &str, rest: &str) -> String {
    format!(
        concat!(
            r#"data: {{"id":"chatcmpl-Tb0000000000000000000000001","object":"chat.completion.chunk","#,
            r#""created":1760000000,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","#,
            r#""system_fingerprint":"fp_00000bench","choices":{}{}}}"#,
            "\n\n"
        ),
        choices, rest
    )
}

/// One chunk of a chunked body.
fn frame(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

fn embedding() -> String {
    let numbers: Vec<String> =
        (0..EMBEDDING_DIMENSIONS).map(|i| format!("{:.7}", (f64::from(i * 37 % 1000) - 500.0) / 12_345.0)).collect();
    format!(
        concat!(
            r#"{{"object":"list","data":[{{"object":"embedding","index":0,"embedding":[{}]}}],"#,
            r#""model":"text-embedding-3-small","usage":{{"prompt_tokens":8,"total_tokens":8}}}}"#
        ),
        numbers.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completion_has_606_bytes() {
        assert_eq!(COMPLETION.len(), 606);
    }

    #[test]
    fn a_stamp_replaces_the_zeros_and_nothing_else() {
        let mut content = Stamped::new();
        let length = content.bytes.len();

        let text = String::from_utf8(content.at(1_760_000_000_123_456_789).to_vec()).unwrap();

        assert!(text.contains(r#""content":"t=1760000000123456789;""#), "{text}");
        assert_eq!(text.len(), length);
    }

    #[test]
    fn usage_comes_only_where_it_was_asked_for() {
        let answers = Answers::new(50);

        let (without, with) = (answers.stream_end, answers.stream_end_usage);

        assert!(!String::from_utf8(without).unwrap().contains("usage"));
        assert!(String::from_utf8(with).unwrap().contains(r#""completion_tokens":50,"total_tokens":71"#));
    }
}
