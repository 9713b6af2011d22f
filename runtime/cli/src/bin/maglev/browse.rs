//! `maglev browse`: pages about a repository for a browser on the same machine. They are made anew for each request and change nothing.
//!
//! Invariant: nobody else is served: the server listens on the loopback address, and a page that another host name leads to is refused, so that
//! no other site's scripts read the repository. Everything that comes out of the repository is escaped.

use crate::repository::class_rows;
use crate::transfer;
use serde_json::Value;
use std::fmt::Write as _;
use store::{Backend, Oid, Repository};
use tiny_http::{Header, Method, Request, Response, Server};

/// Commits that the history shows.
const COMMITS: usize = 200;
/// Characters of a text that are shown, and elements of a collection.
const TEXT: usize = 2000;
const ELEMENTS: usize = 500;
const STYLE: &str = "body{font:15px/1.5 sans-serif;max-width:70em;margin:1em auto;padding:0 1em}table{border-collapse:collapse}\
td,th{border-bottom:1px solid #ddd;padding:.15em .8em;text-align:left;vertical-align:top}td.n{text-align:right}\
code{white-space:pre-wrap;overflow-wrap:anywhere}nav a{margin-right:1em}";

/// Serves until the process ends. Says where on stdout.
///
/// # Errors
/// When the port is taken.
pub fn serve(repository: &Repository, port: u16) -> Result<(), String> {
    let server = Server::http(("127.0.0.1", port)).map_err(|error| format!("port {port}: {error}"))?;
    let address = server.server_addr().to_ip().ok_or("no address")?;
    println!("http://{address}/");
    for request in server.incoming_requests() {
        let (status, page) = answer(repository, &request);
        let kind = Header::from_bytes("Content-Type", "text/html; charset=utf-8");
        let guard = Header::from_bytes("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
        let response = [kind, guard].into_iter().flatten().fold(Response::from_string(page).with_status_code(status), Response::with_header);
        // A browser that has gone does not end the server.
        drop(request.respond(response));
    }
    Ok(())
}

fn answer(repository: &Repository, request: &Request) -> (u16, String) {
    let host = request.headers().iter().find(|header| header.field.equiv("Host")).map(|header| header.value.as_str());
    let is_local = host.is_some_and(|host| matches!(host.rsplit_once(':').map_or(host, |(name, _)| name), "127.0.0.1" | "localhost"));
    if !is_local {
        return (403, page("Refused", "<p>This server answers to its own address only.</p>"));
    }
    if *request.method() != Method::Get {
        return (405, page("Refused", "<p>Nothing can be changed here.</p>"));
    }
    let made = match request.url() {
        "/" => overview(repository),
        "/classes" => classes(repository),
        "/history" => history(repository),
        url => match url.strip_prefix("/object/").and_then(|id| id.parse().ok()) {
            Some(id) => object(repository, Oid(id)),
            None => return (404, page("Not there", "<p>There is no such page.</p>")),
        },
    };
    match made {
        Ok((title, body)) => (200, page(&title, &body)),
        Err(error) => (500, page("Not read", &format!("<p>{}</p>", escape(&error)))),
    }
}

type Made = Result<(String, String), String>;

fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{title}</title><style>{STYLE}</style>\
         <nav><a href=/>Repository</a><a href=/object/1>Root</a><a href=/classes>Classes</a><a href=/history>History</a></nav><h1>{title}</h1>{body}</html>"
    )
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

/// A row of cells that are escaped already; numbers stand to the right.
fn row(cells: &[(bool, String)]) -> String {
    let cells: String = cells.iter().map(|(is_number, cell)| format!("<td{}>{cell}</td>", if *is_number { " class=n" } else { "" })).collect();
    format!("<tr>{cells}</tr>")
}

fn overview(repository: &Repository) -> Made {
    let stats = repository.stats().map_err(|error| error.to_string())?;
    let rows = [
        ("commits", stats.appended.0),
        ("on the disk", stats.durable.0),
        ("last checkpoint", stats.checkpoint.0),
        ("bytes of the log", stats.log_bytes),
        ("table pages", stats.table_pages),
        ("sessions", stats.sessions),
    ];
    let rows: String = rows.iter().map(|(name, value)| row(&[(false, (*name).to_string()), (true, value.to_string())])).collect();
    let (_, root) = object(repository, Oid(1))?;
    Ok(("Repository".to_string(), format!("<table>{rows}</table><h2>Root</h2>{root}")))
}

fn classes(repository: &Repository) -> Made {
    let (_, objects, rows) = class_rows(repository, &mut |_| ())?;
    let rows: String =
        rows.iter().map(|(bytes, objects, class)| row(&[(false, escape(class)), (true, objects.to_string()), (true, bytes.to_string())])).collect();
    Ok(("Classes".to_string(), format!("<p>{objects} objects</p><table><tr><th>class<th>objects<th>bytes</tr>{rows}</table>")))
}

fn history(repository: &Repository) -> Made {
    let commits = repository.history().map_err(|error| error.to_string())?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let rows: String = commits
        .iter()
        .rev()
        .take(COMMITS)
        .map(|commit| {
            let ago = if commit.seconds == 0 { "?".to_string() } else { now.saturating_sub(u64::from(commit.seconds)).to_string() };
            let numbers = [commit.epoch.0.to_string(), ago, commit.written.to_string(), commit.removed.to_string(), commit.bytes.to_string()];
            row(&numbers.map(|number| (true, number)))
        })
        .collect();
    let head = "<tr><th>commit<th>seconds ago<th>written<th>removed<th>bytes</tr>";
    Ok(("History".to_string(), format!("<p>{} commits</p><table>{head}{rows}</table>", commits.len())))
}

fn object(repository: &Repository, oid: Oid) -> Made {
    let mut session = repository.session().map_err(|error| error.to_string())?;
    session.keeps_nothing();
    session.begin().map_err(|error| error.to_string())?;
    let record = session.read(oid).map_err(|error| error.to_string())?.ok_or_else(|| format!("there is no object {oid}"))?;
    let mut body = format!("<p>written by commit {}, {} bytes, {} references</p><table>", record.epoch, record.body.len(), record.refs.len());
    for (name, value) in transfer::line_of(&record).as_object().into_iter().flatten() {
        body.push_str(&row(&[(false, escape(&name.replace('_', " "))), (false, shown(name, value))]));
    }
    body.push_str("</table>");
    Ok((format!("Object {oid}"), body))
}

fn link(id: &Value) -> String {
    let id = escape(&id.to_string());
    format!("<a href=\"/object/{id}\">#{id}</a>")
}

/// A value of an object's line; references are links.
fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::Array(list) if name == "refs" => list.iter().take(ELEMENTS).map(|id| link(id) + " ").collect(),
        Value::Array(list) => {
            let mut items: String = list.iter().take(ELEMENTS).map(|item| row(&[(false, pair(item))])).collect();
            if list.len() > ELEMENTS {
                let _ = write!(items, "<tr><td>and {} more</tr>", list.len() - ELEMENTS);
            }
            format!("<table>{items}</table>")
        }
        Value::Object(fields) => match (fields.get("ref"), fields.get("symbol"), fields.get("name")) {
            (Some(id), ..) => link(id),
            (_, Some(symbol), _) => format!("<code>:{}</code>", escape(symbol.as_str().unwrap_or_default())),
            (.., Some(name)) => format!("<code>{}</code>", escape(name.as_str().unwrap_or_default())),
            _ => format!("<code>{}</code>", escape(&value.to_string())),
        },
        Value::String(text) => {
            let cut: String = text.chars().take(TEXT).collect();
            format!("<code>{}{}</code>", escape(&cut), if cut.len() < text.len() { " ..." } else { "" })
        }
        other => format!("<code>{}</code>", escape(&other.to_string())),
    }
}

/// A key and its value, or an element.
fn pair(item: &Value) -> String {
    match item.as_array().map(Vec::as_slice) {
        Some([key, value]) => format!("{} &rarr; {}", shown("", key), shown("", value)),
        _ => shown("", item),
    }
}
