#include "engine/analysis/witness.hpp"

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace triaged::analysis {

namespace json = boost::json;

namespace {

json::value to_value(const FactValue& value)
{
    struct Visitor {
        json::value operator()(bool flag) const { return flag; }
        json::value operator()(double number) const { return number; }
        json::value operator()(std::string_view text) const { return json::string(text); }
    };
    return std::visit(Visitor{}, value);
}

}  // namespace

rulebook::Clocks Witness::as_clocks() const
{
    const Instant now = Instant{} + std::chrono::hours{24 * 365 * 50};
    const auto since = [&](rulebook::Clock clock) {
        const auto& shown = clocks[static_cast<std::size_t>(clock)];
        return shown ? now - *shown : Instant::max();
    };
    rulebook::Clocks out{now, since(rulebook::Clock::waiting), since(rulebook::Clock::age),
                         since(rulebook::Clock::idle)};
    out.routed_at = since(rulebook::Clock::since_routed);
    out.replied_at = since(rulebook::Clock::since_reply);
    return out;
}

std::string to_json(const Witness& witness)
{
    json::object out;
    json::object facts;
    for (const auto& [name, value] : witness.ticket)
        if (!rulebook::parse_desk_fact(name))
            (name == "channel" || name == "source" ? out : facts)[name] = to_value(value);
    if (!facts.empty()) out["facts"] = std::move(facts);
    json::object desk;
    for (const auto& [name, value] : witness.ticket)
        if (const auto fact = rulebook::parse_desk_fact(name)) {
            auto& of_queues = desk[rulebook::to_string(fact->measure)];
            if (!of_queues.is_object()) of_queues = json::object{};
            of_queues.as_object()[fact->queue.value] = to_value(value);
        }
    if (!desk.empty()) out["desk"] = std::move(desk);
    json::object customer;
    for (const auto& [name, value] : witness.customer)
        customer[name.substr(std::string_view("customer.").size())] = to_value(value);
    if (!customer.empty()) out["customer"] = std::move(customer);
    if (!witness.subject.empty()) out["subject"] = witness.subject;
    if (!witness.body.empty()) out["body"] = witness.body;
    return json::serialize(out);
}

bool Outcome::fired(RuleIndex rule) const
{
    const auto& fired = routing.trace.fired;
    return std::find(fired.begin(), fired.end(), rule) != fired.end() ||
           std::find(escalated.begin(), escalated.end(), rule) != escalated.end();
}

Outcome run(const rulebook::Rulebook& rulebook, const Witness& witness)
{
    const auto text = rulebook.scan(witness.subject, witness.body);
    const rulebook::Subject subject{text, witness.ticket, witness.customer};
    const auto placed = rulebook.place(subject, witness.as_clocks());
    Outcome out{placed.routing, {}};
    for (const auto& step : placed.escalations.steps) out.escalated.push_back(step.rule);
    return out;
}

}  // namespace triaged::analysis
