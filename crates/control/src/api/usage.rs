//! `/organization/usage/{kind}`: what was used, in buckets of a minute, an hour or a day, of the kinds that are served.
//!
//! In: a span, what to group by, what to keep to. Out: pages of buckets, from the sums that are kept with the records; so a
//! month costs what its days cost, however many requests they had. Sums stand behind the requests by the fraction of a
//! second in which the journal is read. Images, speech, transcriptions and the rest are not served, so their paths are
//! unknown.

mod buckets;
mod groups;
mod page;

use tollgate_core::id::KeyId;
use tollgate_core::operation::Operation;
use tollgate_core::rights::Permission;
use tollgate_store::admin::usage as rows;
use tollgate_store::records::{Among, Dimension, OwnerOf, Query as Sums, Reading, Records, Table, table};

use self::buckets::Buckets;
use self::groups::Groups;
use super::act::Act;
use super::endpoint::{Does, Endpoint, Method, Needs, Shape};
use super::query::{Parameter, ParameterKind};
use super::shape::{Field, Kind, TIME};
use crate::refusal::Refusal;

/// Buckets of one page at most, of whatever width.
const BUCKETS_MAX: usize = 1440;
/// Results of one bucket at most.
const RESULTS_MAX: usize = 1_000_000;

/// A kind of usage.
struct Of {
    /// As its results are named.
    object: &'static str,
    operations: &'static [Operation],
    /// Whether tokens are written too.
    writes: bool,
}

const COMPLETIONS: Of = Of {
    object: "organization.usage.completions.result",
    operations: &[Operation::ChatCompletions, Operation::Completions, Operation::Responses],
    writes: true,
};
const EMBEDDINGS: Of =
    Of { object: "organization.usage.embeddings.result", operations: &[Operation::Embeddings], writes: false };
const MODERATIONS: Of =
    Of { object: "organization.usage.moderations.result", operations: &[Operation::Moderations], writes: false };

const fn texts(name: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, kind: ParameterKind::Texts, doc }
}

const START: Parameter = Parameter {
    name: "start_time",
    kind: ParameterKind::Time,
    doc: "From which moment on, in Unix seconds; it has to be given. The bucket that it is in is the first.",
};
const END: Parameter = Parameter {
    name: "end_time",
    kind: ParameterKind::Time,
    doc: "Up to which moment, which is not included: now, unless said otherwise.",
};
const WIDTH: Parameter = Parameter {
    name: "bucket_width",
    kind: ParameterKind::Word(&["1m", "1h", "1d"]),
    doc: "How long a bucket is: `1d` unless said otherwise. Buckets are minutes, hours and days of UTC.",
};
const PROJECTS: Parameter = texts("project_ids", "Only usage of these projects.");
const USERS: Parameter = texts("user_ids", "Only usage of keys that these users own.");
const KEYS: Parameter = texts("api_key_ids", "Only usage of these keys.");
const MODELS: Parameter = texts("models", "Only usage of these models, as they were asked for.");
const GROUP_BY: Parameter = texts("group_by", "What to tell apart: `project_id`, `user_id`, `api_key_id`, `model`.");
const PAGE_SIZE: Parameter = Parameter {
    name: "limit",
    kind: ParameterKind::Integer(1, 1440, None),
    doc: "How many buckets at most: of days 7 and at most 31, of hours 24 and at most 168, of minutes 60 and at most 1440.",
};
const PAGE: Parameter =
    Parameter { name: "page", kind: ParameterKind::Text, doc: "Where to go on: `next_page` of the page before." };
const BATCH: Parameter = Parameter {
    name: "batch",
    kind: ParameterKind::Bool,
    doc: "Whether only batches are meant, of which there are none, or only what is not one.",
};

const fn result(name: &'static str, doc: &'static str) -> Field {
    Field::new(name, Kind::Integer(0, i64::MAX), doc)
}

const REQUESTS: Field = result("num_model_requests", "Requests that a model answered, whole or in part.");
const INPUT: Field = result("input_tokens", "Tokens read.");
const OF_PROJECT: Field = Field::nullable("project_id", Kind::Text(64), "Whose, where projects are told apart.");
const OF_USER: Field = Field::nullable("user_id", Kind::Text(64), "Who owns the key, where users are told apart.");
const OF_KEY: Field = Field::nullable("api_key_id", Kind::Text(64), "With which key, where keys are told apart.");
const OF_MODEL: Field = Field::nullable("model", Kind::Text(256), "Of which model, where models are told apart.");
const OBJECT: Field = Field::new("object", Kind::Text(64), "What kind of result it is.");

const OF_COMPLETIONS: &[Field] = &[
    OBJECT,
    INPUT,
    result("output_tokens", "Tokens written."),
    result("input_cached_tokens", "Of those read, those that a provider had in a cache."),
    result("input_audio_tokens", "Of those read, those of speech."),
    result("output_audio_tokens", "Of those written, those of speech."),
    REQUESTS,
    OF_PROJECT,
    OF_USER,
    OF_KEY,
    OF_MODEL,
    Field::nullable("batch", Kind::Bool, "Whether it was in a batch, where that is told apart: it never is."),
    Field::nullable("service_tier", Kind::Text(64), "Always `null`: tiers of providers are not kept with the sums."),
];
const OF_INPUT: &[Field] = &[OBJECT, INPUT, REQUESTS, OF_PROJECT, OF_USER, OF_KEY, OF_MODEL];

macro_rules! bucket_of {
    ($results:expr) => {
        &[
            Field::new("object", Kind::Word(&["bucket"]), "Always `bucket`."),
            Field::new("start_time", TIME, "Its first second."),
            Field::new("end_time", TIME, "The second behind its last."),
            Field::new("results", Kind::Objects($results, RESULTS_MAX), "What was used, by group."),
        ]
    };
}

macro_rules! page_of {
    ($buckets:expr) => {
        &[
            Field::new("object", Kind::Word(&["page"]), "Always `page`."),
            Field::new(
                "data",
                Kind::Objects($buckets, BUCKETS_MAX),
                "Buckets, the oldest first; those without usage too.",
            ),
            Field::new("has_more", Kind::Bool, "Whether there are buckets behind these."),
            Field::nullable("next_page", Kind::Text(64), "What `page` is to be for them."),
        ]
    };
}

const BUCKET_OF_COMPLETIONS: &[Field] = bucket_of!(OF_COMPLETIONS);
const BUCKET_OF_INPUT: &[Field] = bucket_of!(OF_INPUT);
const PAGE_OF_COMPLETIONS: &[Field] = page_of!(BUCKET_OF_COMPLETIONS);
const PAGE_OF_INPUT: &[Field] = page_of!(BUCKET_OF_INPUT);

const fn endpoint(
    path: &'static str,
    name: &'static str,
    doc: &'static str,
    query: &'static [Parameter],
    answer: &'static [Field],
    tell: fn(&Act<'_>) -> Result<Vec<u8>, Refusal>,
) -> Endpoint {
    Endpoint {
        method: Method::Get,
        path,
        name,
        doc,
        needs: Needs::InOrganization(Permission::UsageRead),
        query,
        body: &[],
        answer: Shape::One(answer),
        does: Does::Tell(tell),
    }
}

const WITH_BATCH: &[Parameter] = &[START, END, WIDTH, PROJECTS, USERS, KEYS, MODELS, GROUP_BY, PAGE_SIZE, PAGE, BATCH];
const COMMON: &[Parameter] = &[START, END, WIDTH, PROJECTS, USERS, KEYS, MODELS, GROUP_BY, PAGE_SIZE, PAGE];

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint(
        "/organization/usage/completions",
        "usage-completions",
        "Adds up chat completions, completions and responses.",
        WITH_BATCH,
        PAGE_OF_COMPLETIONS,
        |act| told(act, &COMPLETIONS),
    ),
    endpoint(
        "/organization/usage/embeddings",
        "usage-embeddings",
        "Adds up embeddings.",
        COMMON,
        PAGE_OF_INPUT,
        |act| told(act, &EMBEDDINGS),
    ),
    endpoint(
        "/organization/usage/moderations",
        "usage-moderations",
        "Adds up moderations.",
        COMMON,
        PAGE_OF_INPUT,
        |act| told(act, &MODERATIONS),
    ),
];

fn told(act: &Act<'_>, of: &Of) -> Result<Vec<u8>, Refusal> {
    let buckets = Buckets::asked(act)?;
    let groups = Groups::asked(act, of.writes)?;
    let is_batch = act.query.flag("batch") == Some(true);
    let table = if is_batch { None } else { act.database().at_once(|| summed(act, of, &buckets, &groups))? };
    Ok(page::written(of, &buckets, &groups, table.as_ref()))
}

/// The sums of all groups, those of the first bucket first; `None` where there are no records.
fn summed(act: &Act<'_>, of: &Of, buckets: &Buckets, groups: &Groups) -> Result<Option<Table>, Refusal> {
    let Some(records) = Records::open_reader(act.database().data_dir())? else { return Ok(None) };
    let among = groups.kept_to(act)?;
    let by: Vec<Dimension> = std::iter::once(buckets.dimension()).chain(groups.dimensions()).collect();
    let owner_of = |keys: &[KeyId]| rows::owners_of_keys(act.database(), act.organization(), keys);
    let query = Sums {
        span: buckets.span(),
        by: &by,
        among: Among {
            projects: Some(&among.projects),
            keys: among.keys.as_deref(),
            owners: among.users.as_deref(),
            models: among.models.as_deref(),
            operations: Some(of.operations),
        },
        owner_of: Some(OwnerOf(&owner_of)),
        reading: Reading::Told,
        ..Sums::default()
    };
    Ok(Some(table(&records, &query)?))
}
