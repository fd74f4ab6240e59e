#include "engine/daemon/watchers.hpp"

#include <algorithm>

#include "engine/channels/reply.hpp"
#include "engine/daemon/log.hpp"
#include "engine/journal/codec.hpp"

namespace triaged::daemon {

namespace {

RulebookId rulebook_of(const Happening& what)
{
    if (const auto* const routed = std::get_if<TicketRouted>(&what)) return routed->routing.rulebook;
    if (const auto* const escalated = std::get_if<TicketEscalated>(&what)) return escalated->rulebook;
    return {};
}

}  // namespace

void RuleNames::add(RulebookId rulebook, std::vector<std::string> names)
{
    const std::lock_guard lock(mutex_);
    names_[rulebook] = std::make_shared<const std::vector<std::string>>(std::move(names));
}

RuleNames::Names RuleNames::find(RulebookId rulebook) const
{
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(rulebook);
    return found == names_.end() ? nullptr : found->second;
}

Watchers::Watchers(std::unique_ptr<journal::Journal> journal, RuleNames& rule_names, std::size_t lines_max)
    : journal_(std::move(journal)),
      rule_names_(rule_names),
      lines_max_(lines_max),
      follower_({"watchers", {}, false}, [this](Seq head) { return turn(head); })
{}

void Watchers::add(PeerPtr peer, Seq from, std::vector<std::string> events)
{
    auto watcher = std::make_shared<Watcher>(Watcher{std::move(peer), from, std::move(events), false});
    {
        const std::lock_guard lock(mutex_);
        watchers_.push_back(std::move(watcher));
        count_ = watchers_.size();
    }
    follower_.nudge();
}

void Watchers::remove(std::uint64_t peer)
{
    if (count_ == 0) return;
    const std::lock_guard lock(mutex_);
    std::erase_if(watchers_, [&](const auto& watcher) { return watcher->peer->number == peer; });
    count_ = watchers_.size();
}

void Watchers::head_moved(Seq head)
{
    if (count_ > 0) follower_.head_moved(head);
}

bool Watchers::turn(Seq)
{
    std::vector<std::shared_ptr<Watcher>> watchers;
    {
        const std::lock_guard lock(mutex_);
        watchers = watchers_;
    }
    bool more = false;
    for (const auto& watcher : watchers) more = feed(*watcher) || more;
    return more;
}

/// Sends one batch's worth. \return whether the watcher may take more and there is more.
bool Watchers::feed(Watcher& watcher)
{
    if (watcher.peer->pushed_waiting.load(std::memory_order_relaxed) >= lines_max_) return false;
    Delivery delivery;
    bool took = false;
    const auto read = journal_->read(watcher.seen, [&](const journal::Batch& batch) {
        const auto events = journal::decode(batch.body, batch.first_seq, batch.count);
        if (!events) {
            spdlog::error("watch: {}", events.error().message);
            return false;
        }
        for (const auto& event : *events)
            if (event.seq > watcher.seen) delivery.pushed += append_line(delivery.bytes, watcher, event);
        watcher.seen = batch.first_seq + batch.count - 1;
        took = true;
        return delivery.pushed < lines_max_ / 4 && delivery.bytes.size() < 256 * 1'024;
    });
    if (!read) spdlog::error("watch: {}", read.error().message);
    if (delivery.pushed > 0) {
        watcher.peer->pushed_waiting.fetch_add(delivery.pushed, std::memory_order_relaxed);
        watcher.peer->deliver(std::move(delivery));
    }
    return took && read.has_value();
}

std::uint32_t Watchers::append_line(std::string& out, const Watcher& watcher, const Event& event)
{
    const bool wanted = watcher.events.empty() ||
                        std::binary_search(watcher.events.begin(), watcher.events.end(), name_of(event.what));
    if (!wanted) return 0;
    const auto names = rule_names_.find(rulebook_of(event.what));
    const auto spelt = names ? std::span<const std::string>(*names) : std::span<const std::string>();
    channels::append_watched_event(out, event, spelt);
    return 1;
}

}  // namespace triaged::daemon
