use super::{Spot, compose, view};

const NOTICE: &str = "<p>Kept in confidence.</p>";

/// The text with the notice at its end.
fn at_end(html: &str) -> String {
    let (found, _) = view(html).unwrap();
    let spot = found.end;
    [&html[..spot.at], &compose(html, &spot, NOTICE, 0), &html[spot.at..]].concat()
}

fn is_shown(html: &str) -> bool {
    view(html).unwrap().0.own.contains(&super::folded(NOTICE))
}

#[test]
fn the_notice_stands_before_the_end_of_the_body_and_is_seen() {
    for (html, before, after) in [
        ("<html><body><p>a</p></body></html>", "<p>a</p>", "</body></html>"),
        ("<p>a</p>", "<p>a</p>", ""),
        ("a", "a", ""),
        ("", "", ""),
        ("<body>a</body><body>b</body>", "b", "</body>"),
        ("<body>a</body></html>\r\n<p>b</p>", "<p>b</p>", ""),
        ("<body>a<!-- </body> --></body>", "-->", "</body>"),
        ("<body>a</BODY ><!-- x --></html >\r\n", "a", "</BODY ><!-- x --></html >\r\n"),
        ("<body>a<script>'</body>'</script>b</body>", "b", "</body>"),
        ("<body>a<a title='</body>'>b</a></body>", "</a>", "</body>"),
        ("<title></body></title><body>a</body>", "a", "</body>"),
        ("<body>a<textarea></body></textarea></body>", "</textarea>", "</body>"),
        ("<body>a<!--[if mso]></body><![endif]--></body>", "-->", "</body>"),
        ("<body>a<noscript>b</body></noscript>", "</noscript>", ""),
        ("a<!-- never ends </body></html>", "a", "<!-- never ends </body></html>"),
        ("a<style>p{} </body></html>", "a", "<style>p{} </body></html>"),
        ("a<script>x</body>", "a", "<script>x</body>"),
        ("a<title>x</body>", "a", "<title>x</body>"),
        ("a<plaintext>x</body>", "a", "<plaintext>x</body>"),
        ("a<a href=\"x</body></html>", "a", "<a href=\"x</body></html>"),
        ("a<? never ends </body", "a", "<? never ends </body"),
        ("a</", "a", "</"),
        ("a<noframes>x</body>", "a", "<noframes>x</body>"),
        ("a\r\n\r\nb\r\n<b\r\nclass", "b\r\n", "<b\r\nclass"),
    ] {
        let edited = at_end(html);
        let start = edited.find("<div\r\n").unwrap();
        let end = edited.find("</div>\r\n").unwrap() + 8;
        assert!(edited[..start].ends_with(before) && &edited[end..] == after, "{html} became {edited}");
        assert!(is_shown(&edited), "{edited}");
    }
}

#[test]
fn what_is_open_is_closed_first() {
    for (html, closing) in [
        ("<div style='display: none'>x", "</div>"),
        ("<div hidden><table><tr><td></div>x</body>", "</td></tr></table></div>"),
        ("<div hidden><b></div><i>x", "</i></b>"),
        ("<b><div hidden></b>x", "</div>"),
        ("<form><div hidden></form>x", "</div>"),
        ("<span><div hidden></span>x", "</div></span>"),
        ("<div hidden><select></div>x", "</select></div>"),
        ("<span hidden><p>x", "</p></span>"),
        ("<template>x", "</template>"),
        ("<span hidden><form></span>x", "</form></span>"),
        ("<p><div hidden></p>x", "</div>"),
        ("<p hidden><form hidden><dd>x", "</dd></form>"),
        ("<span hidden><td><dd></td>x", "</dd></span>"),
        ("<noscript><p hidden></noscript>x", "</p></noscript>"),
        ("<p>x<p>y", ""),
        ("<ul><li>x<li>y</ul>", ""),
        ("<table><tr><td>x<tr><td>y</table>", ""),
        ("<h1>x</h2>", ""),
        ("<div>x</div></div></div>", ""),
    ] {
        let (found, _) = view(html).unwrap();
        assert_eq!(found.end.closing, closing, "{html}");
        assert!(is_shown(&at_end(html)), "{html}");
    }
}

#[test]
fn a_notice_that_nobody_sees_does_not_count() {
    for html in [
        "<div style='Display:\tNONE'>{}</div>",
        "<p hidden>{}</p>",
        "<title>{}</title>",
        "<!-- {} -->",
        "<style>{}</style>",
        "<template>{}</template>",
        "<div style='font-size:0px'>{}</div>",
        "<div style='opacity:0'>{}</div>",
        "<div style='mso-hide:all'>{}</div>",
        "<textarea>{}</textarea>",
        "<details>{}</details>",
    ] {
        assert!(!is_shown(&html.replace("{}", "Kept in confidence.")), "{html}");
    }
    assert!(is_shown("<div style='font-size:0.9em;opacity:0.8'>Kept&nbsp;in <b>confi</b>dence&#46;</div>"));
}

#[test]
fn what_is_quoted_is_told_from_what_is_written() {
    for html in [
        "hello<div class='gmail_quote'>{}</div>",
        "hello<blockquote type='CITE'>{}</blockquote>",
        "hello<hr><div id='divRplyFwdMsg'><b>From:</b> x</div><p>{}</p>",
        "hello<div style='border:none;border-top:solid #E1E1E1 1.0pt'><b>Von:</b> x</div><p>{}</p>",
        "<p>hello</p><p>-----Original Message-----<br>{}",
        "hello<div class='yahoo_quoted'>{}</div>",
    ] {
        let html = html.replace("{}", "Kept in confidence.");
        let (found, _) = view(&html).unwrap();
        assert!(!found.own.contains(&super::folded(NOTICE)) && found.quoted.contains(&super::folded(NOTICE)), "{html}");
        assert!(found.above.is_some_and(|spot| html[..spot.at].contains("hello")), "{html}");
        assert!(is_shown(&at_end(&html)), "{html}");
    }
}

#[test]
fn above_a_quote_is_before_its_attribution() {
    for (html, rest) in [
        ("<p>a</p><div>On 1 May 2026 B wrote:</div><br><blockquote type=cite>x</blockquote>", "<div>On 1"),
        (
            "<p>a</p><div class='moz-cite-prefix'>On 1 May, B wrote:<br></div><blockquote type=cite>x</blockquote>",
            "<div class='moz",
        ),
        ("<p>a</p><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><b>From:</b> x</div>", "<div id='appendonsend'"),
        ("a<blockquote type=cite>x</blockquote><div class='moz-signature'>B</div>", "<blockquote"),
    ] {
        let (found, _) = view(html).unwrap();
        let above = found.above.unwrap();
        assert!(html[above.at..].starts_with(rest), "{html}: {}", &html[above.at..]);
    }
    for html in ["a<blockquote type=cite>x</blockquote>b", "<table><tr><blockquote type=cite>x</blockquote>", "a<blockquote>x"] {
        assert_eq!(view(html).unwrap().0.above, None, "{html}");
    }
}

#[test]
fn no_line_is_too_long() {
    for notice in
        ["word ".repeat(1000), "\u{6587}".repeat(900), format!("<a title='{}'>x</a>", "y ".repeat(300)), "<b>x</b>".repeat(400)]
    {
        let spot = Spot::default();
        let composed = super::super::charset::referenced(&compose("", &spot, &notice, 0));
        assert!(composed.lines().all(|line| line.len() <= 998), "{composed}");
        assert_eq!(super::folded(&composed), super::folded(&notice));
    }
}

#[test]
fn frames_hold_no_notice() {
    assert!(view("<html><frameset><frame src=x></frameset></html>").is_err());
}
