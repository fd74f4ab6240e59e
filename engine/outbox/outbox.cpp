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

/// Twice as long after each attempt, and up to a fifth more by the event, so that not all come back at once.
Duration pause_after(const Note& note, const config::OutboxSettings& sending)
{
    auto pause = sending.retry_first;
    for (int attempt = 0; attempt < note.attempts && pause < sending.retry_max; ++attempt) pause *= 2;
    const auto spread = static_cast<std::int64_t>(note.seq * 0x9e3779b97f4a7c15 >> 54);  // 0 to 1023
    return std::min(pause, sending.retry_max) + pause * spread / (5 * 1024);
}

}  // namespace

Outbox::Outbox(std::unique_ptr<journal::Journal> journal, Store store, Settings settings, Hooks hooks)
    : journal_(std::move(journal)),
      store_(std::move(store)),
      hooks_(std::move(hooks)),
      settings_(std::make_shared<const Settings>(std::move(settings)))
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

void Outbox::set(Settings settings)
{
    auto newer = std::make_shared<const Settings>(std::move(settings));
    const std::lock_guard lock(mutex_);
    settings_ = std::move(newer);
    wake_.notify_one();
}

std::shared_ptr<const Outbox::Settings> Outbox::settings() const
{
    const std::lock_guard lock(mutex_);
    return settings_;
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
    const auto in_force = settings();
    const auto read = journal_->read(position, [&](const journal::Batch& batch) {
        const auto events = journal::decode(batch.body, batch.first_seq, batch.count);
        if (!events) {
            sound = tl::unexpected(events.error());
            return false;
        }
        for (const auto& event : *events)
            if (event.seq > store_.position()) add_notes(event, *in_force, notes);
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

void Outbox::add_notes(const Event& event, const Settings& settings, std::vector<Note>& notes) const
{
    const auto told = leads_told(event);
    if (told.empty()) return;
    for (const auto& name : told) {
        const auto lead = settings.leads.find(name);
        if (lead == settings.leads.end()) continue;
        for (const auto way : {Way::webhook, Way::mail}) {
            if (address_of(lead->second, way).empty()) continue;
            Note note;
            note.seq = event.seq;
            note.lead = name;
            note.way = way;
            note.body = body_of(event, settings.desk, name, hooks_.rule_name);
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
    for (const auto& note : *due) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return false;
        }
        const auto in_force = settings();
        settle(note, attempt(note, *in_force), in_force->sending);
    }
    return !due->empty();
}

std::string Outbox::key_of(const Note& note, const Settings& settings)
{
    return fmt::format("{}-{}-{}", settings.desk, note.seq, note.lead);
}

Outbox::Outcome Outbox::attempt(const Note& note, const Settings& settings) const
{
    const auto lead = settings.leads.find(note.lead);
    if (lead == settings.leads.end() || address_of(lead->second, note.way).empty())
        return Outcome::never("the configuration no longer says where to send it");
    return note.way == Way::mail ? mail(note, lead->second, settings) : post(note, lead->second, settings);
}

Outbox::Outcome Outbox::post(const Note& note, const config::Lead& lead, const Settings& settings) const
{
    const auto to = config::parse_web_address(lead.webhook);
    if (!to) return Outcome::never(to.error().message);
    Delivery delivery;
    delivery.to = *to;
    delivery.key = key_of(note, settings);
    delivery.body = note.body;
    delivery.secret = settings.sending.secret;
    delivery.authorities = settings.sending.authorities;
    delivery.now = hooks_.now();
    delivery.timeout = settings.sending.timeout;
    const auto response = deliver(delivery);
    if (!response) return Outcome::later(response.error().message);
    if (response->status >= 200 && response->status <= 299) return Outcome::taken();
    auto answer = fmt::format("{} answered {}", config::to_string(to->at), response->status);
    return response->status == gone ? Outcome::never(std::move(answer))
                                    : Outcome::later(std::move(answer), response->retry_after);
}

Outbox::Outcome Outbox::mail(const Note& note, const config::Lead& lead, const Settings& settings) const
{
    const auto& relay = settings.sending.mail_relay;
    if (!relay) return Outcome::never("the configuration no longer has a relay for mail");
    auto message = mail_about(note.body);
    message.from = relay->from;
    message.to = lead.mail;
    message.key = key_of(note, settings);
    message.date = note.made_at;
    Submission submission;
    submission.relay = *relay;
    submission.authorities = settings.sending.authorities;
    submission.to = message.to;
    submission.message = message_of(message);
    submission.timeout = settings.sending.timeout;
    const auto reply = submit(submission);
    if (!reply) return Outcome::later(reply.error().message);
    if (reply->code < 300) return Outcome::taken();
    auto answer = fmt::format("the mail relay answered {} {}", reply->code, reply->text);
    return reply->code >= 500 ? Outcome::never(std::move(answer)) : Outcome::later(std::move(answer));
}

/// Writes down what came of an attempt.
void Outbox::settle(const Note& note, const Outcome& outcome, const config::OutboxSettings& sending)
{
    Result<void> marked;
    if (outcome.is == Outcome::Is::taken) {
        hooks_.taken();
        ++counts_.sent;
        marked = store_.mark_sent(note, hooks_.now());
    } else {
        ++counts_.failed;
        marked = give_up_or_wait(note, outcome, sending);
    }
    if (!marked) complain(marked.error());
}

Result<void> Outbox::give_up_or_wait(const Note& note, const Outcome& outcome,
                                     const config::OutboxSettings& sending)
{
    if (outcome.is == Outcome::Is::never || note.attempts + 1 >= sending.attempts_max) {
        ++counts_.dead;
        hooks_.log(fmt::format("gave up telling '{}' of event {} by {} after {} attempts: {}", note.lead,
                               note.seq, to_string(note.way), note.attempts + 1, outcome.why));
        return store_.mark_dead(note, outcome.why);
    }
    const auto pause = std::min(std::max(pause_after(note, sending), outcome.asked.value_or(Duration{0})),
                                sending.retry_max);
    return store_.mark_failed(note, outcome.why, hooks_.now() + pause);
}

void Outbox::complain(const Error& error) { hooks_.log("outbox: " + error.message); }

}  // namespace triaged::outbox
