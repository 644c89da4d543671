//! Settings: from a TOML file, the environment and flags (later wins) to typed and checked values.
//!
//! In: texts. Out: [`Settings`], one struct per consumer, or every problem with its place ([`Problems`]). Nothing else
//! in the workspace reads a configuration file or the environment. Open [`raw`] first: it declares what can be set.
//!
//! The way: each source becomes a tree that remembers origins (`document`, `environment`, `objects`), the trees are laid over each
//! other (`tree`), the result is held against the schema of the raw types (`shape`), serde gives it those types
//! (`raw`), and the sections check what a type cannot say (`resolve`).

mod address;
mod capabilities;
pub mod cors;
pub mod diagnosis;
mod document;
pub mod environment;
pub mod images;
pub mod journal;
pub mod lifecycle;
pub mod limits;
pub mod log;
pub mod models;
pub mod objects;
pub mod problem;
pub mod providers;
mod proxies;
pub mod raw;
pub mod reference;
mod resolve;
pub mod retention;
pub mod retry;
pub mod sandbox;
pub mod scalar;
mod shape;
pub mod show;
mod telemetry;
pub mod timeouts;
pub mod tls;
pub mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use tollgate_control::configuration::SetObject;
use tollgate_gateway::settings as gateway;
use tollgate_store::admin::configuration::Object;

use self::environment::{Nowhere, Surroundings};
use self::log::{LogFormat, LogRequests, RawLog};
use self::models::{RawDeployment, RawEndpoint, RawModel};
use self::objects::Objects;
use self::problem::{Problem, Problems};
use self::providers::{RawDialect, RawProvider};
use self::raw::RawSettings;
use self::resolve::Resolver;
use self::shape::Findings;
use self::show::Effective;
use self::tree::{Node, Origin, Path, Value};

pub use self::address::midnight;
pub use self::shape::json_schema;
pub(crate) use self::shape::section_schema;

/// Everything that was set, typed and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// For the data plane. Credentials that the database keeps are not in it yet; see [`Settings::stored`].
    pub gateway: gateway::Settings,
    /// Providers (by name) whose credential the database keeps under the second name.
    pub stored: Vec<(String, String)>,
    /// Providers and models as they are set, and where.
    pub objects: Vec<SetObject>,
    /// The rows of the database that are among them, or hidden by the file.
    pub rows: Vec<Object>,
    /// Directory of the database, the journal and the server's secrets.
    pub data_dir: PathBuf,
    /// The journal.
    pub journal: tollgate_store::journal::Settings,
    /// How long records are kept.
    pub retention: tollgate_store::records::Retention,
    /// What is logged.
    pub log: RawLog,
}

/// Where settings come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The configuration file's path as it was given, and its text.
    pub file: Option<(&'a str, &'a str)>,
    /// What the flags set.
    pub flags: Flags<'a>,
    /// Whether the sandbox comes along without being configured.
    pub sandbox: bool,
    /// What was set over the API, by data directory.
    pub objects: &'a Objects<'a>,
    /// Variables and files.
    pub surroundings: &'a dyn Surroundings,
}

/// Settings that have a flag.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flags<'a> {
    /// `--listen`
    pub listen: Option<&'a str>,
    /// `--data-dir`
    pub data_dir: Option<&'a str>,
}

/// What became of reading settings, also where they are wrong.
pub struct Inspected {
    /// Providers and models as they are set, and where; none where the file is not TOML.
    pub objects: Vec<SetObject>,
    /// The settings, or everything that is wrong with them.
    pub outcome: Result<Loaded, Problems>,
}

/// Settings, and what there is to say about them.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// What is probably not meant.
    pub warnings: Vec<Problem>,
    /// What was written, for what is found out later.
    tree: Node,
    /// The same, with what holds where nothing was.
    raw: Box<RawSettings>,
}

impl Loaded {
    /// Every value that holds, and where it came from. Of thousands of models that takes longer than all else here, so it is told
    /// only to whoever asks.
    #[must_use]
    pub fn effective(&self) -> Vec<Effective> {
        show::effective(&self.raw, &self.tree)
    }

    /// A problem with the setting at `path` that shows only beside the data directory or the clock.
    pub(crate) fn problem(&self, path: &Path, what: impl Into<String>) -> Problem {
        Problem::new(self.tree.origin(path), path.clone(), what)
    }
}

/// Settings from the text of a file alone, without environment, flags and other files. No text makes it panic.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn parse(text: &str, path: &str) -> Result<Loaded, Problems> {
    let surroundings = Nowhere::default();
    let (flags, objects) = (Flags::default(), &objects::none);
    load(Sources { file: Some((path, text)), flags, sandbox: false, objects, surroundings: &surroundings })
}

/// Settings from all sources; later ones win: what `tollgate up` brings, the database, the file, the environment, flags.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn load(sources: Sources<'_>) -> Result<Loaded, Problems> {
    inspect(sources).outcome
}

/// The same, and which objects are set even where something is wrong.
#[must_use]
pub fn inspect(sources: Sources<'_>) -> Inspected {
    let mut tree = Node::root();
    if let Some((path, text)) = sources.file {
        match document::read(path, text) {
            Ok(read) => tree.overlay(read),
            Err(problems) => return Inspected { objects: Vec::new(), outcome: Err(Problems::sorted(problems)) },
        }
    }
    let environment = environment::layer(sources.surroundings.variables());
    tree.overlay(environment.tree);
    tree.overlay(layer_of(sources.flags));
    let (mut problems, mut warnings) = (environment.problems, environment.warnings);
    let rows = rows(&tree, sources, &mut problems);
    let hidden = objects::lay_under(&mut tree, &rows, &mut problems);
    warnings.extend(objects::warnings(&tree, &hidden));

    let mut fitting = tree.clone();
    let mut found = shape::check(&mut fitting);
    found.problems.extend(problems);
    let outcome = match serde_json::from_value(fitting.to_json()) {
        Ok(raw) => typed(raw, &mut tree, sources, found).map(|mut loaded| {
            loaded.settings.objects = objects::all(&tree, &hidden);
            loaded.settings.rows = rows;
            loaded.warnings = Problems::sorted([loaded.warnings, warnings].concat()).0;
            loaded
        }),
        // Only if a type refuses what its own schema admits.
        Err(error) => {
            let problem = Problem::new(Origin::Default, Path::default(), "the settings cannot be read");
            found.problems.push(problem.found(error.to_string()));
            Err(Problems::sorted(found.problems))
        }
    };
    Inspected { objects: objects::all(&tree, &hidden), outcome }
}

/// The objects of the database in the data directory that the tree names.
fn rows(tree: &Node, sources: Sources<'_>, problems: &mut Vec<Problem>) -> Vec<Object> {
    let setting = Path::to("data_dir");
    let data_dir = written_data_dir(tree).or_else(|| default_data_dir(sources.surroundings));
    match data_dir.map(|data_dir| (sources.objects)(&data_dir)) {
        None => Vec::new(),
        Some(Ok(rows)) => rows,
        Some(Err(found)) => {
            problems.push(Problem::new(tree.origin(&setting), setting, "cannot be read").found(found));
            Vec::new()
        }
    }
}

fn typed(mut raw: RawSettings, tree: &mut Node, sources: Sources<'_>, found: Findings) -> Result<Loaded, Problems> {
    if sources.sandbox {
        bring_sandbox(&mut raw, tree);
    }
    models::know_sandbox(&mut raw, tree);

    let mut resolver = Resolver::new(tree, sources.surroundings, found);
    let settings = resolve(&mut raw, &mut resolver);
    let Resolver { problems, warnings, .. } = resolver;
    if !problems.is_empty() {
        return Err(Problems::sorted(problems));
    }
    Ok(Loaded { settings, warnings, tree: tree.clone(), raw: Box::new(raw) })
}

/// How the log is to be written, as far as it can be known before anything is checked: also a start that fails over its
/// settings has to say so in the form that is asked for.
#[must_use]
pub fn log_format(file: Option<&str>, surroundings: &dyn Surroundings) -> LogFormat {
    let mut tree = Node::root();
    if let Some(text) = file {
        tree.overlay(document::read_leniently(text));
    }
    tree.overlay(environment::layer(surroundings.variables()).tree);
    match tree.get(&Path::to("log").key("format")).map(|node| &node.value) {
        Some(Value::Text(word)) if word == "json" => LogFormat::Json,
        _ => LogFormat::Text,
    }
}

/// The data directory that a configuration file names, if it does; nothing else in the file is looked at.
///
/// # Errors
/// The text is not TOML.
pub fn data_dir_in(path: &str, text: &str) -> Result<Option<PathBuf>, Problems> {
    Ok(written_data_dir(&document::read(path, text).map_err(Problems::sorted)?))
}

/// The data directory that is written in a tree, as it is meant there.
fn written_data_dir(tree: &Node) -> Option<PathBuf> {
    let setting = Path::to("data_dir");
    let Value::Text(written) = &tree.get(&setting)?.value else { return None };
    let surroundings = Nowhere::default();
    Some(Resolver::new(tree, &surroundings, Findings::default()).file(&setting, written.as_ref()))
}

fn layer_of(flags: Flags<'_>) -> Node {
    let mut tree = Node::root();
    for (name, flag, text) in [("listen", "--listen", flags.listen), ("data_dir", "--data-dir", flags.data_dir)] {
        if let Some(text) = text {
            tree.set(&Path::to(name), Node::new(Origin::Flag(flag), Value::Text(text.to_owned())));
        }
    }
    tree
}

/// Adds the sandbox and its models where the file has nothing of the same name, and notes where they came from.
fn bring_sandbox(raw: &mut RawSettings, tree: &mut Node) {
    const SANDBOX: &str = "sandbox";
    let built_in = |value| Node::new(Origin::BuiltIn, value);
    let requests = Path::to("log").key("requests");
    if tree.get(&requests).is_none() {
        raw.log.requests = LogRequests::All;
        // Only this one value is brought along, not the section.
        if tree.get(&Path::to("log")).is_none() {
            tree.set(&Path::to("log"), Node::new(Origin::Default, Value::Table(BTreeMap::new())));
        }
        tree.set(&requests, built_in(Value::Text("all".to_owned())));
    }
    let provider = Path::to("providers").key(SANDBOX);
    if tree.get(&provider).is_none() {
        raw.providers
            .insert(SANDBOX.to_owned(), RawProvider { dialect: RawDialect::Sandbox, ..RawProvider::default() });
        let written = serde_json::json!({ "dialect": "sandbox" });
        tree.set_json(&provider, &written, &Origin::BuiltIn);
    }
    for model in tollgate_providers::sandbox::models() {
        let path = Path::to("models").key(model.name);
        if tree.get(&path).is_some() {
            continue;
        }
        let deployment =
            RawDeployment { one_project: true, ..RawDeployment::new(SANDBOX.to_owned(), model.name.to_owned()) };
        let written = RawModel {
            owned_by: Some(model.owned_by.to_owned()),
            created: model.created,
            endpoints: RawEndpoint::of(model.operations),
            deployments: vec![deployment],
            ..RawModel::default()
        };
        let shown = serde_json::json!({
            "owned_by": written.owned_by,
            "created": written.created,
            "endpoints": written.endpoints,
            "deployments": [{ "provider": SANDBOX, "model": model.name, "one_project": true }],
        });
        tree.set_json(&path, &shown, &Origin::BuiltIn);
        raw.models.insert(model.name.to_owned(), written);
    }
}

fn resolve(raw: &mut RawSettings, resolver: &mut Resolver<'_>) -> Settings {
    check_listen(raw, resolver);
    warn_of_remote(raw, resolver);
    let workers = *raw.workers.get_or_insert_with(processors) as usize;
    let data_dir = data_dir(raw, resolver);
    let docs_base = docs_base(raw, resolver);
    let providers: Vec<_> = raw.providers.iter().map(|(name, raw)| providers::resolve(name, raw, resolver)).collect();
    let models =
        raw.models.iter().map(|(name, model)| models::resolve(name, model, &raw.providers, resolver)).collect();
    for (name, model) in &raw.models {
        models::check_fallbacks(name, model, &raw.models, resolver);
        lifecycle::check_successor(name, model, &raw.models, resolver);
    }
    if raw.models.is_empty() && resolver.is_whole(&Path::to("models")) {
        resolver.warn(&Path::to("models"), "there are none, so every call will be refused".to_owned(), |p| p);
    }
    let stored =
        providers.iter().filter_map(|p| p.stored.clone().map(|stored| (p.provider.name.clone(), stored))).collect();
    let gateway = gateway::Settings {
        listen: raw.listen,
        workers,
        tls: raw.tls.as_ref().map(|tls| tls::resolve(tls, resolver)),
        limits: limits::resolve(&raw.limits, resolver),
        timeouts: timeouts::resolve(&raw.timeouts),
        trusted_proxies: proxies::resolve(&raw.trusted_proxies, resolver),
        cors: raw.cors.as_ref().map(|cors| cors::resolve(cors, resolver)),
        diagnosis: diagnosis::resolve(&raw.diagnosis),
        docs_base,
        retry: retry::resolve(&raw.retry, resolver),
        breaker: retry::resolve_breaker(&raw.breaker, resolver),
        log_successes: raw.log.requests == LogRequests::All,
        downloads: images::resolve(&raw.images, resolver),
        telemetry: telemetry::resolve(resolver),
        providers: providers.into_iter().map(|p| p.provider).collect(),
        models,
    };
    Settings {
        gateway,
        stored,
        objects: Vec::new(),
        rows: Vec::new(),
        data_dir,
        journal: journal::resolve(&raw.journal, workers, resolver),
        retention: retention::resolve(&raw.retention, resolver),
        log: raw.log,
    }
}

/// Refuses to be reachable from other machines unless the file says so. An unspecified address is every address.
fn check_listen(raw: &RawSettings, resolver: &mut Resolver<'_>) {
    if raw.listen.ip().to_canonical().is_loopback() || raw.allow_remote {
        return;
    }
    if !resolver.is_whole(&Path::to("allow_remote")) {
        return;
    }
    resolver.refuse(&Path::to("listen"), |p| {
        p.found(format!("{}, which other machines can reach", raw.listen))
            .allowed("a loopback address such as \"127.0.0.1:4000\"")
            .help("if that is meant, write allow_remote = true into the configuration file")
    });
}

/// What a server that other machines reach needs beyond an address.
fn warn_of_remote(raw: &RawSettings, resolver: &mut Resolver<'_>) {
    if raw.listen.ip().to_canonical().is_loopback() || !raw.allow_remote {
        return;
    }
    let listen = Path::to("listen");
    if raw.docs_url.is_none() {
        let reach = if raw.listen.ip().is_unspecified() { "only this machine" } else { "only callers of this address" };
        resolver.warn(
            &listen,
            format!("links in answers name {}, which {reach} can follow", reachable(raw.listen)),
            |p| p.help("set docs_url to the address that callers use, for example \"https://llm.example.com\""),
        );
    }
    if raw.tls.is_none() {
        resolver.warn(&listen, "callers send their keys and requests in clear text".to_owned(), |p| {
            p.help("add a section [tls], unless something in front of this server does TLS")
        });
    }
}

fn processors() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1024).min(1024))
}

/// `$XDG_DATA_HOME/tollgate`, else `~/.local/share/tollgate`; `None` where neither variable has a path.
#[must_use]
pub fn default_data_dir(surroundings: &dyn Surroundings) -> Option<PathBuf> {
    // The XDG specification wants a relative path there to be ignored.
    let absolute = |name: &str| surroundings.variables().get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))?;
    Some(base.join("tollgate"))
}

fn data_dir(raw: &mut RawSettings, resolver: &mut Resolver<'_>) -> PathBuf {
    let path = Path::to("data_dir");
    let found = match &raw.data_dir {
        Some(written) => Some(resolver.file(&path, written)),
        None => default_data_dir(resolver.surroundings),
    };
    if found.is_none() {
        resolver.refuse(&path, |p| {
            p.found("no setting, and neither XDG_DATA_HOME nor HOME is set").help("set data_dir, or use --data-dir")
        });
    }
    raw.data_dir.clone_from(&found);
    found.unwrap_or_default()
}

/// The server's own address, as a browser on the same machine can reach it, unless another one is set.
fn docs_base(raw: &mut RawSettings, resolver: &mut Resolver<'_>) -> String {
    if let Some(written) = &raw.docs_url {
        if let Err(reason) = address::BaseUrl::read(written) {
            resolver.refuse(&Path::to("docs_url"), |p| {
                p.found(format!("a URL that {reason}")).allowed("an http or https URL without query")
            });
        }
        return written.trim_end_matches('/').to_owned();
    }
    let base = own_url(raw);
    raw.docs_url = Some(base.clone());
    base
}

/// This server's address, as a browser on the same machine can reach it.
fn own_url(raw: &RawSettings) -> String {
    let scheme = if raw.tls.is_some() { "https" } else { "http" };
    let own = reachable(raw.listen).to_string();
    match own.strip_suffix(":0") {
        // The gateway fills in the port that it is given.
        Some(host) => format!("{scheme}://{host}:{{port}}"),
        None => format!("{scheme}://{own}"),
    }
}

/// An address that a program on this machine can connect to: an unspecified one stands for loopback too.
#[must_use]
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
