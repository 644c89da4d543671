//! A collector on a real socket, and a reader of what it was sent that shares nothing with the server: numbers of fields
//! are those of opentelemetry-proto's `.proto` files.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tollgate_testing::server::ServerBuilder;
use tollgate_testing::wait::until;
use tollgate_testing::{Answer, Upstream};

/// A collector.
pub(crate) struct Collector(pub(crate) Upstream);

/// A span as it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    pub(crate) state: String,
    pub(crate) name: String,
    /// 2 server, 3 client.
    pub(crate) kind: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) attributes: BTreeMap<String, Json>,
    /// 2 error, 0 unset.
    pub(crate) status: u64,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        Self(Upstream::start().await)
    }

    /// The server with this collector, and hardly a delay.
    pub(crate) fn of(&self, server: ServerBuilder) -> ServerBuilder {
        let base = self.0.base_url();
        server
            .variable("OTEL_EXPORTER_OTLP_ENDPOINT", base.trim_end_matches("/v1"))
            .variable("OTEL_BSP_SCHEDULE_DELAY", "20")
    }

    /// The next export gets this answer.
    pub(crate) fn answer(&self, answer: Answer) {
        self.0.answer(answer);
    }

    /// All spans that came so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.0.received().iter().flat_map(|received| spans(&received.body)).collect()
    }

    /// Waits for so many.
    pub(crate) async fn some(&self, count: usize) -> Vec<Span> {
        let what = format!("{count} spans at the collector");
        until(&what, || async { Some(self.spans()).filter(|spans| spans.len() >= count) }).await
    }
}

impl Span {
    pub(crate) fn attribute(&self, key: &str) -> Json {
        self.attributes.get(key).cloned().unwrap_or_default()
    }
}

/// `ExportTraceServiceRequest` → its spans.
fn spans(export: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    for resource_spans in messages(export, 1) {
        for scope_spans in messages(resource_spans, 2) {
            found.extend(messages(scope_spans, 2).into_iter().map(span));
        }
    }
    found
}

/// The attributes of an export's resource.
pub(crate) fn resource(export: &[u8]) -> BTreeMap<String, Json> {
    let resource = messages(messages(export, 1)[0], 1)[0];
    messages(resource, 1).into_iter().map(pair).collect()
}

fn span(bytes: &[u8]) -> Span {
    let mut span = Span::default();
    let hex = |value: &Field<'_>| value.bytes().iter().map(|b| format!("{b:02x}")).collect::<String>();
    for (number, value) in fields(bytes) {
        match number {
            1 => span.trace = hex(&value),
            2 => span.id = hex(&value),
            3 => span.state = value.text(),
            4 => span.parent = hex(&value),
            5 => span.name = value.text(),
            6 => span.kind = value.number(),
            7 => span.start = value.number(),
            8 => span.end = value.number(),
            9 => {
                let (key, value) = pair(value.bytes());
                assert_eq!(span.attributes.insert(key.clone(), value), None, "{key} twice");
            }
            15 => span.status = fields(value.bytes()).iter().find(|(n, _)| *n == 3).unwrap().1.number(),
            16 => assert_eq!(value.number() & 1, 1, "only sampled spans are sent"),
            other => panic!("field {other} of a span"),
        }
    }
    span
}

/// `KeyValue`
fn pair(bytes: &[u8]) -> (String, Json) {
    let fields_of = fields(bytes);
    let of = |wanted| &fields_of.iter().find(|(number, _)| *number == wanted).unwrap().1;
    let any = fields(of(2).bytes());
    let value = match &any[..] {
        [(1, text)] => json!(text.text()),
        [(2, truth)] => json!(truth.number() == 1),
        [(3, number)] => json!(number.number()),
        [(4, double)] => json!(f64::from_bits(double.number())),
        other => panic!("{other:?}"),
    };
    (of(1).text(), value)
}

/// A field's value, by its kind on the wire.
#[derive(Debug)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn number(&self) -> u64 {
        if let Self::Number(number) = self { *number } else { panic!("{self:?}") }
    }

    fn bytes(&self) -> &'a [u8] {
        if let Self::Bytes(bytes) = self { bytes } else { panic!("{self:?}") }
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes().to_vec()).unwrap()
    }
}

fn messages(bytes: &[u8], number: u64) -> Vec<&[u8]> {
    fields(bytes).iter().filter(|(n, _)| *n == number).map(|(_, value)| value.bytes()).collect()
}

fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let value = match key & 7 {
            0 => Field::Number(varint(&mut bytes)),
            1 => Field::Number(u64::from_le_bytes(bytes.split_off(..8).unwrap().try_into().unwrap())),
            2 => {
                let length = varint(&mut bytes) as usize;
                Field::Bytes(bytes.split_off(..length).unwrap())
            }
            5 => Field::Number(u32::from_le_bytes(bytes.split_off(..4).unwrap().try_into().unwrap()).into()),
            wire => panic!("wire type {wire}"),
        };
        found.push((key >> 3, value));
    }
    found
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let length = bytes.iter().position(|b| b & 0x80 == 0).unwrap() + 1;
    let digits = bytes.split_off(..length).unwrap();
    digits.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
}
