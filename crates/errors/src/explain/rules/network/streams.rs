//! Answers that came too late, or broke off in the middle; and calls that the caller gave up.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("stream_interrupted", 5.6).says(&[
        "incomplete chunked read|complete message body|incompleteread|incomplete read|chunkedencodingerror|invalidchunklength|err_incomplete_chunked_encoding|\
         err_stream_premature_close|premature close|premature end|response ended prematurely|transferencodingerror|clientpayloaderror|payload is not \
         completed|prematurely closed|outstanding read data|prematurely",
        "stream|streaming|sse|event stream|event-stream & disconnected|closed|ended|interrupted|broke|broken|terminated|cut off|incomplete|lost|\
         dropped|stalled & before|unexpectedly|without|premature|early|completion|complete|finish|[done]|done.|internal_error|mid-stream|midway|\
         prematurely|message_stop|response.completed|idle & !must be|image|audio|required|stream is required|data stream name|invalid.",
        "error reading|error while reading|failed to read|error decoding & response body|stream|body & !json|certificate|file",
        "http/2 stream|http2|h2 & not closed cleanly|internal_error|refused_stream|goaway|enhance_your_calm|cancel|protocol_error|reset",
        "error in input stream|error in message stream|error in body stream",
        "typeerror: terminated|typeerror terminated|err_http2_stream|err_http2_protocol|nghttp2",
        "connection closed|connection lost|connection reset|connection was closed|connection broken & while|during|mid|before & stream|response body|streaming|\
         reading|receiving",
        "unexpected eof|eof & reading|stream|chunk|body|sse",
        "流 & 中断|断开|提前",
        "stream closed|stream ended|stream disconnected|stream error|stream idle timeout",
    ]),
    Rule::new("stream_interrupted", 4.5).exceptions(&["chunkedencodingerror", "incompleteread", "clientpayloaderror", "protocolerror", "modelstreamerrorexception"]),
    Rule::new("stream_interrupted", 4.2).os_errors(&["incomplete_read"]),
    Rule::new("stream_interrupted", -3.5).says(&["must be verified|non-streaming|strongly recommended"]),
    Rule::new("stream_interrupted", -2.5).says(&["stream error & unexpected status|401|403|404|429", "stream & overloaded|rate limit"]),
    // Too late for the client.
    Rule::new("timeout", 5.0).says(&[
        "read timed out|readtimeout|read timeout|readtimeouterror|request timed out|request timeout|apitimeouterror|apiconnectiontimeouterror|timed out \
         reading|response timeout|response timed out|timeout awaiting|esockettimedout|sockettimeoutexception|und_err_headers_timeout|\
         und_err_body_timeout|headers timeout error|body timeout error|headerstimeouterror|bodytimeouterror|http_request_timeout",
        "timeout of & exceeded",
        "exceeded the|exceeded its|longer than the|ran past & deadline|time limit|timeout & !gateway|edge|function|lambda|token",
        "idle timeout|inactivity timeout|read timeout|response timeout|total timeout|max duration|maximum duration & reached|exceeded|expired|elapsed & \
         !connection pool|gateway|edge|stream",
        "context deadline exceeded|deadline exceeded|deadline_exceeded|deadline expired|client.timeout exceeded|awaiting headers|httpclient.timeout",
        "timed out|timeout.|timeouterror|time out & request|response|reading|awaiting|after|seconds|waiting|operation|api|model|completion|generation|call|no \
         response|llm & !connect|connection|gateway|dial|504|524|lock|database|pool|deadlock",
        "operation timed out after|aborted due to timeout|execution timed out|asyncio.timeouterror|timeouterror",
        "did not respond|not respond|no response & within|in time|seconds & !gateway|connect|connected party",
        "请求超时|响应超时|读取超时|超时",
        "zeitüberschreitung|délai & dépassé|expiré",
        "tiempo de espera & agotado|excedido|superado",
        "tempo limite & excedido|esgotado",
        "タイムアウト",
        "время ожидания|тайм-аут|таймаут",
    ]),
    Rule::new("timeout", 4.4).exceptions(&[
        "apitimeouterror",
        "readtimeout",
        "readtimeouterror",
        "timeout",
        "timeouterror",
        "timeoutexception",
        "httptimeoutexception",
        "apiconnectiontimeouterror",
        "sockettimeoutexception",
        "headerstimeouterror",
        "bodytimeouterror",
        "deadlineexceeded",
        "taskcanceledexception",
        "modeltimeoutexception",
    ]),
    Rule::new("timeout", 3.8).os_errors(&["read_timeout"]),
    Rule::new("timeout", 3.6).statuses(&[408]),
    Rule::new("timeout", 3.5).codes(&["timeout", "request_timeout", "deadline_exceeded", "modeltimeoutexception", "esockettimedout"]),
    Rule::new("timeout", -2.0).says(&["connect timeout|connecttimeout|connect timed out|connect etimedout|dial tcp|connection timed out|und_err_connect"]),
    Rule::new("timeout", -2.5).says(&["504|gateway|function_invocation_timeout|524"]),
    Rule::new("timeout", -2.5).says(&["image|media|multimodal & download|downloading|fetching"]),
    // Given up by the caller.
    Rule::new("client_aborted", 4.8)
        .says(&[
            "user aborted|request was aborted|operation was aborted|request aborted|aborterror|signal is aborted|apiuseraborterror|request was \
             cancelled|request was canceled|request cancelled|request canceled|client closed request|client disconnected|cancelled by user|canceled by \
             user|cancelled by the user|err_canceled|cancelederror|err_aborted|context canceled|context cancelled|user canceled|user cancelled|\
             client has closed|client closed the connection",
            "aborted|cancelled|canceled & by the user|by the client|by client|by user|by caller",
            "用户取消|请求已取消|客户端断开|请求被取消",
        ]),
    Rule::new("client_aborted", 3.6).os_errors(&["aborted"]),
    Rule::new("client_aborted", 4.4).statuses(&[499]),
    Rule::new("client_aborted", 4.0).exceptions(&["aborterror", "apiuseraborterror", "cancelederror", "cancellederror", "clientdisconnect", "operationcanceledexception"]),
    Rule::new("client_aborted", -3.0).says(&["due to timeout|timeout|timed out|timedout|deadline"]),
];
