//! What the environment says, which of it wins, and what contradicts what.
//!
//! In: the flags and variables of a [`Question`]. Out: [`Resolved`] settings with where each comes from, as the vendors'
//! SDKs resolve them, and remarks. Values of keys are compared and never shown.

use std::path::Path;

use crate::dialect::{AZURE_VERSION, Dialect};
use crate::question::Question;
use crate::variables::{About, about, all, rivals};
use crate::vendors::{VENDORS, Vendor};

/// A value and what it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) value: String,
    pub(crate) origin: String,
}

/// What holds.
#[derive(Debug, Clone)]
pub(crate) struct Resolved {
    pub(crate) vendor: Option<&'static Vendor>,
    pub(crate) dialect: Dialect,
    /// The dialect whose header carries the key: tokens of a login go as `Bearer` whatever the rest is.
    pub(crate) carrier: Dialect,
    pub(crate) base_url: Option<Setting>,
    pub(crate) key: Option<Setting>,
    /// Variables that were looked at for a key, the first first.
    pub(crate) key_variables: Vec<&'static str>,
    pub(crate) organization: Option<Setting>,
    pub(crate) project: Option<Setting>,
    pub(crate) api_version: String,
    /// What contradicts what.
    pub(crate) conflicts: Vec<String>,
    /// Names of the variables that matter and are set.
    pub(crate) set: Vec<String>,
}

impl Resolved {
    /// The vendor whose own host the base URL names: only there is it certain how its keys look, and that it speaks TLS.
    pub(crate) fn hosted(&self) -> Option<&'static Vendor> {
        of_url(&self.base_url.as_ref()?.value).filter(|vendor| vendor.is_hosted())
    }

    /// The variable of the base URL to which the vendor's SDK adds its version by itself.
    pub(crate) fn versioned_by_sdk(&self) -> Option<&str> {
        let vendor = self.vendor.filter(|vendor| vendor.dialect == self.dialect)?;
        let origin = &self.base_url.as_ref()?.origin;
        vendor.base_variables.contains(&origin.as_str()).then_some(origin.as_str())
    }
}

/// What holds for a question.
pub(crate) fn resolve(question: &Question) -> Resolved {
    let named = question.provider.or_else(|| question.base_url.as_deref().and_then(of_url));
    let vendor = named.or_else(|| if question.base_url.is_none() { of_variables(question) } else { None });
    let openai = &VENDORS[0];
    let base_url = base_url(question, vendor.unwrap_or(openai));
    // A variable of one vendor's SDK may name the host of another: the SDK reads its own key in that case.
    let at = base_url.as_ref().and_then(|setting| of_url(&setting.value)).or(named);
    let asked = vendor.unwrap_or(openai);
    let is_own =
        |vendor: &'static Vendor| base_url.as_ref().is_some_and(|s| vendor.base_variables.contains(&s.origin.as_str()));
    let key_variables: Vec<&'static str> = match at {
        Some(at) if !is_own(asked) && at != openai => [at.key_variables, openai.key_variables].concat(),
        _ => asked.key_variables.to_vec(),
    };
    let dialect = question.provider.or(at).map_or(asked.dialect, |vendor| vendor.dialect);
    let dialect = question.dialect.unwrap_or_else(|| compatible(dialect, base_url.as_ref()));
    let (key, carrier) = key(question, &key_variables, asked, dialect);
    // Whose variable names a host of nobody's, is spoken to there; OPENAI_BASE_URL is everybody's.
    let spoken = if is_own(asked) && asked != openai { Some(asked) } else { None };
    let mut resolved = Resolved {
        vendor: at.or(spoken),
        dialect,
        carrier,
        base_url,
        key,
        key_variables,
        organization: flag(question.organization.as_deref(), "--organization")
            .or_else(|| openai_only(question, dialect, About::Organization)),
        project: flag(question.project.as_deref(), "--project")
            .or_else(|| openai_only(question, dialect, About::Project)),
        api_version: question
            .api_version
            .clone()
            .or_else(|| first(question, about(About::ApiVersion)).map(|setting| setting.value))
            .unwrap_or_else(|| AZURE_VERSION.to_owned()),
        conflicts: Vec::new(),
        set: set(question),
    };
    resolved.conflicts = conflicts(question, &resolved);
    resolved
}

fn flag(value: Option<&str>, name: &str) -> Option<Setting> {
    value.map(|value| Setting { value: value.to_owned(), origin: name.to_owned() })
}

fn first(question: &Question, mut names: impl Iterator<Item = &'static str>) -> Option<Setting> {
    names.find_map(|name| flag(question.variable(name), name))
}

fn openai_only(question: &Question, dialect: Dialect, thing: About) -> Option<Setting> {
    (dialect == Dialect::OpenAi).then(|| first(question, about(thing))).flatten()
}

/// The key, and whose header carries it. Azure's SDK takes a token before a key, Anthropic's sends both where both are set.
fn key(
    question: &Question,
    names: &[&'static str],
    asked: &'static Vendor,
    dialect: Dialect,
) -> (Option<Setting>, Dialect) {
    if let Some(key) = flag(question.key.as_deref(), question.origin.unwrap_or("--key")) {
        return (Some(key), dialect);
    }
    let key = first(question, names.iter().copied());
    let token = if asked.dialect == dialect { first(question, asked.token_variables.iter().copied()) } else { None };
    match (key, token) {
        (_, Some(token)) if dialect == Dialect::Azure => (Some(token), Dialect::OpenAi),
        (None, Some(token)) => (Some(token), Dialect::OpenAi),
        (key, _) => (key, dialect),
    }
}

fn base_url(question: &Question, vendor: &'static Vendor) -> Option<Setting> {
    let default = || {
        (!vendor.base_url.is_empty())
            .then(|| Setting { value: vendor.base_url.to_owned(), origin: format!("{}'s default", vendor.title) })
    };
    flag(question.base_url.as_deref(), question.origin.unwrap_or("--base-url"))
        .or_else(|| first(question, vendor.base_variables.iter().copied()))
        .or_else(default)
}

/// The vendor whose host an address names.
fn of_url(text: &str) -> Option<&'static Vendor> {
    Vendor::by_host(url::Url::parse(text.trim()).ok()?.host_str()?)
}

/// The vendor whose variables are set, the first of the table.
fn of_variables(question: &Question) -> Option<&'static Vendor> {
    let is_set = |vendor: &&Vendor| {
        let names = [vendor.base_variables, vendor.key_variables, vendor.token_variables].concat();
        names.iter().any(|name| question.variable(name).is_some())
    };
    VENDORS.iter().find(is_set)
}

/// Google and Azure have OpenAI's dialect too, under paths of its own.
fn compatible(dialect: Dialect, base_url: Option<&Setting>) -> Dialect {
    let path = base_url.map_or("", |setting| setting.value.trim_end_matches('/'));
    match dialect {
        Dialect::Gemini if path.ends_with("/openai") => Dialect::OpenAi,
        other => other,
    }
}

fn set(question: &Question) -> Vec<String> {
    all().into_iter().filter(|name| question.is_set(name)).map(str::to_owned).collect()
}

fn conflicts(question: &Question, resolved: &Resolved) -> Vec<String> {
    let mut found = Vec::new();
    for names in rivals() {
        let values: Vec<_> = names.iter().filter_map(|name| Some((*name, question.variable(name)?))).collect();
        if let [(winner, one), (loser, other)] = values[..]
            && one != other
        {
            found.push(format!("{winner} and {loser} differ; {winner} wins"));
        }
    }
    found.extend(tokens_and_keys(question, resolved));
    if question.variable("AZURE_OPENAI_API_VERSION").is_some()
        && resolved.dialect == Dialect::Azure
        && first(question, about(About::ApiVersion)).is_none()
    {
        found.push("AZURE_OPENAI_API_VERSION is set; OpenAI's SDK reads OPENAI_API_VERSION".to_owned());
    }
    if let Some(key) = &resolved.key {
        for (path, text) in &question.dot_env {
            let names = resolved.key_variables.iter().filter(|name| **name == key.origin);
            let other = names.filter_map(|name| in_dot_env(text, name)).find(|value| *value != key.value);
            if other.is_some() {
                let path = path.display();
                found.push(format!(
                    "{} is another one in {path}; what is in the environment wins over such a file",
                    key.origin
                ));
            }
        }
    }
    found.extend(base_url_astray(question, resolved));
    if question.variable("NODE_TLS_REJECT_UNAUTHORIZED") == Some("0") {
        found.push("NODE_TLS_REJECT_UNAUTHORIZED=0 makes Node accept every certificate".to_owned());
    }
    found
}

/// A base URL in a `.env` that the environment does not have, or has otherwise.
fn base_url_astray(question: &Question, resolved: &Resolved) -> Option<String> {
    if question.base_url.is_some() {
        return None;
    }
    let names = resolved.vendor.unwrap_or(&VENDORS[0]).base_variables;
    question.dot_env.iter().find_map(|(path, text)| {
        let (name, value) = names.iter().find_map(|name| Some((name, in_dot_env(text, name)?)))?;
        let path = path.display();
        match question.variable(name) {
            Some(now) if now == value => None,
            Some(_) => {
                Some(format!("{name} is another one in {path}; what is in the environment wins over such a file"))
            }
            None => {
                Some(format!("{path} holds {name}, and the environment does not: programs that load it call there"))
            }
        }
    })
}

/// A token of a login beside a key.
fn tokens_and_keys(question: &Question, resolved: &Resolved) -> Option<String> {
    let vendor = resolved.vendor?;
    let key = vendor.key_variables.iter().find(|name| question.variable(name).is_some())?;
    let token = vendor.token_variables.iter().find(|name| question.variable(name).is_some())?;
    Some(match vendor.dialect {
        Dialect::Azure => format!("{token} and {key} are both set; the token wins"),
        _ => format!("{key} and {token} are both set; the SDK sends both, and the key is looked at here"),
    })
}

/// Where the key might be that is not in the environment: in a `.env` that nobody loads, or under another name.
pub(crate) fn astray(question: &Question, resolved: &Resolved) -> Option<(String, String)> {
    for (path, text) in &question.dot_env {
        for name in &resolved.key_variables {
            if in_dot_env(text, name).is_some_and(|value| !value.is_empty()) {
                let file = file_name(path);
                let seen = format!("{} holds {name}, and the environment does not", path.display());
                let remedy = format!(
                    "load {file} before the client is made (python-dotenv: load_dotenv(); Node: node --env-file={file}; \
                     shell: set -a; . ./{file}; set +a)"
                );
                return Some((seen, remedy));
            }
        }
    }
    let meant = resolved.key_variables.first()?;
    let mut mistyped = about(About::Mistyped).filter(|name| name.starts_with("OPEN"));
    let mistyped = mistyped.find(|name| meant.starts_with("OPENAI") && question.variable(name).is_some())?;
    Some((format!("{mistyped} is set, which no SDK reads"), format!("call the variable {meant}")))
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The value of a name in a `.env`.
pub(crate) fn in_dot_env<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (known, value) = line.split_once('=')?;
        (known.trim() == name).then(|| value.trim().trim_matches(['"', '\'']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(variables: &[(&str, &str)]) -> Question {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Question { variables, ..Question::default() }
    }

    #[test]
    fn a_flag_wins_over_a_variable_and_that_over_the_default() {
        let none = resolve(&question(&[]));
        let variable = resolve(&question(&[("OPENAI_BASE_URL", "http://h/v1"), ("OPENAI_API_KEY", "sk-1")]));
        let flag = resolve(&Question {
            base_url: Some("http://f/v1".to_owned()),
            ..question(&[("OPENAI_BASE_URL", "http://h/v1"), ("OPENAI_API_KEY", "sk-1")])
        });

        assert_eq!(none.base_url.unwrap().value, "https://api.openai.com/v1");
        assert_eq!(none.key_variables, ["OPENAI_API_KEY"]);
        assert_eq!(variable.base_url.unwrap().origin, "OPENAI_BASE_URL");
        assert_eq!(flag.base_url.unwrap().value, "http://f/v1");
        assert_eq!(flag.key.unwrap().origin, "OPENAI_API_KEY");
    }

    #[test]
    fn the_dialect_and_the_key_are_those_of_the_vendor_whose_variables_are_set() {
        let anthropic = resolve(&question(&[("ANTHROPIC_API_KEY", "sk-ant-1")]));
        let gemini = resolve(&question(&[("GEMINI_API_KEY", "a"), ("GOOGLE_API_KEY", "b")]));
        let redirected =
            resolve(&question(&[("OPENAI_BASE_URL", "https://api.groq.com/openai/v1"), ("OPENAI_API_KEY", "gsk_1")]));

        assert_eq!((anthropic.dialect, anthropic.key.unwrap().value.as_str()), (Dialect::Anthropic, "sk-ant-1"));
        assert_eq!(gemini.key.as_ref().unwrap().origin, "GOOGLE_API_KEY");
        assert_eq!(gemini.conflicts, ["GOOGLE_API_KEY and GEMINI_API_KEY differ; GOOGLE_API_KEY wins"]);
        assert_eq!(redirected.vendor.unwrap().name, "groq");
        assert_eq!(redirected.hosted().unwrap().name, "groq");
        assert_eq!(redirected.key.unwrap().origin, "OPENAI_API_KEY");
    }

    #[test]
    fn a_token_of_a_login_goes_into_the_header_of_tokens() {
        let token = resolve(&question(&[("ANTHROPIC_AUTH_TOKEN", "token-1")]));
        let both = resolve(&question(&[("ANTHROPIC_AUTH_TOKEN", "token-1"), ("ANTHROPIC_API_KEY", "sk-ant-1")]));
        let azure = resolve(&question(&[
            ("AZURE_OPENAI_ENDPOINT", "https://demo.openai.azure.com"),
            ("AZURE_OPENAI_API_KEY", "k"),
            ("AZURE_OPENAI_AD_TOKEN", "t"),
        ]));

        assert_eq!((token.dialect, token.carrier), (Dialect::Anthropic, Dialect::OpenAi));
        assert_eq!((both.key.unwrap().value.as_str(), both.carrier), ("sk-ant-1", Dialect::Anthropic));
        assert!(both.conflicts[0].contains("the SDK sends both"), "{:?}", both.conflicts);
        assert_eq!((azure.key.unwrap().value.as_str(), azure.carrier), ("t", Dialect::OpenAi));
        assert_eq!(azure.conflicts, ["AZURE_OPENAI_AD_TOKEN and AZURE_OPENAI_API_KEY are both set; the token wins"]);
    }

    #[test]
    fn a_vendor_that_is_named_for_another_host_is_not_at_home_there() {
        let local = resolve(&Question {
            base_url: Some("http://127.0.0.1:4000".to_owned()),
            provider: Vendor::by_name("anthropic"),
            ..question(&[])
        });

        assert_eq!((local.vendor.unwrap().name, local.dialect), ("anthropic", Dialect::Anthropic));
        assert_eq!(local.hosted(), None);
    }

    #[test]
    fn a_base_url_in_a_file_that_nobody_loads_is_told() {
        let mut question = question(&[("OPENAI_API_KEY", "sk-1")]);
        question.dot_env = vec![(".env".into(), "OPENAI_BASE_URL=http://127.0.0.1:8000/v1\n".to_owned())];

        let told = resolve(&question).conflicts;
        let by_flag = resolve(&Question { base_url: Some("http://h/v1".to_owned()), ..question }).conflicts;

        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with(".env holds OPENAI_BASE_URL"), "{told:?}");
        assert_eq!(by_flag, [""; 0]);
    }

    #[test]
    fn a_key_in_a_file_that_nobody_loads_is_found() {
        let mut question = question(&[]);
        question.dot_env = vec![(".env".into(), "# keys\nexport OPENAI_API_KEY=\"sk-1\"\n".to_owned())];

        let (seen, remedy) = astray(&question, &resolve(&question)).unwrap();

        assert!(seen.contains(".env holds OPENAI_API_KEY"), "{seen}");
        assert!(remedy.contains("load_dotenv"), "{remedy}");
    }
}
