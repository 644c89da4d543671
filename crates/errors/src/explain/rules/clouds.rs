//! Rules for causes in models at Azure and Amazon Bedrock: deployments, API versions, profiles, access.

use super::seen::is_azure;
use crate::explain::rule::Rule;

pub(super) const RULES: &[Rule] = &[
    Rule::new("azure_deployment_not_found", 7.0).codes(&["deploymentnotfound", "deployment_not_found"]),
    Rule::new("azure_deployment_not_found", 6.8).says(&[
        concat!("deployment|部署|bereitstellung|déploiement|implementación|развертыван &", not_there!(),
                "|not ready|not been created|no deployment & !vercel|kubernetes|fallback|no deployments available|healthy"),
    ])
    .of_an_api(),
    Rule::new("azure_deployment_not_found", 6.8).says(&["the api deployment for this resource"]),
    Rule::new("azure_deployment_not_found", 6.0).says(&["created the deployment within the last|unavailable model|unavailable_model"]),
    Rule::new("azure_api_version", 7.2).says(&[
        "api-version|api version|api_version|apiversion|openai_api_version & not supported|unsupported|invalid|missing|required|\
         not available|must provide|not valid|unknown|not provided|query parameter|later|only for|enabled only|must be set|newer|\
         deprecated|retired|expected|缺少|不支持 & !generatecontent|listmodels|anthropic|models/|anthropic-version",
    ])
    .of_an_api(),
    Rule::new("azure_api_version", 6.8).says(&["api-version|api version|api_version & not present|absent|left out|omitted|without|forgot|was not sent|no query"])
        .when(is_azure),
    // What is asked for, not what stands in the address.
    Rule::new("azure_api_version", 7.2)
        .says(&["call it with api-version|called with api-version|add api-version|append api-version|pass api-version|use api-version|set api-version|specify api-version|include api-version|\
                 send api-version|needs api-version|requires api-version|set api-version|api-version query"])
        .when(is_azure),
    Rule::new("azure_api_version", 6.5).says(&["only for api versions|only for api-version|only for api version & later"]),
    Rule::new("azure_api_version", 7.2).codes(&["unsupportedapiversion", "apiversionnotsupported", "invalidapiversionparameter",
        "missingapiversionparameter", "missingapiversion"]),
    Rule::new("azure_api_version", 6.4).says(&["resource not found|404"]).when(lacks_api_version),
    Rule::new("azure_endpoint_misconfigured", 6.6).says(&["resource not found"])
        .when(|c| is_azure(c) || c.codes.iter().any(|code| code == "404")),
    Rule::new("azure_endpoint_misconfigured", 6.6).says(&[
        "azure_endpoint|azure endpoint|azure_openai_endpoint|azure openai endpoint|azureopenai|azure_deployment & must|mutually exclusive|\
         missing|not set|should be specified|required|invalid|not valid|provide|wrong|incorrect",
        "custom subdomain & token authentication|required|provide",
        "must provide an engine or deployment_id|engine or deployment_id",
        "azure & wrong|incorrect|invalid & endpoint|resource name|base url & !subscription key",
    ]),
    Rule::new("azure_endpoint_misconfigured", 4.6).statuses(&[404]).when(is_azure),
    Rule::new("azure_key_or_endpoint", 7.2).says(&[
        "subscription key|azure & wrong|invalid|incorrect & endpoint|resource|region & !required|missing",
        "invalid subscription key|wrong api endpoint|correct regional api endpoint",
    ]),
    Rule::new("azure_key_or_endpoint", 5.6).statuses(&[401]).when(is_azure),
    Rule::new("azure_key_or_endpoint", 5.6).says(&["unauthorized|invalid api key|incorrect api key|access denied & !principal|firewall"])
        .statuses(&[401]).when(is_azure),
    Rule::new("bedrock_inference_profile_required", 7.2).says(&[
        "on-demand throughput|on demand throughput & not supported|not support|isn|supported",
        "inference profile & retry|use|require|need|contains|instead|must & !access|not authorized|not found",
    ]),
    Rule::new("bedrock_model_access", 7.0).says(&[
        "access to the model & specified model id",
        "model access & denied|not been granted|request|enable|bedrock|not granted & !publisher",
        "account is not authorized to invoke|not authorized to invoke this api operation",
        "use case details & not been submitted|submit|fill",
        "marketplace & subscription|subscribe|not authorized & !iam user|service role",
        "access & foundation model|bedrock & not have|is denied|request access|not granted|not enabled & !perform|signature",
    ])
    .when(super::seen::is_aws_for_models),
    Rule::new("bedrock_model_access", 5.0).says(&["operation not allowed"])
        .when(|c| c.is_about("bedrock") || c.code_is(&["validationexception"]) || c.is_about("aws")),
    Rule::new("permission_denied", 7.2).says(&[
        "not authorized to perform & bedrock|marketplace|sagemaker|aiplatform|invokemodel|arn",
        "account is not authorized to invoke & listfoundationmodels|listfoundation|operation listfoundationmodels",
        "explicit deny|identity-based policy|service control policy|permissions boundary",
    ]),
    Rule::new("permission_denied", 7.2).says(&["listfoundationmodels & not authorized"]),
    Rule::new("model_not_found", 6.0).says(&[
        "provided model identifier|could not resolve the foundation model|model identifier & invalid|not found|resolve",
        "inference profile & not found|does not exist|invalid",
    ]),
];

/// Azure's host with a path of OpenAI's form and no `api-version`.
fn lacks_api_version(case: &crate::explain::case::Case) -> bool {
    let called =
        case.sentences.iter().any(|s| {
            let n = &s.normal;
            (n.contains("chat/completions") || n.contains("/embeddings") || n.contains("/deployments/"))
                && (n.contains("post ") || n.contains("http"))
                && !n.contains("api-version")
        }) || case.addresses.iter().any(|a| a.path.ends_with("/completions") || a.path.ends_with("/embeddings"));
    called && !case.sentences.iter().any(|s| s.normal.contains("api-version")) && is_azure(case)
}
