//! A headless Chromium, driven through its own pipe of DevTools messages: no web socket, no port, no other program between. Not what is looked at.
// Each test file uses a part of it.
#![allow(dead_code)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
];
/// Longest wait for one message, or for something to come true: far more than a slow and busy machine needs.
const PATIENCE: Duration = Duration::from_secs(300);
/// Longest wait for a browser that was asked to end.
const LAST_PATIENCE: Duration = Duration::from_secs(20);

/// A browser with one page.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    folder: PathBuf,
    sent: u64,
    /// Everything that the page and the browser told of themselves.
    pub events: Vec<Value>,
}

fn found() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut all = NAMES.iter().flat_map(|name| places.iter().map(move |p| p.join(name)));
    all.find(|p| p.is_file()).expect("the report is tried in a real browser, and there is no Chromium: apt-get install chromium")
}

impl Browser {
    /// Starts a browser with a fresh profile in a folder of its own.
    pub fn start(folder: &Path) -> Browser {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder).expect("a folder for the profile");
        // The browser reads messages from file 3 and writes them to file 4.
        let wired = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";
        let mut child = Command::new("sh")
            .args(["-c", wired])
            .arg(found())
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let (to, out) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let (tell, from) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(out).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("messages are JSON");
                if tell.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Browser { child, to, from, session: None, folder: folder.into(), sent: 0, events: vec![] };
        let target = browser.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = browser.ask("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = attached["sessionId"].as_str().map(String::from);
        for domain in ["Network", "Runtime", "Log", "Page"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        browser.ask("Page.setLifecycleEventsEnabled", json!({ "enabled": true }));
        browser
    }

    fn next(&mut self) -> Value {
        self.from.recv_timeout(PATIENCE).expect("the browser answers")
    }

    /// Sends a command and waits for its answer.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(message.to_string().as_bytes()).and_then(|()| self.to.write_all(&[0])).expect("the browser listens");
        loop {
            let mut got = self.next();
            if got["id"] == self.sent {
                assert!(got["error"].is_null(), "{method}: {}", got["error"]);
                return got["result"].take();
            }
            self.events.push(got);
        }
    }

    /// Opens an address and waits until it is loaded: it, and not the page before it, whose loading may be told late.
    pub fn open(&mut self, address: &str) {
        let before = self.events.len();
        let opened = self.ask("Page.navigate", json!({ "url": address }));
        assert!(opened["errorText"].is_null() && opened["loaderId"].is_string(), "{address}: {opened}");
        let is_loaded = |e: &Value| {
            let told = &e["params"];
            e["method"] == "Page.lifecycleEvent" && told["name"] == "load" && told["loaderId"] == opened["loaderId"]
        };
        while !self.events[before..].iter().any(is_loaded) {
            let got = self.next();
            self.events.push(got);
        }
    }

    /// The value of an expression in the page.
    pub fn eval(&mut self, expression: &str) -> Value {
        let mut got = self.ask("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }));
        assert!(got["exceptionDetails"].is_null(), "{expression}: {}", got["exceptionDetails"]);
        got["result"]["value"].take()
    }

    /// The middle of an element, scrolled into view.
    fn middle(&mut self, element: &str) -> (f64, f64) {
        let place = format!(
            "(() => {{ const e = {element}; e.scrollIntoView({{ block: 'center', behavior: 'instant' }}); const b = e.getBoundingClientRect(); \
             return [b.left + b.width / 2, b.top + b.height / 2]; }})()"
        );
        let at = self.eval(&place);
        (at[0].as_f64().expect("a place"), at[1].as_f64().expect("a place"))
    }

    /// Moves the pointer onto an element, given as an expression.
    pub fn point_at(&mut self, element: &str) {
        let (x, y) = self.middle(element);
        self.ask("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y }));
    }

    /// Clicks an element with the left button.
    pub fn click(&mut self, element: &str) {
        let (x, y) = self.middle(element);
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            self.ask("Input.dispatchMouseEvent", json!({ "type": kind, "x": x, "y": y, "button": button, "clickCount": 1 }));
        }
    }

    /// Presses the button on a slider's thumb, moves it in steps to a share of its length, and lets `during` look before it is let go.
    pub fn drag(&mut self, slider: &str, to: f64, during: impl FnOnce(&mut Browser)) {
        self.middle(slider);
        let place = format!(
            "(() => {{ const e = {slider}, b = e.getBoundingClientRect(), s = (e.value - e.min) / (e.max - e.min), r = b.height / 2; \
             return [b.left + r + s * (b.width - 2 * r), b.top + r, b.left + r + {to} * (b.width - 2 * r)]; }})()"
        );
        let at = self.eval(&place);
        let [from, y, end] = [0, 1, 2].map(|k| at[k].as_f64().expect("a place"));
        let mouse = |browser: &mut Browser, kind: &str, x: f64| {
            browser
                .ask("Input.dispatchMouseEvent", json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 }));
        };
        mouse(self, "mousePressed", from);
        for step in 1..=12 {
            mouse(self, "mouseMoved", from + (end - from) * f64::from(step) / 12.0);
        }
        during(self);
        mouse(self, "mouseReleased", end);
    }

    /// Waits until an expression is true in the page.
    pub fn wait(&mut self, expression: &str) {
        let start = Instant::now();
        while self.eval(&format!("Boolean({expression})")) != true {
            assert!(
                start.elapsed() < PATIENCE,
                "never came true: {expression}; the page says {}",
                self.eval("document.body.innerText.slice(0, 400)")
            );
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Writes a text into what has the focus.
    pub fn write(&mut self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Presses and lets go of a key.
    pub fn press(&mut self, key: &str, code: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            self.ask("Input.dispatchKeyEvent", json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code }));
        }
    }

    /// Events of one kind.
    pub fn told(&self, method: &str) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |e| e["method"] == method).map(|e| &e["params"])
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // One that is asked to end takes what it left in the system's temporary folder along, and writes no more into its profile.
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let start = Instant::now();
        while start.elapsed() < LAST_PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(15));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
