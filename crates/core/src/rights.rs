//! What an administrator may do: permissions, sets of them, and the roles that everybody has from the start.
//!
//! In: names of permissions, or of a predefined role. Out: sets, and whether one holds another. Who holds which is in the
//! database; where it is checked is the control plane.

use std::fmt;

/// One thing that may be done in administration. The numbers are bits of a set in memory; what is stored are names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Permission {
    /// See admin keys.
    AdminKeysRead,
    /// Create and delete admin keys.
    AdminKeysWrite,
    /// See projects.
    ProjectsRead,
    /// Create, change and archive projects.
    ProjectsWrite,
    /// See a project's keys.
    KeysRead,
    /// Create, change, rotate, revoke and delete a project's keys.
    KeysWrite,
    /// See service accounts.
    ServiceAccountsRead,
    /// Create, change and delete service accounts and their keys.
    ServiceAccountsWrite,
    /// See users, of the organization or a project.
    UsersRead,
    /// Change users and remove them, of the organization or a project.
    UsersWrite,
    /// See invites.
    InvitesRead,
    /// Invite, and withdraw invites.
    InvitesWrite,
    /// See groups and who is in them.
    GroupsRead,
    /// Create, change and delete groups, and who is in them.
    GroupsWrite,
    /// See roles and who has them.
    RolesRead,
    /// Create, change and delete roles, and who has them.
    RolesWrite,
    /// See which models and hosted tools a project may use.
    PermissionsRead,
    /// Change which models and hosted tools a project may use.
    PermissionsWrite,
    /// Read the audit log.
    AuditRead,
    /// Read how much was used.
    UsageRead,
    /// See at which providers the organization has an account of its own.
    ProviderCredentialsRead,
    /// Set and delete the organization's own credentials towards providers.
    ProviderCredentialsWrite,
}

impl Permission {
    /// All permissions.
    pub const ALL: [Self; 22] = [
        Self::AdminKeysRead,
        Self::AdminKeysWrite,
        Self::ProjectsRead,
        Self::ProjectsWrite,
        Self::KeysRead,
        Self::KeysWrite,
        Self::ServiceAccountsRead,
        Self::ServiceAccountsWrite,
        Self::UsersRead,
        Self::UsersWrite,
        Self::InvitesRead,
        Self::InvitesWrite,
        Self::GroupsRead,
        Self::GroupsWrite,
        Self::RolesRead,
        Self::RolesWrite,
        Self::PermissionsRead,
        Self::PermissionsWrite,
        Self::AuditRead,
        Self::UsageRead,
        Self::ProviderCredentialsRead,
        Self::ProviderCredentialsWrite,
    ];

    /// The name in requests, roles and errors.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AdminKeysRead => "api.admin_api_keys.read",
            Self::AdminKeysWrite => "api.admin_api_keys.write",
            Self::ProjectsRead => "api.projects.read",
            Self::ProjectsWrite => "api.projects.write",
            Self::KeysRead => "api.api_keys.read",
            Self::KeysWrite => "api.api_keys.write",
            Self::ServiceAccountsRead => "api.service_accounts.read",
            Self::ServiceAccountsWrite => "api.service_accounts.write",
            Self::UsersRead => "api.users.read",
            Self::UsersWrite => "api.users.write",
            Self::InvitesRead => "api.invites.read",
            Self::InvitesWrite => "api.invites.write",
            Self::GroupsRead => "api.groups.read",
            Self::GroupsWrite => "api.groups.write",
            Self::RolesRead => "api.roles.read",
            Self::RolesWrite => "api.roles.write",
            Self::PermissionsRead => "api.permissions.read",
            Self::PermissionsWrite => "api.permissions.write",
            Self::AuditRead => "api.audit_logs.read",
            Self::UsageRead => "api.usage.read",
            Self::ProviderCredentialsRead => "api.provider_credentials.read",
            Self::ProviderCredentialsWrite => "api.provider_credentials.write",
        }
    }

    /// The permission of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }

    fn only_reads(self) -> bool {
        self.name().ends_with(".read")
    }

    /// Whether it can be held in one project alone.
    #[must_use]
    pub fn is_of_projects(self) -> bool {
        match self {
            Self::ProjectsRead
            | Self::ProjectsWrite
            | Self::KeysRead
            | Self::KeysWrite
            | Self::ServiceAccountsRead
            | Self::ServiceAccountsWrite
            | Self::UsersRead
            | Self::UsersWrite
            | Self::GroupsRead
            | Self::GroupsWrite
            | Self::RolesRead
            | Self::RolesWrite
            | Self::PermissionsRead
            | Self::PermissionsWrite
            | Self::UsageRead => true,
            Self::AdminKeysRead
            | Self::AdminKeysWrite
            | Self::InvitesRead
            | Self::InvitesWrite
            | Self::AuditRead
            | Self::ProviderCredentialsRead
            | Self::ProviderCredentialsWrite => false,
        }
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PermissionSet(u32);

impl PermissionSet {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    /// Everything that only reads.
    #[must_use]
    pub fn reading() -> Self {
        Permission::ALL.into_iter().filter(|permission| permission.only_reads()).collect()
    }

    /// The set with `permission` added.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | (1 << permission as u8))
    }

    /// Whether `permission` is in it.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in it, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.contains(*permission))
    }

    /// The names of what is in it.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Permission::name).collect()
    }

    /// The set of these names; the error is the first that names no permission.
    ///
    /// # Errors
    /// A name that is not that of a permission.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownPermission> {
        names
            .into_iter()
            .map(|name| Permission::from_name(name).ok_or_else(|| UnknownPermission(name.to_owned())))
            .collect()
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The name is not that of a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission {0:?}")]
pub struct UnknownPermission(pub String);

/// A role that every organization and project has and nobody can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Predefined {
    /// Does everything in the organization and in each of its projects.
    OrganizationOwner,
    /// Sees everything in the organization and changes nothing.
    OrganizationReader,
    /// Does everything in one project.
    ProjectOwner,
    /// Sees one project, and has keys of his own in it.
    ProjectMember,
}

impl Predefined {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::OrganizationOwner, Self::OrganizationReader, Self::ProjectOwner, Self::ProjectMember];

    /// The id, which is the same in every organization.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::OrganizationOwner => "role_organization_owner",
            Self::OrganizationReader => "role_organization_reader",
            Self::ProjectOwner => "role_project_owner",
            Self::ProjectMember => "role_project_member",
        }
    }

    /// The role of an id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.id() == id)
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OrganizationOwner | Self::ProjectOwner => "owner",
            Self::OrganizationReader => "reader",
            Self::ProjectMember => "member",
        }
    }

    /// What it is for, in a sentence.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::OrganizationOwner => "Can do everything in the organization and in each of its projects.",
            Self::OrganizationReader => "Can see everything in the organization, and change nothing.",
            Self::ProjectOwner => "Can do everything in the project.",
            Self::ProjectMember => "Can see the project.",
        }
    }

    /// Whether it is a role of projects.
    #[must_use]
    pub fn is_of_projects(self) -> bool {
        matches!(self, Self::ProjectOwner | Self::ProjectMember)
    }

    /// What it allows.
    #[must_use]
    pub fn permissions(self) -> PermissionSet {
        let of_projects = || Permission::ALL.into_iter().filter(|permission| permission.is_of_projects());
        match self {
            Self::OrganizationOwner => PermissionSet::all(),
            Self::OrganizationReader => PermissionSet::reading(),
            Self::ProjectOwner => of_projects().collect(),
            Self::ProjectMember => of_projects().filter(|permission| permission.only_reads()).collect(),
        }
    }
}

/// Where something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// In the organization itself.
    Organization,
    /// In one of its projects, by id.
    Project(&'a str),
}

/// What somebody may do in one organization: everywhere, and more in single projects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// In the organization and in each of its projects.
    pub everywhere: PermissionSet,
    /// In one project besides, by its id.
    pub in_projects: Vec<(String, PermissionSet)>,
}

impl Rights {
    /// What may be done there.
    #[must_use]
    pub fn at(&self, place: Place<'_>) -> PermissionSet {
        let Place::Project(id) = place else { return self.everywhere };
        let here = self.in_projects.iter().filter(|(project, _)| project == id);
        here.fold(self.everywhere, |all, (_, more)| all.or(*more))
    }

    /// What of `wanted` may not be done there: who grants it must hold all of it himself.
    #[must_use]
    pub fn lacks(&self, wanted: PermissionSet, place: Place<'_>) -> PermissionSet {
        wanted.without(self.at(place))
    }

    /// These rights as far as `ceiling` allows.
    #[must_use]
    pub fn within(mut self, ceiling: PermissionSet) -> Self {
        self.everywhere = self.everywhere.and(ceiling);
        for (_, more) in &mut self.in_projects {
            *more = more.and(ceiling);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_gives_its_permission_back_and_a_set_its_names() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from_name(permission.name()), Some(permission));
        }
        let all = PermissionSet::all();
        assert_eq!(PermissionSet::from_names(all.names()), Ok(all));
        assert_eq!(PermissionSet::from_names(["api.roof.read"]), Err(UnknownPermission("api.roof.read".into())));
    }

    #[test]
    fn a_reader_changes_nothing_and_a_member_sees_less_than_a_project_s_owner() {
        let reader = Predefined::OrganizationReader.permissions();
        assert!(reader.iter().all(|permission| permission.name().ends_with(".read")));
        let (owner, member) = (Predefined::ProjectOwner.permissions(), Predefined::ProjectMember.permissions());
        assert!(member.without(owner).is_empty() && !owner.without(member).is_empty());
    }

    #[test]
    fn rights_in_a_project_count_there_alone_and_a_ceiling_holds_everywhere() {
        let rights = Rights {
            everywhere: PermissionSet::NONE.with(Permission::UsersRead),
            in_projects: vec![("proj_a".into(), PermissionSet::NONE.with(Permission::KeysWrite))],
        };
        let keys = PermissionSet::NONE.with(Permission::KeysWrite);

        assert!(rights.lacks(keys, Place::Project("proj_a")).is_empty());
        assert_eq!(rights.lacks(keys, Place::Project("proj_b")), keys);
        assert_eq!(rights.lacks(keys, Place::Organization), keys);
        assert!(rights.at(Place::Project("proj_b")).contains(Permission::UsersRead));
        assert!(rights.within(PermissionSet::NONE).at(Place::Project("proj_a")).is_empty());
    }
}
