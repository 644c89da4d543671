//! The provider's side of a connection in h2.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::channel::Channel;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

use super::answer::{Answer, Framing, Step};
use super::{Received, Shared};

type Body = http_body_util::Either<Full<Bytes>, Channel<Bytes, std::io::Error>>;

pub(super) async fn serve(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    number: usize,
    shared: Arc<Shared>,
) {
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move {
            let answer = shared.note(receive(request, number).await);
            Ok::<_, Infallible>(respond(answer, shared).await)
        }
    });
    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    let _ = builder.serve_connection(TokioIo::new(io), service).await;
}

/// Written down as HTTP/1.1 would have it.
async fn receive(request: Request<Incoming>, connection: usize) -> Received {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("", |p| p.as_str());
    let mut head = format!("{} {target} HTTP/2\r\n", parts.method);
    if let Some(authority) = parts.uri.authority() {
        head += &format!("host: {authority}\r\n");
    }
    for (name, value) in &parts.headers {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Received { connection, head: head + "\r\n", body, at: Instant::now() }
}

async fn respond(answer: Answer, shared: Arc<Shared>) -> Response<Body> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    if answer.framing == Framing::Length {
        let pieces =
            answer.steps.into_iter().filter_map(|s| if let Step::Piece(bytes) = s { Some(bytes) } else { None });
        let body: Vec<u8> = pieces.flatten().collect();
        return response.body(Body::Left(Full::from(body))).unwrap();
    }
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        for step in answer.steps {
            match step {
                Step::Piece(bytes) => {
                    if sender.send_data(bytes.into()).await.is_err() {
                        return shared.hung_up();
                    }
                }
                Step::Wait(gate) => gate.pass().await,
                Step::Think(time) => tokio::time::sleep(time).await,
                Step::Cut | Step::Reset => return sender.abort(std::io::ErrorKind::ConnectionReset.into()),
            }
        }
    });
    response.body(Body::Right(body)).unwrap()
}
