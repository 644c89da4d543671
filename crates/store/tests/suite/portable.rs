//! The statements on keys and of administration are one text for SQLite and PostgreSQL.
//!
//! A real PostgreSQL is made in a directory of its own, brought to the tables of `migrations/postgres`, and asked to prepare
//! every statement; SQLite prepares them too. The columns of both are compared.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;
use tollgate_store::database::{Database, FILE_NAME};
use tollgate_store::statements;

const MIGRATION: &str = concat!(
    include_str!("../../migrations/postgres/0001_administration.sql"),
    include_str!("../../migrations/postgres/0002_configuration.sql"),
    include_str!("../../migrations/postgres/0003_tenants.sql"),
    include_str!("../../migrations/postgres/0004_projects_only.sql"),
    include_str!("../../migrations/postgres/0005_passwords.sql"),
    include_str!("../../migrations/postgres/0006_large_lists.sql"),
    include_str!("../../migrations/postgres/0007_provider_credentials.sql"),
);

#[test]
fn parameters_appear_in_the_order_of_their_numbers() {
    for sql in statements() {
        let mut highest = 0;
        for part in sql.split('$').skip(1) {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            let number: u32 = digits.parse().unwrap();
            assert!(number <= highest + 1, "{sql}");
            highest = highest.max(number);
        }
    }
}

#[test]
fn sqlite_prepares_every_statement() {
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path()).unwrap());
    let connection = Connection::open(directory.path().join(FILE_NAME)).unwrap();

    for sql in statements() {
        connection.prepare(&sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
}

#[test]
fn postgresql_prepares_every_statement_and_has_the_same_columns() {
    let postgres = Postgres::start();
    let prepared = statements()
        .iter()
        .enumerate()
        .fold(MIGRATION.to_owned(), |script, (number, sql)| format!("{script}\nPREPARE s{number} AS {sql};"));

    postgres.run(&prepared);

    let theirs = postgres
        .run("SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'");
    let theirs: BTreeSet<String> = theirs.lines().map(str::to_owned).collect();
    assert_eq!(theirs, sqlite_columns());
}

fn sqlite_columns() -> BTreeSet<String> {
    let directory = tempfile::tempdir().unwrap();
    drop(Database::open(directory.path()).unwrap());
    let connection = Connection::open(directory.path().join(FILE_NAME)).unwrap();
    let sql = "SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
               WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// A server of its own, which is stopped when this is dropped. PostgreSQL refuses to run as root, so there it runs as the
/// user whom its package makes.
struct Postgres {
    directory: tempfile::TempDir,
    programs: PathBuf,
    as_root: bool,
}

impl Postgres {
    fn start() -> Self {
        let programs = programs();
        let directory = tempfile::tempdir().unwrap();
        let as_root = rustix::process::geteuid().is_root();
        let this = Self { directory, programs, as_root };
        if as_root {
            let chown = Command::new("chown").arg("postgres").arg(this.directory.path()).status().unwrap();
            assert!(chown.success());
        }
        let data = this.data();
        this.succeed("initdb", &["-D", &data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"]);
        let options = format!("-c listen_addresses= -c unix_socket_directories={} -c fsync=off", this.socket());
        let log = format!("{data}/log");
        this.succeed("pg_ctl", &["-D", &data, "-w", "-l", &log, "-o", &options, "start"]);
        this
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }

    fn socket(&self) -> String {
        self.directory.path().display().to_string()
    }

    /// Runs a script, and returns what it prints, one value a line.
    fn run(&self, script: &str) -> String {
        let file = self.directory.path().join("script.sql");
        fs::write(&file, script).unwrap();
        let socket = self.socket();
        let file = file.display().to_string();
        self.succeed("psql", &["-h", &socket, "-U", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1", "-f", &file])
    }

    fn succeed(&self, program: &str, arguments: &[&str]) -> String {
        let path = self.programs.join(program);
        let mut command = match self.as_root {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(&path);
                command
            }
            false => Command::new(&path),
        };
        let output = command.args(arguments).current_dir("/").stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data();
        self.succeed("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
    }
}

/// Where the newest PostgreSQL's programs are.
fn programs() -> PathBuf {
    let all = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed; ./test installs it");
    let mut all: Vec<PathBuf> = all.map(|entry| entry.unwrap().path().join("bin")).collect();
    all.retain(|bin| Path::new(bin).join("initdb").exists());
    all.sort();
    all.pop().expect("PostgreSQL's initdb is installed; ./test installs it")
}
