//! Servers in between, and runners on one's own machine.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("bad_gateway", 6.0).says(&["upstream|origin|backend & invalid response|bad response|malformed response|no valid response|sent an invalid|garbage & 502"]),
    Rule::new("response_shape_unexpected", -3.0).says(&["upstream|gateway|origin & invalid response"]).statuses(&[502]),
    Rule::new("cloudflare_5xx", 6.2)
        .says(&["520.|521.|522.|523.|524.|525.|526.|530. & connection timed out|a timeout occurred|web server is|unknown error|origin|ssl handshake|invalid ssl|unreachable & !token|ms"])
        .statuses(&[520, 521, 522, 523, 524, 525, 526, 530]),
    Rule::new("dns_failure", 4.6)
        .says(&["hostname|host name|host.|domain|rechnername|nom d hôte|nombre de host|nome do host|имя хоста|ホスト名|主机名|dns & nicht aufgelöst|auflösung|aufgelöst|résoudre|résolu|résolution|no se pudo resolver|resolver|разрешить|解決|解析|servfail|nxdomain|lookup returned"])
        .only_of_an_api(),
    Rule::new("connect_timeout", 4.6).says(&["syn-ack|no syn|never connected|tcp handshake|connection attempt & within|seconds|never|no answer|no"]).only_of_an_api(),
    Rule::new("timeout", 3.8).says(&["gave up|silence|no answer|no reply|hung for|waited|still nothing & seconds|minutes|secs|min & !gateway|proxy|rate|retry"]).only_of_an_api(),
    Rule::new("connection_refused_local", 4.8)
        .tells("localhost|127.0.0.1|11434|1234 & nothing answers|nothing listens|nothing is listening|no server|not started|is not up|is down|start ollama|start lm studio|start the server|start vllm")
        .only_of_an_api(),
    Rule::new("tls_untrusted_ca", 4.8).says(&["chain|certificate|cert.|root|issuer|zertifikat|certificat|certificado|сертификат|証明書|证书 & not trust|distrust|untrusted|unknown issuer|signed by|vertraut|confiance|confianza|confiança|довер|信頼|信任"]).only_of_an_api(),
    Rule::new("tls_hostname_mismatch", 5.0).says(&["certificate|cert.|zertifikat & is for|was issued for|issued to|made out to|belongs to|names only|gilt für & !key|account"]).only_of_an_api(),
    Rule::new("gateway_timeout", 4.6)
        .says(&["gateway|proxy|load balancer|ingress|edge|function|lambda|worker|nginx|traefik|haproxy|envoy|alb|api gateway & timed out|time out|timeout|time-out|gave up|deadline|too long & !connect timeout|client"])
        .statuses(&[504])
        .only_of_an_api(),
    Rule::new("local_backend_crashed", 4.4)
        .says(&[
            "ggml|gguf|llama.cpp|llama-server|metal|vulkan|cuda|rocm|hip.|mlx|onnx|exllama|vllm|sglang|triton|nccl|koboldcpp|tensorrt & failed|abort|\
             aborted|assert|crash|crashed|segfault|segmentation fault|core dumped|out of memory|oom|killed|illegal memory|device lost|signal|fatal|panic & \
             !training|epoch|build|compile|install|not found|no module|pip",
        ])
        .only_of_an_api(),
    Rule::new("server_error", 3.4)
        .says(&["went wrong|our side|our end|unexpected|internal|our team|unhandled|interner|interne|interno|внутренн|内部|서버 오류 & error|fault|failure|wrong|notified|problem|fehler|erreur|ошибк|错误|エラー"])
        .statuses(&[500])
        .only_of_an_api(),
    Rule::new("stream_interrupted", 3.4)
        .says(&["stream|sse|event-stream|event stream|chunked|chunk & eof|closed|ended|broke|broken|cut|dropped|aborted|interrupted|incomplete|disconnected|terminated|reset|stopped & unexpected|early|before|middle|midway|mid-|after|prematur|halfway|without & !tool_call|must be|certificate"])
        .only_of_an_api(),
    Rule::new("client_aborted", 4.4)
        .says(&["client|caller|user|browser|tab|request & aborted|canceled|cancelled|went away|gone away|hung up|closed the connection|disconnected & before|499|context canceled|while|user closed & !max_tokens|server disconnected"])
        .only_of_an_api(),
    Rule::new("sdk_version_mismatch", 4.2)
        .says(&["openai.completion|openai.chatcompletion|openai.embedding|openai.error & removed|gone|migrate|no longer", "module|package|import|attribute|argument|class|function|method|object|export & no longer|removed|renamed|moved|deprecated and removed|not exported|has no|since version|in version|was replaced|upgrade & openai|anthropic|langchain|google.generativeai|google-genai|litellm|llama_index|llamaindex|mistralai|cohere|ollama|transformers|ai sdk|@ai-sdk & !model|models|api key|choices"]),
    // The object alone, where nothing finer is known of it.
    Rule::new("tls_failure", 3.2)
        .says(&["handshake|ssl|tls|secure channel|secure connection & terminated|failed|fail|error|failure|aborted|closed|could not|reset|eof|alert & !certificate|cert."])
        .only_of_an_api(),
    Rule::new("tls_failure", 3.4)
        .exceptions(&["handshakeexception", "sslhandshakeexception", "sslexception", "sslerror", "tlsexception", "ssleoferror"])
        .only_of_an_api(),
    Rule::new("tls_untrusted_ca", 3.4)
        .says(&["certificate|x509|ca file|cafile|ca-certificates|truststore|keystore|cacerts|ca bundle|root store & !client certificate|license|expired|hostname|api key"])
        .only_of_an_api(),
    Rule::new("timeout", 3.2)
        .says(&[
            "timed out|timedout|timeouterror|timeout error|timeout exceeded|timeout reached|timeout after|timeout expired|timeout occurred & \
             !gateway|504|524|connect|handshake|image|download",
        ])
        .only_of_an_api(),
    Rule::new("connection_reset", 3.6)
        .says(&["connection|socket|peer|transport & terminated|dropped|severed|torn down|went away|hung up|disconnected|closed & !stream|refused|pool|database"])
        .only_of_an_api(),
    Rule::new("key_invalid", 3.2)
        .says(&["authentication|authorization|auth.|login & error|failed|failure|unsuccessful|denied & !proxy|header|permission|model|missing|required|no.|not"])
        .only_of_an_api(),
    Rule::new("proxy_intercepts_local", 5.0)
        .tells("localhost|127.0.0.1|ollama|lm studio|vllm & no_proxy|noproxy|--noproxy & http_proxy|https_proxy|proxy"),
];
