//! The figures of mining, printed by `cargo xtask bench pow`: our hashing loops natively, in Node.js and in Chromium, beside
//! the crate `sha2` and what npm offers.
//!
//! One thread each. Everybody hashes for a batch of about 25 ms, in turn, [`ROUNDS`] times; the best batch counts, because
//! noise only slows. Ratios are therefore of one machine in one run. The table's figures also go to a JSON file.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use serde::Serialize;
use tabchain_pow_bench::Contestant;
use tabchain_shared::pow::Algorithm;
use tabchain_tests::browser::{Browser, Tab};
use tower_http::services::ServeDir;

/// The issue that set the goals asks for 40 at least.
const ROUNDS: usize = 40;
const BATCH: Duration = Duration::from_millis(25);
/// What the program of a miner worker may weigh, bytes with brotli 11.
const MINER_GOAL: u64 = 20 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Native,
    Node,
    Chromium,
}

/// The best of one contestant.
#[derive(Debug, Serialize)]
struct Figure {
    place: Place,
    algorithm: String,
    name: String,
    hashes_per_second: f64,
}

/// A ratio that was promised.
#[derive(Debug, Serialize)]
struct Goal {
    what: String,
    at_least: f64,
    /// `None`: this machine cannot run one of the two.
    reached: Option<f64>,
}

#[tokio::main]
async fn main() {
    let mut native = Native::start();
    let mut node = NodeJs::start();
    let chromium = Chromium::start().await;
    let mut figures: Vec<Figure> = Vec::new();
    for (place, names) in
        [(Place::Native, native.names()), (Place::Node, node.names.clone()), (Place::Chromium, chromium.names.clone())]
    {
        figures.extend(names.into_iter().map(|(algorithm, name)| Figure {
            place,
            algorithm,
            name,
            hashes_per_second: 0.0,
        }));
    }
    for round in 1..=ROUNDS {
        eprint!("\rround {round} of {ROUNDS}");
        let rates = [native.round(), node.round(), chromium.round().await].concat();
        for (figure, rate) in figures.iter_mut().zip(rates) {
            figure.hashes_per_second = figure.hashes_per_second.max(rate);
        }
    }
    eprintln!();
    let goals = goals(&figures);
    print_table(&figures);
    print_goals(&goals);
    write_json(&figures, &goals);
}

struct Native(Vec<(Contestant, u32)>);

impl Native {
    fn start() -> Self {
        let with_count = |mut contestant: Contestant| {
            let mut count = 1;
            loop {
                // Twice, because the first may have been held up.
                let took = timed(&mut contestant, count).min(timed(&mut contestant, count));
                if took >= BATCH / 2 {
                    let scaled = f64::from(count) * BATCH.as_secs_f64() / took.as_secs_f64();
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
                    return (contestant, scaled.max(1.0) as u32);
                }
                count *= 2;
            }
        };
        Self(tabchain_pow_bench::contestants().into_iter().map(with_count).collect())
    }

    fn names(&self) -> Vec<(String, String)> {
        let name = |(one, _): &(Contestant, u32)| (one.algorithm.name().to_owned(), one.name.clone());
        self.0.iter().map(name).collect()
    }

    fn round(&mut self) -> Vec<f64> {
        let rate =
            |(contestant, count): &mut (Contestant, u32)| f64::from(*count) / timed(contestant, *count).as_secs_f64();
        self.0.iter_mut().map(rate).collect()
    }
}

fn timed(contestant: &mut Contestant, count: u32) -> Duration {
    let start = Instant::now();
    contestant.run(0, count);
    start.elapsed()
}

/// tests/pow-bench/web/node.mjs: a line in, a line of rates out.
struct NodeJs {
    process: Child,
    rounds: ChildStdin,
    lines: BufReader<ChildStdout>,
    names: Vec<(String, String)>,
}

impl NodeJs {
    fn start() -> Self {
        let mut process = Command::new("node")
            .args([web().join("node.mjs"), wasm(), packages()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js starts");
        let rounds = process.stdin.take().expect("piped");
        let lines = BufReader::new(process.stdout.take().expect("piped"));
        let mut node = Self { process, rounds, lines, names: Vec::new() };
        node.names = node.read();
        node
    }

    fn read<T: serde::de::DeserializeOwned>(&mut self) -> T {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("Node.js answers");
        serde_json::from_str(&line).expect("node.mjs prints JSON")
    }

    fn round(&mut self) -> Vec<f64> {
        writeln!(self.rounds).expect("Node.js listens");
        self.read()
    }
}

impl Drop for NodeJs {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// tests/pow-bench/web/index.html in a browser of its own.
struct Chromium {
    _browser: Browser,
    page: Tab,
    names: Vec<(String, String)>,
}

impl Chromium {
    async fn start() -> Self {
        let files = Router::new()
            .nest_service("/wasm", ServeDir::new(wasm()))
            .nest_service("/packages", ServeDir::new(packages()))
            .fallback_service(ServeDir::new(web()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, files).await });
        let browser = Browser::launch().await;
        let page = browser.open(&format!("http://{address}/")).await;
        let names = tabchain_tests::eventually("the page is ready", async || {
            page.evaluate("globalThis.names ?? null".to_owned()).await
        })
        .await;
        Self { _browser: browser, page, names }
    }

    async fn round(&self) -> Vec<f64> {
        self.page.evaluate("globalThis.round()".to_owned()).await.expect("the page answers within five seconds")
    }
}

/// The wasm and its glue, as `cargo xtask bench pow` built them.
fn wasm() -> PathBuf {
    std::env::var_os("POW_BENCH_WASM").expect("run this with `cargo xtask bench pow`").into()
}

/// Where npm installed its packages.
fn packages() -> PathBuf {
    std::env::var_os("POW_BENCH_PACKAGES").expect("run this with `cargo xtask bench pow`").into()
}

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pow-bench/web")
}

fn goals(figures: &[Figure]) -> Vec<Goal> {
    let rate = |place: Place, algorithm: &str, name: &str| {
        let figure =
            figures.iter().find(|figure| (figure.place, &*figure.algorithm, &*figure.name) == (place, algorithm, name));
        figure.map(|figure| figure.hashes_per_second)
    };
    let sha256d = |place, name| rate(place, "sha256d", name);
    // Elsewhere the crate computes with ordinary instructions.
    let sha_ni = sha256d(Place::Native, "sha2 midstate").filter(|_| has_sha_ni());
    let ratio = |what: &str, at_least: f64, ours: Option<f64>, theirs: Option<f64>| Goal {
        what: what.to_owned(),
        at_least,
        reached: ours.zip(theirs).map(|(ours, theirs)| ours / theirs),
    };
    let ours = sha256d(Place::Chromium, "simd128");
    let mut goals = vec![
        ratio("Chromium: sha256d to sha2 naive", 3.6, ours, sha256d(Place::Chromium, "sha2 naive, no SIMD")),
        ratio("Chromium: sha256d to sha2 midstate", 2.3, ours, sha256d(Place::Chromium, "sha2 midstate, no SIMD")),
        ratio("Chromium: sha256d to native AVX, 4 lanes", 0.8, ours, sha256d(Place::Native, "avx")),
        ratio("native: AVX2 to SHA-NI midstate", 1.3, sha256d(Place::Native, "avx2"), sha_ni),
        ratio("native: AVX-512 to SHA-NI midstate", 2.0, sha256d(Place::Native, "avx512"), sha_ni),
    ];
    for (place, where_to) in [(Place::Chromium, "Chromium"), (Place::Node, "node")] {
        for (algorithm, goal) in [(Algorithm::Scrypt, 5.0), (Algorithm::Argon2id, 5.0), (Algorithm::Blake3, 6.0)] {
            let name = algorithm.name();
            let [ours, theirs] = ["tabchain", "hash-wasm"].map(|contestant| rate(place, name, contestant));
            goals.push(ratio(&format!("{where_to}: {name} to hash-wasm"), goal, ours, theirs));
        }
    }
    goals
}

#[cfg(target_arch = "x86_64")]
fn has_sha_ni() -> bool {
    std::arch::is_x86_feature_detected!("sha")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_sha_ni() -> bool {
    false
}

fn print_table(figures: &[Figure]) {
    println!("\nHashes per second on one thread, best of {ROUNDS} batches of {} ms, taken in turn", BATCH.as_millis());
    for place in [Place::Native, Place::Node, Place::Chromium] {
        println!("\n  {place:?}");
        for algorithm in Algorithm::LIVE {
            let of_it =
                || figures.iter().filter(|figure| figure.place == place && figure.algorithm == algorithm.name());
            // What a ratio is to: the plainest program, as everybody compiles it.
            let plain = ["sha2 naive, no SIMD", "hash-wasm", "sha2 naive"];
            let reference = plain.iter().find_map(|name| of_it().find(|figure| figure.name == *name));
            for figure in of_it() {
                let Figure { name, hashes_per_second, .. } = figure;
                let ratio = reference
                    .map(|to| format!("{:>6.2} × {}", hashes_per_second / to.hashes_per_second, to.name))
                    .unwrap_or_default();
                println!("    {:<10} {name:<22} {:>12}   {ratio}", algorithm.name(), si(*hashes_per_second));
            }
        }
    }
}

fn si(rate: f64) -> String {
    match rate {
        1e6.. => format!("{:.2} MH/s", rate / 1e6),
        1e3.. => format!("{:.2} kH/s", rate / 1e3),
        _ => format!("{rate:.2} H/s"),
    }
}

fn print_goals(goals: &[Goal]) {
    println!("\nGoals");
    for Goal { what, at_least, reached } in goals {
        match reached {
            Some(reached) => {
                let verdict = if reached >= at_least { "reached" } else { "not reached" };
                println!("  {what:<44} {reached:>6.2}, goal {at_least:.1}: {verdict}");
            }
            None => println!("  {what:<44} this machine cannot tell"),
        }
    }
    for program in ["miner_worker_simd_bg.wasm.br", "miner_worker_bg.wasm.br"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist").join(program);
        let size = std::fs::metadata(file).expect("dist/ was built").len();
        let verdict = if size <= MINER_GOAL { "reached" } else { "not reached" };
        println!("  {program:<44} {size} bytes, goal {MINER_GOAL}: {verdict}");
    }
}

fn write_json(figures: &[Figure], goals: &[Goal]) {
    let file = wasm().with_file_name("pow.json");
    let json = serde_json::json!({ "rounds": ROUNDS, "figures": figures, "goals": goals });
    std::fs::write(&file, format!("{json:#}\n")).expect("target/ can be written to");
    println!("\nAll of it as JSON: {}", file.display());
}
