//! `[diagnosis]`: where the explanation of a failure is shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tollgate_errors::Show;

/// How a failure is explained.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawDiagnosis {
    /// Where the explanation is shown, unless the request header `x-tollgate-diagnosis` asks otherwise.
    pub show: RawShow,
}

/// Where an explanation is shown.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawShow {
    /// In the error object and in headers.
    #[default]
    Body,
    /// In headers only.
    Header,
    /// Nowhere.
    Off,
}

pub(super) fn resolve(raw: &RawDiagnosis) -> Show {
    match raw.show {
        RawShow::Body => Show::Body,
        RawShow::Header => Show::Header,
        RawShow::Off => Show::Off,
    }
}
