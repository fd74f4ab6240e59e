#include "engine/outbox/news.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace triaged::outbox {

namespace json = boost::json;

namespace {

struct Leads {
    std::vector<std::string> operator()(const TicketEscalated& what) const { return what.notify; }
    std::vector<std::string> operator()(const ProblemOpened& what) const { return what.notify; }
    std::vector<std::string> operator()(const NotifyInhibited& what) const { return what.told; }
    template <class Other>
    std::vector<std::string> operator()(const Other&) const
    {
        return {};
    }
};

/// Adds what is particular to one kind of event.
struct Teller {
    json::object& body;
    const RuleName& rule_name;

    void operator()(const TicketEscalated& what) const
    {
        body["type"] = "ticket.escalated";
        body["ticket"] = to_string(what.ticket);
        body["rulebook"] = to_string(what.rulebook);
        if (const auto rule = rule_name(what.rulebook, what.rule); !rule.empty()) body["rule"] = rule;
        if (what.priority) body["priority"] = to_string(*what.priority);
        if (what.queue) body["queue"] = what.queue->value;
        if (!what.tags.empty()) body["tags"] = json::array(what.tags.begin(), what.tags.end());
        if (!what.contact_by.empty()) body["contact_by"] = what.contact_by;
    }

    void operator()(const ProblemOpened& what) const
    {
        body["type"] = "problem.opened";
        body["problem"] = to_string(what.problem);
        if (!what.policy.empty()) body["policy"] = what.policy;
        body["about"] = what.about;
        body["tickets"] = what.count;
    }

    void operator()(const NotifyInhibited& what) const
    {
        body["type"] = "problem.escalated";
        body["problem"] = to_string(what.problem);
        body["ticket"] = to_string(what.ticket);
    }

    template <class Other>
    void operator()(const Other&) const
    {
        check(false, "no lead is told of other events");
    }
};

}  // namespace

std::vector<std::string> leads_told(const Event& event) { return std::visit(Leads{}, event.what); }

std::string body_of(const Event& event, const std::string& desk, const std::string& lead,
                    const RuleName& rule_name)
{
    json::object body{{"type", nullptr},
                      {"timestamp", to_string(event.at)},
                      {"desk", desk},
                      {"seq", event.seq},
                      {"lead", lead}};
    std::visit(Teller{body, rule_name}, event.what);
    return json::serialize(body);
}

}  // namespace triaged::outbox
