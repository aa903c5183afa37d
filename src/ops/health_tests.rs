use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

async fn started(checks: Checks) -> (std::net::SocketAddr, Readiness, CancellationToken, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (ready, stop) = (Readiness::default(), CancellationToken::new());
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle();
    let pages = Pages { checks, ready: ready.clone(), metrics };
    let until = stop.clone();
    let task = tokio::spawn(async move { serve(listener, pages, until).await.unwrap() });
    (address, ready, stop, task)
}

async fn get_page(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut page = String::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut page)).await.unwrap().unwrap();
    page
}

#[tokio::test]
async fn healthz_is_200_only_if_every_part_works() {
    let well = Checks::default().with("store", || async { Ok(()) });
    let (address, ..) = started(well.clone()).await;
    let page = get_page(address, "/healthz").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("{\"part\":\"store\",\"ok\":true}\n"), "{page}");

    assert_eq!(ask(address).await, Ok(()));

    let ill = well.with("queue", || async { Err("the disk is full".to_owned()) });
    let (address, ..) = started(ill).await;
    let page = get_page(address, "/healthz").await;
    assert!(page.starts_with("HTTP/1.1 503"), "{page}");
    assert!(ask(address).await.unwrap_err().contains("the disk is full"));
    assert!(page.contains("{\"part\":\"queue\",\"ok\":false,\"why\":\"the disk is full\"}\n"), "{page}");
}

#[tokio::test]
async fn a_check_that_hangs_or_breaks_is_a_part_that_does_not_work() {
    let checks = Checks::default()
        .with("hung", std::future::pending)
        .with("broken", || async { panic!("on purpose") })
        .with("well", || async { Ok(()) });
    let parts = checks.look_within(Duration::from_millis(100)).await;
    assert_eq!(parts.iter().map(|part| part.ok).collect::<Vec<_>>(), [false, false, true]);
    assert!(parts[0].why.as_deref().unwrap().contains("no answer"));
}

#[tokio::test]
async fn readyz_follows_the_gateway() {
    let (address, ready, ..) = started(Checks::default()).await;
    assert!(get_page(address, "/readyz").await.starts_with("HTTP/1.1 503"));
    ready.set(true);
    assert!(get_page(address, "/readyz").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn metrics_are_shown_and_other_pages_say_where_to_look() {
    let (address, ..) = started(Checks::default()).await;
    assert!(get_page(address, "/metrics").await.contains("text/plain; version=0.0.4"));
    let page = get_page(address, "/").await;
    assert!(page.starts_with("HTTP/1.1 404") && page.contains("/healthz"), "{page}");
}

#[tokio::test]
async fn it_stops_when_told_to() {
    let (address, _, stop, task) = started(Checks::default()).await;
    get_page(address, "/readyz").await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), task).await.unwrap().unwrap();
    assert!(ask(address).await.is_err());
}

#[tokio::test]
async fn a_crowd_of_silent_clients_does_not_open_more_than_there_is_room_for() {
    let (address, ..) = started(Checks::default()).await;
    let mut crowd = Vec::new();
    for _ in 0..CONNECTIONS {
        crowd.push(TcpStream::connect(address).await.unwrap());
    }
    let mut late = TcpStream::connect(address).await.unwrap();
    late.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0];
    assert!(tokio::time::timeout(Duration::from_millis(300), late.read(&mut byte)).await.is_err(), "one too many was served");
    crowd.clear();
    tokio::time::timeout(Duration::from_secs(5), late.read(&mut byte)).await.unwrap().unwrap();
    assert_eq!(&byte, b"H");
}
