//! Whose account at a provider a call is made on: that of the caller's organization, where it has set a credential of its own,
//! and else the server's.
//!
//! In: a caller and a model. Out: the model as it is for that caller: deployments at providers where the organization has an
//! account carry its credential, and a breaker of their own, for one account's limits, debts and refused credentials say
//! nothing of another's. What is made is kept until credential or settings change; of a deleted credential, until settings
//! change or the next organization comes that has one. Who has no account takes no lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tollgate_core::accounts::OwnAccount;
use tollgate_core::key::Key;

use crate::breaker::Breaker;
use crate::catalog::{Breakers, Deployment, Model, Provider, Reach};

/// What has been made for organizations with accounts of their own.
#[derive(Default)]
pub(crate) struct Accounts(Mutex<HashMap<String, Organization>>);

/// What has been made for one organization: no more than the catalog has.
struct Organization {
    /// What it was made with.
    accounts: Arc<Vec<OwnAccount>>,
    /// By name, with the server's own of which each is a variant.
    providers: HashMap<String, (Arc<Provider>, Arc<Provider>)>,
    /// By id, with everybody's. A deployment of several models is one here too.
    breakers: HashMap<String, (Arc<Breaker>, Arc<Breaker>)>,
    /// By the address of the server's own, which is kept too, so that no other comes to lie there.
    deployments: HashMap<usize, (Arc<Deployment>, Arc<Deployment>)>,
}

impl Accounts {
    /// The model as it is for a caller.
    pub(crate) fn view(&self, caller: &Key, model: Arc<Model>) -> Arc<Model> {
        if caller.project.accounts.is_empty() {
            return model;
        }
        let accounts = caller.project.accounts.now();
        if !model.deployments.iter().any(|deployment| account(&accounts, deployment).is_some()) {
            return model;
        }
        let mut all = self.lock();
        let organization = of(&mut all, caller, accounts);
        let deployments = model.deployments.iter().map(|deployment| organization.deployment(deployment)).collect();
        Arc::new(model.with_deployments(deployments))
    }

    /// A deployment as it is for a caller.
    pub(crate) fn deployment(&self, caller: &Key, deployment: Arc<Deployment>) -> Arc<Deployment> {
        if caller.project.accounts.is_empty() {
            return deployment;
        }
        let accounts = caller.project.accounts.now();
        of(&mut self.lock(), caller, accounts).deployment(&deployment)
    }

    /// Other settings hold: what was made of those before is forgotten, but for breakers that go on.
    pub(crate) fn settings_changed(&self, after: &Breakers) {
        let goes_on = |id: &String, everybodys: &Arc<Breaker>| {
            after.get(id).is_some_and(|breaker| Arc::ptr_eq(breaker, everybodys))
        };
        let mut all = self.lock();
        forget_the_gone(&mut all);
        for organization in all.values_mut() {
            organization.providers.clear();
            organization.deployments.clear();
            organization.breakers.retain(|id, (everybodys, _)| goes_on(id, everybodys));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Organization>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Accounts(of {} organizations)", self.lock().len())
    }
}

/// The account that a deployment is asked on.
fn account<'a>(accounts: &'a [OwnAccount], deployment: &Deployment) -> Option<&'a OwnAccount> {
    match deployment.provider.reach {
        Reach::Sandbox => None,
        Reach::Upstream(_) => accounts.iter().find(|account| account.provider == deployment.provider.name),
    }
}

/// What has been made for the caller's organization with these accounts. With others, nothing of before is good: a new
/// credential is tried at once.
fn of<'a>(
    all: &'a mut HashMap<String, Organization>,
    caller: &Key,
    accounts: Arc<Vec<OwnAccount>>,
) -> &'a mut Organization {
    let id = &caller.project.organization;
    if all.get(id).is_none_or(|known| known.accounts != accounts) {
        forget_the_gone(all);
        all.insert(id.clone(), Organization::new(accounts));
    }
    all.get_mut(id).expect("it was put in where it was not there")
}

/// Lists that nobody else holds are no organization's any more: what was made with them holds secrets that were deleted.
fn forget_the_gone(all: &mut HashMap<String, Organization>) {
    all.retain(|_, organization| Arc::strong_count(&organization.accounts) > 1);
}

impl Organization {
    fn new(accounts: Arc<Vec<OwnAccount>>) -> Self {
        Self { accounts, providers: HashMap::new(), breakers: HashMap::new(), deployments: HashMap::new() }
    }

    fn deployment(&mut self, servers: &Arc<Deployment>) -> Arc<Deployment> {
        let accounts = self.accounts.clone();
        let Some(account) = account(&accounts, servers) else { return servers.clone() };
        let place = Arc::as_ptr(servers) as usize;
        if let Some((_, own)) = self.deployments.get(&place) {
            return own.clone();
        }
        let provider = self.provider(&servers.provider, account);
        let breaker = self.breaker(servers);
        let own = Arc::new(servers.on_account(provider, breaker));
        self.deployments.insert(place, (servers.clone(), own.clone()));
        own
    }

    fn provider(&mut self, servers: &Arc<Provider>, account: &OwnAccount) -> Arc<Provider> {
        match self.providers.get(&servers.name) {
            Some((known, own)) if Arc::ptr_eq(known, servers) => own.clone(),
            _ => {
                let own = Arc::new(servers.on_account(account.reveal()));
                self.providers.insert(servers.name.clone(), (servers.clone(), own.clone()));
                own
            }
        }
    }

    fn breaker(&mut self, servers: &Deployment) -> Arc<Breaker> {
        match self.breakers.get(&servers.id) {
            Some((everybodys, own)) if Arc::ptr_eq(everybodys, &servers.breaker) => own.clone(),
            _ => {
                let own = Arc::new(servers.breaker.afresh());
                self.breakers.insert(servers.id.clone(), (servers.breaker.clone(), own.clone()));
                own
            }
        }
    }
}
