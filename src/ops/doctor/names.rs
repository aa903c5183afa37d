//! What the DNS says of the school's domains and of the gateway's own name. Findings only warn: the records belong to whoever
//! runs the domain, and a smarthost may make some of them needless. Two SPF records, though, make both void.

use std::future::Future;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::RData;

use super::Finding;
use crate::base::Domain;
use crate::config::{Config, NextHop};
use crate::ops::remedy::Fault;

/// Time for one question, all tries together.
const QUESTION_TIME: Duration = Duration::from_secs(5);

/// The DNS gives no answer at all.
struct Offline;

/// Asks for every record that mail leans on; one line if there is no DNS to ask.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    match ask(config).await {
        Ok(findings) => findings,
        Err(Offline) => vec![Finding::warn(
            "dns",
            Fault::new(
                "the records of the school's domains could not be looked up",
                "see that this machine reaches a name server (`resolvectl status`, /etc/resolv.conf)",
            ),
        )],
    }
}

async fn ask(config: &Config) -> Result<Vec<Finding>, Offline> {
    let resolver = resolver().ok_or(Offline)?;
    let mut findings = Vec::new();
    for domain in &config.school.domains {
        findings.push(mx(&resolver, domain).await?);
        findings.push(spf(&resolver, domain).await?);
        findings.push(dmarc(&resolver, domain).await?);
    }
    findings.push(hostname(&resolver, config).await?);
    Ok(findings)
}

fn resolver() -> Option<TokioResolver> {
    let mut builder = TokioResolver::builder_tokio().ok()?;
    builder.options_mut().timeout = Duration::from_secs(2);
    builder.options_mut().attempts = 1;
    builder.build().ok()
}

/// Asks one question; no such record is an empty answer.
async fn records(question: impl Future<Output = Result<Lookup, NetError>>) -> Result<Vec<RData>, Offline> {
    match tokio::time::timeout(QUESTION_TIME, question).await {
        Ok(Ok(answer)) => Ok(answer.answers().iter().map(|record| record.data.clone()).collect()),
        Ok(Err(error)) if error.is_no_records_found() => Ok(Vec::new()),
        Ok(Err(_)) | Err(_) => Err(Offline),
    }
}

/// A name from its root, so that no search domain is tried behind it.
fn whole(name: &str) -> String {
    format!("{name}.")
}

async fn mx(resolver: &TokioResolver, domain: &Domain) -> Result<Finding, Offline> {
    let answer = records(resolver.mx_lookup(whole(domain.as_str()))).await?;
    let hosts: Vec<String> = answer
        .iter()
        .filter_map(|data| match data {
            RData::MX(mx) => Some(mx.exchange.to_utf8().trim_end_matches('.').to_owned()),
            _ => None,
        })
        .collect();
    let name = format!("mx of {domain}");
    if hosts.is_empty() {
        let fault =
            Fault::new("there is no MX record", "replies and reports reach nobody; publish the MX of the school's mail provider");
        return Ok(Finding::warn(name, fault));
    }
    Ok(Finding::ok(name, hosts.join(", ")))
}

/// The TXT records of a name that begin with a word.
async fn texts(resolver: &TokioResolver, name: String, begins: &str) -> Result<Vec<String>, Offline> {
    let answer = records(resolver.txt_lookup(name)).await?;
    let texts = answer.iter().filter_map(|data| match data {
        RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
        _ => None,
    });
    Ok(texts.filter(|text| text.to_ascii_lowercase().starts_with(begins)).collect())
}

/// RFC 7208: one record, and it ends in saying what holds for everybody else.
async fn spf(resolver: &TokioResolver, domain: &Domain) -> Result<Finding, Offline> {
    let found = texts(resolver, whole(domain.as_str()), "v=spf1").await?;
    Ok(judge_spf(&format!("spf of {domain}"), &found))
}

fn judge_spf(name: &str, found: &[String]) -> Finding {
    match found {
        [] => Finding::warn(
            name,
            Fault::new(
                "there is no SPF record",
                "publish a TXT record \"v=spf1 include:… ~all\" with what the upstream's guide says",
            ),
        ),
        [one] if one.to_ascii_lowercase().contains("+all") => {
            Finding::bad(name, Fault::new("it ends in +all: everyone may send as the school", "end it in ~all or -all"))
        }
        [one] => Finding::ok(name, one.chars().filter(|c| !c.is_control()).take(200).collect::<String>()),
        _ => Finding::bad(
            name,
            Fault::new(format!("there are {} SPF records, so none of them counts (RFC 7208)", found.len()), "join them into one"),
        ),
    }
}

async fn dmarc(resolver: &TokioResolver, domain: &Domain) -> Result<Finding, Offline> {
    let found = texts(resolver, whole(&format!("_dmarc.{domain}")), "v=dmarc1").await?;
    let name = format!("dmarc of {domain}");
    Ok(match found.as_slice() {
        [one] => Finding::ok(name, one.chars().filter(|c| !c.is_control()).take(200).collect::<String>()),
        [] => Finding::warn(
            name,
            Fault::new(
                "there is no DMARC record",
                format!("publish a TXT record at _dmarc.{domain}: \"v=DMARC1; p=none; rua=mailto:…\""),
            ),
        ),
        _ => Finding::warn(name, Fault::new("there are several DMARC records, so none counts (RFC 7489)", "keep one")),
    })
}

/// The gateway's name has an address; and where mail leaves straight to the MX of others, the address has that name too.
async fn hostname(resolver: &TokioResolver, config: &Config) -> Result<Finding, Offline> {
    let hostname = &config.school.hostname;
    let name = format!("address of {hostname}");
    let answer = records(resolver.ipv4_lookup(whole(hostname.as_str()))).await?;
    let Some(address) = answer.iter().find_map(RData::ip_addr) else {
        let fault =
            Fault::new("the name has no address in the DNS", "publish an A record, so that clients and other servers find it");
        return Ok(Finding::warn(name, fault));
    };
    if !config.routes.values().any(|route| matches!(route.next_hop, NextHop::Mx { .. })) {
        return Ok(Finding::ok(name, address.to_string()));
    }
    let back = records(resolver.reverse_lookup(address)).await?;
    let is_back =
        back.iter().any(|data| matches!(data, RData::PTR(ptr) if ptr.0.to_utf8().trim_end_matches('.') == hostname.as_str()));
    Ok(if is_back {
        Finding::ok(name, format!("{address}, and back"))
    } else {
        let fault = Fault::new(
            format!("{address} does not lead back to the name, and a route goes straight to MX hosts, many of which refuse that"),
            "ask whoever owns the address for a PTR record, or send by a smarthost",
        );
        Finding::warn(name, fault)
    })
}

#[cfg(test)]
mod tests {
    use super::judge_spf;
    use crate::ops::doctor::Verdict;

    #[test]
    fn one_spf_record_counts_two_do_not() {
        let record = |text: &str| text.to_owned();
        assert_eq!(judge_spf("spf", &[]).verdict, Verdict::Warn);
        assert_eq!(judge_spf("spf", &[record("v=spf1 include:_spf.example ~all")]).verdict, Verdict::Ok);
        assert_eq!(judge_spf("spf", &[record("v=spf1 +all")]).verdict, Verdict::Bad);
        assert_eq!(judge_spf("spf", &[record("v=spf1 -all"), record("v=spf1 ~all")]).verdict, Verdict::Bad);
    }
}
