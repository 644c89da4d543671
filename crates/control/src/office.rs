//! What administration works with: a database of its own, the server's secrets, and whom to tell of a change.

use std::sync::Arc;

use tollgate_store::database::Database;
use tollgate_store::secrets::Secrets;

/// What one thread of administration works with.
pub struct Office {
    /// A connection that nobody else uses.
    pub database: Database,
    /// The pepper and the master key.
    pub secrets: Arc<Secrets>,
    /// Makes what was changed hold on the serving threads of this process before it returns.
    pub changed: Box<dyn Fn() + Send>,
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Office({})", self.database.path().display())
    }
}
