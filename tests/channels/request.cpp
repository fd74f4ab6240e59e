#include "engine/channels/request.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace triaged;
using namespace triaged::channels;

namespace {

using Parsed = tl::expected<Request, Refusal>;

Parsed parse(std::string line, int nesting_max = 16)
{
    static const auto facts = built_in_facts();
    line.reserve(line.size() + RequestParser::padding);
    RequestParser parser(nesting_max);
    return parser.parse(line, facts);
}

template <class T>
T body_of(const Parsed& parsed)
{
    if (!parsed) FAIL(parsed.error().error.message);
    const auto* const body = std::get_if<T>(&parsed->body);
    REQUIRE(body != nullptr);
    return *body;
}

template <class T>
T command_of(const Parsed& parsed)
{
    const auto command = body_of<Command>(parsed);
    const auto* const wanted = std::get_if<T>(&command);
    REQUIRE(wanted != nullptr);
    return *wanted;
}

}  // namespace

TEST_CASE("a line without op is a ticket with all it carries", "[channels]")
{
    const auto ticket = command_of<ReceiveTicket>(parse(
        R"({"ref":"shop-991","channel":"email","customer":{"id":"c-7","tier":"prime","nps":9},"subject":"Broken",)"
        R"("body":"Arrived in \"pieces\"\n\u00e9","order":{"value":129.9,"id":"o-1"},"language":"de",)"
        R"("facts":{"order.days_late":-2},"source":"shop","marketplace":"co.uk"})"));
    CHECK(ticket.contact.ref == "shop-991");
    CHECK(ticket.contact.source == "shop");
    CHECK(ticket.contact.channel == Channel::email);
    CHECK(ticket.contact.customer.value == "c-7");
    CHECK(ticket.contact.subject == "Broken");
    CHECK(ticket.contact.body == "Arrived in \"pieces\"\né");
    CHECK(ticket.contact.facts.find("order.value") == FactValue{129.9});
    CHECK(ticket.contact.facts.find("order.days_late") == FactValue{-2.0});
    CHECK(ticket.contact.facts.find("language") == FactValue{std::string_view("de")});
    CHECK(ticket.contact.facts.find("marketplace") == FactValue{std::string_view("co.uk")});
    CHECK(ticket.customer.find("customer.tier") == FactValue{std::string_view("prime")});
    CHECK(ticket.customer.find("customer.nps") == FactValue{9.0});
    CHECK_FALSE(ticket.customer.find("customer.id"));
}

TEST_CASE("the order of fields does not matter, not even where op stands", "[channels]")
{
    const auto contact = command_of<ReceiveContact>(
        parse(R"({"body":"More","ticket":"T-12","channel":"chat","ref":"2","op":"contact"})"));
    CHECK(contact.ticket == TicketId{12});
    CHECK(contact.contact.body == "More");
}

TEST_CASE("every operation makes its request", "[channels]")
{
    CHECK(command_of<UpdateCustomer>(parse(R"({"op":"customer","customer":{"id":"c","tier":"vip"}})"))
              .customer.value == "c");
    const auto sign_in = command_of<SignInAgent>(
        parse(R"({"op":"agent.sign_in","agent":"ana","name":"Ana","skills":{"b":2,"a":5},"capacity":3})"));
    CHECK(sign_in.skills == Skills{{"a", 5}, {"b", 2}});
    CHECK(sign_in.capacity == 3);
    const auto presence = command_of<SetPresence>(
        parse(R"({"op":"agent.presence","agent":"ana","presence":"away","reason":"lunch"})"));
    CHECK(presence.presence == Presence::away);
    CHECK(presence.reason == "lunch");
    CHECK(command_of<AcceptOffer>(parse(R"({"op":"accept","agent":"ana","ticket":"T-1"})")).ticket ==
          TicketId{1});
    CHECK(command_of<DeclineOffer>(parse(R"({"op":"decline","agent":"ana","ticket":"T-1","reason":"busy"})"))
              .reason == "busy");
    CHECK(command_of<CompleteTicket>(
              parse(R"({"op":"complete","agent":"ana","ticket":"T-1","disposition":"refunded"})"))
              .disposition == "refunded");
    CHECK(body_of<Authenticate>(parse(R"({"op":"auth","token":"s3"})")).token == "s3");
    body_of<Ping>(parse(R"({"op":"ping"})"));
    CHECK(body_of<ExplainTicket>(parse(R"({"op":"explain","ticket":"T-9"})")).ticket == TicketId{9});
    CHECK(body_of<ExplainDraft>(parse(R"({"op":"explain","channel":"chat","body":"x"})")).contact.body ==
          "x");
    body_of<ShowStats>(parse(R"({"op":"stats"})"));
    body_of<ShowQueues>(parse(R"({"op":"queues"})"));
    body_of<ShowAgents>(parse(R"({"op":"agents"})"));
    CHECK(body_of<ShowTicket>(parse(R"({"op":"show","ticket":"T-3"})")).ticket == TicketId{3});
    const auto watch =
        body_of<Watch>(parse(R"({"op":"watch","from":88,"events":["ticket_routed","offer_made"]})"));
    CHECK(watch.from == Seq{88});
    CHECK(watch.events == std::vector<std::string>{"offer_made", "ticket_routed"});
    CHECK_FALSE(body_of<Watch>(parse(R"({"op":"watch"})")).from);
    body_of<Reload>(parse(R"({"op":"reload"})"));
}

TEST_CASE("orders, contracts and feedback name their customer and say what is new", "[channels]")
{
    const auto order = command_of<UpdateOrder>(
        parse(R"({"op":"order","order":{"id":"o-1","value":5,"status":"shipped"},"customer":{"id":"c-1"}})"));
    CHECK(order.order == "o-1");
    CHECK(order.customer.value == "c-1");
    CHECK(order.facts.find("order.value") == FactValue{5.0});
    CHECK_FALSE(order.facts.find("order.id"));
    const auto contract = command_of<UpdateContract>(parse(
        R"({"op":"contract","contract":"k-1","customer":{"id":"c-1"},"sla":"priority","until":"1970-01-02"})"));
    CHECK(contract.contract == "k-1");
    CHECK(contract.sla == "priority");
    CHECK(contract.until == Instant{86'400'000});
    const auto merge =
        command_of<ActOnProblem>(parse(R"({"op":"problem.merge","problem":"P-2","into":"P-1"})"));
    CHECK(merge.action == ProblemAction::merge);
    CHECK(merge.into == ProblemId{1});
    CHECK(command_of<LinkTickets>(parse(R"({"op":"problem.unlink","tickets":["T-1"]})")).problem ==
          ProblemId{});
    CHECK(command_of<OpenProblem>(parse(R"({"op":"problem.open","about":"x"})")).about == "x");
    const auto answer = command_of<ActOnProblem>(
        parse(R"({"op":"problem.answer","problem":"P-2","text":"t","disposition":"d"})"));
    CHECK(answer.text == "t");
    CHECK(answer.disposition == "d");
    CHECK(body_of<ShowProblem>(parse(R"({"op":"problem","problem":"P-3"})")).problem == ProblemId{3});
    body_of<ShowProblems>(parse(R"({"op":"problems"})"));
    const auto feedback = command_of<GiveFeedback>(parse(
        R"({"op":"feedback","ref":"f-1","ticket":"T-3","nps":0,"csat":5,"text":"so so","source":"survey"})"));
    CHECK(feedback.source == "survey");
    CHECK(feedback.ticket == TicketId{3});
    CHECK(feedback.nps == 0);
    CHECK(feedback.csat == 5);
    CHECK(feedback.text == "so so");

    struct Row {
        std::string line;
        ErrorCode code;
        std::string field;
    };
    const auto row = GENERATE(values<Row>({
        {R"({"op":"order","order":{"value":5}})", ErrorCode::missing_field, "order.id"},
        {R"({"op":"order","order":{"id":"o"},"customer":{"id":"c","tier":"vip"}})", ErrorCode::unknown_field,
         "customer"},
        {R"({"op":"contract","contract":"k","customer":{}})", ErrorCode::missing_field, "customer.id"},
        {R"({"op":"contract","contract":"k","customer":{"id":"c"},"until":"soon"})", ErrorCode::bad_value,
         "until"},
        {R"({"op":"feedback","ref":"f","customer":{"id":"c"}})", ErrorCode::missing_field, "nps"},
        {R"({"op":"feedback","ref":"f","nps":11})", ErrorCode::bad_value, "nps"},
        {R"({"op":"problem.merge","problem":"P-1","into":"T-1"})", ErrorCode::bad_value, "into"},
        {R"({"op":"merge","ticket":"T-1","into":"P-1"})", ErrorCode::bad_value, "into"},
        {R"({"op":"problem.link","problem":"P-1","tickets":[]})", ErrorCode::bad_value, "tickets"},
        {R"({"op":"problem.hold","problem":"T-1"})", ErrorCode::bad_value, "problem"},
    }));
    INFO(row.line);
    const auto refused = parse(row.line);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().error.code == row.code);
    CHECK(refused.error().field == row.field);
}

TEST_CASE("a request's id is kept as the JSON it came as", "[channels]")
{
    CHECK(parse(R"({"op":"ping","id":12 })")->id == "12");
    CHECK(parse(R"({"op":"ping","id":-1.5e3})")->id == "-1.5e3");
    CHECK(parse(R"({"op":"ping","id":"a\"\u0041"})")->id == R"("a\"A")");
    CHECK(parse(R"({"op":"ping"})")->id.empty());
}

TEST_CASE("what is wrong with a line has its code and its place", "[channels]")
{
    struct Row {
        std::string name, line;
        ErrorCode code;
        std::string field;
    };
    const std::string long_name(300, 'x');
    const std::string deep = std::string(20, '[') + std::string(20, ']');
    const auto row = GENERATE_COPY(values<Row>({
        {"empty", "", ErrorCode::bad_json, ""},
        {"blank", "  ", ErrorCode::bad_json, ""},
        {"words", "not json", ErrorCode::bad_json, ""},
        {"list", "[1]", ErrorCode::bad_json, ""},
        {"number", "12", ErrorCode::bad_json, ""},
        {"cut short", R"({"op":"ping")", ErrorCode::bad_json, ""},
        {"two objects", R"({"op":"ping"}{"op":"ping"})", ErrorCode::bad_json, ""},
        {"words after", R"({"op":"ping"} x)", ErrorCode::bad_json, ""},
        {"bare value", R"({"op":ping})", ErrorCode::bad_json, ""},
        {"control character", "{\"op\":\"pi\x01ng\"}", ErrorCode::bad_json, ""},
        {"lone surrogate", R"({"op":"\ud800"})", ErrorCode::bad_json, ""},
        {"latin-1", "{\"op\":\"\xe9\"}", ErrorCode::bad_utf8, ""},
        {"deep", "{\"op\":\"ping\",\"x\":" + deep + "}", ErrorCode::nested_too_deep, ""},
        {"deep in a known field", "{\"ref\":" + deep + "}", ErrorCode::nested_too_deep, ""},
        {"unknown op", R"({"op":"accpt"})", ErrorCode::unknown_op, "op"},
        {"op is no string", R"({"op":3})", ErrorCode::bad_value, "op"},
        {"unknown field", R"({"op":"ping","bogus":1})", ErrorCode::unknown_field, "bogus"},
        {"another op's field", R"({"op":"ping","agent":"a"})", ErrorCode::unknown_field, "agent"},
        {"no ref", R"({"channel":"email","body":"x"})", ErrorCode::missing_field, "ref"},
        {"no channel", R"({"ref":"1","body":"x"})", ErrorCode::missing_field, "channel"},
        {"no text", R"({"ref":"1","channel":"email"})", ErrorCode::missing_field, "body"},
        {"no customer id", R"({"op":"customer","customer":{"tier":"vip"}})", ErrorCode::missing_field,
         "customer.id"},
        {"explains nothing", R"({"op":"explain"})", ErrorCode::missing_field, "channel"},
        {"explains both", R"({"op":"explain","ticket":"T-1","body":"x"})", ErrorCode::unknown_field, "body"},
        {"twice", R"({"op":"ping","op":"ping"})", ErrorCode::bad_value, "op"},
        {"fact twice", R"({"customer":{"tier":"vip","tier":"vip"}})", ErrorCode::bad_value, "customer.tier"},
        {"customer id twice", R"({"customer":{"id":"1","id":"2"}})", ErrorCode::bad_value, "customer.id"},
        {"empty ref", R"({"ref":""})", ErrorCode::bad_value, "ref"},
        {"long ref", "{\"ref\":\"" + long_name + "\"}", ErrorCode::bad_value, "ref"},
        {"ref is a number", R"({"ref":7})", ErrorCode::bad_value, "ref"},
        {"no such channel", R"({"channel":"fax"})", ErrorCode::bad_value, "channel"},
        {"no such fact", R"({"customer":{"teir":"vip"}})", ErrorCode::unknown_field, "customer.teir"},
        {"fact outside its choice", R"({"customer":{"tier":"gold"}})", ErrorCode::bad_value, "customer.tier"},
        {"fact of another type", R"({"order":{"value":"12"}})", ErrorCode::bad_value, "order.value"},
        {"fact is a list", R"({"order":{"value":[1]}})", ErrorCode::bad_value, "order.value"},
        {"number beyond all", R"({"order":{"value":1e999}})", ErrorCode::bad_value, "order.value"},
        {"long fact", "{\"order\":{\"id\":\"" + std::string(2000, 'x') + "\"}}", ErrorCode::bad_value,
         "order.id"},
        {"customer is a string", R"({"customer":"c-7"})", ErrorCode::bad_value, "customer"},
        {"customer fact among facts", R"({"facts":{"customer.tier":"vip"}})", ErrorCode::bad_value,
         "customer.tier"},
        {"not a ticket id", R"({"op":"show","ticket":"12"})", ErrorCode::bad_value, "ticket"},
        {"level too high", R"({"op":"agent.sign_in","agent":"a","skills":{"b":6}})", ErrorCode::bad_value,
         "skills.b"},
        {"level no number", R"({"op":"agent.sign_in","agent":"a","skills":{"b":"x"}})", ErrorCode::bad_value,
         "skills.b"},
        {"capacity of none", R"({"op":"agent.sign_in","agent":"a","capacity":0})", ErrorCode::bad_value,
         "capacity"},
        {"half a capacity", R"({"op":"agent.sign_in","agent":"a","capacity":1.5})", ErrorCode::bad_value,
         "capacity"},
        {"no such presence", R"({"op":"agent.presence","agent":"a","presence":"gone"})", ErrorCode::bad_value,
         "presence"},
        {"long reason", R"({"reason":")" + std::string(1001, 'x') + "\"}", ErrorCode::bad_value, "reason"},
        {"from before all", R"({"op":"watch","from":-1})", ErrorCode::bad_value, "from"},
        {"no such event", R"({"op":"watch","events":["ticket_lost"]})", ErrorCode::bad_value, "events"},
        {"events is a string", R"({"op":"watch","events":"offer_made"})", ErrorCode::bad_value, "events"},
        {"id is an object", R"({"id":{}})", ErrorCode::bad_value, "id"},
        {"id is null", R"({"id":null})", ErrorCode::bad_value, "id"},
    }));
    INFO(row.name);
    const auto refused = parse(row.line);
    REQUIRE_FALSE(refused);
    INFO(refused.error().error.message);
    CHECK(to_string(refused.error().error.code) == to_string(row.code));
    CHECK(refused.error().field == row.field);
}

TEST_CASE("a refused line's ref and id are found, wherever they stand", "[channels]")
{
    const auto late = parse(R"({"channel":"fax","ref":"r-1","id":"i"})");
    REQUIRE_FALSE(late);
    CHECK(late.error().ref == "r-1");
    CHECK(late.error().id == "\"i\"");
    const auto early = parse(R"({"id":5,"ref":"r-2","bogus":1})");
    REQUIRE_FALSE(early);
    CHECK(early.error().ref == "r-2");
    CHECK(early.error().id == "5");
}

TEST_CASE("a slip of the keyboard gets a suggestion", "[channels]")
{
    const auto suggests = [](const std::string& line, const std::string& right) {
        const auto refused = parse(line);
        return !refused &&
               refused.error().error.message.find("did you mean '" + right + "'") != std::string::npos;
    };
    CHECK(suggests(R"({"op":"agent.signin"})", "agent.sign_in"));
    CHECK(suggests(R"({"ref":"1","chanel":"email"})", "channel"));
    CHECK(suggests(R"({"order":{"valeu":1}})", "order.value"));
    CHECK(suggests(R"({"customer":{"tier":"primee"}})", "prime"));
}

TEST_CASE("a fact that is null is a fact that is not there", "[channels]")
{
    const auto ticket = command_of<ReceiveTicket>(
        parse(R"({"ref":"1","channel":"chat","body":"x","language":null,"order":{"value":null}})"));
    CHECK(ticket.contact.facts.empty());
}

TEST_CASE("nesting is limited as configured", "[channels]")
{
    CHECK(parse(R"({"op":"watch","events":[]})", 3));
    const auto deep = parse(R"({"op":"ping","x":[[[1]]]})", 3);
    REQUIRE_FALSE(deep);
    CHECK(deep.error().error.code == ErrorCode::nested_too_deep);
}

TEST_CASE("mutated lines are refused or read, and never disturb the next", "[channels]")
{
    static const auto facts = built_in_facts();
    const std::string good =
        R"({"ref":"1","channel":"email","customer":{"id":"c","tier":"vip"},"subject":"a","body":"b\u00e9","order":{"value":1.5}})";
    RequestParser parser(16);
    std::mt19937 random(4711);
    const std::string alphabet = "{}[]\":,\\truefalsnu0123456789.-eE \t\x01\xc3\xa9\xff";
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string line = good;
        for (auto edits = random() % 4 + 1; edits > 0; --edits) {
            const auto at = random() % line.size();
            switch (random() % 3) {
                case 0:
                    line[at] = alphabet[random() % alphabet.size()];
                    break;
                case 1:
                    line.erase(at, random() % 9);
                    break;
                default:
                    line.insert(at, 1, alphabet[random() % alphabet.size()]);
            }
            if (line.empty()) line = " ";
        }
        line.reserve(line.size() + RequestParser::padding);
        if (!parser.parse(line, facts)) ++refused;
        if (round % 64 != 0) continue;
        auto sound = good;
        sound.reserve(sound.size() + RequestParser::padding);
        REQUIRE(parser.parse(sound, facts));
    }
    CHECK(refused > 10'000);
}

TEST_CASE("what a mail or call says of its thread becomes facts", "[channels]")
{
    const auto ticket = command_of<ReceiveTicket>(
        parse(R"({"ref":"a","channel":"email","body":"b","message_id":"<3@x>","in_reply_to":"<2@x>",)"
              R"("references":["<1@x>","<2@x>"],"phone":"+49 30"})"));
    const auto& facts = ticket.contact.facts;
    CHECK(facts.find("mail.message_id") == FactValue{std::string_view("<3@x>")});
    CHECK(facts.find("mail.in_reply_to") == FactValue{std::string_view("<2@x>")});
    CHECK(facts.find("mail.references") == FactValue{std::string_view("<1@x> <2@x>")});
    CHECK(facts.find("phone.number") == FactValue{std::string_view("+49 30")});
}

TEST_CASE("of too many references the last are kept, whole", "[channels]")
{
    std::string header;
    for (int i = 100; i < 300; ++i) header += "<" + std::to_string(i) + "@x> ";
    header += "<last@x>";
    const auto ticket = command_of<ReceiveTicket>(
        parse(R"({"ref":"a","channel":"email","body":"b","references":")" + header + "\"}"));
    const auto kept = std::get<std::string_view>(*ticket.contact.facts.find("mail.references"));
    CHECK(kept.size() <= fact_bytes_max);
    CHECK(kept.size() > fact_bytes_max - 9);
    CHECK(kept.starts_with("<"));
    CHECK(kept.ends_with(" <last@x>"));
}

TEST_CASE("a ticket that names a ticket is a contact of it", "[channels]")
{
    CHECK(command_of<ReceiveContact>(parse(R"({"ref":"a","channel":"chat","body":"b","ticket":"T-7"})"))
              .ticket == TicketId{7});
}

TEST_CASE("what changes hands beside offers names tickets, agents and queues", "[channels]")
{
    const auto assign = command_of<AssignTicket>(
        parse(R"({"op":"assign","ticket":"T-1","agent":"ana","force":true,"note":"please"})"));
    CHECK(assign.ticket == TicketId{1});
    CHECK(assign.agent == AgentId("ana"));
    CHECK(assign.force);
    CHECK(assign.note == "please");
    CHECK_FALSE(command_of<AssignTicket>(parse(R"({"op":"assign","ticket":"T-1","agent":"ana"})")).force);
    CHECK(parse(R"({"op":"assign","ticket":"T-1","agent":"ana","force":1})").error().field == "force");
    CHECK(parse(R"({"op":"assign","ticket":"T-1"})").error().field == "agent");
    const auto requeue =
        command_of<RequeueTicket>(parse(R"({"op":"requeue","ticket":"T-1","queue":"floor"})"));
    CHECK(requeue.queue == QueueName("floor"));
    CHECK(command_of<ReleaseTicket>(parse(R"({"op":"release","agent":"ana","ticket":"T-1","reason":"x"})"))
              .reason == "x");
    const auto transfer = command_of<TransferTicket>(
        parse(R"({"op":"transfer","agent":"ana","ticket":"T-1","to":"ben","note":"n"})"));
    CHECK(transfer.agent == AgentId("ana"));
    CHECK(transfer.to == AgentId("ben"));
    CHECK(transfer.queue.value.empty());
    CHECK(command_of<TakeTicket>(parse(R"({"op":"take","agent":"ana"})")).ticket == TicketId{});
    CHECK(command_of<TakeTicket>(parse(R"({"op":"take","agent":"ana","ticket":"T-3"})")).ticket ==
          TicketId{3});
    CHECK(command_of<EndWrapUp>(parse(R"({"op":"agent.ready","agent":"ana"})")).agent == AgentId("ana"));
}

TEST_CASE("explain may ask about an agent, but only of a ticket", "[channels]")
{
    const auto asked = body_of<ExplainTicket>(parse(R"({"op":"explain","ticket":"T-1","agent":"ana"})"));
    CHECK(asked.agent == AgentId("ana"));
    CHECK(parse(R"({"op":"explain","agent":"ana","channel":"chat","body":"x"})").error().field == "ticket");
}

TEST_CASE("merge, split and reopen name tickets and contacts", "[channels]")
{
    const auto merge = command_of<MergeTickets>(parse(R"({"op":"merge","ticket":"T-1","into":"T-2"})"));
    CHECK(merge.ticket == TicketId{1});
    CHECK(merge.into == TicketId{2});
    const auto split = command_of<SplitTicket>(
        parse(R"({"op":"split","ticket":"T-1","source":"shop","ref":"r","body":"b"})"));
    CHECK(split.ticket == TicketId{1});
    CHECK(split.source == "shop");
    CHECK(split.ref == "r");
    CHECK(split.body == "b");
    CHECK(command_of<SplitTicket>(parse(R"({"op":"split","ticket":"T-1"})")).ref.empty());
    CHECK(command_of<ReopenTicket>(parse(R"({"op":"reopen","ticket":"T-1"})")).ticket == TicketId{1});
    CHECK(parse(R"({"op":"merge","ticket":"T-1"})").error().error.code == ErrorCode::missing_field);
    CHECK(parse(R"({"op":"merge","ticket":"T-1","into":"2"})").error().field == "into");
}

TEST_CASE("who leaves the line is named by ticket or by contact", "[channels]")
{
    CHECK(command_of<AbandonTicket>(parse(R"({"op":"abandon","ticket":"T-1"})")).ticket == TicketId{1});
    const auto abandoned = command_of<AbandonTicket>(parse(R"({"op":"abandon","ref":"r","source":"pbx"})"));
    CHECK(abandoned.ref == "r");
    CHECK(abandoned.source == "pbx");
    const auto call = command_of<RequestCallback>(
        parse(R"({"op":"callback","ticket":"T-1","number":"+49 30 1","at":"1970-01-01T02:00:09+02:00"})"));
    CHECK(call.number == "+49 30 1");
    CHECK(call.at == Instant{9'000});
    const auto also =
        command_of<RequestCallback>(parse(R"({"op":"abandon","ticket":"T-1","callback":true})"));
    CHECK(also.ticket == TicketId{1});
    CHECK_FALSE(also.at.has_value());
    CHECK(parse(R"({"op":"abandon"})").error().error.code == ErrorCode::missing_field);
    CHECK(parse(R"({"op":"callback","ticket":"T-1","ref":"r"})").error().error.code ==
          ErrorCode::missing_field);
    CHECK(parse(R"({"op":"abandon","ticket":"T-1","number":"1"})").error().error.code ==
          ErrorCode::missing_field);
    CHECK(parse(R"({"op":"callback","ticket":"T-1","at":"soon"})").error().field == "at");
    CHECK(parse(R"({"op":"abandon","ticket":"T-1","callback":"yes"})").error().field == "callback");
}
