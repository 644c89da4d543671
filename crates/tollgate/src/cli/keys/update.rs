//! `tollgate keys update`: changes what a key may do, under its present secret.

use tollgate_control::use_cases::keys::KeyChanges;

use super::desk::{Change, Desk};
use super::{Common, changed, patterns, tier};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Which key
    key: String,
    /// What it is called from now on
    #[arg(long)]
    name: Option<String>,
    /// Models it may use, separated by commas; '' is all
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',')]
    models: Option<Vec<String>>,
    /// Models it may not use, even if allowed; '' is none
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',')]
    deny_models: Option<Vec<String>>,
    /// Regions in which its calls may be served; '' is everywhere
    #[arg(long, value_name = "PATTERNS", value_delimiter = ',')]
    regions: Option<Vec<String>>,
    /// Its tier
    #[arg(long, value_name = "NUMBER", value_parser = tier())]
    tier: Option<u8>,
    /// Addresses and networks from which it may be used; '' is anywhere
    #[arg(long, value_name = "NETWORKS", value_delimiter = ',')]
    addresses: Option<Vec<String>>,
    /// What it may do, for example api.model.read; '' is everything
    #[arg(long, value_delimiter = ',')]
    scopes: Option<Vec<String>>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let given = |list: &Option<Vec<String>>| list.clone().map(without_empty);
    let changes = KeyChanges {
        name: args.name.clone(),
        permissions: given(&args.scopes),
        models_allow: given(&args.models),
        models_deny: given(&args.deny_models),
        regions: given(&args.regions),
        tier: args.tier,
        addresses: given(&args.addresses),
        ..KeyChanges::default()
    };
    let desk = Desk::of(&args.common, None)?;
    let key = desk.change(&args.key, &Change::Update(Box::new(changes)), "the key was not changed")?;
    if desk.is_here() {
        patterns::warn(&args.common.data_dir, &[key.models_allow.as_slice(), &key.models_deny].concat());
    }
    changed(&key, args.common.json, "changed")
}

/// An empty text is how a shell writes an empty list.
fn without_empty(list: Vec<String>) -> Vec<String> {
    list.into_iter().filter(|text| !text.is_empty()).collect()
}
