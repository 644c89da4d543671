//! Questions about a case that rules of several families ask.
//!
//! In: a case. Out: yes or no, or a number. Judgements that need arithmetic or an address stand here; words do not.

use crate::explain::case::{Address, Case};

/// Ports on which local model servers listen unless they are told otherwise: Ollama, LM Studio, vLLM and SGLang,
/// llama.cpp, text-generation-webui, KoboldCpp, GPT4All, Jan, LocalAI, LiteLLM.
const LOCAL_PORTS: [u16; 12] = [11434, 1234, 8000, 8001, 30000, 8080, 5000, 5001, 4891, 1337, 4000, 11435];

/// Of those, the ports that hardly anything else listens on.
const MODEL_PORTS: [u16; 5] = [11434, 11435, 1234, 4891, 30000];

/// Ports of proxies on one's own machine.
const PROXY_PORTS: [u16; 11] = [7890, 7891, 7897, 1080, 1086, 1087, 10808, 10809, 3128, 8118, 20171];

/// What fails with the same words: databases, queues, mail, packages, orchestration, frameworks of the web and training.
const OTHER_SOFTWARE: [&str; 64] = [
    " ldap",
    " smtp",
    " imap",
    " ftp",
    " sftp",
    " postgres",
    " mysql",
    " mariadb",
    " redis",
    " mongo",
    " kafka",
    " rabbitmq",
    " amqp",
    " elasticsearch",
    " opensearch",
    " cassandra",
    " memcached",
    " npm err",
    " npm error",
    " yarn ",
    " pnpm ",
    " pip ",
    " apt-get",
    " git ",
    " gitlab",
    " github.com",
    " docker daemon",
    " docker pull",
    " registry-1.docker",
    " kubectl",
    " kubelet",
    " helm ",
    " terraform",
    " ansible",
    " jenkins",
    " nestapplication",
    " php-fpm",
    " c10d",
    " nccl",
    " mqtt",
    " port 5432",
    " port 3306",
    " s3 ",
    " homebridge",
    " minecraft",
    " electron-updater",
    " prometheus",
    " grafana",
    " jest",
    " vitest",
    " cypress",
    " pubsub",
    " dynamodb",
    " describeinstances",
    " shopify",
    " slack ",
    " discord",
    " stripe",
    " twilio",
    " wordpress",
    " sharepoint",
    " salesforce",
    " gyp ",
    " statement timeout",
];

/// A wait from which on a limit is not one per minute.
const LONG_WAIT_SECONDS: f64 = 1800.0;

/// Whether an address leads to the machine itself or to a container beside it.
pub(in crate::explain) fn is_local(address: &Address) -> bool {
    let host = address.host.as_str();
    host == "localhost"
        || host == "::1"
        || host == "0.0.0.0"
        || host.starts_with("127.")
        || host == "host.docker.internal"
        || host.ends_with(".local") && !host.contains("api")
}

/// Whether some address leads to the machine itself.
pub(super) fn names_loopback(case: &Case) -> bool {
    case.addresses.iter().any(is_local)
}

/// Whether a local model server was called, told by its address.
pub(super) fn calls_local_server(case: &Case) -> bool {
    case.addresses.iter().any(|a| {
        let port = a.port.unwrap_or(0);
        MODEL_PORTS.contains(&port) || is_local(a) && (LOCAL_PORTS.contains(&port) || a.path.starts_with("/v1"))
    })
}

/// Whether a proxy on one's own machine was called, told by its address.
pub(super) fn calls_local_proxy(case: &Case) -> bool {
    case.addresses.iter().any(|a| is_local(a) && a.port.is_some_and(|port| PROXY_PORTS.contains(&port)))
}

/// Whether all that is known about a failure of the network is that it was another service than one of models.
pub(super) fn is_elsewhere(case: &Case) -> bool {
    is_other_software(case) || calls_something_else(case)
}

/// Whether all that was called is known not to be an API of models.
pub(in crate::explain) fn calls_something_else(case: &Case) -> bool {
    let known = |a: &Address| {
        is_local(a) && a.port.is_none_or(|p| LOCAL_PORTS.contains(&p) || PROXY_PORTS.contains(&p)) && !is_foreign(a)
    };
    // Numbers say nothing of what is there, unless a long path does, and what is only to be read somewhere neither.
    let is_deep = |a: &Address| a.path.bytes().filter(|b| *b == b'/').count() > 2;
    let is_name = |a: &&Address| a.called && (a.host.contains(char::is_alphabetic) || is_deep(a));
    let named: Vec<&Address> = case.addresses.iter().filter(is_name).collect();
    case.api_signs == 0 && !named.is_empty() && !named.into_iter().any(known)
}

/// Whether a path was called that no server of models has, at a port that is not theirs alone.
fn is_foreign(address: &Address) -> bool {
    const OURS: &str = "/api/tags|/api/show|/api/ps|/api/version|/api/pull|complet|embed|model|chat|generat|infer|predict|invoke|llm|/ai|openai|rerank|\
         tokenize|prompt|response|message|image|audio|moderation|assistant|thread|batch";
    let path = address.path.trim_end_matches('/');
    let is_base = path.rsplit('/').next().is_some_and(|last| last.starts_with('v') && last.len() < 4);
    path.len() > 1
        && !is_base
        && !address.port.is_some_and(|port| MODEL_PORTS.contains(&port))
        && !OURS.split('|').any(|ours| path.contains(ours))
}

/// Whether a page or a route was called that is not an API's of models, beside the proxy or the picture that is at fault.
pub(in crate::explain) fn calls_another_route(case: &Case) -> bool {
    const FILES: [&str; 9] = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf", ".bmp", ".svg", ".heic"];
    let is_file = |path: &str| FILES.iter().any(|end| path.split('?').next().unwrap_or(path).ends_with(end));
    // What a request to a shop is about may be called images, too.
    let is_route = |a: &Address| {
        a.called && !is_file(&a.path) && (is_foreign(a) || a.path.ends_with("images") && !a.path.contains("/v1"))
    };
    case.api_signs == 0 && case.addresses.iter().any(is_route)
}

/// Whether other software is spoken of, and nothing of models.
pub(super) fn is_other_software(case: &Case) -> bool {
    case.api_signs == 0 && mentions(case, &OTHER_SOFTWARE)
}

/// Whether a page is that of another service than one of models: nothing says so, and it names a host of its own.
pub(super) fn shows_other_hosts(case: &Case) -> bool {
    let of_the_page =
        |host: &str| ["cloudflare", "nginx", "google", "amazonaws", "w3.org"].iter().any(|s| host.contains(s));
    let other = |a: &Address| a.host.contains(char::is_alphabetic) && !is_local(a) && !of_the_page(&a.host);
    // The name of the network in between says nothing of what is behind it.
    let only_between = !case.providers.is_empty() && case.providers.iter().all(|p| p == "cloudflare");
    let unsaid = case.api_signs == 0 || only_between && case.models.is_empty();
    is_other_software(case) || unsaid && case.addresses.iter().any(other)
}

/// Whether one of these stands in the text, also in the middle of a word: `-FreeTier` at the end of a
/// quota's name. In normal form.
pub(super) fn mentions(case: &Case, words: &[&str]) -> bool {
    case.sentences.iter().map(|s| &s.normal).chain(&case.codes).any(|text| words.iter().any(|word| text.contains(word)))
}

/// Whether a code is made of a word of each list: `insufficient_g1_credits_balance`, `balancenotenough`.
pub(super) fn code_of(case: &Case, some: &[&str], others: &[&str]) -> bool {
    let has = |code: &str, words: &[&str]| words.iter().any(|word| code.contains(word));
    case.codes.iter().any(|code| has(code, some) && has(code, others))
}

/// Whether the name of a tool is spoken of, by its place: `tools[0].function.name`, `tools.3.custom.name`.
pub(super) fn names_a_tools_name(case: &Case) -> bool {
    let is_place = |word: &str| {
        let of_a_tool = ["function", "tooluse", "tool_use", "toolspec"].iter().any(|part| word.contains(part));
        word.ends_with("name") && word.contains('.') && (word.starts_with("tool") || of_a_tool)
    };
    case.params.iter().any(|param| is_place(param))
        || case.sentences.iter().filter(|s| s.normal.contains("name ")).flat_map(|s| s.normal.split(' ')).any(is_place)
}

/// Whether some address is on this port.
pub(super) fn on_port(case: &Case, port: u16) -> bool {
    case.addresses.iter().any(|a| a.port == Some(port))
}

/// More is asked for at once than the limit allows: it can never pass.
pub(super) fn asks_more_than_allowed(case: &Case) -> bool {
    matches!((case.numbers.requested, case.numbers.limit), (Some(requested), Some(limit)) if requested > limit)
}

/// The limit is too small for work: an allowance to try things out.
pub(super) fn allows_nothing(case: &Case) -> bool {
    case.numbers.limit == Some(0.0)
}

/// The wait is longer than any limit per minute makes anybody wait.
pub(super) fn waits_long(case: &Case) -> bool {
    case.numbers.wait.is_some_and(|seconds| seconds >= LONG_WAIT_SECONDS)
}

/// The wait is one that a limit per minute makes.
pub(super) fn waits_shortly(case: &Case) -> bool {
    case.numbers.wait.is_some_and(|seconds| seconds > 0.0 && seconds <= 90.0)
}

/// The period of a limit in seconds, where the numbers tell it: the wait is the time in which the period gives back what
/// is asked for in excess.
pub(super) fn period(case: &Case) -> Option<f64> {
    let numbers = &case.numbers;
    let (limit, used, requested, wait) = (numbers.limit?, numbers.used?, numbers.requested?, numbers.wait?);
    let excess = used + requested - limit;
    (excess > 0.0 && limit > 0.0).then(|| wait * limit / excess)
}

/// The numbers belong to a limit per day.
pub(super) fn period_is_a_day(case: &Case) -> bool {
    period(case).is_some_and(|seconds| (40_000.0..200_000.0).contains(&seconds))
}

/// The numbers belong to a limit per minute.
pub(super) fn period_is_a_minute(case: &Case) -> bool {
    period(case).is_some_and(|seconds| (20.0..200.0).contains(&seconds))
}

/// The call is about making images, whose sizes are dimensions too.
pub(super) fn calls_for_images(case: &Case) -> bool {
    case.addresses.iter().any(|a| a.path.contains("/images/"))
}

/// The number that stands before these words in some sentence: `4096` of `4096 in the completion`.
pub(super) fn number_before(case: &Case, words: &str) -> Option<f64> {
    case.sentences.iter().find_map(|sentence| {
        let before = sentence.normal.split_once(words)?.0;
        before.rsplit(' ').find(|word| !word.is_empty())?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::case::Numbers;

    fn with(numbers: Numbers) -> Case {
        Case { numbers, ..Case::default() }
    }

    #[test]
    fn the_wait_tells_the_period_of_a_limit() {
        // 622 of 500,000 tokens in excess, and 107 seconds until they are given back: a day.
        let case =
            with(Numbers { limit: Some(500_000.0), used: Some(500_370.0), requested: Some(252.0), wait: Some(107.6) });

        assert!(period_is_a_day(&case));
        assert!(!period_is_a_minute(&case));
    }

    #[test]
    fn without_an_excess_there_is_no_period() {
        let case = with(Numbers { limit: Some(10.0), used: Some(1.0), requested: Some(1.0), wait: Some(5.0) });

        assert_eq!(period(&case), None);
    }

    #[test]
    fn the_port_tells_a_local_server_and_the_host_a_loopback() {
        let at = |host: &str, port| Address { host: host.to_owned(), port: Some(port), ..Address::default() };
        let case = |address| Case { addresses: vec![address], ..Case::default() };

        assert!(calls_local_server(&case(at("192.168.1.7", 11434))));
        assert!(calls_local_server(&case(at("localhost", 8000))));
        assert!(!calls_local_server(&case(at("db.example", 8000))));
        assert!(names_loopback(&case(at("127.0.0.1", 5432))));
    }
}
