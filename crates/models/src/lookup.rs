//! Finding a model's row under the spelling that a vendor, a router or a configuration gives its name.
//!
//! In: a vendor, where it is known, and a name. Out: the nearest row, and how near it is.

use std::sync::LazyLock;

use crate::spelling::{bare, canonical};
use crate::table::{Model, lines, row_at};
use crate::vendor::Vendor;

/// How a row answers to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is the vendor's own row of exactly this name. Its date of retirement is this name's.
    Exact,
    /// It is the vendor's own row of the same model under another spelling or another date.
    Spelling,
    /// It is another vendor's row of the same model: limits and dates may differ.
    OtherVendor,
}

/// A row, and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The row.
    pub model: Model,
    /// How near it is.
    pub how: How,
}

/// A hash of the canonical name and the place of each row, in the order of both: eight bytes for a row, where a map of
/// the names takes two hundred.
static BY_CANONICAL: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
    let name = |line: &'static str| line.split('\t').nth(1).unwrap_or_default();
    let place = |at: usize| u32::try_from(at).expect("the table has some hundred kilobytes");
    let mut index: Vec<_> = lines().map(|(at, line)| (hash(&canonical(name(line))), place(at))).collect();
    index.sort_unstable();
    index
});

/// FNV-1a.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The row for a name at a vendor. Without a vendor, a bare name is taken for OpenAI's where OpenAI has it.
#[must_use]
pub fn find(vendor: Option<Vendor>, name: &str) -> Option<Found> {
    let rows = rows(name);
    let at = vendor.or_else(|| rows.iter().any(|m| m.vendor == Vendor::OpenAi).then_some(Vendor::OpenAi));
    let own = |model: &&Model| at.is_some_and(|at| is_of(model.vendor, at));
    let exact = rows.iter().find(|model| own(model) && is_written(model.name, name));
    if let Some(model) = exact {
        return Some(Found { model: *model, how: How::Exact });
    }
    if let Some(model) = nearest(rows.iter().filter(own), name) {
        return Some(Found { model, how: How::Spelling });
    }
    nearest(rows.iter(), name).map(|model| Found { model, how: How::OtherVendor })
}

/// Who serves the model that a name means, its maker before those who serve the models of many.
#[must_use]
pub fn sellers(name: &str) -> Vec<Vendor> {
    let mut vendors: Vec<Vendor> = rows(name).iter().map(|model| model.vendor).collect();
    vendors.sort_by_key(|vendor| (vendor.serves_others_models(), *vendor));
    vendors.dedup();
    vendors
}

/// All rows of the model that a name means, of any vendor.
pub(crate) fn rows(name: &str) -> Vec<Model> {
    let name = canonical(name);
    let hash = hash(&name);
    let from = BY_CANONICAL.partition_point(|(known, _)| *known < hash);
    let places = BY_CANONICAL[from..].iter().take_while(|(known, _)| *known == hash);
    places.filter_map(|(_, place)| row_at(*place as usize)).filter(|model| canonical(model.name) == name).collect()
}

/// Whether a row's vendor is `asked`. Azure's two services share their hosts.
pub(crate) fn is_of(row: Vendor, asked: Vendor) -> bool {
    let azure = |vendor| matches!(vendor, Vendor::Azure | Vendor::AzureAi);
    row == asked || (azure(row) && azure(asked))
}

/// Whether it is the same name but for what a region, a router or letter case adds.
fn is_written(row: &str, name: &str) -> bool {
    let is_tuned = |name: &str| name.starts_with("ft:");
    row.eq_ignore_ascii_case(name) || (bare(row) == bare(name) && is_tuned(row) == is_tuned(name))
}

/// Of several, the one that is written like the name; else the one without a date, which is the shortest.
fn nearest<'m>(rows: impl Iterator<Item = &'m Model>, name: &str) -> Option<Model> {
    rows.copied().min_by_key(|model| (!is_written(model.name, name), model.name.len()))
}
