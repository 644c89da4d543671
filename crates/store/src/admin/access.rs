//! Whose keys may be used: a key of a user works in a project only as long as he may use that project.
//!
//! In: a user whose memberships, groups or roles have changed. Out: `keys.owner_has_access` as it has to be from then on, under a new
//! revision, so that serving threads follow. Who may use a project: an owner of the organization, a member of the project, a
//! member of a group that is in it, and whoever has a role in it, himself or through a group.

use crate::database::{Database, StoreError};

/// Whether a user may use a project; `$project` and `$user` name columns or parameters, in the order in which they stand here.
macro_rules! may_use {
    ($project:literal, $user:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM projects p JOIN members m ON m.organization = p.organization
                WHERE p.row_id = ",
            $project,
            " AND m.user_row = ",
            $user,
            " AND (m.role = 'owner'
                OR EXISTS (SELECT 1 FROM project_members pm WHERE pm.project = p.row_id AND pm.user_row = m.user_row)
                OR EXISTS (SELECT 1 FROM project_groups pg JOIN group_members gm ON gm.group_row = pg.group_row
                    WHERE pg.project = p.row_id AND gm.user_row = m.user_row)
                OR EXISTS (SELECT 1 FROM role_assignments a WHERE a.project = p.row_id AND (a.user_row = m.user_row
                    OR a.group_row IN (SELECT gm.group_row FROM group_members gm WHERE gm.user_row = m.user_row)))))"
        )
    };
}

const HAS: &str = concat!("SELECT ", may_use!("$1", "$2"));
const REFRESH: &str = concat!(
    "UPDATE keys SET revision = $1, owner_has_access = 1 - owner_has_access
        WHERE owner_user = $2 AND project IN (SELECT row_id FROM projects WHERE organization = $3)
        AND owner_has_access <> CASE WHEN ",
    may_use!("keys.project", "keys.owner_user"),
    " THEN 1 ELSE 0 END"
);

pub(super) fn statements() -> Vec<String> {
    [HAS, REFRESH].map(str::to_owned).to_vec()
}

/// Whether a user may use a project; both by their numbers.
///
/// # Errors
/// The database does not answer.
pub fn has(database: &Database, project: i64, user: i64) -> Result<bool, StoreError> {
    Ok(database.connection.prepare_cached(HAS)?.query_row((project, user), |row| row.get(0))?)
}

/// Lets the keys that a user owns in an organization work where he may use the project, and nowhere else; to be called
/// in the transaction that changes what he may use. Returns how many keys changed.
///
/// # Errors
/// The database refuses.
pub fn refresh(database: &Database, organization: i64, user: i64) -> Result<usize, StoreError> {
    database.atomically(|| {
        let revision = database.next_revision()?;
        Ok(database.connection.prepare_cached(REFRESH)?.execute((revision, user, organization))?)
    })
}

/// The same for several users.
///
/// # Errors
/// The database refuses.
pub fn refresh_each(database: &Database, organization: i64, users: &[i64]) -> Result<(), StoreError> {
    users.iter().try_for_each(|user| refresh(database, organization, *user).map(|_| ()))
}
