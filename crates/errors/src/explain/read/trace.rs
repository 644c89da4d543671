//! Tells the frames of a stack, and the lines of source in them, from messages.
//!
//! In: a line. Out: whether it says where something happened and not what.

/// What kind of trace is being read.
#[derive(Default)]
pub(super) struct Frames {
    /// The line before was a frame of Python, whose line of source follows.
    source_follows: bool,
    /// The trace is a notebook's, whose lines of source are numbered.
    numbered: bool,
}

impl Frames {
    /// Whether this line is a frame, or the source that a frame shows.
    pub(super) fn is_frame(&mut self, line: &str) -> bool {
        let trimmed = line.trim_start();
        if looks_like_frame(line) {
            self.source_follows = trimmed.starts_with("File \"") || trimmed.starts_with("File '");
            self.numbered |= is_notebooks(trimmed);
            return true;
        }
        if self.numbered && is_numbered(trimmed) {
            return true;
        }
        let indented = line.len() - trimmed.len() >= 2;
        let source = self.source_follows && (indented || is_underline(trimmed));
        self.source_follows = source;
        source
    }

    /// An empty line ends what was going on.
    pub(super) fn end(&mut self) {
        self.source_follows = false;
        self.numbered = false;
    }
}

/// The message at the end of Ruby's first frame, with its class: ``app/ask.rb:14:in `call': Too large (RubyLLM::Error)``.
pub(super) fn message_in_ruby(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once(".rb:")?;
    let (_, said) = rest.split_once("': ")?;
    let (message, class) = said.trim_end().strip_suffix(')')?.rsplit_once(" (")?;
    let is_class = class.starts_with(|c: char| c.is_ascii_uppercase())
        && class.bytes().all(|b| b.is_ascii_alphanumeric() || b == b':' || b == b'_');
    is_class.then(|| (message, class.rsplit("::").next().unwrap_or(class)))
}

/// Whether a line by itself is a frame.
pub(super) fn looks_like_frame(line: &str) -> bool {
    // Node's last frame is followed by the error's members.
    let text = line.trim_start().trim_end_matches([super::layers::TAKEN, ' ', '{']);
    let text = without_origin(text);
    python(text) || node_or_java(text) || others(text) || is_underline(text) || rich(text) || is_notebooks(text)
}

/// Without what Logback puts behind a frame: ` ~[okhttp-4.12.0.jar:na]`.
fn without_origin(text: &str) -> &str {
    let inside = text.strip_suffix(']').and_then(|text| text.rsplit_once('['));
    inside.filter(|_| text.starts_with("at ")).map_or(text, |(frame, _)| frame.trim_end_matches([' ', '~']))
}

fn python(text: &str) -> bool {
    (text.starts_with("File \"") || text.starts_with("File '") || text.starts_with("File <")) && text.contains("line")
        || text.starts_with("Traceback (most recent call last)")
        || text.starts_with("The above exception was the direct cause")
        || text.starts_with("During handling of the above exception")
        || text.starts_with("+ Exception Group Traceback")
}

/// `File ~/lib/openai/_client.py:455, in completion(model)`, as notebooks write frames.
fn is_notebooks(text: &str) -> bool {
    let numbered = text.split_once(", in ").is_some_and(|(place, _)| place.contains(".py:") && has_position(place));
    text.starts_with("File ") && numbered
}

/// `    454 else:` and `--> 455     creds = …`.
fn is_numbered(text: &str) -> bool {
    let rest = text.trim_start_matches('-').trim_start_matches('>').trim_start();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && (rest.len() == digits || rest[digits..].starts_with([' ', '\t']))
}

/// `/app/main.py:12 in ask`, and the lines of source under it, `❱ 12 │ …`, as Rich draws traces.
fn rich(text: &str) -> bool {
    let numbered = text.trim_start_matches(['❱', ' ']);
    let digits = numbered.bytes().take(6).take_while(u8::is_ascii_digit).count();
    if digits > 0 && numbered[digits..].trim_start().starts_with('│') {
        return true;
    }
    let Some((place, function)) = text.split_once(" in ") else { return false };
    place.contains(".py:") && has_position(place) && !place.contains(' ') && !function.contains(' ')
}

fn node_or_java(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("at ") else {
        let more = text.strip_prefix("... ").is_some_and(|rest| rest.ends_with(" more"));
        return more || text.starts_with("node:internal/") || text.starts_with("Node.js v");
    };
    let place = rest.ends_with(')') || rest.contains(":line ") || rest.contains(" in ") || has_position(rest);
    place && !rest.starts_with("http")
}

/// `:12:34` or `:12` at the end.
fn has_position(text: &str) -> bool {
    let rest = text.trim_end_matches(|c: char| c.is_ascii_digit());
    rest.len() < text.len() && rest.ends_with(':')
}

fn others(text: &str) -> bool {
    let go = text.starts_with("goroutine ") && text.ends_with(':') || text.contains(".go:") && text.contains(" +0x");
    let ruby = text.starts_with("from /") && text.contains(":in ") || text.contains(".rb:") && text.contains(":in `");
    let php = text.starts_with('#') && text[1..].starts_with(|c: char| c.is_ascii_digit()) && text.contains(".php(");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rust = (1..=3).contains(&digits) && text[digits..].starts_with(": ") && text.contains("::");
    let raised = text.starts_with("raise ") || text.starts_with("return await ") || text.starts_with("yield from ");
    go || ruby || php || rust || raised
}

/// `~~~~^^^^`, with which Python marks the place in a line.
fn is_underline(text: &str) -> bool {
    text.len() > 1 && text.bytes().all(|b| matches!(b, b'~' | b'^' | b' ')) && text.contains('^')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_language_are_known() {
        for line in [
            "  File \"/usr/lib/python3.11/site-packages/openai/_base_client.py\", line 1047, in request",
            "    at ClientRequest.<anonymous> (file:///x/index.js:108:11)",
            "\tat okhttp3.Headers$Companion.checkValue(Headers.kt:450)",
            "\tat okhttp3.Headers$Companion.checkValue(Headers.kt:450) ~[okhttp-4.12.0.jar:na]",
            "    at async POST (apps/app/route.ts:19:19)",
            "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
            "   at System.Net.Http.HttpClient.SendAsync() in /src/x.cs:line 12",
            "    ... 12 more",
            "/app/main.py:12 in ask",
            " ❱ 1020 │   │   raise self._make_status_error_from_response(err.response)",
            "goroutine 1 [running]:",
            "  4: reqwest::async_impl::client::Client::execute",
            "#0 /app/vendor/openai-php/client/src/Transporters/HttpTransporter.php(118): x()",
            "        from /usr/lib/ruby/net/http.rb:987:in `initialize'",
        ] {
            assert!(looks_like_frame(line), "{line}");
        }
    }

    #[test]
    fn messages_are_not_frames() {
        for line in [
            "at https://api.openai.com/v1/chat/completions",
            "Error: 404 Not Found",
            "openai.APIConnectionError: Connection error.",
            "429: Too Many Requests",
            "File too large",
        ] {
            assert!(!looks_like_frame(line), "{line}");
        }
    }

    #[test]
    fn the_numbered_source_of_a_notebook_belongs_to_its_frame() {
        let mut frames = Frames::default();

        assert!(frames.is_frame(
            "File ~/lib/python3.10/site-packages/litellm/llms/vertex_ai.py:455, in completion(model, messages)"
        ));
        assert!(frames.is_frame("    454 else:"));
        assert!(frames.is_frame("--> 455     raise RuntimeError(\"no API key\")"));
        frames.end();
        assert!(!frames.is_frame("429 Too Many Requests"));
    }

    #[test]
    fn the_source_behind_a_frame_belongs_to_it() {
        let mut frames = Frames::default();

        assert!(frames.is_frame("  File \"a.py\", line 3, in f"));
        assert!(frames.is_frame("    openai.api_key = os.environ[\"KEY\"]"));
        assert!(frames.is_frame("                     ~~~~~~~^^^^^^^^"));
        assert!(!frames.is_frame("KeyError: 'KEY'"));
    }
}
