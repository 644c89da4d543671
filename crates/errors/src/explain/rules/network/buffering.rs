//! Streams that come all at once: what stands in between keeps them back until they are whole.
//!
//! Nothing fails in them, so nothing is claimed where something did, and people ask about streams more than about
//! anything else: the symptom alone is a hint, and beside the name of what stands in between it is a finding.

use crate::explain::case::Case;
use crate::explain::rule::Rule;

/// What comes in pieces.
macro_rules! streams {
    () => {
        "stream|sse|server-sent|server sent|event-stream|eventsource|chunk|deltas|tokens arrive|tokens come|tokens appear|tokens show|\
         流式|流|ストリーム|ストリーミング|스트리밍|стрим|поток|flux|flujo"
    };
}

/// And comes whole.
macro_rules! whole {
    () => {
        "all at once|at once|in one go|in one piece|in one chunk|in one burst|in one block|in one batch|in one lump|in one shot|as one|in a single|\
         as a single|single blob|one blob|one big|one lump|in bursts|in a burst|in a clump|in clumps|only when it is|only once it is|all together|come together|arrive together|only at the end|at the very end|all at the end|\
         at the end of|until the end|until it is|until the whole|until the full|until the entire|until the response|until the answer|until the model|until generation|until completion|\
         until everything|until it has|after the whole|after the full|after the entire|whole response|whole answer|full response|full answer|entire response|entire answer|\
         complete response|complete answer|everything at|same timestamp|same time.|same second|same millisecond|identical timestamp|nothing until|nothing for|\
         not incremental|instead of token by token|instead of incrementally|instead of gradually|instead of one by one|not token by token|\
         auf einmal|auf einen schlag|am stück|erst am ende|erst am schluss|d un coup|tout à la fin|en une seule fois|de golpe|de una vez|todo junto|de uma vez|\
         一次性|一下子|最后才|全部返回|一起返回|一口气|まとめて|一度に|一括|한꺼번에|한 번에|разом|сразу вс|целиком"
    };
}

/// What may stand in between.
macro_rules! between {
    () => {
        "nginx|proxy|proxies|proxied|openresty|cloudflare|cloudfront|cdn|load balancer|loadbalancer|alb.|elb.|ingress|traefik|caddy|apache|httpd|haproxy|envoy|istio|\
         api gateway|application gateway|apim|gateway|gunicorn|uwsgi|wsgi|vercel|netlify|lambda|heroku|cloud run|zscaler|firewall|antivirus|gzip|compress|\
         buffer|buffers|buffering|buffered|x-accel-buffering|代理|反代|反向代理|缓冲|プロキシ|프록시|прокси"
    };
}

/// What is said of a whole answer where nothing keeps it back: limits, and answers that were asked for whole.
macro_rules! otherwise {
    () => {
        "rate limit|too many|quota|concurren|parallel|stream=false|stream false|without streaming|non-streaming|not streaming|documentation|docs.|max_tokens|\
         expected behavior|works as expected|token limit|context"
    };
}

pub(super) const RULES: &[Rule] = &[
    Rule::new("stream_buffered", 6.4).says(&[concat!(streams!(), "&", whole!(), "& !", otherwise!())]).tells(between!()).when(is_told),
    // It may be a client that collects as well.
    Rule::new("stream_buffered", 1.7).says(&[concat!(streams!(), "&", whole!(), "& !", otherwise!())]).when(is_told).of_an_api(),
    // The settings by their names, and that they are not as they should be.
    Rule::new("stream_buffered", 6.0)
        .says(&[
            "x-accel-buffering|proxy_buffering|proxy-buffering|proxy buffering|response buffering|responsebuffering|buffering & missing|absent|not set|not sent|not there|lacks|no.|without|strip|swallow|\
             removed|removes|not forward|consumes|dropped|is on.|still on.|buffering on.|proxy_buffering on.|on by default|enabled|forgot|holds|keeps|delays|breaks|kills|defeats & !does not buffer|\
             not buffered|rate limit|premature",
        ])
        .tells("stream|sse|server-sent|event-stream|eventsource|chunk|流")
        .when(is_told),
    Rule::new("stream_buffered", 4.4).says(&["proxy_buffering|x-accel-buffering"]).when(says_little),
    Rule::new("stream_buffered", 5.6)
        .says(&[concat!("buffers|buffered|buffering|holds back|held back|keeps back|kept back|collects|缓冲 &", streams!(), "& nginx|proxy|openresty|cloudflare|cloudfront|\
                 cdn|load balancer|ingress|traefik|caddy|apache|haproxy|envoy|gateway|gzip|compress|middleware|alb.|代理 & !not buffered|overflow|memory")])
        .when(is_told).of_an_api(),
    Rule::new("stream_buffered", 4.8).says(&["upstream response is buffered to a temporary file"]).only_of_an_api(),
    // What nobody has to say: the times of the pieces, and the length of an answer whose end nobody could know.
    Rule::new("stream_buffered", 6.0).tells("stream|sse|chunk|delta|event|data|流").when(|case| case.came_at_once).of_an_api(),
    Rule::new("stream_buffered", 5.2).when(is_collected).only_of_an_api(),
    // It is not what a failure comes from.
    Rule::new("stream_buffered", -5.0).when(has_failed),
    Rule::new("stream_buffered", -4.0).says(&[
        "prematurely|premature|incomplete|breaks off|broke off|cut off|cuts off|disconnect|reset.|closed|terminated|timed out|timeout|time-out|interrupted|\
         aborted|truncated|dies|stops after|crash & !until",
    ]),
];

/// Whether it is told of, and not asked whether it is so.
fn is_told(case: &Case) -> bool {
    const ASKING: [&str; 15] = [
        "does ", "do ", "did ", "will ", "would ", "is ", "are ", "should ", "can ", "could ", "how ", "what ",
        "which ", "when ", "where ",
    ];
    let asks = |text: &str| {
        let text = text.trim().to_lowercase();
        text.ends_with('?') && ASKING.iter().any(|word| text.starts_with(word))
    };
    !case.sentences.iter().any(|sentence| asks(&sentence.text))
}

/// Whether it is a few words, as somebody types who looks something up.
fn says_little(case: &Case) -> bool {
    const WORDS_MAX: usize = 4;
    matches!(&case.sentences[..], [only] if only.text.split_whitespace().count() <= WORDS_MAX)
}

/// Whether an answer that is a stream says how long it is: whoever knows that has seen its end.
fn is_collected(case: &Case) -> bool {
    let header = |wanted: &str| case.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    header("content-type").is_some_and(|kind| kind.trim_start().starts_with("text/event-stream"))
        && header("content-length").is_some_and(|length| length.trim().parse::<u64>().is_ok_and(|length| length > 0))
}

fn has_failed(case: &Case) -> bool {
    case.statuses.iter().any(|status| *status >= 400) || !case.exceptions.is_empty() || !case.os_errors.is_empty()
}

#[cfg(test)]
mod tests {
    use crate::explain::rules::tests::{assert_told, assert_unknown};
    use crate::explain::{Context, explain};

    #[test]
    fn streams_that_come_whole_behind_something_are_told() {
        assert_told(&[(
            "stream_buffered",
            &[
                "OpenAI streaming arrives all at once behind nginx",
                "Why does my OpenAI stream come all at once behind nginx?",
                "tls-lb buffers SSE behind nginx: streaming responses of vLLM arrive in bursts, not as generated",
                "stream=True with the OpenAI SDK works locally, but behind our nginx the whole response shows up at the end",
                "SSE from /v1/chat/completions is delivered in one burst through Cloudflare instead of token by token",
                "nginx has proxy_buffering on, so the chat completion stream reaches the browser only when it is complete",
                "X-Accel-Buffering is missing in the answer of /v1/chat/completions, the SSE stream is held back by the ingress",
                "The inner nginx strips X-Accel-Buffering, so the outer proxy buffers every event of the LLM stream",
                "gzip compression in front of LiteLLM buffers the event stream until the model is done",
                "2026/11/20 10:41:07 [warn] 31#31: *5 an upstream response is buffered to a temporary file /var/cache/nginx/proxy_temp/1/00/0000000001 while reading upstream, request: \"POST /v1/chat/completions HTTP/1.1\"",
                "Claude streaming hinter dem Proxy: die Antwort kommt erst am Ende auf einmal, stream=true ist gesetzt",
                "用 nginx 反代 OpenAI 接口后，流式输出变成一次性返回，stream=true 已设置",
            ],
        )]);
    }

    #[test]
    fn without_a_word_of_an_api_it_is_a_guess() {
        for text in [
            "streaming arrives all at once behind nginx",
            "proxy_buffering",
            "X-Accel-Buffering missing",
            "The chat UI stays on QUEUED, then the full answer appears at once: the inner nginx consumes X-Accel-Buffering, and \
             the outer proxy buffers the SSE stream",
            "stream=True returns the full response at once with gpt-4o via langchain",
        ] {
            let found = explain(text, &Context::default());

            assert_eq!(found.cause.slug, "stream_buffered", "{text}");
            assert!(found.confidence < 0.5, "{text}: {}", found.confidence);
        }
    }

    #[test]
    fn the_times_of_the_pieces_are_enough() {
        assert_told(&[(
            "stream_buffered",
            &[
                "openai chat.completions stream=True\nchunk 1 after 4.12 s\nchunk 2 after 4.12 s\nchunk 3 after 4.12 s\nchunk 4 after 4.13 s\nchunk 5 after 4.13 s",
                "10:41:02.114 POST https://llm.example.com/v1/chat/completions stream=true\n10:41:07.912 data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\
                 10:41:07.912 data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\n10:41:07.913 data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"delta\":{\"content\":\" the\"}}]}\n\
                 10:41:07.913 data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"delta\":{\"content\":\"re\"}}]}\n10:41:07.914 data: [DONE]",
            ],
        )]);
    }

    #[test]
    fn a_stream_that_says_how_long_it_is_was_collected() {
        let text = "> POST /v1/chat/completions HTTP/1.1\n> Host: llm.example.com\n>\n< HTTP/1.1 200 OK\n< Server: nginx\n\
                    < Content-Type: text/event-stream; charset=utf-8\n< Content-Length: 4711\n<\ndata: {\"id\":\"chatcmpl-1\",\"choices\":[]}";

        assert_eq!(explain(text, &Context::default()).cause.slug, "stream_buffered");
    }

    #[test]
    fn ordinary_questions_and_other_streams_are_none() {
        assert_unknown(&[
            "How do I turn off proxy_buffering in nginx for an OpenAI stream?",
            "Does the OpenAI API send the stream all at once or token by token?",
            "Can I get the whole response at once instead of a stream with the OpenAI SDK?",
            "proxy_buffering off;\nproxy_cache off;\nproxy_read_timeout 600s;",
            "Set stream=False to get the entire response at once from chat completions.",
            "The Kafka streams were rebalanced all at once behind the proxy",
            "The video stream buffers all the time behind our proxy, then plays in bursts",
            "All pods behind the load balancer were restarted at once",
            "Streaming works fine with OpenAI through nginx, everything arrives token by token",
            "The streaming endpoint of our weather station sends all readings at once through the proxy",
            "Set proxy_buffering off; in nginx",
            "10:41:07.912 chunk 1\n10:41:08.112 chunk 2\n10:41:08.313 chunk 3\n10:41:08.514 chunk 4 of the OpenAI stream",
            "location /v1/ {\n    proxy_pass http://127.0.0.1:4000;\n    proxy_buffering off;\n}",
        ]);
    }

    #[test]
    fn what_fails_beside_it_is_the_cause() {
        assert_told(&[
            (
                "stream_interrupted",
                &[
                    "httpx.RemoteProtocolError: peer closed connection without sending complete message body (incomplete chunked read), nginx has proxy_buffering on",
                ],
            ),
            ("gateway_timeout", &["openai stream behind nginx with proxy_buffering on: 504 Gateway Time-out"]),
        ]);
    }
}
