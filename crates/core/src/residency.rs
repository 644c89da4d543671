//! Where a project's calls may be served: OpenAI's words for residency, as regions of deployments.
//!
//! In: a word such as `EU_STORAGE_PROCESSING`, and the region that the settings name of a deployment. Out: yes or no. A region
//! is what an operator has called it; known are country codes and the names that AWS, Azure and Google Cloud have for their
//! regions (their lists of regions, November 2026). A deployment without a region is nowhere, and serves no bound project.

use crate::policy::matches;

/// What binds the calls of a project to some regions. `GLOBAL` binds nothing and is not one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Residency {
    /// `US_STORAGE_PROCESSING`
    UnitedStates,
    /// `EU_STORAGE_PROCESSING`
    EuropeanUnion,
    /// `JP_STORAGE`
    Japan,
    /// `KR_STORAGE`
    Korea,
    /// `CA_STORAGE`
    Canada,
    /// `SG_STORAGE`
    Singapore,
    /// `IN_STORAGE`
    India,
    /// `AU_STORAGE`
    Australia,
    /// `GB_STORAGE`
    GreatBritain,
    /// `AE_STORAGE`, and `AE_STORAGE_PROCESSING`, which binds calls alike.
    Emirates,
}

impl Residency {
    /// The residency of a word; `None` for `GLOBAL` and any text that is not one.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "US_STORAGE_PROCESSING" => Self::UnitedStates,
            "EU_STORAGE_PROCESSING" => Self::EuropeanUnion,
            "JP_STORAGE" => Self::Japan,
            "KR_STORAGE" => Self::Korea,
            "CA_STORAGE" => Self::Canada,
            "SG_STORAGE" => Self::Singapore,
            "IN_STORAGE" => Self::India,
            "AU_STORAGE" => Self::Australia,
            "GB_STORAGE" => Self::GreatBritain,
            "AE_STORAGE" | "AE_STORAGE_PROCESSING" => Self::Emirates,
            _ => return None,
        })
    }

    /// Whether a region lies there.
    #[must_use]
    pub fn holds(self, region: &str) -> bool {
        let is_one = |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, region));
        is_one(self.patterns()) && !is_one(self.except())
    }

    /// Patterns of the regions there; the first is the shortest name, and shown where there is room for one.
    #[must_use]
    pub fn patterns(self) -> &'static [&'static str] {
        match self {
            Self::UnitedStates => &["us", "us-*", "eastus*", "westus*", "centralus*", "*thcentralus", "westcentralus"],
            Self::EuropeanUnion => &[
                "eu",
                "eu-*",
                "europe-*",
                "westeurope",
                "northeurope",
                "austria*",
                "belgium*",
                "denmark*",
                "finland*",
                "france*",
                "germany*",
                "greece*",
                "italy*",
                "poland*",
                "spain*",
                "sweden*",
            ],
            Self::Japan => {
                &["jp", "jp-*", "ap-northeast-1", "ap-northeast-3", "asia-northeast1", "asia-northeast2", "japan*"]
            }
            Self::Korea => &["kr", "kr-*", "ap-northeast-2", "asia-northeast3", "korea*"],
            Self::Canada => &["ca", "ca-*", "northamerica-northeast1", "northamerica-northeast2", "canada*"],
            Self::Singapore => &["sg", "sg-*", "ap-southeast-1", "asia-southeast1", "southeastasia"],
            Self::India => &["in", "in-*", "ap-south-1", "ap-south-2", "asia-south1", "asia-south2", "*india"],
            Self::Australia => &["au", "au-*", "ap-southeast-2", "ap-southeast-4", "australia*"],
            Self::GreatBritain => &["gb", "gb-*", "uk", "uk-*", "eu-west-2", "europe-west2", "uksouth", "ukwest"],
            Self::Emirates => &["ae", "ae-*", "me-central-1", "uae*"],
        }
    }

    /// Regions that the patterns cover and that lie elsewhere: London and Zurich go by Europe's name with two clouds.
    fn except(self) -> &'static [&'static str] {
        match self {
            Self::EuropeanUnion => &["eu-west-2", "eu-central-2", "europe-west2", "europe-west6"],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_where_its_cloud_has_it() {
        for (word, there, elsewhere) in [
            ("US_STORAGE_PROCESSING", &["us", "us-east-1", "eastus2", "southcentralus", "us-central1"][..], "eu"),
            (
                "EU_STORAGE_PROCESSING",
                &["eu", "eu-west-1", "europe-west3", "swedencentral", "francecentral"],
                "eu-west-2",
            ),
            ("EU_STORAGE_PROCESSING", &["eu-frankfurt"], "europe-west6"),
            ("JP_STORAGE", &["jp", "ap-northeast-1", "japaneast"], "ap-northeast-2"),
            ("KR_STORAGE", &["ap-northeast-2", "koreacentral"], "ap-northeast-1"),
            ("CA_STORAGE", &["ca-central-1", "canadaeast"], "us-east-1"),
            ("SG_STORAGE", &["ap-southeast-1", "southeastasia"], "ap-southeast-2"),
            ("IN_STORAGE", &["ap-south-1", "centralindia"], "us"),
            ("AU_STORAGE", &["ap-southeast-2", "australiaeast"], "sg"),
            ("GB_STORAGE", &["eu-west-2", "uksouth", "gb"], "eu-west-1"),
            ("AE_STORAGE_PROCESSING", &["me-central-1", "uaenorth"], "eu"),
        ] {
            let residency = Residency::of_word(word).unwrap();
            assert!(there.iter().all(|region| residency.holds(region)), "{word}");
            assert!(!residency.holds(elsewhere), "{word}: {elsewhere}");
        }
        assert_eq!(Residency::of_word("GLOBAL"), None);
    }
}
