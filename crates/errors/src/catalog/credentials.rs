//! Causes in the key and in the header that carries it.

use super::sentences::{NO_KEY, SCOPES, WRONG_KEY};
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
            "The client was built without a key",
            "The variable that holds the key is not set in the process that runs",
            "A proxy between client and gateway removed the header",
        ],
        checks: &[
            "Print the names of the headers that leave your program and look for Authorization",
            "Print whether the variable with the key is set, not its value, in the very process that calls",
            "Call past any proxy and compare",
        ],
        remedies: &[
            "Pass the key to the client (`api_key=` in Python, `apiKey:` in Node)",
            "Load the .env file before the client is created",
            "Let the proxy pass the Authorization header on",
        ],
        related: &["headers_not_sent", "key_empty", "auth_header_wrong_name", "key_in_url", "key_in_body"],
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
        ],
        checks: &[
            "Count the arguments: for axios.post they are address, body, configuration",
            "Send the call to a local server that prints what it receives, and look for Authorization among the \
                headers",
        ],
        remedies: &[
            "axios.post(url, data, { headers: { Authorization: 'Bearer ' + key } })",
            "axios.create({ baseURL, headers: { Authorization: 'Bearer ' + key } }) once for all calls",
            "Use the OpenAI SDK with `baseURL` set to this gateway",
        ],
        related: &["key_missing", "key_in_body"],
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
            "A bundler did not expose the variable: it lacks the prefix VITE_, NEXT_PUBLIC_ or REACT_APP_",
            "The .env file is in another folder, or the server was not restarted after it was changed",
        ],
        checks: &[
            "Print type and length of the key just before the client is built",
            "Compare the variable's name letter by letter in the .env file and in the code",
        ],
        remedies: &[
            "Load the variable (dotenv, --env-file, the platform's secret settings) before it is read",
            "Keep the key on a server and never in a browser bundle",
        ],
        related: &["key_empty", "key_placeholder", "key_missing"],
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
            "The variable is set but empty",
            "A CI job does not get the secret: workflows started from a fork receive none",
            "The code reads another variable than the one that was set",
        ],
        checks: &[
            "Print the length of the key at run time: it must not be 0",
            "In CI, look whether the secret is handed to this very step",
        ],
        remedies: &["Set the variable to the key", "Hand the secret to the CI step", "Correct the variable's name"],
        related: &["key_missing", "key_undefined"],
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
            "Sample code was copied with YOUR_API_KEY, sk-xxx or the like in it",
            "A variable was written in single quotes, or in a file in which nothing replaces variables",
            "The program reads .env.example or .env.template instead of .env",
        ],
        checks: &[
            "Search the code and the .env files for the sample value",
            "Print which .env file is loaded",
        ],
        remedies: &[
            "Put the real key in its place",
            "Copy .env.example to .env and fill it in",
            "In a shell, write \"$OPENAI_API_KEY\" in double quotes and not in single ones",
        ],
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
        checks: &["Look at the first seven characters of the stored key: they must not be `Bearer `"],
        remedies: &["Remove `Bearer ` from the stored key", "Or stop adding it in the code that builds the header"],
        related: &["auth_header_malformed", "key_quoted"],
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
        checks: &["Print the first and the last character of the key at run time", "Compare its length with the key's"],
        remedies: &["Write KEY=sk-... without quotation marks in the env file", "Trim them when the key is read"],
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
        ],
        remedies: &["Trim the key", "Create the secret again with `printf %s`"],
        related: &["key_quoted", "key_non_ascii"],
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
            "A word processor or chat turned `-` into a long dash or quotes into curly ones",
            "A sample text in another alphabet was left in place",
            "A zero-width character came along with the copy",
        ],
        checks: &[
            "List the characters of the key with a code above 127",
            "Compare the length in characters and in bytes",
        ],
        remedies: &["Paste the key from its source", "Type the dashes again"],
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
        reasons: &["An address, a model name, a user name or a sentence was put in the field for the key"],
        checks: &[
            "Look at the beginning of the value that your program holds: keys of this gateway begin with `sk-tg-`",
        ],
        remedies: &["Put the key in the key's field and the address in the base URL's"],
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
            "The provider's key was left in place when the base URL was changed to this gateway",
            "OPENAI_API_KEY in the environment wins over the key in the configuration",
        ],
        checks: &[
            "Compare the first characters of the key with the host in the base URL",
            "Print which setting the client took the key from",
        ],
        remedies: &[
            "Set the key and the base URL together",
            "Give the provider's key to the operator of this gateway as its credential, not to the client",
        ],
        related: &["key_not_a_key", "key_invalid"],
    }

    KEY_INVALID {
        slug: "key_invalid",
        title: "The key is not known here",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 400, 403],
        wire: INCORRECT_KEY,
        explanation: "This gateway has no such key[[: {what}]].",
        remedy: "Check that the base URL and the key belong to the same gateway, and ask its operator for a new key if \
            they do.",
        reasons: &[
            "The key was deleted",
            "It was issued by another installation, such as staging instead of production",
            "An old value is still held by a running process",
        ],
        checks: &[
            "Call GET /v1/models with this key alone",
            "Compare the last four characters with `tollgate keys list`",
            "Find out which file, profile or secret the program really reads",
        ],
        remedies: &[
            "Create a new key and replace the old one everywhere",
            "Restart the processes that hold the old one",
        ],
        related: &["key_typo", "key_revoked", "key_wrong_provider"],
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
        checks: &["Count its characters: keys of this gateway have 56", "Compare the last four with `tollgate keys list`"],
        remedies: &["Copy the key again", "If it is not stored in full anywhere, rotate it: a key is shown only once"],
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
            "The operator revoked it (`tollgate keys revoke`)",
            "It was found in public and revoked for safety",
        ],
        checks: &[
            "Look at the key with `tollgate keys show`",
            "Search your repositories for the key's first characters",
        ],
        remedies: &[
            "Create a new key and restart what held the old one",
            "If it leaked, remove the leak before the new key is used",
        ],
        related: &["key_disabled", "key_rotated", "key_invalid"],
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
        remedy: "Use another key, or ask the operator of this gateway to set a later date (`tollgate keys expire`).",
        reasons: &["The key was created with an expiry date, and that day has come"],
        checks: &["Look at the key's expiry with `tollgate keys show`"],
        remedies: &["Rotate the key", "Set a later date", "Put a reminder before the next one"],
        related: &["key_rotated", "key_revoked"],
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
                Google's",
            "The header's name was mistyped",
        ],
        checks: &["List the names of the headers that leave your program"],
        remedies: &["Configure the client for an OpenAI-compatible API", "Rename the header"],
        related: &["key_missing", "auth_header_malformed", "key_in_url"],
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
            "An object or a dictionary was put into the header instead of text",
            "A template was not filled in, so that braces or a dollar sign were sent",
        ],
        checks: &["Print the header's first word and its length", "Print the type of the value given to the client"],
        remedies: &["Build the header as `Bearer ` followed by the key", "Let the SDK build it: give it the key alone"],
        related: &["key_double_bearer", "auth_scheme_basic", "auth_header_duplicate"],
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
        remedies: &["Use curl -H 'Authorization: Bearer <key>'", "Give the proxy's credentials in Proxy-Authorization"],
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
        reasons: &["The client was written for an API that takes ?key= in the URL, as Google's does"],
        checks: &["Print the URL that is called and look for key=, api_key= or token="],
        remedies: &["Send the key in the header", "Rotate the key"],
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
            "OPENAI_ORG_ID in the environment still names an organization at OpenAI",
            "The text null or undefined was sent as the organization",
        ],
        checks: &[
            "Unset OPENAI_ORG_ID and OPENAI_ORGANIZATION and try again",
            "Print the header that leaves your program",
        ],
        remedies: &["Remove the variable", "Pass `organization=None` to the client"],
        related: &["project_mismatch"],
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
        reasons: &["OPENAI_PROJECT_ID in the environment still names another project"],
        checks: &["Unset OPENAI_PROJECT_ID and try again", "Print the header that leaves your program"],
        remedies: &["Remove the variable", "Use a key of the project you mean"],
        related: &["org_mismatch", "project_lacks_model"],
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
        reasons: &["The key is restricted or read-only", "Permissions were chosen before this endpoint was needed"],
        checks: &["Compare the scopes named in the message with those that `tollgate keys show` prints"],
        remedies: &[
            "Create a key with the permissions this program needs and no others (`tollgate keys create --scopes …`)",
        ],
        related: &["admin_key_on_serving", "key_lacks_model"],
    }

    ADMIN_KEY_ON_SERVING {
        slug: "admin_key_on_serving",
        title: "An admin key was used to call a model",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401],
        wire: Wire::invalid(401, SCOPES),
        explanation: "The key is an admin key, which manages organizations and projects and never calls models.",
        remedy: "Use a project's key for this call, and keep the admin key for administration.",
        reasons: &["OPENAI_ADMIN_KEY and OPENAI_API_KEY were mixed up", "The only key at hand was the first admin key"],
        checks: &["Look at the key's beginning: admin keys start with `sk-tg-admin-`"],
        remedies: &["Create a key in a project and use that one", "Put each key in its own variable"],
        related: &["key_insufficient_scopes"],
    }

    IP_NOT_ALLOWED {
        slug: "ip_not_allowed",
        title: "The key may not be used from this address",
        party: Party::Caller,
        retry: Retry::No,
        statuses: &[401, 403],
        wire: Wire::invalid(401, "Your IP address is not authorized to use this API key."),
        explanation: "The request came from an address that the list of the key or of its project leaves out.",
        remedy: "Send the request from an address on the list, or have this one added to it.",
        reasons: &[
            "The program moved to another machine or network",
            "A VPN or a proxy changes the address",
            "The list was made with the office in mind, and this is a server",
        ],
        checks: &["Look up the public address of the machine that sends", "Compare it with the list"],
        remedies: &["Add the address to the list", "Call from a network on the list"],
        related: &["region_unsupported", "key_insufficient_scopes"],
    }
}
