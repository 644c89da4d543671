//! Projects as the request path needs them: what is set for one holds for each of its keys.
//!
//! In: what administrators have set. Out: [`ProjectRules`], which all keys of a project share behind one pointer, and
//! [`Bounds`]: what the key and its project allow together.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::accounts::OwnAccounts;
use crate::policy::{ModelRefusal, Policy, matches};
use crate::residency::Residency;
use crate::tools::HostedTools;

/// The workspace a key belongs to, and the organization above it; shared by all its keys.
#[derive(Debug)]
pub struct Project {
    /// `proj_…`
    pub id: String,
    /// `org-…`
    pub organization: String,
    /// The organization's own accounts at providers.
    pub accounts: Arc<OwnAccounts>,
    /// What holds for every key of it; a change is seen by the next request.
    pub rules: ArcSwap<ProjectRules>,
}

impl Project {
    /// A project with these rules, of an organization without accounts of its own.
    #[must_use]
    pub fn new(id: String, organization: String, rules: ProjectRules) -> Self {
        Self { id, organization, accounts: Arc::default(), rules: ArcSwap::from_pointee(rules) }
    }

    /// The same with the accounts of its organization.
    #[must_use]
    pub fn with_accounts(self, accounts: Arc<OwnAccounts>) -> Self {
        Self { accounts, ..self }
    }
}

/// What is set for a whole project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectRules {
    /// Unix seconds since when it is archived: no key of it works any more.
    pub archived_at: Option<i64>,
    /// Which models its keys may use, whatever they may themselves.
    pub models: ListedModels,
    /// Hosted tools that its keys may not use.
    pub tools_denied: HostedTools,
    /// Where its calls may be served; `None` is anywhere.
    pub residency: Option<Residency>,
}

/// A project's list of models. `*` stands for any run of characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ListedModels {
    /// There is no list.
    #[default]
    All,
    /// These and no others; an empty list is none at all.
    Only(Vec<String>),
    /// All but these.
    AllBut(Vec<String>),
}

impl ListedModels {
    /// The rule that refuses `model`, or `None` where it is allowed.
    #[must_use]
    pub fn refusal(&self, model: &str) -> Option<ModelRefusal<'_>> {
        let covering = |list: &'_ [String]| list.iter().position(|pattern| matches(pattern, model));
        match self {
            Self::All => None,
            Self::Only(list) => covering(list).is_none().then_some(ModelRefusal::NotAllowed),
            Self::AllBut(list) => covering(list).map(|at| ModelRefusal::Denied(&list[at])),
        }
    }
}

/// What limits a call: the key's own rules, and those of its project.
#[derive(Debug, Clone, Copy)]
pub struct Bounds<'a> {
    /// The key's.
    pub policy: &'a Policy,
    /// The project's, at this moment.
    pub project: &'a ProjectRules,
}

impl Bounds<'_> {
    /// Whether both allow a model by its name.
    #[must_use]
    pub fn may_use(self, model: &str) -> bool {
        self.policy.models.refusal(model).is_none() && self.project.models.refusal(model).is_none()
    }

    /// Whether nothing says where calls may be served.
    #[must_use]
    pub fn may_go_anywhere(self) -> bool {
        self.policy.regions.is_empty() && self.project.residency.is_none()
    }

    /// Whether calls may be served in `region`; `None` is a place of which nobody has said where it is.
    #[must_use]
    pub fn may_go_to(self, region: Option<&str>) -> bool {
        let is_resident = |residency: Residency| region.is_some_and(|region| residency.holds(region));
        self.policy.may_go_to(region) && self.project.residency.is_none_or(is_resident)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_models_allows_or_denies_and_an_empty_one_allows_nothing() {
        let list = || vec!["gpt-4o".to_owned(), "o*".to_owned()];

        for (models, model, expected) in [
            (ListedModels::All, "x", None),
            (ListedModels::Only(list()), "gpt-4o", None),
            (ListedModels::Only(list()), "gpt-4o-mini", Some(ModelRefusal::NotAllowed)),
            (ListedModels::Only(Vec::new()), "gpt-4o", Some(ModelRefusal::NotAllowed)),
            (ListedModels::AllBut(list()), "o3", Some(ModelRefusal::Denied("o*"))),
            (ListedModels::AllBut(list()), "gpt-4o-mini", None),
        ] {
            assert_eq!(models.refusal(model), expected, "{models:?} on {model}");
        }
    }

    #[test]
    fn calls_go_where_the_key_and_its_project_both_let_them() {
        let policy = Policy { regions: vec!["eu-*".into(), "us-*".into()], ..Policy::default() };
        let project = ProjectRules { residency: Some(Residency::EuropeanUnion), ..ProjectRules::default() };
        let bounds = Bounds { policy: &policy, project: &project };

        for (region, expected) in
            [(Some("eu-west-1"), true), (Some("us-east-1"), false), (Some("westeurope"), false), (None, false)]
        {
            assert_eq!(bounds.may_go_to(region), expected, "{region:?}");
        }
        let open = Bounds { policy: &Policy::default(), project: &ProjectRules::default() };
        assert!(open.may_go_anywhere() && open.may_go_to(None) && !bounds.may_go_anywhere());
    }
}
