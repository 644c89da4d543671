//! Causes in where a model is kept: clouds, local servers and routers that know models under names of their own.

use super::sentences::NO_MODEL;
use super::snippets;
use crate::cause::{Party, Retry, Wire};

const NO_SUCH_MODEL: Wire = Wire::new(404, "invalid_request_error", Some("model_not_found"), NO_MODEL);

causes! {
    Access:

    MODEL_ACCESS_TIER {
        slug: "model_access_tier",
        title: "The model needs a higher tier or granted access",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 403, 400],
        wire: Wire::new(
            404,
            "invalid_request_error",
            Some("model_not_found"),
            "The model `{model}` does not exist or you do not have access to it. Your account is not at the usage tier \
                that this model needs.",
        ),
        explanation: "[[`{model}` needs tier {needs}, and this key has {has}||`{model}` exists, but the account's tier \
            or the access granted to it does not include it||The model exists, but the account's tier or the access \
            granted to it does not include it]].",
        remedy: "[[Use {nearest} instead, or ask the operator of this gateway for a key of tier {needs}||Ask the \
            operator of this gateway for a key of tier {needs}||Add credit to reach the tier, ask the provider for \
            access, or use a model that is open to the account]].",
        reasons: &[
            "The usage tier of the account is too low, or nothing was ever paid (a ChatGPT subscription does not \
                count)",
            "The model is a limited preview or beta with a waiting list",
            "Long-context or fast variants of a model need a tier of their own",
            "The account is new, and its access takes some minutes after the first payment",
            "A model of this gateway needs a tier (`tier` of the model) that the key does not have (`tollgate keys \
                create --tier`)",
        ],
        checks: &[
            "Look at the tier on the provider's limits page (platform.openai.com, Settings, Limits; \
                console.anthropic.com, Limits)",
            "Call GET /v1/models with the same key and look for the model",
            "Ask this gateway why: `tollgate models check MODEL --key KEY`",
        ],
        remedies: &[
            "Add billing credit to reach the tier, then wait some minutes and create a new key",
            "Ask for access, through the provider's form or its sales",
            "Use another model that the list of GET /v1/models contains",
        ],
        snippets: &[snippets::LIST_MODELS_CURL],
        retry_advice: "Repeating it does not help: raise the tier or use another model.",
        recognised: "The message speaks of access or of a usage tier for a model that exists.",
        example: "{\"type\":\"error\",\"error\":{\"type\":\"permission_error\",\"message\":\"The long context beta is \
            not yet available for this subscription. Your organization needs a higher usage tier.\"}}",
        related: &["model_not_found", "org_verification_required", "project_lacks_model", "bedrock_model_access"],
    }

    FINETUNED_MODEL_NOT_FOUND {
        slug: "finetuned_model_not_found",
        title: "The fine-tuned model is not visible to this key",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: NO_SUCH_MODEL,
        explanation: "Fine-tuned models belong to one organization and project, and this key sees no model[[ \
            `{model}`]].",
        remedy: "Use a key of the organization and project that own the fine-tuned model, with its exact id.",
        reasons: &[
            "The id (ft:BASE:ORGANIZATION:SUFFIX:ID) belongs to another organization or project",
            "The fine-tuned model was deleted, or its base model was retired",
            "The job has not finished, or the id of the job (ftjob-…) or of the file was used instead of the model's",
            "A checkpoint's id was cut off",
        ],
        checks: &[
            "List the models that begin with ft: with the same key: `curl …/v1/models | jq -r '.data[].id' | grep \
                ^ft:`",
            "Look at `fine_tuned_model` and `status` of the job: GET /v1/fine_tuning/jobs/ID",
        ],
        remedies: &[
            "Use a key, organization and project header of the owner of the fine-tuned model",
            "Train again on a current base model where the base was retired",
            "Copy the id as the job shows it, to the last character",
        ],
        snippets: &[snippets::LIST_MODELS_CURL],
        retry_advice: "Repeating it does not help: use a key of the model's owner.",
        recognised: "The model that does not exist begins with ft:.",
        example: "{\"error\":{\"message\":\"The model `ft:gpt-4o-mini-2024-07-18:acme:support:Abc123` does not exist \
            or you do not have access to \
            it.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}",
        related: &["model_not_found", "org_mismatch", "model_deprecated"],
    }

    MODEL_WRONG_PROVIDER {
        slug: "model_wrong_provider",
        title: "The model belongs to another provider",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 400],
        wire: NO_SUCH_MODEL,
        explanation: "[[`{model}`||The model]] is another vendor's, and the server that was called does not have it.",
        remedy: "Send the request to that vendor's base URL, or name a model that this server has.",
        reasons: &[
            "A claude-… or gemini-… model was asked of OpenAI, or a gpt-… model of another vendor",
            "A prefix for routing (anthropic/, openai/, anthropic:, models/) was passed through to a provider that \
                does not know it",
            "The base URL was left at its default (https://api.openai.com/v1) when the model was changed",
            "The gateway in between did not strip its provider prefix",
        ],
        checks: &[
            "Compare the model's vendor with the host that is called",
            "Print base URL and model of the failing call",
        ],
        remedies: &[
            "Set the base URL of the vendor: https://api.anthropic.com/v1/, \
                https://generativelanguage.googleapis.com/v1beta/openai/, https://api.mistral.ai/v1, \
                https://api.groq.com/openai/v1, https://api.deepseek.com, https://openrouter.ai/api/v1",
            "Remove the provider prefix, or add it where the router wants one (OpenRouter: anthropic/…, LiteLLM: \
                provider/model)",
            "Choose a model from the server's own GET /v1/models",
        ],
        snippets: &[snippets::PROVIDER_PYTHON, snippets::PROVIDER_NODE],
        retry_advice: "Repeating it does not help: change the base URL or the model.",
        recognised: "The model's name is another vendor's than the host's, or carries a provider prefix.",
        example: "{\"error\":{\"message\":\"The model `claude-sonnet-4-5` does not exist or you do not have access to \
            it.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}",
        related: &["model_not_found", "litellm_provider_missing", "key_wrong_provider", "base_url_wrong"],
    }

    MODEL_NOT_SERVERLESS {
        slug: "model_not_serverless",
        title: "The model needs a dedicated endpoint",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400, 404],
        wire: Wire::new(
            400,
            "invalid_request_error",
            Some("model_not_available"),
            "Unable to access non-serverless model {model}. Please create and start a new dedicated endpoint for the model.",
        ),
        explanation: "The provider runs [[`{model}`||this model]] on dedicated endpoints only and not in its shared \
            service.",
        remedy: "Choose a serverless model, or create and start a dedicated endpoint for this one.",
        reasons: &[
            "The provider (Together, Fireworks, Hugging Face) serves this model only on dedicated deployments",
            "The model was serverless and has been moved, for want of use",
            "The dedicated endpoint exists but is stopped",
        ],
        checks: &[
            "Open the model's page at the provider: it says serverless or dedicated",
            "List the account's endpoints",
        ],
        remedies: &[
            "Use another model that is serverless",
            "Create and start a dedicated endpoint (Together: `together endpoints create`), and call it by its own \
                name",
        ],
        retry_advice: "Repeating it does not help: use a serverless model, or start an endpoint.",
        recognised: "The message speaks of a non-serverless model or a dedicated endpoint.",
        example: "{\"error\":{\"message\":\"Unable to access non-serverless model meta-llama/Llama-3-70b-hf. Please \
            visit the models page to create and start a new dedicated endpoint for the \
            model.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_available\"}}",
        related: &["model_not_found", "model_deprecated", "model_loading"],
    }

    OPENROUTER_NO_ENDPOINTS {
        slug: "openrouter_no_endpoints",
        title: "No endpoint matches the routing rules",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::new(404, "invalid_request_error", None, "No endpoints found matching your data policy."),
        explanation: "The router has providers for the model, but the account's privacy settings or the request's \
            requirements exclude each of them.",
        remedy: "Relax the data policy or the provider preferences, or choose a model that some provider serves under \
            them.",
        reasons: &[
            "The data policy in the privacy settings forbids the providers that offer this model; free models need \
                `allow training` or `allow publication`",
            "`provider.order`, `provider.only`, `allow_fallbacks: false` or `require_parameters: true` exclude the \
                rest",
            "No provider of the model supports a parameter of the request: tools, images, response_format, \
                prompt caching (`cache_control`), `max_tokens`",
            "The model has no provider at present, or the `:free` variant was withdrawn",
        ],
        checks: &[
            "Open https://openrouter.ai/settings/privacy and look at the data policy",
            "Send the call without `provider`, tools and response_format",
            "List who serves it: GET https://openrouter.ai/api/v1/models/MODEL/endpoints",
        ],
        remedies: &[
            "Change the privacy settings (data policy) so that a provider of this model is allowed",
            "Relax the provider routing: remove or widen `provider` in the body",
            "Use another model, or the paid variant without `:free`",
        ],
        retry_advice: "Repeating it does not help: relax the rules or change the model.",
        recognised: "OpenRouter says `No endpoints found`, for a data policy, providers or parameters.",
        example: "{\"error\":{\"message\":\"No endpoints found matching your data policy (Free model publication). \
            Configure: https://openrouter.ai/settings/privacy\",\"code\":404}}",
        related: &["model_not_found", "model_no_tools", "model_no_vision", "provider_overloaded"],
    }

    MODEL_NOT_PULLED {
        slug: "model_not_pulled",
        title: "The local model has not been downloaded",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::new(404, "not_found_error", None, "model '{model}' not found, try pulling it first"),
        explanation: "The local server (Ollama) has no model[[ `{model}`]] in its store.",
        remedy: "Run `ollama pull MODEL` on the machine that serves, or use an exact name from `ollama list`.",
        reasons: &[
            "The model or this tag of it was never pulled",
            "The tag differs: llama3 means llama3:latest, which is not llama3.2:3b",
            "The server runs as another user, as a service or in a container, with a model store of its own",
            "The framework asks for its default model, also for embeddings (nomic-embed-text)",
        ],
        checks: &[
            "`ollama list` on the machine and as the user that serves, or GET http://127.0.0.1:11434/api/tags",
            "In Docker: `docker exec CONTAINER ollama list`",
        ],
        remedies: &[
            "`ollama pull llama3.2` (in Docker: `docker exec CONTAINER ollama pull llama3.2`)",
            "Write the exact name with its tag as `ollama list` shows it",
            "Mount the model store into the container, or set OLLAMA_MODELS to it",
        ],
        snippets: &[snippets::OLLAMA_SHELL],
        retry_advice: "Repeating it does not help: pull the model first.",
        recognised: "Ollama says that the model was not found and to try pulling it first.",
        example: "{\"error\":{\"message\":\"model \\\"llama3.2\\\" not found, try pulling it \
            first\",\"type\":\"api_error\",\"param\":null,\"code\":null}}",
        related: &["model_not_found", "model_name_mismatch_local", "connection_refused_local"],
    }

    MODEL_NAME_MISMATCH_LOCAL {
        slug: "model_name_mismatch_local",
        title: "The local server knows the model under another name",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404, 400],
        wire: Wire::new(404, "NotFoundError", Some("404"), "The model `{model}` does not exist."),
        explanation: "A self-hosted server serves one model under the name it was started with, and the request says \
            [[`{model}`||another one]].",
        remedy: "Use the id that GET /v1/models of that server shows, or start it with --served-model-name.",
        reasons: &[
            "vLLM and SGLang serve the model under its path or repository name, unless --served-model-name says \
                otherwise",
            "LM Studio, llama.cpp and Text Generation WebUI name it after the file",
            "The client sends its default name, such as gpt-3.5-turbo",
            "A LoRA adapter was not loaded (vLLM: --enable-lora --lora-modules name=path)",
        ],
        checks: &["`curl http://HOST:8000/v1/models | jq -r '.data[].id'` on the very server that is called"],
        remedies: &[
            "Send the id from /v1/models, letter by letter, with its slashes and capitals",
            "Start the server with `--served-model-name NAME` (vLLM, SGLang) or `--alias NAME` (llama.cpp)",
        ],
        snippets: &[snippets::LIST_MODELS_CURL, snippets::VLLM_SHELL],
        retry_advice: "Repeating it does not help: use the id that the server lists.",
        recognised: "A self-hosted server (vLLM, SGLang, LM Studio, llama.cpp) says that the model does not exist.",
        example: "{\"object\":\"error\",\"message\":\"The model `gpt-3.5-turbo` does not \
            exist.\",\"type\":\"NotFoundError\",\"param\":null,\"code\":404}",
        related: &["model_not_found", "model_not_pulled", "upstream_model_not_found"],
    }

    MODEL_LOADING {
        slug: "model_loading",
        title: "The model is still loading",
        party: Party::Provider,
        retry: Retry::Yes,
        statuses: &[503, 500, 429],
        wire: Wire::new(503, "service_unavailable_error", None, "Model {model} is currently loading"),
        explanation: "The server is reachable but has not finished loading [[`{model}`||the model]] into memory.",
        remedy: "Wait and try again[[ after {delay}]]; loading takes from seconds to some minutes.",
        reasons: &[
            "A serverless model starts cold (Hugging Face, scaled-to-zero endpoints)",
            "A local server (llama.cpp, vLLM, LM Studio) was just started, or swaps models",
            "A very large model may never load on shared hardware",
        ],
        checks: &[
            "Read estimated_time in the answer",
            "Look at the server's health: GET /health (llama.cpp and vLLM answer 503 until the model is loaded), \
                `ollama ps`",
        ],
        remedies: &[
            "Wait for estimated_time and retry with back-off",
            "Ask the API to wait: header `x-wait-for-model: true` (Hugging Face)",
            "Keep it loaded: OLLAMA_KEEP_ALIVE=-1, a minimum of one replica, or a dedicated endpoint",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps: wait as long as estimated_time says, then retry with back-off.",
        recognised: "The server says that the model is loading, or gives an estimated_time.",
        example: "{\"error\":\"Model bigscience/bloom is currently loading\",\"estimated_time\":212.4}",
        related: &["service_unavailable", "model_not_serverless", "local_backend_crashed"],
    }

    LITELLM_PROVIDER_MISSING {
        slug: "litellm_provider_missing",
        title: "The LiteLLM model name lacks a provider prefix",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        without_status: true,
        wire: Wire::invalid(
            400,
            "LLM Provider NOT provided. Pass in the LLM provider you are trying to call. You passed model={model}",
        ),
        explanation: "LiteLLM picks the provider from the model's prefix, and cannot tell it from [[`{model}`||this \
            name]].",
        remedy: "Write the model as provider/model, for instance `ollama/llama3.2` or `openai/my-model`.",
        reasons: &[
            "The model name has no provider prefix, and LiteLLM does not know it by itself",
            "The prefix is mistyped, or is another tool's: `google/` instead of `gemini/` or `vertex_ai/`",
            "A self-hosted model behind an OpenAI-compatible server was named without `openai/` (or `hosted_vllm/`)",
            "An old LiteLLM does not know a new model yet",
        ],
        checks: &[
            "Print the model string that reaches litellm.completion",
            "Look up the prefix in LiteLLM's list of providers",
        ],
        remedies: &[
            "Add the provider prefix, as provider/model: `openai/…` with `api_base` for compatible servers, \
                `ollama_chat/…`, `gemini/…`, `vertex_ai/…`, `bedrock/…`, `azure/DEPLOYMENT`, `groq/…`, `openrouter/…`",
            "Or name it separately: `custom_llm_provider=\"openai\"`",
            "In the proxy's config.yaml write the prefix in `litellm_params.model`, not in `model_name`",
            "Upgrade: `pip install --upgrade litellm`",
        ],
        snippets: &[snippets::LITELLM_PYTHON],
        retry_advice: "Repeating it does not help: nothing was sent, so write the provider prefix.",
        recognised: "LiteLLM says `LLM Provider NOT provided`.",
        example: "litellm.exceptions.BadRequestError: LLM Provider NOT provided. Pass in the LLM provider you are \
            trying to call. You passed model=my-model",
        related: &["model_not_found", "model_wrong_provider"],
    }

    AZURE_DEPLOYMENT_NOT_FOUND {
        slug: "azure_deployment_not_found",
        title: "The Azure deployment does not exist",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[404],
        wire: Wire::new(
            404,
            "invalid_request_error",
            Some("DeploymentNotFound"),
            "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, \
                please wait a moment and try again.",
        ),
        explanation: "Azure looks models up by the name of a deployment of this resource, and it has none of that \
            name.",
        remedy: "Use the deployment name of that resource, which need not be the model's name.",
        reasons: &[
            "The URL or `model` holds the model's name instead of the deployment name",
            "The endpoint is that of another resource or region than the one with the deployment",
            "The deployment is less than five minutes old, or was deleted",
            "A framework uses one deployment for chat and asks it for embeddings too",
            "Dots or capitals differ: gpt-35-turbo, not gpt-3.5-turbo",
        ],
        checks: &[
            "`az cognitiveservices account deployment list --name RESOURCE --resource-group GROUP -o table`",
            "Look at Deployments in Azure AI Foundry, and compare the endpoint's host",
            "Log the full URL: the part after /deployments/ is the deployment name",
        ],
        remedies: &[
            "Set `model` (`azure_deployment`, AZURE_OPENAI_DEPLOYMENT) to the deployment name",
            "Create the deployment in this resource and wait five minutes",
            "Give each framework setting its own deployment: chat, embeddings",
        ],
        snippets: &[snippets::AZURE_PYTHON, snippets::AZURE_NODE, snippets::AZURE_CURL],
        retry_advice: "Repeating it helps only for a deployment that is less than five minutes old.",
        recognised: "The code is DeploymentNotFound.",
        example: "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The API deployment for this resource does \
            not exist. If you created the deployment within the last 5 minutes, please wait a moment and try \
            again.\"}}",
        related: &["azure_endpoint_misconfigured", "azure_api_version", "model_not_found", "azure_key_or_endpoint"],
    }

    BEDROCK_INFERENCE_PROFILE_REQUIRED {
        slug: "bedrock_inference_profile_required",
        title: "The Bedrock model needs an inference profile",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[400],
        wire: Wire::new(
            400,
            "invalid_request_error",
            Some("ValidationException"),
            "Invocation of model ID {model} with on-demand throughput isn't supported. Retry your request with the ID or \
                ARN of an inference profile that contains this model.",
        ),
        explanation: "Bedrock does not serve [[`{model}`||this model]] on demand under its plain id in this region.",
        remedy: "Call the inference profile's id, such as `us.anthropic.…` or `eu.anthropic.…`, or its ARN.",
        reasons: &[
            "Newer models have no on-demand throughput under their plain id; they are reached through an inference \
                profile",
            "The prefix of the profile (us., eu., apac. or global.) does not match the region",
            "The model would need provisioned throughput in this region",
        ],
        checks: &[
            "`aws bedrock list-inference-profiles --region REGION --query \
                'inferenceProfileSummaries[].inferenceProfileId'`",
            "Compare the region of the client (AWS_REGION) with the profile's",
        ],
        remedies: &[
            "Put the region's prefix in front of the model id: us.anthropic.claude-…, eu.amazon.nova-…, or global.…",
            "Use the ARN of an inference profile of your own account",
            "Allow bedrock:InvokeModel on the profile's ARN and on the model in each of its target regions",
        ],
        snippets: &[snippets::BEDROCK_SHELL, snippets::BEDROCK_PYTHON],
        retry_advice: "Repeating it does not help: call the inference profile.",
        recognised: "Bedrock says that on-demand throughput isn't supported for the model id.",
        example: "botocore.errorfactory.ValidationException: An error occurred (ValidationException) when calling the \
            InvokeModel operation: Invocation of model ID anthropic.claude-sonnet-4-20250514-v1:0 with on-demand \
            throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains \
            this model.",
        related: &["bedrock_model_access", "model_not_found"],
    }

    BEDROCK_MODEL_ACCESS {
        slug: "bedrock_model_access",
        title: "Access to the Bedrock model has not been granted",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[403, 400, 404],
        wire: Wire::new(
            403,
            "permission_error",
            Some("AccessDeniedException"),
            "You don't have access to the model with the specified model ID.",
        ),
        explanation: "The AWS account has not been given access to [[`{model}`||this model]] in the region that is \
            called.",
        remedy: "Request access on the model access page of the Bedrock console, in the region used.",
        reasons: &[
            "Model access was never requested in this account and region",
            "The vendor's use-case form (Anthropic) was not sent in, or the request is less than 15 minutes old",
            "The inference profile leads to other regions, and access is missing in one of them",
            "The account cannot subscribe in AWS Marketplace: payment method, or the aws-marketplace:Subscribe \
                permission",
            "A service control policy of the AWS organization blocks the model",
        ],
        checks: &[
            "Open the Bedrock console, Model access (Model catalog), in the same region and account",
            "`aws bedrock get-foundation-model-availability --model-id MODEL --region REGION`",
            "`aws sts get-caller-identity`: is it the account you mean?",
        ],
        remedies: &[
            "Request access to the model in the region used, fill in the use-case form, and wait some minutes",
            "Call a region in which access is granted",
            "Give the identity aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions for the first call",
        ],
        snippets: &[snippets::BEDROCK_SHELL],
        retry_advice: "Repeating it helps only some minutes after access was granted.",
        recognised: "Bedrock says that there is no access to the model with the specified model ID.",
        example: "botocore.errorfactory.AccessDeniedException: An error occurred (AccessDeniedException) when calling \
            the InvokeModel operation: You don't have access to the model with the specified model ID.",
        related: &["bedrock_inference_profile_required", "permission_denied", "model_access_tier"],
    }
}
