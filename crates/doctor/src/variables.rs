//! The variables that matter beside keys and base URLs, each once: what it is about, and whether its value is secret.
//!
//! In: a subject. Out: the names that programs read about it, the one that wins first. Keys and base URLs are the
//! vendors' own: [`crate::VENDORS`] has them.

use crate::vendors::VENDORS;

/// What a variable is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// The organization of OpenAI's that a request names.
    Organization,
    /// The project of OpenAI's.
    Project,
    /// Azure's `api-version`.
    ApiVersion,
    /// The proxy of `http://` addresses.
    HttpProxy,
    /// The proxy of `https://` addresses.
    HttpsProxy,
    /// The proxy of both, where theirs is not set.
    AnyProxy,
    /// What goes through no proxy.
    NoProxy,
    /// Roots that a client trusts.
    Roots,
    /// How a client behaves.
    Behaviour,
    /// Names that people give to a setting and no SDK reads.
    Mistyped,
}

/// Of the names about one thing, the first wins: curl and Python's clients look for small letters first.
const OTHERS: [(About, &str); 30] = [
    (About::Organization, "OPENAI_ORG_ID"),
    (About::Organization, "OPENAI_ORGANIZATION"),
    (About::Project, "OPENAI_PROJECT_ID"),
    (About::ApiVersion, "OPENAI_API_VERSION"),
    (About::Behaviour, "OPENAI_API_TYPE"),
    (About::HttpProxy, "http_proxy"),
    (About::HttpProxy, "HTTP_PROXY"),
    (About::HttpsProxy, "https_proxy"),
    (About::HttpsProxy, "HTTPS_PROXY"),
    (About::AnyProxy, "all_proxy"),
    (About::AnyProxy, "ALL_PROXY"),
    (About::NoProxy, "no_proxy"),
    (About::NoProxy, "NO_PROXY"),
    (About::Roots, "SSL_CERT_FILE"),
    (About::Roots, "REQUESTS_CA_BUNDLE"),
    (About::Roots, "CURL_CA_BUNDLE"),
    (About::Roots, "NODE_EXTRA_CA_CERTS"),
    (About::Behaviour, "SSL_CERT_DIR"),
    (About::Behaviour, "NODE_TLS_REJECT_UNAUTHORIZED"),
    (About::Behaviour, "NODE_USE_ENV_PROXY"),
    (About::Mistyped, "OPENAI_KEY"),
    (About::Mistyped, "OPENAI_APIKEY"),
    (About::Mistyped, "OPENAI_API_TOKEN"),
    (About::Mistyped, "OPENAI_TOKEN"),
    (About::Mistyped, "OPENAI_SECRET_KEY"),
    (About::Mistyped, "OPEN_AI_KEY"),
    (About::Mistyped, "OPEN_AI_API_KEY"),
    (About::Mistyped, "OPENAPI_KEY"),
    (About::Mistyped, "OPENAPI_API_KEY"),
    (About::Mistyped, "AZURE_OPENAI_API_VERSION"),
];

/// The names about a thing, the one that wins first.
pub(crate) fn about(thing: About) -> impl Iterator<Item = &'static str> {
    OTHERS.iter().filter(move |(about, _)| *about == thing).map(|(_, name)| *name)
}

/// All names that are looked at, each once.
pub(crate) fn all() -> Vec<&'static str> {
    let vendors = VENDORS
        .iter()
        .flat_map(|vendor| [vendor.key_variables, vendor.token_variables, vendor.base_variables].concat());
    let mut names: Vec<&str> = Vec::new();
    for name in vendors.chain(OTHERS.iter().map(|(_, name)| *name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Names of which at most one should be set: a second one with another value has no effect.
pub(crate) fn rivals() -> impl Iterator<Item = Vec<&'static str>> {
    let of_vendors = VENDORS.iter().flat_map(|vendor| [vendor.base_variables.to_vec(), vendor.key_variables.to_vec()]);
    let others = [About::Organization, About::HttpsProxy, About::HttpProxy, About::AnyProxy, About::NoProxy];
    of_vendors.chain(others.map(|thing| about(thing).collect()))
}

/// Whether the value says nothing secret: a proxy's has a password in it.
pub(crate) fn is_open(name: &str) -> bool {
    let harmless = [About::NoProxy, About::Roots, About::ApiVersion];
    let is_address = VENDORS.iter().any(|vendor| vendor.base_variables.contains(&name));
    let is_flag = ["SSL_CERT_DIR", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_USE_ENV_PROXY", "OPENAI_API_TYPE"];
    is_address || is_flag.contains(&name) || harmless.iter().any(|thing| about(*thing).any(|known| known == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_letters_win_among_the_variables_of_proxies() {
        let names = |thing| about(thing).collect::<Vec<_>>();

        assert_eq!(names(About::HttpsProxy), ["https_proxy", "HTTPS_PROXY"]);
        assert_eq!(names(About::NoProxy), ["no_proxy", "NO_PROXY"]);
    }

    #[test]
    fn each_variable_is_listed_once_and_no_secret_one_is_open() {
        let names = all();

        for name in &names {
            assert_eq!(names.iter().filter(|known| *known == name).count(), 1, "{name}");
            let may_hold_a_secret =
                ["KEY", "TOKEN", "http_proxy", "HTTPS_PROXY"].iter().any(|word| name.ends_with(word));
            assert!(!(may_hold_a_secret && is_open(name)), "{name}");
        }
        assert!(is_open("ANTHROPIC_BASE_URL") && is_open("no_proxy") && !is_open("all_proxy"));
    }
}
