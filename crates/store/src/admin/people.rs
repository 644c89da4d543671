//! Users and the organizations they are members of.
//!
//! In: addresses, names, roles. Out: [`Member`]s. One address is one user, in however many organizations; what he may do is
//! of one organization.

use rusqlite::{OptionalExtension, Row, ToSql};

use super::gone;
use super::page::{List, Order, Page, PageError, Part};
use crate::database::{Database, StoreError};
use crate::random::Random;

/// A user as a member of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// By which other rows name the user.
    pub row: i64,
    /// `user-…`
    pub id: String,
    /// In lower case.
    pub email: String,
    /// What he is called.
    pub name: String,
    /// `owner` or `reader`.
    pub role: String,
    /// Whether he sees nothing of the organization but the projects that he is in; of readers only.
    pub projects_only: bool,
    /// Unix seconds since when he is a member.
    pub added_at: i64,
    /// What he calls himself; shown, and means nothing.
    pub persona: Option<String>,
    /// How well he knows his trade, in his own words; shown, and means nothing.
    pub technical_level: Option<String>,
}

macro_rules! members {
    ($condition:literal) => {
        concat!(
            "SELECT u.row_id, u.id, u.email, coalesce(m.name, u.name), m.role, m.added_at, m.persona, m.technical_level,
                m.projects_only
             FROM members m JOIN users u ON u.row_id = m.user_row WHERE m.organization = $1",
            $condition
        )
    };
}

const MEMBER: &str = members!(" AND u.id = $2");
const MEMBER_ROW: &str = members!(" AND u.row_id = $2");
const OLDEST_OWNER: &str = members!(" AND m.role = 'owner' ORDER BY m.row_id LIMIT 1");
const MEMBER_EMAIL: &str = members!(" AND u.email = $2");
const USER_BY_EMAIL: &str = "SELECT row_id FROM users WHERE email = $1";
const INSERT_USER: &str = "INSERT INTO users (id, email, name, created_at) VALUES ($1, $2, $3, $4)";
const INSERT_MEMBER: &str = "INSERT INTO members (organization, user_row, name, role, added_at)
    VALUES ($1, $2, $3, $4, $5)";
const CHANGE: &str = "UPDATE members SET role = $1, persona = $2, technical_level = $3, projects_only = $4
    WHERE organization = $5 AND user_row = $6";
const OWNERS: &str = "SELECT count(*) FROM members WHERE organization = $1 AND role = 'owner'";
const ANY_OWNER: &str = "SELECT EXISTS (SELECT 1 FROM members WHERE role = 'owner')";
const ADMIN_KEYS: &str =
    "SELECT id, is_operator FROM admin_keys WHERE organization = $1 AND owner = $2 ORDER BY row_id";
const LAST_KEY_USE: &str = "SELECT k.last_used_at FROM keys k JOIN projects p ON p.row_id = k.project
    WHERE p.organization = $1 AND k.owner_user = $2 AND k.last_used_at IS NOT NULL
    ORDER BY k.last_used_at DESC LIMIT 1";

/// What is withdrawn from whoever leaves: all that would let him in, or let him in again were he to come back.
const WITHDRAW: [&str; 6] = [
    "DELETE FROM project_members WHERE project IN (SELECT row_id FROM projects WHERE organization = $1) AND user_row = $2",
    "DELETE FROM group_members WHERE group_row IN (SELECT row_id FROM groups WHERE organization = $1) AND user_row = $2",
    "DELETE FROM role_assignments WHERE organization = $1 AND user_row = $2",
    "DELETE FROM admin_keys WHERE organization = $1 AND owner = $2",
    "DELETE FROM sessions WHERE organization = $1 AND user_row = $2",
    "DELETE FROM members WHERE organization = $1 AND user_row = $2",
];

/// Where all of that stands, as far as lists of it go on.
const NOTES: [&str; 4] = [
    gone::standing!(
        "'project_users', pm.project, 0, 0, u.id, pm.row_id FROM project_members pm JOIN users u ON u.row_id = pm.user_row
        WHERE pm.project IN (SELECT row_id FROM projects WHERE organization = $1) AND pm.user_row = $2"
    ),
    gone::standing!(
        "'group_users', g.organization, g.row_id, 0, u.id, gm.row_id
        FROM group_members gm JOIN groups g ON g.row_id = gm.group_row JOIN users u ON u.row_id = gm.user_row
        WHERE g.organization = $1 AND gm.user_row = $2"
    ),
    gone::standing!("'admin_keys', organization, 0, 0, id, row_id FROM admin_keys WHERE organization = $1 AND owner = $2"),
    gone::standing!(
        "'members', m.organization, 0, 0, u.id, m.row_id FROM members m JOIN users u ON u.row_id = m.user_row
        WHERE m.organization = $1 AND m.user_row = $2"
    ),
];

const LIST: List = List {
    name: "members",
    select: members!(""),
    cursor: "SELECT m.row_id FROM members m JOIN users u ON u.row_id = m.user_row WHERE m.organization = $1 AND u.id = $2",
    row_id: "m.row_id",
};

pub(super) fn statements() -> Vec<String> {
    let mut all = LIST.statements();
    all.extend(
        [
            MEMBER,
            MEMBER_ROW,
            MEMBER_EMAIL,
            OLDEST_OWNER,
            USER_BY_EMAIL,
            INSERT_USER,
            INSERT_MEMBER,
            CHANGE,
            OWNERS,
            ANY_OWNER,
            ADMIN_KEYS,
            LAST_KEY_USE,
        ]
        .map(str::to_owned),
    );
    all.extend(NOTES.map(str::to_owned));
    all.extend(WITHDRAW.map(str::to_owned));
    all
}

/// The member of an id.
///
/// # Errors
/// The database does not answer.
pub fn member(database: &Database, organization: i64, id: &str) -> Result<Option<Member>, StoreError> {
    Ok(database.connection.prepare_cached(MEMBER)?.query_row((organization, id), read).optional()?)
}

/// The member of a user's number.
///
/// # Errors
/// The database does not answer.
pub fn member_of_row(database: &Database, organization: i64, user: i64) -> Result<Option<Member>, StoreError> {
    Ok(database.connection.prepare_cached(MEMBER_ROW)?.query_row((organization, user), read).optional()?)
}

/// The owner who has been a member longest.
///
/// # Errors
/// The database does not answer.
pub fn oldest_owner(database: &Database, organization: i64) -> Result<Option<Member>, StoreError> {
    Ok(database.connection.prepare_cached(OLDEST_OWNER)?.query_row([organization], read).optional()?)
}

/// The member of an address, which is to be in lower case.
///
/// # Errors
/// The database does not answer.
pub fn member_of_email(database: &Database, organization: i64, email: &str) -> Result<Option<Member>, StoreError> {
    Ok(database.connection.prepare_cached(MEMBER_EMAIL)?.query_row((organization, email), read).optional()?)
}

/// A page of the members.
///
/// # Errors
/// See [`PageError`].
pub fn list(database: &Database, organization: i64, part: &Part) -> Result<Page<Member>, PageError> {
    LIST.page(database, organization, part, read)
}

/// Where a member stands in the list, or stood before he left: he comes behind whoever has a smaller number.
///
/// # Errors
/// See [`PageError`].
pub fn position(database: &Database, organization: i64, id: &str) -> Result<i64, PageError> {
    LIST.position(database, &[organization], id, Order::OldestFirst)
}

/// Makes somebody a member; a user with this address is the same user, under a name of his own in each organization. The address is to
/// be in lower case.
///
/// # Errors
/// He is one already, or the database refuses.
pub fn add(
    database: &Database,
    organization: i64,
    email: &str,
    name: &str,
    role: &str,
    now: i64,
) -> Result<Member, StoreError> {
    let user: Option<i64> =
        database.connection.prepare_cached(USER_BY_EMAIL)?.query_row([email], |row| row.get(0)).optional()?;
    let user = match user {
        Some(user) => user,
        None => {
            let id = Random::id("user-");
            database.connection.prepare_cached(INSERT_USER)?.execute((id, email, email, now))?;
            database.connection.last_insert_rowid()
        }
    };
    database.connection.prepare_cached(INSERT_MEMBER)?.execute((organization, user, name, role, now))?;
    Ok(database.connection.prepare_cached(MEMBER_ROW)?.query_row((organization, user), read)?)
}

/// Writes what can be changed of a member: his role and what he says of himself. What he may use follows
/// [`super::access::refresh`].
///
/// # Errors
/// The database refuses.
pub fn change(database: &Database, organization: i64, member: &Member) -> Result<(), StoreError> {
    let Member { role, persona, technical_level, projects_only, row, .. } = member;
    let values: [&dyn ToSql; 6] = [role, persona, technical_level, &i64::from(*projects_only), &organization, row];
    database.connection.prepare_cached(CHANGE)?.execute(values)?;
    Ok(())
}

/// Ends a membership, and with it roles, admin keys and sessions in the organization. The user himself stays: other
/// organizations and records may name him.
///
/// # Errors
/// The database refuses.
pub fn remove(database: &Database, organization: i64, user: i64) -> Result<(), StoreError> {
    database.atomically(|| {
        for sql in NOTES {
            gone::note(database, sql, (organization, user))?;
        }
        for sql in WITHDRAW {
            database.connection.prepare_cached(sql)?.execute((organization, user))?;
        }
        Ok(())
    })
}

/// The ids of the admin keys of a user, and whether each may operate the server.
///
/// # Errors
/// The database does not answer.
pub fn admin_keys(database: &Database, organization: i64, user: i64) -> Result<Vec<(String, bool)>, StoreError> {
    let mut statement = database.connection.prepare_cached(ADMIN_KEYS)?;
    let keys = statement.query_map((organization, user), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(keys.collect::<Result<_, _>>()?)
}

/// Unix seconds of the last use of any key that a user owns in the organization's projects.
///
/// # Errors
/// The database does not answer.
pub fn last_key_use(database: &Database, organization: i64, user: i64) -> Result<Option<i64>, StoreError> {
    let mut statement = database.connection.prepare_cached(LAST_KEY_USE)?;
    Ok(statement.query_row((organization, user), |row| row.get(0)).optional()?)
}

/// How many owners an organization has.
///
/// # Errors
/// The database does not answer.
pub fn owners(database: &Database, organization: i64) -> Result<i64, StoreError> {
    Ok(database.connection.prepare_cached(OWNERS)?.query_row([organization], |row| row.get(0))?)
}

/// Whether any organization has an owner: then somebody can administer.
///
/// # Errors
/// The database does not answer.
pub fn any_owner(database: &Database) -> Result<bool, StoreError> {
    Ok(database.connection.prepare_cached(ANY_OWNER)?.query_row([], |row| row.get(0))?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        row: row.get(0)?,
        id: row.get(1)?,
        email: row.get(2)?,
        name: row.get(3)?,
        role: row.get(4)?,
        added_at: row.get(5)?,
        persona: row.get(6)?,
        technical_level: row.get(7)?,
        projects_only: row.get(8)?,
    })
}
