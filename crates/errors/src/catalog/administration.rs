//! Causes in administration: who may change what, and why an act did not happen.

use super::credentials::INCORRECT_KEY;
use super::sentences::SCOPES;
use crate::cause::{Party, Retry, Wire};

const CONFLICT: Wire = Wire::new(409, "invalid_request_error", Some("conflict"), "{what}.");
const LOCKED: Wire =
    Wire::new(409, "invalid_request_error", Some("configuration_locked"), "The {kind} '{id}' is defined in {place}.");
const WRONG: Wire = Wire::new(
    400,
    "invalid_request_error",
    Some("configuration_refused"),
    "The configuration would be wrong with this change.",
);
const NOT_IN_FORCE: Wire = Wire::new(
    503,
    "server_error",
    Some("configuration_not_in_force"),
    "The change is stored, and the server could not take it up.",
);
const MISSING: Wire = Wire::new(404, "invalid_request_error", Some("not_found"), "No {kind} found with id '{id}'.");
const IN_USE: Wire = Wire::new(
    409,
    "idempotency_error",
    Some("idempotency_key_in_use"),
    "There is another request in progress with this Idempotency-Key.",
);
const REUSED: Wire = Wire::new(
    422,
    "idempotency_error",
    Some("idempotency_key_reused"),
    "This Idempotency-Key was used before with another request.",
);
const AWAY: Wire = Wire::new(
    503,
    "server_error",
    Some("administration_unavailable"),
    "Administration is not available at the moment.",
);

const UNSURE: Wire =
    Wire::new(503, "server_error", Some("keys_unavailable"), "The API key could not be checked at the moment.");
const TOOL_DENIED: Wire = Wire::new(
    403,
    "invalid_request_error",
    Some("hosted_tool_not_allowed"),
    "Project `{project}` is not allowed to use the hosted tool '{tool}'.",
);

const SIGN_IN: Wire =
    Wire::new(401, "invalid_request_error", Some("sign_in_failed"), "The address or the password is wrong.");
const ATTEMPTS: Wire =
    Wire::new(429, "invalid_request_error", Some("sign_in_attempts"), "Too many attempts to sign in.");
const ENDED: Wire = Wire::new(401, "invalid_request_error", Some("session_ended"), "The session has ended.");

causes! {
    Access:

    SERVING_KEY_ON_ADMIN {
        slug: "serving_key_on_admin",
        title: "A project's key was used for administration",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: Wire::invalid(401, SCOPES),
        explanation: "The key belongs to a project and calls models; it administers nothing.",
        remedy: "Use an admin key, which begins with `sk-tg-admin-`; an owner creates one with `tollgate admin-keys \
            create`.",
        reasons: &[
            "OPENAI_API_KEY and OPENAI_ADMIN_KEY were mixed up",
            "The program has one variable for both kinds of keys",
        ],
        checks: &["Look at the key's beginning: an admin key begins with `sk-tg-admin-`, a project's with `sk-tg-`"],
        remedies: &["Put an admin key into OPENAI_ADMIN_KEY", "Ask an owner of the organization for an admin key"],
        retry_advice: "Repeating it does not help: use an admin key.",
        recognised: "The key is one of a project, and the path one of administration.",
        example: "You have insufficient permissions for this operation. Missing scopes: api.projects.read. The key \
            belongs to a project and calls models; it administers nothing.",
        related: &["admin_key_on_serving", "admin_permission_missing"],
    }

    ADMIN_PERMISSION_MISSING {
        slug: "admin_permission_missing",
        title: "The administrator may not do this",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403],
        wire: Wire::invalid(403, SCOPES),
        explanation: "[[{what}||{who} lacks `{scopes}` {place}||Whoever asks lacks `{scopes}`||Whoever asks lacks a permission]].",
        remedy: "[[{fix}||Ask an owner of the organization for a role that has it, or use a key whose scopes include it]].",
        reasons: &[
            "The owner of the key is a reader, or has a role of one project alone",
            "The admin key was made with scopes that leave this out",
            "The owner's role was changed after the key was made: a key never may more than its owner",
            "What is to be granted goes beyond what the one who grants it may do",
        ],
        checks: &[
            "Compare the permission in the message with the scopes of the key",
            "Look at the owner's role in the organization and in the project",
        ],
        remedies: &["Let an owner assign a role that has the permission", "Create an admin key with wider scopes"],
        retry_advice: "Repeating it does not help: another role or key is needed.",
        recognised: "An admin key or a session is valid, and its owner may not do what is asked.",
        example: "You have insufficient permissions for this operation. Missing scopes: api.projects.write. The admin \
            key key_3fA0dLq9Zk1x lacks `api.projects.write` in the organization.",
        related: &["serving_key_on_admin", "key_insufficient_scopes"],
    }

    ADMIN_OBJECT_NOT_FOUND {
        slug: "admin_object_not_found",
        title: "There is no such object in the organization",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: MISSING,
        explanation: "[[{holder}||The organization]] has no [[{kind}||object]] of this id.",
        remedy: "Take the id from the list of the same kind.",
        reasons: &[
            "The id was mistyped or cut",
            "It was deleted",
            "It belongs to another organization or project: what is another's does not show",
            "It is the id of something else",
        ],
        checks: &["List the objects of this kind and compare", "Compare the id's beginning with what the path expects"],
        remedies: &["Correct the id", "Use an admin key of the organization to which it belongs"],
        retry_advice: "Repeating it does not help: correct the id.",
        recognised: "A path of administration names an id that the organization does not have.",
        example: "No project found with id 'proj_abc'. The organization has no project of this id.",
        related: &["admin_permission_missing", "endpoint_not_found"],
    }

    ADMIN_CONFLICT {
        slug: "admin_conflict",
        title: "The act contradicts what there is",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[409],
        wire: CONFLICT,
        explanation: "The act contradicts what there is, and nothing was changed[[: {why}]].",
        remedy: "[[{fix}||Retrieve the object, and change what stands in the way of the act first]].",
        reasons: &[
            "The name or the address is taken already",
            "It would leave the organization without an owner",
            "The project is archived, or the key is revoked",
            "The object is defined by the file of settings",
        ],
        checks: &["Retrieve the object and look at its state", "List the others, and look for the name"],
        remedies: &["Choose another name", "Make somebody else an owner first", "Change the file of settings"],
        retry_advice: "Repeating it does not help until what stands in the way has changed.",
        recognised: "An act of administration is well formed and allowed, and the present state excludes it.",
        example: "The name 'web' is taken. The act contradicts what there is, and nothing was changed: another project \
            of the organization is called so.",
        related: &["admin_object_not_found"],
    }

    CONFIGURATION_LOCKED {
        slug: "configuration_locked",
        title: "The configuration file defines the object",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[409],
        wire: LOCKED,
        explanation: "What the configuration file defines is not changed over the API, and nothing was changed.",
        remedy: "Change it in the file[[ ({place})]], or take it out there and set it over the API; the server reads the file \
            again by itself.",
        reasons: &[
            "The provider or the model stands in the server's configuration file",
            "An import has other settings for it than the file",
        ],
        checks: &["Retrieve the object: `origin` says in which file and line it is", "Look at `tollgate config show --origin`"],
        remedies: &["Change the file", "Take the section out of the file, and create the object over the API"],
        retry_advice: "Repeating it does not help until the file has changed.",
        recognised: "A provider or a model that the configuration file defines is to be changed, deleted or imported \
            differently.",
        example: "The provider 'openai' is defined in /etc/tollgate/tollgate.toml:12. What the configuration file defines is not \
            changed over the API, and nothing was changed.",
        related: &["configuration_refused", "admin_conflict"],
    }

    CONFIGURATION_REFUSED {
        slug: "configuration_refused",
        title: "The configuration would be wrong with this change",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: WRONG,
        explanation: "Every setting is checked together with the change, and nothing was changed[[: {what}]].",
        remedy: "Correct what the evidence names; docs/configuration.md has every setting.",
        reasons: &[
            "A setting is not known, or its value is not allowed",
            "A deployment names a provider that is not there, or a fallback a model that is not there",
            "A provider is to go that a model still uses",
            "A credential is not stored, or a reference to the server's environment or files was sent over the API",
        ],
        checks: &[
            "Read the evidence: one line for each setting that is wrong",
            "List providers, models and credentials, and compare their names",
        ],
        remedies: &[
            "Correct the settings",
            "Store the credential first, and name it as `{ \"stored\": \"NAME\" }`",
            "Import several objects that need each other at once",
        ],
        retry_advice: "Repeating it does not help until the settings are right.",
        recognised: "The settings of the server, read with the change, have mistakes.",
        example: "The configuration would be wrong with this change. Every setting is checked together with the change, and \
            nothing was changed: models.web.deployments[0].provider: wrong value; found: \"opnai\", which is no provider; did you \
            mean \"openai\"?.",
        related: &["configuration_locked", "param_unknown"],
    }

    CONFIGURATION_NOT_IN_FORCE {
        slug: "configuration_not_in_force",
        title: "A change of the configuration is stored and not in force",
        party: Party::Gateway,
        retry: Retry::No,
        statuses: &[503],
        wire: NOT_IN_FORCE,
        explanation: "It goes on with the settings that it had before; its log says what is wrong.",
        remedy: "Mend what the log names; the server takes the change up as soon as its settings can be read.",
        reasons: &[
            "The configuration file was changed at the same moment, and is wrong",
            "Something else that was set over the API cannot be used any more",
            "The server is stopping",
        ],
        checks: &["Read the gateway's log", "Run `tollgate config check`"],
        remedies: &["Mend the configuration file", "Delete or change what the log names"],
        retry_advice: "Repeating it does not help: the change is stored.",
        recognised: "This gateway has committed a change of its configuration, and its settings could not be read afterwards.",
        example: "The change is stored, and the server could not take it up. It goes on with the settings that it had before; \
            its log says what is wrong.",
        related: &["configuration_refused", "administration_unavailable"],
    }

    IDEMPOTENCY_KEY_IN_USE {
        slug: "idempotency_key_in_use",
        title: "A request with this Idempotency-Key is still running",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[409],
        wire: IN_USE,
        explanation: "The first request with it has not ended.",
        remedy: "Wait for the first answer, or ask again [[after {delay}||in a moment]]: then the same answer comes.",
        reasons: &["The client timed out and tried again", "Two workers took the same job"],
        checks: &["Look whether two requests were sent at the same time with one key"],
        remedies: &["Repeat the request after a moment"],
        retry_advice: "Repeating it helps once the first request has ended.",
        recognised: "This gateway answers 409 to a POST whose Idempotency-Key belongs to a request in progress.",
        example: "There is another request in progress with this Idempotency-Key.",
        related: &["idempotency_key_reused"],
    }

    IDEMPOTENCY_KEY_REUSED {
        slug: "idempotency_key_reused",
        title: "The Idempotency-Key was used for another request",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[422],
        wire: REUSED,
        explanation: "Its first request had another method, path or body, and within 24 hours a key stands for one \
            request.",
        remedy: "Send a new Idempotency-Key with a new request, and the old one only with the very same bytes.",
        reasons: &[
            "The key is a constant in the program",
            "The body was changed, or its fields put in another order, before it was sent again",
        ],
        checks: &["Compare both bodies byte by byte", "Look where the program makes the key"],
        remedies: &["Draw a new UUID per act", "Send the stored bytes again, unchanged"],
        retry_advice: "Repeating it does not help: use a new key.",
        recognised: "This gateway answers 422 to a POST whose Idempotency-Key it knows with another body.",
        example: "This Idempotency-Key was used before with another request.",
        related: &["idempotency_key_in_use"],
    }

    ADMINISTRATION_UNAVAILABLE {
        slug: "administration_unavailable",
        title: "Administration is not available at the moment",
        party: Party::Gateway,
        retry: Retry::Yes,
        statuses: &[503],
        wire: AWAY,
        explanation: "[[{what}||The database does not answer]]; nothing was changed, and known keys go on working.",
        remedy: "Try again [[after {delay}||later]]; operators find the reason in the log.",
        reasons: &[
            "Another process holds the database's lock",
            "The disk is full or cannot be read",
            "Many administrative requests came at once",
        ],
        checks: &["Read the gateway's log for the error of the database", "Look for processes that have it open"],
        remedies: &["Repeat the request", "Make room on the disk, or end the process that locks tollgate.db"],
        retry_advice: "Repeating it helps once the database answers again.",
        recognised: "This gateway answers 503 on a path of administration.",
        example: "Administration is not available at the moment. The database does not answer; nothing was changed, \
            and known keys go on working.",
        related: &["records_unavailable"],
    }

    KEYS_UNAVAILABLE {
        slug: "keys_unavailable",
        title: "Whether the key is new cannot be seen at the moment",
        party: Party::Gateway,
        retry: Retry::Yes,
        statuses: &[503],
        wire: UNSURE,
        explanation: "The key is not known here, and the database does not answer: it may have been made a moment ago, \
            and known keys go on working.",
        remedy: "Try again [[after {delay}||later]]; operators find the reason in the log.",
        reasons: &[
            "The key was made while the database did not answer, or right before",
            "The key is wrong, which cannot be told until the database answers",
        ],
        checks: &["Read the gateway's log for the error of the database", "Try a key that has worked before"],
        remedies: &["Repeat the request", "Make room on the disk, or end the process that locks tollgate.db"],
        retry_advice: "Repeating it helps once the database answers again.",
        recognised: "This gateway answers 503 to a key that it does not know while its database does not answer.",
        example: "The API key could not be checked at the moment. The key is not known here, and the database does not \
            answer: it may have been made a moment ago, and known keys go on working.",
        related: &["administration_unavailable", "key_invalid"],
    }

    HOSTED_TOOL_DENIED {
        slug: "hosted_tool_denied",
        title: "The project may not use this hosted tool",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403],
        wire: TOOL_DENIED,
        explanation: "[[{what}, and the||The]] hosted tool permissions of the project switch [[`{tool}`||it]] off.",
        remedy: "Leave the tool out, or let an administrator switch it on in the hosted tool permissions of the project.",
        reasons: &[
            "An administrator has switched the tool off for the project",
            "The key belongs to another project than was meant",
            "A framework adds hosted tools by itself",
        ],
        checks: &["Retrieve the hosted tool permissions of the project", "Look at `tools` in the body of the request"],
        remedies: &["Send the request without the tool", "Switch the tool on for the project, or use another project"],
        retry_advice: "Repeating it does not help: leave the tool out, or switch it on.",
        recognised: "The request names a hosted tool that its project may not use.",
        example: "Project `proj_demo` is not allowed to use the hosted tool 'web_search'. `tools[0]` is of type \
            `web_search`, and the hosted tool permissions of the project switch `web_search` off.",
        related: &["project_lacks_model", "key_insufficient_scopes"],
    }

    KEY_OWNER_WITHOUT_ACCESS {
        slug: "key_owner_without_access",
        title: "The key's owner may not use the project",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: INCORRECT_KEY,
        explanation: "The key is right, but its owner may not use its project.",
        remedy: "Use a key of your own, or one of a service account; it works again once its owner is back in the project.",
        reasons: &[
            "The owner was removed from the project or the organization",
            "A service account was created without a role",
            "A program uses the key of a person who has left",
        ],
        checks: &["List the project's keys with owner_project_access=inactive", "List the users of the project"],
        remedies: &["Create a key of a service account for the program", "Add the owner to the project again"],
        retry_advice: "Repeating it does not help until the owner may use the project again.",
        recognised: "A key of ours is presented whole, and its owner is not in its project.",
        example: "Incorrect API key provided: sk-tg-3f********************************************aB3d. The key is \
            right, but its owner may not use its project.",
        related: &["key_disabled", "project_archived"],
    }

    SIGN_IN_FAILED {
        slug: "sign_in_failed",
        title: "The address or the password is wrong",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: SIGN_IN,
        explanation: "Nobody who may sign in there has this address and this password.",
        remedy: "Check both, and the organization where one is named; `tollgate owner create` on the server sets a \
            password anew.",
        reasons: &[
            "The password was mistyped",
            "The address is that of nobody who has accepted an invite",
            "The user was removed from the organization",
            "The user has no password yet: the first owner has only an admin key until one is set",
        ],
        checks: &["Look at the list of users for the address", "Look for login.failed in the audit log"],
        remedies: &[
            "Type the password again",
            "Accept the invite first",
            "Set a password with `tollgate owner create` on the data directory",
        ],
        retry_advice: "Repeating it does not help: correct the address or the password.",
        recognised: "This gateway answers 401 to a POST of a session or of another password; an unknown address and a wrong password are answered \
            alike.",
        example: "The address or the password is wrong. Nobody who may sign in there has this address and this password.",
        related: &["sign_in_attempts", "session_ended"],
    }

    SIGN_IN_ATTEMPTS {
        slug: "sign_in_attempts",
        title: "Too many attempts to sign in",
        party: Party::Caller,
        retry: Retry::Yes,
        statuses: &[429],
        wire: ATTEMPTS,
        explanation: "Attempts are counted for five minutes, by the user's address and by where they come from, so that \
            passwords cannot be guessed.",
        remedy: "Try again [[after {delay}||in five minutes]], with the right password.",
        reasons: &[
            "The password was mistyped several times",
            "A program signs in again and again with an old password",
            "Somebody guesses passwords",
        ],
        checks: &["Look for login.failed in the audit log, and at the addresses there"],
        remedies: &["Wait as long as Retry-After says", "Give programs an admin key instead of a password"],
        retry_advice: "Repeating it helps once the time in Retry-After has passed.",
        recognised: "This gateway answers 429 to a POST of a session or of another password, or to the acceptance of an invite.",
        example: "Too many attempts to sign in. Try again after 295 seconds, with the right password.",
        related: &["sign_in_failed"],
    }

    SESSION_ENDED {
        slug: "session_ended",
        title: "The session has ended",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: ENDED,
        explanation: "The token was one of a session, and the session [[ended on {date}||is not known any more]].",
        remedy: "Sign in again, with `tollgate login` or POST /v1/tollgate/sessions.",
        reasons: &[
            "Its date has passed",
            "Its user signed out, or set another password",
            "Its user was removed from the organization",
        ],
        checks: &["Compare the date of the session with the clock", "Look for logout.succeeded in the audit log"],
        remedies: &["Sign in again", "Give programs an admin key, which lasts longer"],
        retry_advice: "Repeating it does not help: sign in again.",
        recognised: "A token that begins with `tg-session-` is whole, and no session of this server has it.",
        example: "The session has ended. The token was one of a session, and the session is not known any more. Sign in again, \
            with `tollgate login` or POST /v1/tollgate/sessions.",
        related: &["sign_in_failed"],
    }

    PROJECT_ARCHIVED {
        slug: "project_archived",
        title: "The key's project is archived",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: INCORRECT_KEY,
        explanation: "The key is right, but its project [[was archived on {date}||is archived]], and none of its keys \
            works any more.",
        remedy: "Use a key of another project; an archived one cannot be opened again.",
        reasons: &["Somebody has archived the project", "The program still has the key of a project that has ended"],
        checks: &["List the projects with include_archived and look for the project of the key"],
        remedies: &["Create a key in a project that is in use"],
        retry_advice: "Repeating it does not help: use a key of another project.",
        recognised: "A key of ours is presented whole, and its project has a date of archiving.",
        example: "Incorrect API key provided: sk-tg-3f********************************************aB3d. The key is \
            right, but its project was archived on 2026-11-21, and none of its keys works any more.",
        related: &["key_disabled", "key_revoked"],
    }
}
