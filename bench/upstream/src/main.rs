//! A fake OpenAI provider that always says the same, for as little CPU as possible.
//!
//! It shares its core with the load generator, so what it burns is missing there: one thread, HTTP/1.1 by hand, answers
//! formatted at the start. Each content event of a stream is its own write and carries the time of that write
//! (`t=<unix ns>;`), from which the load generator reads how long the event spent in the gateway. `GET /stats` says what
//! arrived, so that a gateway which answers by itself is found out.

use std::cell::Cell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use clap::Parser;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use crate::answers::Answers;
use crate::request::Wanted;

mod answers;
mod request;

/// A deterministic fake OpenAI provider.
#[derive(Parser)]
struct Options {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:9100")]
    listen: String,
    /// Wait before the first byte of every answer
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Content events of a stream
    #[arg(long, default_value_t = 50)]
    chunks: u32,
    /// Wait between content events; 0 sends them as fast as the scheduler comes round
    #[arg(long, default_value_t = 0)]
    chunk_delay_ms: u64,
    /// Send one content event, then nothing until `POST /release` or the time below
    #[arg(long)]
    idle_streams: bool,
    /// How long an idle stream lasts at most
    #[arg(long, default_value_t = 600)]
    idle_timeout_s: u64,
    /// Speak TLS with this certificate chain and key, PEM files
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Option<Vec<PathBuf>>,
}

struct Provider {
    answers: Answers,
    chunks: u32,
    latency: Duration,
    pause: Duration,
    /// How long a stream idles; `None` where it does not.
    idle: Option<Duration>,
    release: Notify,
    stats: Stats,
}

#[derive(Default)]
struct Stats {
    connections: Cell<u64>,
    completions: Cell<u64>,
    streams: Cell<u64>,
    streams_ended: Cell<u64>,
    embeddings: Cell<u64>,
    models: Cell<u64>,
    refused: Cell<u64>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let tls = options.tls.as_deref().map(acceptor).transpose()?;
    let provider = Rc::new(Provider {
        answers: Answers::new(options.chunks),
        chunks: options.chunks,
        latency: Duration::from_millis(options.latency_ms),
        pause: Duration::from_millis(options.chunk_delay_ms),
        idle: options.idle_streams.then(|| Duration::from_secs(options.idle_timeout_s)),
        release: Notify::new(),
        stats: Stats::default(),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let listener =
            TcpListener::bind(&options.listen).await.with_context(|| format!("listen on {}", options.listen))?;
        loop {
            let (socket, _) = listener.accept().await.context("accept")?;
            tokio::task::spawn_local(connection(socket, tls.clone(), Rc::clone(&provider)));
        }
    })
}

fn acceptor(files: &[PathBuf]) -> Result<TlsAcceptor> {
    let [chain, key] = files else { anyhow::bail!("--tls takes a certificate and a key") };
    let chain = CertificateDer::pem_file_iter(chain)?.collect::<Result<Vec<_>, _>>().context("read the certificate")?;
    let key = PrivateKeyDer::from_pem_file(key).context("read the key")?;
    let mut config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A broken connection is the other side's business: it counts what it lost.
async fn connection(socket: TcpStream, tls: Option<TlsAcceptor>, provider: Rc<Provider>) {
    bump(&provider.stats.connections);
    // Without it every event but the first would wait for the acknowledgement of the one before.
    let _ = socket.set_nodelay(true);
    let _: io::Result<()> = async {
        match tls {
            None => serve(socket, &provider).await,
            Some(acceptor) => serve(acceptor.accept(socket).await?, &provider).await,
        }
    }
    .await;
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut io: S, provider: &Provider) -> io::Result<()> {
    let mut inbox = Vec::new();
    while let Some(wanted) = request::next(&mut io, &mut inbox).await? {
        if !provider.latency.is_zero() {
            sleep(provider.latency).await;
        }
        let (answers, stats) = (&provider.answers, &provider.stats);
        let (count, answer) = match wanted {
            Wanted::Completion => (&stats.completions, &answers.completion),
            Wanted::Embedding => (&stats.embeddings, &answers.embedding),
            Wanted::Models => (&stats.models, &answers.models),
            Wanted::Unknown => (&stats.refused, &answers.unknown),
            Wanted::Malformed => (&stats.refused, &answers.malformed),
            Wanted::NoLength => {
                bump(&stats.refused);
                say(&mut io, &answers.no_length).await?;
                return io.shutdown().await;
            }
            Wanted::Stream { usage } => {
                stream(&mut io, provider, usage).await?;
                continue;
            }
            Wanted::Stats => {
                say(&mut io, &answers::json("200 OK", &stats.json())).await?;
                continue;
            }
            Wanted::Release => {
                provider.release.notify_waiters();
                say(&mut io, &answers::json("200 OK", "{}")).await?;
                continue;
            }
        };
        bump(count);
        say(&mut io, answer).await?;
    }
    Ok(())
}

async fn stream<S: AsyncWrite + Unpin>(io: &mut S, provider: &Provider, usage: bool) -> io::Result<()> {
    bump(&provider.stats.streams);
    let answers = &provider.answers;
    let mut content = answers.content.clone();
    say(io, &answers.stream_start).await?;
    if let Some(longest) = provider.idle {
        let released = provider.release.notified();
        say(io, content.at(unix_ns())).await?;
        let _ = timeout(longest, released).await;
    } else {
        let mut due = Instant::now();
        for _ in 0..provider.chunks {
            if provider.pause.is_zero() {
                // A trip round the scheduler, so that streams take turns instead of each leaving in one burst.
                tokio::task::yield_now().await;
            } else {
                due += provider.pause;
                sleep_until(due).await;
            }
            say(io, content.at(unix_ns())).await?;
        }
    }
    say(io, if usage { &answers.stream_end_usage } else { &answers.stream_end }).await?;
    bump(&provider.stats.streams_ended);
    Ok(())
}

/// Writes and, under TLS, sends the record.
async fn say<S: AsyncWrite + Unpin>(io: &mut S, bytes: &[u8]) -> io::Result<()> {
    io.write_all(bytes).await?;
    io.flush().await
}

impl Stats {
    fn json(&self) -> String {
        format!(
            concat!(
                r#"{{"connections":{},"completions":{},"streams":{},"streams_ended":{},"#,
                r#""embeddings":{},"models":{},"refused":{}}}"#
            ),
            self.connections.get(),
            self.completions.get(),
            self.streams.get(),
            self.streams_ended.get(),
            self.embeddings.get(),
            self.models.get(),
            self.refused.get()
        )
    }
}

fn bump(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    u64::try_from(since.as_nanos()).expect("before the year 2554")
}
