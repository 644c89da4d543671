//! What wrong configurations are told, and which source wins.

use std::collections::BTreeMap;
use std::io;
use std::path::Path as FilePath;
use std::time::Duration;

use insta::assert_snapshot;
use proptest::prelude::*;
use tollgate_core::operation::Operation;

use super::*;

/// A machine with these variables and these files.
#[derive(Default)]
struct Machine {
    variables: BTreeMap<String, String>,
    files: BTreeMap<&'static str, &'static str>,
}

impl Machine {
    fn with(variables: &[(&str, &str)]) -> Self {
        let home = [("HOME", "/home/ada")];
        let all = home.iter().chain(variables).map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Self { variables: all.collect(), files: BTreeMap::new() }
    }

    fn and(mut self, file: &'static str, content: &'static str) -> Self {
        self.files.insert(file, content);
        self
    }

    fn load(&self, text: &str) -> Result<Loaded, Problems> {
        self.load_with(text, Flags::default(), false)
    }

    fn load_with(&self, text: &str, flags: Flags<'_>, sandbox: bool) -> Result<Loaded, Problems> {
        load(Sources {
            file: Some(("/etc/tollgate.toml", text)),
            flags,
            sandbox,
            objects: &objects::none,
            surroundings: self,
        })
    }
}

impl Surroundings for Machine {
    fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    fn read(&self, path: &FilePath) -> io::Result<Vec<u8>> {
        let file = path.to_str().and_then(|path| self.files.get(path));
        file.map(|content| content.as_bytes().to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// All that a wrong configuration is told.
fn told(text: &str) -> String {
    told_on(&Machine::with(&[("WITH_BLANK", "sk-se cret"), ("EMPTY", "")]), text)
}

fn told_on(machine: &Machine, text: &str) -> String {
    let Problems(problems) = machine.load(text).expect_err("the configuration is wrong");
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

const GOOD: &str = r#"
listen = "127.0.0.1:0"
data_dir = "data"
workers = 3

[limits]
body = "8MiB"

[timeouts]
total = "5m"

[providers.openai]
base_url = "https://api.openai.com/v1/"
credential = { env = "OPENAI_API_KEY" }
http = "2"
roots = { file = "ca.pem" }
timeouts = { connect = "500ms" }

[providers.kept]
base_url = "http://127.0.0.1:8000/v1"
credential = { stored = "kept" }

[models."gpt-4.1"]
created = 1700000000
shutdown_date = 2027-03-31
successor = "gpt-5"
endpoints = ["chat_completions"]
deployments = [{ provider = "openai", model = "gpt-4.1-2025-04-14" }, { provider = "kept", model = "g", one_project = true }]

[models."gpt-5"]
deployments = [{ provider = "openai", model = "gpt-5" }]
"#;

#[test]
fn a_good_file_becomes_settings() {
    let machine = Machine::with(&[("OPENAI_API_KEY", "sk-secret")]).and("/etc/ca.pem", "PEM");

    let loaded = machine.load(GOOD).unwrap();

    let gateway = &loaded.settings.gateway;
    assert_eq!(loaded.settings.data_dir, FilePath::new("/etc/data"));
    assert_eq!((gateway.workers, gateway.limits.body_bytes, gateway.limits.headers), (3, 8 << 20, 100));
    assert_eq!(gateway.timeouts.total, Duration::from_secs(300));
    let openai = gateway.providers.iter().find(|p| p.name == "openai").unwrap();
    let endpoint = openai.endpoint.as_ref().unwrap();
    assert_eq!((endpoint.host.as_str(), endpoint.port, endpoint.path.as_str()), ("api.openai.com", 443, "/v1"));
    assert_eq!(endpoint.roots, gateway::Roots::File("/etc/ca.pem".into()));
    assert_eq!(openai.credential.as_ref().unwrap().reveal(), "sk-secret");
    assert_eq!(loaded.settings.stored, [("kept".to_owned(), "kept".to_owned())]);
    let model = &gateway.models[0];
    let timeouts = &model.deployments[0].timeouts;
    assert_eq!((timeouts.connect, timeouts.idle), (Duration::from_millis(500), Duration::from_secs(300)));
    assert_eq!((model.name.as_str(), model.owned_by.as_str(), model.created), ("gpt-4.1", "openai", 1_700_000_000));
    assert_eq!(model.lifecycle.shutdown.as_ref().unwrap().at, 1_806_451_200);
    assert!(model.operations.contains(Operation::ChatCompletions) && !model.operations.contains(Operation::Embeddings));
    assert!(model.deployments[1].one_project);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn without_anything_the_defaults_of_the_gateway_hold() {
    let loaded = parse("", "x").unwrap();

    let gateway = &loaded.settings.gateway;
    assert_eq!(gateway.listen.to_string(), "127.0.0.1:4000");
    assert_eq!(gateway.docs_base, "http://127.0.0.1:4000");
    assert_eq!(gateway.limits, gateway::Limits::default());
    assert_eq!(gateway.timeouts, gateway::Timeouts::default());
    assert_eq!(loaded.settings.journal, tollgate_store::journal::Settings::default());
    assert!(loaded.warnings[0].to_string().contains("every call will be refused"));
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let machine = Machine::with(&[("TOLLGATE_LISTEN", "127.0.0.1:2"), ("TOLLGATE_LIMITS_BODY", "2MiB")]);
    let text = "listen = '127.0.0.1:1'\nlimits = { body = '1MiB', head = '2KiB' }";
    let flags = Flags { listen: Some("127.0.0.1:3"), data_dir: None };

    let with_flag = machine.load_with(text, flags, false).unwrap();
    let without = machine.load(text).unwrap();

    assert_eq!(with_flag.settings.gateway.listen.port(), 3);
    assert_eq!(without.settings.gateway.listen.port(), 2);
    assert_eq!(without.settings.gateway.limits.body_bytes, 2 << 20);
    assert_eq!(without.settings.gateway.limits.head_bytes, 2 << 10);
}

#[test]
fn every_value_that_holds_has_an_origin() {
    let machine = Machine::with(&[("TOLLGATE_LOG_LEVEL", "warn"), ("TOLLGATE_WORKERS", "2"), ("KEY", "sk-secret")]);
    let text = "[limits]\nbody = '1MiB'\n[providers.a]\nbase_url = 'https://a'\ncredential = { env = 'KEY' }\n\
                [models.m]\ndeployments = [{ provider = 'a', model = 'm' }]";
    let flags = Flags { listen: Some("127.0.0.1:3"), data_dir: Some("/data") };

    let loaded = machine.load_with(text, flags, false).unwrap();

    let shown: String =
        loaded.effective().iter().map(|e| format!("{} = {}  # {}\n", e.key, e.value, e.origin)).collect();
    assert!(!shown.contains("sk-secret"));
    assert_snapshot!(shown);
}

#[test]
fn the_sandbox_comes_along_unless_the_file_has_its_own() {
    let machine = Machine::with(&[("KEY", "k")]);
    let text = "[providers.a]\nbase_url = 'https://a'\ncredential = { env = 'KEY' }\n\
                [models.sandbox]\ndeployments = [{ provider = 'a', model = 'm' }]";

    let loaded = machine.load_with(text, Flags::default(), true).unwrap();

    let gateway = &loaded.settings.gateway;
    let sandbox = gateway.models.iter().find(|m| m.name == "sandbox").unwrap();
    assert_eq!(sandbox.deployments[0].provider, "a");
    assert_eq!(gateway.models.len(), tollgate_providers::sandbox::models().len());
    assert!(gateway.providers.iter().any(|p| p.dialect == gateway::Dialect::Sandbox));
    assert!(gateway.log_successes);
    let effective = loaded.effective();
    let origin = |key: &str| effective.iter().find(|e| e.key == key).map(|e| e.origin.as_str());
    assert_eq!(origin("log.requests"), Some("tollgate up"));
    assert_eq!(origin("log.level"), Some("default"));
    assert_eq!(origin("models.sandbox-slow.created"), Some("tollgate up"));
    assert_eq!(origin("models.sandbox.created"), Some("default"));
}

#[test]
fn unknown_keys_are_told_with_the_nearest_names() {
    assert_snapshot!(told(
        "lisen = '127.0.0.1:4000'\nbody = '1MiB'\nport = 4000\n[limts]\nbody = '1MiB'\n[limits]\nbodi = '1MiB'\n\
         [providers.a]\napi_key = 'sk-1234567890abcdefghij'\nbase_url = 'https://a'\nzzz = 1"
    ));
}

#[test]
fn values_of_the_wrong_kind_are_told_with_what_is_allowed() {
    assert_snapshot!(told(
        "listen = 4000\nallow_remote = 'yes'\nworkers = 0\nproviders = 3\n[limits]\nbody = 1024\nhead = '1MB'\n\
         headers = 5\nall_bodies = '2TiB'\nconnections = 1.5\n[timeouts]\ntotal = '5 minutes'\nhead = '2h'\n\
         [log]\nformat = 'jsn'\nlevel = 'loud'\n[journal]\nsync = 'never'\n[cors]\norigins = 'x'\n\
         [models.m]\ncreated = 99999999999999999999\ndeployments = { provider = 'a' }\nshutdown_date = 'soon'"
    ));
}

#[test]
fn sections_are_checked_for_what_their_types_cannot_say() {
    assert_snapshot!(told(
        "docs_url = 'docs'\nworkers = 8\n[tls]\ncertificate = 'no.pem'\n[limits]\nbody = '2MiB'\nall_bodies = '1MiB'\n\
         [journal]\nbound = '100MiB'\n[cors]\norigins = ['*', 'https://a', 'https://a/b', 'a']"
    ));
}

#[test]
fn providers_are_told_what_is_wrong_with_them() {
    assert_snapshot!(told(
        "[providers.openai]\ncredential = { env = 'NO_SUCH_KEY' }\n\
         [providers.\"a b\"]\nbase_url = 'api.openai.com'\ncredential = 'sk-1234567890abcdefghij'\n\
         [providers.user]\nbase_url = 'https://me:secret@host/v1'\ncredential = { env = 'WITH_BLANK' }\n\
         [providers.query]\nbase_url = 'https://host/v1?key=secret'\ncredential = { file = 'no-file' }\nhttp = 2\n\
         [providers.empty]\nbase_url = 'https://host'\ncredential = { env = 'EMPTY' }\nroots = 'mozilla'\n\
         [providers.box]\ndialect = 'sandbox'\nbase_url = 'https://host'\ntimeouts = { connect = '1h', idel = '1s' }\n\
         [providers.both]\nbase_url = 'https://host'\ncredential = { env = 'A', file = 'b' }\nroots = { fil = 'x' }\n\
         [models.m]\ndeployments = [{ provider = 'box', model = 'm' }]"
    ));
}

#[test]
fn the_sandbox_is_paced_by_its_provider_and_before_it_by_the_model() {
    let text = "[providers.box]\ndialect = 'sandbox'\nsandbox = { latency = '2s', chunk_tokens = 3 }\n\
                [models.m]\ndeployments = [{ provider = 'box', model = 'sandbox' }]\n\
                sandbox = { latency = '0ms', chunk = '10s', tokens = 16384 }";

    let loaded = Machine::with(&[]).load(text).unwrap();

    let wishes = loaded.settings.gateway.models[0].deployments[0].wishes;
    assert_eq!((wishes.before, wishes.between), (Some(Duration::ZERO), Some(Duration::from_secs(10))));
    assert_eq!((wishes.chunk_tokens, wishes.tokens), (Some(3), Some(16_384)));
}

/// What a header may ask for a section may, and nothing beyond.
#[test]
fn the_pace_of_the_sandbox_has_the_bounds_of_its_headers() {
    let headers = tollgate_providers::sandbox::Wishes::HEADERS;
    for (header, key, unit, most) in [
        (headers[0], "latency", "ms", 120_000),
        (headers[1], "chunk", "ms", 10_000),
        (headers[2], "chunk_tokens", "", 1000),
        (headers[3], "tokens", "", 16_384),
    ] {
        for number in [0, 1, most, most + 1] {
            let value = if unit.is_empty() { number.to_string() } else { format!("'{number}{unit}'") };
            let text = format!("[providers.box]\ndialect = 'sandbox'\nsandbox = {{ {key} = {value} }}");
            let number = number.to_string();
            let asked = tollgate_providers::sandbox::Wishes::read(|h| (h == header).then_some(number.as_bytes()));

            assert_eq!(Machine::with(&[]).load(&text).is_ok(), asked.is_ok(), "{key} = {value}");
        }
    }
}

#[test]
fn a_pace_of_the_sandbox_is_refused_where_another_provider_answers() {
    assert_snapshot!(told(
        "[providers.openai]\nbase_url = 'https://host'\nsandbox = { latency = '1s' }\n\
         [models.m]\ndeployments = [{ provider = 'openai', model = 'm' }]\nsandbox = { tokens = 0, chunk = '11s' }\n\
         [models.n]\ndeployments = [{ provider = 'openai', model = 'n' }]\nsandbox.tokens = 5"
    ));
}

#[test]
fn models_are_told_what_is_wrong_with_them() {
    assert_snapshot!(told(
        "[providers.openai]\nbase_url = 'https://host'\n\
         [models.empty]\ndeployments = []\n[models.none]\nowned_by = 'me'\n\
         [models.\"with blank\"]\ndeployments = [{ provider = 'opnai', model = 'm' }, { provider = 'groq', model = '' }]\n\
         [models.twice]\nendpoints = ['chat', 'embedings']\n\
         deployments = [{ provider = 'openai', model = 'm' }, { provider = 'openai', model = 'm' }]\n\
         [models.part]\nendpoints = []\nshutdown_date = '2027-02-30'\n\
         deployments = [{ provider = 'openai' }, { provder = 'openai', model = 'm' }]"
    ));
}

#[test]
fn what_is_wrong_with_one_element_of_a_list_hides_nothing_of_the_others() {
    assert_snapshot!(told(
        "[providers.openai]\nbase_url = 'https://host'\n[cors]\norigins = [1, 'a', 'https://a']\n\
         [models.m]\nfallbacks = [{ modl = 'x' }, { model = 'm' }, { model = 'gtp' }]\n\
         deployments = [{ provider = 'openai' }, { provider = 'opnai', model = 'm' }, 'x',\n\
         { provider = 'openai', model = 'a b' }, { provider = 'openai', model = 'c' }, { provider = 'openai', model = 'c' }]"
    ));
}

#[test]
fn a_model_that_does_not_say_when_it_was_made_has_the_same_date_everywhere() {
    let text = "[providers.a]\nbase_url = 'https://a'\n[models.m]\ndeployments = [{ provider = 'a', model = 'm' }]\n\
                [models.n]\ncreated = 7\ndeployments = [{ provider = 'a', model = 'm' }]";

    let loaded = parse(text, "x").unwrap();

    let created: Vec<_> = loaded.settings.gateway.models.iter().map(|model| model.created).collect();
    assert_eq!(created, [1_686_935_002, 7]);
}

#[test]
fn a_server_that_others_reach_is_warned_of_links_and_of_clear_text() {
    let machine = Machine::with(&[]).and("/etc/c.pem", "PEM").and("/etc/k.pem", "PEM");
    let tls = "[tls]\ncertificate = 'c.pem'\nkey = 'k.pem'";
    let told = |text: &str| {
        let text = format!(
            "allow_remote = true\n{text}\n[providers.a]\ndialect = 'sandbox'\n\
                            [models.m]\ndeployments = [{{ provider = 'a', model = 'm' }}]"
        );
        machine.load(&text).unwrap().warnings.iter().map(|warning| format!("{warning}\n")).collect::<String>()
    };

    let bare = told("listen = '0.0.0.0:4000'");
    let one_address = told(&format!("listen = '192.0.2.1:0'\n{tls}"));

    assert_snapshot!(bare, @r#"
    /etc/tollgate.toml:2:10: listen: links in answers name 127.0.0.1:4000, which only this machine can follow
       help: set docs_url to the address that callers use, for example "https://llm.example.com"
    /etc/tollgate.toml:2:10: listen: callers send their keys and requests in clear text
       help: add a section [tls], unless something in front of this server does TLS
    "#);
    assert_snapshot!(one_address, @r#"
    /etc/tollgate.toml:2:10: listen: links in answers name 192.0.2.1:0, which only callers of this address can follow
       help: set docs_url to the address that callers use, for example "https://llm.example.com"
    "#);
    assert_eq!(told(&format!("listen = '[::]:4000'\ndocs_url = 'https://llm.example.com'\n{tls}")), "");
    assert_eq!(told("listen = '127.0.0.1:4000'"), "", "whoever may open it has not done so yet");
}

#[test]
fn the_links_of_a_free_port_can_be_followed_on_this_machine() {
    let base = |listen: &str| {
        let text = format!("allow_remote = true\nlisten = '{listen}'");
        parse(&text, "x").unwrap().settings.gateway.docs_base
    };

    assert_eq!(base("0.0.0.0:0"), "http://127.0.0.1:{port}");
    assert_eq!(base("[::]:0"), "http://[::1]:{port}");
    assert_eq!(base("127.0.0.1:40"), "http://127.0.0.1:40");
}

#[test]
fn trusted_proxies_are_addresses_and_networks_and_a_slip_is_told() {
    let proxies = parse("trusted_proxies = ['10.0.0.0/8', '::1']", "x").unwrap().settings.gateway.trusted_proxies;
    let wrong = told("trusted_proxies = ['10.0.0.1/8', 'office']");

    assert_eq!(proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "::1"]);
    assert!(wrong.contains("the network of this length is \"10.0.0.0/8\"") && wrong.contains("\"office\""), "{wrong}");
    assert!(parse("", "x").unwrap().settings.gateway.trusted_proxies.is_empty(), "nobody is believed by default");
}

#[test]
fn the_form_of_the_log_is_known_before_the_settings_are_right() {
    let plain = Machine::with(&[]);
    let variable = |value: &str| Machine::with(&[("TOLLGATE_LOG_FORMAT", value)]);
    let json = "[log]\nformat = 'json'\nlevel = 'loud'\n[models\n";

    for (machine, file, expected) in [
        (&plain, None, LogFormat::Text),
        (&plain, Some(json), LogFormat::Json),
        (&plain, Some("[log]\nformat = 'jsn'"), LogFormat::Text),
        (&plain, Some("log = 3"), LogFormat::Text),
        (&variable("text"), Some(json), LogFormat::Text),
        (&variable("json"), None, LogFormat::Json),
    ] {
        assert_eq!(log_format(file, machine), expected, "{file:?}");
    }
}

#[test]
fn syntax_errors_are_all_told() {
    assert_snapshot!(told("listen = '127.0.0.1:4000\n[limits\nbody = 1MiB\nlisten = 1\nlisten = 2\n"));
}

#[test]
fn only_the_file_can_open_the_gateway_to_other_machines() {
    let variable = Machine::with(&[("TOLLGATE_ALLOW_REMOTE", "true")]);
    let none = Machine::with(&[]);

    for listen in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "[::ffff:192.0.2.1]:1"] {
        let text = format!("listen = '{listen}'");
        assert!(told_on(&none, &text).contains("other machines can reach"), "{listen}");
        assert!(none.load(&format!("{text}\nallow_remote = true")).is_ok(), "{listen}");
    }
    for listen in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1"] {
        assert!(none.load(&format!("listen = '{listen}'")).is_ok(), "{listen}");
    }
    let flags = Flags { listen: Some("0.0.0.0:1"), data_dir: None };
    assert!(none.load_with("", flags, false).is_err());
    assert_snapshot!(told_on(&variable, "listen = '0.0.0.0:1'"));
}

#[test]
fn wrong_variables_are_told_by_their_names() {
    let machine = Machine::with(&[
        ("TOLLGATE_LIMITS_BODY", "lots"),
        ("TOLLGATE_WORKERS", "many"),
        ("TOLLGATE_TLS_CERTIFICATE", "/c.pem"),
    ])
    .and("/c.pem", "PEM");

    assert_snapshot!(told_on(&machine, ""));
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    let machine = Machine::with(&[("TOLLGATE_LISTN", "x"), ("TOLLGATE_SOMETHING_ELSE", "x"), ("KEY", "k")]);
    let text = "[providers.a]\nbase_url = 'http://vllm.internal:8000'\ncredential = { env = 'KEY' }\n\
                [models.m]\nsuccessor = 'n'\ndeployments = [{ provider = 'a', model = 'm' }]";

    let warnings = machine.load(text).unwrap().warnings;

    assert_snapshot!(warnings.iter().map(|w| format!("{w}\n")).collect::<String>());
}

#[test]
fn a_credential_file_is_read_without_its_last_newline() {
    let machine = Machine::with(&[]).and("/etc/keys/openai", "sk-secret\n");

    let text = "[providers.a]\nbase_url = 'https://a'\ncredential = { file = 'keys/openai' }";
    let loaded = machine.load(text).unwrap();

    assert_eq!(loaded.settings.gateway.providers[0].credential.as_ref().unwrap().reveal(), "sk-secret");
    assert!(!format!("{loaded:?}").contains("sk-secret"));
}

#[test]
fn the_schema_admits_what_the_types_admit_and_names_every_section() {
    let schema = json_schema();

    for section in ["limits", "timeouts", "tls", "cors", "diagnosis", "log", "journal", "providers", "models"] {
        assert!(schema["properties"].get(section).is_some(), "{section}");
    }
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn the_reference_page_is_the_one_in_docs() {
    // From the package's folder, where tests run: a path from the build would name another clone's.
    let page = std::fs::read_to_string("../../docs/configuration.md").unwrap_or_default();

    assert!(page == reference::page(), "run: cargo run -p tollgate -- config reference > docs/configuration.md");
}

/// Texts that look like configurations: keys that exist, values of all kinds, cut and glued.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("listen = "),
        Just("[limits]\n"),
        Just("body = "),
        Just("[providers.a]\n"),
        Just("[models.\"m\"]\n"),
        Just("credential = "),
        Just("deployments = "),
        Just("endpoints = "),
        Just("{ env = "),
        Just("{ provider = 'a', model = 'm' }"),
        Just("shutdown_date = "),
        Just("2027-01-01"),
        Just("[["),
        Just("[]"),
        Just(" }"),
        Just("'1MiB'"),
        Just("\"strict\""),
        Just("9223372036854775808"),
        Just("0x7f"),
        Just("1e400"),
        Just("\n"),
        Just(", "),
        Just("é"),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _ = parse(&text, "x");
    }

    #[test]
    fn nothing_that_looks_like_a_configuration_makes_the_reader_panic(text in pieces()) {
        if let Err(problems) = parse(&text, "x") {
            prop_assert!(!problems.0.is_empty());
        }
    }

    #[test]
    fn a_good_file_with_one_character_changed_never_panics(at in 0usize..GOOD.len(), new in any::<char>()) {
        let mut text = GOOD.to_owned();
        text.replace_range(at..=at, new.encode_utf8(&mut [0; 4]));
        let _ = parse(&text, "x");
    }
}

#[test]
fn sums_are_kept_the_longer_the_coarser_they_are() {
    let text = GOOD.to_owned() + "[retention]\nrequests = \"7d\"\nsegments = \"1h\"\nminutes = \"100d\"\n";
    let machine = Machine::with(&[("OPENAI_API_KEY", "sk-secret")]).and("/etc/ca.pem", "PEM");

    assert_snapshot!(told_on(&machine, &text));
    let retention = machine.load(&text.replace("100d", "1d")).unwrap().settings.retention;
    let days = |days: u64| Duration::from_secs(days * 86_400);
    assert_eq!((retention.requests, retention.minutes, retention.hours), (days(7), days(1), days(90)));
    assert_eq!(retention.segments, Duration::from_secs(3600));
}

/// A model at a provider that is there, with these settings.
fn model(settings: &str) -> String {
    format!(
        "[providers.a]\ndialect = 'sandbox'\n[models.m]\ndeployments = [{{ provider = 'a', model = 'x' }}]\n{settings}\n"
    )
}

#[test]
fn the_life_of_a_model_is_read_in_days_and_moments() {
    let text = model(
        "deprecated_on = '2027-01-31'\nshutdown_date = 2027-03-31\nsuccessor = 'n'\n\
         maintenance = { from = '2026-12-01T07:30Z', until = 2026-12-01T08:00:00Z, reason = ' new hardware. ' }\n\
         [models.n]\ndeployments = [{ provider = 'a', model = 'x' }]",
    );

    let loaded = parse(&text, "t.toml").unwrap();

    let read = &loaded.settings.gateway.models[0];
    let days = [&read.lifecycle.deprecated, &read.lifecycle.shutdown].map(|day| day.as_ref().unwrap().at);
    assert_eq!(days, [1_801_353_600, 1_806_451_200]);
    let rests = read.maintenance.as_ref().unwrap();
    assert_eq!(
        (rests.from, rests.until, rests.reason.as_deref()),
        (Some(1_796_110_200), 1_796_112_000, Some("new hardware"))
    );
    assert_eq!(
        [1_796_110_199, 1_796_110_200, 1_796_111_999, 1_796_112_000].map(|now| rests.holds(now)),
        [false, true, true, false]
    );
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn a_life_that_contradicts_itself_is_refused_at_its_place() {
    for (settings, place, said) in [
        ("deprecated_on = '2027-04-01'\nshutdown_date = '2027-03-31'", "deprecated_on", "after the shutdown_date"),
        ("shutdown_date = '2027-03-31'\nsuccessor = 'm'", "successor", "the model itself"),
        ("maintenance = { until = 'soon' }", "maintenance.until", "a moment in RFC 3339"),
        ("maintenance = { reason = 'x' }", "maintenance.until", "missing"),
        (
            "maintenance = { from = '2027-01-02T00:00Z', until = '2027-01-01T00:00Z' }",
            "maintenance.until",
            "not after its beginning",
        ),
        ("maintenance = { until = '2027-01-01T00:00Z', reason = '' }", "maintenance.reason", "1 to 200 characters"),
        ("maintenance = { until = '2027-01-01T00:00Z', why = 'x' }", "maintenance.why", "unknown setting"),
    ] {
        let problems: String =
            parse(&model(settings), "t.toml").unwrap_err().0.iter().map(ToString::to_string).collect();

        assert!(problems.contains(&format!("models.m.{place}")) && problems.contains(said), "{settings}: {problems}");
    }
}

#[test]
fn a_successor_that_nobody_can_call_is_warned_of() {
    let loaded = parse(&model("shutdown_date = '2027-03-31'\nsuccessor = 'n'"), "t.toml").unwrap();

    let warned = loaded.warnings.iter().map(ToString::to_string).collect::<String>();
    assert!(warned.contains("models.m.successor") && warned.contains("not a model of this configuration"), "{warned}");
}

#[test]
fn a_model_of_the_sandbox_alone_serves_what_the_sandbox_makes_of_it() {
    let text = "[providers.a]\ndialect = 'sandbox'\n\
                [models.talks]\ndeployments = [{ provider = 'a', model = 'gpt-4o' }]\n\
                [models.written]\ndeployments = [{ provider = 'a', model = 'gpt-4o' }]\nendpoints = ['embeddings']\n\
                [models.unknown]\ndeployments = [{ provider = 'a', model = 'x' }]\n";

    let models = parse(text, "t.toml").unwrap().settings.gateway.models;

    let serves = |at: usize| RawEndpoint::of(models[at].operations);
    assert_eq!(serves(0), [RawEndpoint::ChatCompletions, RawEndpoint::Responses]);
    assert_eq!((serves(1).len(), serves(2).len()), (5, 1));
}

#[test]
fn a_region_has_one_spelling_and_a_tier_an_end() {
    let text = "[providers.p]\nbase_url = \"https://p.example/v1\"\nregion = \"EU\"\n[models.m]\ntier = 101\n\
                deployments = [{ provider = \"p\", model = \"m\", region = \"us east\" }]\n";

    let told = told(text);

    for (key, found) in [("providers.p.region", "EU"), ("deployments[0].region", "us east"), ("models.m.tier", "101")] {
        assert!(told.contains(key) && told.contains(found), "{key}: {told}");
    }
}
