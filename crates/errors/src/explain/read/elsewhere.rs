//! Tells an error of another system from one of an API of models, where both use the same words.
//!
//! In: the whole text and its context. Out: the sign by which another system is known, where nothing firm says that an
//! API of models answered. Products and vocabulary of models are not firm: a shop sells *GPT-4o credits*, a container
//! is called *litellm-postgres*, and a newsletter was written by a model before the mail server refused it. Firm is
//! what only a call leaves behind: the path or host that was called, an SDK's exception, a code of the error grammar.
//!
//! A system is listed by what its own failures show: its host, module, class, code, port or form of a line; a bare name
//! only where no text about models would have it.

use std::sync::LazyLock;

use crate::explain::Context;
use crate::explain::starts::Needles;

/// Signs of other systems, by kind of system, with `|` between; in lower case.
const OTHERS: [&str; 15] = [
    // Stores of objects and other services of clouds.
    "aws sqs|sqs.amazonaws|amazonsqs|amazonsns|s3uploadfailed|nosuchbucket|listbucket|s3.amazonaws.com|amazon s3|putobject|getobject|\
     calling the createrole|calling the assumerole|calling the describe|calling the sendmessage|awsaccesskeyid>|\
     dynamodb|conditionalcheckfailed|lambda.amazonaws|ec2.|aws budgets|storage.googleapis.com|storage.objects|\
     storage.buckets|sheets.googleapis.com|missing or insufficient permissions|drive.googleapis.com|gmail.googleapis.com|calendar.googleapis.com|\
     www.googleapis.com|youtube.googleapis.com|bigquery|pubsub.googleapis|google maps|maps.googleapis.com|\
     apinotactivatedmap|/youtube/v3|drive.files|google drive|firestore|firebaseerror|firebaseremoteconfig|\
     @firebase|blob.core.windows.net|table.core.windows.net|queue.core.windows.net|azure.storage|azcopy|cosmosdb|\
     keyvault|managedclusters|authorization header is formed correctly including the signature|client/v4/zones|\
     storage account|storage services|network security group|performing createorupdate|requestdisallowedbypolicy|azurerm|\
     supabase.co/rest|postgrest|graph.microsoft.com|cognito|cognito-idp|managed-zones|aws polly|aws s3|aws ec2|aws sts|aws ecr|\
     aws eks|aws ssm|eb deploy|elasticbeanstalk|serverless deploy|serverlesserror|route53|cloudfront.amazonaws|secretsmanager",
    // Code hosting, images and packages.
    "error response from daemon|unauthenticated pull rate|pull rate limit|increase-rate-limit|manifest unknown|\
     octokit|api.github.com|docs.github.com|github support|pdm.termui|poetry add|poetry install|poetry lock|uv pip|condahttperror|\
     fatal: unable to access|remote: error|remote: permission|\
     push protection|git push|git clone|registry.gitlab.com|gitlab.com|bitbucket.org|npm err!|gyp err!|npm error|\
     yarn error|err_pnpm|registry.npmjs.org|pypi.org|pip's dependency|no matching distribution|\
     could not find a version that|crates.io|rubygems.org|failed to fetch http|inrelease|apt-get|nexus|maven|\
     could not transfer artifact|gradle|vercel cli|cache service responded|proxy.golang.org|nuget.org|packagist",
    // Payment, messages and other web services.
    "stripe|sk_test|pk_test|sk_live_|pk_live_|a test mode key|xoxb-|xoxp-|xoxs-|rtm.connect|card_declined|paypal|braintree|twilio|slack_sdk|slackapierror|slack.com/api|web-api:webclient|\
     @slack/|etelegram|telegram.error|api.telegram.org|telegrambadrequest|getupdates|discordapierror|\
     discord.errors|discord.com/api|@discordjs|discord.js|spotipy|api.spotify.com|@notionhq|api.notion.com|openweathermap|newsapi.org|\
     serpapi|tavily|serper.dev|search.brave.com|api.hubapi.com|hubspot|x-shopify|myshopify|atlassian.net|\
     api.figma.com|mailchimp|salesforce|zendesk|zoom.us|dropboxapi|facebook.com|api.twitter.com|api.x.com|\
     linkedin|airtable|segment.io|sentry.io|serviceerrorcode|infura|alchemy.com|eth_|compute units per",
    // Databases, caches, queues and stores of vectors.
    "psycopg|pg::|postgresql|sqlstate|mysql|mariadb|sqlite_|sqlalchemy.exc|activerecord|ioredis|redis.exceptions|\
     mongoserver|mongonetwork|mongodb|mongoerror|elasticsearch|opensearch|org.apache.kafka|rabbitmq|amqp://|\
     cassandra|pinecone|qdrant|weaviate|milvus|ora-0|clickhouse",
    // Models that are tables.
    "fielddoesnotexist|django.|illuminate\\|modelnotfoundexception|eloquent|prisma|mongoose|missingschemaerror|\
     sequelize|org.hibernate|typeorm|ember-data|store.find(|store.findrecord|store.modelfor",
    // Models that are shapes, games and devices.
    "gltfloader|.glb|.gltf|.sldprt|.fbx|.stl|minecraft:|[render thread|papyrus|unreal engine|\
     homeassistant.components.mqtt|homeassistant.components.accuweather|tuya|esp-tls|http_client: connection|lpstat|asderrordomain|amserrordomain|\
     skerrordomain",
    // Orchestration and infrastructure as code.
    "error from server (|is forbidden: user|kubelet|kubectl|state lock|terraform|ansible|jenkins|helm upgrade|\
     helm install|failed to pull image|airflow|taskinstance.py|crashloopbackoff",
    // Ports of other servers.
    ":5432|port 5432|:3306|port 3306|:6379|port 6379|:27017|:9092|:5672|:9200|:11211|:1883|:25565| port 22:|\
     :1433|:1521",
    // Google's other APIs, by the methods of their clients.
    "gmail.users|gmail.|calendar.events|drive.files|sheets.spreadsheets|spreadsheets.values|youtube.videos|people.connections|admin.directory|\
     youtube data api|sheets api has|drive api has|gmail api|google calendar api|maps javascript api|geocoding api|places api|cloud vision api|\
     cloud translation api|speech-to-text api|people api|custom search api|\"request_denied\"|places.googleapis|customsearch.googleapis|vision.googleapis|\
     translate.googleapis|texttospeech.googleapis|people.googleapis|fcm.googleapis|notion_client",
    // Mail, files, calls and remote shells.
    "smtplib|smtpdata|smtpauth|gsmtp|nodemailer|eauth|sendgrid|mailgun|imaplib|paramiko|ssh: connect|sftp|ftplib|\
     ldap|tls key negotiation|openvpn|mqtt|asterisk",
    // Web servers and sites of other things.
    "wp-login|xmlrpc.php|fastcgi://|php-fpm|nextcloud|remote.php/dav|index.php|jsdelivr|favicon.ico|.woff|\
     jwtexception|expiredjwt|jsonwebtokenerror|.well-known/openid-configuration|.well-known/jwks",
    // Sound and pictures.
    "[https @ 0x|[http @ 0x|moov atom|avformat|invalid data found when processing input|gstreamer",
    // Browsers under remote control.
    "playwright._impl|page.click|selenium.common|chromedriver|puppeteer|waiting for locator",
    // Training, and models loaded in one's own process.
    "loss.backward|trainer.py|training_step|compute_loss|torch.distributed|ncclsystemerror|nccl error|\
     resolve/main|is not a local folder|timm.|torchvision|subreddit|reddit|from_pretrained|to load this file|datasets.exceptions|datasetnotfound|tensorflow.python|yolov|\
     mlflow.exceptions|keras.",
    // Compilers and bundlers.
    "error ts1|error ts2|type error: module|module not found: error|webpack compiled|loadtranslations|spawn npx|error[e0|\
     undefined reference to|devtools failed to load",
];

/// What a call of an API of models leaves behind and nothing else does: the host or path that was called, an SDK's module.
const CALLED: &str = "chat/completions|/v1/messages|/v1/completions|/v1/responses|/v1/embeddings|/v1/images|/v1/audio|\
     generatecontent|openai/deployments|openai/v1|/api/generate|/api/chat\"|/api/chat |/api/embed|openai.badrequesterror|\
     openai.authenticationerror|openai.ratelimiterror|openai.notfounderror|openai.apierror|\
     openai.apiconnectionerror|openai.apitimeouterror|openai.apistatuserror|openai.internalservererror|\
     openai.permissiondeniederror|openai.error.|openai._|openai.openaierror|anthropic.|litellm.exceptions|\
     litellm.badrequest|litellm.authentication|litellm.ratelimit|litellm.notfound|litellm.timeout|\
     litellm.internal|litellm.api|litellm.service|cohere.|groq.|google.genai|googlegenerativeai|bedrock-runtime|\
     bedrockruntime|invokemodel|converse operation|conversestream|invalid_image_url|error while downloading http|timeout while downloading http|\
     unable to download the file http|rubyllm::|openai::errors|anthropic::errors|api.openai.com|\
     platform.openai.com|incorrect api key provided|openaipublic|openai.azure.com|api.anthropic.com|generativelanguage|\
     aiplatform.googleapis|cloudcode-pa|cloudaicompanion|openrouter.ai|api.groq.com|api.deepseek|\
     chat.deepseek|dashscope.aliyuncs|openaierror|openaiexception|anthropicexception|dimension|api-inference.huggingface|\
    router.huggingface|springframework.ai|openai4j|langchain4j|com.theokanning|components.anthropic|components.openai|components.ollama|components.google_generative|:11434";

/// The grammar of such APIs' errors, which a few other services have taken over.
const GRAMMAR: &str = "invalid_request_error|insufficient_quota|rate_limit_error|overloaded_error|authentication_error|\
     context_length_exceeded|model_not_found|invalid_api_key|not_found_error|permission_error|'type': 'error'|invalid schema for function|\
     invalid_function_parameters|missing_required_parameter|unknown_parameter|unsupported_parameter|unsupported_value";

/// Services that print that grammar too, by what only their failures show.
const ALIKE: &str = "stripeautherror|stripeauthenticationerror|stripeinvalidrequest|stripecarderror|stripeapierror|stripeconnectionerror|\
     stripepermissionerror|striperatelimiterror|stripe::|stripe.error|stripe.com/|\\stripe\\|sk_test_|rk_test_|pk_test_|sk_live_|rk_live_|pk_live_|whsec_|\
     payment_intent|paymentintent|paymentmethod|fbtrace_id|oauthexception|api.resend.com|resend.com|api.clerk|clerk.com|lemonsqueezy|plaid.com|plaid-|\
     api.linear.app|developers.notion.com|documentation_url|octokit";

/// Services, runners and tools by names that may also stand beside a call of models: where nothing speaks of one.
const NAMED: &str = "supabase|appwrite|pocketbase|hasura|auth0|okta|keycloak|clerkjs|cloudinary|algolia|mapbox|deepl|openweather|sonarqube|artifactory|\
     shopify|magento|prestashop|woocommerce|wordpress|drupal|joomla|salesforce|servicenow|quickbooks|xero.com|docusign|calendly|pagerduty|\
     datadog|new relic|grafana|prometheus|influx|snowflakecomputing|bigquery|redshift|tableau|metabase|superset|process completed with exit code|##[error]|\
     insufficientpermissions|userratelimitexceeded|dailylimitexceeded|accessnotconfigured|youtube|fcmerror|senderid|messaging/|firebase: error|\
     socrata|tweepy|twython|praw.|prawcore|boto.|s3fs|gspread|pygsheets|shutterstock|unsplash|tmdb|imdb|spotify|strava|fitbit|garmin|steamcommunity|\
     homekit|homebridge|zigbee|hue bridge|sonos|chromecast|jellyfin|sonarr|radarr|qbittorrent|pihole|unifi|opnsense|pfsense|proxmox|synology|\
     trello|asana|monday.com|basecamp|bitwarden|etcd|argocd|rancher|openshift|pulumi|az login|\
     cloudformation|codebuild|codepipeline|railway up|testflight|app store connect|fastlane|cocoapods|\
     eas build|xcodebuild|metro bundler|adb:|logcat|flutter pub|pub.dev|hex.pm|homebrew|brew install|chocolatey|winget|dnf|zypper|pacman|snapd|flatpak|\
     curse forge|modrinth|mojang|launcher_profiles|unity hub|epic games|saucelabs|browserstack|cypress|testcafe|watson|dialogflow|rasa|botframework|wit.ai";

static OTHER: LazyLock<Needles> = LazyLock::new(|| Needles::new(OTHERS.iter().flat_map(|kind| kind.split('|'))));
static OURS: LazyLock<Needles> = LazyLock::new(|| Needles::new(CALLED.split('|')));
static SHARED: LazyLock<Needles> = LazyLock::new(|| Needles::new(GRAMMAR.split('|')));
static LIKE_OURS: LazyLock<Needles> = LazyLock::new(|| Needles::new(ALIKE.split('|')));
static NAMES: LazyLock<Needles> = LazyLock::new(|| Needles::new(NAMED.split('|')));

/// The sign of the other system whose error this is.
pub(super) fn sign(text: &str, context: &Context) -> Option<String> {
    let url = context.url.as_deref().unwrap_or_default();
    // Stripe's errors have the types of OpenAI's, and a link to its documentation.
    if text.contains("doc_url") && text.contains("stripe.com/") {
        return Some("stripe".to_owned());
    }
    let has = |needles: &Needles| needles.first(text, |_| true).is_some();
    if context.provider.is_some() || has(&OURS) || OURS.first(url, |_| true).is_some() {
        return None;
    }
    // Its clients' words `error code: 4…` are those of OpenAI's too.
    if is_of_discord(text) {
        return Some("discord".to_owned());
    }
    let hit = |needles: &Needles| needles.first(text, |hit| is_apart(text, hit.start, hit.end));
    let hit = hit(&LIKE_OURS).or_else(|| if has(&SHARED) { None } else { hit(&OTHER) })?;
    Some(text[hit.start..hit.end].to_lowercase())
}

/// The name of another service, where nothing is said of models: `library` and this are asked for then alone.
pub(super) fn named(text: &str) -> Option<String> {
    if SHARED.first(text, |_| true).is_some() || OURS.first(text, |_| true).is_some() {
        return None;
    }
    let hit = NAMES.first(text, |hit| is_word(text, hit.start, hit.end))?;
    Some(text[hit.start..hit.end].to_lowercase())
}

/// `404 Not Found (error code: 10003): Unknown Channel`: the codes of Discord are its own, and its clients put them so.
fn is_of_discord(text: &str) -> bool {
    text.match_indices("(error code: ").take(8).any(|(at, start)| {
        let digits = text[at + start.len()..].bytes().take_while(u8::is_ascii_digit).count();
        let before = text[..at].trim_end();
        digits >= 4 && text[at + start.len() + digits..].starts_with("):") && before.ends_with(char::is_alphabetic)
    })
}

/// The library in whose frames a program of Python failed, where it is none that any program has: where nothing else is
/// said of models either, it is a client of something else.
pub(super) fn library(text: &str) -> Option<String> {
    const ANY: &str = "httpx|httpcore|requests|urllib3|aiohttp|anyio|h11|h2|starlette|fastapi|uvicorn|tenacity|backoff|pydantic|pydantic_core|\
         click|typer|flask|werkzeug|gradio|streamlit|django|gunicorn|celery|certifi|yarl|ssl|websockets|trio|sniffio|rich|retry|\
         retrying|curl_cffi|idna|charset_normalizer|jinja2|numpy|pandas|tqdm|nest_asyncio|ipython|ipykernel|uvloop|multiprocess|joblib";
    const BOUND: usize = 200;
    let behind = |at: usize| {
        let name = text[at..].trim_start_matches(['/', '\\']);
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        name[..end].to_ascii_lowercase()
    };
    let frames = text.match_indices("-packages").take(BOUND);
    frames
        .map(|(at, dir)| behind(at + dir.len()))
        .find(|name| !name.is_empty() && !ANY.split('|').any(|any| any == name))
        .or_else(|| package(text))
}

/// The same of a program of Node.
fn package(text: &str) -> Option<String> {
    const ANY: &str = "axios|undici|node-fetch|cross-fetch|got|express|koa|fastify|next|react|react-dom|vite|webpack|typescript|ts-node|tsx|rxjs|p-retry|\
         async-retry|follow-redirects|https-proxy-agent|http-proxy-agent|agent-base|http-proxy|http-proxy-middleware|tunnel|ws|ky|whatwg-fetch|\
         isomorphic-fetch|jest|vitest|mocha|bluebird|lodash|promise|body-parser|raw-body|electron|nodemon|dotenv|zod|node-fetch-native|ofetch|h3|\
         nuxt|request|superagent|form-data|abort-controller|event-target-shim|core-js|tslib|pino|winston|combined-stream|retry|bottleneck|p-queue|\
         p-limit|router|finalhandler|on-finished|cors|proxy-agent|aws-sdk|google-auth-library|gaxios|googleapis|google-gax|node-abort-controller|eventsource|eventsource-parser|svelte|vue|angular|zone.js";
    /// Of packages that are run with others.
    const SCOPES: &str = "@nestjs|@sveltejs|@remix-run|@vercel|@sentry|@opentelemetry|@babel|@nuxt|@trpc|@tanstack|@whatwg-node|@types|@hono|@angular|@vitejs|@swc|@aws-sdk|@smithy|@aws-crypto|@azure|@google-cloud|@grpc|@google|@langchain";
    /// What programs around models have in their names.
    const OURS: &str = "ai|gpt|llm|chat|agent|code|copilot|model|prompt|claude|gemini|bot";
    const BOUND: usize = 200;
    let frames = text.match_indices("node_modules/").take(BOUND);
    frames
        .map(|(at, dir)| {
            let path = &text[at + dir.len()..];
            let end = path.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.@/".contains(c))).unwrap_or(path.len());
            let mut parts = path[..end].split('/');
            let (first, next) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            // A file in the folder itself is no package.
            if next.is_empty() {
                (String::new(), String::new())
            } else {
                (first.to_ascii_lowercase(), next.to_ascii_lowercase())
            }
        })
        .filter(|(first, _)| !first.is_empty() && !first.starts_with('.'))
        .filter(|(first, _)| !ANY.split('|').chain(SCOPES.split('|')).any(|any| any == first))
        .map(|(first, next)| if first.starts_with('@') { format!("{first}/{next}") } else { first })
        .find(|name| !OURS.split('|').any(|ours| name.contains(ours)))
}

/// The name of a setting for another service's key: `GHOST_CONTENT_API_KEY`. Two words and more stand before what it is,
/// since one alone may be the name of any vendor of models.
pub(super) fn variable(text: &str) -> Option<String> {
    const KINDS: [&str; 7] =
        ["_API_KEY", "_API_TOKEN", "_ACCESS_TOKEN", "_ACCESS_KEY", "_SECRET_KEY", "_CLIENT_SECRET", "_AUTH_TOKEN"];
    /// What frameworks put in front of what a browser may see.
    const SHOWN: [&str; 8] =
        ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "NUXT_", "GATSBY_", "PUBLIC_"];
    const OURS: &str = "LLM|AI|MODEL|MODELS|CHAT|GPT|EMBED|EMBEDDING|EMBEDDINGS|AGENT|BOT|VISION|COPILOT|RAG|ASSISTANT|INFERENCE|GATEWAY|PROXY|MY|APP|\
         APPLICATION|YOUR|DEFAULT|PROVIDER|CUSTOM|MASTER|SERVER|CLIENT|SERVICE|TEST|PROD|DEV|LOCAL|OPEN|CODE|WHISPER|SPEECH|TTS|OPENAI|AZURE|ANTHROPIC|GOOGLE|AWS";
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let names = text.split(|c| !is_name(c)).filter(|word| word.len() > 12).take(100);
    names
        .filter_map(|name| KINDS.iter().find_map(|kind| Some((name, name.strip_suffix(kind)?))))
        .find(|(_, head)| {
            let head = SHOWN.iter().find_map(|shown| head.strip_prefix(shown)).unwrap_or(head);
            let words = || head.split('_').filter(|word| !word.is_empty());
            words().count() > 1 && !words().any(|word| OURS.split('|').any(|ours| ours == word))
        })
        .map(|(name, _)| name.to_owned())
}

/// Whether a hit does not stand in the middle of a word (`ec2.` is not in `sec2.`), and a port is not the line of a
/// source: `app.js:5432`.
fn is_apart(text: &str, start: usize, end: usize) -> bool {
    const SOURCES: &str = ".js|.mjs|.cjs|.ts|.tsx|.py|.go|.rs|.java|.kt|.cs|.php|.rb|.c|.cc|.cpp|.swift|.dart";
    let inner = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric);
    if text.as_bytes()[start] == b':' {
        let digit = text.as_bytes().get(end).is_some_and(u8::is_ascii_digit);
        return !digit && !SOURCES.split('|').any(|source| text[..start].ends_with(source));
    }
    !inner(start) || !start.checked_sub(1).is_some_and(inner)
}

/// Whether a hit is a word by itself.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let before = letter(start) && start.checked_sub(1).is_some_and(letter);
    // `SupabaseClient` is one of its own.
    let behind = letter(end - 1) && bytes.get(end).is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    !before && !behind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_other_systems_are_told_also_where_models_are_mentioned() {
        for text in [
            "stripe.error.AuthenticationError: Invalid API Key provided: sk_test_****77 (plan: GPT-5 pack)",
            "redis.exceptions.ConnectionError: Error 111 connecting to cache:6379. Connection refused. (llm-worker)",
            "npm error 404 Not Found - GET https://registry.npmjs.org/claude-tools-extra",
            "pdm.termui: Adding requirement huggingface-hub\nUnknown scheme for proxy URL URL('socks://127.0.0.1:7897/')",
            "com.google.api.gax.rpc.PermissionDeniedException: PERMISSION_DENIED: Missing or insufficient permissions.",
            "{\"message\":\"API rate limit exceeded for 10.1.2.3\",\"documentation_url\":\"https://docs.github.com/rest\"}",
            "No such file upload: file_1; a similar object exists in live mode, but a test mode key was used",
            "Failed connecting with token xoxb-12: channels: invalid_auth",
            "Get \"https://sso.example/.well-known/openid-configuration\": x509: certificate signed by unknown authority",
            "{ type: 'invalid_request_error', message: 'Invalid API Key provided: sk_test_****Aso0', statusCode: 401 }",
            "Did not provide an API key. See https://stripe.com/docs/api#authentication type: 'StripeAuthenticationError'",
            "HTTPException('413 Payload Too Large (error code: 40005): Request entity too large')",
            "{\"error\":{\"message\":\"Invalid OAuth access token\",\"type\":\"OAuthException\",\"code\":190,\"fbtrace_id\":\"A\"}}",
            "Error from server (Forbidden): deployments.apps \"vllm\" is forbidden: User \"dev\" cannot patch",
        ] {
            assert!(sign(text, &Context::default()).is_some(), "{text}");
        }
    }

    #[test]
    fn a_call_of_an_api_of_models_weighs_more_than_what_stands_around() {
        for text in [
            "mongodb connected\nopenai.RateLimitError: Error code: 429",
            "stripe webhook ok\nPOST https://api.openai.com/v1/chat/completions 401 Unauthorized",
            "401 Incorrect API key provided: sk_live_****. platform.openai.com/account/api-keys",
            "SSLError host='openaipublic.blob.core.windows.net' /encodings/cl100k_base.tiktoken",
            "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Invalid schema for function 'redis.exceptions_get'\"}}",
        ] {
            assert_eq!(sign(text, &Context::default()), None, "{text}");
        }
    }

    #[test]
    fn a_name_beside_nothing_of_models_tells_another_service() {
        assert_eq!(named("Supabase is ignoring auth: false").as_deref(), Some("supabase"));
        assert_eq!(named("##[error]Bad credentials").as_deref(), Some("##[error]"));
        assert_eq!(named("the request failed"), None);
    }

    #[test]
    fn frames_tell_the_library_of_something_else() {
        let frames = |library: &str| {
            format!(
                "  File \"D:\\lib\\site-packages\\httpx\\_client.py\"\n  File \"/lib/site-packages/{library}/x.py\", line 8"
            )
        };

        assert_eq!(library(&frames("birdkit")).as_deref(), Some("birdkit"));
        assert_eq!(library(&frames("urllib3")), None);
        assert_eq!(library("no frames at all"), None);
        assert_eq!(library("at /srv/node_modules/bird-kit/lib/http.js:10:3").as_deref(), Some("bird-kit"));
        assert_eq!(library("at /srv/node_modules/@bird/kit/http.js:10:3").as_deref(), Some("@bird/kit"));
        assert_eq!(library("at /srv/node_modules/.pnpm/axios@1.7.2/node_modules/axios/lib/core.js:5"), None);
        assert_eq!(library("at /srv/node_modules/my-chat-agent/http.js:10:3"), None);
    }

    #[test]
    fn a_setting_tells_whose_key_it_holds() {
        for (text, found) in [
            ("`BAKERY_ORDERS_API_KEY` is required", Some("BAKERY_ORDERS_API_KEY")),
            ("NEXT_PUBLIC_BAKERY_ORDERS_ACCESS_TOKEN is not set", Some("NEXT_PUBLIC_BAKERY_ORDERS_ACCESS_TOKEN")),
            ("NEBULON_API_KEY is not set", None),
            ("MY_LLM_API_KEY is not set", None),
            ("VITE_API_KEY is not set", None),
        ] {
            assert_eq!(variable(text).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn signs_do_not_stand_in_the_middle_of_words() {
        assert_eq!(sign("codec2.model failed", &Context::default()), None);
        assert_eq!(sign("at app.js:5432:11", &Context::default()), None);
    }
}
