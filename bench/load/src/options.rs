//! What the load generator can be asked to do, and the request that follows from it.

use clap::Parser;

/// Drives an OpenAI-compatible endpoint and prints one line of JSON.
#[derive(Parser, Clone)]
pub(crate) struct Options {
    /// Host and port to speak to, clear text
    #[arg(long, default_value = "127.0.0.1:9100")]
    pub(crate) addr: String,
    /// Path of the request
    #[arg(long, default_value = "/v1/chat/completions")]
    pub(crate) path: String,
    /// Connections; without a rate each has one request under way at any time
    #[arg(long, default_value_t = 64)]
    pub(crate) conns: usize,
    /// Measured requests over all connections
    #[arg(long, default_value_t = 10_000)]
    pub(crate) requests: u64,
    /// Requests before measuring [default: twice the connections]
    #[arg(long)]
    pub(crate) warmup: Option<u64>,
    /// Requests per second over all connections [default: as fast as it goes]
    #[arg(long)]
    pub(crate) rate: Option<f64>,
    /// Spread the first requests of the connections over this time, so that paced streams do not march in step
    #[arg(long, default_value_t = 0)]
    pub(crate) ramp_ms: u64,
    /// Ask for a streamed answer
    #[arg(long)]
    pub(crate) stream: bool,
    /// Ask for the usage event of a stream
    #[arg(long, requires = "stream")]
    pub(crate) usage: bool,
    /// Bytes of prompt on top of the 300-byte request
    #[arg(long, default_value_t = 0)]
    pub(crate) pad: usize,
    /// API key, sent as `Authorization: Bearer`
    #[arg(long, default_value = "sk-bench")]
    pub(crate) key: String,
    /// Model to ask for
    #[arg(long, default_value = "gpt-4o-mini")]
    pub(crate) model: String,
    /// Further header, `Name: value`; repeatable
    #[arg(long = "header")]
    pub(crate) headers: Vec<String>,
    /// Open this many streams, each on its own connection, and keep them until they end, SIGTERM or --hold-s
    #[arg(long)]
    pub(crate) hold: Option<usize>,
    /// How long to keep them at most
    #[arg(long, default_value_t = 600)]
    pub(crate) hold_s: u64,
    /// Say {"ready":true} after the warm-up, begin at a line on stdin, and keep the connections until stdin ends
    #[arg(long)]
    pub(crate) gate: bool,
}

/// Prose to fill a prompt with: no words that the fake provider looks for, nothing that JSON would escape.
const PROSE: &str = "The keeper of the gate writes down who passes, at what hour, and with how many oxen. ";

impl Options {
    /// The request, ready to be written as often as needed.
    pub(crate) fn request(&self) -> Vec<u8> {
        let stream = match (self.stream || self.hold.is_some(), self.usage) {
            (true, true) => r#","stream":true,"stream_options":{"include_usage":true}"#,
            (true, false) => r#","stream":true"#,
            (false, _) => "",
        };
        let prompt: String = PROSE.chars().cycle().take(self.pad).collect();
        let body = format!(
            concat!(
                r#"{{"model":"{}","messages":[{{"role":"system","content":"You answer in one sentence and without "#,
                r#"decoration."}},{{"role":"user","content":"What does a gateway do? {}"}}],"#,
                r#""temperature":0.2,"max_tokens":64{}}}"#
            ),
            self.model, prompt, stream
        );
        let mut head = format!(
            concat!(
                "POST {} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n",
                "accept: application/json\r\nuser-agent: bench-load\r\ncontent-length: {}\r\n"
            ),
            self.path,
            self.addr,
            self.key,
            body.len()
        );
        for header in &self.headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        format!("{head}\r\n{body}").into_bytes()
    }
}
