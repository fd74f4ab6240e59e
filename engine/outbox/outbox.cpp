#include "engine/outbox/outbox.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <pthread.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/journal/codec.hpp"

namespace triaged::outbox {

namespace json = boost::json;

namespace {

constexpr std::size_t events_a_turn = 20'000;
constexpr std::size_t notes_a_turn = 64;
constexpr auto rest = std::chrono::milliseconds{50};  // so that more is read at a time
constexpr auto look_again = std::chrono::seconds{2};  // a person may have revived notes meanwhile
constexpr auto sent_kept = std::chrono::hours{24 * 7};
constexpr int gone = 410;

std::string body_of(const Event& event, const TicketEscalated& what, const std::string& desk,
                    const std::string& lead, const std::string& rule)
{
    json::object body{{"type", "ticket.escalated"},
                      {"timestamp", to_string(event.at)},
                      {"desk", desk},
                      {"seq", event.seq},
                      {"lead", lead},
                      {"ticket", to_string(what.ticket)},
                      {"rulebook", to_string(what.rulebook)}};
    if (!rule.empty()) body["rule"] = rule;
    if (what.priority) body["priority"] = to_string(*what.priority);
    if (what.queue) body["queue"] = what.queue->value;
    if (!what.tags.empty()) body["tags"] = json::array(what.tags.begin(), what.tags.end());
    if (!what.contact_by.empty()) body["contact_by"] = what.contact_by;
    return json::serialize(body);
}

}  // namespace

Outbox::Outbox(std::unique_ptr<journal::Journal> journal, Store store, Settings settings, Hooks hooks)
    : journal_(std::move(journal)),
      store_(std::move(store)),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      leads_(settings_.leads)
{
    thread_ = std::thread([this] { run(); });
}

Outbox::~Outbox() { stop(); }

void Outbox::head_moved(Seq head)
{
    const std::lock_guard lock(mutex_);
    head_ = std::max(head_, head);
    wake_.notify_one();
}

void Outbox::set_leads(std::map<std::string, config::Lead> leads)
{
    const std::lock_guard lock(mutex_);
    leads_ = std::move(leads);
    wake_.notify_one();
}

std::map<std::string, config::Lead> Outbox::leads() const
{
    const std::lock_guard lock(mutex_);
    return leads_;
}

void Outbox::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Outbox::run()
{
    pthread_setname_np(pthread_self(), "outbox");
    if (const auto done = store_.forget_sent(hooks_.now() - sent_kept); !done) complain(done.error());
    for (;;) {
        const bool more = follow();
        const bool sending = send_due();
        std::unique_lock lock(mutex_);
        // Under load there is always more to read: a pause makes few turns of many.
        if (wake_.wait_for(lock, rest, [&] { return stopping_; })) return;
        if (more || sending) continue;
        auto pause = std::chrono::duration_cast<Duration>(look_again);
        lock.unlock();
        if (const auto next = store_.next_due(); next && *next)
            pause = std::clamp(**next - hooks_.now(), std::chrono::duration_cast<Duration>(rest), pause);
        lock.lock();
        wake_.wait_for(lock, pause, [&] { return stopping_ || head_ > store_.position(); });
        if (stopping_) return;
    }
}

/// Reads on in the journal. \return whether there may be more.
bool Outbox::follow()
{
    std::vector<Note> notes;
    auto position = store_.position();
    Result<void> sound;
    std::size_t seen = 0;
    const auto read = journal_->read(position, [&](const journal::Batch& batch) {
        const auto events = journal::decode(batch.body, batch.first_seq, batch.count);
        if (!events) {
            sound = tl::unexpected(events.error());
            return false;
        }
        for (const auto& event : *events)
            if (event.seq > store_.position()) add_notes(event, notes);
        position = std::max(position, events->back().seq);
        seen += events->size();
        return seen < events_a_turn;
    });
    if (!read) complain(read.error());
    if (!sound) complain(sound.error());
    if (position == store_.position()) return false;
    if (const auto added = store_.add(notes, position); !added) {
        complain(added.error());
        return false;
    }
    return seen >= events_a_turn;
}

void Outbox::add_notes(const Event& event, std::vector<Note>& notes) const
{
    const auto* const what = std::get_if<TicketEscalated>(&event.what);
    if (what == nullptr || what->notify.empty()) return;
    const auto known = leads();
    for (const auto& name : what->notify) {
        const auto lead = known.find(name);
        if (lead == known.end() || lead->second.webhook.empty()) continue;
        Note note;
        note.seq = event.seq;
        note.lead = name;
        note.body = body_of(event, *what, settings_.desk, name, hooks_.rule_name(what->rulebook, what->rule));
        note.made_at = event.at;
        note.next_at = event.at;
        notes.push_back(std::move(note));
    }
}

/// \return whether anything was sent, so that there may be more.
bool Outbox::send_due()
{
    const auto due = store_.due(hooks_.now(), notes_a_turn);
    if (!due) {
        complain(due.error());
        return false;
    }
    const auto known = leads();
    for (const auto& note : *due) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return false;
        }
        const auto lead = known.find(note.lead);
        if (lead == known.end() || lead->second.webhook.empty())
            give_up_or_wait(note, "the configuration no longer says where to send it", {}, true);
        else
            send(note, lead->second);
    }
    return !due->empty();
}

void Outbox::send(const Note& note, const config::Lead& lead)
{
    const auto to = parse_address(lead.webhook);
    if (!to) return give_up_or_wait(note, to.error().message, {}, true);
    Delivery delivery;
    delivery.to = *to;
    delivery.key = fmt::format("{}-{}-{}", settings_.desk, note.seq, note.lead);
    delivery.body = note.body;
    delivery.secret = settings_.sending.secret;
    delivery.now = hooks_.now();
    delivery.timeout = settings_.sending.timeout;
    const auto response = deliver(delivery);
    if (!response) return give_up_or_wait(note, response.error().message, {}, false);
    if (response->status < 200 || response->status > 299)
        return give_up_or_wait(note, fmt::format("{}:{} answered {}", to->host, to->port, response->status),
                               response->retry_after, response->status == gone);
    hooks_.taken();
    if (const auto marked = store_.mark_sent(note, hooks_.now()); !marked) return complain(marked.error());
    ++counts_.sent;
}

void Outbox::give_up_or_wait(const Note& note, const std::string& error, std::optional<Duration> asked,
                             bool hopeless)
{
    ++counts_.failed;
    Result<void> marked;
    if (hopeless || note.attempts + 1 >= settings_.sending.attempts_max) {
        ++counts_.dead;
        hooks_.log(fmt::format("gave up telling '{}' of event {} after {} attempts: {}", note.lead, note.seq,
                               note.attempts + 1, error));
        marked = store_.mark_dead(note, error);
    } else {
        const auto pause =
            std::min(std::max(pause_after(note), asked.value_or(Duration{0})), settings_.sending.retry_max);
        marked = store_.mark_failed(note, error, hooks_.now() + pause);
    }
    if (!marked) complain(marked.error());
}

/// Twice as long after each attempt, and up to a fifth more by the event, so that not all come back at once.
Duration Outbox::pause_after(const Note& note) const
{
    auto pause = settings_.sending.retry_first;
    for (int attempt = 0; attempt < note.attempts && pause < settings_.sending.retry_max; ++attempt)
        pause *= 2;
    const auto spread = static_cast<std::int64_t>(note.seq * 0x9e3779b97f4a7c15 >> 54);  // 0 to 1023
    return std::min(pause, settings_.sending.retry_max) + pause * spread / (5 * 1024);
}

void Outbox::complain(const Error& error) { hooks_.log("outbox: " + error.message); }

}  // namespace triaged::outbox
