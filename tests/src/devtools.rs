//! A connection of its own to a browser's developer tools, for what `browser.rs` cannot reach: a page's workers, which may be held
//! before they run their first line.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::PATIENCE;
use crate::browser::{Browser, Tab};

/// Attached to one tab. Dropping it lets everything go that it held.
#[derive(Debug)]
pub struct DevTools {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_call: u64,
    page: String,
    /// Workers that were announced and not yet asked for: their address and session.
    workers: Vec<(String, String)>,
}

/// A worker of the tab, by its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker(String);

/// A script that sets a page's or a worker's clock ahead.
pub fn clock_ahead_by(millis: i64) -> String {
    format!("(() => {{ const real = Date.now.bind(Date); Date.now = () => real() + ({millis}); }})()")
}

impl DevTools {
    /// Attaches to a tab. Workers that it starts from now on wait for [`Self::release`], if `hold_workers`.
    pub async fn attach(browser: &Browser, tab: &Tab, hold_workers: bool) -> Self {
        let (socket, _) = connect_async(browser.devtools_address()).await.expect("the browser listens");
        let mut devtools = Self { socket, last_call: 0, page: String::new(), workers: Vec::new() };
        let target = json!({ "targetId": tab.target(), "flatten": true });
        let attached = devtools.call(None, "Target.attachToTarget", target).await;
        devtools.page = text(&attached["sessionId"]);
        let all = json!({ "autoAttach": true, "waitForDebuggerOnStart": hold_workers, "flatten": true });
        devtools.on_page("Target.setAutoAttach", all).await;
        devtools
    }

    /// Stops the page and its workers, as a browser does to save power.
    pub async fn freeze(&mut self) {
        self.on_page("Page.setWebLifecycleState", json!({ "state": "frozen" })).await;
    }

    pub async fn thaw(&mut self) {
        self.on_page("Page.setWebLifecycleState", json!({ "state": "active" })).await;
    }

    /// Stops a worker before the next line that it runs, as if it were busy with the one before. Its page goes on.
    pub async fn stop(&mut self, worker: &Worker) {
        self.call(Some(&worker.0), "Debugger.enable", json!({})).await;
        self.call(Some(&worker.0), "Debugger.pause", json!({})).await;
        loop {
            let message = self.receive().await;
            if message["method"] == "Debugger.paused" && message["sessionId"] == worker.0.as_str() {
                return;
            }
        }
    }

    /// A worker that was stopped goes on.
    pub async fn go_on(&mut self, worker: &Worker) {
        self.call(Some(&worker.0), "Debugger.resume", json!({})).await;
    }

    /// From now on a worker's clock is ahead by this, as after a sleep. (These tools reach a frozen worker.)
    pub async fn shift_clock(&mut self, worker: &Worker, millis: i64) {
        let script = format!("(() => {{ const real = Date.now.bind(Date); Date.now = () => real() + ({millis}); }})()");
        self.evaluate(worker, &script).await.expect("the script is sound");
    }

    /// A call to the page.
    pub async fn on_page(&mut self, method: &str, parameters: Value) -> Value {
        let page = self.page.clone();
        self.call(Some(&page), method, parameters).await
    }

    /// The newest worker whose program has this in its address.
    pub async fn worker(&mut self, program: &str) -> Worker {
        loop {
            if let Some(position) = self.workers.iter().rposition(|(url, _)| url.contains(program)) {
                return Worker(self.workers.remove(position).1);
            }
            self.receive().await;
        }
    }

    /// From now on the workers that a worker starts are known, too; those that it has come first.
    pub async fn attach_to_workers_of(&mut self, worker: &Worker) {
        let all = json!({ "autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true });
        self.call(Some(&worker.0), "Target.setAutoAttach", all).await;
    }

    /// A worker that was held runs on.
    pub async fn release(&mut self, worker: &Worker) {
        self.call(Some(&worker.0), "Runtime.runIfWaitingForDebugger", json!({})).await;
    }

    /// Runs a script in a worker, and returns its value or the error that it throws.
    pub async fn evaluate(&mut self, worker: &Worker, script: &str) -> Result<Value, String> {
        let expression = json!({ "expression": script, "returnByValue": true });
        let mut outcome = self.call(Some(&worker.0), "Runtime.evaluate", expression).await;
        match outcome.get("exceptionDetails") {
            Some(details) => Err(details["exception"]["description"].to_string()),
            None => Ok(outcome["result"]["value"].take()),
        }
    }

    /// Bytes that a worker's program has for its memory. They never become fewer.
    pub async fn wasm_memory(&mut self, worker: &Worker) -> u64 {
        let prototype = json!({ "expression": "WebAssembly.Memory.prototype" });
        let prototype = self.call(Some(&worker.0), "Runtime.evaluate", prototype).await;
        let all = json!({ "prototypeObjectId": prototype["result"]["objectId"] });
        let all = self.call(Some(&worker.0), "Runtime.queryObjects", all).await;
        let add_up = "function() { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }";
        let sum = json!({
            "objectId": all["objects"]["objectId"], "functionDeclaration": add_up, "returnByValue": true,
        });
        let sum = self.call(Some(&worker.0), "Runtime.callFunctionOn", sum).await;
        sum["result"]["value"].as_u64().expect("a number of bytes")
    }

    async fn call(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        self.last_call += 1;
        let id = self.last_call;
        let mut call = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            call["sessionId"] = session.into();
        }
        self.socket.send(Message::text(call.to_string())).await.expect("the browser listens");
        loop {
            let mut message = self.receive().await;
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
        }
    }

    async fn receive(&mut self) -> Value {
        loop {
            let received = timeout(PATIENCE, self.socket.next()).await.expect("the browser answers");
            let Message::Text(message) = received.expect("the browser runs").expect("an open connection") else {
                continue;
            };
            let message: Value = serde_json::from_str(&message).expect("JSON");
            let told = &message["params"];
            if message["method"] == "Target.attachedToTarget" && told["targetInfo"]["type"] == "worker" {
                self.workers.push((text(&told["targetInfo"]["url"]), text(&told["sessionId"])));
            }
            return message;
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
