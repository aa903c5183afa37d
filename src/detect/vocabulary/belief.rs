//! Religion and belief, political opinions, trade-union membership (UK GDPR article 9). The unions are those of English schools. Feasts,
//! parties and unions are also news, lessons and dates, so most count only as said of a person.

use super::super::kind::Kind;
use super::{Force, Group};

pub(super) const WORDS: &[Group] = &[
    (
        Kind::Religion,
        Force::Telling,
        "leave for eid; time off for eid; absent for eid; celebrating eid; observing ramadan; fasting for ramadan; fasting \
         during ramadan; converted to islam; practising muslim; practising catholic; practising christian; practising jew; \
         jehovah's witness; jehovahs witness; religious observance; religious leave; withdrawn from re; withdraw from re; \
         withdrawn from collective worship; for religious reasons; religious grounds; bar mitzvah; bat mitzvah; first holy \
         communion; baptised; attends mosque; attends church; attends the mosque; attends synagogue; attends gurdwara; leave \
         for diwali; leave for yom kippur; leave for passover; leave for hajj; going on hajj; umrah",
    ),
    (
        Kind::Religion,
        Force::Weak,
        "muslim; christian; catholic; roman catholic; church of england; protestant; anglican; methodist; baptist; \
         pentecostal; evangelical; orthodox; jewish; hindu; sikh; buddhist; jain; pagan; atheist; agnostic; mormon; quaker; \
         rastafarian; plymouth brethren; eid; ramadan; hijab; halal; kosher; prayer room; faith",
    ),
    (
        Kind::Political,
        Force::Telling,
        "member of the labour party; member of the conservative party; member of reform; member of the green party; labour \
         party member; conservative party member; party membership; political views; political opinions; political beliefs; \
         labour councillor; conservative councillor; lib dem councillor; standing for labour; standing for the conservatives; \
         standing for the greens; standing for reform; standing as a candidate; stood as a candidate; campaigns for the; \
         campaigning for the; canvassing for; local party branch; extinction rebellion; just stop oil",
    ),
    (
        Kind::Political,
        Force::Weak,
        "labour; conservative; tory; lib dem; liberal democrat; green party; reform uk; socialist; communist; far-right; far \
         right; bnp; edl; plaid cymru",
    ),
    (
        Kind::TradeUnion,
        Force::Plain,
        "trade union; union rep; union representative; union member; union membership; union subs; union subscription; union \
         dues; union duties; union official; union steward; shop steward; neu; nasuwt; naht; ascl; unison; gmb; nut; voice \
         union; unite the union; edapt; facility time; neu rep; nasuwt rep; unison rep; strike action; on strike; picket line",
    ),
];
