//! Causes in the key and in the header that carries it.

use super::sentences::{NO_KEY, SCOPES, WRONG_KEY};
use super::snippets;
use crate::cause::{Party, Retry, Wire};

pub(super) const NO_KEY_GIVEN: Wire = Wire::invalid(401, NO_KEY);
pub(super) const INCORRECT_KEY: Wire = Wire::new(401, "invalid_request_error", Some("invalid_api_key"), WRONG_KEY);

causes! {
    Credentials:

    KEY_MISSING {
        slug: "key_missing",
        title: "No credential reached the server",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403],
        wire: NO_KEY_GIVEN,
        explanation: "The request arrived without an Authorization header[[ (client: {client})]].",
        remedy: "Send the header `Authorization: Bearer <key>`, and make sure the key is loaded before the client \
            object is built.",
        reasons: &[
            "The client was built without a key, or before the key was loaded",
            "The environment variable that holds the key is not set in the process that runs",
            "The header has another name than this server reads: `Authorization: Bearer` (OpenAI and most others), \
                `x-api-key` (Anthropic), `api-key` (Azure), `x-goog-api-key` (Gemini)",
            "A proxy, a redirect to another host or a wrapper removed the Authorization header",
        ],
        checks: &[
            "Print the names of the headers that leave your program and look for Authorization",
            "Print whether the variable with the key is set, not its value, in the very process that calls",
            "Call past any proxy and compare, for instance with curl -v",
        ],
        remedies: &[
            "Send `Authorization: Bearer <key>`, or the provider's own header such as x-api-key",
            "Pass the key to the client (`api_key=` in Python, `apiKey:` in Node), which writes the header",
            "Load the .env file before the client is created",
            "Let the proxy pass the Authorization header on (nginx: `proxy_set_header Authorization \
                $http_authorization`)",
        ],
        snippets: &[snippets::CALL_CURL, snippets::CALL_PYTHON, snippets::CALL_NODE, snippets::CALL_AXIOS],
        retry_advice: "Repeating it does not help: send it again with the Authorization header.",
        recognised: "The server says that no key, credential or Authorization header was provided, and names none.",
        example: "You didn't provide an API key. You need to provide your API key in an Authorization header using \
            Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        related: &[
            "headers_not_sent",
            "key_empty",
            "auth_header_wrong_name",
            "key_in_url",
            "key_in_body",
            "key_not_configured",
        ],
    }

    HEADERS_NOT_SENT {
        slug: "headers_not_sent",
        title: "Headers were given in the wrong place and never sent",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: NO_KEY_GIVEN,
        explanation: "The request arrived without an Authorization header[[ (client: {client})]][[, and its body holds \
            `{name}`: the headers were sent as data||, as happens when headers are given to the HTTP library in the \
            wrong place]].",
        remedy: "Pass the headers inside the options, which come last: `axios.post(url, data, { headers })`, or \
            `fetch(url, { method, headers, body })`.",
        reasons: &[
            "axios.post(url, data, headers): the third argument must be the configuration, with the headers under its \
                key `headers`",
            "axios.post(url, { headers, ... }): the second argument is the body, so the headers were sent as data",
            "axios.post(url, { headers }, data): body and configuration were swapped",
            "axios({ url, data, config: { headers } }): the headers belong beside `data`, not into another object",
            "fetch(url, headers) without the surrounding options object",
            "A redirect or a wrapper dropped the headers on the way",
        ],
        checks: &[
            "Count the arguments: for axios.post they are address, body, configuration",
            "Send the call to a local server that prints what it receives, and look for Authorization among the \
                headers",
        ],
        remedies: &[
            "axios.post(url, data, { headers: { Authorization: 'Bearer ' + key } })",
            "axios.create({ baseURL, headers: { Authorization: 'Bearer ' + key } }) once for all calls",
            "fetch(url, { method: 'POST', headers, body }): the headers belong inside the second argument",
            "requests.post(url, json=data, headers=headers)",
            "Use the OpenAI SDK, which writes the header, with `baseURL` set to the server that is meant",
        ],
        snippets: &[snippets::HEADERS_AXIOS, snippets::HEADERS_FETCH, snippets::HEADERS_PYTHON],
        retry_advice: "Repeating it does not help: move the headers to where the library reads them.",
        recognised: "The server sees no key although the code sets one: the code passes headers in a place that the \
            HTTP library ignores.",
        example: "AxiosError: Request failed with status code 401 … data: { error: { message: \"You didn't provide an \
            API key.\" } } … axios.post(url, body, headers)",
        related: &["key_missing", "key_in_body", "anthropic_version_missing"],
    }

    KEY_UNDEFINED {
        slug: "key_undefined",
        title: "The key is the literal text undefined, null or None",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: INCORRECT_KEY,
        explanation: "The key sent is the word [[`{literal}`||`undefined`]], which is what a variable without a value \
            becomes when it is put into a text.",
        remedy: "Set the environment variable that your program reads, restart the program, and let it stop at once \
            when the variable is empty.",
        reasons: &[
            "The environment variable does not exist under the name that the code reads",
            "A bundler did not expose the variable to the browser: it lacks the prefix VITE_, NEXT_PUBLIC_ or \
                REACT_APP_ (a secret key does not belong there anyway)",
            "The .env file is in another folder than the process reads, or the server was not restarted after it was \
                changed",
            "str(None) or a template such as `Bearer ${apiKey}` turned the missing value into text",
        ],
        checks: &[
            "Print type and length of the key just before the client is built (`typeof key`, `type(key)`)",
            "Compare the variable's name letter by letter in the .env file and in the code",
            "Restart the development server after a change of .env",
        ],
        remedies: &[
            "Load the environment variable (dotenv, --env-file, the platform's secret settings) before it is read",
            "Stop at once when it is empty, with a message that names the variable",
            "Keep the key on a server and never in a browser bundle",
        ],
        snippets: &[snippets::DOTENV_PYTHON, snippets::DOTENV_NODE],
        retry_advice: "Repeating it does not help: give the variable a value first.",
        recognised: "The key that the server echoes, or the header that was sent, is the word undefined, null, None or \
            NaN.",
        example: "Incorrect API key provided: undefined. You can find your API key at \
            https://platform.openai.com/account/api-keys.",
        related: &["key_empty", "key_placeholder", "key_missing", "key_not_configured", "browser_key_exposure"],
    }

    KEY_EMPTY {
        slug: "key_empty",
        title: "The key is an empty string",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        without_status: true,
        wire: NO_KEY_GIVEN,
        explanation: "The Authorization header [[{what}||has nothing after `Bearer`]].",
        remedy: "Give the variable that holds the key a value in the process that runs, and check its length before \
            the call.",
        reasons: &[
            "The environment variable is set but empty, or another one than the code reads was set",
            "A CI job does not get the secret: workflows started from a fork receive none",
            "A settings field of the tool was left empty or saved before the key was pasted",
            "docker compose passed an unset variable on as an empty one",
        ],
        checks: &[
            "Print the length of the key at run time: it must not be 0",
            "In CI, look whether the secret is handed to this very step",
            "Compare the variable's name with the one that the library reads",
        ],
        remedies: &[
            "Set the environment variable to the key, in the process that runs",
            "Hand the secret to the CI step (`env: OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}`)",
            "Use the exact variable name the library reads, and stop with a message when it is empty",
        ],
        snippets: &[snippets::KEY_SHAPE_SHELL, snippets::DOTENV_PYTHON],
        retry_advice: "Repeating it does not help: give the key a value first.",
        recognised: "Nothing follows `Bearer`: the HTTP library refuses the header, or the server names an empty key.",
        example: "httpx.LocalProtocolError: Illegal header value b'Bearer '",
        related: &["key_missing", "key_undefined", "key_not_configured"],
    }

    KEY_PLACEHOLDER {
        slug: "key_placeholder",
        title: "A documentation placeholder was sent instead of a key",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: INCORRECT_KEY,
        explanation: "The key sent is [[`{variable}`, a reference to a variable that was not replaced by its \
            value||`{placeholder}`, a sample value that was never replaced||a sample value that was never replaced]].",
        remedy: "[[Let the shell, the template or the program put in the value of `{variable}`, or store the key \
            itself||Replace the sample value with a real key of this gateway]].",
        reasons: &[
            "Sample code was copied with a placeholder in it: YOUR_API_KEY, sk-xxx, <your key>, ADD_YOUR_KEY_HERE, \
                changeme",
            "A variable was written in single quotes, or in a file in which nothing replaces variables",
            "The program reads .env.example or .env.template, or that file was edited instead of .env",
        ],
        checks: &[
            "Look at the beginning and the end of the key that the error echoes",
            "Search the code and the .env files for the placeholder",
            "Print which .env file is loaded",
        ],
        remedies: &[
            "Replace the placeholder with a real key from the provider's key page",
            "Copy .env.example (.env.template) to .env and fill it in",
            "In a shell, write \"$OPENAI_API_KEY\" in double quotes and not in single ones",
        ],
        snippets: &[snippets::DOTENV_PYTHON, snippets::DOTENV_NODE],
        retry_advice: "Repeating it does not help: put a real key in its place.",
        recognised: "The echoed key reads like documentation: your-api-key, sk-xxx, angle brackets, a dollar sign with \
            a name.",
        example: "Incorrect API key provided: YOUR_API_KEY. You can find your API key at \
            https://platform.openai.com/account/api-keys.",
        related: &["key_undefined", "key_not_a_key"],
    }

    KEY_DOUBLE_BEARER {
        slug: "key_double_bearer",
        title: "Bearer is written twice",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: INCORRECT_KEY,
        explanation: "The Authorization header says `Bearer Bearer`: the stored key already begins with that word and \
            the client adds it again.",
        remedy: "Store only the key itself; the client writes `Bearer` in front of it.",
        reasons: &["The whole header value, with the word Bearer, was stored as the key"],
        checks: &[
            "Look at the first seven characters of the stored key: they must not be `Bearer `",
            "Print the header that leaves your program, with the key masked",
        ],
        remedies: &[
            "Remove `Bearer ` from the stored key: the client adds it",
            "Or stop adding it in the code that builds the header",
        ],
        snippets: &[snippets::CALL_CURL, snippets::CALL_PYTHON],
        retry_advice: "Repeating it does not help: store the key alone.",
        recognised: "The echoed key begins with the word Bearer, or the header says `Bearer Bearer`.",
        example: "Incorrect API key provided: Bearer s***. You can find your API key at \
            https://platform.openai.com/account/api-keys.",
        related: &["auth_header_malformed", "key_quoted", "auth_header_duplicate"],
    }

    KEY_QUOTED {
        slug: "key_quoted",
        title: "The key contains quotation marks",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        without_status: true,
        wire: INCORRECT_KEY,
        explanation: "The key sent begins or ends with a quotation mark[[, {what}]], which belongs to the file it was \
            read from and not to the key.",
        remedy: "Remove the quotation marks around the key where it is stored.",
        reasons: &[
            "`docker run --env-file` keeps quotation marks literally",
            "A shell, YAML or Windows `set` line made them a part of the value",
            "A word processor or a chat turned them into curly ones",
        ],
        checks: &[
            "Print the first and the last character of the key at run time",
            "Compare its length with the key's own: two more mean quotation marks",
        ],
        remedies: &[
            "Write KEY=sk-... without quotation marks in the env file of Docker or systemd",
            "Or strip quotes and white space when the key is read",
        ],
        snippets: &[snippets::KEY_SHAPE_SHELL, snippets::KEY_TRIM_PYTHON, snippets::KEY_TRIM_NODE],
        retry_advice: "Repeating it does not help: remove the quotation marks first.",
        recognised: "The echoed key begins or ends with a quotation mark (\" ' “ ”, or %22 in a URL).",
        example: "Incorrect API key provided: \"sk-proj-*****\". You can find your API key at \
            https://platform.openai.com/account/api-keys.",
        related: &["key_whitespace", "key_non_ascii", "key_double_bearer"],
    }

    KEY_WHITESPACE {
        slug: "key_whitespace",
        title: "The key contains a space, tab or newline",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 400],
        without_status: true,
        wire: INCORRECT_KEY,
        explanation: "The key sent has [[{where}||white space in or around it]], and a key has no white space.",
        remedy: "Remove the white space from the stored key, or trim the key when it is read.",
        reasons: &[
            "Copy and paste took a blank or a line break along",
            "A secret was created with `echo`, which adds a newline, instead of `printf` or `echo -n`",
            "Two values were pasted into one field",
        ],
        checks: &[
            "Print the key's length and compare it with the key's own",
            "Look at the last byte of the secret: `tail -c1 file | xxd` must not show 0a",
            "Look for a newline in the secret of the CI or of Kubernetes: `kubectl get secret … | base64 -d | xxd | \
                tail -1`",
        ],
        remedies: &[
            "Trim white space and newlines from the key when it is read: `.strip()`, `.trim()`",
            "Create the secret again with `printf %s` or `echo -n`",
        ],
        snippets: &[snippets::KEY_SHAPE_SHELL, snippets::KEY_TRIM_PYTHON, snippets::KEY_TRIM_NODE],
        retry_advice: "Repeating it does not help: trim the key first.",
        recognised: "The HTTP library refuses the header's value, or the echoed key has a blank or a line break in it.",
        example: "TypeError [ERR_INVALID_CHAR]: Invalid character in header content [\"Authorization\"]",
        related: &["key_quoted", "key_non_ascii", "key_typo"],
    }

    KEY_NON_ASCII {
        slug: "key_non_ascii",
        title: "The key contains a non-ASCII character",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        without_status: true,
        wire: INCORRECT_KEY,
        explanation: "[[Character {position} of the key sent is {what}||The key sent has a character outside ASCII]], \
            while keys consist of ASCII letters, digits, `-` and `_` only.",
        remedy: "Copy the key again from where it was shown, not from a document or chat that beautifies text.",
        reasons: &[
            "A word processor, chat or web page turned `-` into a long dash or quotes into curly ones",
            "A sample text in another alphabet was left in place of the key",
            "A zero-width character or a byte order mark came along with the copy",
            "Another header has such a letter: an organization's or a user's name, a title (X-Title)",
        ],
        checks: &[
            "Read the position in the message: 7 and above points into the Authorization header, just behind `Bearer `",
            "List the characters of the key above 127: `[c for c in key if ord(c) > 127]`",
            "Compare the length in characters and in bytes",
        ],
        remedies: &[
            "Paste the key again from the provider's page, not from a document, and keep to ASCII",
            "Type the dashes and quotes again in a plain editor",
            "Encode other headers with non-ASCII text, or leave them out",
        ],
        snippets: &[snippets::KEY_SHAPE_PYTHON, snippets::KEY_TRIM_PYTHON],
        retry_advice: "Repeating it does not help: remove the characters that are not ASCII first.",
        recognised: "A codec or the HTTP library cannot write a header: `'ascii' codec can't encode character … in \
            position 7`, `Cannot convert argument to a ByteString`.",
        example: "UnicodeEncodeError: 'ascii' codec can't encode character '\\u201c' in position 7: ordinal not in \
            range(128)",
        related: &["key_quoted", "key_whitespace"],
    }

    KEY_NOT_A_KEY {
        slug: "key_not_a_key",
        title: "Something that is not a key was entered as the key",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: INCORRECT_KEY,
        explanation: "The value sent as the key is [[{kind}||not a key of any known form]].",
        remedy: "Enter the key itself, which begins with `sk-tg-` when this gateway issued it.",
        reasons: &[
            "A URL, a model name, a user name, a password or a sentence was put in the field for the key",
            "The name or the id of the key was copied instead of the key itself",
            "Base URL and key are swapped in the settings",
        ],
        checks: &[
            "Look at the beginning of the echoed value: keys start with `sk-` (OpenAI), `sk-ant-` (Anthropic), `AIza` \
                (Gemini), `gsk_` (Groq), `xai-` (xAI), `sk-or-` (OpenRouter), `sk-tg-` (this gateway)",
            "Look which setting the value comes from, and what the setting beside it holds",
        ],
        remedies: &[
            "Paste the API key itself (OpenAI's start with sk-), not the URL of the page that shows it",
            "Put the key in the key's field and the address in the base URL's",
        ],
        retry_advice: "Repeating it does not help: enter the key itself.",
        recognised: "The echoed value is a web address, words, a path or a few letters, not the shape of a key.",
        example: "Incorrect API key provided: https://******.com. You can find your API key at \
            https://platform.openai.com/account/api-keys.",
        related: &["key_placeholder", "key_wrong_provider", "key_invalid"],
    }

    KEY_WRONG_PROVIDER {
        slug: "key_wrong_provider",
        title: "The key belongs to another provider",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 400],
        wire: INCORRECT_KEY,
        explanation: "The key sent has the form of a key of [[{vendor}||another vendor]], and this gateway accepts its \
            own keys only.",
        remedy: "Use a key of this gateway, or point the base URL at [[{vendor}||the vendor]] if you mean to call it \
            directly.",
        reasons: &[
            "The key's prefix is another service's: sk-proj- or sk- (OpenAI), sk-ant- (Anthropic), sk-or- \
                (OpenRouter), AIza (Google Gemini), gsk_ (Groq), xai- (xAI), hf_ (Hugging Face), pplx- (Perplexity), \
                r8_ (Replicate), nvapi- (NVIDIA), AKIA or ASIA (AWS), 32 hexadecimal digits or 84 characters (Azure), \
                sk-tg- (Tollgate)",
            "The key was left in place when the base URL was changed, or the reverse: the base URL of a compatible \
                provider (OpenRouter, Groq, DeepSeek, Mistral) was not set, so api.openai.com was called",
            "OPENAI_API_KEY in the environment wins over the key in the configuration",
        ],
        checks: &[
            "Compare the first characters of the key with the host in the base URL",
            "Print which setting the client took key and base URL from",
        ],
        remedies: &[
            "Use a key of the provider whose base URL you call",
            "Or set the base URL that matches the key: https://openrouter.ai/api/v1 (sk-or-), \
                https://api.groq.com/openai/v1 (gsk_), https://generativelanguage.googleapis.com/v1beta/openai/ \
                (Google Gemini, AIza), https://api.x.ai/v1 (xai-), https://api.anthropic.com/v1/ (sk-ant-)",
            "Set key and base URL together, in one place",
            "Behind a gateway, give the provider's key to its operator as the credential, and the gateway's own key to \
                the client",
        ],
        snippets: &[snippets::PROVIDER_PYTHON, snippets::PROVIDER_NODE],
        retry_advice: "Repeating it does not help: use the key that belongs to the base URL.",
        recognised: "The echoed key has the prefix of another vendor than the host that was called.",
        example: "Incorrect API key provided: gsk_****************. You can find your API key at \
            https://platform.openai.com/account/api-keys.",
        related: &[
            "key_not_a_key",
            "key_invalid",
            "gateway_key_invalid",
            "azure_key_or_endpoint",
            "model_wrong_provider",
        ],
    }

    KEY_INVALID {
        slug: "key_invalid",
        title: "The key is not accepted",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 400, 403],
        wire: INCORRECT_KEY,
        explanation: "This gateway has no such key[[: {what}]].",
        remedy: "Check that the base URL and the key belong to the same gateway, and ask its operator for a new key if \
            they do.",
        reasons: &[
            "A typing error, or the key was truncated when it was copied",
            "It was deleted, rotated or revoked",
            "It belongs to another environment, region, organization or installation (staging and production, \
                api.mistral.ai and codestral)",
            "An old value is still held by a running process, another .env file, the shell's profile or the system's \
                keychain",
        ],
        checks: &[
            "Call GET /v1/models with this key alone",
            "Compare the last four characters with the dashboard, or with `tollgate keys list` for this gateway",
            "Find out which file, profile or secret the program really reads",
        ],
        remedies: &[
            "Create a new API key and replace the old one everywhere",
            "Restart the processes that hold the old one, and open a new shell",
            "Check that base URL and key belong to the same place",
        ],
        snippets: &[snippets::LIST_MODELS_CURL, snippets::KEY_SHAPE_SHELL],
        retry_advice: "Repeating it does not help: replace the key first.",
        recognised: "The server knows the form of the key but not the key itself, and the echoed part looks like a \
            real one.",
        example: "Incorrect API key provided: sk-proj-********************AbCd. You can find your API key at \
            https://platform.openai.com/account/api-keys.",
        related: &[
            "key_typo",
            "key_revoked",
            "key_wrong_provider",
            "gateway_key_invalid",
            "gcp_api_disabled",
            "key_not_a_key",
        ],
    }

    KEY_TYPO {
        slug: "key_typo",
        title: "The key was mistyped, cut off or damaged",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: INCORRECT_KEY,
        explanation: "The key looks like a key of this gateway, but [[{what}||its checksum does not match]].",
        remedy: "Copy the whole key again from where it is stored.",
        reasons: &[
            "The copy missed the first or last characters",
            "The key was typed by hand",
            "A field or column cut it off",
            "It was pasted twice, or a comma or semicolon came along",
        ],
        checks: &[
            "Count its characters: keys of this gateway have 56",
            "Compare the last four with `tollgate keys list`",
        ],
        remedies: &["Copy the key again", "If it is not stored in full anywhere, rotate it: a key is shown only once"],
        snippets: &[snippets::KEY_SHAPE_SHELL],
        retry_advice: "Repeating it does not help: copy the whole key again.",
        recognised: "The key has the form of this gateway's keys, but its checksum does not match.",
        example: "Incorrect API key provided: sk-tg-ab************wxyz. The key looks like a key of this gateway, but \
            its checksum does not match.",
        related: &["key_invalid", "key_whitespace"],
    }

    KEY_DISABLED {
        slug: "key_disabled",
        title: "The key is switched off",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: INCORRECT_KEY,
        explanation: "The key is genuine but was disabled[[ on {date}]] and can be enabled again.",
        remedy: "Ask the operator of this gateway to enable the key, or use another one.",
        reasons: &["The operator disabled it (`tollgate keys disable`), for a pause or while a leak is looked into"],
        checks: &["Look at the key's status with `tollgate keys show`"],
        remedies: &["Enable the key (`tollgate keys enable`)", "Create another key"],
        retry_advice: "Repeating it does not help until the key is enabled again.",
        recognised: "The key is genuine and its status is disabled.",
        example: "Incorrect API key provided: sk-tg-ab************wxyz. The key is genuine but was disabled on \
            2026-03-01T09:00:00Z and can be enabled again.",
        related: &["key_revoked", "key_expired"],
    }

    KEY_REVOKED {
        slug: "key_revoked",
        title: "The key was revoked",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403],
        wire: INCORRECT_KEY,
        explanation: "The key is genuine but was revoked[[ on {date}]], which cannot be undone.",
        remedy: "Get a new key from the operator of this gateway and put it wherever the old one is stored.",
        reasons: &[
            "An administrator or the key's owner revoked it (here: `tollgate keys revoke`)",
            "It was found in public, in a repository or an app, and disabled for safety",
            "The project or consumer it belongs to was suspended (Google: CONSUMER_SUSPENDED)",
        ],
        checks: &[
            "Look at the key page and at the e-mail of the account's owner; here with `tollgate keys show`",
            "Search your repositories, images and bundles for the key's first characters",
        ],
        remedies: &[
            "Create a new key and restart what held the old one",
            "If it leaked, remove the leak before the new key is used, and rotate the secrets that lay beside it",
            "Ask the provider's support if the project is suspended",
        ],
        retry_advice: "Repeating it does not help: a revoked key stays revoked.",
        recognised: "The server says that the key was revoked, disabled, reported as leaked, or that its consumer is \
            suspended.",
        example: "Your API key was reported as leaked. Please use another API key.",
        related: &[
            "key_disabled",
            "key_rotated",
            "key_invalid",
            "org_not_member",
            "account_deactivated",
            "key_expired",
        ],
    }

    KEY_ROTATED {
        slug: "key_rotated",
        title: "The key was replaced by a newer one",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: INCORRECT_KEY,
        explanation: "The key got a new secret, and this old one stopped working[[ on {date}]], when the time allowed \
            for the change was over.",
        remedy: "Put the new secret in place of this one and restart the program.",
        reasons: &[
            "This program was forgotten when the new secret was handed out",
            "It was not restarted and holds the old secret",
        ],
        checks: &[
            "Compare the last four characters with those in `tollgate keys list`",
            "Find out when the program was last restarted",
        ],
        remedies: &["Deploy the new secret", "If it is lost, rotate once more with a longer overlap"],
        retry_advice: "Repeating it does not help: use the new secret.",
        recognised: "The key is genuine, has a newer secret, and the time allowed for the change is over.",
        example: "Incorrect API key provided: sk-tg-ab************wxyz. The key got a new secret, and this old one \
            stopped working on 2026-03-01T09:00:00Z.",
        related: &["key_revoked", "key_expired"],
    }

    KEY_EXPIRED {
        slug: "key_expired",
        title: "The key has passed its expiry date",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 400],
        wire: INCORRECT_KEY,
        explanation: "The key is genuine but expired[[ on {date}]].",
        remedy: "[[{fix}||Use another key, or ask the operator of this gateway to set a later date (`tollgate keys expire`)]].",
        reasons: &[
            "The key was created with an expiry date, and that day has come",
            "A trial or a temporary token ended",
            "The clock of the server or of this machine is wrong",
        ],
        checks: &[
            "Look at the key's expiry in the dashboard; here with `tollgate keys show`",
            "Compare `date -u` with the real time",
        ],
        remedies: &[
            "Renew or rotate the key, and put the new one wherever the old one was",
            "Set a later date where that is possible (here: `tollgate keys expire`)",
            "Put a reminder before the next one",
        ],
        retry_advice: "Repeating it does not help: renew or replace the key first.",
        recognised: "The server says that the key expired, or asks to renew it.",
        example: "API key expired. Please renew the API key.",
        related: &["key_rotated", "key_revoked", "oauth_token_expired", "key_disabled"],
    }

    AUTH_HEADER_WRONG_NAME {
        slug: "auth_header_wrong_name",
        title: "The key was sent in the wrong header",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403],
        wire: NO_KEY_GIVEN,
        explanation: "There is no Authorization header, but [[`{header}`||a header of another vendor's API]] arrived \
            with what may be a key.",
        remedy: "Send the key as `Authorization: Bearer <key>`.",
        reasons: &[
            "The client speaks another vendor's API: x-api-key is Anthropic's, api-key is Azure's, x-goog-api-key is \
                Gemini's, and most others read Authorization: Bearer",
            "The header's name was mistyped (Authorisation, X-Api-Key with a blank)",
            "Google: Authorization: Bearer takes an OAuth access token alone, which Vertex AI asks for; a Gemini API key \
                goes into x-goog-api-key",
        ],
        checks: &[
            "List the names of the headers that leave your program",
            "Compare them with the provider's documentation for this very path",
        ],
        remedies: &[
            "Send the header that this provider reads: `Authorization: Bearer <key>` for OpenAI-compatible APIs, \
                `x-api-key` with `anthropic-version` for Anthropic, `api-key` for Azure, `x-goog-api-key` for Gemini",
            "Use the provider's SDK, or configure the client for an OpenAI-compatible API",
        ],
        snippets: &[snippets::ANTHROPIC_CURL, snippets::CALL_CURL],
        retry_advice: "Repeating it does not help: rename the header.",
        recognised: "The server misses its own header, while the request carried another vendor's.",
        example: "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"x-api-key header is \
            required\"}}",
        related: &[
            "key_missing",
            "auth_header_malformed",
            "key_in_url",
            "azure_key_or_endpoint",
            "anthropic_version_missing",
        ],
    }

    AUTH_HEADER_MALFORMED {
        slug: "auth_header_malformed",
        title: "The Authorization header is not `Bearer <key>`",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: NO_KEY_GIVEN,
        explanation: "The Authorization header [[{what}||is not the word Bearer, one space and a key]].",
        remedy: "Write exactly `Authorization: Bearer <key>`: the word Bearer, one space, the key.",
        reasons: &[
            "The word Bearer is missing",
            "An object or a dictionary was put into the header instead of text: `Bearer {'api_key': …}`",
            "A template was not filled in, so that braces or a dollar sign were sent",
            "The token is not one that the server can parse, such as a half of a JWT",
        ],
        checks: &[
            "Print the header's first word and its length: exactly Bearer, one space, the key",
            "Print the type of the value given to the client",
        ],
        remedies: &[
            "Send `Authorization: Bearer <token>`: the word, one space, the key",
            "Let the SDK build it: give it the key alone, as text",
        ],
        snippets: &[snippets::CALL_CURL, snippets::HEADERS_AXIOS],
        retry_advice: "Repeating it does not help: correct the header first.",
        recognised: "The server cannot parse the Authorization header or the token in it.",
        example: "Could not parse your authentication token. Please try signing in again.",
        related: &["key_double_bearer", "auth_scheme_basic", "auth_header_duplicate", "auth_header_wrong_name"],
    }

    AUTH_HEADER_DUPLICATE {
        slug: "auth_header_duplicate",
        title: "The Authorization header came more than once",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: NO_KEY_GIVEN,
        explanation: "The request carries more than one credential[[: {what}]], and the gateway does not guess which \
            one is meant.",
        remedy: "Send one Authorization header only.",
        reasons: &[
            "Both the client and a proxy or wrapper add one",
            "Default headers and those of the call were joined instead of replaced",
        ],
        checks: &["Print all headers of the request, repeated names too", "Call past the proxy and compare"],
        remedies: &["Remove one of them", "Let the proxy set the header instead of adding it"],
        retry_advice: "Repeating it does not help: send one Authorization header.",
        recognised: "The request carries several credentials, or one header holds two joined by a comma.",
        example: "You didn't provide an API key. … The request carries more than one credential: the Authorization \
            header came more than once.",
        related: &["auth_header_malformed", "key_double_bearer"],
    }

    AUTH_SCHEME_BASIC {
        slug: "auth_scheme_basic",
        title: "Basic authentication was used instead of Bearer",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: NO_KEY_GIVEN,
        explanation: "The Authorization header uses the scheme Basic[[, and {what}]]; this gateway takes keys as \
            Bearer tokens only.",
        remedy: "Send `Authorization: Bearer <key>` instead of a user name and password.",
        reasons: &[
            "curl -u or the basic-auth field of an HTTP client was used",
            "The address holds a user name and password (https://user:password@host)",
            "A proxy in front replaced the header with its own Basic credentials",
        ],
        checks: &[
            "Look at the first word of the Authorization header that leaves your program",
            "Look for an @ in the base URL",
        ],
        remedies: &[
            "Use `curl -H \"Authorization: Bearer $OPENAI_API_KEY\"` instead of `curl -u`",
            "Give a proxy's credentials in Proxy-Authorization, and keep them out of the base URL",
        ],
        snippets: &[snippets::CALL_CURL],
        retry_advice: "Repeating it does not help: send the key as a Bearer token.",
        recognised: "The Authorization header begins with the word Basic.",
        example: "> Authorization: Basic dXNlcjpwYXNz … < HTTP/1.1 401 Unauthorized",
        related: &["auth_header_malformed", "key_missing"],
    }

    KEY_IN_URL {
        slug: "key_in_url",
        title: "The key was put in the URL",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 400],
        wire: NO_KEY_GIVEN,
        explanation: "There is no Authorization header, but the URL's query[[ parameter `{name}`]] seems to hold a \
            key.",
        remedy: "Move the key to the header `Authorization: Bearer <key>` and rotate it, since URLs end up in logs.",
        reasons: &[
            "The client was written for an API that takes ?key= in the URL, as Google's does",
            "The key was appended to the base URL as a query parameter",
        ],
        checks: &["Print the URL that is called and look for key=, api_key= or token="],
        remedies: &[
            "Move the key to the header `Authorization: Bearer <key>` (Gemini: x-goog-api-key)",
            "Rotate the key, since URLs end up in logs and histories",
        ],
        snippets: &[snippets::CALL_CURL],
        retry_advice: "Repeating it does not help: move the key to the header.",
        recognised: "There is no Authorization header, and the URL's query holds a key.",
        example: "GET https://api.openai.com/v1/models?api_key=**** → 401 You didn't provide an API key.",
        related: &["key_missing", "auth_header_wrong_name", "key_in_body"],
    }

    KEY_IN_BODY {
        slug: "key_in_body",
        title: "The key was put in the body",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: NO_KEY_GIVEN,
        explanation: "There is no Authorization header, but the body[[, in its field `{name}`,]] holds something that \
            looks like a key.",
        remedy: "Move the key from the body to the header `Authorization: Bearer <key>`.",
        reasons: &[
            "The headers were passed where the HTTP library expects the body",
            "The API was taken for one that reads the key from JSON",
        ],
        checks: &["Print the body that is sent and look for `headers`, `Authorization` or `api_key` in it"],
        remedies: &["axios.post(url, data, { headers })", "requests.post(url, json=data, headers=headers)"],
        snippets: &[snippets::HEADERS_AXIOS, snippets::HEADERS_PYTHON],
        retry_advice: "Repeating it does not help: move the key to the header.",
        recognised: "There is no Authorization header, and the body has a field with a key or with headers.",
        example: "POST /v1/chat/completions {\"model\":\"gpt-4o-mini\",\"api_key\":\"****\"} → 401 You didn't provide \
            an API key.",
        related: &["headers_not_sent", "key_missing", "key_in_url"],
    }

    ORG_MISMATCH {
        slug: "org_mismatch",
        title: "Organization header and key do not match",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 400],
        wire: Wire::new(
            401,
            "invalid_request_error",
            Some("mismatched_organization"),
            "OpenAI-Organization header should match organization for API key",
        ),
        explanation: "The OpenAI-Organization header says [[`{organization}`||something else]], [[{what}||which is not \
            the organization of this key]].",
        remedy: "Remove the header, or set it to [[`{own}`, ||]]the organization that owns the key.",
        reasons: &[
            "OPENAI_ORG_ID or OPENAI_ORGANIZATION in the environment still names another organization",
            "The text null or undefined was sent as the organization",
            "The tool's settings hold the organization's name instead of its id (org-…)",
        ],
        checks: &[
            "Unset OPENAI_ORG_ID and OPENAI_ORGANIZATION and try again",
            "Print the header OpenAI-Organization that leaves your program, and compare it with the id in the \
                organization's settings",
        ],
        remedies: &[
            "Remove the organization header and its environment variable: the key alone says which organization it \
                belongs to",
            "Or set it to the organization that owns the key",
            "Pass `organization=None` to the client where a tool insists on one",
        ],
        snippets: &[snippets::ORG_SHELL],
        retry_advice: "Repeating it does not help: remove or correct the organization first.",
        recognised: "The server says that the organization header does not match, or that there is no such \
            organization.",
        example: "{\"error\":{\"message\":\"OpenAI-Organization header should match organization for API \
            key\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"mismatched_organization\"}}",
        related: &["project_mismatch", "org_not_member", "finetuned_model_not_found"],
    }

    PROJECT_MISMATCH {
        slug: "project_mismatch",
        title: "Project header and key do not match",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403],
        wire: Wire::new(
            401,
            "invalid_request_error",
            Some("mismatched_project"),
            "OpenAI-Project header should match project for API key",
        ),
        explanation: "The OpenAI-Project header says [[`{project}`||something else]], [[{what}||which is not the \
            project of this key]].",
        remedy: "Remove the header, or set it to [[`{own}`, ||]]the project that owns the key.",
        reasons: &[
            "OPENAI_PROJECT_ID in the environment still names another project",
            "The key was replaced by one of another project, and the header stayed",
        ],
        checks: &[
            "Unset OPENAI_PROJECT_ID and try again",
            "Print the header OpenAI-Project that leaves your program",
        ],
        remedies: &[
            "Remove the project header and its environment variable: a project key says which project it belongs to",
            "Or use a key of the project you mean",
        ],
        snippets: &[snippets::ORG_SHELL],
        retry_advice: "Repeating it does not help: remove or correct the project first.",
        recognised: "The server says that the project header does not match the key's project.",
        example: "{\"error\":{\"message\":\"OpenAI-Project header should match project for API \
            key\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"mismatched_project\"}}",
        related: &["org_mismatch", "project_lacks_model", "file_not_found"],
    }

    KEY_INSUFFICIENT_SCOPES {
        slug: "key_insufficient_scopes",
        title: "The restricted key lacks a permission",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403],
        wire: Wire::invalid(401, SCOPES),
        explanation: "The key is valid, but its permissions[[ ({granted})]] do not include [[`{scopes}`||what this \
            endpoint needs]].",
        remedy: "Use a key that has the permission, or ask the operator of this gateway for one.",
        reasons: &[
            "The key is restricted or read-only, and its permissions were chosen before this endpoint was needed",
            "The owner's role in the organization or project is too low (Reader)",
            "A token of another service lacks the scope: Hugging Face `inference`, GitHub `models: read`",
        ],
        checks: &[
            "Read the missing scopes in the message and compare them with the key's permission page (here: `tollgate \
                keys show`)",
            "Try the same call with a key that has all permissions",
        ],
        remedies: &[
            "Grant the missing scope or permission to the key (model.request, api.model.read …), or set it to All",
            "Use or create a key with the permissions this program needs and no others (here: `tollgate keys create \
                --scopes …`)",
            "Have an owner raise the role in organization and project",
        ],
        retry_advice: "Repeating it does not help: grant the scope first.",
        recognised: "The key is accepted, and the server names missing scopes or insufficient permissions.",
        example: "You have insufficient permissions for this operation. Missing scopes: model.request.",
        related: &["admin_key_on_serving", "key_lacks_model", "permission_denied", "ip_not_allowed"],
    }

    ADMIN_KEY_ON_SERVING {
        slug: "admin_key_on_serving",
        title: "An admin key was used to call a model",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: Wire::invalid(401, SCOPES),
        explanation: "The key is [[{what}||an admin key]], which manages organizations and projects and never calls models.",
        remedy: "Use a project's key for this call, and keep the admin key for administration.",
        reasons: &[
            "OPENAI_ADMIN_KEY and OPENAI_API_KEY were mixed up",
            "The only key at hand was the first admin key",
        ],
        checks: &[
            "Look at the key's beginning: admin keys start with `sk-tg-admin-` here, with `sk-admin-` at OpenAI and \
                `sk-ant-admin` at Anthropic",
        ],
        remedies: &["Create a key in a project and use that one", "Put each key in its own variable"],
        retry_advice: "Repeating it does not help: use a project's key.",
        recognised: "The key begins like an admin key, and a model was called with it.",
        example: "You have insufficient permissions for this operation. Missing scopes: model.request. The key is an \
            admin key, which manages organizations and projects and never calls models.",
        related: &["key_insufficient_scopes"],
    }

    IP_NOT_ALLOWED {
        slug: "ip_not_allowed",
        title: "The key may not be used from this address",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403],
        wire: Wire::invalid(401, "Your IP address is not authorized to use this API key."),
        explanation: "[[The request came from {address}, and the key may be used from {allowed} only||The request came \
            from an address that the list of the key or of its project leaves out]].",
        remedy: "Send the request from an address on the list, or have this one added to it.",
        reasons: &[
            "The key, project or organization has an IP allow-list, and the program moved to another machine or \
                network",
            "A VPN, proxy or NAT changes the address, or calls leave over IPv6 while the list has IPv4",
            "The list was made with the office in mind, and this is a server",
            "The provider allows a key at one address only",
        ],
        checks: &[
            "Look up the public IP of the machine that sends: `curl -4 https://api.ipify.org`",
            "Compare it with the allow-list in the provider's settings",
        ],
        remedies: &[
            "Add the IP address to the allow-list",
            "Call from a network on the list, or through a proxy or NAT gateway with a fixed address",
        ],
        retry_advice: "Repeating it does not help until the address is allowed.",
        recognised: "The server says that the IP address is not authorized, or names the address.",
        example: "Your IP address is not authorized to use this API key.",
        related: &["region_unsupported", "key_insufficient_scopes"],
    }
}
