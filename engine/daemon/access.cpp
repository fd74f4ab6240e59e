#include "engine/daemon/access.hpp"

#include <fmt/format.h>

namespace triaged::daemon {

namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

bool same_secret(std::string_view a, std::string_view b)
{
    // Looks at every byte whatever it finds, so that the time taken tells nothing about the secret.
    std::size_t difference = a.size() ^ b.size();
    for (std::size_t i = 0; i < b.size(); ++i) {
        const char other = a.empty() ? '\0' : a[i % a.size()];
        difference |= static_cast<unsigned char>(other ^ b[i]);
    }
    return difference == 0;
}

std::optional<Error> only_for(bool allowed, std::string_view role)
{
    if (allowed) return std::nullopt;
    return Error{ErrorCode::forbidden, fmt::format("this takes a token of the role {}", role)};
}

std::optional<Error> only_as(const Grant& grant, const AgentId& agent)
{
    if (!grant.serves) return only_for(false, "agent");
    if (grant.agent.empty() || grant.agent == agent.value) return std::nullopt;
    return Error{ErrorCode::forbidden, fmt::format("this token acts for agent '{}' only", grant.agent)};
}

/// What agents and operators do to tickets in nobody's name.
std::optional<Error> for_desk(const Grant& grant)
{
    return only_for(grant.serves || grant.operates, "agent or ops");
}

/// Who knows that a customer left: the channel they were on, or people.
std::optional<Error> leaves_line(const Grant& grant)
{
    return only_for(grant.feeds || grant.operates, "feeder or ops");
}

/// Agents transfer what they have themselves; whoever has it, only operators do.
std::optional<Error> transfers(const Grant& grant, const TransferTicket& command)
{
    if (grant.serves && command.agent.value.empty())
        return Error{ErrorCode::forbidden,
                     "name the `agent` who transfers it: without, this takes a token of the role ops"};
    return only_as(grant, command.agent);
}

std::optional<Error> command_objection(const Grant& grant, const Command& command)
{
    return std::visit(Overloaded{[&](const ReceiveTicket&) { return only_for(grant.feeds, "feeder"); },
                                 [&](const ReceiveContact&) { return only_for(grant.feeds, "feeder"); },
                                 [&](const UpdateCustomer&) { return only_for(grant.feeds, "feeder"); },
                                 [&](const SignInAgent& c) { return only_as(grant, c.agent); },
                                 [&](const SetPresence& c) { return only_as(grant, c.agent); },
                                 [&](const AcceptOffer& c) { return only_as(grant, c.agent); },
                                 [&](const DeclineOffer& c) { return only_as(grant, c.agent); },
                                 [&](const CompleteTicket& c) { return only_as(grant, c.agent); },
                                 [&](const ReplyTicket& c) { return only_as(grant, c.agent); },
                                 [&](const HoldTicket& c) { return only_as(grant, c.agent); },
                                 [&](const ResumeTicket& c) { return only_as(grant, c.agent); },
                                 [&](const MergeTickets&) { return for_desk(grant); },
                                 [&](const SplitTicket&) { return for_desk(grant); },
                                 [&](const ReopenTicket&) { return for_desk(grant); },
                                 [&](const AbandonTicket&) { return leaves_line(grant); },
                                 [&](const RequestCallback&) { return leaves_line(grant); },
                                 [&](const GiveFeedback&) { return only_for(grant.feeds, "feeder"); },
                                 [&](const UpdateOrder&) { return only_for(grant.feeds, "feeder"); },
                                 [&](const UpdateContract&) { return only_for(grant.feeds, "feeder"); },
                                 [&](const OpenProblem&) { return only_for(grant.operates, "ops"); },
                                 [&](const LinkTickets&) { return only_for(grant.operates, "ops"); },
                                 [&](const ActOnProblem&) { return only_for(grant.operates, "ops"); },
                                 [&](const AssignTicket&) { return only_for(grant.operates, "ops"); },
                                 [&](const RequeueTicket&) { return only_for(grant.operates, "ops"); },
                                 [&](const ReleaseTicket& c) { return only_as(grant, c.agent); },
                                 [&](const TransferTicket& c) {
                                     return grant.operates ? std::optional<Error>() : transfers(grant, c);
                                 },
                                 [&](const TakeTicket& c) { return only_as(grant, c.agent); },
                                 [&](const EndWrapUp& c) { return only_as(grant, c.agent); },
                                 [](const AdoptRulebook&) { return only_for(false, "daemon"); },
                                 [](const Tick&) { return only_for(false, "daemon"); }},
                      command);
}

}  // namespace

std::optional<Grant> grant_for(const std::vector<config::Token>& tokens, std::string_view secret)
{
    std::optional<Grant> found;
    for (const auto& token : tokens) {
        if (!same_secret(token.secret, secret)) continue;
        found = Grant{token.role == config::Role::feeder, token.role == config::Role::agent,
                      token.role == config::Role::ops, token.name, token.agent};
    }
    return found;
}

std::string_view role_of(const Grant& grant)
{
    if (grant.feeds && grant.serves && grant.operates) return "every";
    return grant.feeds ? "feeder" : grant.serves ? "agent" : "ops";
}

std::optional<Error> objection(const Grant& grant, const channels::RequestBody& body)
{
    using Answer = std::optional<Error>;
    const auto operators_only = [&] { return only_for(grant.operates, "ops"); };
    const auto explains = [&] { return only_for(grant.feeds || grant.operates, "feeder or ops"); };
    return std::visit(Overloaded{[&](const Command& command) { return command_objection(grant, command); },
                                 [](const channels::Authenticate&) { return Answer(); },
                                 [](const channels::Ping&) { return Answer(); },
                                 [&](const channels::ExplainTicket&) { return explains(); },
                                 [&](const channels::ExplainDraft&) { return explains(); },
                                 [&](const channels::ShowStats&) { return operators_only(); },
                                 [&](const channels::ShowQueues&) { return operators_only(); },
                                 [&](const channels::ShowAgents&) { return operators_only(); },
                                 [&](const channels::ShowTicket&) { return operators_only(); },
                                 [&](const channels::ShowSla&) { return operators_only(); },
                                 [&](const channels::Watch&) { return operators_only(); },
                                 [&](const channels::ShowProblems&) { return operators_only(); },
                                 [&](const channels::ShowProblem&) { return operators_only(); },
                                 [&](const channels::Reload&) { return operators_only(); },
                                 [&](const channels::TryRules&) { return operators_only(); },
                                 [&](const channels::ShowShadow&) { return operators_only(); }},
                      body);
}

}  // namespace triaged::daemon
