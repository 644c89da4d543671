//! What the OTEL variables come to, and what is told of those that cannot be followed.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::super::{Flags, Sources, environment::Surroundings, load, objects};
use super::*;

struct Machine(BTreeMap<String, String>);

impl Surroundings for Machine {
    fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    fn read(&self, _: &std::path::Path) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

const COLLECTOR: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");

/// What these variables come to, and the warnings.
fn with(variables: &[(&str, &str)]) -> (Option<Telemetry>, String) {
    let all = variables.iter().chain(&[("HOME", "/home/ada")]).map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    let machine = Machine(all.collect());
    let sources =
        Sources { file: None, flags: Flags::default(), sandbox: true, objects: &objects::none, surroundings: &machine };
    let loaded = load(sources).expect("the OTEL variables stop no start");
    let warnings = loaded.warnings.iter().map(|warning| format!("{warning}\n")).collect();
    (loaded.settings.gateway.telemetry, warnings)
}

fn telemetry(variables: &[(&str, &str)]) -> Telemetry {
    let (telemetry, warnings) = with(variables);
    assert_eq!(warnings, "");
    telemetry.expect("traces are sent")
}

#[test]
fn without_a_collector_there_are_no_traces() {
    for variables in [
        &[][..],
        &[("OTEL_SERVICE_NAME", "gate"), ("OTEL_TRACES_SAMPLER", "nonsense")],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")],
        &[COLLECTOR, ("OTEL_SDK_DISABLED", "TRUE")],
        &[COLLECTOR, ("OTEL_TRACES_EXPORTER", "none")],
    ] {
        assert_eq!(with(variables), (None, String::new()), "{variables:?}");
    }
}

#[test]
fn the_general_endpoint_is_a_base_and_that_of_traces_is_whole() {
    let path = |variables| telemetry(variables).endpoint.path;

    assert_eq!(path(&[COLLECTOR]), "/v1/traces");
    assert_eq!(path(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c.example/otlp/")]), "/otlp/v1/traces");
    let traces = telemetry(&[COLLECTOR, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://c.example/in")]);
    assert_eq!((traces.endpoint.host.as_str(), traces.endpoint.path.as_str()), ("c.example", "/in"));
    assert_eq!((traces.endpoint.tls, traces.endpoint.port), (true, 443));
}

#[test]
fn what_is_said_of_traces_goes_before_what_is_said_of_everything() {
    let traces = telemetry(&[
        COLLECTOR,
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20general"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "Authorization=Bearer%20traces, x-team = a%2Cb"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "250"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ca.pem"),
    ]);

    let headers = [("authorization", "Bearer traces"), ("x-team", "a,b")];
    assert_eq!(traces.headers.0, headers.map(|(n, v)| (n.to_owned(), v.to_owned())));
    assert_eq!(traces.timeout, Duration::from_millis(250));
    assert_eq!(traces.endpoint.roots, Roots::File("/etc/ca.pem".into()));
    assert!(!format!("{traces:?}").contains("Bearer"), "headers hold secrets");
}

#[test]
fn the_service_s_own_name_goes_before_its_attribute() {
    let resource = |more: &[(&str, &str)]| {
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=b,deployment.environment.name=a%20b");
        telemetry(&[&[COLLECTOR, attributes], more].concat()).resource
    };
    let has = |list: &[(String, String)], key: &str, value: &str| list.iter().any(|(k, v)| k == key && v == value);

    let attributes = resource(&[]);
    assert!(has(&attributes, "service.name", "b") && has(&attributes, "deployment.environment.name", "a b"));
    assert!(has(&resource(&[("OTEL_SERVICE_NAME", "c")]), "service.name", "c"));
    assert!(has(&telemetry(&[COLLECTOR]).resource, "service.name", "tollgate"));
}

#[test]
fn samplers_are_those_of_the_specification() {
    for (sampler, argument, follows_parent, ratio) in [
        ("always_on", "", false, 1.0),
        ("always_off", "0.5", false, 0.0),
        ("traceidratio", "0.25", false, 0.25),
        ("parentbased_always_on", "", true, 1.0),
        ("parentbased_always_off", "", true, 0.0),
        ("parentbased_traceidratio", "0.01", true, 0.01),
        ("parentbased_traceidratio", "", true, 1.0),
    ] {
        let variables = [COLLECTOR, ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument)];
        assert_eq!(telemetry(&variables).sampling, Sampling { follows_parent, ratio }, "{sampler}");
    }
    assert_eq!(telemetry(&[COLLECTOR]).sampling, Sampling::default());
}

#[test]
fn what_cannot_be_followed_is_told_and_quotes_no_secret() {
    let told = |variables: &[(&str, &str)]| with(variables).1;

    assert_snapshot!(told(&[
        COLLECTOR,
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer secret\u{e9},justasecret"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a=%zz"),
        ("OTEL_TRACES_SAMPLER", "xray"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
    ]));
    assert_snapshot!(told(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:secret@c.example")]));
    assert_snapshot!(told(&[COLLECTOR, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]));
    assert_snapshot!(told(&[COLLECTOR, ("OTEL_TRACES_EXPORTER", "zipkin")]));
}
