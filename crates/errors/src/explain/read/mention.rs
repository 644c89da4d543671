//! Tells texts that speak of failures from those that report one.
//!
//! In: the whole text. Out: whether it is an answer of a model, a source, settings, a question, documentation, a list of
//! changes, figures or an alarm: they hold the words, codes and statuses of errors, and nothing failed in them.
//!
//! Each kind is told by the form of all its lines together, never by what it says of errors. A trace of something that
//! ran (a status line, a stack, a prompt of a shell) makes it a report again.

/// Whether `text` speaks of failures and reports none.
pub(super) fn is_mention(text: &str) -> bool {
    let lower = text.to_lowercase();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(400).collect();
    let Some(first) = lines.first() else { return false };
    let ran = has_run(&lower);
    is_answer(&lower)
        || is_metrics(&lines)
        || is_list_of_changes(first, &lines)
        || is_alarm(&lower)
        || is_request_or_talk(&lower)
        || lines.len() <= 3 && (is_question(&lower) || !ran && is_wish(&lower))
        || is_statement(&lower)
        || lines.len() <= 3 && !ran && is_surprise(&lower)
        || !ran && (lists_statuses(text, &lines) || lists_codes(&lower, &lines) || is_source(&lines, 80))
        || lines.len() > 2 && !lower.contains("error code:") && is_source(&lines, 100)
        || is_settings(first, &lines, &lower)
        || is_translation(&lines)
}

/// Traces of something that ran.
fn has_run(lower: &str) -> bool {
    const TRACES: &str = "traceback|    at |  file \"|->|// |error:|exception:|$ |>>> |http/1|panicked|status code|caused by|\
         console|goroutine|[error]|\"error\":{|'error': {";
    TRACES.split('|').any(|trace| lower.contains(trace))
}

/// A model's answer that came to its end.
fn is_answer(lower: &str) -> bool {
    let dense: String = lower.chars().filter(|c| !c.is_whitespace()).take(64 * 1024).collect();
    (dense.contains("\"finish_reason\":\"stop\"") || dense.contains("\"stop_reason\":\"end_turn\""))
        && !dense.contains("\"error\"")
}

/// `# TYPE llm_requests_total counter`.
fn is_metrics(lines: &[&str]) -> bool {
    let described = lines.iter().any(|line| line.starts_with("# TYPE ") || line.starts_with("# HELP "));
    described && lines.iter().any(|line| line.contains("} ") || line.ends_with(|c: char| c.is_ascii_digit()))
}

/// `fix(proxy): …` at the head, or below a heading.
fn is_list_of_changes(first: &str, lines: &[&str]) -> bool {
    const KINDS: &str = "fix|feat|chore|docs|refactor|perf|test|ci|build|fixed|added";
    let is_change = |line: &&&str| {
        let line = line.trim_start_matches(['-', '*', ' ']);
        let Some((kind, _)) = line.split_once(": ") else { return false };
        kind.split(['(', '!']).next().is_some_and(|kind| KINDS.split('|').any(|known| known == kind))
    };
    let changes = lines.iter().filter(is_change).count();
    changes > 0 && (is_change(&&first) || first.starts_with('#'))
}

fn is_alarm(lower: &str) -> bool {
    lower.starts_with("[firing") || lower.starts_with("[resolved") || lower.contains("no action is required")
}

/// What people ask of a model, and how models begin.
fn is_request_or_talk(lower: &str) -> bool {
    const STARTS: &str = "feature request|write me |write a |you are a |you are an |sure! |sure, here|certainly! |\
         changelog|release notes|# handle|// handle|# retry on|// retry on|# catch|// catch|please summarise|please summarize|please translate|\
         please explain|what's new|todo|// todo|# todo|fixme|\
         i'm sorry, but i can|i’m sorry, but i can|translate |summarize |summarise |explain to me ";
    STARTS.split('|').any(|start| lower.starts_with(start))
}

/// A question that shows nothing that was printed.
fn is_question(lower: &str) -> bool {
    const STARTS: &str = "how do |how can |how should |how to |how is |how many |how much |what is |what are |what does |what's |\
         which |can i |could i |is there |are there |do i |should i |where do |where can |where is |\
         does anyone know how |is it possible |could you tell |please tell me how |please explain how |tell me how |can you tell |can you explain |could somebody |\
         could someone |can someone |can anybody |wie |welche |welcher |welches |was ist |gibt es |kann ich |\
         kann man |kann mir |weiß jemand |comment |quel |quelle |est-ce que |cómo |qué |cuál |如何|怎么|怎样|哪个|请问|как |какой |come posso ";
    STARTS.split('|').any(|start| lower.trim_start().starts_with(start))
        && lower.contains(['?', '？'])
        && !shows_something(lower)
}

/// Words that stand beside what was printed.
fn shows_something(lower: &str) -> bool {
    const SHOWN: &str = "error code|error:|exception|\"error\"|_error|says|said|returned|getting|报错|bekomme|erhalte|i get |\
         status |fails with|saying|limit: |message: '|message: \"|add a payment|add credit|add fund|add a card|add billing|\
         object has no attribute|显示|提示：|提示:|出现|throws|affiche|zeigt";
    SHOWN.split('|').any(|shown| lower.contains(shown))
}

/// What a program should do one day.
fn is_wish(lower: &str) -> bool {
    const WISHES: &str = "we should |we need to handle|should probably |would be nice|would be great|would be helpful|\
         please add |please support|could you add|can you add|let's add|能不能增加|能不能加|能否增加|能否支持|希望增加|\
         希望支持|希望能|建议增加|可以增加|请增加|wäre schön|wäre gut|serait bien|serait utile|sería bueno|seria bom|\
         было бы|追加してほしい|추가해";
    WISHES.split('|').any(|wish| lower.contains(wish)) && !shows_something(lower)
}

/// It went well, where a failure was expected.
fn is_surprise(lower: &str) -> bool {
    const SUCCEEDED: &str = "不应该报错|为什么不报错|没有报错|不会报错吗|still succeeds|still works|should it not fail|shouldn't it fail|\
         shouldn't this fail|should have failed|why does it not fail|why doesn't it fail|no error is raised|does not raise an error|\
         müsste das nicht fehlschlagen|müsste es nicht scheitern|ça ne devrait pas échouer|no debería fallar|não deveria falhar|\
         разве не должно|エラーにならないの|에러가 나야";
    SUCCEEDED.split('|').any(|told| lower.contains(told)) && lower.contains(['?', '？', '吗'])
}

/// A statement to a database.
fn is_statement(lower: &str) -> bool {
    let start = lower.trim_start();
    start.starts_with("select ") && start.contains(" from ") && start.contains([';', '='])
        || start.starts_with("insert into ")
        || start.starts_with("delete from ")
}

/// Four statuses of failures side by side.
fn lists_statuses(text: &str, lines: &[&str]) -> bool {
    let mut seen: Vec<&str> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != ':')
        .map(|word| word.trim_matches(['.', ':']))
        .filter(|word| word.len() == 3 && word.starts_with(['4', '5']) && word.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    seen.sort_unstable();
    seen.dedup();
    let is_table = lines.len() > 2 && lines.iter().all(|line| line.starts_with('|') && line.ends_with('|'));
    (seen.len() >= 4 || is_table && seen.len() > 1) && lines.len() <= 12
}

/// Three types of errors of one grammar side by side.
fn lists_codes(lower: &str, lines: &[&str]) -> bool {
    const TYPES: &str = "invalid_request_error|authentication_error|permission_error|not_found_error|request_too_large|\
         rate_limit_error|overloaded_error|insufficient_quota|context_length_exceeded|model_not_found";
    TYPES.split('|').filter(|kind| lower.contains(*kind)).count() >= 3 && lines.len() <= 12
}

/// `if e.code == "…":`, `elif …: return …`, and a call alone: `time.sleep(5)`.
fn is_python(line: &str) -> bool {
    const STARTS: [&str; 6] = ["if ", "elif ", "while ", "for ", "with ", "async def "];
    let is_branch = STARTS.iter().any(|start| line.starts_with(start))
        && (line.ends_with(':') || line.contains(" == ") && line.contains(": "));
    let is_call = line.split_once('(').is_some_and(|(name, rest)| {
        let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.';
        !name.is_empty()
            && name.chars().all(plain)
            && rest.ends_with(')')
            && rest.len() < 24
            && !rest.contains([' ', '"', '\''])
    });
    is_branch || is_call
}

/// `message = "…";`, as some systems print the members of an error.
fn is_member(line: &str) -> bool {
    const MEMBERS: &str = "message|code|type|param|error|status|reason|domain|userinfo|localizeddescription";
    let name = line.split_once(" = ").map(|(name, _)| name.trim_matches('"').to_ascii_lowercase());
    name.is_some_and(|name| MEMBERS.split('|').any(|member| name == member))
}

/// So many percent of the lines and more are those of a program.
fn is_source(lines: &[&str], percent: usize) -> bool {
    const STARTS: &str = "if (|if(|} else|def |return |match |const |let |var |it(|test(|describe(|expect(|await |nock(|@pytest|\
         assert |switch |export |import |from |class |fn |pub |func |for (|while |try {|jest.|raise |except |elif |else:|\
         public |private |throw new|_ =>|✓";
    let is_code = |line: &&&str| {
        let opens = line.starts_with(['{', '[', '"', '\'']) || is_member(line);
        STARTS.split('|').any(|start| line.starts_with(start))
            || !opens && (line.ends_with(';') || line.ends_with('{') || line.ends_with("});"))
            || matches!(**line, "}" | "{" | "});" | "}," | ");")
            || line.split_once(" = ").is_some_and(|(name, value)| {
                value.starts_with(['{', '[', '(']) && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
            })
            || line.split_once(" => ").is_some_and(|(arm, _)| arm.len() == 3 && arm.bytes().all(|b| b.is_ascii_digit()))
    };
    let code = lines.iter().filter(|line| is_code(line) || is_python(line)).count();
    code * 100 >= lines.len() * percent
}

/// Each line sets something to a word or two.
fn is_settings(first: &str, lines: &[&str], lower: &str) -> bool {
    const TOLD: &str =
        "exception|fail|message|invalid|denied|\"status|status:|refused|unauthorized|error:|\"error|code:";
    let sets = |line: &&str| {
        let line = line.trim_start_matches("- ");
        let Some(at) = line.find([':', '=']) else { return false };
        let name = line[..at].trim();
        let value = line[at + 1..].trim();
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'"' | b'\''))
            && (value.split_whitespace().count() <= 2 || value.starts_with(['{', '[']))
    };
    let closes = |line: &&str| line.ends_with([';', '{']) || matches!(*line, "}" | "},");
    let explains = |line: &&str| line.starts_with("# ") || line.starts_with("// ");
    lines.len() >= 2
        && !first.starts_with(['{', '['])
        && !lines.iter().all(explains)
        && lines.iter().all(|line| explains(line) || sets(line) || closes(line))
        && !lower
            .replace("allowed_fails", "")
            .split("retry_policy")
            .next()
            .is_some_and(|text| TOLD.split('|').any(|told| text.contains(told)))
}

/// Texts of an interface by their names, with places for values.
fn is_translation(lines: &[&str]) -> bool {
    let is_text =
        |line: &&str| line.starts_with('"') && line.contains("\": \"") && line.trim_end_matches(',').ends_with('"');
    lines.len() > 1 && lines.iter().all(is_text) && lines.iter().any(|line| line.contains("{{") || line.contains(" {"))
}

#[cfg(test)]
mod tests {
    use super::is_mention;

    #[test]
    fn what_speaks_of_failures_and_reports_none_is_told() {
        for text in [
            "Could you tell me how to handle a 429 error \"You exceeded your current quota\" from OpenAI in Python?",
            "How can I keep the number of 429 answers low when ten workers share one OpenAI key?",
            "Can someone tell me how to catch a 401 of Mistral in TypeScript?",
            "## 0.9.0\n- fix: treat insufficient_quota as final\n- feat: fall back on 503",
            "feat(retry): wait on overloaded_error\n\nUp to now a 529 ended the task.",
            "if (e.status === 429) {\n  await sleep(1000);\n  return retry();\n}",
            "{\"choices\":[{\"message\":{\"content\":\"A 401 means a wrong key\"},\"finish_reason\": \"stop\"}]}",
            "# HELP llm_errors_total Errors by status\n# TYPE llm_errors_total counter\nllm_errors_total{status=\"429\"} 7",
            "OPENAI_API_KEY=sk-xxxx\nRATE_LIMIT_PER_MINUTE=60",
            "if err.code == 'context_length_exceeded': return retry()",
            "def handle(e):\n    if e.code == \"insufficient_quota\":\n        return None",
            "# handles insufficient_quota and invalid_api_key",
            "except openai.RateLimitError as e:\n    time.sleep(5)",
            "Please summarise: our rate limit for gpt-4o is 500 RPM and 401 means the key is wrong.",
            "| Code | Meaning |\n|---|---|\n| 401 | wrong key |\n| 429 | rate limit |",
            "# Tried again where the model is overloaded\nMAX_RETRIES = 5",
            "Changelog 2.3: a better message where the context window is exceeded",
            "| 400 | bad request | 401 | wrong key | 404 | unknown model | 429 | rate limit |",
            "It would be nice to limit the RPM per provider, so that a 429 is not provoked.",
            "能否增加一个设置，限制每分钟的请求次数，避免触发 429",
            "My input has 9000 tokens and the limit is 8192, still works. Why?",
            "输入超过 8192 个 token 还是成功了，不应该报错吗？",
            "SELECT id FROM calls WHERE error_code = 'insufficient_quota';",
            "except client.ConcurrencyExceeded as e:\n    raise Failed(\"too many\")\nexcept client.ProtocolError as e:",
        ] {
            assert!(is_mention(text), "{text}");
        }
    }

    #[test]
    fn what_was_printed_when_something_failed_is_not() {
        for text in [
            "Could you tell me how to fix this? openai.RateLimitError: You exceeded your current quota",
            "How do I fix this? Error code: 429 - Rate limit reached for gpt-4o",
            "{\"error\": {\"message\": \"Rate limit reached\", \"code\": 429}}",
            "const r = await client.chat();\n// -> Error: 401 Incorrect API key provided",
            "status: 401\nmessage: invalid x-api-key",
            "message: 'Rate limit reached on requests per min. Limit: 20 / min. Please add a payment method to your account.'",
            "[\"error\": {\n    code = \"<null>\";\n    message = \"The server had an error\";\n    type = \"server_error\";\n}]",
            "请问调用接口显示'str' object has no attribute 'choices'如何处理？",
            "It would be nice to know why: Error: 429 Rate limit reached",
            "Traceback (most recent call last):\n  File \"a.py\", line 3\nopenai.RateLimitError: Error code: 429",
        ] {
            assert!(!is_mention(text), "{text}");
        }
    }
}
