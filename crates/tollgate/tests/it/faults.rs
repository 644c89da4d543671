//! Faults of a provider, each with its cause, its status and its advice: what docs/reliability.md says of it is what the
//! built server does.
//!
//! Every fault is met three times: by a model of which it is the only deployment, by one that has another deployment
//! beside it, and in the records of both.

mod connections;
mod framing;
mod pages;
mod silence;
mod statuses;

use serde_json::{Value as Json, json};
use tollgate_testing::server::ServerBuilder;
use tollgate_testing::{Answer, Deaf, Reply, TestServer, Upstream};

use crate::server;

/// The table in question.
const DOCS: &str = include_str!("../../../../docs/reliability.md");

/// A provider with a fault.
struct Fault {
    /// As docs/reliability.md calls it.
    name: &'static str,
    peer: Peer,
    /// What is added to its section.
    settings: String,
}

enum Peer {
    Upstream(Upstream),
    Deaf(Deaf),
    Nowhere(&'static str),
}

/// What docs/reliability.md says of a fault.
#[derive(Debug)]
struct Row<'d> {
    status: u16,
    cause: &'d str,
    party: &'d str,
    should_retry: &'d str,
    /// Whether the same deployment is asked again.
    again: bool,
    /// Whether another deployment is asked.
    elsewhere: bool,
}

impl<'d> Row<'d> {
    fn of(name: &str) -> Row<'d> {
        let row = DOCS.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
        let row = row.map(|row| row.split(" | ").map(|cell| cell.trim().trim_matches('`')).collect::<Vec<_>>());
        let row = row.into_iter().find(|cells| cells.len() == 7 && cells[0] == name);
        let row = row.unwrap_or_else(|| panic!("docs/reliability.md says nothing of {name:?}"));
        let yes = |cell: &str, yes: &str, no: &str| {
            assert!([yes, no].contains(&cell), "{name}: {cell}");
            cell == yes
        };
        Row {
            status: row[1].parse().unwrap(),
            cause: row[2],
            party: row[3],
            should_retry: row[4],
            again: yes(row[5], "asked again", "no"),
            elsewhere: yes(row[6], "saves it", "is not asked"),
        }
    }
}

impl Fault {
    /// One that answers every request so.
    async fn says(name: &'static str, answer: Answer) -> Self {
        let upstream = Upstream::start().await;
        upstream.always(answer);
        Self { name, peer: Peer::Upstream(upstream), settings: String::new() }
    }

    fn deaf(name: &'static str, deaf: Deaf) -> Self {
        Self { name, peer: Peer::Deaf(deaf), settings: String::new() }
    }

    fn nowhere(name: &'static str, base_url: &'static str) -> Self {
        Self { name, peer: Peer::Nowhere(base_url), settings: String::new() }
    }

    fn with(mut self, settings: &str) -> Self {
        settings.clone_into(&mut self.settings);
        self
    }

    fn base_url(&self) -> String {
        match &self.peer {
            // Roots are for TLS, whatever the peer speaks.
            Peer::Upstream(upstream) if self.tls() => format!("https://localhost:{}/v1", upstream.address().port()),
            Peer::Upstream(upstream) => upstream.base_url(),
            Peer::Deaf(deaf) if self.tls() => deaf.tls_base_url(),
            Peer::Deaf(deaf) => deaf.base_url(),
            Peer::Nowhere(base_url) => (*base_url).to_owned(),
        }
    }

    fn tls(&self) -> bool {
        self.settings.contains("roots")
    }

    /// Requests that came, where the fault lets any come.
    fn received(&self) -> Option<usize> {
        match &self.peer {
            Peer::Upstream(upstream) if !self.tls() => Some(upstream.received().len()),
            _ => None,
        }
    }
}

/// Meets each fault, with `body` as what is asked beside the model.
async fn meet(faults: Vec<Fault>, body: Json) {
    meet_at(server(), faults, body).await;
}

async fn meet_at(builder: ServerBuilder, faults: Vec<Fault>, body: Json) {
    let good = Upstream::start().await;
    if body["stream"] == true {
        good.always(Answer::stream().event(FIRST).event(LAST).event("[DONE]"));
    }
    let server = start(builder, &good, &faults).await;
    let mut met = Vec::new();
    for (number, fault) in faults.iter().enumerate() {
        let row = Row::of(fault.name);
        let alone = ask(&server, &format!("alone-{number}"), &body).await;
        let received = fault.received();
        let beside = ask(&server, &format!("beside-{number}"), &body).await;

        told(fault, &row, &alone);
        if let Some(received) = received {
            assert_eq!(received, if row.again { 2 } else { 1 }, "{}: requests at the provider", fault.name);
        }
        if row.elsewhere {
            assert_eq!(beside.status, 200, "{}: {}", fault.name, beside.text());
            assert_eq!(beside.header("x-tollgate-provider"), Some("good"), "{}", fault.name);
            assert_eq!(beside.header("x-tollgate-attempts"), Some("2"), "{}", fault.name);
        } else {
            told(fault, &row, &beside);
        }
        met.push((number, fault, row, alone, beside));
    }
    let journal = server.journal().await;
    for (number, fault, row, alone, beside) in &met {
        recorded(&journal, *number, fault, row, alone, beside);
    }
}

/// A server with two models per fault: it alone, and it with another deployment beside it.
async fn start(builder: ServerBuilder, good: &Upstream, faults: &[Fault]) -> TestServer {
    // The same deployment may be asked again, at once, and is never left alone: each fault shows itself each time.
    let rules =
        "[retry]\nattempts = 2\npause = \"1ms\"\npause_max = \"1ms\"\nbudget_percent = 100\n[breaker]\nfailures = 0";
    let mut builder = builder.config(rules).provider("good", &good.base_url(), "");
    for (number, fault) in faults.iter().enumerate() {
        // Two deployments, so that a wait which one was asked for does not count for the other.
        let name = format!("faulty-{number}");
        builder = builder.provider(&name, &fault.base_url(), &fault.settings);
        builder = builder.model(&format!("alone-{number}"), &name, "alone").config(&format!(
            "[models.beside-{number}]\ndeployments = [{{ provider = \"{name}\", model = \"beside\" }}, {{ provider = \"good\", model = \"m\" }}]"
        ));
    }
    builder.start().await
}

async fn ask(server: &TestServer, model: &str, body: &Json) -> Reply {
    let mut body = body.clone();
    body["model"] = model.into();
    server.first_key().post("/v1/chat/completions", body.to_string()).await
}

/// The caller's side of a fault that nobody made good.
fn told(fault: &Fault, row: &Row<'_>, reply: &Reply) {
    let name = fault.name;
    assert_eq!((reply.status, reply.cause()), (row.status, row.cause), "{name}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"), "{name}");
    assert_eq!(reply.header("x-should-retry"), Some(row.should_retry), "{name}");
    let error = reply.error();
    for member in ["message", "type", "param", "code"] {
        assert!(error.get(member).is_some(), "{name}: {error}");
    }
    assert_eq!(error["diagnosis"]["party"], row.party, "{name}: {error}");
    let told = format!("{:?}{}", reply.headers, reply.text());
    let authority = fault.base_url();
    let authority = authority.split('/').nth(2).unwrap();
    for secret in [authority, tollgate_testing::server::CREDENTIAL, "inside-only", "[DONE]"] {
        assert!(!told.contains(secret), "{name}: {secret}: {told}");
    }
    let expected = (reply.status == 429 || reply.status == 503) && row.should_retry == "true";
    assert!(!expected || reply.header("retry-after").is_some(), "{name}: when to come again: {:?}", reply.headers);
}

/// Both requests' records name every attempt that failed.
fn recorded(journal: &[Json], number: usize, fault: &Fault, row: &Row<'_>, alone: &Reply, beside: &Reply) {
    let settlement = |reply: &Reply| {
        let of_it = |entry: &&Json| entry["entry"] == "settlement" && entry["request"] == reply.request_id();
        journal.iter().find(of_it).cloned().unwrap_or_else(|| panic!("{}: no settlement", fault.name))
    };
    let attempts = |settled: &Json| -> Vec<Json> {
        let failed = settled["failed_attempts"].as_array().unwrap();
        failed.iter().map(|a| json!([a["deployment"], a["cause"]])).collect()
    };
    let failed = |model| json!([format!("faulty-{number}/{model}"), row.cause]);
    let settled = settlement(alone);
    assert_eq!((&settled["status"], &settled["cause"]), (&json!(row.status), &json!(row.cause)), "{}", fault.name);
    assert_eq!(attempts(&settled), vec![failed("alone"); usize::from(row.again)], "{}: {settled}", fault.name);
    assert_eq!(settled["attempts"], 1 + u8::from(row.again), "{}", fault.name);
    let settled = settlement(beside);
    if row.elsewhere {
        assert_eq!((&settled["status"], &settled["deployment"]), (&json!(200), &json!("good/m")), "{}", fault.name);
        assert_eq!(attempts(&settled), [failed("beside")], "{}: {settled}", fault.name);
    } else {
        assert_eq!(settled["cause"], row.cause, "{}", fault.name);
    }
}

const FIRST: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}"#;
const LAST: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

/// What is asked where the fault does not care.
fn chat() -> Json {
    json!({ "messages": [{ "role": "user", "content": "hi" }] })
}

fn streamed() -> Json {
    json!({ "messages": [{ "role": "user", "content": "hi" }], "stream": true })
}
