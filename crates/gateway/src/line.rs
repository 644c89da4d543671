//! One request, from its head to its answer. Each line of [`serve`] is a stage and lives in the file of its name.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tollgate_core::key::Key;
use tollgate_core::operation::Operation;
use tollgate_core::record::Outcome;

use crate::answer::{Answer, Lines};
use crate::body::Body;
use crate::failure::Failure;
use crate::live::Live;
use crate::paths::{self, Route};
use crate::record::{End, Trace};
use crate::request::Request;
use crate::request_record;
use crate::resume::Resume;
use crate::stored::{About, Stored};
use crate::watch::Watch;
use crate::worker::{Place, Worker};
use crate::{
    access, administration, admit, authenticate, cors, explain, health, pages, read, respond, route, sandbox, send,
    stored, stream,
};

const JSON: &str = "application/json";

/// Answers a request: whatever happens becomes an answer.
pub(crate) async fn answer(worker: &Rc<Worker>, watch: &Watch, request: &mut Request, body: Body<'_>) -> Answer {
    if let Some(answer) = cors::preflight(worker, request) {
        return answer;
    }
    let resolved = match administration::path(worker, request) {
        Some(path) => Ok(Route::Administer(path)),
        None => paths::resolve(request),
    };
    let mut answer = match resolved {
        Ok(Route::Health(page)) => health::page(worker, request, page),
        resolved => {
            // Pages for people need no key; one that does not exist is an unknown path like any other.
            let page = match &resolved {
                Ok(Route::Guide(slug)) => Some(pages::guide(request, slug)),
                Ok(Route::Manual(name)) => Some(pages::manual(request, name)),
                Ok(Route::Description) => Some(pages::description(request, worker.shared.administration.as_deref())),
                _ => None,
            };
            let resolved = match page {
                Some(Some(mut page)) => {
                    cors::headers(worker, request, &mut page.headers);
                    return page;
                }
                Some(None) => Err(paths::PathError::Unknown { likely: pages::nearest(&resolved) }),
                None => resolved,
            };
            let trace = Trace::new(worker.clone(), request);
            let settings = &trace.live.settings;
            watch.set_total(Some(request.accepted + settings.timeouts.total));
            let show = respond::show(request, settings);
            match serve(worker, watch, request, body, resolved, trace).await {
                Ok(answer) => answer,
                Err(failed) => {
                    let (failure, trace) = *failed;
                    respond::to_failure(&failure, request, trace, show).await
                }
            }
        }
    };
    cors::headers(worker, request, &mut answer.headers);
    answer
}

/// The stages in order. What fails hands the trace back, so that the failure is recorded with what is known.
async fn serve(
    worker: &Rc<Worker>,
    watch: &Watch,
    request: &mut Request,
    mut body: Body<'_>,
    resolved: Result<Route, paths::PathError>,
    mut trace: Box<Trace>,
) -> Result<Answer, Box<(Failure, Box<Trace>)>> {
    macro_rules! stage {
        ($result:expr) => {
            match $result {
                Ok(value) => value,
                Err(e) => return Err(Box::new((e.into(), trace))),
            }
        };
    }
    let route = stage!(resolved);
    trace.operation = route.operation();
    trace.place = Some(stage!(place(worker, trace.accepted)));
    if let Route::Administer(path) = route {
        let answered = stage!(Box::pin(administration::answer(worker, request, &mut body, path, &mut trace)).await);
        let mut answer = own_answer(trace, JSON, answered.body);
        if answered.is_replay {
            answer.headers.extend_from_slice(administration::REPLAYED);
        }
        return Ok(answer);
    }
    if let Route::OwnKey = route
        && let Some(described) = Box::pin(administration::own_token(worker, request, &mut trace)).await
    {
        let described = stage!(described);
        return Ok(own_answer(trace, JSON, described));
    }
    let caller = match authenticate::caller(worker, request) {
        Ok(caller) => caller,
        Err(e) => {
            trace.caller = e.key().cloned();
            let e = Box::pin(authenticate::look_into_body(e, request, &mut body)).await;
            return Err(Box::new((e.into(), trace)));
        }
    };
    trace.caller = Some(caller.clone());
    let operation = match route {
        Route::Serve(Operation::ListModels) => return list_models(&caller, trace),
        Route::Model(id) => return retrieve_model(&caller, trace, &id),
        Route::Record(id) => {
            let document = stage!(request_record::find(&*worker.shared.records, &caller, &id).await);
            return Ok(own_answer(trace, JSON, document.into_bytes()));
        }
        Route::OwnKey => {
            let described = stage!(Box::pin(administration::own_key(worker, caller.id)).await);
            return Ok(own_answer(trace, JSON, described));
        }
        Route::Explain => {
            let explained = stage!(Box::pin(explain::answer(worker, &caller, request, &mut body)).await);
            return Ok(own_answer(trace, JSON, explained));
        }
        Route::Check => {
            let live = trace.live.clone();
            let checked = stage!(Box::pin(access::answer(worker, &live, &caller, request, &mut body)).await);
            return Ok(own_answer(trace, JSON, checked));
        }
        Route::Response(operation, id) => {
            stage!(admit::scope(&caller, operation));
            // It is rarer and larger than what every request waits for.
            let about = About { operation, id: &id, caller: &caller };
            let stored = Box::pin(stored::reply(worker, watch, request, &about, &mut trace)).await;
            return Ok(match stage!(stored) {
                Stored::Here { content_type, body } => own_answer(trace, content_type, body),
                Stored::There(answered) => {
                    let show = respond::show(request, &trace.live.settings);
                    stream::to_caller(worker, *answered, trace, show, None).await
                }
            });
        }
        Route::Serve(operation) => operation,
        // Pages are answered before; what comes here is one that does not exist.
        Route::Administer(_) | Route::Health(_) | Route::Guide(_) | Route::Manual(_) | Route::Description => {
            return Err(Box::new((paths::PathError::Unknown { likely: None }.into(), trace)));
        }
    };
    stage!(admit::scope(&caller, operation));
    let envelope = stage!(read::envelope(worker, request, &mut body, operation).await);
    trace.model_asked = name_for_records(&trace.live, envelope.model());
    trace.stream_asked = envelope.peek.stream();
    trace.request_bytes = request.body().len();
    let permit = stage!(admit::permit(&trace.live, &caller, envelope.model(), operation, request.now));
    stage!(admit::tools(&caller, operation, request.body(), permit.tools_denied));
    trace.ends = Some(&permit.model).filter(|model| !model.notice.is_empty()).cloned();
    let plan = stage!(route::plan(worker, &caller, request, permit, &envelope));
    let answered = stage!(send::first_answer(worker, watch, &plan, &envelope, request, &mut trace).await);
    let show = respond::show(request, &trace.live.settings);
    let resumes = plan.model.resume && operation == Operation::ChatCompletions && envelope.peek.stream();
    let resume = if resumes { Resume::new(&plan.model, request, &envelope) } else { None };
    Ok(stream::to_caller(worker, answered, trace, show, resume).await)
}

/// A model's name as it may be recorded. One that the catalog knows is as it is; any other text may be anything, a
/// key put into the wrong place too, and is masked and cut.
fn name_for_records(live: &Live, name: &str) -> String {
    match live.catalog.model(name) {
        // Of failures on demand, those that there are.
        Some(model) if model.name != name && !sandbox::knows(name) => model.name.clone(),
        Some(_) => name.to_owned(),
        None => tollgate_errors::mask(&name.chars().take(200).collect::<String>()),
    }
}

/// Why there is no room for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    /// All places are taken.
    #[error("{in_flight} requests are being served")]
    Overloaded {
        /// The ceiling.
        in_flight: usize,
    },
    /// The serving thread comes too late to what is ready.
    #[error("its serving thread is {by:?} late")]
    Late {
        /// By how much.
        by: Duration,
    },
    /// The process is about to stop.
    #[error("the server is stopping")]
    Draining,
}

/// Room for one more request, which has just come.
fn place(worker: &Worker, now: Instant) -> Result<Place, PlaceError> {
    if worker.draining() {
        return Err(PlaceError::Draining);
    }
    if let Some(by) = worker.lag.arrived(now)
        && !worker.shared.has_few_callers()
    {
        return Err(PlaceError::Late { by });
    }
    let ceiling = worker.live().settings.limits.in_flight;
    Place::take(&worker.shared, ceiling).ok_or(PlaceError::Overloaded { in_flight: ceiling })
}

fn list_models(caller: &Arc<Key>, trace: Box<Trace>) -> Result<Answer, Box<(Failure, Box<Trace>)>> {
    if let Err(e) = admit::scope(caller, Operation::ListModels) {
        return Err(Box::new((e.into(), trace)));
    }
    let body = trace.live.catalog.list(caller.bounds(&caller.project.rules.load()));
    Ok(own_answer(trace, JSON, body.into_bytes()))
}

fn retrieve_model(caller: &Arc<Key>, mut trace: Box<Trace>, id: &str) -> Result<Answer, Box<(Failure, Box<Trace>)>> {
    let live = trace.live.clone();
    let model = match admit::scope(caller, Operation::RetrieveModel) {
        Ok(()) => admit::visible(&live, caller, id),
        Err(e) => Err(e),
    };
    match model {
        Ok(model) => Ok(own_answer(trace, JSON, model.object(id).into_bytes())),
        Err(e) => {
            trace.model_asked = name_for_records(&live, id);
            Err(Box::new((e.into(), trace)))
        }
    }
}

/// An answer that needs no provider: it is counted and logged, and leaves no record.
fn own_answer(mut trace: Box<Trace>, content_type: &str, body: Vec<u8>) -> Answer {
    trace.answer_bytes = body.len() as u64;
    let mut lines = Lines::new();
    lines.add("content-type", content_type).common(&trace);
    trace.note(&End { status: 200, outcome: Outcome::Complete, diagnosis: None });
    Answer::whole(200, lines.done(), body)
}
