//! Sessions that have ended are forgotten, so many at once.

use tollgate_store::admin::sessions::{self, Session};
use tollgate_store::admin::{organizations, people};

use crate::world::{NOW, World};

#[test]
fn what_has_ended_is_swept_a_thousand_at_a_time_and_nothing_else() {
    let world = World::new();
    let database = &world.database;
    let organization = organizations::oldest(database).unwrap().unwrap().row;
    let session = |number: i64, user: i64, expires_at: i64| Session {
        id: format!("sess_{number}"),
        digest: std::array::from_fn(|at| number.to_be_bytes().get(at).copied().unwrap_or_default()),
        organization,
        user,
        address: "127.0.0.1".to_owned(),
        client: String::new(),
        created_at: NOW - 1000,
        expires_at,
    };
    database
        .atomically(|| {
            for person in 0..25 {
                let email = format!("p{person}@example.com");
                let user = people::add(database, organization, &email, "P", "reader", NOW)?.row;
                for number in 0..100 {
                    // The last one of each goes on.
                    let expires_at = if number == 99 { NOW + 1 } else { NOW - 500 + number };
                    sessions::insert(database, &session(person * 100 + number, user, expires_at))?;
                }
            }
            Ok::<_, tollgate_store::database::StoreError>(())
        })
        .unwrap();
    let is_there = |number: i64| sessions::presented(database, &format!("sess_{number}")).unwrap().is_some();

    let rounds = [(); 3].map(|()| sessions::sweep(database, NOW).unwrap());

    assert_eq!(rounds, [true, true, false], "2475 have ended");
    assert!(
        (0..25).all(|person| is_there(person * 100 + 99) && !is_there(person * 100) && !is_there(person * 100 + 98))
    );
}
