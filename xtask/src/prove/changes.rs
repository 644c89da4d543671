//! A change of a key or its project is in force at once: over the API on the very next request, by the command on the data
//! directory within a second. Each act is done to a key that has just worked, many times.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::Options;
use super::client::{Answer, Client, chat, post, wait_until};
use super::server::{Server, command};
use super::table::{Table, percentile};

/// What is done to a key, and the cause by which it is refused then.
struct Act {
    name: &'static str,
    cause: &'static str,
    /// The path behind that of the key or the project, and the body.
    api: fn(&Made) -> (String, Value),
    /// The command's arguments; the id of what it is done to stands behind the first two.
    command: &'static [&'static str],
    /// Whether that is the project, and not the key.
    is_of_project: bool,
}

const ACTS: [Act; 5] = [
    Act {
        name: "revoke",
        cause: "key_revoked",
        api: |made| (format!("{}/revoke", made.path), json!({})),
        command: &["keys", "revoke"],
        is_of_project: false,
    },
    Act {
        name: "disable",
        cause: "key_disabled",
        api: |made| (made.path.clone(), json!({ "disabled": true })),
        command: &["keys", "disable"],
        is_of_project: false,
    },
    Act {
        name: "model deny",
        cause: "key_lacks_model",
        api: |made| (made.path.clone(), json!({ "models_deny": ["sandbox"] })),
        command: &["keys", "update", "--deny-models", "sandbox"],
        is_of_project: false,
    },
    Act {
        name: "scope change",
        cause: "key_insufficient_scopes",
        api: |made| (made.path.clone(), json!({ "scopes": ["api.all.read"] })),
        command: &["keys", "update", "--scopes", "api.all.read"],
        is_of_project: false,
    },
    Act {
        name: "archive",
        cause: "project_archived",
        api: |made| (format!("{}/archive", made.project), json!({})),
        command: &["projects", "archive", "--yes"],
        is_of_project: true,
    },
];

/// A key that was made for one trial.
struct Made {
    id: String,
    secret: String,
    /// Its path in the API, and its project's.
    path: String,
    project: String,
    project_id: String,
}

pub(super) fn prove(options: &Options) -> anyhow::Result<Table> {
    let trials = options.count(100, 5);
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    let mut server = Server::start(options, &data, Some("[log]\nrequests = \"failures\"\n"))?;
    let mut world = World::of(&server)?;
    let mut table = Table::default();
    for act in &ACTS {
        over_the_api(&mut world, act, trials, &mut table)?;
        by_the_command(options, &data, &mut world, act, trials, &mut table)?;
    }
    table.none("panics", server.panics());
    table.bar("the same process is alive", "yes", server.alive(), server.alive());
    Ok(table)
}

/// Each trial: a key that works, the act, and the next request, on a connection that was there before.
fn over_the_api(world: &mut World, act: &Act, trials: usize, table: &mut Table) -> anyhow::Result<()> {
    let (mut late, mut times) = (0, Vec::new());
    for _ in 0..trials {
        let made = world.working_key()?;
        let (path, body) = (act.api)(&made);
        let began = Instant::now();
        world.administer(&path, &body)?;
        late += u64::from(!is_refused(&world.call(&made)?, act.cause));
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    table.none(format!("{}, over the API: not refused on the next request, of {trials}", act.name), late);
    let (half, most) = spread(&mut times);
    table.note(
        format!("{}, over the API: asked to refused, p50 and most", act.name),
        format!("{half:.1}, {most:.1} ms"),
    );
    Ok(())
}

/// Each trial: a key that works, and from the start of the command until it is refused.
fn by_the_command(
    options: &Options,
    data: &Path,
    world: &mut World,
    act: &Act,
    trials: usize,
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..trials {
        let made = world.working_key()?;
        let (verb, more) = act.command.split_at(2);
        let id = if act.is_of_project { &made.project_id } else { &made.id };
        let all: Vec<&str> = verb.iter().copied().chain([id.as_str()]).chain(more.iter().copied()).collect();
        let began = Instant::now();
        command(options, &all, data)?;
        wait_until(Duration::from_secs(5), || Ok(is_refused(&world.call(&made)?, act.cause)))?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    let (half, most) = spread(&mut times);
    table.at_most(format!("{}, by the command: start to refused, p50 of {trials}", act.name), 100.0, "ms", half);
    table.at_most(format!("{}, by the command: start to refused, most", act.name), 1000.0, "ms", most);
    Ok(())
}

fn spread(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    (percentile(times, 50.0), percentile(times, 100.0))
}

fn is_refused(answer: &Answer, cause: &str) -> bool {
    answer.header("x-tollgate-cause") == Some(cause)
}

/// An administrator and a caller, each with a connection that stays.
struct World {
    admin: Client,
    caller: Client,
    key: String,
    made: u32,
}

impl World {
    fn of(server: &Server) -> anyhow::Result<Self> {
        let key = server.admin_key.clone().context("this start made no admin key")?;
        Ok(Self { admin: Client::connect(server.address)?, caller: Client::connect(server.address)?, key, made: 0 })
    }

    /// A new key in a project of its own that has just been served.
    fn working_key(&mut self) -> anyhow::Result<Made> {
        self.made += 1;
        let project = self.administer("/organization/projects", &json!({ "name": format!("p{}", self.made) }))?;
        let project_id = text(&project, "id")?;
        let project = format!("/organization/projects/{project_id}");
        let key = self.administer(&format!("{project}/api_keys"), &json!({ "name": "trial" }))?;
        let id = text(&key, "id")?;
        let path = format!("{project}/api_keys/{id}");
        let made = Made { secret: text(&key, "value")?, id, path, project, project_id };
        let served = self.call(&made)?;
        ensure!(served.status == 200, "a new key is refused: {}", String::from_utf8_lossy(&served.body));
        Ok(made)
    }

    fn administer(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.admin.ask(&post(&format!("/v1{path}"), &self.key, body.to_string().as_bytes()))?;
        if answer.status != 200 {
            bail!("{path}: {}", String::from_utf8_lossy(&answer.body));
        }
        Ok(serde_json::from_slice(&answer.body)?)
    }

    fn call(&mut self, made: &Made) -> anyhow::Result<Answer> {
        let answer = self.caller.ask(&chat(&made.secret, "sandbox"))?;
        if answer.closes() {
            self.caller = Client::connect(self.caller.socket().peer_addr()?)?;
        }
        Ok(answer)
    }
}

fn text(object: &Value, name: &str) -> anyhow::Result<String> {
    object[name].as_str().map(str::to_owned).with_context(|| format!("no {name} in {object}"))
}
