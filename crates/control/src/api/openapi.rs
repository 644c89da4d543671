//! What the management API looks like, as OpenAPI 3.1: written from the table of endpoints, so that it cannot say otherwise.
//!
//! In: [`super::ENDPOINTS`]. Out: JSON, served at `/openapi.json`. What lies below `/v1/tollgate` and is not administration is added
//! by name ([`SERVING`]); OpenAI's own serving endpoints are described by OpenAI.

use serde_json::{Map, Value as Json, json};

use super::endpoint::{Does, Endpoint, Envelope, Method, Needs, Shape};
use super::own_admin_key::OF_ADMINISTRATOR;
use super::query::{Parameter, ParameterKind};
use super::{endpoints, own_key, shape};

/// Method, path, name and sentence of what a project's key may call below `/v1/tollgate`.
const SERVING: &[(&str, &str, &str, &str)] = &[
    ("get", OWN_KEY, "retrieve-own-key", "Says what the key is that the request presents."),
    (
        "get",
        "/tollgate/requests/{request_id}",
        "retrieve-request",
        "Retrieves the record of a request of the key's project.",
    ),
    ("post", "/tollgate/explain", "explain", "Names the cause of an error, a log line or a failed request."),
    (
        "post",
        "/tollgate/models/check",
        "check-model",
        "Says whether a call of a model would be allowed, without calling it.",
    ),
];

const OWN_KEY: &str = "/tollgate/key";

/// The document.
#[must_use]
pub fn document() -> Json {
    let mut paths: Map<String, Json> = Map::new();
    for endpoint in endpoints() {
        let path = paths.entry(described(endpoint.path)).or_insert_with(|| json!({}));
        path[endpoint.method.name().to_lowercase()] = operation(endpoint);
    }
    for (method, path, name, doc) in SERVING {
        paths.entry(*path).or_insert_with(|| json!({}))[*method] = of_serving(method, path, name, doc);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tollgate",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Administration: OpenAI's Admin API and what Tollgate adds to it. How errors look is the same \
                everywhere; /errors explains each cause.",
        },
        "servers": [{ "url": "/v1" }],
        "security": [{ "admin_key": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "admin_key": { "type": "http", "scheme": "bearer", "description": "An admin key, `sk-tg-admin-…`." },
                "project_key": { "type": "http", "scheme": "bearer", "description": "A key of a project, `sk-tg-…`." },
            },
            "headers": {
                "idempotent-replayed": {
                    "description": "`true`: answered before, to the same `Idempotency-Key`, and not done again.",
                    "schema": { "const": "true" },
                },
            },
            "schemas": { "Error": error() },
        },
    })
}

fn operation(endpoint: &Endpoint) -> Json {
    let mut parameters = of_path(endpoint.path);
    parameters.extend(endpoint.query.iter().map(of_query));
    let mut operation = json!({
        "operationId": endpoint.name,
        "summary": endpoint.doc,
        "description": needed(endpoint.needs),
        "tags": [tag(endpoint.path)],
        "responses": responses(endpoint),
    });
    if is_once(endpoint) {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "A request that is repeated with the same key within 24 hours gets the same answer, and nothing is done.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
        }));
    }
    if !endpoint.body.is_empty() {
        operation["requestBody"] = json!({
            "required": endpoint.body.iter().any(|field| field.required),
            "content": { "application/json": { "schema": shape::schema(endpoint.body, true) } },
        });
    }
    operation["parameters"] = parameters.into();
    if endpoint.needs == Needs::Nothing {
        operation["security"] = json!([]);
    }
    operation
}

/// Whether an `Idempotency-Key` lets it be done once.
fn is_once(endpoint: &Endpoint) -> bool {
    endpoint.method == Method::Post && !matches!(endpoint.does, Does::Errand(_))
}

fn of_serving(method: &str, path: &str, name: &str, doc: &str) -> Json {
    let mut operation = json!({
        "operationId": name,
        "summary": doc,
        "tags": ["tollgate"],
        "security": [{ "project_key": [] }],
        "parameters": of_path(path),
        "responses": failures(&["400", "401", "403", "404", "408", "413", "415", "429", "503"]),
    });
    let found = match path {
        OWN_KEY => json!({ "anyOf": [own_key::described(), shape::schema(OF_ADMINISTRATOR, false)] }),
        _ => json!({ "type": "object" }),
    };
    if path == OWN_KEY {
        operation["security"] = json!([{ "project_key": [] }, { "admin_key": [] }]);
    }
    operation["responses"]["200"] = answer("What was found.", &found);
    if method == "post" {
        let any = json!({ "schema": { "type": "object" } });
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": any } });
    }
    operation
}

fn needed(needs: Needs) -> String {
    match needs {
        Needs::InOrganization(permission) => format!("Needs `{}` in the organization.", permission.name()),
        Needs::InProject(permission) => format!("Needs `{}` in the project.", permission.name()),
        Needs::Somewhere(permission) => format!("Needs `{}` in the organization or in a project.", permission.name()),
        Needs::Oneself => "For whoever has signed in, or has an admin key without scopes: about himself.".to_owned(),
        Needs::Operator => "Needs the scope `operator`.".to_owned(),
        Needs::Nothing => "Needs no credential: what is sent shows who asks.".to_owned(),
    }
}

/// A path as OpenAPI writes it, which has no word for a name with slashes.
fn described(path: &str) -> String {
    path.replace("{+", "{")
}

/// The noun that a path is about: its last word that is not an act.
fn tag(path: &str) -> &str {
    let mut words = path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
    let last = words.next_back().unwrap_or_default();
    match last {
        "archive" | "accept" | "rotate" | "revoke" => words.next_back().unwrap_or(last),
        _ => last,
    }
}

fn of_path(path: &str) -> Vec<Json> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| name.trim_start_matches('+'))
        .map(|name| {
            let schema = json!({ "type": "string", "minLength": 1 });
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect()
}

fn of_query(parameter: &Parameter) -> Json {
    let Parameter { name, kind, doc } = parameter;
    let time = json!({ "type": "integer", "minimum": 0, "maximum": shape::TIME_MAX });
    let (name, schema) = match kind {
        ParameterKind::Text => ((*name).to_owned(), json!({ "type": "string", "minLength": 1 })),
        ParameterKind::Time => ((*name).to_owned(), time),
        ParameterKind::Word(words) => ((*name).to_owned(), json!({ "type": "string", "enum": words })),
        ParameterKind::Bool => ((*name).to_owned(), json!({ "type": "boolean" })),
        ParameterKind::Integer(least, most, usual) => {
            let mut schema = json!({ "type": "integer", "minimum": least, "maximum": most });
            if let Some(usual) = usual {
                schema["default"] = (*usual).into();
            }
            ((*name).to_owned(), schema)
        }
        ParameterKind::Texts => (
            format!("{name}[]"),
            json!({ "type": "array", "maxItems": 100, "items": { "type": "string", "minLength": 1 } }),
        ),
        ParameterKind::Times => {
            let members = json!({ "gt": time, "gte": time, "lt": time, "lte": time });
            let schema = json!({ "type": "object", "properties": members, "additionalProperties": false });
            return json!({
                "name": name, "in": "query", "required": false, "description": doc, "schema": schema,
                "style": "deepObject", "explode": true,
            });
        }
    };
    json!({ "name": name, "in": "query", "required": false, "description": doc, "schema": schema })
}

fn responses(endpoint: &Endpoint) -> Json {
    let schema = match endpoint.answer {
        Shape::One(fields) => shape::schema(fields, false),
        Shape::Page(envelope, fields) => page(envelope, &shape::schema(fields, false)),
    };
    let mut failed = vec!["400", "401", "403", "404", "503"];
    if matches!(endpoint.does, Does::Write(_) | Does::Enter(_) | Does::Prove(_)) {
        failed.push("409");
    }
    if endpoint.method == Method::Post {
        failed.extend(["408", "413", "415"]);
    }
    if endpoint.needs == Needs::Nothing || matches!(endpoint.does, Does::Prove(_)) {
        failed.push("429");
    }
    if is_once(endpoint) {
        failed.push("422");
    }
    let mut responses = failures(&failed);
    responses["200"] = answer("What was asked for, or what has been done.", &schema);
    if is_once(endpoint) {
        let header = json!({ "$ref": "#/components/headers/idempotent-replayed" });
        responses["200"]["headers"] = json!({ "idempotent-replayed": header });
    }
    responses
}

fn page(envelope: Envelope, one: &Json) -> Json {
    let id = json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] });
    let mut properties = json!({
        "object": { "const": "list" },
        "data": { "type": "array", "items": one },
        "has_more": { "type": "boolean" },
    });
    let further: &[&str] = match envelope {
        Envelope::Ids => &["first_id", "last_id"],
        Envelope::Next => &["next"],
    };
    let mut required = vec!["object", "data", "has_more"];
    for name in further {
        properties[*name] = id.clone();
        required.push(name);
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn answer(description: &str, schema: &Json) -> Json {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn failures(statuses: &[&str]) -> Json {
    let mut all = Map::new();
    for status in statuses {
        let description = match *status {
            "400" => "The request is not as it has to be.",
            "401" => "No key, or not one that is let in here.",
            "403" => "Whoever asks may not do this.",
            "404" => "There is nothing of this id in the organization.",
            "408" => "The request did not arrive in time.",
            "409" => "The present state excludes it, or a request with this Idempotency-Key is in progress.",
            "413" => "The body is too large.",
            "415" => "The body is not JSON.",
            "422" => "The Idempotency-Key was used for another request.",
            "429" => "Too many requests.",
            _ => "Not available at the moment; `Retry-After` says when to try again.",
        };
        all.insert((*status).to_owned(), answer(description, &json!({ "$ref": "#/components/schemas/Error" })));
    }
    Json::Object(all)
}

/// OpenAI's error object, with the diagnosis that every error of Tollgate has unless it is asked to leave it out.
fn error() -> Json {
    let text_or_null = json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] });
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["message", "type", "param", "code"],
                "properties": {
                    "message": { "type": "string", "minLength": 1 },
                    "type": { "type": "string" },
                    "param": text_or_null,
                    "code": text_or_null,
                    "diagnosis": {
                        "type": "object",
                        "required": ["cause", "party", "evidence", "remedy", "retry", "docs"],
                        "properties": {
                            "cause": { "type": "string", "description": "Its page is /errors/{cause}." },
                            "party": { "type": "string", "enum": ["caller", "gateway", "provider", "network"] },
                            "evidence": { "type": "array", "items": { "type": "string" } },
                            "remedy": { "type": "string" },
                            "retry": { "anyOf": [{ "type": "boolean" }, { "type": "null" }] },
                            "docs": { "type": "string" },
                        },
                    },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_described_once_with_its_path_s_names() {
        let document = document();

        for endpoint in endpoints() {
            let operation = &document["paths"][described(endpoint.path)][endpoint.method.name().to_lowercase()];
            assert_eq!(operation["operationId"], endpoint.name);
            let parameters = operation["parameters"].as_array().unwrap();
            let in_path = parameters.iter().filter(|one| one["in"] == "path").count();
            assert_eq!(in_path, endpoint.path.matches('{').count(), "{}", endpoint.path);
            assert_eq!(operation["requestBody"].is_object(), !endpoint.body.is_empty(), "{}", endpoint.name);
        }
    }

    #[test]
    fn a_page_has_the_members_of_its_envelope() {
        let of = |path: &str| {
            let document = document();
            document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["required"]
                .clone()
        };

        assert_eq!(of("/organization/projects"), json!(["object", "data", "has_more", "first_id", "last_id"]));
        assert_eq!(of("/organization/groups"), json!(["object", "data", "has_more", "next"]));
    }
}
