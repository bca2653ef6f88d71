//! The program's server, started on a port of its own, and requests as bytes on a socket, so that every header is the test's. Not what is asked.
// Each test file uses a part of it.
#![allow(dead_code)]

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub port: u16,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers, names small.
    pub headers: Vec<(String, String)>,
    /// Body, its chunks put together.
    pub body: String,
}

impl Server {
    /// Serves a scenario from a folder, with further flags.
    pub fn start(folder: &Path, scenario: &str, flags: &[&str]) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bubblerisk"))
            .current_dir(folder)
            .args(["serve", scenario, "--port", "0"])
            .args(flags)
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let port = line.split(':').nth(2).and_then(|rest| rest.split('/').next()?.parse().ok());
        Server { child, port: port.unwrap_or_else(|| panic!("no port in {line:?}")) }
    }

    /// Waits until the server does nothing any more: it has used no processor time for a while, as far as the system tells (`/proc`).
    pub fn rest(&self) {
        let used = || {
            let told = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
            // After the name, which stands in brackets and may hold blanks, the 12th and the 13th word are ticks: its own, and the system's for it.
            let after = told.rsplit(')').next().unwrap_or_default();
            after.split_whitespace().skip(11).take(2).map(String::from).collect::<Vec<_>>()
        };
        let (start, mut before) = (Instant::now(), vec!["not yet".to_string()]);
        while used() != before {
            assert!(start.elapsed() < Duration::from_secs(300), "the server does not come to rest");
            before = used();
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Sends a request without a body and leaves the answer to be read.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|h| h.0 == "Host") {
            text += &format!("Host: 127.0.0.1:{}\r\n", self.port);
        }
        headers.iter().for_each(|(name, value)| text += &format!("{name}: {value}\r\n"));
        stream.write_all((text + "\r\n").as_bytes()).expect("the server reads");
        stream
    }

    /// A request and its answer.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut bytes = Vec::new();
        self.send(method, path, headers).read_to_end(&mut bytes).expect("an answer");
        let text = String::from_utf8(bytes).expect("answers are text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|l| l.split(' ').nth(1)?.parse().ok()).expect("a status");
        let header = |line: &str| line.split_once(": ").map(|(k, v)| (k.to_lowercase(), v.to_string()));
        let headers: Vec<(String, String)> = lines.filter_map(header).collect();
        let is_chunked = headers.iter().any(|h| h.0 == "transfer-encoding" && h.1 == "chunked");
        Answer { status, headers, body: if is_chunked { joined(body) } else { body.to_string() } }
    }

    /// What a GET answers.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// What a POST of the page's own script answers.
    pub fn post(&self, path: &str) -> Answer {
        self.ask("POST", path, &[("X-Bubblerisk", "1"), ("Content-Length", "0")])
    }
}

impl Answer {
    /// Its lines as JSON documents.
    pub fn lines(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body.lines().map(|l| serde_json::from_str(l).expect("a line is JSON")).collect()
    }

    /// Its last line.
    pub fn last(&self) -> Value {
        self.lines().pop().expect("a line")
    }

    /// The whole as one document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|h| h.0 == name).map_or("", |h| h.1.as_str())
    }
}

/// A chunked body put together. Lengths count bytes.
fn joined(body: &str) -> String {
    let (mut rest, mut out) = (body.as_bytes(), Vec::new());
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).expect("a length"), 16).expect("a length");
        if length == 0 {
            break;
        }
        out.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 4 + length..];
    }
    String::from_utf8(out).expect("answers are text")
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
