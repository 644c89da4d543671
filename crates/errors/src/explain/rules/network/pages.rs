//! What servers between say: gateways without an upstream, CDNs, firewalls.

use crate::explain::rule::Rule;
use crate::explain::rules::facts;

pub(super) const RULES: &[Rule] = &[
    Rule::new("bad_gateway", 4.4).says(&[
        "502 bad gateway|bad gateway|badgatewayerror|bad_gateway|502: bad",
        "invalid response|no valid answer|error & upstream server & 502|gateway",
        "upstream & prematurely closed|connect error|disconnect/reset|connection failure|connection termination|connect failed|request failed|error & !rate|429|\
         401|403|404|400|credit|402",
    ]),
    Rule::new("bad_gateway", 3.6).statuses(&[502]),
    Rule::new("bad_gateway", 1.0).statuses(&[502]).of_an_api(),
    Rule::new("service_unavailable", 4.2).says(&[
        "503 service unavailable|service unavailable|service_unavailable|serviceunavailableerror|no healthy upstream|temporarily unavailable|service is \
         unavailable|currently unavailable|serviceunavailableexception|503 service temporarily & !certificate",
        "no server is available|no available server|no live upstreams|no healthy",
        "maintenance & service|server|api|model|scheduled|down|under|temporarily",
        "bedrock is unable to process|unable to process your request & !image|automated",
        "service|model|server|endpoint & not available|unavailable|offline|down. & currently|temporarily|moment|right now & !region|country",
        "服务不可用|服务暂不可用|暂时不可用|暂时无法|维护",
    ]),
    Rule::new("service_unavailable", 3.4).statuses(&[503]),
    Rule::new("service_unavailable", 1.0).statuses(&[503]).of_an_api(),
    Rule::new("service_unavailable", 2.0).codes(&["unavailable", "service_unavailable", "serviceunavailable", "serviceunavailableexception"]),
    Rule::new("service_unavailable", -1.0).says(&["overloaded|high demand|capacity|is currently loading|loading model"]),
    Rule::new("gateway_timeout", 5.4).says(&[
        "gateway time-out|gateway timeout|gatewaytimeout|gateway_timeout|504 gateway|upstream request timeout|upstream timed out|upstream response timeout|\
         upstream timeout|stream timeout",
        "function_invocation_timeout|function invocation timeout|task timed out after|endpoint request timed out",
        "edge function & timed out|timeout|inactivity \
         timeout|runtime exited",
        "server did not respond in time|the server didn't respond in time",
        "504 & timeout|time-out|timed out|deadline",
        "proxy|gateway|load balancer|nginx & timed out|time-out|gave up & !litellm timeout",
        "网关超时",
    ]),
    Rule::new("gateway_timeout", 4.2).statuses(&[504]),
    Rule::new("gateway_timeout", -1.0).says(&["function_invocation_timeout & json"]),
    // Cloudflare before a server that does not answer.
    Rule::new("cloudflare_5xx", 5.8).says(&[
        "cloudflare & 520|521|522|523|524|525|526|530|web server is down|origin is unreachable|timeout occurred|unknown error|ssl handshake failed|invalid. \
         ssl|argo tunnel|tunnel error",
        "error code: 520|error code: 521|error code: 522|error code: 523|error code: 524|error code: 525|error code: 526|error code: 530|error code: 1033|\
         error code 520|error code 521|error code 522|error code 523|error code 524|error code 525|error 1033|error 520|error 521|error 522|error 523|error 524|\
         error 525|error 526|error 530|errorcode_52|errorcode_53",
        "a timeout occurred & error|524|web server",
        "web server is returning an unknown error|web server is down|origin web server|origin server & timed out|unreachable|unknown error|down|did not",
        "cloudflare.com/5xx|5xx-error-landing",
    ]),
    Rule::new("cloudflare_5xx", 6.0).when(|case| {
        facts::mentions(case, &["errorcode_520", "errorcode_521", "errorcode_522", "errorcode_523", "errorcode_524", "errorcode_525"])
    }),
    Rule::new("bad_gateway", 6.0).when(|case| facts::mentions(case, &["errorcode_502"])),
    Rule::new("cloudflare_5xx", 5.8).codes(&["520", "521", "522", "523", "524", "525", "526", "530"]),
    Rule::new("gateway_timeout", 6.0).when(|case| facts::mentions(case, &["errorcode_504"])),
    Rule::new("cloudflare_5xx", 5.0).statuses(&[520, 521, 522, 523, 524, 525, 526, 527, 530]),
    // Firewalls.
    Rule::new("waf_blocked", 6.4).says(&[
        "you have been blocked|attention required|why have i been blocked|block_headline|security service to protect|cf-error-details|sorry you have been \
         blocked|cf_chl|cf-chl|cf-mitigated|challenge-platform|__cf_chl|challenges.cloudflare",
        "error code: 1020|error code: 1010|error code: 1006|error code: 1009|error code: 1015|error code: 1012|error 1020|error 1010|error 1015|error 1009|error \
         1006|error code 1020|error code 1010",
        "just a moment|enable javascript and cookies|verify you are human|checking your browser|checking if the site connection|security checkpoint|are you a \
         robot|unusual traffic|automated queries|captcha|human verification|bot protection|bot detection|ddos protection|verifying you are human",
        "request & blocked|denied|rejected & firewall|waf|security policy|web application|cloudfront|akamai|imperva|incapsula|security rule|security solution|\
         potential threats|malicious|modsecurity",
        "access denied & reference #|edgesuite|akamai|used cloudflare to restrict|cloudflare|owner of this website|banned",
        "request could not be satisfied & 403|blocked|cloudfront",
        "incapsula incident|incident id & request unsuccessful|imperva|incapsula",
        "owner of this website & banned|blocked|restricted",
        "request has been blocked & security|threat|waf|firewall|errors.aliyun",
        "mod_security|modsecurity|not acceptable & appropriate representation|security",
        "访问被阻断|请求被拦截|安全策略|防火墙|人机验证 & 网站|请求|拦截|阻断|访问|验证",
        "temporarily blocked|temporary ip ban|ip ban|ip has been banned|ip address & blocked|banned & !docker|whitelist|allow-list|allowlist",
    ]),
    // Pages by which a company's own network refuses the call.
    Rule::new("waf_blocked", 7.0)
        .tells(
            "web filter|web page blocked|zscaler|fortigate|fortiguard|fortinet|netskope|umbrella|websense|forcepoint|bluecoat|\
             internet usage policy|acceptable use policy|could not be retrieved & blocked|access denied|violation|not have access|\
             disabled access|policy does not allow|not allow access|access control configuration",
        )
        .when(|case| case.page.is_some()),
    Rule::new("content_policy", -4.0).says(&["internet usage policy|web filter"]),
    // Cloudflare's own codes for what it lets nobody through for: the ban is one of an address or a browser.
    Rule::new("waf_blocked", 7.4).says(&[
        "cloudflare|error code|http|error & 1005.|1006.|1007.|1008.|1009.|1010.|1012.|1020. & banned|access denied|blocked|browser|signature|owner of the website|owner of this website|cloudflare & !port",
    ]),
    Rule::new("account_deactivated", -5.0).says(&["owner of the website|owner of this website|browser s signature|browser signature|cloudflare error"]),
    Rule::new("waf_blocked", 4.2).tells("cloudflare & 403|forbidden & ray id|cf-ray|blocked|challenge"),
    Rule::new("waf_blocked", -2.5).says(&["content filter|safety|content management policy|moderation"]),
];
