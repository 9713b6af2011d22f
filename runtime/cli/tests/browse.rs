//! `maglev browse` by HTTP requests: its pages, what it refuses, and that a text of the repository stays a text.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A server that ends with the test.
struct Server {
    process: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn start(folder: &std::path::Path) -> Server {
    let program = "Maglev[:list] = [1, +'<script>alert(1)</script>', { a: [2.5] }]; Maglev.commit; Maglev[:list] << :more; Maglev.commit";
    let made = Command::new(env!("CARGO_BIN_EXE_maglev-ruby")).args(["--store"]).arg(folder).args(["-e", program]).status().expect("maglev-ruby");
    assert!(made.success());
    let mut process =
        Command::new(env!("CARGO_BIN_EXE_maglev")).args(["browse", "--store"]).arg(folder).stdout(Stdio::piped()).spawn().expect("maglev");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("stdout")).read_line(&mut line).expect("line");
    let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_string();
    Server { process, address }
}

impl Server {
    /// Status and text of the answer.
    fn ask(&self, method: &str, path: &str, host: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("connect");
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("request");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("answer");
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("status");
        (status, text)
    }

    fn page(&self, path: &str) -> String {
        let (status, text) = self.ask("GET", path, &self.address);
        assert_eq!(status, 200, "{path}: {text}");
        text
    }
}

/// The path behind the first link to an object that follows a text.
fn link_behind(page: &str, text: &str) -> String {
    let rest = page.split_once(text).unwrap_or_else(|| panic!("no {text} in {page}")).1;
    let from = rest.find("/object/").expect("a link");
    rest[from..].split('"').next().expect("a path").to_string()
}

#[test]
fn pages_show_the_repository_and_nothing_else() {
    let folder = std::env::temp_dir().join(format!("maglev-browse-{}", std::process::id()));
    let server = start(&folder);
    let root = server.page("/");
    assert!(root.contains("bytes of the log") && root.contains(":list"), "{root}");
    let list = server.page(&link_behind(&root, ":list"));
    assert!(list.contains("Array") && list.contains(":more"), "{list}");
    let text = server.page(&link_behind(&list, "<code>1</code>"));
    assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !text.contains("<script"), "{text}");
    assert!(server.page("/classes").contains("<td>Array</td><td class=n>2</td>"), "{}", server.page("/classes"));
    assert!(server.page("/history").contains("<p>2 commits</p>"));
    assert_eq!(server.ask("GET", "/object/999999", &server.address).0, 500);
    assert_eq!(server.ask("GET", "/other", &server.address).0, 404);
    assert_eq!(server.ask("POST", "/", &server.address).0, 405);
    assert_eq!(server.ask("GET", "/", "example.org").0, 403);
    drop(server);
    let _ = std::fs::remove_dir_all(&folder);
}
