//! `tollgate chat`: talk to a model, in a terminal or in a pipe.
//!
//! In: a message as arguments, on standard input, or line by line from a terminal. Out: the answer on standard output as
//! it comes, or one JSON document. A failure is told as error, cause, help and docs.

mod stream;

use std::io::{self, BufRead, IsTerminal, Read, Write};

use anyhow::Context;
use serde_json::{Value as Json, json};

use self::stream::{Said, Sink};
use super::documents::CHAT;
use super::failure::Failure;
use super::http::{Answer, Call, Client, block_on};
use super::output::{self, Label, Refused, voice};
use super::target::{PatienceArgs, Target, TargetArgs, not_reached};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without a message, standard input is the message; where that is a terminal, each \
line is one, and the conversation goes on until Ctrl-D.

Examples:
  tollgate chat Which model are you?
  tollgate chat --model gpt-4o-mini --system 'Answer in one word' Hi
  git diff | tollgate chat --system 'Write a commit message'
  tollgate chat --json hi | jq .usage
  tollgate chat -v hi")]
pub(super) struct Args {
    /// What to say
    message: Vec<String>,
    /// Which model
    #[arg(short, long, value_name = "NAME", env = "TOLLGATE_MODEL", hide_env_values = true, default_value = "sandbox")]
    model: String,
    /// How the model is to behave
    #[arg(short, long, value_name = "TEXT")]
    system: Option<String>,
    /// Wait for the whole answer
    #[arg(long)]
    no_stream: bool,
    /// Print one JSON document on standard output, for one message
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    patience: PatienceArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// A conversation with one model.
struct Conversation<'a> {
    args: &'a Args,
    target: Target,
    client: Client,
    messages: Vec<Json>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let target = args.target.resolve()?;
    let system = args.system.iter().map(|text| json!({ "role": "system", "content": text }));
    let client = args.patience.client(&target)?;
    let mut conversation = Conversation { args, target, client, messages: system.collect() };
    let in_terminal = io::stdin().is_terminal();
    if args.message.is_empty() && in_terminal && !args.json {
        return conversation.go_on();
    }
    let message = match args.message.is_empty() {
        false => args.message.join(" "),
        true => standard_input()?,
    };
    let said = conversation.say(&message)?;
    if args.json {
        return output::document(&CHAT, &said);
    }
    Ok(())
}

fn standard_input() -> anyhow::Result<String> {
    let mut text = String::new();
    if io::stdin().is_terminal() {
        output::say(Label::Note, "type the message; Ctrl-D ends it");
    }
    io::stdin().lock().read_to_string(&mut text).context("standard input cannot be read as text")?;
    match text.trim_end() {
        "" => {
            Err(Refused::usage("there is no message").help("tollgate chat MESSAGE, or a text on standard input").into())
        }
        text => Ok(text.to_owned()),
    }
}

impl Conversation<'_> {
    /// Line by line, until the input ends. A failure is told, and the line can be said again.
    fn go_on(&mut self) -> anyhow::Result<()> {
        output::say(Label::Note, &format!("{} at {}; Ctrl-D ends", self.args.model, self.target.base));
        let mut lines = io::stdin().lock().lines();
        loop {
            write!(io::stderr(), "> ")?;
            let Some(line) = lines.next() else {
                writeln!(io::stderr())?;
                return Ok(());
            };
            let line = line.context("the terminal cannot be read")?;
            if line.trim().is_empty() {
                continue;
            }
            if let Err(error) = self.say(&line) {
                let _ = output::fail(&error);
            }
        }
    }

    /// Says it, prints what comes, and keeps both for the next time.
    fn say(&mut self, message: &str) -> anyhow::Result<Said> {
        self.messages.push(json!({ "role": "user", "content": message }));
        let said = block_on(self.ask());
        match &said {
            Ok(said) => self.messages.push(json!({ "role": "assistant", "content": said.content })),
            Err(_) => drop(self.messages.pop()),
        }
        said
    }

    async fn ask(&self) -> anyhow::Result<Said> {
        let begun = std::time::Instant::now();
        let answer = self.target.ask(&self.client, self.call()).await?;
        let request_id = answer.header("x-request-id").to_owned();
        let read = self.read(answer).await;
        if voice::is_verbose() && !request_id.is_empty() {
            output::say(Label::Note, &format!("{request_id} {} ms", begun.elapsed().as_millis()));
        }
        let said = read?.of_request(request_id);
        if voice::is_verbose() {
            output::say(Label::Note, &said.summary());
        }
        Ok(said)
    }

    fn call(&self) -> Call {
        let mut body = json!({ "model": self.args.model, "messages": self.messages });
        if self.streams() {
            body["stream"] = true.into();
            body["stream_options"] = json!({ "include_usage": true });
        }
        Call::post_json("chat/completions", body.to_string())
    }

    fn streams(&self) -> bool {
        !self.args.no_stream
    }

    async fn read(&self, mut answer: Answer) -> anyhow::Result<Said> {
        let not_reached = |error| not_reached(error, &self.target.base);
        let is_stream = answer.header("content-type").starts_with("text/event-stream");
        if !answer.status.is_success() || !is_stream {
            let (status, headers) = (answer.status, answer.headers.clone());
            let body = answer.whole().await.map_err(not_reached)?;
            if !status.is_success() {
                return Err(Failure::of_answer(status, &headers, &body).refused_by(&self.target).into());
            }
            let said = Said::whole(&body)?;
            if self.streams() {
                output::say(Label::Note, &format!("{} did not stream its answer", self.target.base));
            }
            if !self.args.json {
                output::line(&said.content)?;
            }
            return Ok(said);
        }
        let mut sink = Sink::new(!self.args.json);
        loop {
            match answer.piece().await {
                Ok(Some(piece)) => sink.take(&piece)?,
                Ok(None) => return sink.end(),
                Err(error) => {
                    sink.end_line()?;
                    return Err(not_reached(error));
                }
            }
        }
    }
}
