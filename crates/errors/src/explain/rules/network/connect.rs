//! Names, connections and proxies: what fails before the request is sent.

use crate::explain::case::Case;
use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    Rule::new("dns_failure", 5.0).os_errors(&["enotfound", "eai_again", "eai_noname", "dns"]),
    Rule::new("dns_failure", 5.2).says(&[
        "enotfound|eai_again|eai_noname|eai_nodata|getaddrinfo|err_name_not_resolved|nameresolutionerror|unknownhostexception",
        "name or service not known|temporary failure in name resolution|nodename nor servname|no address associated|no such host|could not resolve \
         host|failed to resolve|name resolution|unable to resolve|cannot resolve|dns error|failed to lookup address|dns lookup|host not found|name not \
         resolved|unknown host|no such host is known|hostname could not be found|server with the specified hostname",
        "dns & fail|failed|failure|error|timeout|resolve|resolution|refused|nxdomain|servfail & !custom domain|record type",
        "resolve & host|hostname|address & could not|cannot|unable|failed|error & !proxy",
        "域名 & 解析",
        "无法解析|解析失败 & 主机|域名|地址|服务器",
        "nslookup & nxdomain",
    ]),
    Rule::new("dns_failure", -3.0).says(&["could not resolve proxy|resolve authentication"]),
    // Names of modules are resolved too.
    Rule::new("dns_failure", -7.0)
        .says(&["module not found|modulenotfound|failed to resolve import|can not resolve module", "resolve & module|import|package.|dependency|dependencies|plugin & !host|hostname|getaddrinfo"]),
    Rule::new("connection_refused", 4.6).os_errors(&["econnrefused"]),
    Rule::new("connection_refused", 4.6).says(&[
        "econnrefused|connection refused|connectionrefused|actively refused|refused to connect|err_connection_refused|winerror 10061|errno 111|errno \
         61|connectionrefusederror|could not connect to server|积极拒绝|连接被拒绝|拒绝连接|verbindung verweigert|connexion refusée|conexión \
         rechazada|conexão recusada|接続が拒否|в соединении отказано|connection was refused|conexion rechazada",
        "failed to connect|could not connect|cannot connect|unable to connect & port|localhost|127.0.0.1 & !timed out|timeout|certificate|ssl",
    ]),
    Rule::new("connection_refused", -5.0).says(&["content security policy|connect-src"]),
    Rule::new("connection_refused", -0.5).when(facts::calls_local_server),
    Rule::new("connection_refused_local", 5.4).os_errors(&["econnrefused"]).when(facts::calls_local_server),
    Rule::new("connection_refused_local", 5.0).os_errors(&["econnrefused"]).when(facts::names_loopback),
    Rule::new("connection_refused_local", 5.4)
        .tells(
            "econnrefused|connection refused|actively refused|refused to connect|could not connect|cannot connect|failed to connect|unable to connect|\
             connection error|err_connection_refused|积极拒绝|拒绝连接|not running|not reachable|unreachable|connection failed & 11434|:11434|\
             localhost:1234|127.0.0.1:1234|port 1234|localhost:8000|127.0.0.1:8000|port=11434|port=1234|ollama|lm studio|lmstudio|llama.cpp|llama-server|\
             vllm|koboldcpp|localai|text-generation-webui|oobabooga",
        )
        .when(|case| !case.status_is(&[401, 403, 404, 502, 503])),
    // Rust's client names the address alone; on one's own machine hardly anything but refusal is behind it.
    Rule::new("connection_refused_local", 6.5)
        .says(&["error sending request for url|error sending request & !timed out|timeout|certificate|reset|dns error|closed|incomplete"])
        .when(|case| facts::names_loopback(case) && !facts::calls_local_proxy(case))
        .of_an_api(),
    Rule::new("connection_refused_local", 5.6).says(&[
        "could not connect to ollama|ollama & not running|is running|is ollama|not responding|unreachable|not reachable|failed to connect|connect to & \
         !model",
        "lm studio|lmstudio|llama.cpp|llama-server|vllm|local server|local model|local llm & not running|is running|unreachable|not reachable|cannot \
         connect|failed to connect|could not connect",
    ]),
    Rule::new("connection_refused_local", -1.5).tells("!econnrefused|refused|connect|running|unreachable|reachable|拒绝"),
    Rule::new("connection_refused", -2.0).when(facts::calls_local_server),
    Rule::new("connection_refused", -2.0).tells("11434|localhost:1234|127.0.0.1:1234|ollama|lm studio|lmstudio"),
    // localhost within a container.
    Rule::new("localhost_in_container", 7.0)
        .tells(
            "docker|container|containers|docker-compose|compose|kubernetes|k8s|podman|devcontainer & refused|econnrefused|cannot connect|could \
             not connect|failed to connect|拒绝|unable to connect|connection error",
        )
        .when(|case| facts::names_loopback(case) && !names_a_docker_registry(case)),
    Rule::new("localhost_in_container", 5.2)
        .tells("host.docker.internal")
        .os_errors(&["econnrefused", "enotfound", "etimedout"]),
    // The end of a container whose program could not connect, and the server of models in another one.
    Rule::new("localhost_in_container", 6.8)
        .tells("localhost|127.0.0.1|ollama|lm studio|lmstudio|llama.cpp|llama-server|vllm|localai & refused|econnrefused")
        .when(|case| names_no_other_host(case) && is_of_compose(case)),
    Rule::new("local_backend_crashed", -5.0).says(&["exited with code|exited with status"]).os_errors(&["econnrefused"]),
    // No answer to the call for a connection.
    Rule::new("connect_timeout", 5.2).says(&[
        "connecttimeout|connecttimeouterror|connect timeout|connection timeout|und_err_connect_timeout|connect etimedout|connect timed out|\
         connectionexception timed out|err_connection_timed_out|winerror 10060|errno 110|errno 60|errno 10060|connecttimeouterror|connecttimeoutexception",
        "connection timed out|connection to & timed out|time out|connect timeout & !read|reading|awaiting headers|gateway|while reading",
        "dial tcp & i/o timeout|timeout|timed out|operation timed out",
        "failed to connect|could not connect|unable to connect|connecting|establish|connection attempt & timed out|timeout|failed to respond|did not \
         properly respond",
        "network is unreachable|enetunreach|no route to host|ehostunreach|host is unreachable|host unreachable|network unreachable",
        "connect & etimedout",
        "tls handshake timeout|ssl handshake timeout|handshake timeout|handshake timed out|handshake has timed out|tls handshake timed out",
        "opentimeout|failed to open tcp connection|open connection|connection pool & execution expired|timed out|timeout & !read",
        "连接超时|连接尝试失败|连接方在一段时间后没有正确答复",
        "zeitüberschreitung & verbindung",
        "délai & connexion",
        "tiempo de espera & conexión",
    ]),
    Rule::new("connect_timeout", 4.4).os_errors(&["etimedout", "enetunreach", "ehostunreach", "connect_timeout"]),
    Rule::new("connect_timeout", 4.6)
        .exceptions(&["connecttimeout", "connecttimeouterror", "connecttimeoutexception", "httpconnecttimeoutexception"]),
    Rule::new("connect_timeout", -2.5).says(&["operation timed out after|bytes received"]),
    Rule::new("connect_timeout", -2.5).says(&["read timed out|read timeout|readtimeout|awaiting headers|timeout of"]),
    // Closed by the other side.
    Rule::new("connection_reset", 4.4).os_errors(&["econnreset", "epipe", "econnaborted", "tls_closed"]),
    Rule::new("connection_reset", 4.6).says(&[
        "econnreset|connection reset|connectionreseterror|reset by peer|socket hang up|err_connection_reset|winerror 10054|winerror 10053|errno 104|errno 54|\
         10054|10053|connectionabortederror|forcibly closed|强迫关闭|中止了一个已建立的连接|connectionreset",
        "connection aborted|remotedisconnected|remote end closed|server disconnected|closed connection without response|closed the connection|connection \
         closed|connection was closed|connection lost|underlying connection was closed|other side closed|und_err_socket|err_connection_closed|\
         err_empty_response|empty reply from server|network connection was lost & !complete|response|chunked|stream|body|reading",
        "connection aborted & remote|connectionreset|disconnected|errno",
        "server disconnected without sending|empty reply from server|und_err_socket|other side closed|remote end closed connection without response",
        "epipe|broken pipe|errno 32",
        "eof occurred in violation|unexpected eof|unexpected_eof_while_reading|ssl_error_syscall|ssl_read|unexpected eof while reading|connection closed \
         before message completed|disconnected before secure tls",
        "post|get & https & eof. & !json|parse",
        "连接被重置|连接已重置|连接被关闭|远程主机强迫",
        "verbindung & zurückgesetzt|geschlossen|abgebrochen",
        "connexion & réinitialisée|fermée",
        "conexión & restablecid|cerrad|reinici",
        "conexão & redefinid|fechada|encerrada",
        "接続 & リセット|切断",
        "соединение & сброшено|разорвано|закрыто",
    ]),
    // Clients of Java, where the connection that they kept was closed at the other end.
    Rule::new("connection_reset", 5.6)
        .says(&["unexpected end of stream|unexpected end of file from server|eofexception & !json|chunk|parse|gson|jackson|truncated"])
        .of_an_api(),
    // It fails after a pause and not when it is sent again: a connection was kept longer than the server keeps it.
    Rule::new("connection_reset", 7.0)
        .tells(
            "error sending request|connection error|socket hang up|connection reset|econnreset|fetch failed|remote end closed|disconnected|connection closed|end of stream|network error & \
             was idle|is idle|been idle|idle for|idle connection|after idle|idling|quiet|a pause|inactivity|keep-alive|keepalive|unused for & \
             next|second|retry|again|works|succeed|success|fine.|first & !event stream|idle timeout|refused",
        )
        .only_of_an_api(),
    Rule::new("connection_reset", 3.5).exceptions(&["remotedisconnected", "connectionreseterror", "remoteprotocolerror", "serverdisconnectederror", "connectionabortederror", "brokenpipeerror"]),
    Rule::new("connection_reset", -1.5).says(&["incomplete chunked read|complete message body|incompleteread|premature"]),
    // Nothing but that it failed.
    Rule::new("connection_error_generic", 3.4).exceptions(&["apiconnectionerror"]),
    Rule::new("connection_error_generic", 3.2)
        .says(&[
            "connection error|error communicating with|apiconnectionerror",
            "fetch failed|failed to fetch|network error|networkerror|load failed|error sending request|request failed due to network",
            "could not|cannot|can not|unable|failed & connect|reach|contact & api|openai|anthropic|gemini|server|service|provider|endpoint",
            "connection failed|connect error",
            "httprequestexception|urlopen error|clientconnectorerror|connecterror|newconnectionerror",
            "all connection attempts failed",
            "网络错误|网络连接 & 失败|异常|错误",
        ])
        .of_an_api(),
    Rule::new("connection_error_generic", 2.4)
        .says(&["connection error|fetch failed|failed to fetch|all connection attempts failed|error sending request for url|max retries exceeded with url"]),
    // The answer came, and was cut off at its limit.
    Rule::new("connection_error_generic", -4.0).exceptions(&["lengthfinishreasonerror"]),
    Rule::new("connection_error_generic", -1.5).says(&["cors|401|403|404|429|500|502|503"]),
    // Proxies.
    Rule::new("proxy_misconfigured", 6.0).says(&[
        "unknown scheme for proxy|unsupported proxy|proxy url|invalid proxy|proxy scheme|proxy & invalid.|malformed|unsupported|unknown|scheme|must be|missing",
        "proxyerror|proxy error|err_proxy_connection_failed|err_tunnel_connection_failed|err_socks_connection_failed|proxyconnect|\
         proxyconnectionerror|clientproxyconnectionerror|clienthttpproxyerror & !litellm|proxy_server",
        "unable to connect to proxy|cannot connect to proxy|connect to proxy|could not resolve proxy|connecting to proxy|proxy server is refusing|proxy \
         connection",
        "tunneling socket|tunnel connection failed|tunnel & could not be established|failed|407|403|502",
        "407|proxy authentication & proxy|required|authentication",
        "proxy authentication required|proxy-authenticate",
        "socks & support|dependencies|dependency|missing|not installed|socksio|pysocks|extra|proxy|handshake",
        "http_proxy|https_proxy|all_proxy & invalid.|error|fail|failed|unsupported|wrong|refused",
        "received http code & from proxy after connect",
        "代理 & 错误|失败|无法|连接 & !反向",
    ]),
    Rule::new("proxy_misconfigured", 5.0).exceptions(&["proxyerror", "clientproxyconnectionerror", "clienthttpproxyerror", "invalidproxyurl", "invalidschema"]),
    Rule::new("proxy_misconfigured", 5.5).statuses(&[407]),
    Rule::new("proxy_misconfigured", 5.6).os_errors(&["econnrefused"]).when(facts::calls_local_proxy),
    Rule::new("proxy_misconfigured", -2.5).says(&["certificate"]),
    Rule::new("proxy_misconfigured", -4.0).says(&["unexpected keyword argument", "invalid proxy server token|litellm proxy|proxy server token"]),
    Rule::new("proxy_misconfigured", -2.0).exceptions(&["proxyexception"]),
    // A system proxy in the way of local calls.
    Rule::new("proxy_intercepts_local", 6.4)
        .tells(
            "http_proxy|https_proxy|all_proxy|no_proxy|squid|privoxy|clash|v2ray|proxy settings|system proxy|x-squid-error & 502|503|504|403|bad gateway|\
             service unavailable|forbidden",
        )
        .when(facts::names_loopback),
    // The page of a proxy that only runs on one's own machine or at its edge.
    Rule::new("proxy_intercepts_local", 6.6).tells(FORWARD_PROXIES).statuses(&[500, 502, 503, 504]).when(facts::names_loopback),
    Rule::new("proxy_misconfigured", 6.0)
        .tells(FORWARD_PROXIES)
        .statuses(&[500, 502, 503, 504])
        .when(|case| !facts::names_loopback(case))
        .only_of_an_api(),
    // The program says itself through which proxy it goes, and something else than a server of models answers.
    Rule::new("proxy_intercepts_local", 6.6)
        .tells("proxy=http|proxy=socks|proxy http|proxy socks|proxy url http|using proxy|use proxy|via proxy|through proxy|proxies=|proxies http & !litellm|reverse proxy")
        .statuses(&[502, 503, 504])
        .when(facts::calls_local_server),
    Rule::new("proxy_intercepts_local", 5.0)
        .statuses(&[502, 503])
        .when(|case| facts::calls_local_server(case) && !facts::on_port(case, 4000)),
    Rule::new("proxy_intercepts_local", 4.2)
        .tells("502 & !upstream|openrouter|nginx|litellm")
        .when(facts::names_loopback),
];

/// Proxies through which programs call out, by their names on their pages.
const FORWARD_PROXIES: &str = "privoxy|polipo|tinyproxy|mitmproxy|goproxy|3proxy|ccproxy|cntlm|px proxy|fiddler|charles proxy|proxyman|clash|mihomo|v2ray|\
     sing-box|shadowsocks|burp suite";

/// What `docker compose` prints of its containers: `worker-1 exited with code 1`.
fn is_of_compose(case: &Case) -> bool {
    facts::mentions(
        case,
        &["-1 exited with code", "_1 exited with code", "docker compose", "docker-compose", "docker ps"],
    )
}

/// No host but the machine itself is named: the client went to where it goes by itself.
fn names_no_other_host(case: &Case) -> bool {
    case.addresses.iter().all(|a| a.host.is_empty() || facts::is_local(a))
}

/// The daemon of containers itself is what cannot be reached.
fn names_a_docker_registry(case: &Case) -> bool {
    case.sentences.iter().any(|s| s.normal.contains("docker daemon") || s.normal.contains("registry-1.docker"))
}
