//! What somebody holds in an organization: each role he has, and where.
//!
//! In: the numbers of an organization and a user. Out: [`Grant`]s, from every way by which a role can come: the organization's
//! own, a project's, an assignment, a group. What a role allows is put together in the control plane.

use rusqlite::Row;

use crate::database::{Database, StoreError};

/// One role that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// `proj_…`, for a role in one project.
    pub project: Option<String>,
    /// The role's id.
    pub role: String,
    /// Of a custom role: the names of its permissions. `None` is a predefined one, or one that is gone.
    pub permissions: Option<Vec<String>>,
}

const OF_USER: &str = "
    SELECT CAST(NULL AS TEXT), 'role_organization_' || m.role, CAST(NULL AS TEXT)
        FROM members m WHERE m.organization = $1 AND m.user_row = $2
    UNION ALL
    SELECT p.id, 'role_project_' || pm.role, CAST(NULL AS TEXT)
        FROM project_members pm JOIN projects p ON p.row_id = pm.project
        WHERE p.organization = $1 AND pm.user_row = $2
    UNION ALL
    SELECT p.id, a.role, r.permissions
        FROM role_assignments a LEFT JOIN projects p ON p.row_id = a.project LEFT JOIN roles r ON r.id = a.role
        WHERE a.organization = $1 AND a.user_row = $2
    UNION ALL
    SELECT p.id, a.role, r.permissions
        FROM group_members gm JOIN role_assignments a ON a.group_row = gm.group_row
        LEFT JOIN projects p ON p.row_id = a.project LEFT JOIN roles r ON r.id = a.role
        WHERE a.organization = $1 AND gm.user_row = $2
    UNION ALL
    SELECT p.id, pg.role, r.permissions
        FROM group_members gm JOIN project_groups pg ON pg.group_row = gm.group_row
        JOIN projects p ON p.row_id = pg.project LEFT JOIN roles r ON r.id = pg.role
        WHERE p.organization = $1 AND gm.user_row = $2";

pub(super) fn statements() -> Vec<String> {
    vec![OF_USER.to_owned()]
}

/// Every role of a user in an organization; none where he is not a member.
///
/// # Errors
/// The database does not answer, or a role is unreadable.
pub fn of_user(database: &Database, organization: i64, user: i64) -> Result<Vec<Grant>, StoreError> {
    let mut statement = database.connection.prepare_cached(OF_USER)?;
    let grants = statement.query_map((organization, user), read)?.collect::<Result<_, _>>()?;
    Ok(grants)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Grant> {
    let permissions: Option<String> = row.get(2)?;
    let permissions = permissions
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(Grant { project: row.get(0)?, role: row.get(1)?, permissions })
}
