//! `GET /v1/tollgate/key`, where what is presented is an admin key or the token of a session.
//!
//! In: the token. Out: whose it is, what it may, when it ends and when it was last used; never the token. Like its sibling for
//! keys of projects it is not in the table of endpoints: the same path answers both.

use serde_json::{Value as Json, json};
use tollgate_store::admin::admin_keys;
use tollgate_store::admin::sessions;

use super::shape::{Field, Kind, TIME};
use crate::office::Office;
use crate::principal::{By, Principal};
use crate::refusal::Refusal;
use crate::use_cases::admin_keys::OPERATOR;

pub(super) const OF_ADMINISTRATOR: &[Field] = &[
    Field::new("object", Kind::Word(&["tollgate.admin_key", "tollgate.session"]), "What was presented."),
    Field::new("id", Kind::Text(64), "Its id: `key_` or `sess_` and letters and digits."),
    Field::nullable("name", Kind::Text(100), "What its owner calls it; `null` of a session."),
    Field::new("created_at", TIME, "When it was made, in Unix seconds."),
    Field::nullable("expires_at", TIME, "From when it is refused, in Unix seconds."),
    Field::nullable(
        "last_used_at",
        TIME,
        "When it was last used, in Unix seconds, up to a minute late; `null` of a session.",
    ),
    Field::nullable("scopes", Kind::Texts(64, 64), "What it may do of what its owner may; `null` is all of that."),
    Field::new("is_operator", Kind::Bool, "Whether it operates the server at this moment."),
    Field::new("owner", Kind::Free, "Whose it is: `id`, `email`, `name`, `role`."),
    Field::new("organization", Kind::Text(64), "The organization's id."),
];

/// What a token of administration is at `now` (Unix seconds), and the id by which it is known, where it lets in.
///
/// # Errors
/// It lets nobody in, or the database does not answer.
pub fn describe_administrator(office: &Office, token: &str, now: i64) -> (Option<String>, Result<Json, Refusal>) {
    match Principal::of_token(&office.database, &office.secrets.pepper, token, now) {
        Ok(principal) => (Some(principal.id().to_owned()), described(office, &principal)),
        Err(error) => (None, Err(error.into())),
    }
}

fn described(office: &Office, principal: &Principal) -> Result<Json, Refusal> {
    let missing = || Refusal::missing("admin key", principal.id());
    let mut told = match &principal.by {
        By::Session(id) => {
            let session = sessions::presented(&office.database, id)?.ok_or_else(missing)?;
            json!({
                "object": "tollgate.session",
                "id": session.id,
                "name": null,
                "created_at": session.created_at,
                "expires_at": session.expires_at,
                "last_used_at": null,
                "scopes": null,
            })
        }
        // Whoever holds the data directory has presented nothing.
        By::AdminKey(_) | By::DataDirectory => {
            let key = admin_keys::presented(&office.database, principal.id())?.ok_or_else(missing)?;
            let mut scopes = key.scopes;
            if let Some(scopes) = scopes.as_mut().filter(|_| key.is_operator) {
                scopes.push(OPERATOR.to_owned());
            }
            json!({
                "object": "tollgate.admin_key",
                "id": key.id,
                "name": key.name,
                "created_at": key.created_at,
                "expires_at": key.expires_at,
                "last_used_at": key.last_used_at,
                "scopes": scopes,
            })
        }
    };
    let user = &principal.user;
    told["is_operator"] = principal.is_operator.into();
    told["owner"] = json!({ "id": user.id, "email": user.email, "name": user.name, "role": user.role });
    told["organization"] = principal.organization.id.as_str().into();
    Ok(told)
}
