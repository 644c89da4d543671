//! Whatever anybody does, in whatever order: nobody gains a right that the one who acts does not hold, nobody loses one to
//! somebody who holds less, and of another organization nothing is ever seen.
//!
//! Acts are drawn from the table of endpoints itself, so that an endpoint that is added tomorrow is tried tomorrow.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use tollgate_control::api::ENDPOINTS;
use tollgate_control::api::endpoint::{Endpoint, Envelope, Method, Shape};
use tollgate_control::api::shape::{Body, Field, Kind};
use tollgate_core::rights::{Permission, PermissionSet, Place, Rights};
use tollgate_store::admin::assignments::{self, Whose};
use tollgate_store::admin::page::{Order, Part};
use tollgate_store::admin::roles::{NewRole, Scope};
use tollgate_store::admin::{grants, groups, people, project_groups, projects, roles};

use crate::administration::{Administration, NOW, Person, request};

/// One act as it is drawn: who, which endpoint, and numbers from which everything else is chosen.
#[derive(Debug, Clone)]
struct Drawn {
    actor: usize,
    endpoint: usize,
    numbers: Vec<u32>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    (any::<usize>(), any::<usize>(), prop::collection::vec(any::<u32>(), 24))
        .prop_map(|(actor, endpoint, numbers)| Drawn { actor, endpoint, numbers })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_gains_a_right_and_nothing_of_another_tenant_is_seen(
        sets in prop::collection::vec((any::<u32>(), any::<u32>()).prop_map(|(one, other)| one | other), 8),
        acts in prop::collection::vec(drawn(), 1..128),
    ) {
        let mut town = Town::new(&sets);
        for act in &acts {
            town.act(act);
        }
    }
}

/// Two organizations that are made alike, and what was ever shown in each.
struct Town {
    world: Administration,
    people: Vec<Person>,
    houses: [House; 2],
}

/// One organization, and every id and name that belongs to it alone.
struct House {
    organization: i64,
    own: Vec<String>,
}

impl Town {
    /// Each house has an owner, a reader and three with roles of random permissions: one his own, one by a group in which the
    /// owner is too, one in a project.
    fn new(sets: &[u32]) -> Self {
        let world = Administration::new();
        let mut people = Vec::new();
        let houses = [0, 1].map(|number| {
            let organization = world.organization(&format!("House {number}"));
            let mut own = Vec::new();
            let mut of_house = Vec::new();
            for (name, role) in
                [("olga", "owner"), ("rita", "reader"), ("carl", "reader"), ("gina", "reader"), ("paul", "reader")]
            {
                let person = world.person(organization, &format!("{name}{number}"), role);
                own.extend([person.member.id.clone(), person.member.email.clone()]);
                of_house.push(person);
            }
            let project = world.project(organization, &format!("project-{number}"));
            own.push(project.id.clone());
            let scopes = [None, None, Some(project.row)];
            let made: Vec<String> = scopes
                .iter()
                .zip(&sets[number * 4..])
                .map(|(project, set)| {
                    let name = format!("role-{number}-{}", own.len());
                    let role = role(&world, Scope { organization, project: *project }, &name, *set);
                    own.push(role.clone());
                    role
                })
                .collect();
            let group = groups::insert(world.database(), organization, &format!("group-{number}"), NOW).unwrap();
            own.push(group.id.clone());
            for member in [0, 3] {
                groups::add_member(world.database(), group.row, of_house[member].member.row, NOW).unwrap();
            }
            let assign = |project, whose, role: &str| {
                let place = assignments::Place { organization, project, whose };
                assignments::insert(world.database(), place, role, "user-x", NOW).unwrap();
            };
            assign(None, Whose::User(of_house[2].member.row), &made[0]);
            assign(None, Whose::Group(group.row), &made[1]);
            assign(Some(project.row), Whose::User(of_house[4].member.row), &made[2]);
            project_groups::insert(world.database(), project.row, group.row, NOW).unwrap();
            people.extend(of_house);
            House { organization, own }
        });
        Self { world, people, houses }
    }

    fn act(&mut self, drawn: &Drawn) {
        let actor = self.people[drawn.actor % self.people.len()].clone();
        let endpoint = endpoint(drawn.endpoint);
        let mut choice = Choice {
            numbers: drawn.numbers.iter().cycle(),
            town: self,
            mine: usize::from(actor.organization == self.houses[1].organization),
        };
        let path = choice.path(endpoint.path);
        let body = choice.body(endpoint.body);
        let asked = request(&actor.token, endpoint.method.name(), &path, &body);
        let Some(principal) = self.world.principal(&actor.token) else { return };
        let before = self.all_rights();

        let answer = self.world.ask(&asked);

        let said = match &answer {
            Ok(answered) => answered.json.to_string(),
            Err(refusal) => format!("{refusal} {:?}", refusal.diagnosis()),
        };
        self.check_unseen(&actor, &said, &format!("{path} {body}"));
        self.check_rights(&principal.rights, actor.organization, &before, &format!("{} {path} {body}", endpoint.name));
        if let Ok(answered) = &answer {
            check_described(endpoint, &answered.json);
            self.check_key(&principal.rights, &answered.json);
            check_role(endpoint, &path, &principal.rights, &answered.json);
            let house = self.houses.iter_mut().find(|house| house.organization == actor.organization).unwrap();
            house.own.extend(
                answered.json["id"]
                    .as_str()
                    .filter(|id| !id.starts_with("role_org") && !id.starts_with("role_project"))
                    .map(str::to_owned),
            );
        }
    }

    /// What belongs to the other house is in no answer, unless whoever asks has named it himself.
    fn check_unseen(&self, actor: &Person, said: &str, asked: &str) {
        for house in self.houses.iter().filter(|house| house.organization != actor.organization) {
            for own in &house.own {
                assert!(!said.contains(own.as_str()) || asked.contains(own.as_str()), "{asked} shows {own}: {said}");
            }
        }
    }

    /// Everybody's rights at every place.
    fn all_rights(&self) -> Vec<(i64, String, Rights)> {
        let mut all = Vec::new();
        for house in &self.houses {
            let part = Part { after: None, limit: 1000, order: Order::OldestFirst };
            for member in people::list(self.world.database(), house.organization, &part).unwrap().rows {
                let grants = grants::of_user(self.world.database(), house.organization, member.row).unwrap();
                all.push((house.organization, member.id, tollgate_control::principal::rights_of(&grants)));
            }
        }
        all
    }

    fn places(&self, organization: i64) -> Vec<String> {
        let part = Part { after: None, limit: 1000, order: Order::OldestFirst };
        let found = projects::list(self.world.database(), organization, true, &part).unwrap();
        found.rows.into_iter().map(|project| project.id).collect()
    }

    fn check_rights(&self, actor: &Rights, organization: i64, before: &[(i64, String, Rights)], what: &str) {
        for (house, id, after) in self.all_rights() {
            let none = Rights::default();
            let had =
                before.iter().find(|(of, who, _)| (*of, who) == (house, &id)).map_or(&none, |(_, _, rights)| rights);
            let projects = self.places(house);
            let places = projects.iter().map(|id| Place::Project(id)).chain([Place::Organization]);
            for place in places {
                let (had, has) = (had.at(place), after.at(place));
                let actors = if house == organization { actor.at(place) } else { PermissionSet::NONE };
                let gained = has.without(had);
                assert!(
                    gained.without(actors).is_empty(),
                    "{what} gave {id} {gained:?}, the actor has {actors:?} {place:?}"
                );
                if !had.without(has).is_empty() {
                    assert!(
                        had.without(actors).is_empty(),
                        "{what} took from {id}, who had {had:?} {place:?}, the actor {actors:?}"
                    );
                }
            }
        }
    }

    /// A key that was made may no more than who made it.
    fn check_key(&self, actor: &Rights, answer: &Json) {
        let Some(made) = answer["value"].as_str().and_then(|value| self.world.principal(value)) else { return };
        assert!(made.rights.everywhere.without(actor.everywhere).is_empty(), "the key may {:?}", made.rights);
    }
}

/// Of three endpoints two change something.
fn endpoint(number: usize) -> &'static Endpoint {
    let all = || ENDPOINTS.iter().flat_map(|of_noun| of_noun.iter());
    let fitting: Vec<&Endpoint> = match number % 3 {
        0 => all().collect(),
        _ => all().filter(|endpoint| endpoint.method != Method::Get).collect(),
    };
    fitting[number / 3 % fitting.len()]
}

/// An answer has what its endpoint says, of the types that it says, and nothing else.
fn check_described(endpoint: &Endpoint, answer: &Json) {
    let (fields, objects) = match endpoint.answer {
        Shape::One(fields) => (fields, vec![answer.clone()]),
        Shape::Page(envelope, fields) => {
            let further: &[&str] = match envelope {
                Envelope::Ids => &["first_id", "last_id"],
                Envelope::Next => &["next"],
            };
            let known = ["object", "data", "has_more"];
            let members = answer.as_object().unwrap().keys();
            assert!(members.clone().all(|name| known.contains(&name.as_str()) || further.contains(&name.as_str())));
            (fields, answer["data"].as_array().unwrap().clone())
        }
    };
    for mut object in objects {
        // The details of an event stand under a name that its type says.
        if let Some(kind) = object["type"].as_str().map(str::to_owned).filter(|kind| kind.contains('.')) {
            object.as_object_mut().unwrap().remove(&kind);
        }
        let read = Body::read(object.to_string().as_bytes(), fields);
        assert!(read.is_ok(), "{} answers {object}, and {:?}", endpoint.name, read.unwrap_err());
    }
}

/// A role that was made or changed allows no more than whoever did it holds.
fn check_role(endpoint: &Endpoint, path: &str, actor: &Rights, answer: &Json) {
    if endpoint.method != Method::Post || answer["object"] != "role" {
        return;
    }
    let project = path.strip_prefix("/projects/").and_then(|rest| rest.split('/').next());
    let place = project.map_or(Place::Organization, Place::Project);
    let names = answer["permissions"].as_array().unwrap().iter().filter_map(Json::as_str);
    let lacking = actor.lacks(PermissionSet::from_names(names).unwrap(), place);
    assert!(lacking.is_empty(), "{} made {answer}, and its maker lacks {lacking:?}", endpoint.name);
}

fn role(world: &Administration, scope: Scope, name: &str, set: u32) -> String {
    let fits = |permission: &Permission| scope.project.is_none() || permission.is_of_projects();
    let chosen = Permission::ALL.into_iter().filter(fits).filter(|permission| set & (1 << *permission as u32) != 0);
    let permissions: Vec<&str> = chosen.map(Permission::name).collect();
    let new = NewRole { name, description: None, permissions: &permissions, created_by: "user-x" };
    roles::insert(world.database(), scope, &new, NOW).unwrap().id
}

/// Chooses paths and bodies: mostly what the actor's own house has, sometimes what the other has, sometimes nonsense.
struct Choice<'t> {
    numbers: std::iter::Cycle<std::slice::Iter<'t, u32>>,
    town: &'t Town,
    mine: usize,
}

impl Choice<'_> {
    fn number(&mut self) -> u32 {
        *self.numbers.next().unwrap()
    }

    fn path(&mut self, template: &str) -> String {
        let parts = template.split('/').map(|part| match part.strip_prefix('{') {
            Some(name) => self.id(name.trim_end_matches('}').trim_start_matches('+')),
            None => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// An id for a name such as `group_id`.
    fn id(&mut self, name: &str) -> String {
        let (house, number) = (self.number() % 8, self.number() as usize);
        let house = &self.town.houses[if house == 0 { 1 - self.mine } else { self.mine }];
        let prefix = match name {
            "project_id" => "proj_",
            "group_id" => "group_",
            "user_id" => "user-",
            "role_id" | "role" => "role_",
            "key_id" | "api_key_id" => "key_",
            "service_account_id" => "svc_acct_",
            "invite_id" => "invite-",
            _ => "",
        };
        let mut fitting: Vec<&str> = house.own.iter().map(String::as_str).filter(|id| id.starts_with(prefix)).collect();
        if prefix == "role_" {
            fitting.extend([
                "role_organization_owner",
                "role_organization_reader",
                "role_project_owner",
                "role_project_member",
            ]);
        }
        fitting.get(number % fitting.len().max(1)).map_or("nonsense", |id| id).to_owned()
    }

    fn body(&mut self, fields: &[Field]) -> Json {
        if fields.is_empty() {
            return Json::Null;
        }
        let mut body = Map::new();
        for field in fields {
            if field.required || self.number().is_multiple_of(2) {
                let value = self.value(field);
                body.insert(field.name.to_owned(), value);
            }
        }
        Json::Object(body)
    }

    fn value(&mut self, field: &Field) -> Json {
        match (field.name, field.kind) {
            ("permissions" | "scopes", _) => self.permissions(),
            (name, Kind::Text(_)) if name.ends_with("_id") || name == "role" => self.id(name).into(),
            ("email", _) => format!("new{}@example.com", self.number()).into(),
            (_, Kind::Text(_) | Kind::Name(_) | Kind::Secret(_)) => format!("text {}", self.number()).into(),
            (_, Kind::Word(words)) => words[self.number() as usize % words.len()].into(),
            (_, Kind::Integer(least, most)) => (least + i64::from(self.number() % 1000)).min(most).into(),
            (_, Kind::Time) => i64::from(self.number()).into(),
            (_, Kind::Bool) => self.number().is_multiple_of(2).into(),
            (_, Kind::Texts(..)) => json!([]),
            (_, Kind::Objects(fields, _)) => Json::Array(vec![self.body(fields)]),
            (_, Kind::Object(fields)) => self.body(fields),
            (_, Kind::Metadata | Kind::Free) => json!({}),
        }
    }

    fn permissions(&mut self) -> Json {
        let set = self.number() & self.number();
        let chosen = Permission::ALL.into_iter().filter(|permission| set & (1 << *permission as u32) != 0);
        chosen.map(Permission::name).collect::<Vec<_>>().into()
    }
}
