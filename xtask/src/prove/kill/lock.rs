//! Another process that holds the write lock of the database of records, as a backup or a person in a shell may.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::prove::client::wait_until;

/// Says that it has the lock, and gives it back when it is told to end.
const HOLD: &str = "\
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
database.execute('BEGIN IMMEDIATE')
print('held', flush=True)
sys.stdin.read()
database.execute('ROLLBACK')";

/// The lock, given back when this is dropped.
pub(super) struct Lock(Child);

impl Lock {
    /// Takes it as soon as the database is there.
    pub(super) fn take(data_dir: &Path) -> anyhow::Result<Self> {
        let file = data_dir.join("records.db");
        wait_until(Duration::from_secs(5), || Ok(file.exists())).context("there is no records.db")?;
        let mut child = Command::new("python3")
            .args(["-c", HOLD])
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("python3 is missing")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        ensure!(line == "held\n", "the lock of the records is not to be had");
        Ok(Self(child))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
