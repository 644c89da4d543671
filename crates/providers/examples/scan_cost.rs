//! What reading a request body costs: nanoseconds per byte of the scanner, for prompts of several sizes.
//!
//! `cargo run --release -p tollgate-providers --example scan_cost`

use std::hint::black_box;
use std::time::Instant;

use tollgate_providers::openai::request::Peek;

fn main() {
    for size in [300, 10_000, 50_000, 200_000] {
        let text = "In two sentences, what does an API gateway do?\\n".repeat(size / 48);
        let body =
            format!(r#"{{"model":"gpt-4o-mini","messages":[{{"role":"user","content":"{text}"}}],"stream":true}}"#);
        let rounds = 20_000_000 / body.len();
        let mut best = f64::MAX;
        for _ in 0..7 {
            let start = Instant::now();
            for _ in 0..rounds {
                black_box(Peek::read(black_box(body.as_bytes())).is_ok());
            }
            best = best.min(start.elapsed().as_nanos() as f64 / rounds as f64);
        }
        println!("{:>7} bytes: {:>9.0} ns, {:.3} ns/byte", body.len(), best, best / body.len() as f64);
    }
}
