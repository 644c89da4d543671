//! What a certificate says of itself.
//!
//! In: DER. Out: names, issuer, dates, as far as they can be read; nothing is verified here. Also who is known to put
//! certificates of its own in the place of a site's.

use rustls_pki_types::CertificateDer;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// Names that it is for.
    pub(crate) names: Vec<String>,
    /// Unix seconds.
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    /// It is signed by its own key, as far as its names tell.
    pub(crate) is_self_issued: bool,
    /// It says where its issuer's certificate can be had: a public authority does.
    pub(crate) tells_its_issuer: bool,
}

/// Products that open TLS on the way, by words in the names of their authorities.
const INTERCEPTORS: [(&str, &str); 25] = [
    ("zscaler", "Zscaler"),
    ("netskope", "Netskope"),
    ("goskope", "Netskope"),
    ("fortinet", "Fortinet"),
    ("fortigate", "Fortinet FortiGate"),
    ("palo alto", "Palo Alto Networks"),
    ("umbrella", "Cisco Umbrella"),
    ("cisco", "Cisco"),
    ("sophos", "Sophos"),
    ("kaspersky", "Kaspersky"),
    ("avast", "Avast"),
    ("avg ", "AVG"),
    ("eset", "ESET"),
    ("bitdefender", "Bitdefender"),
    ("mitmproxy", "mitmproxy"),
    ("charles proxy", "Charles"),
    ("do_not_trust", "Fiddler"),
    ("portswigger", "Burp"),
    ("blue coat", "Blue Coat"),
    ("mcafee", "McAfee"),
    ("skyhigh", "Skyhigh"),
    ("forcepoint", "Forcepoint"),
    ("check point", "Check Point"),
    ("watchguard", "WatchGuard"),
    ("squid", "Squid"),
];

impl Certificate {
    /// Reads one; `None` where it cannot be read.
    pub(crate) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let mut names = Vec::new();
        let mut tells_its_issuer = false;
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(alternatives) => {
                    names.extend(alternatives.general_names.iter().filter_map(name));
                }
                ParsedExtension::AuthorityInfoAccess(_) => tells_its_issuer = true,
                _ => {}
            }
        }
        Some(Self {
            subject: told(certificate.subject()),
            issuer: told(certificate.issuer()),
            names,
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            is_self_issued: certificate.subject() == certificate.issuer(),
            tells_its_issuer,
        })
    }

    /// The product that issued it in a site's place, by the words of its issuer.
    pub(crate) fn interceptor(&self) -> Option<&'static str> {
        let issuer = self.issuer.to_ascii_lowercase();
        INTERCEPTORS.iter().find(|(word, _)| issuer.contains(word)).map(|(_, product)| *product)
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
        GeneralName::IPAddress(bytes) => {
            let bytes: [u8; 16] = (*bytes).try_into().ok()?;
            Some(std::net::Ipv6Addr::from(bytes).to_string())
        }
        _ => None,
    }
}

/// The common name, and the organization where that adds something.
fn told(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next().and_then(|part| part.as_str().ok());
    let organization = name.iter_organization().next().and_then(|part| part.as_str().ok());
    match (common, organization) {
        (Some(common), Some(organization)) if !common.contains(organization) => format!("{common} ({organization})"),
        (Some(text), _) | (None, Some(text)) => text.to_owned(),
        (None, None) => "nobody".to_owned(),
    }
}

/// RFC 3339 in UTC.
pub(crate) fn moment(unix_seconds: i64) -> String {
    jiff::Timestamp::from_second(unix_seconds).map_or_else(|_| unix_seconds.to_string(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;

    #[test]
    fn names_issuer_and_dates_are_read() {
        let mut params = CertificateParams::new(["api.example".to_owned(), "10.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Zscaler Intermediate Root CA");
        let signed = params.self_signed(&KeyPair::generate().unwrap()).unwrap();

        let read = Certificate::read(signed.der()).unwrap();

        assert_eq!(read.names, ["api.example", "10.0.0.1"]);
        assert_eq!(read.interceptor(), Some("Zscaler"));
        assert!(read.is_self_issued && read.not_before < read.not_after);
    }
}
