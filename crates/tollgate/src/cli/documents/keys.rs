//! Documents about keys, credentials and the server's own secrets.

use super::{Document, Shape};

/// A key.
pub static KEY: Document = Document {
    object: "tollgate.key",
    commands: &["keys create", "keys show", "keys disable", "keys enable", "keys expire", "keys rotate", "keys revoke"],
    shape: Shape::Members(&[
        ("id", "`key_…`"),
        ("name", "what its owner calls it"),
        ("value", "the secret; only from `create` and `rotate`, absent elsewhere"),
        ("redacted_value", "how the secret begins and ends"),
        ("project", "`proj_…`"),
        ("organization", "`org-…`"),
        ("status", "`active`, `disabled`, `expired` or `revoked`"),
        ("imported", "whether it was taken over by its digest"),
        ("scopes", "what it may do; empty means everything"),
        ("models_allow", "patterns of models it may use; empty means all"),
        ("models_deny", "patterns of models it may not use"),
        ("regions", "patterns of regions in which its calls may be served; empty means everywhere"),
        ("tier", "the models that need a tier it may use up to this one; 0 means none"),
        ("addresses", "networks from which it may be used; none means from anywhere"),
        ("expires_at", "Unix seconds"),
        ("replaced_works_until", "Unix seconds until which the secret before the last rotation works"),
        ("created_at", "Unix seconds"),
        ("updated_at", "Unix seconds of the last change"),
        ("last_used_at", "Unix seconds, up to ten seconds late"),
        ("last_used_address", "from where"),
        ("last_used_client", "by what, from its `User-Agent`"),
        ("metadata", "texts kept beside it, by name"),
    ]),
};

/// Several keys.
pub static KEYS: Document =
    Document { object: "tollgate.key_list", commands: &["keys list"], shape: Shape::List(&KEY) };

/// What an import did.
pub static IMPORT: Document = Document {
    object: "tollgate.key_import",
    commands: &["keys import"],
    shape: Shape::Members(&[
        ("dry_run", "whether nothing was written"),
        ("added", "how many keys are new"),
        ("present", "how many were there already"),
        ("keys[].line", "where in the file"),
        ("keys[].name", "what it is called"),
        ("keys[].id", "`key_…`; null for a new one in a dry run"),
        ("keys[].outcome", "`added` or `present`"),
        ("keys[].differs", "what of a present one is not as in the file"),
    ]),
};

/// A stored credential.
static CREDENTIAL: Document = Document {
    object: "tollgate.credential",
    commands: &[],
    shape: Shape::Members(&[
        ("name", "what settings call it"),
        ("created_at", "Unix seconds"),
        ("updated_at", "Unix seconds"),
    ]),
};

/// The stored credentials.
pub static CREDENTIALS: Document =
    Document { object: "tollgate.credential_list", commands: &["credentials list"], shape: Shape::List(&CREDENTIAL) };

/// A server that somebody has signed in to.
static CONTEXT: Document = Document {
    object: "tollgate.context",
    commands: &[],
    shape: Shape::Members(&[
        ("name", "under which `tollgate login` kept it"),
        ("url", "base URL of the server's API"),
        ("is_current", "whether commands administer it where nothing else is named"),
    ]),
};

/// Servers that somebody has signed in to.
pub static CONTEXTS: Document =
    Document { object: "tollgate.context_list", commands: &["contexts list"], shape: Shape::List(&CONTEXT) };

/// The server's own secrets.
pub static SECRETS: Document = Document {
    object: "tollgate.secrets",
    commands: &["secrets check"],
    shape: Shape::Members(&[
        ("pepper.file", "where it is"),
        ("pepper.keys", "how many keys are digested under it"),
        ("pepper.rotations", "how often it was rotated"),
        ("master_key.file", "where it is"),
        ("master_key.credentials", "how many credentials are encrypted under it"),
    ]),
};

/// A rotation of one of them.
pub static ROTATION: Document = Document {
    object: "tollgate.rotation",
    commands: &["secrets rotate-pepper", "secrets rotate-master-key"],
    shape: Shape::Members(&[
        ("rotated", "which file"),
        ("keys", "how many keys it is for; only of the pepper"),
        ("credentials", "how many credentials were encrypted anew; only of the master key"),
    ]),
};
