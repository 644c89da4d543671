//! An organization's own credentials towards providers, as the request path needs them: calls of its keys are made with them
//! instead of the server's.
//!
//! In: what is in force, each time that it changes. Out: a list that all projects of the organization share. It opens no seal
//! and knows no provider but by its name.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

/// The own credentials of an organization; a change is seen by the next request.
#[derive(Debug, Default)]
pub struct OwnAccounts(ArcSwap<Vec<OwnAccount>>);

/// A provider that an organization has an account of its own at.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnAccount {
    /// The provider's name in the configuration.
    pub provider: String,
    secret: Option<String>,
}

impl OwnAccounts {
    /// Those in force at this moment.
    #[must_use]
    pub fn now(&self) -> Arc<Vec<OwnAccount>> {
        self.0.load_full()
    }

    /// Whether there is none, which costs a look.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.load().is_empty()
    }

    /// Puts others in force.
    pub fn set(&self, accounts: Vec<OwnAccount>) {
        self.0.store(Arc::new(accounts));
    }
}

impl OwnAccount {
    /// An account. Without a secret, because its seal does not open, calls are made with none: never with the server's, which
    /// somebody else pays for.
    #[must_use]
    pub fn new(provider: String, secret: Option<String>) -> Self {
        Self { provider, secret }
    }

    /// The secret, for the header that carries it.
    #[must_use]
    pub fn reveal(&self) -> Option<&str> {
        self.secret.as_deref()
    }
}

impl fmt::Debug for OwnAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnAccount({})", self.provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_force_changes_for_all_who_share_it_and_prints_no_secret() {
        let shared = Arc::new(OwnAccounts::default());
        let other = shared.clone();
        let before = other.now();
        assert!(other.is_empty());

        shared.set(vec![OwnAccount::new("near".to_owned(), Some("sk-own".to_owned()))]);

        assert!(before.is_empty() && !other.is_empty());
        assert_eq!(other.now()[0].reveal(), Some("sk-own"));
        assert_eq!(format!("{other:?}"), "OwnAccounts(ArcSwapAny([OwnAccount(near)]))");
    }
}
