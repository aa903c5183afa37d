use super::read;
use crate::base::limits;

fn parameters(value: &str) -> Vec<(String, String)> {
    read(value.as_bytes()).parameters.into_iter().map(|p| (p.name, String::from_utf8_lossy(&p.value).into_owned())).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn parameters_keep_their_order_and_the_first_of_a_name_counts() {
    let read = read(b"a/b; Z=1; y=2; z=3; y*=''4");
    let found: Vec<_> = read.parameters.iter().map(|p| (p.name.as_str(), p.value.as_slice())).collect();
    assert_eq!(found, [("z", b"1".as_slice()), ("y", b"4")]);
    assert_eq!(read.repeated, ["z"]);
}

#[test]
fn separators_in_quotes_and_comments_separate_nothing() {
    assert_eq!(parameters("a/b; x=\"1;2=3\" (;c=d); y=\"\\\"\""), pairs(&[("x", "1;2=3"), ("y", "\"")]));
    assert_eq!(parameters("a/b; x (c (d) \\) e) = 1 ; ; y"), pairs(&[("x", "1")]));
    assert_eq!(parameters("a/b; x=\"1; y=2"), pairs(&[("x", "1; y=2")]));
    assert_eq!(parameters("a/b; x=1 (; y=2"), pairs(&[("x", "1")]));
}

#[test]
fn pieces_are_joined_by_number_whatever_their_order() {
    assert_eq!(parameters("a; t*2=c; t*0=a; t*10=d; t*1=b"), pairs(&[("t", "abcd")]));
    assert_eq!(parameters("a; t*0*=utf-8'en'%41%; t*1*=%4; t*2=%42"), pairs(&[("t", "A%%4%42")]));
    let read = read(b"a; t*0*=utf-8'en'%e4");
    assert_eq!((read.parameters[0].charset.as_deref(), read.parameters[0].value.as_slice()), (Some("utf-8"), b"\xe4".as_slice()));
}

#[test]
fn no_more_parameters_are_read_than_allowed() {
    let many: String = (0..limits::PARAMETERS + 5).map(|n| format!("; p{n}=v")).collect();
    let read = read(format!("a/b{many}").as_bytes());
    assert_eq!((read.parameters.len(), read.too_many), (limits::PARAMETERS, true));
}
