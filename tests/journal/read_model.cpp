#include "engine/journal/read_model.hpp"

#include <filesystem>
#include <fstream>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "engine/journal/json_text.hpp"
#include "engine/journal/sqlite.hpp"
#include "tests/journal/random_events.hpp"
#include "tests/journal/temp_dir.hpp"
#include "tests/paths.hpp"

using namespace triaged;
using namespace triaged::test;
using journal::ReadModel;
using journal::sqlite::Database;

namespace {

constexpr RulebookId book{0x1122334455667788};
constexpr Instant start{1'790'000'000'000};

/// Events in order, one second apart.
class History {
public:
    History& then(Happening what)
    {
        const Seq seq = events_.size() + 1;
        events_.push_back({seq, start + std::chrono::seconds(seq), std::move(what)});
        return *this;
    }
    const std::vector<Event>& events() const { return events_; }

private:
    std::vector<Event> events_;
};

Contact a_contact(std::string ref, std::string body = "It is broken")
{
    Contact contact{
        "shop", std::move(ref), Channel::email, start, CustomerId{"c-7"}, "Help \"me\"", std::move(body), {}};
    contact.facts.set("order.value", 129.9);
    return contact;
}

TicketRouted routed(TicketId ticket, std::string queue)
{
    TicketRouted event{ticket, {}, {{"returns", 3}}, start, Instant::max()};
    event.routing = Routing{
        book, {}, "damaged", {"fragile"}, Priority::high, "gold", {}, "phone", QueueName{std::move(queue)},
        {}};
    event.routing.trace.fired = {0, 2};
    event.routing.trace.near = {{1, 4}};
    event.routing.trace.lost = {{2, 0, "priority"}};
    return event;
}

History with_rulebook()
{
    return History().then(RulebookAdopted{
        book, "11223344556677889900", {"smashed", "late", "default"}, {{"rules/a.yaml", "stage: route"}}});
}

History opened_and_routed()
{
    return with_rulebook()
        .then(TicketOpened{TicketId{1}, a_contact("r-1"), {}})
        .then(routed(TicketId{1}, "returns"));
}

/// A whole life: offered, declined, offered again, accepted, joined by a contact, escalated and completed.
History whole_life()
{
    TicketEscalated escalated{TicketId{1}, book, 1,    Priority::urgent, QueueName{"leads"}, {}, {"hot"},
                              {"lead-1"},  "",   start};
    return opened_and_routed()
        .then(AgentSignedIn{AgentId{"ana"}, "Ana", {{"returns", 4}}, 4})
        .then(OfferMade{
            TicketId{1}, AgentId{"ana"}, 1, start + std::chrono::seconds(90), {{AgentId{"bob"}, "load"}}})
        .then(OfferDeclined{TicketId{1}, AgentId{"ana"}, "lunch"})
        .then(escalated)
        .then(OfferMade{TicketId{1}, AgentId{"bob"}, 1, start + std::chrono::seconds(90), {}})
        .then(OfferAccepted{TicketId{1}, AgentId{"bob"}})
        .then(ContactJoined{TicketId{1}, a_contact("r-2", "Hello?")})
        .then(TicketCompleted{TicketId{1}, AgentId{"bob"}, "refunded"});
}

std::unique_ptr<ReadModel> opened(const std::string& path)
{
    auto model = ReadModel::open(path);
    INFO((model ? std::string() : model.error().message));
    REQUIRE(model);
    return std::move(*model);
}

std::string shown(const std::string& path, const History& history)
{
    const auto model = opened(path);
    const auto applied = model->apply(history.events());
    INFO((applied ? std::string() : applied.error().message));
    REQUIRE(applied);
    return path;
}

/// The rows of `sql`, columns joined by `|`, rows by a newline, as the sqlite3 shell prints them.
std::string rows_of(const std::string& path, const std::string& sql)
{
    auto database = Database::open(path, Database::Open::existing);
    REQUIRE(database);
    auto statement = database->prepare(sql);
    INFO((statement ? std::string() : statement.error().message));
    REQUIRE(statement);
    std::string text;
    while (statement->step() == SQLITE_ROW) {
        if (!text.empty()) text += '\n';
        for (int column = 0; column < statement->columns(); ++column)
            text += (column > 0 ? "|" : "") + std::string(statement->bytes(column));
    }
    return text;
}

}  // namespace

TEST_CASE("a ticket that was abandoned says so, until its customer is back", "[journal]")
{
    const TempDir dir;
    auto history = opened_and_routed();
    const auto sql = "SELECT phase, outcome, callback_number, closed_ms IS NULL FROM tickets";
    history.then(CallbackRequested{TicketId{1}, "+49 30 1", start});
    CHECK(rows_of(shown(dir.file("called.db"), history), sql) == "waiting||+49 30 1|1");
    history.then(TicketAbandoned{TicketId{1}, start});
    CHECK(rows_of(shown(dir.file("abandoned.db"), history), sql) == "closed|abandoned|+49 30 1|0");
    history.then(TicketReopened{TicketId{1}, "phone.number"});
    CHECK(rows_of(shown(dir.file("back.db"), history), sql) == "waiting|||1");
}

TEST_CASE("a routed ticket, its contact and its decision are plain rows", "[journal]")
{
    const TempDir dir;
    const auto path = shown(dir.file("readmodel.db"), opened_and_routed());
    CHECK(
        rows_of(path,
                "SELECT id, phase, queue, priority, intent, tags, skills, sla, contact_by, agent, channel, "
                "customer,"
                " subject, source, ref, follows, contacts, escalations, opened_ms - 1790000000000 FROM "
                "tickets") ==
        R"(1|waiting|returns|high|damaged|["fragile"]|{"returns":3}|gold|phone||email|c-7|Help "me"|shop|r-1||1|0|2000)");
    CHECK(rows_of(path,
                  "SELECT seq, ticket, source, ref, channel, customer, subject, body, facts FROM contacts") ==
          R"(2|1|shop|r-1|email|c-7|Help "me"|It is broken|{"order.value":129.9})");
    CHECK(rows_of(path, "SELECT seq, ticket, rulebook, queue, priority, rules, near, lost FROM decisions") ==
          R"(3|1|1122334455667788|returns|high|["smashed","default"]|[{"rule":"late","condition":4}]|)"
          R"([{"rule":"default","what":"priority","to":"smashed"}])");
    CHECK(rows_of(path, "SELECT id, digest, rules FROM rulebooks") ==
          "1122334455667788|11223344556677889900|3");
    CHECK(rows_of(path, "SELECT position, name FROM rules") == "0|smashed\n1|late\n2|default");
    CHECK(rows_of(path, "SELECT file, text FROM rule_files") == "rules/a.yaml|stage: route");
}

TEST_CASE("a ticket's row follows its life", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("readmodel.db");
    const auto model = opened(path);
    const auto history = whole_life();
    const std::vector<std::pair<Seq, std::string>> steps{
        {3, "waiting||returns|high|[\"fragile\"]|1|0|"},
        {5, "offered|ana|returns|high|[\"fragile\"]|1|0|"},
        {6, "waiting||returns|high|[\"fragile\"]|1|0|"},
        {7, "waiting||leads|urgent|[\"fragile\",\"hot\"]|1|1|"},
        {8, "offered|bob|leads|urgent|[\"fragile\",\"hot\"]|1|1|"},
        {9, "assigned|bob|leads|urgent|[\"fragile\",\"hot\"]|1|1|"},
        {11, "closed|bob|leads|urgent|[\"fragile\",\"hot\"]|2|1|refunded"},
    };
    for (const auto& [seq, row] : steps) {
        INFO("after seq " << seq);
        REQUIRE(model->apply(std::span(history.events()).first(seq)));
        CHECK(model->applied() == seq);
        CHECK(rows_of(path,
                      "SELECT phase, agent, queue, priority, tags, contacts, escalations, disposition FROM "
                      "tickets") == row);
    }
    CHECK(rows_of(
              path,
              "SELECT agent, outcome, reason, losers, (ended_ms - at_ms) / 1000 FROM offers ORDER BY seq") ==
          "ana|declined|lunch|[{\"agent\":\"bob\",\"key\":\"load\"}]|1\nbob|completed|||3");
    CHECK(rows_of(path, "SELECT rule, priority, queue, tags, notify FROM escalations") ==
          R"(late|urgent|leads|["hot"]|["lead-1"])");
}

TEST_CASE("an offer ends as it ended", "[journal]")
{
    const TempDir dir;
    const std::string outcome = "SELECT offers.outcome, reason, t.phase FROM offers, tickets t";
    const auto offered = opened_and_routed().then(OfferMade{TicketId{1}, AgentId{"ana"}, 1, start, {}});
    SECTION("open") { CHECK(rows_of(shown(dir.file("a"), offered), outcome) == "open||offered"); }
    SECTION("expired")
    {
        auto history = offered;
        history.then(OfferExpired{TicketId{1}, AgentId{"ana"}});
        CHECK(rows_of(shown(dir.file("a"), history), outcome) == "expired||waiting");
    }
    SECTION("returned after it was accepted")
    {
        auto history = offered;
        history.then(OfferAccepted{TicketId{1}, AgentId{"ana"}})
            .then(TicketReturned{TicketId{1}, AgentId{"ana"}, "left"});
        CHECK(rows_of(shown(dir.file("a"), history), outcome) == "returned|left|waiting");
    }
}

TEST_CASE("a ticket routed again keeps its row and gets a second decision", "[journal]")
{
    const TempDir dir;
    const auto path =
        shown(dir.file("readmodel.db"), opened_and_routed().then(routed(TicketId{1}, "billing")));
    CHECK(rows_of(path, "SELECT id, queue FROM tickets") == "1|billing");
    CHECK(rows_of(path, "SELECT seq, queue FROM decisions ORDER BY seq") == "3|returns\n4|billing");
}

TEST_CASE("a ticket that is not routed yet is shown all the same", "[journal]")
{
    const TempDir dir;
    const auto history = with_rulebook()
                             .then(TicketOpened{TicketId{1}, a_contact("r-1"), {}})
                             .then(TicketOpened{TicketId{2}, a_contact("r-2"), TicketId{1}})
                             .then(routed(TicketId{2}, "returns"))
                             .then(routed(TicketId{1}, "billing"))
                             .then(TicketOpened{TicketId{3}, a_contact("r-3"), {}});
    const auto path = shown(dir.file("readmodel.db"), history);
    CHECK(rows_of(path, "SELECT id, queue, follows FROM tickets ORDER BY id") ==
          "1|billing|\n2|returns|1\n3||");
}

TEST_CASE("customers and agents show their newest facts", "[journal]")
{
    const TempDir dir;
    FactSet first, second;
    first.set("customer.tier", std::string_view("gold"));
    first.set("customer.nps", 3.0);
    second.set("customer.nps", 9.5);
    second.set("customer.vip", true);
    const auto history = History()
                             .then(CustomerUpdated{CustomerId{"c"}, first})
                             .then(CustomerUpdated{CustomerId{"c"}, second})
                             .then(CustomerUpdated{CustomerId{"d"}, {}})
                             .then(AgentSignedIn{AgentId{"ana"}, "Ana", {{"fr", 2}}, 4})
                             .then(PresenceSet{AgentId{"ana"}, Presence::away, "lunch"});
    const auto path = shown(dir.file("readmodel.db"), history);
    CHECK(rows_of(path, "SELECT id, facts FROM customers ORDER BY id") ==
          "c|{\"customer.nps\":9.5,\"customer.tier\":\"gold\",\"customer.vip\":true}\nd|{}");
    CHECK(rows_of(path, "SELECT id, name, skills, capacity, presence, reason FROM agents") ==
          R"(ana|Ana|{"fr":2}|4|away|lunch)");
}

TEST_CASE("feedback stands with the queue and the segment of that moment; orders and contracts as they are",
          "[journal]")
{
    const TempDir dir;
    FactSet before, after, placed, shipped;
    before.set("customer.tier", std::string_view("prime"));
    after.set("customer.tier", std::string_view("vip"));
    placed.set("order.status", std::string_view("placed"));
    placed.set("order.value", 5.0);
    shipped.set("order.status", std::string_view("shipped"));
    const CustomerId customer{"c"};
    const auto history = History()
                             .then(CustomerUpdated{customer, before})
                             .then(FeedbackGiven{"shop", "1", customer, TicketId{}, 9, {}, "good"})
                             .then(CustomerUpdated{customer, after})
                             .then(FeedbackGiven{"shop", "2", customer, TicketId{}, {}, 1, {}})
                             .then(OrderUpdated{"o", customer, placed})
                             .then(OrderUpdated{"o", {}, shipped})
                             .then(ContractUpdated{"k", customer, "gold", Instant::max()})
                             .then(ContractUpdated{"k", customer, "silver", Instant{9}});
    const auto path = shown(dir.file("readmodel.db"), history);
    CHECK(rows_of(path, "SELECT ref, nps, csat, text, tier FROM feedback ORDER BY seq") ==
          "1|9||good|prime\n2||1||vip");
    CHECK(rows_of(path, "SELECT id, customer, facts FROM orders") ==
          "o|c|{\"order.status\":\"shipped\",\"order.value\":5}");
    CHECK(rows_of(path, "SELECT id, customer, sla, until_ms FROM contracts") == "k|c|silver|9");
}

TEST_CASE("a problem's life is told with its tickets", "[journal]")
{
    const TempDir dir;
    const ProblemId problem{1};
    TicketEscalated escalated{TicketId{1}, book, 1, {}, {}, {}, {}, {}, "", start};
    auto history = opened_and_routed();
    history.then(ProblemOpened{problem, "same", "intent=damaged", 20, 1'500, {"lead"}})
        .then(ProblemLinked{problem, {TicketId{1}}})
        .then(ProblemChanged{problem, ProblemAction::hold, {}, {}, {}, {}, {}})
        .then(TicketParked{TicketId{1}, problem, true})
        .then(escalated)
        .then(NotifyInhibited{TicketId{1}, problem, {"boss"}, {"boss"}});
    const auto path = shown(dir.file("readmodel.db"), history);
    CHECK(rows_of(path, "SELECT phase FROM tickets") == "held");
    CHECK(rows_of(path, "SELECT inhibited, inhibited_by FROM escalations") == "[\"boss\"]|1");
    CHECK(rows_of(path, "SELECT policy, about, count, usual, held, told FROM problems") ==
          "same|intent=damaged|20|1.5|1|[\"boss\",\"lead\"]");
    history.then(ProblemChanged{problem, ProblemAction::answer, {}, {}, {}, "sorry", {}})
        .then(TicketAnswered{TicketId{1}, problem, "sorry"})
        .then(TicketCompleted{TicketId{1}, AgentId{}, "told"})
        .then(ProblemChanged{problem, ProblemAction::close, {}, {}, {}, {}, {}});
    shown(path, history);
    CHECK(rows_of(path, "SELECT phase, agent, disposition FROM tickets") == "closed||told");
    CHECK(rows_of(path, "SELECT held, answer, closed_ms IS NULL FROM problems") == "0|sorry|0");
    CHECK(rows_of(path, "SELECT ticket, unlinked_ms, answered_ms IS NULL FROM problem_tickets") == "1||0");
}

TEST_CASE("events that are shown already are skipped", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("readmodel.db");
    const auto history = whole_life();
    for (int time = 0; time < 3; ++time) shown(path, history);
    CHECK(opened(path)->applied() == history.events().size());
    CHECK(rows_of(path, "SELECT count(*) FROM contacts") == "2");
    CHECK(rows_of(path, "SELECT contacts FROM tickets") == "2");
}

TEST_CASE("rule names are known after opening again", "[journal]")
{
    const TempDir dir;
    const auto path = shown(dir.file("readmodel.db"), with_rulebook());
    shown(path, opened_and_routed());
    CHECK(rows_of(path, "SELECT rules FROM decisions") == R"(["smashed","default"])");
}

TEST_CASE("a rule of a rulebook nobody adopted shows its number", "[journal]")
{
    const TempDir dir;
    const auto path = shown(
        dir.file("readmodel.db"),
        History().then(TicketOpened{TicketId{1}, a_contact("r"), {}}).then(routed(TicketId{1}, "returns")));
    CHECK(rows_of(path, "SELECT rules FROM decisions") == R"(["#0","#2"])");
}

TEST_CASE("events of every kind and any content can be shown", "[journal]")
{
    const TempDir dir;
    const auto model = opened(dir.file("readmodel.db"));
    RandomEvents random(8);
    std::vector<Event> events;
    for (Seq seq = 1; seq <= 3000; ++seq) {
        events.push_back(random.any(seq));
        // A desk never gives a ticket's number twice; random ones might.
        if (auto* const opening = std::get_if<TicketOpened>(&events.back().what))
            opening->ticket = TicketId{seq};
    }
    for (std::size_t at = 0; at < events.size(); at += 100) {
        const auto applied = model->apply(std::span(events).subspan(at, 100));
        INFO((applied ? std::string() : applied.error().message));
        REQUIRE(applied);
    }
    CHECK(model->applied() == 3000);
}

TEST_CASE("a cleared read model starts from nothing", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("readmodel.db");
    const auto model = opened(path);
    REQUIRE(model->apply(whole_life().events()));
    REQUIRE(model->clear());
    CHECK(model->applied() == 0);
    CHECK(rows_of(path, "SELECT count(*) FROM tickets") == "0");
    REQUIRE(model->apply(whole_life().events()));
    CHECK(rows_of(path, "SELECT phase FROM tickets") == "closed");
}

TEST_CASE("a failed apply shows none of its events", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("readmodel.db");
    const auto model = opened(path);
    REQUIRE(model->apply(std::span(whole_life().events()).first(3)));
    {
        auto database = Database::open(path, Database::Open::existing);
        REQUIRE(database->execute(
            "CREATE TRIGGER full BEFORE INSERT ON escalations BEGIN SELECT raise(ABORT, 'no room'); END"));
    }
    const auto applied = model->apply(whole_life().events());
    REQUIRE_FALSE(applied);
    CHECK(applied.error().code == ErrorCode::journal_failed);
    CHECK_THAT(applied.error().message,
               Catch::Contains("showing seq 7 (ticket_escalated)") && Catch::Contains("no room"));
    CHECK(model->applied() == 3);
    CHECK(rows_of(path, "SELECT count(*) FROM offers") == "0");
    {
        auto database = Database::open(path, Database::Open::existing);
        REQUIRE(database->execute("DROP TRIGGER full"));
    }
    REQUIRE(model->apply(whole_life().events()));
    CHECK(rows_of(path, "SELECT count(*) FROM offers") == "2");
}

TEST_CASE("every firing of a rule is counted, by its name and day, over transactions and openings",
          "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("readmodel.db");
    const auto history = opened_and_routed().then(routed(TicketId{1}, "general")).events();
    {
        auto model = ReadModel::open(path).value();
        REQUIRE(model->apply(std::span(history).first(3)));
    }
    auto model = ReadModel::open(path).value();
    REQUIRE(model->apply(history));
    TicketEscalated escalated{TicketId{1}, book, 1, Priority::urgent, {}, {}, {}, {}, "", start};
    const auto next_day = start + std::chrono::hours{24};
    REQUIRE(model->apply(std::vector<Event>{{5, next_day, escalated}}));

    const auto hits = journal::rule_hits(path, next_day).value();
    REQUIRE(hits.size() == 3);
    CHECK(hits.at("smashed").hits == 2);
    CHECK(hits.at("smashed").recent == 0);
    CHECK(hits.at("smashed").last == history.back().at);
    CHECK(hits.at("default").hits == 2);
    CHECK(hits.at("late").hits == 1);
    CHECK(hits.at("late").recent == 1);
    CHECK(hits.at("late").last == next_day);
    CHECK(journal::rule_hits(dir.file("none.db"), start).error().code == ErrorCode::unavailable);
}

TEST_CASE("a read model of another version is made anew, a foreign file is refused", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("readmodel.db");
    SECTION("another version")
    {
        shown(path, whole_life());
        REQUIRE(Database::open(path, Database::Open::existing)->execute("PRAGMA user_version = 99"));
        CHECK(opened(path)->applied() == 0);
        CHECK(rows_of(path, "SELECT count(*) FROM tickets") == "0");
    }
    SECTION("another program's")
    {
        REQUIRE(Database::open(path, Database::Open::create)->execute("CREATE TABLE meta(x)"));
        const auto model = ReadModel::open(path);
        REQUIRE_FALSE(model);
        CHECK(model.error().code == ErrorCode::journal_failed);
        CHECK(rows_of(path, "PRAGMA journal_mode") == "delete");
    }
    SECTION("garbage")
    {
        std::ofstream(path) << std::string(9000, '?');
        const auto model = ReadModel::open(path);
        REQUIRE_FALSE(model);
        CHECK(model.error().code == ErrorCode::journal_damaged);
    }
}

TEST_CASE("the queries that docs/journal-format.md gives work", "[journal]")
{
    const TempDir dir;
    const auto path =
        shown(dir.file("readmodel.db"), whole_life()
                                            .then(TicketOpened{TicketId{2}, a_contact("r-3"), {}})
                                            .then(routed(TicketId{2}, "returns")));
    std::ifstream page(test::in_checkout("docs/journal-format.md"));
    std::vector<std::string> answers;
    std::string query;
    bool inside = false;
    for (std::string line; std::getline(page, line);) {
        if (inside && line == "```") {
            if (query.starts_with("SELECT")) answers.push_back(rows_of(path, query));
            inside = false;
        }
        if (inside) query += line + '\n';
        if (line != "```sql") continue;
        inside = true;
        query.clear();
    }
    REQUIRE(answers.size() == 6);
    CHECK(answers[0] ==
          "returns|high|1|" +
              rows_of(path, "SELECT datetime(opened_ms / 1000, 'unixepoch') FROM tickets WHERE id = 2"));
    CHECK(answers[2] == "ana|1|0|0|\nbob|1|1|0|1.0");
}

TEST_CASE("near misses carry the condition itself, also those of rules read before a restart", "[journal]")
{
    const TempDir dir;
    const auto path = dir.file("readmodel.db");
    const auto conditions = [](const RulebookAdopted&) {
        return std::vector<std::vector<std::string>>{{}, {"a", "b", "c", "d", "order.value: {above: 5}"}, {}};
    };
    const auto events = with_rulebook().events();
    REQUIRE(ReadModel::open(path, conditions).value()->apply(events));
    auto later = with_rulebook();
    later.then(TicketOpened{TicketId{1}, a_contact("r-1"), TicketId{}}).then(routed(TicketId{1}, "returns"));
    REQUIRE(ReadModel::open(path).value()->apply(later.events()));
    CHECK(rows_of(path, "SELECT near FROM decisions") ==
          R"([{"rule":"late","condition":4,"wanted":"order.value: {above: 5}"}])");
}

TEST_CASE("what changes hands beside offers is shown, and what queues do by themselves", "[journal]")
{
    const TempDir dir;
    const AgentId ana{"ana"};
    const AgentId bob{"bob"};
    const auto path = shown(
        dir.file("readmodel.db"),
        opened_and_routed()
            .then(PromiseMade{TicketId{1}, start + std::chrono::hours(1), "closed"})
            .then(WaitTold{TicketId{1}, start + std::chrono::minutes(1), 3})
            .then(TicketWidened{TicketId{1}, 1, {{"returns", 1}}})
            .then(TicketMoved{TicketId{1}, AgentId{}, QueueName{"floor"}, {}, start, "overflow", "waited 5m"})
            .then(TicketAssigned{TicketId{1}, ana, 2, "assign", "please"})
            .then(TicketMoved{TicketId{1}, ana, QueueName{"leads"}, {{"senior", 1}}, start, "transfer", "hm"})
            .then(TicketAssigned{TicketId{1}, bob, 1, "take", ""})
            .then(TicketCompleted{TicketId{1}, bob, "done"})
            .then(WrapUpStarted{bob, TicketId{1}, 1, start + std::chrono::seconds(90)})
            .then(AgentSeen{bob, start + std::chrono::hours(1)})
            .then(WrapUpEnded{bob, TicketId{1}}));
    CHECK(rows_of(path, "SELECT agent, from_queue, queue, moved_by, note FROM moves ORDER BY seq") ==
          "|returns|floor|overflow|waited 5m\nana|floor|leads|transfer|hm");
    CHECK(
        rows_of(
            path,
            "SELECT agent, units, outcome, reason, given_by, accepted_ms = at_ms FROM offers ORDER BY seq") ==
        "ana|2|moved|transfer|assign|1\nbob|1|completed||take|1");
    CHECK(rows_of(path, "SELECT phase, queue, agent FROM tickets") == "closed|leads|bob");
    CHECK(rows_of(path, "SELECT queue, step, skills FROM widenings") == "returns|1|{\"returns\":1}");
    CHECK(
        rows_of(path, "SELECT queue, channel, why, delivered_ms - promised_ms FROM promises ORDER BY seq") ==
        "returns|email|closed|-3589000\nreturns|email|wait|-52000");
    CHECK(rows_of(path, "SELECT agent, units, until_ms - at_ms, ended_ms - at_ms FROM wrap_ups") ==
          "bob|1|78000|2000");
}

TEST_CASE("a ticket's story is one JSON object", "[journal]")
{
    const TempDir dir;
    const auto path = shown(dir.file("readmodel.db"), whole_life());
    const auto text = journal::ticket_json(path, TicketId{1});
    REQUIRE(text);
    const auto story = boost::json::parse(*text);
    const auto at = [&](std::string_view pointer) {
        return boost::json::serialize(story.at_pointer(pointer));
    };
    CHECK(at("/ticket") == R"("T-1")");
    CHECK(at("/phase") == R"("closed")");
    CHECK(at("/disposition") == R"("refunded")");
    CHECK(at("/tags") == R"(["fragile","hot"])");
    CHECK(at("/opened_at") == "\"" + to_string(start + std::chrono::seconds(2)) + "\"");
    CHECK(at("/follows") == "null");
    CHECK(story.at("contacts").as_array().size() == 2);
    CHECK(at("/contacts/1/body") == R"("Hello?")");
    CHECK(at("/contacts/0/facts") == R"({"order.value":1.299E2})");
    CHECK(at("/decisions/0/rules") == R"(["smashed","default"])");
    CHECK(at("/decisions/0/near/0") == R"({"rule":"late","condition":4})");
    CHECK(at("/escalations/0/rule") == R"("late")");
    CHECK(at("/offers/0/outcome") == R"("declined")");
    CHECK(at("/offers/1/accepted_at") == "\"" + to_string(start + std::chrono::seconds(9)) + "\"");
}

TEST_CASE("a story that is not there is an error with its name", "[journal]")
{
    const TempDir dir;
    const auto path = shown(dir.file("readmodel.db"), whole_life());
    const auto unknown = journal::ticket_json(path, TicketId{9});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == ErrorCode::unknown_ticket);
    CHECK_THAT(unknown.error().message, Catch::Contains("T-9"));
    const auto missing = journal::ticket_json(dir.file("none.db"), TicketId{1});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::unavailable);
    CHECK_FALSE(std::filesystem::exists(dir.file("none.db")));
}

TEST_CASE("JSON strings escape what JSON must", "[journal]")
{
    std::string out;
    journal::append_json_string(out, "a\"b\\c\n\x01\xc3\xa9");
    CHECK(out == "\"a\\\"b\\\\c\\u000a\\u0001\xc3\xa9\"");
}
