//! Roles, and who may give and take them.
//!
//! In: ids and names of permissions. Out: [`AnyRole`]s, or why not. Two rules hold everywhere: nobody gives what he does not
//! hold himself, and nobody takes a role from somebody who holds more than he does.

use tollgate_core::rights::{Permission, PermissionSet, Place, Predefined, Rights};
use tollgate_store::admin::grants::Grant;
use tollgate_store::admin::roles::{self as rows, Role, Scope};

use super::people;
use crate::api::act::Act;
use crate::api::shape::ShapeError;
use crate::principal::rights_of;
use crate::refusal::Refusal;

/// A role, wherever it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyRole {
    /// One that is in the program, the same in every organization.
    Predefined(Predefined),
    /// One that somebody has made.
    Custom(Role),
}

impl AnyRole {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Predefined(role) => role.id(),
            Self::Custom(role) => &role.id,
        }
    }

    /// What it allows. A name that this version does not know allows nothing.
    #[must_use]
    pub fn permissions(&self) -> PermissionSet {
        match self {
            Self::Predefined(role) => role.permissions(),
            Self::Custom(role) => role.permissions.iter().filter_map(|name| Permission::from_name(name)).collect(),
        }
    }
}

/// Where the roles are that an act is about: those of its project, or those of the organization.
#[must_use]
pub fn scope(act: &Act<'_>) -> Scope {
    Scope { organization: act.organization(), project: act.project.as_ref().map(|project| project.row) }
}

/// The same for rights.
#[must_use]
pub fn place<'a>(act: &'a Act<'_>) -> Place<'a> {
    act.project.as_ref().map_or(Place::Organization, |project| Place::Project(&project.id))
}

/// The predefined roles of the place.
#[must_use]
pub fn predefined(act: &Act<'_>) -> Vec<Predefined> {
    Predefined::ALL.into_iter().filter(|role| role.is_of_projects() == act.project.is_some()).collect()
}

/// The role of an id, of those that can be assigned in the place.
///
/// # Errors
/// There is none, or the database does not answer.
pub fn found(act: &Act<'_>, id: &str) -> Result<AnyRole, Refusal> {
    if let Some(role) = predefined(act).into_iter().find(|role| role.id() == id) {
        return Ok(AnyRole::Predefined(role));
    }
    let custom = rows::get(act.database(), scope(act), id)?;
    custom.map(AnyRole::Custom).ok_or_else(|| Refusal::missing("role", id))
}

/// The custom role of an id.
///
/// # Errors
/// There is none, it is a predefined one, or the database does not answer.
pub fn changeable(act: &Act<'_>, id: &str) -> Result<Role, Refusal> {
    match found(act, id)? {
        AnyRole::Custom(role) => Ok(role),
        AnyRole::Predefined(role) => Err(Refusal::Conflict {
            what: format!("The role '{}' is predefined", role.id()),
            why: "predefined roles are the same in every organization and cannot be changed".to_owned(),
            fix: "Create a role with the permissions that you want".to_owned(),
        }),
    }
}

/// The permissions of these names, as far as a role of the place can hold them.
///
/// # Errors
/// A name is not known, or not one of projects.
pub fn permissions(act: &Act<'_>, names: &[&str]) -> Result<PermissionSet, Refusal> {
    let fits = |permission: &Permission| act.project.is_none() || permission.is_of_projects();
    let mut wanted = PermissionSet::NONE;
    for name in names {
        match Permission::from_name(name).filter(fits) {
            Some(permission) => wanted = wanted.with(permission),
            None => return Err(unknown("permissions", name, fits)),
        }
    }
    Ok(wanted)
}

/// A name that no permission has; `fits` tells which would do.
#[must_use]
pub fn unknown(field: &'static str, name: &str, fits: impl Fn(&Permission) -> bool) -> Refusal {
    let known: Vec<&str> = Permission::ALL.into_iter().filter(|one| fits(one)).map(Permission::name).collect();
    let allowed = match tollgate_errors::nearest(name, known.iter().copied()) {
        Some(near) => format!("a permission such as `{near}`"),
        None => format!("any of {}", known.join(", ")),
    };
    let shown: String = name.chars().take(64).collect();
    Refusal::Shape(ShapeError::Value { name: field.to_owned(), what: format!("'{shown}'"), allowed })
}

/// Whether whoever asks may take something from somebody who has these roles: not from one who may more than himself. Persons
/// are compared, not keys; for what is taken in a project, what they may there.
///
/// # Errors
/// What he lacks, and where; or the database does not answer.
pub fn may_take(act: &Act<'_>, held: &[Grant]) -> Result<(), Refusal> {
    let (own, theirs) = (people::own_rights(act)?, rights_of(held));
    let refuse_above = |theirs: PermissionSet, place: Place<'_>| {
        let lacking = own.lacks(theirs, place);
        if lacking.is_empty() { Ok(()) } else { Err(Refusal::lacks(act.principal, lacking, place)) }
    };
    if act.project.is_some() {
        let of_projects = Permission::ALL.into_iter().filter(|permission| permission.is_of_projects()).collect();
        return refuse_above(theirs.at(place(act)).and(of_projects), place(act));
    }
    let places = theirs.in_projects.iter().map(|(project, _)| Place::Project(project));
    std::iter::once(Place::Organization).chain(places).try_for_each(|place| refuse_above(theirs.at(place), place))
}

/// Whether whoever asks may give all that these roles give together.
///
/// # Errors
/// What he lacks, and where.
pub fn may_give(act: &Act<'_>, held: &[Grant]) -> Result<(), Refusal> {
    let Rights { everywhere, in_projects } = rights_of(held);
    act.may_grant(everywhere, Place::Organization)?;
    in_projects.iter().try_for_each(|(project, set)| act.may_grant(*set, Place::Project(project)))
}
