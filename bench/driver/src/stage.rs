//! Sets a scenario up: the provider and the candidates, each fresh, in a folder that goes away with them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::http;
use crate::kernel;
use crate::process::{Process, until};
use crate::scenario::Candidate;

/// Where the provider listens.
pub(crate) const UPSTREAM: &str = "127.0.0.1:9100";
/// Tollgate's first port; each further instance takes the next.
const TOLLGATE_PORT: usize = 9300;
/// How long a program may take to come up.
const PATIENCE: Duration = Duration::from_secs(20);
/// Tollgate's threads that serve requests are named so.
const SERVING: &str = "serve-";

/// The programs and places of this run.
pub(crate) struct Kit {
    /// This kit's folder: templates, results.
    pub(crate) home: PathBuf,
    /// Where the fake provider and the load generator were built.
    pub(crate) programs: PathBuf,
    pub(crate) nginx: Option<PathBuf>,
    pub(crate) tollgate: Option<PathBuf>,
    /// A folder on a disk.
    pub(crate) tmp: PathBuf,
    pub(crate) gateway_core: usize,
    pub(crate) load_core: usize,
}

impl Kit {
    pub(crate) fn has(&self, candidate: Candidate) -> bool {
        match candidate {
            Candidate::Direct => true,
            Candidate::Nginx | Candidate::NginxHeaders => self.nginx.is_some(),
            _ => self.tollgate.is_some(),
        }
    }
}

/// What the provider is to do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Provider {
    pub(crate) tls: bool,
    pub(crate) chunk_delay_ms: u64,
    pub(crate) idle: bool,
}

/// A scenario's programs, running. Fields are ended in this order.
pub(crate) struct Stage {
    tollgates: Vec<Tollgate>,
    nginx: Option<Process>,
    _upstream: Process,
    _folder: Folder,
}

struct Tollgate {
    candidate: Candidate,
    addr: String,
    key: String,
    process: Process,
}

/// Where a candidate is spoken to, and which processes are its.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) addr: String,
    pub(crate) key: String,
    pub(crate) pids: Vec<u32>,
    /// Threads that serve, by how their names begin; empty for all.
    pub(crate) serving: &'static str,
}

impl Stage {
    pub(crate) fn set(kit: &Kit, name: &str, candidates: &[Candidate], provider: Provider) -> Result<Self> {
        let folder = Folder::create(kit.tmp.join(name))?;
        if provider.tls {
            certificates(&folder.0)?;
        }
        let upstream = start_upstream(kit, &folder.0, provider)?;
        let nginx = candidates.iter().any(|c| matches!(c, Candidate::Nginx | Candidate::NginxHeaders));
        let nginx = nginx.then(|| start_nginx(kit, &folder.0, provider)).transpose()?;
        let mut tollgates = Vec::new();
        for candidate in candidates {
            if candidate.is_tollgate() {
                tollgates.push(start_tollgate(kit, &folder.0, provider, *candidate, TOLLGATE_PORT + tollgates.len())?);
            }
        }
        Ok(Self { tollgates, nginx, _upstream: upstream, _folder: folder })
    }

    pub(crate) fn target(&self, candidate: Candidate, stream: bool) -> Result<Target> {
        let other = |addr: &str, pids| Target { addr: addr.to_owned(), key: "sk-bench".to_owned(), pids, serving: "" };
        let worker = || self.nginx.as_ref().map(|n| kernel::started_by(n.pid())).unwrap_or_default();
        Ok(match (candidate, stream) {
            (Candidate::Direct, _) => other(UPSTREAM, Vec::new()),
            (Candidate::Nginx, false) => other("127.0.0.1:9201", worker()),
            (Candidate::Nginx, true) => other("127.0.0.1:9202", worker()),
            (Candidate::NginxHeaders, false) => other("127.0.0.1:9203", worker()),
            (Candidate::NginxHeaders, true) => other("127.0.0.1:9204", worker()),
            (of_tollgate, _) => {
                let found = self.tollgates.iter().find(|t| t.candidate == of_tollgate);
                let found = found.context("this Tollgate was not started")?;
                Target {
                    addr: found.addr.clone(),
                    key: found.key.clone(),
                    pids: vec![found.process.pid()],
                    serving: SERVING,
                }
            }
        })
    }
}

fn start_upstream(kit: &Kit, dir: &Path, provider: Provider) -> Result<Process> {
    let mut arguments = vec!["--listen".to_owned(), UPSTREAM.to_owned()];
    if provider.tls {
        arguments.push("--tls".to_owned());
        arguments.extend(["leaf.pem", "leaf.key"].map(|file| dir.join(file).display().to_string()));
    }
    if provider.chunk_delay_ms > 0 {
        arguments.extend(["--chunk-delay-ms".to_owned(), provider.chunk_delay_ms.to_string()]);
    }
    if provider.idle {
        arguments.push("--idle-streams".to_owned());
    }
    ensure!(std::net::TcpStream::connect(UPSTREAM).is_err(), "{UPSTREAM} is taken by somebody else");
    let mut process = Process::pinned(kit.load_core, &kit.programs.join("bench-upstream"), &arguments, dir)?;
    comes_up(&mut process, || std::net::TcpStream::connect(UPSTREAM).is_ok())?;
    Ok(process)
}

fn start_nginx(kit: &Kit, dir: &Path, provider: Provider) -> Result<Process> {
    let connections = if provider.idle { "19900" } else { "4096" };
    let headers = kit.home.join("nginx-headers.conf").display().to_string();
    let values = [("CONNECTIONS", connections), ("HEADERS", &headers)];
    let config = fill(&kit.home.join("nginx.conf"), dir, provider, &values)?;
    let arguments = ["-p".to_owned(), dir.display().to_string(), "-c".to_owned(), config];
    let program = kit.nginx.as_ref().context("nginx is not installed")?;
    let mut process = Process::pinned(kit.gateway_core, program, &arguments, dir)?;
    comes_up(&mut process, || std::net::TcpStream::connect("127.0.0.1:9201").is_ok())?;
    Ok(process)
}

fn start_tollgate(kit: &Kit, dir: &Path, provider: Provider, candidate: Candidate, port: usize) -> Result<Tollgate> {
    let images = candidate == Candidate::TollgateImages;
    let workers = if let Candidate::Tollgate { workers } = candidate { workers } else { 1 };
    let dir = dir.join(format!("tollgate-{port}"));
    fs::create_dir_all(&dir)?;
    let addr = format!("127.0.0.1:{port}");
    let values = [("LISTEN", addr.as_str()), ("WORKERS", &workers.to_string())];
    let template = if images { "tollgate-images.toml" } else { "tollgate.toml" };
    let config = fill(&kit.home.join(template), &dir, provider, &values)?;
    let data = dir.join("data").display().to_string();
    let arguments = ["serve", "--config", &config, "--data-dir", &data, "--json"].map(str::to_owned);
    let program = kit.tollgate.as_ref().context("there is no Tollgate to measure")?;
    let mut process = Process::pinned(kit.gateway_core, program, &arguments, &dir)?;
    process.line(PATIENCE)?;
    let key = create_key(program, &data)?;
    comes_up(&mut process, || http::ask(&addr, "GET", "/v1/models", &key, "").is_ok_and(|a| a.status == 200))?;
    if candidate == Candidate::TollgateOwnAccount {
        set_own_credential(program, &data)?;
    }
    Ok(Tollgate { candidate, addr, key, process })
}

/// The running server has taken it up when the command ends.
fn set_own_credential(program: &Path, data: &str) -> Result<()> {
    told(
        program,
        &["owner", "create", "--email", "bench@localhost", "--data-dir", data],
        "correct horse battery staple",
    )?;
    told(program, &["provider-credentials", "set", "bench", "--data-dir", data], "sk-own-account")
}

/// Runs a command that reads a secret.
fn told(program: &Path, arguments: &[&str], secret: &str) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut running = command.spawn()?;
    running.stdin.take().context("a pipe")?.write_all(format!("{secret}\n").as_bytes())?;
    let ended = running.wait_with_output()?;
    ensure!(ended.status.success(), "{}: {}", arguments.join(" "), String::from_utf8_lossy(&ended.stderr));
    Ok(())
}

/// A key, made beside the running server as an operator would; the server sees it within a second.
fn create_key(program: &Path, data: &str) -> Result<String> {
    let made = Command::new(program).args(["keys", "create", "--name", "bench", "--data-dir", data]).output()?;
    ensure!(made.status.success(), "no key: {}", String::from_utf8_lossy(&made.stderr));
    Ok(String::from_utf8(made.stdout)?.trim().to_owned())
}

fn comes_up(process: &mut Process, ready: impl FnMut() -> bool) -> Result<()> {
    until("waiting for it to listen", PATIENCE, ready).with_context(|| process.complaints())?;
    ensure!(!process.ended(Duration::from_millis(1)), "it ended at once\n{}", process.complaints());
    Ok(())
}

/// Fills a template and writes it to `dir`; returns the file's name.
fn fill(template: &Path, dir: &Path, provider: Provider, values: &[(&str, &str)]) -> Result<String> {
    let mut text = fs::read_to_string(template).with_context(|| format!("read {}", template.display()))?;
    // Certificates lie beside all configurations, in the scenario's folder.
    let ca = dir.ancestors().map(|d| d.join("ca.pem")).find(|file| file.exists()).unwrap_or_default();
    let (dir_text, ca) = (dir.display().to_string(), ca.display().to_string());
    let scheme = if provider.tls { "https" } else { "http" };
    let common = [("DIR", dir_text.as_str()), ("CA", &ca), ("SCHEME", scheme), ("UPSTREAM", UPSTREAM)];
    for (name, value) in common.iter().chain(values) {
        text = text.replace(&format!("@{name}@"), value);
    }
    let lines = text.lines().filter_map(|line| match line.trim_start().strip_prefix("@TLS ") {
        Some(rest) => provider.tls.then_some(rest),
        None => Some(line),
    });
    let filled = dir.join(template.file_name().context("a template has a name")?);
    fs::write(&filled, lines.collect::<Vec<_>>().join("\n") + "\n")?;
    Ok(filled.display().to_string())
}

/// A root and, signed by it, a certificate for the provider.
fn certificates(dir: &Path) -> Result<()> {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    let root_key = KeyPair::generate()?;
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.distinguished_name.push(DnType::CommonName, "bench root");
    fs::write(dir.join("ca.pem"), root.self_signed(&root_key)?.pem())?;
    let issuer = Issuer::new(root, root_key);

    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    leaf.distinguished_name.push(DnType::CommonName, "bench provider");
    fs::write(dir.join("leaf.pem"), leaf.signed_by(&key, &issuer)?.pem())?;
    fs::write(dir.join("leaf.key"), key.serialize_pem())?;
    Ok(())
}

/// A folder that goes away with its owner.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn create(path: PathBuf) -> Result<Self> {
        fs::create_dir_all(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
