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
         for diwali; leave for yom kippur; leave for passover; leave for hajj; going on hajj; umrah; christened; confirmation \
         class; prays at; prayers at; friday prayers; jummah; quran class; madrasa; madrassa; sunday school; wears a hijab; \
         wears a turban; wears a kippah; wears a cross; wears a kara; wears a niqab; fasting this; is fasting; will be \
         fasting; keeps kosher; eats halal; observes shabbat; observes the sabbath; celebrates diwali; celebrates eid; \
         celebrates hanukkah; celebrates vaisakhi; does not celebrate christmas; doesn't celebrate christmas; devout; born \
         again; lapsed catholic; converted to; attends the local church; attends the local mosque; attends temple; attends \
         mass; of no religion; has no religion; religion is; faith is",
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
         campaigning for the; canvassing for; local party branch; extinction rebellion; just stop oil; voted labour; voted \
         conservative; voted tory; voted reform; voted for reform; votes labour; votes conservative; is a labour; is a \
         conservative; is a tory; is a liberal democrat; is a lib dem; is a green party; is a socialist; is a communist; is a \
         marxist; far-right views; far right views; political activist; climate activist; member of the lib dems; member of \
         the liberal democrats; member of the tories; member of plaid; member of momentum; member of the socialist; local \
         councillor for; parliamentary candidate; canvassed for; leafleting for; supports the bnp; supports the edl; supports \
         reform; supporter of the",
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
    (
        Kind::TradeUnion,
        Force::Telling,
        "voted for the strike; voted to strike; will be striking; is striking; taking strike action; is in the union; is in \
         the neu; member of the neu; member of nasuwt; member of the nasuwt; member of unison; member of gmb; member of the \
         gmb; member of naht; member of ascl; member of unite; is the neu rep; is the nasuwt rep; is the unison rep; joined \
         the union; pays union; health and safety rep for the; union health and safety",
    ),
];
