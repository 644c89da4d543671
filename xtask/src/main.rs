//! The project's own checks: `cargo xtask <name>`.

mod house;
mod models;
mod prove;

use anyhow::bail;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("house") => house::run(),
        Some("models") => models::run(args.next()),
        Some("prove") => prove::run(args),
        _ => bail!("usage: cargo xtask house | models FILE | prove <name>"),
    }
}
