//! `serve`: a page on this machine alone, on which a scenario is moved with sliders. Which addresses there are, who may ask, and what a request means; the file is read
//! anew for each. Not what can be moved (`controls`), nor how it is simulated (`look`, `send`).

mod controls;
mod look;
mod overlay;
mod send;

use super::args::{self, Effort, Serve, Talk};
use super::{console, interrupt, problems, question};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path as UrlPath, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use bubblerisk::error::{Error, Result};
use bubblerisk::scenario::{self, Loaded};
use controls::{Desk, Setting};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Paths of a look, where nobody says.
const PATHS: u64 = 20_000;
/// Most paths of a look: all are kept in memory.
const MOST_PATHS: u64 = 200_000;
/// Most bytes of a request's body. None has one.
const MOST_BODY: u64 = 4_096;
/// Header that only the page's own script sends: other sites cannot without being asked first, and nobody answers them.
const OURS: HeaderName = HeaderName::from_static("x-bubblerisk");
/// What the page may do: run its own script, and ask its own server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// What all requests share.
struct Shop {
    args: Serve,
    port: u16,
    /// Paths of scenarios as written, the latest last.
    written: Mutex<Vec<look::Written>>,
    /// Whoever holds it simulates or writes: two pages take turns, a step at a time.
    turn: Mutex<()>,
    /// Reports that were sent, in order.
    reports: Mutex<Vec<PathBuf>>,
}

type Shared = State<Arc<Shop>>;
type Words = Query<Vec<(String, String)>>;

pub fn serve(args: &Serve) -> Result<()> {
    // A file that is not there will not be mended by waiting; one that is broken may be.
    let found = std::fs::metadata(&args.scenario).map_err(|source| Error::File { action: "read", path: args.scenario.clone(), source })?;
    if !found.is_file() {
        scenario::load(&args.scenario)?;
    }
    let fail = |source| Error::File { action: "listen on", path: PathBuf::from(format!("127.0.0.1:{}", args.port)), source };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_io().build().map_err(fail)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port))).await.map_err(busy(args.port))?;
        let port = listener.local_addr().map_err(fail)?.port();
        // From here on an interrupt leaves what was written, whole.
        interrupt::end_writing();
        say(args, port)?;
        let shop = Shop { args: args.clone(), port, written: Mutex::default(), turn: Mutex::default(), reports: Mutex::default() };
        axum::serve(listener, router(Arc::new(shop))).await.map_err(fail)
    })
}

fn busy(port: u16) -> impl Fn(std::io::Error) -> Error {
    move |e| Error::Usage(format!("--port {port}: {e}; another program may use it: choose another port, or 0 for any that is free"))
}

fn say(args: &Serve, port: u16) -> Result<()> {
    let address = format!("http://127.0.0.1:{port}/");
    if args.talk.json {
        return console::say_json(&json!({ "address": address, "scenario": args.scenario.display().to_string() }));
    }
    if args.talk.quiet {
        return Ok(());
    }
    console::say(&format!("{address} shows {}; open it in a browser on this machine. Ctrl-C ends.\n", args.scenario.display()))
}

fn router(shop: Arc<Shop>) -> Router {
    let asset = |kind: &'static str, text: &'static str| get(move || async move { ([(header::CONTENT_TYPE, kind)], text) });
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/page.css", asset("text/css; charset=utf-8", include_str!("page.css")))
        .route("/page.js", asset("text/javascript; charset=utf-8", include_str!("page.js")))
        .route("/pictures.js", asset("text/javascript; charset=utf-8", include_str!("pictures.js")))
        .route("/controls", get(controls))
        .route("/look", get(look))
        .route("/overlay", get(show_overlay).post(save_overlay))
        .route("/report", axum::routing::post(send_report))
        .route("/report/{number}/", get(report))
        .fallback(|| async { (StatusCode::NOT_FOUND, "there is nothing here; the page is at /\n") })
        .layer(middleware::from_fn_with_state(shop.clone(), guarded))
        .with_state(shop)
}

/// Lets in only who asks this machine by its own name, from the page itself; says what the page may do.
async fn guarded(State(shop): Shared, request: Request, next: Next) -> Response {
    if let Err((status, why)) = admitted(shop.port, request.method(), request.uri(), request.headers()) {
        return (status, format!("{why}\n")).into_response();
    }
    let is_report = request.uri().path().starts_with("/report/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // A report brings its own policy: its script stands in it.
    if !is_report {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    response
}

/// Whether a request may be answered: it names this machine as its host (a foreign name that was made to point here does not), is not sent by another site, has no
/// body to speak of, and, where it writes, comes from the page's own script.
fn admitted(port: u16, method: &Method, uri: &Uri, headers: &HeaderMap) -> std::result::Result<(), (StatusCode, String)> {
    let text = |name: &HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let names = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let host = text(&header::HOST).unwrap_or_default();
    if !names.iter().any(|n| n == host) {
        return Err((StatusCode::FORBIDDEN, format!("the host is {host:?}, not {}", names[0])));
    }
    let is_page = *method == Method::GET && uri.path() == "/";
    let site = text(&HeaderName::from_static("sec-fetch-site")).unwrap_or("none");
    if !is_page && !["same-origin", "none"].contains(&site) {
        return Err((StatusCode::FORBIDDEN, "another site asked for this".into()));
    }
    if let Some(origin) = text(&header::ORIGIN)
        && !names.iter().any(|n| origin == format!("http://{n}"))
    {
        return Err((StatusCode::FORBIDDEN, format!("the origin is {origin:?}")));
    }
    if *method == Method::POST && !headers.contains_key(&OURS) {
        return Err((StatusCode::FORBIDDEN, "a request that writes needs the header X-Bubblerisk".into()));
    }
    let is_long = text(&header::CONTENT_LENGTH).is_some_and(|n| n.parse::<u64>().is_ok_and(|n| n > MOST_BODY));
    if is_long || headers.contains_key(header::TRANSFER_ENCODING) {
        return Err((StatusCode::PAYLOAD_TOO_LARGE, format!("a body of more than {MOST_BODY} bytes")));
    }
    Ok(())
}

/// What went wrong, as the command line says it, and problem by problem.
struct Refused(Error);

impl From<Error> for Refused {
    fn from(e: Error) -> Refused {
        Refused(e)
    }
}

impl Refused {
    fn document(&self) -> Value {
        match &self.0 {
            Error::Scenario(list) => {
                json!({ "error": format!("{}{}", problems::plain(list), problems::tally(list)), "problems": problems::json(list) })
            }
            other => json!({ "error": format!("error: {other}\n"), "problems": [] }),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(self.document())).into_response()
    }
}

/// Runs what takes long, or reads files, where it does not hold up other requests.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> std::result::Result<T, Refused> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|_| Err(Error::Usage("the server could not answer; its terminal says why".into()))).map_err(Refused)
}

async fn controls(State(shop): Shared) -> std::result::Result<axum::Json<Value>, Refused> {
    aside(move || {
        let loaded = scenario::load(&shop.args.scenario)?;
        question::made_ready(&loaded.model)?;
        Ok(axum::Json(look::opening(&shop.args, &loaded)))
    })
    .await
}

/// What a request asks for.
struct Asked {
    /// The scenario as it is written now.
    written: Loaded,
    /// As the sliders have it; the same where none was moved.
    moved: Option<Loaded>,
    setting: Setting,
    effort: Effort,
}

impl Asked {
    /// Reads the scenario and the words of an address; `paths` where they do not say.
    fn read(args: &Serve, words: Vec<(String, String)>, paths: u64, most: u64) -> Result<Asked> {
        let written = scenario::load(&args.scenario)?;
        let mut effort = Effort { paths: Some(paths), ..args.effort };
        let mut rest = Vec::new();
        for (name, value) in words {
            match name.as_str() {
                "paths" => effort.paths = Some(whole(&name, &value, 1, most)?),
                "seed" => effort.seed = whole(&name, &value, 0, u64::MAX)?,
                "name" => {}
                _ => rest.push((name, value)),
            }
        }
        let setting = Desk::of(&written.model).setting(&rest)?;
        let is_moved = setting != Setting::default();
        let moved = is_moved.then(|| scenario::load_with(&args.scenario, &setting.set, &setting.without)).transpose()?;
        question::made_ready(&moved.as_ref().unwrap_or(&written).model)?;
        Ok(Asked { written, moved, setting, effort })
    }

    fn shown(&self) -> &Loaded {
        self.moved.as_ref().unwrap_or(&self.written)
    }

    /// The command that runs the same.
    fn as_run(&self, args: &Serve, output: PathBuf) -> args::Run {
        let source = args::Source { scenario: args.scenario.clone(), set: self.setting.set.clone(), without: self.setting.without.clone() };
        args::Run {
            source,
            effort: self.effort,
            sampling: args::Sampling::Plain,
            until: None,
            least: false,
            each_path: false,
            look: args::Look { template: None },
            output,
            talk: Talk { quiet: true, json: false },
        }
    }
}

fn whole(name: &str, text: &str, low: u64, high: u64) -> Result<u64> {
    let value = text.parse().ok().filter(|v| (low..=high).contains(v));
    value.ok_or_else(|| Error::Usage(format!("{name}={text}: expected a whole number from {low} to {high}")))
}

/// Lines of JSON, one after the other, as they are found. Where nobody listens any more, sending fails.
struct Lines(mpsc::Sender<std::result::Result<Bytes, std::convert::Infallible>>);

impl Lines {
    fn send(&self, line: &Value) -> bool {
        self.0.blocking_send(Ok(Bytes::from(format!("{line}\n")))).is_ok()
    }

    fn is_gone(&self) -> bool {
        self.0.is_closed()
    }
}

/// Answers with lines that `work` finds.
fn lines(work: impl FnOnce(&Lines) -> Result<()> + Send + 'static) -> Response {
    let (sender, receiver) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let lines = Lines(sender);
        if let Err(e) = work(&lines) {
            lines.send(&Refused(e).document());
        }
    });
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(ReceiverStream::new(receiver))).into_response()
}

async fn look(State(shop): Shared, Query(words): Words) -> std::result::Result<Response, Refused> {
    let reader = shop.clone();
    let asked = aside(move || Asked::read(&reader.args, words, reader.args.effort.paths.unwrap_or(PATHS), MOST_PATHS)).await?;
    Ok(lines(move |lines| look::look(&shop, &asked, lines)))
}

fn name_of(words: &[(String, String)]) -> String {
    words.iter().rfind(|w| w.0 == "name").map(|w| w.1.clone()).unwrap_or_else(|| "my-case".into())
}

async fn show_overlay(State(shop): Shared, Query(words): Words) -> std::result::Result<String, Refused> {
    aside(move || {
        let name = name_of(&words);
        let asked = Asked::read(&shop.args, words, PATHS, MOST_PATHS)?;
        overlay::text(&shop.args.scenario, &name, &asked.setting)
    })
    .await
}

async fn save_overlay(State(shop): Shared, Query(words): Words) -> std::result::Result<Response, Refused> {
    aside(move || {
        let name = name_of(&words);
        let asked = Asked::read(&shop.args, words, PATHS, MOST_PATHS)?;
        let _turn = shop.turn.lock().unwrap_or_else(PoisonError::into_inner);
        interrupt::begin_writing();
        let saved = overlay::save(&shop.args.scenario, &name, &asked.written.model.name, &asked.setting);
        interrupt::end_writing();
        let file = saved?;
        Ok((StatusCode::CREATED, axum::Json(json!({ "file": file.display().to_string() }))).into_response())
    })
    .await
}

async fn send_report(State(shop): Shared, Query(words): Words) -> std::result::Result<Response, Refused> {
    let reader = shop.clone();
    let asked = aside(move || Asked::read(&reader.args, words, reader.args.effort.paths(), u64::from(u32::MAX))).await?;
    Ok(lines(move |lines| send::send(&shop, &asked, lines)))
}

async fn report(State(shop): Shared, UrlPath(number): UrlPath<usize>) -> Response {
    let path = shop.reports.lock().ok().and_then(|list| list.get(number.checked_sub(1)?).cloned());
    let read = path.and_then(|p: PathBuf| std::fs::read_to_string(p).ok());
    read.map_or_else(|| (StatusCode::NOT_FOUND, "there is no such report\n").into_response(), |text| Html(text).into_response())
}

/// The folder of the scenario.
fn folder_of(scenario: &Path) -> PathBuf {
    scenario.parent().map(Path::to_path_buf).unwrap_or_default()
}
