//! The audit log: whatever is asked for, the page is the right one, and read from an index in its order.

use rusqlite::Connection;
use tollgate_store::admin::audit::{self, Cursor, Event, Filter, NewEvent};
use tollgate_store::admin::{self, organizations};
use tollgate_store::database::FILE_NAME;

use crate::world::{NOW, World};

const KINDS: [&str; 3] = ["project.created", "group.created", "role.created"];
const PROJECTS: [Option<&str>; 3] = [None, Some("proj_a"), Some("proj_b")];
const ACTORS: [&str; 3] = ["key_a", "key_b", "key_c"];
const USERS: [&str; 2] = ["user-a", "user-b"];
const EMAILS: [&str; 2] = ["a@example.com", "b@example.com"];
const EVENTS: usize = 240;

/// The attributes of an event of a number; no two have the same period.
fn new(number: usize, organization: i64) -> NewEvent<'static> {
    NewEvent {
        organization,
        project: PROJECTS[number % 3],
        kind: KINDS[number / 2 % 3],
        // Several in each second, and once the clock is set back.
        at: NOW + (number / 5) as i64 - if number > 200 { 20 } else { 0 },
        actor: "{}",
        actor_id: ACTORS[number / 7 % 3],
        actor_user: Some(USERS[number / 11 % 2]),
        actor_email: Some(EMAILS[number / 11 % 2]),
        resource_id: Some(["x", "y", "z", "v"][number % 4]),
        payload: "{}",
    }
}

struct Log {
    world: World,
    organization: i64,
    /// Ids with the attributes, newest first.
    written: Vec<(String, NewEvent<'static>)>,
}

impl Log {
    fn new() -> Self {
        let world = World::new();
        let organization = organizations::oldest(&world.database).unwrap().unwrap().row;
        let other = organizations::insert(&world.database, "Other", NOW).unwrap().row;
        let mut written = Vec::new();
        for number in 0..EVENTS {
            audit::write(&world.database, &new(number, other)).unwrap();
            let event = new(number, organization);
            written.push((audit::write(&world.database, &event).unwrap(), event));
        }
        // Sorting keeps the order of what has the same time.
        written.reverse();
        written.sort_by_key(|(_, event)| std::cmp::Reverse(event.at));
        Self { world, organization, written }
    }

    fn page(&self, filter: &Filter, cursor: &Cursor, limit: usize) -> (Vec<String>, bool) {
        let page = audit::list(&self.world.database, self.organization, filter, cursor, limit).unwrap();
        (page.rows.into_iter().map(|Event { id, .. }| id).collect(), page.has_more)
    }

    fn expected(&self, filter: &Filter) -> Vec<String> {
        let one_of = |wanted: &[String], value: Option<&str>| {
            wanted.is_empty() || wanted.iter().any(|one| Some(one.as_str()) == value)
        };
        let fits = |event: &NewEvent<'_>| {
            filter.from.is_none_or(|from| event.at >= from)
                && filter.until.is_none_or(|until| event.at <= until)
                && one_of(&filter.projects, event.project)
                && one_of(&filter.kinds, Some(event.kind))
                && (one_of(&filter.actors, Some(event.actor_id)) || one_of(&filter.actors, event.actor_user))
                && one_of(&filter.emails, event.actor_email)
                && one_of(&filter.resources, event.resource_id)
        };
        self.written.iter().filter(|(_, event)| fits(event)).map(|(id, _)| id.clone()).collect()
    }
}

/// A filter of a number: each of seven may be there, with one value or two.
fn filter(number: usize) -> Filter {
    let some = |bit: usize, values: &[&str]| {
        let chosen = if number & (1 << bit) == 0 { 0 } else { 1 + number / 128 % 2 };
        values.iter().take(chosen).map(|&value| value.to_owned()).collect::<Vec<_>>()
    };
    Filter {
        from: (number & 1 != 0).then_some(NOW + 5),
        until: (number & 2 != 0).then_some(NOW + 35),
        projects: some(2, &["proj_b", "proj_a"]),
        kinds: some(3, &["role.created", "group.created"]),
        actors: some(4, &["key_b", "user-a"]),
        emails: some(5, &["a@example.com", "b@example.com"]),
        resources: some(6, &["x", "z"]),
    }
}

#[test]
fn every_filter_finds_what_it_says_page_by_page_in_both_directions() {
    let log = Log::new();

    for number in 0..256 {
        let filter = filter(number);
        let expected = log.expected(&filter);
        let (mut seen, mut cursor) = (Vec::new(), Cursor::Newest);
        loop {
            let (ids, has_more) = log.page(&filter, &cursor, 7);
            seen.extend(ids.clone());
            let Some(last) = ids.last().filter(|_| has_more) else { break };
            cursor = Cursor::After(last.clone());
        }
        assert_eq!(seen, expected, "{filter:?}");
        if let Some(middle) = expected.get(expected.len() / 2) {
            let (before, has_more) = log.page(&filter, &Cursor::Before(middle.clone()), 5);
            let newer = &expected[..expected.len() / 2];
            assert_eq!(before, newer[newer.len().saturating_sub(5)..], "{filter:?}");
            assert_eq!(has_more, newer.len() > 5, "{filter:?}");
        }
    }
}

/// More events than are counted of each of two filters, and one event that both find.
#[test]
fn two_filters_that_find_many_each_are_looked_up_together() {
    let world = World::new();
    let organization = organizations::oldest(&world.database).unwrap().unwrap().row;
    let event = |number: usize, kind, project, actor_user| NewEvent {
        kind,
        project,
        actor_user,
        actor_id: if actor_user == Some("user-a") { "key_a" } else { "key_b" },
        ..new(number, organization)
    };
    let write = |event: NewEvent<'_>| audit::write(&world.database, &event).unwrap();
    let found = world
        .database
        .atomically(|| {
            let found = write(event(0, "group.created", Some("proj_b"), Some("user-a")));
            for number in 0..1100 {
                write(event(number, "role.created", Some("proj_a"), Some("user-a")));
                write(event(number, "group.created", Some("proj_a"), Some("user-b")));
                write(event(number, "role.created", Some("proj_b"), Some("user-b")));
            }
            Ok::<_, tollgate_store::database::StoreError>(found)
        })
        .unwrap();
    let (kinds, projects) = (vec!["group.created".to_owned()], vec!["proj_b".to_owned()]);
    let (user, key) = (vec!["user-a".to_owned()], vec!["key_a".to_owned()]);
    let all = [
        Filter { kinds: kinds.clone(), projects: projects.clone(), ..Filter::default() },
        Filter { kinds: kinds.clone(), actors: user.clone(), ..Filter::default() },
        Filter { kinds: kinds.clone(), actors: key, ..Filter::default() },
        Filter { projects: projects.clone(), actors: user.clone(), ..Filter::default() },
        Filter { kinds, projects, actors: user, ..Filter::default() },
    ];

    for filter in all {
        let page = audit::list(&world.database, organization, &filter, &Cursor::Newest, 10).unwrap();
        let ids: Vec<_> = page.rows.into_iter().map(|event| event.id).collect();
        assert_eq!(ids, std::slice::from_ref(&found), "{filter:?}");
    }
}

#[test]
fn no_page_is_looked_for_without_an_index_or_sorted_as_a_whole() {
    let log = Log::new();
    let connection = Connection::open(log.world.directory.path().join(FILE_NAME)).unwrap();
    let pages: Vec<String> =
        admin::statements().into_iter().filter(|sql| sql.contains("FROM audit_events a")).collect();
    assert!(pages.len() > 200, "{}", pages.len());

    for sql in pages {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let rows = statement.raw_query().mapped(|row| Ok((row.get(1)?, row.get(3)?)));
        let plan: Vec<(i64, String)> = rows.collect::<Result<_, _>>().unwrap();
        let searched: Vec<_> = plan.iter().filter(|(_, step)| step.starts_with("SEARCH a ")).collect();
        assert!(!searched.is_empty(), "{sql}: {plan:#?}");
        for (parent, step) in searched {
            assert!(step.contains("INDEX audit_events_by_"), "{sql}: {plan:#?}");
            let looked_up = sql.matches(" AND a.").count() - sql.matches(" AND a.effective_at").count();
            let wanted = 1 + looked_up / sql.matches("FROM audit_events a").count();
            assert_eq!(step.matches("=?").count(), wanted, "{sql}: {plan:#?}");
            let sorted = plan.iter().any(|(of, other)| of == parent && other.contains("TEMP B-TREE"));
            assert!(!sorted, "{sql}: {plan:#?}");
        }
        assert!(!plan.iter().any(|(_, step)| step.starts_with("SCAN a")), "{sql}: {plan:#?}");
    }
}
