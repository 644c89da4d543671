//! A vendor's own host: its name, its certificate, its answers. A proxy leads the name to loopback.

use tollgate_doctor::{Question, Report};
use tollgate_testing::upstream::Received;
use tollgate_testing::{Answer, Authority, Upstream};

use crate::stage::{Manner, Proxy, look};

/// The host of a vendor.
pub(crate) struct Home {
    pub(crate) upstream: Upstream,
    proxy: Proxy,
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) async fn at(host: &str, script: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        let authority = Authority::new();
        let upstream = Upstream::start_tls(authority.leaf(host).server(&["http/1.1"])).await;
        upstream.otherwise(script);
        let proxy = Proxy::start(Manner::Leads(upstream.address())).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        Self { upstream, proxy, folder }
    }

    /// What a program would ask that has these variables.
    pub(crate) fn question(&self, variables: &[(&str, &str)]) -> Question {
        Question {
            variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            proxy: Some(self.proxy.url()),
            ca_file: Some(self.folder.path().join("ca.pem")),
            patience: std::time::Duration::from_secs(5),
            ..Question::default()
        }
    }

    /// Looks, and sees to it that no value of a variable with a key is shown.
    pub(crate) async fn look(&self, question: &Question) -> Report {
        let report = look(question).await;
        let shown = format!("{} {}", report.to_json(), report.exchanges.join(" "));
        for (name, value) in &question.variables {
            let is_secret = name.ends_with("KEY") || name.ends_with("TOKEN");
            assert!(!is_secret || !shown.contains(value.as_str()), "{name} is shown");
        }
        report
    }

    /// How often the endpoint of completions was called.
    pub(crate) fn completions(&self) -> usize {
        self.upstream.received().iter().filter(|received| received.line().starts_with("POST")).count()
    }
}
