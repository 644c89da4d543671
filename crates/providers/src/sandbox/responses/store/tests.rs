use super::*;

const NOW: u64 = 1_795_132_800_000;

fn made(text: &str) -> Made {
    let item = Item { id: format!("msg_{text}"), json: format!("{{\"id\":\"msg_{text}\"}}") };
    Made {
        done: text.to_owned(),
        background: None,
        events: Vec::new(),
        earlier: Vec::new(),
        input: vec![item],
        output: Vec::new(),
    }
}

fn kept(store: &ResponseStore, project: &str, id: &str) -> Result<String, Gone> {
    store.get(project, id, NOW).map(|kept| kept.done.clone())
}

fn small(limits: Limits) -> ResponseStore {
    ResponseStore::new(limits)
}

#[test]
fn a_project_sees_only_its_own() {
    let store = ResponseStore::default();
    store.keep("a", "resp_1", NOW, made("of a"));
    store.keep("b", "resp_1", NOW, made("of b"));

    assert_eq!(kept(&store, "a", "resp_1"), Ok("of a".to_owned()));
    assert_eq!(store.remove("b", "resp_1", NOW), Ok(()));
    assert_eq!((kept(&store, "a", "resp_1").is_ok(), kept(&store, "b", "resp_1")), (true, Err(Gone::Deleted)));
    assert_eq!(kept(&store, "c", "resp_1"), Err(Gone::Unknown));
    assert_eq!((store.item("a", "msg_of a", NOW).is_some(), store.item("b", "msg_of a", NOW)), (true, None));
}

#[test]
fn what_is_gone_is_remembered_with_its_reason() {
    let store = small(Limits { project_responses: 1, ..Limits::default() });
    store.keep("a", "resp_1", NOW, made("one"));
    store.keep("a", "resp_2", NOW, made("two"));
    store.pass("a", "resp_3");

    assert_eq!(kept(&store, "a", "resp_1"), Err(Gone::PushedOut));
    assert_eq!(kept(&store, "a", "resp_3"), Err(Gone::NotStored));
    assert_eq!(kept(&store, "b", "resp_1"), Err(Gone::Unknown), "another project's reasons are nobody's business");
    let later = NOW + Limits::default().keep_ms + 1;
    assert_eq!(store.get("a", "resp_2", later).err(), Some(Gone::Expired));
    assert_eq!(store.size(), (0, 0));
}

#[test]
fn the_same_call_gets_another_id_each_time_and_always_the_same_ones() {
    let candidate = |attempt: u64| format!("resp_{attempt}");
    let ids = || {
        let store = ResponseStore::default();
        let ids: Vec<String> = (0..3)
            .map(|_| {
                let (_, id) = store.reserve("a", NOW, candidate);
                store.keep("a", &id, NOW, made("x"));
                id
            })
            .collect();
        ids
    };

    assert_eq!(ids(), ["resp_0", "resp_1", "resp_2"]);
    assert_eq!(ids(), ids());
}

#[test]
fn an_id_that_is_taken_is_given_to_nobody_else_and_not_found_yet() {
    let store = ResponseStore::default();

    let (_, first) = store.reserve("a", NOW, |n| n.to_string());
    let (_, second) = store.reserve("a", NOW, |n| n.to_string());

    assert_eq!((first.as_str(), second.as_str()), ("0", "1"));
    assert_eq!(kept(&store, "a", "0"), Err(Gone::Unknown));
}

#[test]
fn bytes_of_a_project_are_bounded() {
    let store = small(Limits { project_bytes: 10 * OVERHEAD, ..Limits::default() });
    for n in 0..100 {
        store.keep("a", &format!("resp_{n}"), NOW, made("x"));
        store.keep("b", &format!("resp_{n}"), NOW, made("x"));
    }

    let (responses, bytes) = store.size();
    assert!((4..=20).contains(&responses) && bytes <= 20 * OVERHEAD, "{responses} {bytes}");
    assert!(kept(&store, "a", "resp_99").is_ok() && kept(&store, "a", "resp_0").is_err());
}

#[test]
fn what_fits_into_no_room_is_not_kept_and_pushes_nothing_out() {
    let store = small(Limits { project_bytes: 10 * OVERHEAD, ..Limits::default() });
    store.keep("a", "resp_0", NOW, made("x"));
    let (_, id) = store.reserve("a", NOW, |n| format!("resp_large_{n}"));

    store.keep("a", &id, NOW, made(&"x".repeat(11 * OVERHEAD)));

    assert_eq!(kept(&store, "a", &id), Err(Gone::TooLarge));
    assert!(kept(&store, "a", "resp_0").is_ok());
    store.remove("a", "resp_0", NOW).expect("it is kept");
    assert_eq!(store.size(), (0, 0));
}

#[test]
fn all_projects_together_are_bounded_and_the_oldest_goes_first() {
    let store = small(Limits { responses: 50, ..Limits::default() });
    for n in 0..80 {
        store.keep(&format!("project {n}"), "resp_1", NOW, made("x"));
    }

    assert_eq!(store.size().0, 50);
    assert_eq!(kept(&store, "project 29", "resp_1"), Err(Gone::PushedOut));
    assert!(kept(&store, "project 30", "resp_1").is_ok());
}

#[test]
fn a_turn_counts_until_the_last_response_that_builds_on_it_is_gone() {
    let store = ResponseStore::default();
    store.keep("a", "resp_1", NOW, made(&"x".repeat(10_000)));
    let earlier = store.get("a", "resp_1", NOW).expect("it is kept").turns.clone();
    store.keep("a", "resp_2", NOW, Made { earlier, ..made("y") });

    store.remove("a", "resp_1", NOW).expect("it is kept");
    assert!(store.size().1 > 20_000, "the item is counted by its id and its JSON: {:?}", store.size());
    store.remove("a", "resp_2", NOW).expect("it is kept");
    assert_eq!(store.size(), (0, 0));
}
