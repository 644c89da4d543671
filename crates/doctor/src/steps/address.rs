//! The form of the base URL.

use tollgate_errors::catalog;

use crate::address::Base;
use crate::check::Check;
use crate::environment::Resolved;
use crate::examine::{Examination, Sight, Stop};

/// Reads it.
pub(crate) fn look(ex: &mut Examination<'_>, resolved: &Resolved) -> Result<Base, Stop> {
    ex.begin(Check::Address);
    ex.report.dialect = resolved.dialect.name();
    let Some(setting) = &resolved.base_url else {
        let vendor = resolved.vendor.map_or("this provider", |vendor| vendor.title);
        let sight = Sight::finding(
            Check::Address,
            &catalog::BASE_URL_MALFORMED,
            format!("{vendor} has no base URL by default"),
        )
        .remedy("give --base-url; for Azure it is https://RESOURCE.openai.azure.com");
        return Err(ex.stop(sight));
    };
    ex.secrets.add_query(&setting.value);
    let from = format!("from {}", setting.origin);
    let base = match Base::read(&setting.value) {
        Ok(base) => base,
        Err(wrong) => {
            let sight = Sight::finding(Check::Address, wrong.cause, wrong.what).remedy(wrong.remedy).evidence(from);
            return Err(ex.stop(sight));
        }
    };
    ex.report.base_url = ex.secrets.mask(&base.shown());
    if let Some(vendor) = resolved.hosted()
        && !base.is_tls()
    {
        // Before anything is sent: a key would go over the network in clear.
        let what = format!("the base URL begins with http://, and {} is at https://", vendor.title);
        let sight = Sight::finding(Check::Address, &catalog::HTTP_HTTPS_MISMATCH, what)
            .evidence(from)
            .remedy(format!("write {}", base.with_scheme("https").replace(":80/", "/")));
        return Err(ex.stop(sight));
    }
    let whose = resolved.vendor.map_or("an OpenAI-compatible API", |vendor| vendor.title);
    ex.put(Sight::fine(Check::Address, format!("{} ({whose}, {from})", base.shown())));
    Ok(base)
}
