//! What is measured: one table, every number with its reason.

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// The load generator against the provider, nothing in between.
    Direct,
    Nginx,
    NginxHeaders,
    Tollgate {
        workers: usize,
    },
    /// One worker, with `images = "check"` for the model and `[images]` set, for requests that have no image.
    TollgateImages,
    /// One worker, called by an organization that has a credential of its own for the provider.
    TollgateOwnAccount,
}

impl Candidate {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Direct => "direct".to_owned(),
            Self::Nginx => "nginx".to_owned(),
            Self::NginxHeaders => "nginx + headers".to_owned(),
            Self::Tollgate { workers: 1 } => "tollgate".to_owned(),
            Self::Tollgate { workers } => format!("tollgate, {workers} workers"),
            Self::TollgateImages => "tollgate, image checks set".to_owned(),
            Self::TollgateOwnAccount => "tollgate, on an own account".to_owned(),
        }
    }

    pub(crate) fn is_tollgate(self) -> bool {
        matches!(self, Self::Tollgate { .. } | Self::TollgateImages | Self::TollgateOwnAccount)
    }
}

const USUAL: &[Candidate] =
    &[Candidate::Direct, Candidate::Nginx, Candidate::NginxHeaders, Candidate::Tollgate { workers: 1 }];
const GATEWAYS: &[Candidate] = &[Candidate::Nginx, Candidate::NginxHeaders, Candidate::Tollgate { workers: 1 }];
const WORKERS: &[Candidate] = &[
    Candidate::Nginx,
    Candidate::NginxHeaders,
    Candidate::Tollgate { workers: 1 },
    Candidate::Tollgate { workers: 2 },
];
const IMAGES: &[Candidate] =
    &[Candidate::Nginx, Candidate::NginxHeaders, Candidate::Tollgate { workers: 1 }, Candidate::TollgateImages];
const OWN_ACCOUNT: &[Candidate] =
    &[Candidate::Nginx, Candidate::NginxHeaders, Candidate::Tollgate { workers: 1 }, Candidate::TollgateOwnAccount];

/// The load of a scenario. Zero and `false` mean what they say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) conns: usize,
    pub(crate) stream: bool,
    pub(crate) pad: usize,
    /// Requests per second; 0 for as many as possible.
    pub(crate) rate: u32,
    pub(crate) ramp_ms: u64,
    pub(crate) chunk_delay_ms: u64,
    pub(crate) tls: bool,
}

const PLAIN: Load =
    Load { requests: 80_000, conns: 64, stream: false, pad: 0, rate: 0, ramp_ms: 0, chunk_delay_ms: 0, tls: false };
const STREAM: Load = Load { requests: 6_000, stream: true, ..PLAIN };

/// How a scenario is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// CPU per request, with times and throughput beside it.
    Cpu(Load),
    /// Times over direct at a low rate.
    Latency(Load),
    /// Memory of this many silent streams.
    IdleStreams(usize),
    /// Memory at rest and under a plain load.
    Memory(Load),
    /// From the start of the process to its first line, so many times.
    Start(usize),
}

/// A line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) candidates: &'static [Candidate],
    pub(crate) kind: Kind,
}

const fn row(name: &'static str, title: &'static str, candidates: &'static [Candidate], kind: Kind) -> Scenario {
    Scenario { name, title, candidates, kind }
}

/// Sizes are chosen so that a gateway which costs what nginx costs spends at least half a second of CPU on a run, and
/// two seconds where it is woken for every event.
pub(crate) const ALL: &[Scenario] = &[
    row("plain", "Plain answer of 606 bytes, 64 connections, saturated", USUAL, Kind::Cpu(PLAIN)),
    row("pad10k", "Prompt of 10 KB", USUAL, Kind::Cpu(Load { requests: 40_000, pad: 10_000, ..PLAIN })),
    row("pad50k", "Prompt of 50 KB", USUAL, Kind::Cpu(Load { requests: 25_000, pad: 50_000, ..PLAIN })),
    row("stream50", "Stream of 50 events and usage, 64 connections, as fast as it goes", USUAL, Kind::Cpu(STREAM)),
    row(
        "paced",
        "64 streams at once, 50 events each, 10 ms between events",
        USUAL,
        // About 8 µs of CPU per event that comes alone: 5,200 streams are 2.1 s.
        Kind::Cpu(Load { requests: 5_200, ramp_ms: 500, chunk_delay_ms: 10, ..STREAM }),
    ),
    row(
        "latency",
        "Added latency, 400 requests/s over 4 connections",
        USUAL,
        Kind::Latency(Load { requests: 2_000, conns: 4, rate: 400, ..PLAIN }),
    ),
    row(
        "conns1000",
        "Plain answer, 1,000 connections",
        USUAL,
        Kind::Cpu(Load { conns: 1000, requests: 60_000, ..PLAIN }),
    ),
    row("two-workers", "Plain answer, one and two workers on the same core", WORKERS, Kind::Cpu(PLAIN)),
    row("images", "Plain answer, with image checks set for requests without images", IMAGES, Kind::Cpu(PLAIN)),
    row(
        "images-10k",
        "Prompt of 10 KB, with image checks set for requests without images",
        IMAGES,
        Kind::Cpu(Load { requests: 40_000, pad: 10_000, ..PLAIN }),
    ),
    row(
        "own-account",
        "Plain answer, asked with a credential of the caller's organization",
        OWN_ACCOUNT,
        Kind::Cpu(PLAIN),
    ),
    row(
        "tls-upstream",
        "Plain answer, TLS to the provider",
        GATEWAYS,
        Kind::Cpu(Load { tls: true, requests: 60_000, ..PLAIN }),
    ),
    row(
        "tls-stream",
        "Stream of 50 events and usage, TLS to the provider",
        GATEWAYS,
        Kind::Cpu(Load { tls: true, requests: 4_000, ..STREAM }),
    ),
    row("idle-streams", "9,000 silent streams", GATEWAYS, Kind::IdleStreams(9_000)),
    row("rss", "Resident memory", GATEWAYS, Kind::Memory(PLAIN)),
    row("start", "From start to ready", &[Candidate::Tollgate { workers: 1 }], Kind::Start(10)),
];

/// Every kind once, small: are all answers right, and roughly what do they cost. About 20 seconds.
pub(crate) const SMOKE: &[Scenario] = &[
    row("plain", "Plain answer", USUAL, Kind::Cpu(Load { requests: 20_000, ..PLAIN })),
    row("pad50k", "Prompt of 50 KB", GATEWAYS, Kind::Cpu(Load { requests: 3_000, pad: 50_000, ..PLAIN })),
    row("stream50", "Stream of 50 events and usage", USUAL, Kind::Cpu(Load { requests: 1_000, ..STREAM })),
    row(
        "paced",
        "64 streams, 10 ms between events",
        GATEWAYS,
        Kind::Cpu(Load { requests: 128, ramp_ms: 100, chunk_delay_ms: 10, ..STREAM }),
    ),
    row(
        "latency",
        "Added latency, 400 requests/s",
        USUAL,
        Kind::Latency(Load { requests: 200, conns: 4, rate: 400, ..PLAIN }),
    ),
    row("images", "Image checks set and unused", IMAGES, Kind::Cpu(Load { requests: 4_000, ..PLAIN })),
    row("own-account", "On an own account", OWN_ACCOUNT, Kind::Cpu(Load { requests: 4_000, ..PLAIN })),
    row("tls-upstream", "TLS to the provider", GATEWAYS, Kind::Cpu(Load { tls: true, requests: 4_000, ..PLAIN })),
    row("idle-streams", "200 silent streams", GATEWAYS, Kind::IdleStreams(200)),
    row("start", "From start to ready", &[Candidate::Tollgate { workers: 1 }], Kind::Start(1)),
];
