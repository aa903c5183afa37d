use super::data_file;
use crate::extract::contents::{Spot, Trait};
use crate::extract::read::corpus_tests::{opened, said};

#[test]
fn text_tables_and_attributes_are_read() {
    let page = "<html><head><title>Class 7B</title><meta name=author content=Ann></head><body><p>Shown <span style='display:none'>unseen</span></p>\
        <table><tr><th>Name<th>Born</tr><tr><td>Ada<br>Lee<td>2014</table><form><input name=upn value=L810><input type=hidden name=id value=7>\
        </form><!-- remark --></body></html>";
    let file = &opened("a.html", page.as_bytes())[0];
    assert!(said(file, Spot::Body).contains("Name|Born/Ada Lee|2014"));
    assert!(said(file, Spot::Body).contains("Shown") && !said(file, Spot::Body).contains("unseen"));
    assert!(said(file, Spot::Hidden).contains("unseen") && said(file, Spot::Hidden).contains("remark"));
    assert_eq!(said(file, Spot::Property), "title= Class 7B\nauthor= Ann");
    assert_eq!(said(file, Spot::FormField), "upn= L810");
    assert!(file.traits.is_empty());
    let latin = b"<meta charset=windows-1252><p>Zo\xeb";
    assert_eq!(said(&opened("a.html", latin)[0], Spot::Body), "Zoë");
}

#[test]
fn what_acts_is_marked() {
    for page in [
        "<script>var b = new Blob([atob('aGk=')]);</script>",
        "<script src='x.js'></script>",
        "<p onclick=go()>x",
        "<a href=' java\nscript:go()'>x</a>",
        "<meta http-equiv=refresh content='0;url=http://example.com'>",
        "<form action='data:text/html,x'>",
        "<iframe srcdoc='x'></iframe>",
        "<object data=x></object>",
        "<body ONLOAD='x'>",
    ] {
        assert!(opened("a.html", page.as_bytes())[0].traits.contains(&Trait::ActiveHtml), "{page}");
    }
    let svg = b"<svg xmlns='x'><text>Ada</text><text>Bo</text><script>go()</script></svg>";
    let file = &opened("a.svg", svg)[0];
    assert!(file.traits.contains(&Trait::ActiveHtml));
    assert!(
        said(file, Spot::Body).contains("Ada")
            && said(file, Spot::Body).contains("Bo")
            && !said(file, Spot::Body).contains("AdaBo")
    );
    for page in ["<p>x</p>", "<a href='https://example.com'>x</a>", "<a href='data:image/png;base64,aGk='>x</a>"] {
        assert!(opened("a.html", page.as_bytes())[0].traits.is_empty(), "{page}");
    }
    assert!(opened("a.html", b"<p><img src=https://example.com/x>")[0].traits.contains(&Trait::RemoteContent));
}

#[test]
fn files_in_addresses_are_files() {
    let found = opened("a.html", b"<p><a download='list.csv' href='data:text/csv;base64,TmFtZSxVUE4KQWRhLDEK'>x</a>");
    assert_eq!((found[1].name(), said(&found[1], Spot::Body).as_str()), ("list.csv", "Name|UPN/Ada|1"));
    assert!(found[0].traits.contains(&Trait::EmbeddedObject));
    assert_eq!(data_file("data:image/png;base64,aGk="), None);
    assert_eq!(data_file("data:text/plain,x"), None);
}
