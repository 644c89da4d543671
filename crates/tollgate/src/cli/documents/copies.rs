//! Documents of `backup`, `restore` and `migrate status`.

use super::{Document, Shape};

/// Copies that were made.
pub static BACKUP: Document = Document {
    object: "tollgate.backup",
    commands: &["backup"],
    shape: Shape::Members(&[
        ("folder", "where they are"),
        ("files[].file", "name of the database"),
        ("files[].bytes", "its size"),
        ("needs", "the files with the secrets that a restore needs; they are not in the folder"),
    ]),
};

/// Copies that were put in place.
pub static RESTORE: Document = Document {
    object: "tollgate.restore",
    commands: &["restore"],
    shape: Shape::Members(&[
        ("data_dir", "the data directory"),
        ("files[].file", "name of the database"),
        ("files[].bytes", "its size"),
    ]),
};

/// The version of one database.
static MIGRATION: Document = Document {
    object: "tollgate.migration",
    commands: &[],
    shape: Shape::Members(&[
        ("file", "name of the database"),
        ("found", "its version; null where there is none yet"),
        ("known", "the version of this program"),
        ("state", "`current`, `behind` (a start brings it to this version), `newer` (refused) or `absent`"),
    ]),
};

/// The versions of all databases.
pub static MIGRATIONS: Document =
    Document { object: "tollgate.migration_list", commands: &["migrate status"], shape: Shape::List(&MIGRATION) };
