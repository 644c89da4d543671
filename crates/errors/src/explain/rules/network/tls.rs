//! Certificates that are not trusted, or stand for another name.

use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("tls_untrusted_ca", 5.2).says(&[
        "certificate & self signed|self-signed|selfsigned|unknown authority|unknown ca|not trusted|untrusted|local issuer|issuer certificate|cannot be \
         verified|not be verified|unable to verify|unable to get|no trust|unknownissuer|chain & !cosign",
        "self_signed_cert_in_chain|depth_zero_self_signed_cert|unable_to_verify_leaf_signature|unable_to_get_issuer_cert_locally|unable_to_get_issuer_cert|\
         err_cert_authority_invalid|sec_e_untrusted_root|untrustedroot|partialchain|unknownissuer|remotecertificatechainerrors|cert_authority_invalid|\
         cert_untrusted",
        "certificate verification error|unknown certificate|certificate verification failed",
        "unable to get local issuer|unable to get issuer|unable to verify the first certificate|pkix path building|valid certification path|trust anchor|\
         unable to find valid certification",
        "certificate_verify_failed|certificate verify failed & !hostname|mismatch|expired|not yet valid|doesn't match|is not valid for",
        "ca certificate|ca bundle|certificate bundle|cacert & invalid path|not found|could not find|error setting|problem|missing",
        "tls|ssl|certificate & corporate|zscaler|inspection|interception|netskope",
        "证书 & 不受信任|无效|验证失败|校验|颁发|自签名",
        "zertifikat & nicht vertrauenswürdig|ungültig|selbst",
        "certificat & auto-signé|non approuvé|invalide|autosigné",
        "certificado & autofirmado|no es de confianza|autoassinado|inválid",
        "証明書 & 信頼|検証",
        "сертификат & самоподписан|довер|проверк",
    ]),
    Rule::new("tls_untrusted_ca", 4.4).os_errors(&["cert_untrusted", "cert_self_signed"]),
    Rule::new("tls_untrusted_ca", 3.0).os_errors(&["cert_invalid"]),
    Rule::new("tls_untrusted_ca", 2.6).exceptions(&["sslcertverificationerror", "sslhandshakeexception", "certificateverifyerror", "clientconnectorcertificateerror"]),
    Rule::new("tls_untrusted_ca", -3.0)
        .says(&["certificate|cert & expired|not yet valid|hostname|mismatch|does not match|altname|alternative"]),
    Rule::new("tls_hostname_mismatch", 6.0).says(&[
        "hostname mismatch|err_tls_cert_altname_invalid|err_cert_common_name_invalid|remotecertificatenamemismatch|ssl_error_bad_cert_domain|notvalidforname|\
         cert_hostname|bad_cert_domain",
        "certificate|altnames|alternative name|alternative subject|certificate's & does not match|doesn't match|not match|not valid for|is valid for|mismatch|no \
         alternative|not in the cert|only valid for",
        "subject name|common name|subjectaltname|subject alternative & match|matching|not match",
        "sslpeerunverifiedexception & not verified",
        "证书 & 主机名|域名|名称 & 不匹配",
    ]),
    Rule::new("tls_untrusted_ca", 6.0).says(&["trust relationship & ssl|tls|secure channel", "not establish trust"]),
    Rule::new("tls_hostname_mismatch", 5.6).exceptions(&["sslpeerunverifiedexception"]),
    Rule::new("tls_hostname_mismatch", 5.6).says(&["hostname|host name|server name & not verified|not be verified|verification failed|does not verify & !organization|dns"])
        .only_of_an_api(),
    Rule::new("tls_hostname_mismatch", 5.0).os_errors(&["cert_hostname"]),
    Rule::new("tls_hostname_mismatch", -2.0).says(&["signature & match"]),
    // Its time is over.
    Rule::new("tls_certificate_invalid", 5.4)
        .says(&["certificate|cert & has expired|is expired|expired|cert_has_expired|revoked & !not yet valid|key", "cert_has_expired|err_cert_date_invalid|certificateexpired"])
        .of_an_api(),
    Rule::new("tls_certificate_invalid", 4.4).os_errors(&["cert_expired", "cert_revoked"]).of_an_api(),
    Rule::new("tls_failure", 3.4).os_errors(&["tls_handshake", "tls_version"]),
    Rule::new("tls_failure", 4.2)
        .says(&[
            "handshake & fail|failure|failed|error|alert|alert number|timed out & !websocket|certificate verify|wrong version|wrong_version|record too long",
            "sslv3_alert_handshake_failure|tlsv1_alert|unsupported protocol & ssl|tls|tlsv1|alert protocol version|err_ssl_protocol_error",
            "protocol version|unsupported ssl|no protocols available|no cipher|cipher mismatch & tls|ssl|handshake",
        ])
        .of_an_api(),
];
