//! Single HTTP requests, for asking whether somebody is there and what he answers.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

/// An answer, taken apart as far as the driver cares.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: BTreeSet<String>,
    pub(crate) body: String,
}

/// Sends one request on a connection of its own.
pub(crate) fn ask(addr: &str, method: &str, path: &str, key: &str, body: &str) -> Result<Answer> {
    let mut socket = TcpStream::connect(addr).with_context(|| format!("connect to {addr}"))?;
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    let head = format!(
        concat!(
            "{} {} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n",
            "content-length: {}\r\nconnection: close\r\n\r\n{}"
        ),
        method,
        path,
        addr,
        key,
        body.len(),
        body
    );
    socket.write_all(head.as_bytes())?;
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    // The fake provider keeps its connections whatever it is told, so the length decides, not the end.
    while !is_whole(&bytes) {
        match socket.read(&mut part)? {
            0 => break,
            n => bytes.extend_from_slice(&part[..n]),
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").context("an answer without an end of its head")?;
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).context("an answer without a status")?;
    let names = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    Ok(Answer { status, headers: names.map(|(n, _)| n.to_ascii_lowercase()).collect(), body: body.to_owned() })
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let head = head.to_ascii_lowercase();
    match head.split_once("content-length:") {
        Some((_, rest)) => {
            rest.lines().next().and_then(|n| n.trim().parse().ok()).is_some_and(|n: usize| body.len() >= n)
        }
        None => body.ends_with("0\r\n\r\n"),
    }
}
