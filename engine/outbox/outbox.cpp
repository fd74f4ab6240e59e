#include "engine/outbox/outbox.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <pthread.h>

#include "engine/journal/codec.hpp"
#include "engine/outbox/mail.hpp"
#include "engine/outbox/smtp.hpp"
#include "engine/outbox/webhook.hpp"

namespace triaged::outbox {

namespace {

constexpr std::size_t events_a_turn = 20'000;
constexpr std::size_t notes_a_turn = 64;
constexpr auto rest = std::chrono::milliseconds{50};  // so that more is read at a time
constexpr auto look_again = std::chrono::seconds{2};  // a person may have revived notes meanwhile
constexpr auto sent_kept = std::chrono::hours{24 * 7};
constexpr int gone = 410;

/// Where the lead is reached this way; empty if nowhere.
const std::string& address_of(const config::Lead& lead, Way way)
{
    return way == Way::mail ? lead.mail : lead.webhook;
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
    const auto told = leads_told(event);
    if (told.empty()) return;
    const auto known = leads();
    for (const auto& name : told) {
        const auto lead = known.find(name);
        if (lead == known.end()) continue;
        for (const auto way : {Way::webhook, Way::mail}) {
            if (address_of(lead->second, way).empty()) continue;
            Note note;
            note.seq = event.seq;
            note.lead = name;
            note.way = way;
            note.body = body_of(event, settings_.desk, name, hooks_.rule_name);
            note.made_at = event.at;
            note.next_at = event.at;
            notes.push_back(std::move(note));
        }
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
        if (lead == known.end() || address_of(lead->second, note.way).empty())
            settle(note, Outcome::never("the configuration no longer says where to send it"));
        else
            settle(note, note.way == Way::mail ? mail(note, lead->second) : post(note, lead->second));
    }
    return !due->empty();
}

std::string Outbox::key_of(const Note& note) const
{
    return fmt::format("{}-{}-{}", settings_.desk, note.seq, note.lead);
}

Outbox::Outcome Outbox::post(const Note& note, const config::Lead& lead) const
{
    const auto to = config::parse_web_address(lead.webhook);
    if (!to) return Outcome::never(to.error().message);
    Delivery delivery;
    delivery.to = *to;
    delivery.key = key_of(note);
    delivery.body = note.body;
    delivery.secret = settings_.sending.secret;
    delivery.authorities = settings_.sending.authorities;
    delivery.now = hooks_.now();
    delivery.timeout = settings_.sending.timeout;
    const auto response = deliver(delivery);
    if (!response) return Outcome::later(response.error().message);
    if (response->status >= 200 && response->status <= 299) return Outcome::taken();
    auto answer = fmt::format("{} answered {}", config::to_string(to->at), response->status);
    return response->status == gone ? Outcome::never(std::move(answer))
                                    : Outcome::later(std::move(answer), response->retry_after);
}

Outbox::Outcome Outbox::mail(const Note& note, const config::Lead& lead) const
{
    if (!settings_.sending.mail_relay) return Outcome::never("the daemon was started without outbox: mail");
    auto message = mail_about(note.body);
    message.from = settings_.sending.mail_relay->from;
    message.to = lead.mail;
    message.key = key_of(note);
    message.date = note.made_at;
    Submission submission;
    submission.relay = *settings_.sending.mail_relay;
    submission.authorities = settings_.sending.authorities;
    submission.to = message.to;
    submission.message = message_of(message);
    submission.timeout = settings_.sending.timeout;
    const auto reply = submit(submission);
    if (!reply) return Outcome::later(reply.error().message);
    if (reply->code < 300) return Outcome::taken();
    auto answer = fmt::format("the mail relay answered {} {}", reply->code, reply->text);
    return reply->code >= 500 ? Outcome::never(std::move(answer)) : Outcome::later(std::move(answer));
}

/// Writes down what came of an attempt.
void Outbox::settle(const Note& note, const Outcome& outcome)
{
    Result<void> marked;
    if (outcome.is == Outcome::Is::taken) {
        hooks_.taken();
        ++counts_.sent;
        marked = store_.mark_sent(note, hooks_.now());
    } else {
        ++counts_.failed;
        marked = give_up_or_wait(note, outcome);
    }
    if (!marked) complain(marked.error());
}

Result<void> Outbox::give_up_or_wait(const Note& note, const Outcome& outcome)
{
    if (outcome.is == Outcome::Is::never || note.attempts + 1 >= settings_.sending.attempts_max) {
        ++counts_.dead;
        hooks_.log(fmt::format("gave up telling '{}' of event {} by {} after {} attempts: {}", note.lead,
                               note.seq, to_string(note.way), note.attempts + 1, outcome.why));
        return store_.mark_dead(note, outcome.why);
    }
    const auto pause = std::min(std::max(pause_after(note), outcome.asked.value_or(Duration{0})),
                                settings_.sending.retry_max);
    return store_.mark_failed(note, outcome.why, hooks_.now() + pause);
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
