//! What is right as a text and yet may not work: the credentials that the data directory keeps, and the certificate.
//!
//! In: loaded settings and the time. Out: problems and warnings with the place of the setting. Nothing is written: a
//! data directory that is not there yet stays so.

mod validity;

use tollgate_gateway::settings::Credential;
use tollgate_gateway::{TlsError, own_certificate};
use tollgate_store::credentials::{self, StoredCredential};
use tollgate_store::database::{Database, FILE_NAME};
use tollgate_store::secrets::{Secrets, SecretsError};

use self::validity::Validity;
use super::data_dir;
use super::output::time;
use crate::settings::Loaded;
use crate::settings::problem::{Problem, listed};
use crate::settings::tree::Path;
use crate::words::counted;

/// Days before its end from which a certificate is worth a warning: a fortnight, in which who renews monthly has had a
/// turn.
const DAYS_BEFORE: i64 = 14;

/// What a trial has shown.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// What a start fails over, or no caller gets past.
    pub(super) problems: Vec<Problem>,
    /// What will be one.
    pub(super) warnings: Vec<Problem>,
}

/// Tries everything.
pub(super) fn of_all(loaded: &Loaded, now: i64) -> Findings {
    let mut findings = Findings::default();
    stored_credentials(loaded, &mut findings);
    certificate(loaded, now, &mut findings);
    findings
}

/// What is to be said of the certificate's dates. That it cannot be used at all is the business of the start itself.
pub(super) fn of_certificate_dates(loaded: &Loaded, now: i64) -> Vec<Problem> {
    let Some(Ok(certificate)) = loaded.settings.gateway.tls.as_ref().map(own_certificate) else {
        return Vec::new();
    };
    let mut findings = Findings::default();
    dates(loaded, &certificate, now, &mut findings);
    findings.problems.into_iter().chain(findings.warnings).collect()
}

fn stored_credentials(loaded: &Loaded, findings: &mut Findings) {
    let settings = &loaded.settings;
    if settings.stored.is_empty() {
        return;
    }
    let file = settings.data_dir.join(FILE_NAME);
    if !file.is_file() {
        findings.warnings.extend(settings.stored.iter().map(|(provider, name)| {
            let what = format!("{name:?} cannot be tried: there is no database in {}", settings.data_dir.display());
            let flag = data_dir::flag(&settings.data_dir);
            let help = format!("the first start makes one; then run: tollgate credentials set {name}{flag}");
            loaded.problem(&path_of(provider), what).help(help)
        }));
        return;
    }
    // A reader, so that trying changes nothing, least of all the version of a database that a server has open.
    let read = Database::open_reader(&file).and_then(|database| Ok((credentials::list(&database)?, database)));
    match read {
        Ok((kept, database)) => {
            let tried = settings.stored.iter().filter_map(|(provider, name)| {
                one_credential(loaded, &database, &kept, name).map(|found| (provider, found))
            });
            let told = tried.map(|(provider, (found, help))| {
                let problem = loaded.problem(&path_of(provider), "wrong value").found(found);
                match help {
                    Some(help) => problem.help(help),
                    None => problem,
                }
            });
            findings.problems.extend(told);
        }
        Err(error) => {
            let found = format!("{}: {}", file.display(), with_causes(&error));
            findings.problems.push(loaded.problem(&Path::to("data_dir"), "cannot be read").found(found));
        }
    }
}

fn path_of(provider: &str) -> Path {
    Path::to("providers").key(provider).key("credential").key("stored")
}

/// What is wrong with a credential, and what helps.
fn one_credential(
    loaded: &Loaded,
    database: &Database,
    kept: &[StoredCredential],
    name: &str,
) -> Option<(String, Option<String>)> {
    let directory = &loaded.settings.data_dir;
    let set = || Some(format!("run: tollgate credentials set {name}{}", data_dir::flag(directory)));
    if !kept.iter().any(|credential| credential.name == name) {
        let names = listed(kept.iter().map(|credential| credential.name.as_str()));
        return Some((format!("{name:?}, but {} keeps {names}", directory.display()), set()));
    }
    // There is one, so the secrets are in use: they are read, and not made where they are missing.
    let secrets = match Secrets::open(database) {
        Ok(secrets) => secrets,
        Err(SecretsError::Store(error)) => return Some((format!("{name:?}, but {}", with_causes(&error)), None)),
        Err(error) => return Some((format!("{name:?}, but {error}"), None)),
    };
    match credentials::get(database, &secrets.master, name) {
        Ok(Some(credential)) => Credential::new(credential.reveal().to_owned())
            .is_none()
            .then(|| (format!("{name:?}, which has characters that cannot stand in a header"), set())),
        Ok(None) => Some((format!("{name:?}, which has just been removed"), set())),
        Err(error) => Some((format!("{name:?}, but {}", with_causes(&error)), set())),
    }
}

fn certificate(loaded: &Loaded, now: i64, findings: &mut Findings) {
    let Some(tls) = &loaded.settings.gateway.tls else { return };
    let path = Path::to("tls");
    match own_certificate(tls) {
        Ok(certificate) => dates(loaded, &certificate, now, findings),
        Err(error) => {
            let is_key = match &error {
                TlsError::Mismatch { .. } => true,
                TlsError::File { path, .. } => *path == tls.key.display().to_string(),
                _ => false,
            };
            let path = path.key(if is_key { "key" } else { "certificate" });
            findings.problems.push(loaded.problem(&path, "wrong value").found(with_causes(&error)));
        }
    }
}

fn dates(loaded: &Loaded, certificate: &[u8], now: i64, findings: &mut Findings) {
    let path = Path::to("tls").key("certificate");
    let Some(Validity { not_before, not_after }) = validity::of(certificate) else {
        findings.problems.push(loaded.problem(&path, "the certificate's dates cannot be read"));
        return;
    };
    let help = "put a new certificate in its place; a running server takes it up by itself";
    let days = (not_after - now).div_euclid(24 * 60 * 60);
    if now < not_before {
        let found = format!("one that is valid from {}", time(not_before));
        findings.problems.push(loaded.problem(&path, "wrong value").found(found).help("is the clock right?"));
    } else if now > not_after {
        let found = format!("one that expired at {}", time(not_after));
        findings.problems.push(loaded.problem(&path, "wrong value").found(found).help(help));
    } else if days < DAYS_BEFORE {
        let days = counted(days.unsigned_abs(), "day", "days");
        let what = format!("the certificate expires at {}, in {days}", time(not_after));
        findings.warnings.push(loaded.problem(&path, what).help(help));
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
