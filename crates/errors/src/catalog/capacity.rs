//! Causes in this gateway's own capacity: its ceilings, its journal, its end.
//!
//! All are refusals before a provider was called, so a repeated request is never billed twice; the exception is
//! `request_timeout`.

use super::sentences::{OVERLOADED, SORRY};
use super::snippets;
use crate::cause::{Party, Retry, Wire};

const UNREADABLE: Wire = Wire::new(
    503,
    "server_error",
    Some("service_unavailable"),
    "The record of this request cannot be read at the moment.",
);
/// Not for want of room: a repeated request helps once somebody has acted, or another process serves.
const FAILED: Wire = Wire::new(503, "server_error", None, SORRY);
const BUSY: Wire = Wire::new(503, "service_unavailable_error", Some("server_is_overloaded"), OVERLOADED);

causes! {
    Server:

    GATEWAY_OVERLOADED {
        slug: "gateway_overloaded",
        title: "This gateway has no room for another request",
        party: Party::Gateway,
        retry: Retry::Yes,
        statuses: &[503],
        wire: BUSY,
        explanation: "This gateway is already serving as much as it takes at once[[ ({limit})]], and refused the \
            request before any work was done.",
        remedy: "Try again [[after {delay}||shortly]]; operators can raise the limit or run another gateway beside it.",
        reasons: &[
            "More traffic than the limit is set for",
            "More traffic than its processors can serve",
            "Slow answers of a provider hold many requests open",
        ],
        checks: &[
            "Look at tollgate_requests_in_flight and tollgate_connections on /metrics",
            "Look at tollgate_thread_lateness_seconds on /metrics: where it is above 25 ms, processors are what is \
                short",
            "Look at the providers' times in tollgate_request_duration_seconds on /metrics",
        ],
        remedies: &[
            "Repeat with exponential back-off",
            "Raise limits.in_flight or limits.connections",
            "Run another gateway beside it",
        ],
        snippets: &[snippets::RETRY_PYTHON, snippets::RETRY_NODE],
        retry_advice: "Repeating it helps: nothing was sent to a provider, so back off and send it again.",
        recognised: "This gateway answers 503 before any work is done.",
        example: "Our servers are currently overloaded. Please try again later. This gateway is already serving as \
            much as it takes at once (1,000 requests).",
        related: &["gateway_bodies_full", "concurrency_limit", "gateway_draining", "model_maintenance"],
    }

    GATEWAY_BODIES_FULL {
        slug: "gateway_bodies_full",
        title: "This gateway's memory for request bodies is full",
        party: Party::Gateway,
        retry: Retry::Yes,
        statuses: &[503],
        wire: BUSY,
        explanation: "Other requests fill the memory that this gateway sets aside for request bodies[[ ({limit})]], \
            and there is no room for this one[[ ({size})]].",
        remedy: "Try again [[after {delay}||shortly]], with a smaller body if it is a large one.",
        reasons: &["Many large bodies at once, images as base64 above all"],
        checks: &["Measure the body", "Look at tollgate_requests_in_flight on /metrics"],
        remedies: &["Repeat with exponential back-off", "Send images by URL or smaller", "Raise limits.all_bodies"],
        retry_advice: "Repeating it helps: nothing was sent to a provider, so back off and send it again.",
        recognised: "This gateway answers 503, and names its memory for bodies.",
        example: "Other requests fill the memory that this gateway sets aside for request bodies (512 MiB), and there \
            is no room for this one (18 MiB).",
        related: &["gateway_overloaded", "body_too_large"],
    }

    GATEWAY_DRAINING {
        slug: "gateway_draining",
        title: "This gateway is shutting down",
        party: Party::Gateway,
        retry: Retry::Yes,
        statuses: &[503],
        wire: BUSY,
        explanation: "This process finishes the requests it has and takes no new ones, because it is being stopped or \
            replaced.",
        remedy: "Send the request again over a new connection.",
        reasons: &["A new version is being rolled out", "The machine is being restarted"],
        checks: &["Look whether /readyz fails on this node only"],
        remedies: &["Repeat the request", "Let the load balancer follow /readyz"],
        retry_advice: "Repeating it helps at once, on a new connection.",
        recognised: "This gateway answers 503 while it is being stopped.",
        example: "This process finishes the requests it has and takes no new ones, because it is being stopped or \
            replaced.",
        related: &["gateway_overloaded", "gateway_stopped"],
    }

    GATEWAY_STOPPED {
        slug: "gateway_stopped",
        title: "This gateway's process ended before the request did",
        party: Party::Gateway,
        retry: Retry::Yes,
        statuses: &[503],
        without_status: true,
        // Where the process was killed, told in records alone: by then there is no connection to tell it on.
        wire: FAILED,
        explanation: "The request was in progress when the gateway's process ended, so a provider may already have \
            been asked.",
        remedy: "Send the request again.",
        reasons: &[
            "The gateway was told to stop, and the request took longer than the time to drain",
            "The process was killed or crashed",
            "The machine lost its power",
        ],
        checks: &[
            "Read the end of the gateway's log, and the system's log of that time",
            "Look with `tollgate requests list --cause gateway_stopped` how many requests it met",
        ],
        remedies: &[
            "Repeat the request",
            "Compare the provider's bill for that time with the records",
            "Stop the gateway with SIGTERM, which finishes requests, and raise timeouts.drain",
        ],
        retry_advice: "Repeating it helps; a provider may have been asked, and billed, already.",
        recognised: "The record of a request says that the process ended before the request did.",
        example: "The request was in progress when the gateway's process ended, so a provider may already have been \
            asked.",
        related: &["gateway_draining", "connection_reset"],
    }

    JOURNAL_FULL {
        slug: "journal_full",
        title: "This gateway's journal is full",
        party: Party::Gateway,
        retry: Retry::Yes,
        statuses: &[503],
        wire: FAILED,
        explanation: "The journal in which this gateway records every request has reached its size limit[[ \
            ({limit})]], and requests that cannot be recorded are not served.",
        remedy: "Try again later; the operator has to free space in the journal or raise its limit.",
        reasons: &[
            "What the journal holds has not been taken out of it for a long time",
            "The bound, or the disk, is small for this traffic",
        ],
        checks: &[
            "Look at /readyz and at the fill of the journal on /metrics",
            "Look at the free space of the disk with df",
        ],
        remedies: &[
            "Raise journal.bound",
            "Add disk space",
            "Stop the server and move old segments of the journal away",
        ],
        retry_advice: "Repeating it helps once the operator has made room.",
        recognised: "This gateway answers 503, and /readyz names the journal.",
        example: "The journal in which this gateway records every request has reached its size limit (10 GiB), and \
            requests that cannot be recorded are not served.",
        related: &["journal_failed", "records_unavailable"],
    }

    JOURNAL_FAILED {
        slug: "journal_failed",
        title: "This gateway cannot write its journal",
        party: Party::Gateway,
        retry: Retry::Depends,
        statuses: &[503],
        wire: FAILED,
        explanation: "The journal in which this gateway records every request could not be written to the disk, and \
            requests that cannot be recorded are not served.",
        remedy: "Try again later; the operator has to check the disk.",
        reasons: &[
            "The disk is full, read-only or broken",
            "The journal's directory was removed or its rights were changed",
        ],
        checks: &[
            "Run `df` and `dmesg` on the gateway's machine",
            "Read the gateway's log for the error of the operating system",
        ],
        remedies: &["Free or replace the disk", "Restore the directory and its rights"],
        retry_advice: "Repeating it helps once the operator has mended the disk.",
        recognised: "This gateway answers 503, and its log names an error of the disk.",
        example: "The journal in which this gateway records every request could not be written to the disk, and \
            requests that cannot be recorded are not served.",
        related: &["journal_full"],
    }

    RECORDS_UNAVAILABLE {
        slug: "records_unavailable",
        title: "This gateway's records cannot be looked up at the moment",
        party: Party::Gateway,
        retry: Retry::Yes,
        statuses: &[503],
        wire: UNREADABLE,
        explanation: "It is not known whether there is one[[: {what}]].",
        remedy: "Try again [[after {delay}||later]]; operators find the reason in the log.",
        reasons: &[
            "The database of records is locked, full, damaged or away",
            "The journal is being read into it after a while in which that was so",
            "Many records are looked up at once",
        ],
        checks: &[
            "Look at tollgate_ingest_state and tollgate_ingest_lag_seconds on /metrics",
            "Read the gateway's log for the error of the database",
        ],
        remedies: &["Repeat the call", "Make room on the disk, or end the process that locks records.db"],
        retry_advice: "Repeating it helps after a moment.",
        recognised: "This gateway answers 503 where a record is looked up.",
        example: "The record of this request cannot be read at the moment.",
        related: &["request_not_found", "journal_full"],
    }

    REQUEST_TIMEOUT {
        slug: "request_timeout",
        title: "The request exceeded this gateway's total time limit",
        party: Party::Gateway,
        retry: Retry::Depends,
        statuses: &[504],
        wire: Wire::new(504, "server_error", None, SORRY),
        explanation: "The request with all its attempts took longer than this gateway allows[[ ({limit})]].",
        remedy: "Ask for a shorter answer (`max_tokens`); operators can raise `timeouts.total`.",
        reasons: &["A long answer", "Several attempts at a slow provider", "A limit that is short for this model"],
        checks: &["Look at attempts and duration of the request with `tollgate requests show ID`"],
        remedies: &["Lower the output limit", "Raise timeouts.total"],
        snippets: &[snippets::STREAM_PYTHON],
        retry_advice: "Repeating it helps only with a shorter answer.",
        recognised: "This gateway's total time limit for a request passed.",
        example: "The request with all its attempts took longer than this gateway allows (10 min).",
        related: &[
            "upstream_first_byte_timeout",
            "upstream_idle_timeout",
            "client_aborted",
            "upstream_total_timeout",
        ],
    }
}
