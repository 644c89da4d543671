//! What somebody holds in an organization: each role he has, and where.
//!
//! In: the numbers of an organization and a user. Out: [`Grant`]s, from every way by which a role can come: the organization's
//! own, a project's, an assignment, a group. What a role allows is put together in the control plane.

use rusqlite::{Row, ToSql};

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

/// All roles of those whom `$who` names by their user's number.
macro_rules! of_users {
    ($who:literal) => {
        concat!(
            "SELECT CAST(NULL AS TEXT), 'role_organization_' || m.role, CAST(NULL AS TEXT)
                FROM members m WHERE m.organization = $1 AND m.projects_only = 0 AND m.user_row ",
            $who,
            " UNION SELECT p.id, 'role_project_' || pm.role, CAST(NULL AS TEXT)
                FROM project_members pm JOIN projects p ON p.row_id = pm.project
                WHERE p.organization = $1 AND pm.user_row ",
            $who,
            " UNION SELECT p.id, a.role, r.permissions
                FROM role_assignments a LEFT JOIN projects p ON p.row_id = a.project
                LEFT JOIN roles r ON r.id = a.role AND r.organization = a.organization
                WHERE a.organization = $1 AND a.user_row ",
            $who,
            " UNION SELECT p.id, a.role, r.permissions
                FROM group_members gm JOIN role_assignments a ON a.group_row = gm.group_row
                LEFT JOIN projects p ON p.row_id = a.project
                LEFT JOIN roles r ON r.id = a.role AND r.organization = a.organization
                WHERE a.organization = $1 AND gm.user_row ",
            $who,
        )
    };
}

const OF_USER: &str = of_users!("= $2");
const OF_MEMBERS: &str = of_users!("IN (SELECT user_row FROM group_members WHERE group_row = $2)");
const OF_HOLDERS: &str = of_users!(
    "IN (SELECT user_row FROM role_assignments WHERE organization = $1 AND role = $2 AND user_row IS NOT NULL
        UNION SELECT gm.user_row FROM role_assignments a JOIN group_members gm ON gm.group_row = a.group_row
        WHERE a.organization = $1 AND a.role = $2)"
);
const OF_GROUP: &str = "SELECT p.id, a.role, r.permissions
    FROM role_assignments a LEFT JOIN projects p ON p.row_id = a.project
    LEFT JOIN roles r ON r.id = a.role AND r.organization = a.organization
    WHERE a.organization = $1 AND a.group_row = $2";

pub(super) fn statements() -> Vec<String> {
    [OF_USER, OF_MEMBERS, OF_HOLDERS, OF_GROUP].map(str::to_owned).to_vec()
}

/// Every role of a user in an organization; none where he is not a member.
///
/// # Errors
/// The database does not answer, or a role is unreadable.
pub fn of_user(database: &Database, organization: i64, user: i64) -> Result<Vec<Grant>, StoreError> {
    grants(database, OF_USER, organization, user)
}

/// Every role that any member of a group has, each once.
///
/// # Errors
/// As of [`of_user`].
pub fn of_members(database: &Database, organization: i64, group: i64) -> Result<Vec<Grant>, StoreError> {
    grants(database, OF_MEMBERS, organization, group)
}

/// Every role that anybody has who has a role, himself or by a group; each once.
///
/// # Errors
/// As of [`of_user`].
pub fn of_holders(database: &Database, organization: i64, role: &str) -> Result<Vec<Grant>, StoreError> {
    grants(database, OF_HOLDERS, organization, role)
}

/// Every role that a group gives to its members.
///
/// # Errors
/// As of [`of_user`].
pub fn of_group(database: &Database, organization: i64, group: i64) -> Result<Vec<Grant>, StoreError> {
    grants(database, OF_GROUP, organization, group)
}

fn grants(database: &Database, sql: &str, organization: i64, whose: impl ToSql) -> Result<Vec<Grant>, StoreError> {
    let mut statement = database.connection.prepare_cached(sql)?;
    let grants = statement.query_map((organization, whose), read)?.collect::<Result<_, _>>()?;
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
