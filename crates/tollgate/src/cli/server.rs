//! What `up` and `serve` share: their settings and the log.
//!
//! In: arguments. Out: loaded settings. How a server ends is in `life`.

use std::path::{Path, PathBuf};

use super::data_dir;
use super::log;
use super::output::{self, Refused, log_lines};
use super::trial;
use crate::configuration::Read;
use crate::settings::environment::{Process, Surroundings};
use crate::settings::log::LogFormat;
use crate::settings::objects::{self, Objects};
use crate::settings::problem::{Problem, Problems};
use crate::settings::tree::Origin;
use crate::settings::{self, Flags, Inspected, Loaded, Sources};
use crate::wiring::now;

/// Where the settings come from.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ServerArgs {
    /// Configuration file
    #[arg(long, value_name = "FILE", env = "TOLLGATE_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// Address and port to listen on [env: TOLLGATE_LISTEN] [default: 127.0.0.1:4000]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Directory of the database, the journal and the server's secrets [env: TOLLGATE_DATA_DIR] [default:
    /// $XDG_DATA_HOME/tollgate, else ~/.local/share/tollgate]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
}

impl ServerArgs {
    /// The settings of these arguments, the process's environment and `file`.
    pub(crate) fn load(&self, file: Option<&Path>, sandbox: bool, process: &Process) -> anyhow::Result<Loaded> {
        let inspected = self.inspect(file, sandbox, process, &objects::of_data_dir)?;
        Ok(inspected.outcome.map_err(|problems| self.with_ways_out(problems, process))?)
    }

    /// What becomes of these arguments, the process's environment, `file`, and what was set over the API.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn inspect(
        &self,
        file: Option<&Path>,
        sandbox: bool,
        process: &Process,
        objects: &Objects<'_>,
    ) -> anyhow::Result<Inspected> {
        let name = file.map(|file| file.display().to_string());
        let text = file.map(|file| read(file, process)).transpose()?;
        let flags = Flags { listen: self.listen.as_deref(), data_dir: self.data_dir.as_deref() };
        let file = name.as_deref().zip(text.as_deref());
        Ok(settings::inspect(Sources { file, flags, sandbox, objects, surroundings: process }))
    }

    /// With the commands that mend what was set over the API: nobody has a line to change there.
    fn with_ways_out(&self, Problems(mut problems): Problems, process: &Process) -> Problems {
        for problem in &mut problems {
            let Origin::Database { kind, name } = &problem.origin else { continue };
            let flag = self.data_directory(process).map_or_else(String::new, |data_dir| data_dir::flag(&data_dir));
            let way = format!(
                "tollgate {kind}s update {name} --settings JSON{flag} changes the {kind}, tollgate {kind}s delete \
                 {name}{flag} removes it"
            );
            problem.help = Some(match problem.help.take() {
                Some(help) => format!("{help}; {way}"),
                None => way,
            });
        }
        Problems(problems)
    }

    /// The same for a server: from here on the log is as they say, and what is probably not meant has been told in it.
    pub(crate) fn load_to_serve(
        &self,
        file: Option<&Path>,
        sandbox: bool,
        process: &Process,
    ) -> anyhow::Result<Loaded> {
        // A start that fails has to say so in the form that is asked for, so this cannot wait until all is checked.
        let text = file.and_then(|file| std::fs::read_to_string(file).ok());
        if settings::log_format(text.as_deref(), process) == LogFormat::Json {
            log_lines::want();
        }
        let loaded = self.load(file, sandbox, process)?;
        output::warn(&loaded.warnings);
        output::warn(&trial::of_certificate_dates(&loaded, now()));
        log::start(loaded.settings.log)?;
        Ok(loaded)
    }

    /// `<data_dir>/tollgate.toml`, where there is one.
    pub(crate) fn file_in_data_dir(&self, process: &Process) -> Option<PathBuf> {
        self.place_in_data_dir(process).filter(|file| file.is_file())
    }

    /// `<data_dir>/tollgate.toml`, as far as the data directory is known without that file.
    pub(crate) fn place_in_data_dir(&self, process: &Process) -> Option<PathBuf> {
        self.data_directory(process).map(|data_dir| data_dir.join("tollgate.toml"))
    }

    /// The data directory, as far as it is known without a configuration.
    pub(crate) fn data_directory(&self, process: &Process) -> Option<PathBuf> {
        self.data_dir
            .as_ref()
            .or_else(|| process.variables().get("TOLLGATE_DATA_DIR"))
            .map(PathBuf::from)
            .or_else(|| settings::default_data_dir(process))
    }
}

/// Where a running server's settings come from, to be read again.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) args: ServerArgs,
    /// The sandbox comes along, and a file in the data directory is read where none is named: `tollgate up`.
    pub(crate) development: bool,
}

impl Source {
    /// The settings as they are now, with these objects of the database.
    pub(crate) fn load(&self, process: &Process, objects: &Objects<'_>) -> anyhow::Result<Loaded> {
        let inspected = self.inspect(process, objects)?;
        let loaded = inspected.outcome.map_err(|problems| self.args.with_ways_out(problems, process))?;
        output::warn(&loaded.warnings);
        output::warn(&trial::of_certificate_dates(&loaded, now()));
        Ok(loaded)
    }

    /// The same, of which nothing is told.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn inspect(&self, process: &Process, objects: &Objects<'_>) -> anyhow::Result<Inspected> {
        let place = self.args.place_in_data_dir(process).filter(|_| self.development && self.args.config.is_none());
        if let Some(place) = &place {
            // It may not be there yet.
            process.note(place);
        }
        let file = self.args.config.clone().or_else(|| place.filter(|file| file.is_file()));
        self.args.inspect(file.as_deref(), self.development, process, objects)
    }

    /// The same for a command, whose shell need not have the variables of the server: what they hold is of no importance there.
    pub(crate) fn lenient_reader(&self) -> Box<Read> {
        let source = self.clone();
        Box::new(move |objects| {
            let inspected = source.inspect(&Process::now(), objects)?;
            let Err(Problems(problems)) = &inspected.outcome else { return Ok(inspected) };
            let missing: Vec<String> = problems.iter().filter_map(Problem::missing_variable).collect();
            if missing.is_empty() {
                return Ok(inspected);
            }
            let process = missing.into_iter().fold(Process::now(), |process, name| process.with(name, "not-set-here"));
            source.inspect(&process, objects)
        })
    }

    /// From where, in the words of a note.
    pub(crate) fn said(&self) -> String {
        let place = || self.args.place_in_data_dir(&Process::now()).filter(|file| self.development && file.is_file());
        match self.args.config.clone().or_else(place) {
            Some(file) => format!("the configuration is read from {} and the database", file.display()),
            None => "the configuration is what tollgate up has without a file; --config names one".to_owned(),
        }
    }

    /// How administration reads them.
    pub(crate) fn reader(&self) -> Box<Read> {
        let source = self.clone();
        Box::new(move |objects| source.inspect(&Process::now(), objects))
    }
}

fn read(file: &Path, process: &Process) -> anyhow::Result<String> {
    process.note(file);
    std::fs::read_to_string(file).map_err(|error| {
        let message = format!("the configuration file {} cannot be read: {error}", file.display());
        Refused::usage(message).help("name an existing file in UTF-8 with --config").into()
    })
}
