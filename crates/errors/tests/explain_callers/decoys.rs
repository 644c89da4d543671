//! The same words said of something else: nothing is claimed.

use tollgate_errors::{Context, explain};

#[test]
fn what_is_said_of_other_software_is_not_claimed() {
    let decoys = [
        "django.core.exceptions.FieldDoesNotExist: Model 'shop.Order' does not exist",
        "THREE.GLTFLoader: Model not found at /assets/robot.glb",
        "SMTP error 535: authentication failed, invalid credentials",
        "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired.",
        "{\"cod\":401, \"message\": \"Invalid API key. Please see https://openweathermap.org/faq#error401 for more info.\"}",
        "nginx: 404 Not Found",
        "GET /favicon.ico 404",
        "git: Permission denied (publickey). fatal: Could not read from remote repository.",
        "Error: Cannot GET /dashboard",
        "kubectl: error: You must be logged in to the server (Unauthorized)",
        "Stripe: No such customer: cus_123",
        "ORA-01017: invalid username/password; logon denied",
        "Your license key has expired. Please renew your subscription of the editor.",
        "TypeError: Cannot read properties of undefined (reading 'length')",
        "docker: Error response from daemon: pull access denied for foo, repository does not exist",
        "Google Maps JavaScript API error: ApiNotActivatedMapError",
        "Access to font at 'https://cdn.example.com/a.woff2' from origin 'https://example.com' has been blocked by CORS policy",
    ];

    let claimed: Vec<String> = decoys
        .iter()
        .map(|text| (text, explain(text, &Context::default())))
        .filter(|(_, found)| found.answer() != "unknown" && found.confidence >= 0.5)
        .map(|(text, found)| format!("{} ({:.2}) {:?}: {text}", found.answer(), found.confidence, found.evidence))
        .collect();

    assert!(claimed.is_empty(), "{}", claimed.join("\n"));
}
