//! The configuration file: any text is settings or a list of what is wrong, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::settings;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match settings::parse(text, "tollgate.toml") {
        Ok(loaded) => {
            assert!(loaded.settings.gateway.workers >= 1);
            assert!(loaded.settings.gateway.models.iter().all(|model| !model.deployments.is_empty()));
            for warning in loaded.warnings {
                let _ = warning.to_string();
            }
            assert!(settings::data_dir_in("tollgate.toml", text).is_ok());
        }
        Err(problems) => assert!(!problems.to_string().trim().is_empty(), "refused without a reason"),
    }
});
