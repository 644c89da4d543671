//! What a key may do: permissions per endpoint, rules over model names, regions and a tier.
//!
//! In: the lists an owner wrote. Out: yes or no for an operation, a model or a region. It does not know which models exist,
//! nor where they are served.

use std::net::IpAddr;

use crate::network::Network;
use crate::operation::Scope;

/// The rules of a key. Equal rules are shared between keys, so this may be as large as it needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Policy {
    /// Which endpoints.
    pub permissions: Permissions,
    /// Which models.
    pub models: ModelRules,
    /// Patterns of the regions in which its calls may be served; none means everywhere. `*` stands for any run of
    /// characters.
    pub regions: Vec<String>,
    /// What it may use of the models that need a tier: those up to this one.
    pub tier: u8,
    /// Networks from which it may be used; none means from anywhere.
    pub addresses: Vec<Network>,
}

/// The highest tier of a key or a model.
pub const TIER_MAX: u8 = 100;

impl Policy {
    /// Whether it may be used from there.
    #[must_use]
    pub fn may_come_from(&self, address: IpAddr) -> bool {
        self.addresses.is_empty() || self.addresses.iter().any(|network| network.contains(address))
    }

    /// Whether calls may be served in `region`; `None` is a place of which nobody has said where it is, and a key that is
    /// bound to regions may not be served there.
    #[must_use]
    pub fn may_go_to(&self, region: Option<&str>) -> bool {
        self.regions.is_empty() || region.is_some_and(|region| self.regions.iter().any(|p| matches(p, region)))
    }
}

/// Whether a text can name a region: 1 to 64 lower-case letters, digits and dashes, so that no two spellings are told apart
/// that mean the same.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

/// Whether a text can be a pattern of regions: as a region, with any number of `*`.
#[must_use]
pub fn is_region_pattern(text: &str) -> bool {
    let bare = text.replace('*', "");
    text.len() <= 64 && !text.is_empty() && (bare.is_empty() || is_region(&bare))
}

/// Which endpoints a key may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Permissions {
    /// Everything, also what is added later.
    #[default]
    All,
    /// What only reads: `api.all.read`.
    ReadOnly,
    /// The scopes in the set, nothing else.
    Restricted(ScopeSet),
}

impl Permissions {
    /// Whether `scope` is granted.
    #[must_use]
    pub fn grant(self, scope: Scope) -> bool {
        match self {
            Self::All => true,
            Self::ReadOnly => Scope::READ.contains(&scope),
            Self::Restricted(set) => set.contains(scope),
        }
    }

    /// From scope names as OpenAI's admin API has them: none means all, `api.all.read` alone means read-only. The
    /// error is the first unknown name.
    ///
    /// # Errors
    /// A name that is no scope.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownScope> {
        let mut set = ScopeSet::default();
        let mut any = false;
        let mut read_all = false;
        for name in names {
            any = true;
            match name {
                "api.all.read" => read_all = true,
                "api.model.request" => {
                    set = Scope::ALL.into_iter().filter(|s| *s != Scope::ModelRead).fold(set, ScopeSet::with);
                }
                _ => set = set.with(Scope::from_name(name).ok_or_else(|| UnknownScope(name.to_owned()))?),
            }
        }
        Ok(match (any, read_all, set == ScopeSet::default()) {
            (false, ..) => Self::All,
            (true, true, true) => Self::ReadOnly,
            (true, true, false) => Self::Restricted(Scope::READ.into_iter().fold(set, ScopeSet::with)),
            (true, false, _) => Self::Restricted(set),
        })
    }

    /// The scope names that give this value back.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Self::All => Vec::new(),
            Self::ReadOnly => vec!["api.all.read"],
            Self::Restricted(set) => Scope::ALL.into_iter().filter(|s| set.contains(*s)).map(Scope::name).collect(),
        }
    }
}

/// The name is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown scope {0:?}; scopes are api.all.read, api.model.request, api.model.read, api.chat.completions.write, api.completions.write, api.embeddings.write, api.responses.write, api.moderations.write, api.responses.read"
)]
pub struct UnknownScope(pub String);

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ScopeSet(u32);

impl ScopeSet {
    /// The set with `scope` added.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | (1 << scope as u8))
    }

    /// Whether `scope` is in the set.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }
}

/// Which models a key may use. A denied name is refused even if it is allowed too; an empty allow list allows all.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ModelRules {
    /// Patterns of allowed names; `*` stands for any run of characters.
    pub allow: Vec<String>,
    /// Patterns of denied names.
    pub deny: Vec<String>,
}

impl ModelRules {
    /// The rule that refuses `model`, or `None` where it is allowed.
    #[must_use]
    pub fn refusal(&self, model: &str) -> Option<ModelRefusal<'_>> {
        if let Some(pattern) = self.deny.iter().find(|p| matches(p, model)) {
            return Some(ModelRefusal::Denied(pattern));
        }
        (!self.allow.is_empty() && !self.allow.iter().any(|p| matches(p, model))).then_some(ModelRefusal::NotAllowed)
    }
}

/// Which rule refuses a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelRefusal<'a> {
    /// This deny pattern matches.
    Denied(&'a str),
    /// There is an allow list, and nothing in it matches.
    NotAllowed,
}

/// Whether `name` matches `pattern`, in which `*` stands for any run of characters, also none. Linear in the name
/// for each star.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, mut rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(head) else {
        return false;
    };
    while let Some((part, after)) = rest.split_once('*') {
        let Some(at) = name.find(part) else {
            return false;
        };
        name = &name[at + part.len()..];
        rest = after;
    }
    name.len() >= rest.len() && name.ends_with(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, name, expected) in [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-4o*", "gpt-4o-mini", true),
            ("*", "anything/at-all", true),
            ("*/llama-*", "meta/llama-3", true),
            ("*/llama-*", "llama-3", false),
            ("a*a", "a", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn a_key_bound_to_regions_goes_nowhere_else() {
        let bound = Policy { regions: vec!["eu-*".into(), "ch".into()], ..Policy::default() };

        for (region, expected) in [("eu-west-1", true), ("ch", true), ("us-east-1", false), ("eu", false)] {
            assert_eq!(bound.may_go_to(Some(region)), expected, "{region}");
            assert!(Policy::default().may_go_to(Some(region)));
        }
        assert!(!bound.may_go_to(None) && Policy::default().may_go_to(None));
    }

    #[test]
    fn a_region_has_one_spelling() {
        assert!(["eu", "us-east-1", "westeurope"].into_iter().all(is_region));
        assert!(!["", "EU", "eu west", "eu*", "eu_1"].into_iter().any(is_region));
        assert!(["eu-*", "*", "eu"].into_iter().all(is_region_pattern));
        assert!(!["", "EU-*", "eu, us"].into_iter().any(is_region_pattern));
    }

    #[test]
    fn deny_wins_over_allow() {
        let rules = ModelRules { allow: vec!["gpt-*".into()], deny: vec!["*-preview".into()] };

        assert_eq!(rules.refusal("gpt-4o"), None);
        assert_eq!(rules.refusal("gpt-5-preview"), Some(ModelRefusal::Denied("*-preview")));
        assert_eq!(rules.refusal("claude"), Some(ModelRefusal::NotAllowed));
    }

    #[test]
    fn scope_names_give_the_same_permissions_back() {
        for names in [vec![], vec!["api.all.read"], vec!["api.model.read", "api.embeddings.write"]] {
            let permissions = Permissions::from_names(names.iter().copied()).unwrap();

            assert_eq!(permissions.names(), names);
        }
        assert_eq!(Permissions::from_names(["api.nope"]), Err(UnknownScope("api.nope".into())));
    }
}
